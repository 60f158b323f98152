//! What becomes of a batch that is not done: answers, errors, throttles, age, bisect, retention.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::events::CutReason;

/// Recorded: these answers are success.
#[tokio::test(start_paused = true)]
async fn answers_that_are_success() {
    for answer in [r#""""#, "", "[]", "null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#] {
        let world = World::new(1).await;
        world.put(&["a"]).await;
        let changes = json!({
            "FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 2, "DestinationConfig": queue()
        });
        let running = world.map(changes, move |_| Said::Response(answer.to_owned())).await;
        world.pass(60 * SECOND).await;
        assert_eq!((running.taken().len(), world.queue().len()), (1, 0), "{answer:?}");
        assert_eq!(running.drain().await, 0);
    }
}

/// Recorded: these fail the whole batch, and are no error of the function.
#[tokio::test(start_paused = true)]
async fn answers_that_fail_the_whole_batch() {
    for item in [
        r#"{"itemIdentifier":123}"#,
        r#"{"itemIdentifier":"123"}"#,
        r#"{"itemIdentifier":""}"#,
        r#"{"itemIdentifier":null}"#,
        r#"{"foo":123}"#,
        r#"{"foo":null}"#,
    ] {
        let world = World::new(1).await;
        world.put(&["a", "b"]).await;
        let changes = json!({
            "FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 2, "DestinationConfig": queue()
        });
        let running = world.map(changes, move |_| Said::Response(format!(r#"{{"batchItemFailures":[{item}]}}"#))).await;
        world.pass(60 * SECOND).await;
        assert_eq!(running.taken(), vec![vec!["a", "b"]; 3], "{item}");
        let documents = world.queue();
        assert_eq!(documents.len(), 1, "{item}");
        assert_eq!(documents[0]["requestContext"]["approximateInvokeCount"], 3, "{item}");
        assert_eq!(documents[0]["requestContext"]["condition"], "RetryAttemptsExhausted");
        let context = json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": null });
        assert_eq!(documents[0]["responseContext"], context, "{item}");
        assert_eq!((running.metric("Errors"), running.metric("FailedInvokeEventCount")), (0, 6), "{item}");
        assert_eq!(running.metric("DroppedEventCount"), 2);
        assert_eq!(running.metric("OnFailureDestinationDeliveredEventCount"), 2);
    }
}

/// Recorded: an exception, with a batch of one and two retries.
#[tokio::test(start_paused = true)]
async fn an_error_of_the_function_exhausts_as_unhandled() {
    let world = World::new(1).await;
    world.put(&["a"]).await;
    let changes = json!({ "BatchSize": 1, "MaximumRetryAttempts": 2, "DestinationConfig": queue() });
    let running = world.map(changes, |_| Said::Error).await;
    world.pass(60 * SECOND).await;
    assert_eq!(running.taken().len(), 3);
    let document = world.queue().remove(0);
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(document["responseContext"]["functionError"], "Unhandled");
    assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1);
    assert_eq!(running.metric("Errors"), 3);
    assert_eq!(running.drain().await, 0, "the shard is not blocked");
}

/// Recorded: a batch of 3, 3 retries, and a last record that always fails.
#[tokio::test(start_paused = true)]
async fn progress_resets_the_budget() {
    let world = World::new(1).await;
    world.put(&["1", "2", "3", "4", "5", "6"]).await;
    let changes = json!({
        "BatchSize": 3, "MaximumRetryAttempts": 3, "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": queue()
    });
    let script = |data: &[String]| {
        let failed = if data.contains(&"6".to_owned()) { r#"[{"itemIdentifier":"<6>"}]"# } else { "[]" };
        Said::Response(format!(r#"{{"batchItemFailures":{failed}}}"#))
    };
    let running = world.map(changes, script).await;
    world.pass(60 * SECOND).await;
    let seen = running.taken().iter().filter(|data| data.contains(&"6".to_owned())).count();
    assert_eq!(seen, 5, "{:?}", running.taken());
    let document = world.queue().remove(0);
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 4);
    assert_eq!(
        (&document["KinesisBatchInfo"]["batchSize"], &document["responseContext"]["functionError"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(running.metric("Errors"), 0, "a partial response is no error of the function");
    assert_eq!(running.metric("FailedInvokeEventCount"), 5);
    let cuts = world.events(|event| match event {
        Event::BatchCut { reason, records_before, records_after, .. } => {
            Some((*reason, *records_before, *records_after))
        }
        _ => None,
    });
    assert_eq!(cuts, [(CutReason::BatchItemFailures, 2, 1)]);
}

#[tokio::test(start_paused = true)]
async fn the_lowest_of_several_items_wins_and_successes_behind_it_are_sent_again() {
    let world = World::new(1).await;
    world.put(&["1", "2", "3", "4"]).await;
    let changes = json!({ "FunctionResponseTypes": ["ReportBatchItemFailures"] });
    let script = |data: &[String]| match data.len() {
        4 => Said::Response(r#"{"batchItemFailures":[{"itemIdentifier":"<4>"},{"itemIdentifier":"<2>"}]}"#.to_owned()),
        _ => DONE(),
    };
    let running = world.map(changes, script).await;
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [vec!["1", "2", "3", "4"], vec!["2", "3", "4"]]);
}

#[tokio::test(start_paused = true)]
async fn throttles_are_no_attempts() {
    let world = World::new(1).await;
    world.put(&["a"]).await;
    let left = Mutex::new(50);
    let script = move |_: &[String]| {
        let mut left = left.lock().unwrap();
        if *left == 0 {
            return DONE();
        }
        *left -= 1;
        Said::Throttled
    };
    let changes = json!({ "MaximumRetryAttempts": 0, "DestinationConfig": queue() });
    let running = world.map(changes, script).await;
    world.pass(3_600 * SECOND).await;
    assert_eq!(running.taken().len(), 1);
    assert_eq!((running.metric("Throttles"), running.metric("Invocations"), world.queue().len()), (50, 1, 0));
    assert_eq!(running.metric("InvokedEventCount"), 1);
}

#[tokio::test(start_paused = true)]
async fn throttles_end_with_the_record_age() {
    let world = World::new(1).await;
    world.put(&["a"]).await;
    let changes = json!({ "MaximumRecordAgeInSeconds": 60, "DestinationConfig": queue() });
    let running = world.map(changes, |_| Said::Throttled).await;
    world.pass(90 * SECOND).await;
    assert_eq!(running.taken().len(), 0);
    assert_eq!(world.queue()[0]["requestContext"]["condition"], "RecordAgeExceeded");
}

/// Recorded: `MaximumRetryAttempts` -1, `MaximumRecordAgeInSeconds` 60, and a function that always fails.
#[tokio::test(start_paused = true)]
async fn a_record_expires_while_it_is_retried() {
    let world = World::new(1).await;
    world.put(&["a"]).await;
    let changes = json!({ "BatchSize": 1, "MaximumRecordAgeInSeconds": 60, "DestinationConfig": queue() });
    let running = world.map(changes, |_| Said::Error).await;
    world.pass(90 * SECOND).await;
    let attempts = running.taken().len();
    assert!(attempts > 5, "{attempts} attempts");
    let document = world.queue().remove(0);
    assert_eq!(document["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 1, "whatever was tried before");
    assert_eq!(document.get("responseContext"), None);
    world.pass(90 * SECOND).await;
    assert_eq!(running.taken().len(), attempts, "it is given up");
}

/// Recorded: it is too old before the mapping sees it.
#[tokio::test(start_paused = true)]
async fn a_record_expires_before_it_is_read() {
    let world = World::new(1).await;
    world.put(&["a"]).await;
    world.pass(61 * SECOND).await;
    let changes = json!({ "MaximumRecordAgeInSeconds": 60, "MaximumRetryAttempts": 0, "DestinationConfig": queue() });
    let running = world.map(changes, |_| DONE()).await;
    world.pass(SECOND).await;
    assert_eq!(running.taken().len(), 0);
    let document = world.queue().remove(0);
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(
        (&document["requestContext"]["condition"], document.get("responseContext")),
        (&json!("RecordAgeExceeded"), None)
    );
}

/// Recorded: the head of a batch is too old, the rest is not.
#[tokio::test(start_paused = true)]
async fn expired_head_records_are_a_batch_of_their_own() {
    let world = World::new(1).await;
    world.put(&["old"]).await;
    world.pass(61 * SECOND).await;
    world.put(&["1", "2", "3", "4", "5"]).await;
    let changes = json!({
        "BatchSize": 10, "MaximumRecordAgeInSeconds": 60, "MaximumRetryAttempts": 0, "DestinationConfig": queue()
    });
    let running = world.map(changes, |_| DONE()).await;
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [vec!["1", "2", "3", "4", "5"]]);
    let document = world.queue().remove(0);
    assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1);
    assert_eq!(document["KinesisBatchInfo"]["startSequenceNumber"], document["KinesisBatchInfo"]["endSequenceNumber"]);
}

#[tokio::test(start_paused = true)]
async fn a_bisect_finds_the_poison_whatever_report_batch_item_failures_says() {
    for types in [json!([]), json!(["ReportBatchItemFailures"])] {
        let world = World::new(1).await;
        world.put(&["1", "2", "3", "poison", "5", "6", "7", "8"]).await;
        let changes = json!({
            "BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 1, "FunctionResponseTypes": types,
            "DestinationConfig": queue()
        });
        let script = |data: &[String]| if data.contains(&"poison".to_owned()) { Said::Error } else { DONE() };
        let running = world.map(changes, script).await;
        world.pass(60 * SECOND).await;
        let poisoned: Vec<usize> =
            running.taken().iter().filter(|data| data.contains(&"poison".to_owned())).map(Vec::len).collect();
        assert_eq!(poisoned, [8, 4, 2, 1, 1], "{types}");
        let document = world.queue().remove(0);
        assert_eq!(document["requestContext"]["approximateInvokeCount"], 2);
        assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1);
        assert_eq!(running.progress.borrow().records_delivered, 7);
        assert_eq!(running.metric("DroppedEventCount"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_bisect_and_a_partial_response_split_at_the_number() {
    let world = World::new(1).await;
    world.put(&["1", "2", "3", "4", "5", "6"]).await;
    let changes = json!({ "BisectBatchOnFunctionError": true, "FunctionResponseTypes": ["ReportBatchItemFailures"] });
    let script = |data: &[String]| match data.len() {
        6 => Said::Response(r#"{"batchItemFailures":[{"itemIdentifier":"<5>"}]}"#.to_owned()),
        _ => DONE(),
    };
    let running = world.map(changes, script).await;
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [vec!["1", "2", "3", "4", "5", "6"], vec!["5", "6"]]);
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_retries_loses_nothing_and_keeps_the_order() {
    let world = World::new(1).await;
    world.put(&["a", "b"]).await;
    let clock = world.clock;
    let well = clock.now() + 3_600 * SECOND;
    let running = world.map(json!({}), move |_| if clock.now() < well { Said::Error } else { DONE() }).await;
    world.pass(1_800 * SECOND).await;
    world.put(&["c"]).await;
    world.pass(1_900 * SECOND).await;
    let taken = running.taken();
    assert!(taken.len() > 360, "{} attempts, at most 10 s apart", taken.len());
    assert!(taken[..taken.len() - 1].iter().all(|data| *data == ["a", "b"]), "as it was");
    assert_eq!(taken.last().unwrap(), &["c"]);
    assert_eq!(running.progress.borrow().records_delivered, 3);
}

#[tokio::test(start_paused = true)]
async fn what_the_stream_forgets_is_counted_by_no_metric() {
    let world = World::new(1).await;
    world.put(&["a", "b"]).await;
    let running = world.map(json!({ "DestinationConfig": queue() }), |_| Said::Error).await;
    world.pass(23 * 3_600 * SECOND).await;
    world.put(&["c"]).await;
    world.pass(3_700 * SECOND).await;
    let expired = world.events(|event| match event {
        Event::RecordsExpired { records, .. } => Some(*records),
        _ => None,
    });
    assert_eq!(expired.iter().sum::<u64>(), 2);
    assert_eq!((running.metric("DroppedEventCount"), world.queue().len()), (0, 0));
    assert_eq!(running.taken().last().unwrap(), &["c"], "the shard goes on");
}

#[tokio::test(start_paused = true)]
async fn a_document_names_no_request_that_never_held_its_records() {
    let world = World::new(1).await;
    world.put(&["delivered"]).await;
    let script = |data: &[String]| if data == ["delivered"] { DONE() } else { Said::Throttled };
    let changes = json!({ "MaximumRecordAgeInSeconds": 60, "DestinationConfig": queue() });
    let running = world.map(changes, script).await;
    world.pass(SECOND).await;
    world.put(&["throttled"]).await;
    world.pass(90 * SECOND).await;
    assert_eq!(running.taken(), [["delivered"]]);
    let delivered = world.events(|event| match event {
        Event::BatchDelivered { batch, .. } => Some(batch.request_id.clone()),
        _ => None,
    });
    assert_ne!(world.queue()[0]["requestContext"]["requestId"], delivered[0].as_str());
}
