use proptest::prelude::*;

use super::*;

/// 2018-08-27T10:30:00Z, the instant of the guide's examples.
const GUIDE: i64 = 1_535_365_800_000;

fn random() -> RandomStrings {
    RandomStrings::new(*b"0123456789abcdef")
}

fn at(millis: i64) -> ArrivalTime {
    ArrivalTime::from_millis(millis).unwrap()
}

fn evaluated(text: &str) -> Result<String, PrefixError> {
    Prefix::parse(text)?.evaluate(at(GUIDE), &TimeZone::UTC, &random())
}

fn error_evaluated(text: &str) -> Result<String, PrefixError> {
    ErrorOutputPrefix::parse(text)?.evaluate(ErrorOutputType::ProcessingFailed, at(GUIDE), &TimeZone::UTC, &random())
}

/// The examples of Firehose's guide. Where the guide forgets the hour, the answer is Firehose's real one.
#[test]
fn examples_of_the_guide() {
    for (name, prefix, error, expected, expected_error) in [
        (
            "no prefix",
            "",
            Some("myFirehoseFailures/!{firehose:error-output-type}/"),
            "2018/08/27/10/",
            "myFirehoseFailures/processing-failed/",
        ),
        (
            "text and expressions",
            "myFirehose/DeliveredYear=!{timestamp:yyyy}/anyMonth/rand=!{firehose:random-string}",
            Some("myFirehoseFailures/!{firehose:error-output-type}/!{timestamp:yyyy}/anyMonth/!{timestamp:dd}"),
            "myFirehose/DeliveredYear=2018/anyMonth/rand=lHJzfF4kDXO",
            "myFirehoseFailures/processing-failed/2018/anyMonth/27",
        ),
        (
            "Hive's folders",
            "myPrefix/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/",
            Some("myErrorPrefix/year=!{timestamp:yyyy}/month=!{timestamp:MM}/!{firehose:error-output-type}"),
            "myPrefix/year=2018/month=08/day=27/hour=10/",
            "myErrorPrefix/year=2018/month=08/processing-failed",
        ),
        (
            "only text",
            "myFirehosePrefix/",
            None,
            "myFirehosePrefix/2018/08/27/10/",
            "myFirehosePrefix/processing-failed/2018/08/27/10/",
        ),
        ("nothing", "", None, "2018/08/27/10/", "processing-failed/2018/08/27/10/"),
        (
            "error type and day",
            "",
            Some("myPrefix/result=!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}"),
            "2018/08/27/10/",
            "myPrefix/result=processing-failed/2018/08/27",
        ),
    ] {
        let parsed = Prefix::parse(prefix).unwrap();
        let error = error.map(|text| ErrorOutputPrefix::parse(text).unwrap());
        assert_eq!(check_prefixes(&parsed, error.as_ref()), Ok(()), "{name}");
        assert_eq!(evaluated(prefix).unwrap(), expected, "{name}");
        let error = error.unwrap_or_else(|| ErrorOutputPrefix::default_for(&parsed));
        let error = error.evaluate(ErrorOutputType::ProcessingFailed, at(GUIDE), &TimeZone::UTC, &random());
        assert_eq!(error.unwrap(), expected_error, "{name}");
    }
    // The guide's second example is an invalid one: an expression needs an error prefix.
    let expression = Prefix::parse("!{timestamp:yyyy/MM/dd}").unwrap();
    for none in [None, Some(ErrorOutputPrefix::parse("").unwrap())] {
        assert_eq!(
            check_prefixes(&expression, none.as_ref()).unwrap_err().to_string(),
            "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions, such as \"!{timestamp:yyyy/MM/dd}\""
        );
    }
    assert_eq!(check_prefixes(&expression, Some(&ErrorOutputPrefix::parse("errors/").unwrap())), Ok(()));
}

