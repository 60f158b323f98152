use super::*;
use crate::Environment;

const LEAST: &str = "[stream]\nname = \"clicks\"\n[delivery]\nbucket = \"acme-clicks\"\n[event_source_mapping]\n";

fn mapping(lines: &str) -> Result<EventSourceMapping, String> {
    let environment = Environment::parse(&format!("{LEAST}{lines}")).map_err(|error| error.to_string())?;
    Ok(environment.event_source_mapping)
}

fn refused(name: &str, lines: &str, words: &str) {
    let error = mapping(lines).expect_err(name);
    assert!(error.starts_with("event_source_mapping."), "{name}: {error}");
    assert!(error.contains(words), "{name}: {error}");
}

#[test]
fn the_defaults_keep_data_in_the_stream_and_batches_whole() {
    let expected = EventSourceMapping {
        batch_size: 10_000,
        maximum_batching_window_in_seconds: 60,
        starting_position: StartingPosition::TrimHorizon,
        parallelization_factor: 1,
        maximum_retry_attempts: -1,
        maximum_record_age_in_seconds: 6 * 24 * 3600,
        bisect_batch_on_function_error: false,
        report_batch_item_failures: true,
        enabled: true,
        filters: Vec::new(),
        on_failure: OnFailure::FailureBucket(BucketName::parse("acme-clicks-failures").unwrap()),
    };
    assert_eq!(mapping(""), Ok(expected));
}

#[test]
fn numbers_have_awss_bounds() {
    for (key, least, most) in [
        ("batch_size", 1, 10_000),
        ("maximum_batching_window_in_seconds", 0, 300),
        ("parallelization_factor", 1, 10),
        ("maximum_retry_attempts", -1, 10_000),
        ("maximum_record_age_in_seconds", -1, 604_800),
    ] {
        for good in [least, most] {
            assert!(mapping(&format!("{key} = {good}")).is_ok(), "{key} = {good}");
        }
        for bad in [least - 1, most + 1, i64::MIN, i64::MAX] {
            refused(key, &format!("{key} = {bad}"), &format!("{key} is {bad}: expected "));
        }
        refused(key, &format!("{key} = \"1\""), "is \"1\": expected");
    }
    for (age, valid) in [(0, false), (59, false), (60, true), (61, true)] {
        assert_eq!(mapping(&format!("maximum_record_age_in_seconds = {age}")).is_ok(), valid, "{age}");
    }
}

#[test]
fn switches_are_true_or_false() {
    let read = |line: &str| mapping(line).unwrap();
    assert!(read("bisect_batch_on_function_error = true").bisect_batch_on_function_error);
    assert!(!read("report_batch_item_failures = false").report_batch_item_failures);
    assert!(!read("enabled = false").enabled);
    refused("a text", "enabled = \"yes\"", "enabled is \"yes\": expected true or false");
}

#[test]
fn a_position_at_a_time_has_its_time() {
    for (name, timestamp, seconds) in [
        ("the first second", "1970-01-01T00:00:00Z", 0.0),
        ("as a text", "'2026-11-23T20:00:00Z'", 1_795_464_000.0),
        ("east of Greenwich", "2026-11-24T05:00:00+09:00", 1_795_464_000.0),
        ("west of Greenwich, a text", "'2026-11-23T12:00:00-08:00'", 1_795_464_000.0),
        ("to the millisecond", "2026-11-23T20:00:00.123987Z", 1_795_464_000.123),
        ("a leap day", "2000-02-29T23:59:59Z", 951_868_799.0),
        ("behind a leap day", "2000-03-01T00:00:00Z", 951_868_800.0),
        ("no leap year", "2100-03-01T00:00:00Z", 4_107_542_400.0),
    ] {
        let lines = format!("starting_position = 'AT_TIMESTAMP'\nstarting_position_timestamp = {timestamp}");
        let position = mapping(&lines).unwrap_or_else(|error| panic!("{name}: {error}")).starting_position;
        assert_eq!(position.timestamp(), Some(seconds), "{name}");
        assert_eq!(position.as_str(), "AT_TIMESTAMP", "{name}");
    }
    for (name, timestamp) in [
        ("no zone", "2026-11-23T20:00:00"),
        ("no zone, a text", "'2026-11-23T20:00:00'"),
        ("no time", "2026-11-23"),
        ("no day", "20:00:00"),
        ("before 1970", "1969-12-31T23:59:59Z"),
        ("a number", "1795464000"),
        ("words", "'yesterday'"),
    ] {
        let lines = format!("starting_position = 'AT_TIMESTAMP'\nstarting_position_timestamp = {timestamp}");
        refused(name, &lines, "expected a time from 1970 on, with its zone");
    }
    refused("no time at all", "starting_position = 'AT_TIMESTAMP'", "starting_position_timestamp is not set");
    for position in ["", "starting_position = 'LATEST'", "starting_position = 'TRIM_HORIZON'"] {
        let lines = format!("{position}\nstarting_position_timestamp = 2026-11-23T20:00:00Z");
        refused(position, &lines, "starting_position_timestamp is 2026-11-23T20:00:00Z: expected none");
    }
    refused("not AWS's word", "starting_position = 'latest'", "expected TRIM_HORIZON or LATEST or AT_TIMESTAMP");
}

