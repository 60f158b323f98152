use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::DeliveryConfig;

fn partitioning(set: &[(&'static str, &str)]) -> Partitioning {
    let mut map = BTreeMap::from([
        ("PENSTOCK_BUCKET", "a-bucket"),
        ("PENSTOCK_DELIVERY_NAME", "clicks"),
        ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
        ("PENSTOCK_PREFIX", "c=!{partitionKeyFromLambda:c}/d=!{partitionKeyFromLambda:d}/"),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "e/!{firehose:error-output-type}/"),
    ]);
    map.extend(set.iter().copied());
    let config = DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned()));
    config.unwrap().partitioning.expect("it is on")
}

fn values(partitioning: &Partitioning, c: Option<&str>, d: Option<&str>) -> Result<Vec<String>, Failure> {
    let said = [("c", c), ("d", d)];
    let said: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        said.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into()))).collect();
    let mut name = PartitionName::default();
    name.set(partitioning, b"", &said, &QueryBudget::begin()).map(|()| name.values(partitioning))
}

#[test]
fn k2_values_are_confined() {
    let escape = partitioning(&[]);
    let refuse = partitioning(&[("PENSTOCK_PARTITION_VALUE_ESCAPING", "refuse")]);
    for (name, value, escaped) in [
        ("a word", "jp", None),
        ("spaces and letters of the world", "são paulo 東京", None),
        ("a dot", "a.b", None),
        ("a slash", "a/b", Some("a%2Fb")),
        ("a folder above", "..", Some("%2E%2E")),
        ("this folder", ".", Some("%2E")),
        ("three dots", "a...b", Some("a%2E%2E%2Eb")),
        ("another key", "x=y", Some("x%3Dy")),
        ("an escape", "%2F", Some("%252F")),
        ("control characters", "a\0b\nc\u{7f}", Some("a%00b%0Ac%7F")),
        ("control characters of Latin-1", "\u{85}", Some("%C2%85")),
        ("a time", "10:30", Some("10%3A30")),
    ] {
        let expected = escaped.unwrap_or(value).to_owned();
        assert_eq!(values(&escape, Some(value), Some("d")).unwrap(), [expected, "d".to_owned()], "{name}");
        assert_eq!(values(&refuse, Some(value), Some("d")).is_ok(), escaped.is_none(), "{name}");
    }
}

#[test]
fn a_value_that_is_missing_or_empty_fails_the_record_or_is_the_default() {
    let default = partitioning(&[("PENSTOCK_PARTITION_MISSING_VALUE", "none")]);
    for (name, c) in [("missing", None), ("empty", Some(""))] {
        let failure = values(&partitioning(&[]), c, Some("d")).unwrap_err();
        assert_eq!(failure.code, "DynamicPartitioning.MetadataExtractionFailed", "{name}");
        assert_eq!(failure.output_type, ErrorOutputType::MetadataExtractionFailed, "{name}");
        assert!(failure.message.starts_with("partitionKeys values must not be null or empty"), "{}", failure.message);
        assert_eq!(values(&default, c, Some("d")).unwrap(), ["none", "d"], "{name}");
    }
}

#[test]
fn l1_a_value_has_a_limit_and_all_of_them_fit_the_prefix() {
    let partitioning = partitioning(&[]);
    let long = "x".repeat(PARTITION_VALUE_BYTES_MAX);
    assert!(values(&partitioning, Some(&long), Some("d")).is_ok());
    let failure = values(&partitioning, Some(&format!("{long}x")), Some("d")).unwrap_err();
    assert_eq!(failure.output_type, ErrorOutputType::MetadataExtractionFailed);
    let failure = values(&partitioning, Some(&long), Some(&long)).unwrap_err();
    assert!(failure.message.contains("fit into the key"), "{}", failure.message);
    // 512 characters less the literals `c=/d=/`.
    let rest = "x".repeat(512 - 6 - PARTITION_VALUE_BYTES_MAX);
    assert!(values(&partitioning, Some(&long), Some(&rest)).is_ok());
    assert!(values(&partitioning, Some(&long), Some(&format!("{rest}x"))).is_err());
}

#[test]
fn what_overflows_has_a_place_or_fails() {
    let place = |policy| {
        let partitioning = partitioning(&[("PENSTOCK_PARTITION_OVERFLOW", policy)]);
        let mut name = PartitionName("a\0b".to_owned());
        name.overflow(&partitioning).map(|()| (name.values(&partitioning), overflow_objects(&partitioning)))
    };
    let failure = place("error").unwrap_err();
    assert_eq!(failure.output_type, ErrorOutputType::ActivePartitionExceeded);
    assert_eq!(failure.code, "DynamicPartitioning.ActivePartitionsLimitExceeded");
    assert_eq!(place("catch_all").unwrap(), (vec!["__OVERFLOW__".to_owned(); 2], 1));
    let (values, objects) = place("hash").unwrap();
    assert_eq!(objects, 15);
    assert!(values[0].starts_with("__OVERFLOW__-") && values[0] == values[1], "{values:?}");
}

proptest! {
    #[test]
    fn k2_no_value_leaves_its_place(value in "\\PC{0,20}|[./=%\\x00-\\x20a]{0,30}") {
        let partitioning = partitioning(&[]);
        let Ok(values) = values(&partitioning, Some(&value), Some("d")) else { return Ok(()) };
        prop_assert!(!values[0].contains(['/', '=', '\0', '\n']) && !values[0].contains("..") && values[0] != ".");
        prop_assert_eq!(unescape(&values[0]), value, "two values never share a place");
        prop_assert!(!needs_escaping(&values[0].replace('%', "")));
    }
}

/// What a reader of Hive's folders does.
fn unescape(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[cfg(feature = "jq")]
#[test]
fn a_query_tells_values_as_the_hooks_do() {
    let with = |query: &'static str, missing: &'static str| {
        partitioning(&[
            ("PENSTOCK_PREFIX", "c=!{partitionKeyFromQuery:c}/d=!{partitionKeyFromLambda:c}/"),
            ("PENSTOCK_METADATA_EXTRACTION_QUERY", query),
            ("PENSTOCK_PARTITION_MISSING_VALUE", missing),
        ])
    };
    let of = |partitioning: &Partitioning, record: &str| {
        let said = [(Cow::from("c"), Cow::from("hook"))];
        partition_values(partitioning, record.as_bytes(), &said).map_err(|failure| failure.message)
    };
    let query = with("{c: .customer.id}", "");
    for (record, value) in [
        (r#"{"customer":{"id":"é/../x"}}"#, "é%2F%2E%2E%2Fx"),
        (r#"{"customer":{"id":7}}"#, "7"),
        (r#"{"customer":{"id":false}}"#, "false"),
    ] {
        assert_eq!(of(&query, record).unwrap(), [value, "hook"], "{record}");
    }
    for (record, words) in [
        ("{}", "must not be null or empty"),
        (r#"{"customer":{"id":""}}"#, "must not be null or empty"),
        (r#"{"customer":{"id":[1]}}"#, "the value of c is an array"),
        (r#"{"customer":1}"#, "the jq program failed"),
        ("no JSON", "is not one JSON value"),
    ] {
        let error = of(&query, record).unwrap_err();
        assert!(error.contains(words), "{record}: {error}");
    }
    assert_eq!(of(&with("{c: .customer.id}", "none"), "{}").unwrap(), ["none", "hook"]);
    let zoned = with("{c: (.at | strftime(\"%Y-%m-%d-%H\"; \"Asia/Tokyo\"))}", "");
    assert_eq!(of(&zoned, r#"{"at":1445910456}"#).unwrap()[0], "2015-10-27-10");
}
