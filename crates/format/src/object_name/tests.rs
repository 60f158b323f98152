use proptest::prelude::*;

use super::*;

const FIRST: &str = "49590338271490256608559692538361571095921575989136588898";
const LAST: &str = "49590338271490256608559692540925702759324208523137515618";
const ID: &str = "b1196465-dfc7-85e1-9c02-02c22ad2a749";

fn any_template() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        "penstock",
        "firehose",
        "{id}",
        "{delivery_name}.{id}",
        "x{shard}.{delivery_name}-{id}",
        "{time}-{delivery_name}_{id}",
        "{time_seconds}={delivery_name}0{id}",
        "from-{first_sequence_number}-to-{last_sequence_number}-of-{shard}-{id}",
        "-{last_sequence_number}-{time}9{delivery_name}-{shard}--{id}",
        "(a)!'b*'{id}",
    ])
    .prop_map(str::to_owned)
}

fn key_of(
    template: &str,
    prefix: &str,
    name: &str,
    at_ms: i64,
    zone: &str,
    extension: &str,
) -> Result<ObjectKey, KeyError> {
    let parts = NameParts {
        delivery_name: &DeliveryName::parse(name).unwrap(),
        shard: ShardId::parse("shardId-000000000006").unwrap(),
        at: ArrivalTime::from_millis(at_ms).unwrap(),
        zone: &TimeZone::parse(zone).unwrap(),
        first: &SequenceNumber::parse(FIRST).unwrap(),
        last: &SequenceNumber::parse(LAST).unwrap(),
        id: ID.parse().unwrap(),
    };
    ObjectName::parse(template).unwrap().key(prefix, &parts, extension)
}

#[test]
fn k1_keys_are_made_as_the_design_says() {
    let range = "{delivery_name}-{first_sequence_number}-{last_sequence_number}-{id}";
    for (name, template, prefix, zone, extension, expected) in [
        ("ours", "penstock", "2018/12/17/22/", "UTC", "", format!("2018/12/17/22/s-6-2018-12-17-22-10-50-98-{ID}")),
        ("gzip", "penstock", "p/", "UTC", ".gz", format!("p/s-6-2018-12-17-22-10-50-98-{ID}.gz")),
        ("Tokyo", "penstock", "p/", "Asia/Tokyo", "", format!("p/s-6-2018-12-18-07-10-50-98-{ID}")),
        ("Firehose's", "firehose", "legacy", "UTC", ".json.gz", format!("legacys-1-2018-12-17-22-10-50-{ID}.json.gz")),
        ("range", range, "", "UTC", "", format!("s-{FIRST}-{LAST}-{ID}")),
    ] {
        let key = key_of(template, prefix, "s", 1_545_084_650_987, zone, extension).unwrap();
        assert_eq!(key.as_str(), expected, "{name}");
    }
}

#[test]
fn k1_a_key_has_at_most_1024_bytes() {
    let name_bytes = key_of("penstock", "", "s", 0, "UTC", ".gz").unwrap().as_str().len();
    let room = OBJECT_KEY_BYTES_MAX - name_bytes;
    for (name, prefix, fits) in [
        ("at the limit", "x".repeat(room), true),
        ("a byte over", "x".repeat(room + 1), false),
        ("in bytes, not in characters", "é".repeat(room / 2 + 1), false),
    ] {
        let key = key_of("penstock", &prefix, "s", 0, "UTC", ".gz");
        assert_eq!(key.is_ok(), fits, "{name}");
        assert!(fits || matches!(key, Err(KeyError::Length { .. })), "{name}");
    }
    assert!(matches!(key_of("penstock", "", "s", 0, "UTC", "gz"), Err(KeyError::Extension(_))));
    // The longest name with the longest prefix that evaluates, in ASCII: the product's own limits never fail here.
    let longest = key_of("penstock", &"p".repeat(512), &"n".repeat(64), 0, "UTC", &format!(".{}", "x".repeat(127)));
    assert!(longest.is_ok());
}