#[test]
fn a_filter_is_a_json_object_in_a_text_or_a_table() {
    for (name, filters, expected) in [
        ("none", "[]", &[][..]),
        ("a text stays as it is", r#"['{ "data": {"a": [1]} }']"#, &[r#"{ "data": {"a": [1]} }"#]),
        (
            "a table",
            r#"[{ data = { level = ["ERROR", { prefix = "W" }], n = [{ numeric = [">", 1.5] }], b = [true] } }]"#,
            &[r#"{"data":{"b":[true],"level":["ERROR",{"prefix":"W"}],"n":[{"numeric":[">",1.5]}]}}"#],
        ),
        ("five", "['{}', '{}', '{}', {}, {}]", &["{}", "{}", "{}", "{}", "{}"]),
    ] {
        let read = mapping(&format!("filters = {filters}")).unwrap_or_else(|error| panic!("{name}: {error}")).filters;
        assert_eq!(read, expected, "{name}");
    }
    let tables = "[[event_source_mapping.filters]]\ndata.level = [\"ERROR\"]\n";
    assert_eq!(mapping(tables).unwrap().filters, [r#"{"data":{"level":["ERROR"]}}"#]);
    for (name, filters, words) in [
        ("no list", "'{}'", "filters is \"{}\": expected a list of patterns"),
        ("six", "['{}', '{}', '{}', '{}', '{}', '{}']", "filters is a list of 6: expected at most 5 patterns"),
        ("no JSON", "['{}', '{']", "filters[1] is \"{\": expected a JSON object (EOF"),
        ("no object", "['[]']", "filters[0] is \"[]\": expected a JSON object"),
        ("a number", "[1]", "filters[0] is 1: expected a text with a JSON object, or a table"),
        ("a day", "[{ data = { day = [2026-11-23] } }]", "filters[0].data.day is 2026-11-23: expected what JSON"),
        ("not a number", "[{ a = nan }]", "filters[0].a is nan: expected what JSON"),
    ] {
        refused(name, &format!("filters = {filters}"), words);
    }
    for (characters, valid) in [(4_096, true), (4_097, false)] {
        let pattern = format!("{{\"data\":\"{}\"}}", "é".repeat(characters - 11));
        assert_eq!(mapping(&format!("filters = ['{pattern}']")).is_ok(), valid, "{characters}");
    }
}

#[test]
fn windows_are_refused_with_the_reason() {
    for lines in ["tumbling_window_in_seconds = 30", "tumbling_window_in_seconds = 0"] {
        refused(
            lines,
            lines,
            "tumbling_window_in_seconds cannot be set: with a window Lambda hands the function a state",
        );
    }
}

#[test]
fn batches_that_are_given_up_go_where_the_file_says() {
    let queue = "arn:aws:sqs:us-east-1:123456789012:given-up";
    let topic = "arn:aws:sns:us-east-1:123456789012:given-up";
    for (name, lines, destination, bucket) in [
        ("default", "", Some("arn:aws:s3:::acme-clicks-failures"), Some("acme-clicks-failures")),
        ("s3", "on_failure = 's3'", Some("arn:aws:s3:::acme-clicks-failures"), Some("acme-clicks-failures")),
        ("a name", "failure_bucket = 'acme-lost'", Some("arn:aws:s3:::acme-lost"), Some("acme-lost")),
        ("none", "on_failure = 'none'", None, None),
        ("a bucket", "on_failure = 'arn:aws:s3:::theirs'", Some("arn:aws:s3:::theirs"), Some("theirs")),
        ("a queue", &format!("on_failure = '{queue}'"), Some(queue), None),
        ("a topic", &format!("on_failure = '{topic}'"), Some(topic), None),
    ] {
        let on_failure = mapping(lines).unwrap_or_else(|error| panic!("{name}: {error}")).on_failure;
        assert_eq!(on_failure.destination().as_deref(), destination, "{name}");
        assert_eq!(on_failure.bucket(), bucket, "{name}");
    }
    for (name, lines, words) in [
        ("a word", "on_failure = 'sqs'", "on_failure is \"sqs\": expected s3 or none or the ARN"),
        ("a function", "on_failure = 'arn:aws:lambda:us-east-1:123456789012:function:f'", "expected s3 or none or"),
        ("a FIFO topic", &format!("on_failure = '{topic}.fifo'"), "a standard SNS topic"),
        ("a FIFO queue", "on_failure = 'arn:aws:sqs:eu-west-1:123456789012:q.fifo'", "a standard SQS queue"),
        ("an account that is none", "on_failure = 'arn:aws:sqs:us-east-1:12345:q'", "expected s3 or none or"),
        ("a key, not a bucket", "on_failure = 'arn:aws:s3:::bucket/key'", "expected s3 or none or"),
        ("the data's bucket", "failure_bucket = 'acme-clicks'", "expected another bucket than delivery.bucket"),
        ("the data's ARN", "on_failure = 'arn:aws:s3:::acme-clicks'", "expected another bucket than delivery.bucket"),
        ("no bucket's name", "failure_bucket = 'Lost'", "failure_bucket is \"Lost\": expected a bucket name"),
        (
            "a bucket beside none",
            "on_failure = 'none'\nfailure_bucket = 'acme-lost'",
            "failure_bucket is \"acme-lost\": expected none, because on_failure is \"none\" and not s3",
        ),
    ] {
        refused(name, lines, words);
    }
}

#[test]
fn a_default_name_that_is_too_long_must_be_set() {
    for (length, valid) in [(54, true), (55, false)] {
        let file = format!("[stream]\nname = 'clicks'\n[delivery]\nbucket = '{}'\n", "b".repeat(length));
        let read = Environment::parse(&file);
        assert_eq!(read.is_ok(), valid, "{length}: {read:?}");
        if let Err(error) = read {
            let error = error.to_string();
            let words = "event_source_mapping.failure_bucket is not set: expected a bucket name, because the default";
            assert!(error.starts_with(words) && error.ends_with("has 64 characters of 63"), "{error}");
        }
    }
}