#[test]
fn prefixes_are_evaluated() {
    for (name, text, expected) in [
        ("nothing inserts a slash", "legacy", "legacy2018/08/27/10/"),
        ("an expression glued to the name", "a!{timestamp:yyyy}", "a2018"),
        ("random alone: nothing is appended", "rand/!{firehose:random-string}/", "rand/lHJzfF4kDXO/"),
        ("random twice", "!{firehose:random-string}!{firehose:random-string}", "lHJzfF4kDXOUrrsC5AiuqT"),
        ("one instant, everywhere", "!{timestamp:HH}/!{timestamp:HH:mm:ss}", "10/10:30:00"),
        ("quoted text", "!{timestamp:'year='yyyy'/T'}", "year=2018/T"),
        ("a refused letter in quotes", "!{timestamp:'partition'}", "partition"),
        ("braces and bangs outside", "a!b{c}!d", "a!b{c}!d2018/08/27/10/"),
        ("a bang before", "!!{timestamp:yyyy}", "!2018"),
        ("a brace after", "!{timestamp:yyyy}}", "2018}"),
        ("not ascii", "é/!{timestamp:yyyy'年'}", "é/2018年"),
    ] {
        assert_eq!(evaluated(text).unwrap(), expected, "{name}");
    }
    for (name, text, expected) in [
        ("text only", "errors/", "errors/processing-failed/2018/08/27/10/"),
        (
            "the type twice",
            "!{firehose:error-output-type}/!{firehose:error-output-type}",
            "processing-failed/processing-failed",
        ),
        ("random", "!{firehose:random-string}/!{firehose:error-output-type}/", "lHJzfF4kDXO/processing-failed/"),
    ] {
        assert_eq!(error_evaluated(text).unwrap(), expected, "{name}");
    }
    let tokyo = Prefix::parse("p/").unwrap().evaluate(at(GUIDE), &TimeZone::parse("Asia/Tokyo").unwrap(), &random());
    assert_eq!(tokyo.unwrap(), "p/2018/08/27/19/");
}

#[test]
fn wrong_prefixes_are_answered_as_firehose_answers() {
    let conversion = "Invalid conversion character used in the value of the expression in";
    for (name, text, expected) in [
        ("open", "a!{timestamp:yyyy", "Invalid expression usage: \"!{timestamp:yyyy\" at byte 1 of Prefix is not !{namespace:value}".to_owned()),
        ("no colon", "!{timestamp}", "Invalid expression usage: \"!{timestamp}\" at byte 0 of Prefix is not !{namespace:value}".to_owned()),
        ("nested", "!{timestamp:!{timestamp:yyyy}}", "Invalid expression usage: \"!{timestamp:!{timestamp:yyyy}}\" at byte 0 of Prefix is not !{namespace:value}".to_owned()),
        ("namespace", "x/!{time:yyyy}", "Namespace to the left of colon (time) is an invalid keyword! \"!{time:yyyy}\" at byte 2 of Prefix, expected timestamp, firehose, partitionKeyFromQuery or partitionKeyFromLambda".to_owned()),
        ("no namespace", "!{:yyyy}", "Namespace to the left of colon () is an invalid keyword! \"!{:yyyy}\" at byte 0 of Prefix, expected timestamp, firehose, partitionKeyFromQuery or partitionKeyFromLambda".to_owned()),
        ("case of the namespace", "!{Timestamp:yyyy}", "Namespace to the left of colon (Timestamp) is an invalid keyword! \"!{Timestamp:yyyy}\" at byte 0 of Prefix, expected timestamp, firehose, partitionKeyFromQuery or partitionKeyFromLambda".to_owned()),
        ("keyword", "!{firehose:random}", format!("{conversion} Prefix: \"!{{firehose:random}}\" at byte 11, expected error-output-type or random-string")),
        ("letter", "!{timestamp:yyyyTHH}", format!("{conversion} Prefix: \"!{{timestamp:yyyyTHH}}\" at byte 16, where T is no letter of a pattern; text stands in single quotes")),
        ("count", "!{timestamp:HHH}", format!("{conversion} Prefix: \"!{{timestamp:HHH}}\" at byte 12, where H stands 3 times; expected once or twice")),
        ("empty", "!{timestamp:}", format!("{conversion} Prefix: \"!{{timestamp:}}\" at byte 12, expected a pattern such as yyyy/MM/dd")),
        ("quote", "!{timestamp:yyyy'a}", format!("{conversion} Prefix: \"!{{timestamp:yyyy'a}}\" at byte 16, where a single quote has no partner")),
        ("a brace in quotes ends it", "!{timestamp:'}'}", format!("{conversion} Prefix: \"!{{timestamp:'}}\" at byte 12, where a single quote has no partner")),
        ("reserved", "!{timestamp:yyyy#}", format!("{conversion} Prefix: \"!{{timestamp:yyyy#}}\" at byte 16, where # is reserved; text stands in single quotes")),
        ("bracket", "!{timestamp:[yyyy]]}", format!("{conversion} Prefix: \"!{{timestamp:[yyyy]]}}\" at byte 18, where ] has no [ before it")),
        ("error type", "a/!{firehose:error-output-type}/", "Prefix must not contain any occurrence of !{firehose:error-output-type}, which stands at byte 2".to_owned()),
        ("no name of a key", "!{partitionKeyFromQuery:a b}/", format!("{conversion} Prefix: \"!{{partitionKeyFromQuery:a b}}\" at byte 24, expected the name of a partition key: 1 to 128 of A-Z a-z 0-9 _ - .")),
    ] {
        assert_eq!(Prefix::parse(text).expect_err(name).to_string(), expected, "{name}");
    }
    for (name, text, expected) in [
        (
            "no error type",
            "e/!{timestamp:yyyy}",
            "ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}, since it contains the expression \"!{timestamp:yyyy}\"",
        ),
        (
            "query",
            "!{partitionKeyFromQuery:id}/",
            "ErrorOutputPrefix must not contain any partition key, such as \"!{partitionKeyFromQuery:id}\" at byte 0",
        ),
        ("open", "!{", "Invalid expression usage: \"!{\" at byte 0 of ErrorOutputPrefix is not !{namespace:value}"),
    ] {
        assert_eq!(ErrorOutputPrefix::parse(text).expect_err(name).to_string(), expected, "{name}");
    }
    for letter in "CIJPRTUVbfijloprt".chars() {
        assert!(Prefix::parse(&format!("!{{timestamp:{letter}}}")).is_err(), "{letter}");
        assert!(Prefix::parse(&format!("!{{timestamp:'{letter}'}}")).is_ok(), "{letter}");
    }
}