#[test]
fn k1_templates_that_do_not_read_back_are_refused() {
    for (name, template, expected) in [
        ("no placeholder", "Penstock", "expected penstock, firehose, or a template with {id}"),
        ("empty", "", "expected penstock, firehose, or a template with {id}"),
        (
            "unknown",
            "{name}-{id}",
            "\"{name}\" is not one of {delivery_name} {shard} {time} {time_seconds} {first_sequence_number} {last_sequence_number} {id}",
        ),
        ("open", "a{id", "the brace at byte 1 has no partner"),
        ("closed", "a}{id}", "the brace at byte 1 has no partner"),
        ("slash", "{shard}/{id}", "/ belongs in the prefix, not in the name"),
        ("space", "a {id}", "the character ' ' at byte 1 is not one of a-z A-Z 0-9 ! - _ . * ' ( ) ="),
        ("not ascii", "é{id}", "the character 'é' at byte 0 is not one of a-z A-Z 0-9 ! - _ . * ' ( ) ="),
        ("twice", "{id}-{id}", "{id} stands in it twice"),
        (
            "two times",
            "{time}-{time_seconds}-{id}",
            "{time} and {time_seconds} are the same instant; expected one of them",
        ),
        (
            "adjacent",
            "{delivery_name}{id}",
            "{delivery_name} and {id} need text between them, or they could not be told apart",
        ),
        (
            "digits first",
            "{shard}-{id}",
            "{shard} needs text before it that ends in no digit, or its beginning could not be found",
        ),
        (
            "digits after digits",
            "v1{shard}-{id}",
            "{shard} needs text before it that ends in no digit, or its beginning could not be found",
        ),
        (
            "no id",
            "{delivery_name}",
            "it must end with {id}, which keeps objects apart and from which a key is read back",
        ),
        (
            "id in the middle",
            "{id}-{time}",
            "it must end with {id}, which keeps objects apart and from which a key is read back",
        ),
        (
            "text after the id",
            "{id}.x",
            "it must end with {id}, which keeps objects apart and from which a key is read back",
        ),
    ] {
        let error = ObjectName::parse(template).expect_err(name);
        assert_eq!(error.to_string(), format!("object name {template:?}: {expected}"), "{name}");
    }
    let longest = format!("{}{{id}}", "x".repeat(252));
    assert!(ObjectName::parse(&longest).is_ok());
    assert!(ObjectName::parse(&format!("x{longest}")).is_err());
    for shape in ["penstock", "firehose", "a{id}"] {
        assert_eq!(ObjectName::parse(shape).unwrap().to_string(), shape);
    }
    assert_eq!(ObjectName::default(), ObjectName::parse("penstock").unwrap());
}

#[test]
fn keys_of_another_shape_are_refused() {
    let name = DeliveryName::parse("s").unwrap();
    let time = "2018-12-17-22-10-50-98";
    for (what, key) in [
        ("nothing", String::new()),
        ("no id", format!("s-6-{time}-")),
        ("upper case id", format!("s-6-{time}-{}", ID.to_uppercase())),
        ("another delivery", format!("t-6-{time}-{ID}")),
        ("no shard", format!("s--{time}-{ID}")),
        ("shard with a leading zero", format!("s-06-{time}-{ID}")),
        ("shard of thirteen digits", format!("s-1000000000000-{time}-{ID}")),
        ("thirteenth month", format!("s-6-2018-13-17-22-10-50-98-{ID}")),
        ("thirtieth of February", format!("s-6-2018-02-30-22-10-50-98-{ID}")),
        ("sixtieth second", format!("s-6-2018-12-17-22-10-60-98-{ID}")),
        ("signed centiseconds", format!("s-6-2018-12-17-22-10-50-+9-{ID}")),
        ("no centiseconds", format!("s-6-2018-12-17-22-10-50-{ID}")),
        ("not ascii in the time", format!("s-6-2018-12-17-22-10-5é-98-{ID}")),
        ("bad extension", format!("s-6-{time}-{ID}.GZ")),
        ("text after the id", format!("s-6-{time}-{ID}x")),
        ("too long for S3", format!("{}s-6-{time}-{ID}", "x".repeat(1024))),
    ] {
        assert!(ObjectName::default().parse_key(&name, &key).is_err(), "{what}");
    }
    let error = ObjectName::default().parse_key(&name, &format!("t-6-{time}-{ID}")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("object key \"t-6-{time}-{ID}\" is not of the shape penstock: expected the delivery's name")
    );
}

