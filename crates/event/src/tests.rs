use penstock_delivery::KinesisRecords;

use super::*;

const ARN: &str = "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream";

fn record(number: &str, data: &str) -> String {
    record_of("shardId-000000000006", ARN, number, data)
}

fn record_of(shard: &str, arn: &str, number: &str, data: &str) -> String {
    format!(
        r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"{number}","data":"{data}","approximateArrivalTimestamp":1545084650.98}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"{shard}:{number}","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-role","awsRegion":"us-east-2","eventSourceARN":"{arn}"}}"#
    )
}

fn event(records: &[String]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

fn arena_of(event: &str) -> Result<Vec<u8>, EventError> {
    Ok(decode(event.as_bytes(), b"\n")?.map(KinesisRecords::into_arena).unwrap_or_default())
}

#[test]
fn data_is_laid_down_in_order_with_its_delimiter() {
    let event = event(&[record("1", "SGVsbG8="), record("2", ""), record("3", "AP8=")]);
    assert_eq!(arena_of(&event).unwrap(), b"Hello\n\n\x00\xff\n");
}

#[test]
fn identity_is_strict_and_complete() {
    let event = event(&[record("49590338271490256608559692538361571095921575989136588898", "SGVsbG8=")]);
    let records = decode(event.as_bytes(), b"").unwrap().unwrap();
    assert_eq!(records.stream_arn(), ARN);
    assert_eq!(records.shard_id().number(), 6);
    let first = &records.records()[0];
    assert_eq!(first.sequence_number.as_str(), "49590338271490256608559692538361571095921575989136588898");
    assert_eq!(first.arrival.millis(), 1_545_084_650_980);
    assert_eq!(first.partition_key, "1");
}

#[test]
fn any_order_of_names_and_any_white_space_is_read() {
    let pretty = "\r\n{ \"other\" : [ 1, {\"a\": null}, true, false, -1.5e3, \"x\\\"y\" ] ,\n\t\"Records\" : [ {\n \
                  \"eventID\" : \"shardId-000000000000:7\" , \"eventSourceARN\": \"ARN\", \"kinesis\" : { \"data\" : \
                  \"aGk=\" , \"approximateArrivalTimestamp\" : 1.5E3 , \"sequenceNumber\" : \"7\" , \
                  \"encryptionType\": \"NONE\", \"partitionKey\" : \"a\\u00e9\\\"\" } } ] }\n"
        .replace("\"ARN\"", &format!("\"{ARN}\""));
    let records = decode(pretty.as_bytes(), b"").unwrap().unwrap();
    assert_eq!(records.arena(), b"hi");
    assert_eq!(records.records()[0].partition_key, "aé\"");
    assert_eq!(records.records()[0].arrival.millis(), 1_500_000);
}

#[test]
fn an_escaped_slash_in_base64_is_a_slash() {
    assert_eq!(arena_of(&event(&[record("1", r"\/\/79")])).unwrap(), b"\xff\xfe\xfd\n");
}

#[test]
fn a_consumer_stands_for_its_stream() {
    let consumer = format!("{ARN}/consumer/fast:1545084650");
    let event = event(&[record_of("shardId-000000000001", &consumer, "1", "")]);
    assert_eq!(decode(event.as_bytes(), b"").unwrap().unwrap().stream_arn(), ARN);
}

#[test]
fn zero_records_is_no_batch() {
    assert!(decode(br#"{"Records":[]}"#, b"\n").unwrap().is_none());
}

#[test]
fn a_repeated_sequence_number_is_legal_and_its_ordinal_is_the_sub_sequence() {
    let event = event(&[record("1", ""), record("1", ""), record("2", "")]);
    let records = decode(event.as_bytes(), b"").unwrap().unwrap();
    assert_eq!(records.records().iter().map(|r| r.sub_sequence_number).collect::<Vec<_>>(), [0, 1, 0]);
}

#[test]
fn a_tumbling_window_is_an_error_that_names_the_setting() {
    for member in [
        r#""window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"}"#,
        r#""state":{"1":282}"#,
        r#""isFinalInvokeForWindow":false"#,
        r#""isWindowTerminatedEarly":false"#,
    ] {
        let event = format!(r#"{{"Records":[{}],{member}}}"#, record("1", ""));
        let error = arena_of(&event).unwrap_err();
        assert_eq!(error, EventError::TumblingWindow, "{member}");
        assert!(error.to_string().contains("TumblingWindowInSeconds"));
    }
}

#[test]
fn what_lambda_does_not_send_is_an_error_that_says_where() {
    let good = record("1", "SGVsbG8=");
    let replaced = |from: &str, to: &str| event(&[good.clone(), record("2", "").replace(from, to)]);
    for (name, event, message) in [
        ("empty", String::new(), "malformed event: it ends too early"),
        ("not an object", "[]".to_owned(), "malformed event: unexpected JSON at byte 0"),
        ("another source", r#"{"detail":1}"#.to_owned(), "malformed event: it has no Records"),
        ("cut short", event(std::slice::from_ref(&good))[..200].to_owned(), "malformed event: record 0: "),
        ("more behind", event(std::slice::from_ref(&good)) + "x", "malformed event: unexpected JSON at byte "),
        ("bad base64", replaced(r#""data":"""#, r#""data":"!!!!""#), "record 1: its data is not base64"),
        ("cut base64", replaced(r#""data":"""#, r#""data":"SGVsbG8""#), "record 1: its data is not base64"),
        ("no data", replaced(r#""data":"","#, ""), "record 1: it has no kinesis.data"),
        ("no data, said so", replaced(r#""data":"""#, r#""data":null"#), "record 1: it has no kinesis.data"),
        ("mixed shards", replaced("shardId-000000000006", "shardId-000000000007"), "record 1: it is of another"),
        ("mixed streams", replaced("stream/lambda-stream", "stream/other"), "record 1: it is of another"),
        ("ids differ", replaced("000006:2", "000006:3"), "record 1: its eventID is not"),
        ("leading zero", event(&[record("01", "")]), "record 0: its sequenceNumber is not"),
        ("no time", replaced(r#","approximateArrivalTimestamp":1545084650.98"#, ""), "record 1: it has no kinesis.app"),
        ("bad time", replaced("1545084650.98", "-5"), "record 1: approximateArrivalTimestamp is not"),
        ("SQS", r#"{"Records":[{"messageId":"1","body":"b"}]}"#.to_owned(), "record 0: it has no eventID"),
        ("a topic's ARN", event(&[record("1", "").replace(":kinesis:us", ":sns:us")]), "its eventSourceARN is not"),
        ("control character", replaced(r#""partitionKey":"1""#, "\"partitionKey\":\"\n\""), "a control character"),
        ("bad escape", replaced(r#""partitionKey":"1""#, r#""partitionKey":"\q""#), "record 1: a string has a bad"),
        ("open string", "{\"Records".to_owned(), "malformed event: the event ends within a string"),
        ("open escape", "{\"Records\\".to_owned(), "malformed event: the event ends within a string"),
        ("trailing comma", r#"{"Records":[],}"#.to_owned(), "malformed event: unexpected JSON"),
    ] {
        let error = arena_of(&event).expect_err(name).to_string();
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[test]
fn l1_what_is_passed_over_may_be_nested_only_so_deep() {
    let nested = |depth: usize| format!(r#"{{"x":{}1{},"Records":[]}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(arena_of(&nested(limits::JSON_DEPTH_MAX - 1)).is_ok());
    let error = arena_of(&nested(100_000)).unwrap_err().to_string();
    assert_eq!(error, "malformed event: the event is nested too deep");
}

#[test]
fn no_content_is_in_an_error() {
    let event = event(&[record("1", "c2VjcmV0!").replace(r#""partitionKey":"1""#, r#""partitionKey":"secret-key""#)]);
    let error = arena_of(&event).unwrap_err().to_string();
    assert!(!error.contains("secret") && !error.contains("c2VjcmV0"), "{error}");
}