#[test]
fn l1_prefixes_are_bounded() {
    for (name, text, valid) in [
        ("512", "é".repeat(512 - 14), true),
        ("513 with what is appended", "é".repeat(512 - 13), false),
        ("512 with an expression", format!("{}!{{timestamp:yyyy}}", "x".repeat(508)), true),
        ("513 with an expression", format!("{}!{{timestamp:yyyy}}", "x".repeat(509)), false),
        ("short, evaluated long", "!{timestamp:NNNNNNNNNNNNNNNNNNN}".repeat(27), false),
        ("1,024 as configured", format!("{}!{{timestamp:''}}", "x".repeat(1009)), false),
    ] {
        assert!(Prefix::parse(&text).is_ok(), "{name}");
        let evaluated = evaluated(&text);
        assert_eq!(evaluated.is_ok(), valid, "{name}");
        assert!(valid || matches!(evaluated, Err(PrefixError::EvaluatedLength { .. })), "{name}");
    }
    assert!(matches!(Prefix::parse(&"x".repeat(1025)), Err(PrefixError::Length { characters: 1025, .. })));
    let error = evaluated(&"x".repeat(1000)).unwrap_err().to_string();
    assert!(error.starts_with("Length of evaluated prefix cannot be greater than 512: Prefix evaluates to \"xxx"));
    let long = error_evaluated(&"x".repeat(482)).unwrap_err().to_string();
    assert!(long.contains("ErrorOutputPrefix evaluates to"), "{long}");
    assert!(error_evaluated(&"x".repeat(480)).is_ok());
}

