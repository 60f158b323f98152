//! What Lambda documents or was recorded to do, once through everything: a stream, the mapping, the Runtime API, a process.
//! The decisions themselves, and what takes an hour, are tested beside `mapping/driver.rs` in a time that the test owns.

use penstock_local::events::{CutReason, DiscardCondition, Event};
use serde_json::{Value, json};

use super::{Fixture, lines};

/// A scenario with one shard, a failure bucket and few retries.
fn scenario(fixture: &Fixture, mode: &str, changes: &Value, records: &[String]) -> Value {
    let mut mapping = json!({
        "MaximumRetryAttempts": 2,
        "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:s3:::failures-1" } }
    });
    mapping.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    let mut scenario = fixture.with_input(fixture.scenario(mode, &mapping), records);
    scenario["Streams"][0]["ShardCount"] = json!(1);
    scenario["Buckets"] = json!(["bucket-1", "failures-1"]);
    scenario
}

/// The documents of the failure bucket, by way of the events that tell of them.
fn documents(fixture: &Fixture) -> Vec<Value> {
    let discarded = fixture.events().into_iter().filter_map(|event| match event {
        Event::BatchDiscarded { destination, destination_error, .. } => {
            assert_eq!(destination_error, None);
            destination
        }
        _ => None,
    });
    let read = |place: String| {
        let key = place.strip_prefix("s3://failures-1/").expect("in the failure bucket");
        let document = std::fs::read(fixture.path("data/failures-1").join(key)).expect("a plain file");
        serde_json::from_slice(&document).expect("JSON")
    };
    discarded.map(read).collect()
}

fn metric(fixture: &Fixture, name: &str) -> u64 {
    let told = fixture.events().into_iter().find_map(|event| match event {
        Event::Metrics { metrics } => metrics.get(name).copied(),
        _ => None,
    });
    told.unwrap_or_else(|| panic!("no metric {name}"))
}

#[tokio::test]
async fn answers_that_are_success() {
    for answer in [r#""""#, "", "[]", "null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#] {
        let fixture = Fixture::new();
        let changes = json!({ "FunctionResponseTypes": ["ReportBatchItemFailures"] });
        let scenario = scenario(&fixture, &format!("answers {answer}"), &changes, &lines(3));
        let summary = fixture.run_to_the_end(&scenario).await;
        assert_eq!((summary.records_delivered, summary.invocations_failed), (3, 0), "{answer:?}");
        assert_eq!(fixture.lines_taken(), lines(3));
    }
}

#[tokio::test]
async fn answers_that_fail_the_whole_batch() {
    for item in [
        r#"{"itemIdentifier":123}"#,
        r#"{"itemIdentifier":"123"}"#,
        r#"{"itemIdentifier":""}"#,
        r#"{"itemIdentifier":null}"#,
        r#"{"foo":123}"#,
        r#"{"foo":null}"#,
    ] {
        let fixture = Fixture::new();
        let changes = json!({ "FunctionResponseTypes": ["ReportBatchItemFailures"] });
        let mode = format!(r#"answers {{"batchItemFailures":[{item}]}}"#);
        let scenario = scenario(&fixture, &mode, &changes, &lines(1));
        let summary = fixture.run_to_the_end(&scenario).await;
        assert_eq!((summary.records_delivered, summary.invocations_failed, summary.records_left), (0, 3, 0), "{item}");
        let document = documents(&fixture).remove(0);
        assert_eq!(document["requestContext"]["approximateInvokeCount"], 3, "{item}");
        assert_eq!(document["responseContext"]["functionError"], Value::Null, "{item}");
        assert!(document["responseContext"].as_object().expect("there").contains_key("functionError"));
        assert_eq!((metric(&fixture, "Errors"), metric(&fixture, "FailedInvokeEventCount")), (0, 3), "{item}");
    }
}

#[tokio::test]
async fn a_bootstrap_without_an_answer_is_success_where_answers_are_not_looked_at() {
    let fixture = Fixture::new();
    let scenario = scenario(&fixture, "answers ", &json!({}), &lines(2));
    assert_eq!(fixture.run_to_the_end(&scenario).await.records_delivered, 2);
}

/// Each way to fail is an attempt, an error of the function, and `Unhandled` in the document.
#[tokio::test]
async fn failures_of_the_function_are_attempts() {
    for (mode, timeout, memory, said) in [
        ("errors-are-odd", 20, 128, "Fixture.Error: as asked"),
        ("crashes", 20, 128, "Runtime exited with error: exit status 7"),
        ("is-slow", 1, 128, "Task timed out after 1.00 seconds"),
        ("allocates", 20, 128, "Runtime exited with error: signal: killed"),
    ] {
        let fixture = Fixture::new();
        let records = ["poison".to_owned()];
        let mut scenario = scenario(&fixture, mode, &json!({ "MaximumRetryAttempts": 1 }), &records);
        scenario["Function"]["Timeout"] = json!(timeout);
        scenario["Function"]["MemorySize"] = json!(memory);
        let summary = fixture.run_to_the_end(&scenario).await;
        assert_eq!((summary.records_delivered, summary.invocations_failed), (0, 2), "{mode}");
        let errors: Vec<String> = fixture
            .events()
            .into_iter()
            .filter_map(|event| match event {
                Event::BatchFailed { error, .. } => Some(error),
                _ => None,
            })
            .collect();
        assert_eq!(errors.len(), 2, "{mode}");
        assert!(errors.iter().all(|error| error.contains(said)), "{mode}: {errors:?}");
        let document = documents(&fixture).remove(0);
        assert_eq!(document["requestContext"]["approximateInvokeCount"], 2, "{mode}");
        assert_eq!(document["requestContext"]["condition"], "RetryAttemptsExhausted");
        assert_eq!(document["responseContext"]["functionError"], "Unhandled", "{mode}");
        let event: Value = serde_json::from_str(document["payload"].as_str().expect("a string")).expect("of JSON");
        assert_eq!(event["Records"][0]["kinesis"]["data"], "cG9pc29u", "{mode}");
        assert_eq!((metric(&fixture, "Errors"), metric(&fixture, "DroppedEventCount")), (2, 1), "{mode}");
    }
}

#[tokio::test]
async fn an_environment_that_does_not_start_is_an_attempt() {
    let fixture = Fixture::new();
    let scenario = scenario(&fixture, "starts-once", &json!({}), &lines(1));
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.invocations_failed), (0, 3));
    let errors: Vec<String> = fixture
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::BatchFailed { error, .. } => Some(error),
            _ => None,
        })
        .collect();
    assert!(errors[0].contains("exit status 7") && errors[1..].iter().all(|error| error.contains("exit status 3")));
    assert_eq!(documents(&fixture)[0]["responseContext"]["functionError"], "Unhandled");
}