#[test]
fn k1_every_zone_prints_and_reads_back() {
    for zone in crate::time_zone::names() {
        for at_ms in [0, 951_782_400_000, 1_783_952_116_178, 253_402_214_399_999] {
            for template in ["penstock", "firehose"] {
                let key = key_of(template, "a/", "s", at_ms, &zone, "").unwrap();
                let read = ObjectName::parse(template).unwrap();
                let read = read.parse_key(&DeliveryName::parse("s").unwrap(), key.as_str()).unwrap();
                assert_eq!(read.prefix, "a/", "{zone} {at_ms}");
                let at = ArrivalTime::from_millis(at_ms).unwrap();
                let civil = LocalTime::new(at, &TimeZone::parse(&zone).unwrap()).civil;
                let lost = (civil - read.time.unwrap()).num_milliseconds();
                assert!((0..1000).contains(&lost), "{zone} {at_ms}: {lost}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_key_makes_it_panic(template in any_template(), key in ".{0,60}", id in any::<bool>(), tail in "[.a-z0-9é]{0,5}") {
        let key = if id { format!("{key}{ID}{tail}") } else { key };
        let shape = ObjectName::parse(&template).unwrap();
        if let Ok(read) = shape.parse_key(&DeliveryName::parse("s").unwrap(), &key) {
            prop_assert!(key.starts_with(&read.prefix) && key.ends_with(read.extension.as_str()));
        }
    }

    // Prefixes, names and extensions that look like the parts beside them.
    #[test]
    fn k1_every_key_parses_back(
        template in any_template(),
        prefix in prop_oneof![
            ".{0,40}",
            Just(format!("2018/s-6-2018-12-17-22-10-50-98-{ID}")),
            Just(format!("{ID}-")),
            "[0-9sn.-]{0,30}",
        ],
        name in prop_oneof!["[a-zA-Z0-9_.-]{1,64}", "[0-9.-]{1,9}", Just(ID.to_owned())],
        shard in 0_u64..=999_999_999_999,
        at_ms in 0_i64..=253_402_214_399_999,
        (first, last) in (any::<u128>(), any::<u128>()),
        id in any::<u128>(),
        extension in prop_oneof![Just(String::new()), Just(".gz".to_owned()), r"\.[0-9a-f.-]{1,60}", r"\.[0-9a-z!_.*'()-]{1,127}"],
        zone in proptest::sample::select(crate::time_zone::names().collect::<Vec<_>>()),
    ) {
        prop_assume!(FileExtension::parse(&extension).is_ok());
        let parts = NameParts {
            delivery_name: &DeliveryName::parse(&name).unwrap(),
            shard: ShardId::from_number(shard).unwrap(),
            at: ArrivalTime::from_millis(at_ms).unwrap(),
            zone: &TimeZone::parse(&zone).unwrap(),
            first: &SequenceNumber::parse(&first.to_string()).unwrap(),
            last: &SequenceNumber::parse(&last.to_string()).unwrap(),
            id: Uuid::from_u128(id),
        };
        let shape = ObjectName::parse(&template).unwrap();
        let key = shape.key(&prefix, &parts, &extension).unwrap();
        prop_assert!(key.as_str().len() <= OBJECT_KEY_BYTES_MAX);
        let read = shape.parse_key(parts.delivery_name, key.as_str()).unwrap();
        prop_assert_eq!(&read.prefix, &prefix);
        prop_assert_eq!(read.id, parts.id);
        prop_assert_eq!(read.extension.as_str(), extension.as_str());
        let holds = |placeholder| shape.parts.contains(&Part::Placeholder(placeholder));
        prop_assert_eq!(read.delivery_name, holds(Placeholder::DeliveryName).then(|| parts.delivery_name.clone()));
        prop_assert_eq!(read.shard, holds(Placeholder::Shard).then_some(shard));
        prop_assert_eq!(read.first, holds(Placeholder::FirstSequenceNumber).then_some(*parts.first));
        prop_assert_eq!(read.last, holds(Placeholder::LastSequenceNumber).then_some(*parts.last));
        prop_assert_eq!(read.time.is_some(), holds(Placeholder::Time) || holds(Placeholder::TimeSeconds));
    }
}