#[test]
fn the_literal_head_is_what_every_key_begins_with() {
    for (name, text, head, has_expression) in [
        ("empty", "", "", false),
        ("text", "a/b", "a/b", false),
        ("expression", "a/!{timestamp:yyyy}/b", "a/", true),
        ("expression first", "!{firehose:random-string}/", "", true),
    ] {
        let prefix = Prefix::parse(text).unwrap();
        assert_eq!((prefix.literal_head(), prefix.has_expression()), (head, has_expression), "{name}");
        assert_eq!((prefix.as_str(), prefix.to_string().as_str()), (text, text), "{name}");
        assert!(evaluated(text).unwrap().starts_with(head), "{name}");
        let default = ErrorOutputPrefix::default_for(&prefix);
        assert_eq!((default.literal_head(), default.has_expression()), (head, false), "{name}");
    }
}

#[test]
fn every_zone_evaluates_at_every_season() {
    let everything =
        Prefix::parse("!{timestamp:G u y D M L d Q q Y w W E e c F a h K k H m s S A n N O X x Z z zzzz}").unwrap();
    for zone in crate::time_zone::names() {
        let zone = TimeZone::parse(&zone).unwrap();
        for millis in [0, 951_782_400_000, 1_705_320_000_000, 1_721_044_800_000, 4_102_444_800_000, 253_402_214_399_999]
        {
            let text = everything.evaluate(at(millis), &zone, &random()).unwrap();
            assert!(!text.ends_with(' '), "{zone} {millis}: {text}");
        }
    }
}

proptest! {
    #[test]
    fn d3_the_same_instant_makes_the_same_prefix(
        text in "([a-z/=]{0,5}!\\{(timestamp:[yMdHms/-]{0,3}|firehose:random-string)\\}){0,3}[a-z/]{0,5}",
        millis in 0_i64..=253_402_214_399_999,
        seed in any::<[u8; 16]>(),
    ) {
        if let Ok(prefix) = Prefix::parse(&text) {
            let evaluate = || prefix.evaluate(at(millis), &TimeZone::UTC, &RandomStrings::new(seed)).unwrap();
            prop_assert_eq!(evaluate(), evaluate());
            prop_assert!(evaluate().starts_with(prefix.literal_head()));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "(!\\{|\\}|:|timestamp|firehose|'|[\\[\\]yMeczZOXSGq#]|.){0,12}", error in any::<bool>()) {
        let answer = if error { error_evaluated(&text) } else { evaluated(&text) };
        if let Err(error) = answer {
            prop_assert!(error.to_string().len() < 1000);
        }
    }
}

#[test]
fn partition_keys_stand_where_the_prefix_has_them() {
    let prefix = Prefix::parse(
        "c=!{partitionKeyFromQuery:c}/d=!{timestamp:dd}/h=!{partitionKeyFromLambda:host}/!{partitionKeyFromQuery:c}/",
    );
    let prefix = prefix.unwrap();
    let (keys, counts): (Vec<PartitionKey>, Vec<usize>) = prefix.partition_keys().into_iter().unzip();
    let told: Vec<String> = keys.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["partitionKeyFromQuery:c", "partitionKeyFromLambda:host"]);
    assert_eq!(counts, [2, 1]);
    let values = ["jp".to_owned(), "a/b".to_owned()];
    let of = PartitionValues::new(&keys, &values);
    assert_eq!(prefix.evaluate_for(of, at(GUIDE), &TimeZone::UTC, &random()).unwrap(), "c=jp/d=27/h=a/b/jp/");
    assert_eq!(prefix.evaluate(at(GUIDE), &TimeZone::UTC, &random()).unwrap(), "c=/d=27/h=//");
}

#[test]
fn partitioning_and_the_prefix_agree() {
    let keyed = Prefix::parse("!{partitionKeyFromQuery:id}/").unwrap();
    let plain = Prefix::parse("a/").unwrap();
    assert_eq!((check_partitioning(&keyed, true), check_partitioning(&plain, false)), (Ok(()), Ok(())));
    assert_eq!(
        check_partitioning(&keyed, false).unwrap_err().to_string(),
        "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled: \
         !{partitionKeyFromQuery:id}"
    );
    assert_eq!(
        check_partitioning(&plain, true).unwrap_err().to_string(),
        "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled, and \"a/\" has none"
    );
}