/// The recorded case: six records, batches of three, three retries, and the last record always fails.
#[tokio::test]
async fn progress_resets_the_budget() {
    let fixture = Fixture::new();
    let records: Vec<String> = (0..6).map(|number| format!("record {number}")).collect();
    let changes = json!({
        "BatchSize": 3, "MaximumRetryAttempts": 3, "FunctionResponseTypes": ["ReportBatchItemFailures"]
    });
    // The answer names the last record that is there, unless it is the only batch without it.
    let scenario = scenario(&fixture, "fails-the-sixth", &changes, &records);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.records_left), (5, 0));
    let document = documents(&fixture).remove(0);
    assert_eq!(document["requestContext"]["approximateInvokeCount"], 4);
    assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1);
    assert_eq!(document["responseContext"]["functionError"], Value::Null);
    let cut = fixture.events().into_iter().any(|event| {
        matches!(
            event,
            Event::BatchCut { reason: CutReason::BatchItemFailures, records_before: 2, records_after: 1, .. }
        )
    });
    assert!(cut, "told");
}

#[tokio::test]
async fn a_bisect_delivers_all_but_the_poison() {
    for types in [json!([]), json!(["ReportBatchItemFailures"])] {
        let fixture = Fixture::new();
        let mut records = lines(15);
        records.insert(6, "poison".to_owned());
        let changes = json!({ "BisectBatchOnFunctionError": true, "FunctionResponseTypes": types });
        let scenario = scenario(&fixture, "errors-are-odd", &changes, &records);
        let summary = fixture.run_to_the_end(&scenario).await;
        assert_eq!((summary.records_delivered, summary.records_left), (15, 0), "{types}");
        assert_eq!(fixture.lines_taken(), lines(15));
        let document = documents(&fixture).remove(0);
        assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1);
        assert_eq!(document["requestContext"]["approximateInvokeCount"], 3, "a bisect uses up no attempt");
    }
}

#[tokio::test]
async fn throttles_are_no_attempts() {
    let fixture = Fixture::new();
    let changes = json!({ "ParallelizationFactor": 10, "BatchSize": 5, "MaximumRetryAttempts": 0 });
    let mut scenario = scenario(&fixture, "takes", &changes, &lines(100));
    scenario["Function"]["ReservedConcurrentExecutions"] = json!(1);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.invocations_failed), (100, 0));
    assert_eq!(fixture.lines_taken(), lines(100));
    let throttled = fixture.events().into_iter().filter(|event| matches!(event, Event::BatchThrottled { .. })).count();
    assert!(throttled > 0, "ten lanes, one environment");
    assert_eq!(metric(&fixture, "Throttles"), throttled as u64);
    assert_eq!(metric(&fixture, "DroppedEventCount"), 0);
}

