//! `replay --to function`: what the function answers decides, and only what was delivered is deleted; of error objects, only
//! those of which the bucket tells that none of their records failed again.

use penstock_format::{Digest128, ErrorSource, ObjectMetadata, ObjectRole};
use serde_json::{Value, json};

use crate::service::{Script, Service};

const INVOKE: &str = "POST /2015-03-31/functions/clicks/invocations";
const DOCUMENT: &str = "aws/lambda/0000/shardId-000000000006/2019/11/14/a";
const REPLAY: [&str; 3] = ["replay", "--json", "--execute"];

/// A failure bucket with one document, and what the function answers.
fn account(answer: &str) -> Script {
    let list = format!("<ListBucketResult><Contents><Key>{DOCUMENT}</Key></Contents></ListBucketResult>");
    let document = json!({
        "requestContext": {"condition": "RetryAttemptsExhausted"},
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000006", "startSequenceNumber": "1", "endSequenceNumber": "2", "batchSize": 2,
        },
        "payload": r#"{"Records":[{"a":1},{"a":2}]}"#,
    });
    Script::new()
        .answers("GET /acme-clicks-failures", &[&list])
        .answers("GET /acme-clicks-failures/aws", &[&document.to_string()])
        .answers(INVOKE, &[answer])
        .says("DELETE /acme-clicks-failures", &[(204, "")])
}

async fn replay(answer: &str, flags: &[&str]) -> (i32, Value, Service) {
    let service = Service::start(account(answer)).await;
    let (exit, said) = service.run(&[&REPLAY[..], flags].concat()).await;
    (exit, serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}")), service)
}

#[tokio::test]
async fn the_event_is_handed_over_as_it_was_and_its_document_goes() {
    let (exit, told, service) = replay(r#"{"batchItemFailures":[]}"#, &["--delete"]).await;
    assert_eq!((exit, &told["result"], &told["delivered"]), (0, &json!("replayed"), &json!(1)));
    assert_eq!(service.bodies(INVOKE), r#"{"Records":[{"a":1},{"a":2}]}"#);
    assert!(service.asked().iter().any(|call| *call == format!("DELETE /acme-clicks-failures/{DOCUMENT}")));
}

#[tokio::test]
async fn an_answer_that_is_none_of_ours_is_no_delivery() {
    for answer in [r#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#, "null", r#"{"errorMessage":"no"}"#] {
        let (exit, told, service) = replay(answer, &["--delete"]).await;
        assert_eq!((exit, &told["result"], &told["delivered"]), (1, &json!("failed"), &json!(0)), "{answer}");
        assert!(!service.asked().iter().any(|call| call.starts_with("DELETE")), "{answer}");
    }
}

#[tokio::test]
async fn nothing_is_done_that_was_not_asked_for() {
    let service = Service::start(account("null")).await;
    let (exit, said) = service.run(&["replay"]).await;
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("nothing was done: pass --execute"), "{said}");
    assert!(!service.was_asked(INVOKE));
}

const FAILED: &str = "failed/2018/a";

/// A bucket of Firehose's with an error object of two records, and what the delivery's bucket tells after the function took
/// them: that so many failed again, or nothing.
fn errors(failed_again: Option<u64>) -> Script {
    let line = json!({
        "attemptsMade": 4, "arrivalTimestamp": 1_545_084_650_987_i64, "errorCode": "c", "errorMessage": "m",
        "rawData": "eA==", "lambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
    });
    let content = format!("{line}\n{line}\n");
    let source = ErrorSource::new("firehose", FAILED, content.as_bytes());
    let (first, last) = (source.number(1), source.number(2));
    let metadata = ObjectMetadata {
        role: ObjectRole::Data,
        first,
        last,
        records: 2,
        digest: Digest128::parse(&"0".repeat(32)).unwrap(),
        key_scheme: 1,
        format_version: 1,
        batch_first: first,
        batch_last: last,
        batch_records: 2,
        batch_kinesis_records: 2,
        batch_dropped: 0,
        batch_failed: failed_again.unwrap_or_default(),
        object_index: 1,
        object_count: 1,
    };
    let headers: Vec<String> =
        metadata.entries().iter().map(|(name, value)| format!("x-amz-meta-{name}: {value}\r\n")).collect();
    let key = "2018/12/17/22/clicks-0-2018-12-17-22-10-50-98-b1196465-dfc7-85e1-9c02-02c22ad2a749";
    let listed = |key: &str| {
        format!(
            "<ListBucketResult><Contents><Key>{key}</Key><LastModified>2999-01-01T00:00:00.000Z</LastModified>\
             </Contents></ListBucketResult>"
        )
    };
    let nothing = "<ListBucketResult/>".to_owned();
    let after = if failed_again.is_some() { listed(key) } else { nothing.clone() };
    Script::new()
        .answers("GET /firehose", &[&listed(FAILED)])
        .answers("GET /firehose/failed", &[&content])
        .answers("GET /acme-clicks", &[&nothing, &after])
        .answers("HEAD /acme-clicks/2018", &[&headers.concat()])
        .answers(INVOKE, &[r#"{"batchItemFailures":[]}"#])
        .says("DELETE /firehose", &[(204, "")])
}

#[tokio::test]
async fn an_error_object_goes_only_when_the_bucket_tells_that_nothing_failed_again() {
    for (name, failed_again, deleted, told_failed) in
        [("none", Some(0), 1, json!(0)), ("one", Some(1), 0, json!(1)), ("not known", None, 0, Value::Null)]
    {
        let service = Service::start(errors(failed_again)).await;
        let from = ["--from", "s3://firehose/failed/", "--delete"];
        let (exit, said) = service.run(&[&REPLAY[..], &from[..]].concat()).await;
        let told: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{name}: {said}"));
        assert_eq!((exit, &told["delivered"], &told["records"]), (0, &json!(1), &json!(2)), "{name}: {said}");
        assert_eq!((&told["deleted"], &told["records_failed"]), (&json!(deleted), &told_failed), "{name}: {said}");
        let is_deleted = service.asked().iter().any(|call| *call == format!("DELETE /firehose/{FAILED}"));
        assert_eq!(is_deleted, deleted == 1, "{name}");
        // What the function is asked to take is an event of the environment's stream.
        let sent = service.bodies(INVOKE);
        let event: Value = serde_json::from_str(&sent).unwrap();
        assert_eq!(event["Records"][0]["eventSourceARN"], "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks");
        let decoded = penstock_handler::event::decode(sent.as_bytes(), b"\n").unwrap().unwrap();
        assert_eq!(decoded.arena(), b"x\nx\n", "{name}");
    }
}
