//! What never reaches the function, or leaves it for the destination.

use serde_json::{Value, json};

use super::*;
use crate::events::DiscardCondition;

#[tokio::test(start_paused = true)]
async fn filters_let_pass_what_matches_and_drop_the_rest_in_silence() {
    let world = World::new(1).await;
    world.put(&[r#"{"kind":"a","n":1}"#, r#"{"kind":"b"}"#, "no json", r#"{"kind":"a","n":2}"#]).await;
    let changes = json!({
        "FilterCriteria": { "Filters": [{ "Pattern": r#"{"data":{"kind":["a"]}}"# }] }, "DestinationConfig": queue()
    });
    let running = world.map(changes, |_| DONE()).await;
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [[r#"{"kind":"a","n":1}"#, r#"{"kind":"a","n":2}"#]]);
    assert_eq!((running.metric("PolledEventCount"), running.metric("FilteredOutEventCount")), (4, 2));
    assert_eq!(world.queue().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_gets_the_event_as_an_escaped_string() {
    let world = World::new(1).await;
    world.put(&["a"]).await;
    let changes = json!({
        "MaximumRetryAttempts": 1, "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:s3:::failures" } }
    });
    let running = world.map(changes, |_| Said::Error).await;
    world.pass(60 * SECOND).await;
    let places = world.events(|event| match event {
        Event::BatchDiscarded { destination, condition, approximate_invoke_count, .. } => {
            assert_eq!((*condition, *approximate_invoke_count), (DiscardCondition::RetryAttemptsExhausted, 2));
            destination.clone()
        }
        _ => None,
    });
    let key = places[0].strip_prefix("s3://failures/").unwrap();
    let document = std::fs::read(world.folder.path().join("s3/failures").join(key)).unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    let event: Value = serde_json::from_str(document["payload"].as_str().expect("a string")).expect("of JSON");
    assert_eq!(event["Records"][0]["kinesis"]["data"], "YQ==");
    assert_eq!(event["Records"][0]["kinesis"]["sequenceNumber"], document["KinesisBatchInfo"]["startSequenceNumber"]);
    assert_eq!(running.metric("DestinationDeliveryFailures"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_fails_does_not_block_the_shard() {
    let world = World::new(1).await;
    world.put(&["poison", "b"]).await;
    let changes = json!({ "BatchSize": 1, "MaximumRetryAttempts": 0, "DestinationConfig": queue() });
    // A file where the folder should be.
    std::fs::write(world.folder.path().join("sqs"), "").unwrap();
    let script = |data: &[String]| if data == ["poison"] { Said::Error } else { DONE() };
    let running = world.map(changes, script).await;
    world.pass(60 * SECOND).await;
    assert_eq!(running.taken(), [["poison"], ["b"]]);
    assert_eq!((running.metric("DestinationDeliveryFailures"), running.metric("DroppedEventCount")), (1, 1));
    assert_eq!(running.metric("OnFailureDestinationDeliveredEventCount"), 0);
}
