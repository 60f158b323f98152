//! `replay --to function`: what the function answers decides, and only what was delivered is deleted.

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