#[tokio::test]
async fn filters_drop_in_silence() {
    let fixture = Fixture::new();
    let records = [r#"{"kind":"a"}"#, r#"{"kind":"b"}"#, "no json", r#"{"kind":"a","n":2}"#].map(str::to_owned);
    let changes = json!({ "FilterCriteria": { "Filters": [{ "Pattern": r#"{"data":{"kind":["a"]}}"# }] } });
    let scenario = scenario(&fixture, "takes", &changes, &records);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.input_delivered), (2, true));
    assert_eq!(fixture.lines_taken(), [records[0].clone(), records[3].clone()]);
    assert_eq!(metric(&fixture, "FilteredOutEventCount"), 2);
}

#[tokio::test]
async fn a_record_larger_than_any_event_is_told_without_its_payload() {
    let fixture = Fixture::new();
    // A record of a mebibyte fits; what does not fit is a small event limit away: the partition key and the data of
    // records are bounded by the stream, so that only larger streams' records get here. A batch of many is cut instead.
    let records: Vec<String> = (0..8).map(|number| number.to_string().repeat(1_000_000)).collect();
    let scenario = scenario(&fixture, "takes", &json!({}), &records);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!(summary.records_delivered, 8);
    let largest = fixture.events().into_iter().filter_map(|event| match event {
        Event::BatchDelivered { batch, .. } => Some(batch.payload_bytes),
        _ => None,
    });
    assert!(largest.max().expect("batches") <= 6 * 1_048_576, "6 MB an event, base64 and metadata included");
    let too_large = fixture.events().into_iter().any(|event| {
        matches!(event, Event::BatchDiscarded { condition: DiscardCondition::InvocationPayloadTooLarge, .. })
    });
    assert!(!too_large);
}

#[tokio::test]
async fn a_timeline_reshards_and_switches_the_mapping_off_and_on() {
    let fixture = Fixture::new();
    let changes = json!({ "ParallelizationFactor": 10 });
    let mut scenario = scenario(&fixture, "takes", &changes, &lines(4_000));
    scenario["Streams"][0]["ShardCount"] = json!(2);
    scenario["Input"]["PartitionKeys"] = json!(4_000);
    scenario["Timeline"] = json!([
        { "AfterRecords": 1_000, "Call": "UpdateShardCount", "Parameters": { "TargetShardCount": 4 } },
        { "AfterRecords": 1_500, "Call": "UpdateEventSourceMapping", "Parameters": { "Enabled": false } },
        { "AfterRecords": 2_000, "Call": "MergeShards",
          "Parameters": { "ShardToMerge": "shardId-000000000002", "AdjacentShardToMerge": "shardId-000000000003" } },
        { "AfterRecords": 2_000, "Call": "UpdateEventSourceMapping", "Parameters": { "Enabled": true } },
        { "AfterRecords": 3_000, "Call": "UpdateShardCount", "Parameters": { "TargetShardCount": 2 } },
        { "AfterRecords": 9_000, "Call": "DeleteEventSourceMapping" }
    ]);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert!(summary.records_delivered >= 4_000 && summary.input_delivered, "{summary:?}");
    let calls: Vec<(String, Option<String>)> = fixture
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::TimelineCall { call, error, .. } => Some((call, error)),
            _ => None,
        })
        .collect();
    assert!(calls[..5].iter().all(|(_, error)| error.is_none()), "{calls:?}");
    let never = "not made: the input ended after 4000 records, before record 9000";
    assert_eq!(calls[5], ("DeleteEventSourceMapping".to_owned(), Some(never.to_owned())));
    let ended = fixture.events().into_iter().filter(|event| matches!(event, Event::ShardEnded { .. })).count();
    assert!(ended >= 6, "{ended} shards were closed");
}

#[tokio::test]
async fn a_mapping_that_was_deleted_ends_the_run_undelivered() {
    let fixture = Fixture::new();
    let mut scenario = scenario(&fixture, "takes", &json!({}), &lines(100));
    scenario["Timeline"] = json!([{ "Call": "DeleteEventSourceMapping" }]);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert!(!summary.input_delivered);
}

/// The input waits for each call, so that exactly what comes behind it goes to the new shards.
#[tokio::test]
async fn a_call_of_the_timeline_comes_between_the_records() {
    let fixture = Fixture::new();
    let mut scenario = scenario(&fixture, "takes", &json!({}), &lines(300));
    scenario["Timeline"] = json!([
        { "AfterRecords": 100, "Call": "UpdateShardCount", "Parameters": { "TargetShardCount": 2 } },
        { "AfterRecords": 200, "Call": "UpdateShardCount", "Parameters": { "TargetShardCount": 1 } }
    ]);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.records_left), (300, 0));
    for event in fixture.events() {
        if let Event::RecordsPut { records } = event {
            for record in records {
                let generation = match record.shard_id.as_str() {
                    "shardId-000000000000" => 0,
                    "shardId-000000000001" | "shardId-000000000002" => 1,
                    _ => 2,
                };
                assert_eq!(record.index / 100, generation, "{record:?}");
            }
        }
    }
}
