//! The whole mapping against a stream, in a time that the test owns: each row of what AWS documents or was recorded to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64_simd::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::super::destination::Destinations;
use super::super::invoker::{Invocation, InvocationError, InvocationErrorKind};
use super::*;
use crate::clock::Clock;
use crate::events::{CutReason, DiscardCondition};
use crate::kinesis::tests::put;
use crate::s3::FolderStore;
use crate::scenario::Scenario;

/// How long an invocation takes.
const TOOK: Duration = Duration::from_millis(20);

/// What a function does with the data of a batch.
type Script = Arc<dyn Fn(&[String]) -> Said + Send + Sync>;

/// What a function says.
enum Said {
    Response(String),
    Error,
    Throttled,
}

const DONE: fn() -> Said = || Said::Response(r#"{"batchItemFailures":[]}"#.to_owned());

#[derive(Clone)]
struct Scripted {
    script: Script,
    clock: Clock,
    /// The data of each batch that was handed over, and when.
    taken: Arc<Mutex<Vec<(Duration, Vec<String>)>>>,
}

impl Invoker for Scripted {
    async fn invoke(&self, payload: Bytes) -> Invocation {
        let event: Value = serde_json::from_slice(&payload).unwrap();
        let records = event["Records"].as_array().unwrap();
        let data: Vec<String> = records
            .iter()
            .map(|record| {
                let data = record["kinesis"]["data"].as_str().unwrap();
                String::from_utf8(STANDARD.decode_to_vec(data).unwrap()).unwrap()
            })
            .collect();
        let said = (self.script)(&data);
        if !matches!(said, Said::Throttled) {
            self.taken.lock().unwrap().push((self.clock.now(), data));
        }
        tokio::time::sleep(TOOK).await;
        let error = |kind| InvocationError { message: "as asked".to_owned(), kind };
        let response = match said {
            // A name stands for the sequence number of the record with this data.
            Said::Response(mut text) => {
                for record in records {
                    let data = record["kinesis"]["data"].as_str().unwrap();
                    let data = String::from_utf8(STANDARD.decode_to_vec(data).unwrap()).unwrap();
                    text = text.replace(&format!("<{data}>"), record["kinesis"]["sequenceNumber"].as_str().unwrap());
                }
                Ok(Bytes::from(text))
            }
            Said::Error => Err(error(InvocationErrorKind::Function)),
            Said::Throttled => Err(error(InvocationErrorKind::Throttled)),
        };
        Invocation { request_id: Uuid::new_v4().to_string(), duration: TOOK, response }
    }
}

/// A stream, a bucket and a time; [`World::map`] adds the mapping.
struct World {
    folder: TempDir,
    clock: Clock,
    kinesis: Kinesis,
    events: Arc<Mutex<Vec<Event>>>,
}

/// A mapping that runs.
struct Running {
    handle: Handle,
    task: JoinHandle<Result<u64, KinesisError>>,
    progress: watch::Receiver<Progress>,
    taken: Arc<Mutex<Vec<(Duration, Vec<String>)>>>,
}

impl World {
    async fn new(shards: u32) -> Self {
        let clock = Clock::system();
        let kinesis = Kinesis::new("us-east-1", "000000000000", clock);
        kinesis.create_stream("s", shards, 24).await.unwrap();
        Self { folder: tempfile::tempdir().unwrap(), clock, kinesis, events: Arc::default() }
    }

    async fn put(&self, data: &[&str]) {
        for data in data {
            self.put_with_key("k", data).await;
        }
    }

    async fn put_with_key(&self, key: &str, data: &str) {
        let data = STANDARD.encode_to_string(data.as_bytes());
        let request = json!({ "StreamName": "s", "PartitionKey": key, "Data": data });
        let (status, answer) = put(&self.kinesis, "PutRecord", request).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Creates a mapping in AWS's words.
    async fn map(&self, changes: Value, script: impl Fn(&[String]) -> Said + Send + Sync + 'static) -> Running {
        let mut mapping = json!({ "StreamName": "s", "StartingPosition": "TRIM_HORIZON", "BatchSize": 100 });
        mapping.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let scenario = json!({
            "DataDirectory": self.folder.path(),
            "Streams": [{ "StreamName": "s", "ShardCount": 1 }],
            "Buckets": ["failures"],
            "Function": { "FunctionName": "f", "Bootstrap": "bootstrap" },
            "EventSourceMapping": mapping
        });
        let scenario = Scenario::parse(&scenario.to_string()).unwrap();
        let configuration = scenario.mapping().unwrap();
        let seen = Arc::clone(&self.events);
        let events = Events::to(move |event| seen.lock().unwrap().push(event));
        let destinations = match configuration.on_failure.clone() {
            None => None,
            Some(destination) => {
                let store = FolderStore::open(self.folder.path().join("s3"), Events::none()).unwrap();
                store.create_bucket("failures").await.unwrap();
                let directory = self.folder.path().to_owned();
                Some(Arc::new(Destinations::new(destination, store, directory, configuration.uuid)))
            }
        };
        let (command, told) = watch::channel(Command::Go);
        let (sums, progress) = watch::channel(Progress::default());
        let shared = Shared {
            configuration: Arc::new(configuration),
            clock: self.clock,
            events,
            progress: sums,
            command: told,
            invocations: None,
            destinations,
        };
        let taken = Arc::default();
        let invoker = Scripted { script: Arc::new(script), clock: self.clock, taken: Arc::clone(&taken) };
        let (driver, handle) = Driver::create(self.kinesis.clone(), invoker, shared, command).await.unwrap();
        Running { handle, task: tokio::spawn(driver.run()), progress, taken }
    }

    fn events<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.events.lock().unwrap().iter().filter_map(pick).collect()
    }

    /// The documents that a queue got.
    fn queue(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(self.folder.path().join("sqs/q.ndjson")).unwrap_or_default();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    async fn pass(&self, time: Duration) {
        self.clock.sleep_until(self.clock.now() + time).await;
    }
}

impl Running {
    /// The batches that were handed over so far.
    fn taken(&self) -> Vec<Vec<String>> {
        self.taken.lock().unwrap().iter().map(|(_, data)| data.clone()).collect()
    }

    fn metric(&self, name: &str) -> u64 {
        self.progress.borrow().metrics.by_name()[name]
    }

    async fn drain(self) -> u64 {
        self.handle.drain();
        self.task.await.unwrap().unwrap()
    }
}

/// A destination that a test can read.
fn queue() -> Value {
    json!({ "OnFailure": { "Destination": "arn:aws:sqs:us-east-1:000000000000:q" } })
}

const SECOND: Duration = Duration::from_secs(1);

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
        match *left {
            0 => DONE(),
            _ => {
                *left -= 1;
                Said::Throttled
            }
        }
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
async fn starting_positions() {
    let world = World::new(1).await;
    world.put(&["old"]).await;
    world.pass(10 * SECOND).await;
    let between = world.clock.now().as_secs_f64();
    world.pass(10 * SECOND).await;
    world.put(&["newer"]).await;
    for (position, timestamp, expected) in [
        ("TRIM_HORIZON", None, vec!["old", "newer", "now"]),
        ("AT_TIMESTAMP", Some(between), vec!["newer", "now"]),
        ("LATEST", None, vec!["now"]),
    ] {
        let world = World {
            folder: tempfile::tempdir().unwrap(),
            events: Arc::default(),
            kinesis: world.kinesis.clone(),
            ..world
        };
        let changes = json!({ "StartingPosition": position, "StartingPositionTimestamp": timestamp });
        let running = world.map(changes, |_| DONE()).await;
        if position == "TRIM_HORIZON" {
            world.pass(SECOND).await;
            world.put(&["now"]).await;
        }
        world.pass(SECOND).await;
        if position == "LATEST" {
            assert_eq!(running.taken().len(), 0);
            world.put(&["now"]).await;
            world.pass(SECOND).await;
        }
        assert_eq!(running.taken().concat(), expected, "{position}");
        running.drain().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_disabled_mapping_keeps_its_checkpoint_and_a_deleted_one_loses_it() {
    let world = World::new(2).await;
    world.put(&["1"]).await;
    let running = world.map(json!({}), |_| DONE()).await;
    world.pass(SECOND).await;
    running.handle.request(Request::SetEnabled(false)).await.unwrap();
    world.put(&["2"]).await;
    world.pass(3_600 * SECOND).await;
    assert_eq!(running.taken(), [["1"]], "nothing is polled");
    running.handle.request(Request::SetEnabled(true)).await.unwrap();
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [["1"], ["2"]], "it goes on where it was");
    running.handle.request(Request::Delete).await.unwrap();
    assert_eq!(running.handle.request(Request::SetEnabled(true)).await, Err(RequestError::NotFound));
    world.pass(SECOND).await;
    running.handle.request(Request::Create).await.unwrap();
    assert_eq!(running.handle.request(Request::Create).await, Err(RequestError::Exists));
    world.pass(SECOND).await;
    assert_eq!(running.taken().concat(), ["1", "2", "1", "2"], "it begins anew");
    let states = world.events(|event| match event {
        Event::MappingState { state } => Some(state.clone()),
        _ => None,
    });
    assert_eq!(states, ["Enabled", "Disabling", "Disabled", "Enabled", "Deleting", "Deleted", "Enabled"]);
    assert_eq!(running.drain().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_that_is_created_disabled_keeps_its_starting_position() {
    let world = World::new(1).await;
    world.put(&["before"]).await;
    let running = world.map(json!({ "Enabled": false, "StartingPosition": "LATEST" }), |_| DONE()).await;
    world.put(&["after"]).await;
    world.pass(60 * SECOND).await;
    assert_eq!(running.taken().len(), 0);
    running.handle.request(Request::SetEnabled(true)).await.unwrap();
    world.pass(SECOND).await;
    assert_eq!(running.taken(), [["after"]]);
}

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

/// Splits, merges and a change of the count while records are put, with ten lanes a shard and a function that fails.
#[tokio::test(start_paused = true)]
async fn a_reshard_under_load_keeps_the_order_of_each_partition_key() {
    const KEYS: usize = 40;
    let world = World::new(2).await;
    let calls = Arc::new(Mutex::new(0));
    let script = move |_: &[String]| {
        let mut calls = calls.lock().unwrap();
        *calls += 1;
        if *calls % 7 == 0 { Said::Error } else { DONE() }
    };
    let running = world.map(json!({ "ParallelizationFactor": 10, "BatchSize": 5 }), script).await;
    let mut sent = 0;
    for round in 0..12 {
        for _ in 0..100 {
            world.put_with_key(&format!("key {}", sent % KEYS), &format!("{} {sent}", sent % KEYS)).await;
            sent += 1;
        }
        match round {
            2 => world.kinesis.update_shard_count("s", 4).await.unwrap(),
            4 => world.kinesis.merge_shards("s", "shardId-000000000003", "shardId-000000000002").await.unwrap(),
            6 => {
                let half = (u128::MAX / 8).to_string();
                let open = world.kinesis.list_shards("s").await.unwrap();
                let split = world.kinesis.split_shard("s", &open.last().unwrap().shard_id, &half).await;
                // Whether that key lies inside the newest shard depends on the merge; either way the load goes on.
                drop(split);
            }
            8 => world.kinesis.update_shard_count("s", 2).await.unwrap(),
            _ => {}
        }
        world.pass(SECOND / 20).await;
    }
    let taken = Arc::clone(&running.taken);
    world.pass(120 * SECOND).await;
    assert_eq!(running.progress.borrow().records_delivered, sent as u64);
    assert_eq!(running.drain().await, 0);

    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    let delivered = world.events(|event| match event {
        Event::BatchDelivered { batch, .. } => Some(batch.records),
        _ => None,
    });
    assert_eq!(delivered.iter().sum::<u64>(), sent as u64);
    for (_, batch) in taken.lock().unwrap().iter() {
        for data in batch {
            let (key, number) = data.split_once(' ').unwrap();
            let number: usize = number.parse().unwrap();
            let before = last.insert(key.to_owned(), number);
            // A batch that failed comes again, but no other of its keys comes between.
            assert!(
                before.is_none_or(|before| number > before || number + 5 * KEYS > before),
                "{key}: {before:?}, {number}"
            );
        }
    }
    let ended = world.events(|event| match event {
        Event::ShardEnded { shard_id } => Some(shard_id.clone()),
        _ => None,
    });
    let started = world.events(|event| match event {
        Event::ShardStarted { shard_id, parent_shard_ids } => Some((shard_id.clone(), parent_shard_ids.clone())),
        _ => None,
    });
    assert!(started.len() >= 7 && ended.len() >= 5, "{started:?} {ended:?}");
    // Each parent ended before its child began.
    let log = world.events(|event| match event {
        Event::ShardEnded { shard_id } => Some(format!("ended {shard_id}")),
        Event::ShardStarted { shard_id, .. } => Some(format!("started {shard_id}")),
        _ => None,
    });
    let at = |what: &str, id: &str| log.iter().position(|line| *line == format!("{what} {id}"));
    for (shard_id, parents) in &started {
        for parent in parents {
            let ended = at("ended", parent);
            assert!(ended.is_some() && ended < at("started", shard_id), "{parent} before {shard_id}: {log:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_reads_closed_parents_first_from_the_beginning() {
    let world = World::new(1).await;
    world.put(&["1", "2"]).await;
    world.kinesis.update_shard_count("s", 2).await.unwrap();
    world.put(&["3"]).await;
    world.kinesis.update_shard_count("s", 1).await.unwrap();
    world.put(&["4"]).await;
    let running = world.map(json!({}), |_| DONE()).await;
    world.pass(10 * SECOND).await;
    assert_eq!(running.taken().concat(), ["1", "2", "3", "4"]);
    let latest = World { folder: tempfile::tempdir().unwrap(), events: Arc::default(), ..world };
    let running = latest.map(json!({ "StartingPosition": "LATEST" }), |_| DONE()).await;
    latest.pass(10 * SECOND).await;
    latest.put(&["5"]).await;
    latest.kinesis.update_shard_count("s", 2).await.unwrap();
    latest.put(&["6"]).await;
    latest.pass(10 * SECOND).await;
    assert_eq!(running.taken().concat(), ["5", "6"], "a child is read from its beginning");
}

#[tokio::test(start_paused = true)]
async fn draining_delivers_what_is_there_and_says_what_is_left() {
    let world = World::new(2).await;
    let running = world.map(json!({ "MaximumBatchingWindowInSeconds": 300 }), |_| DONE()).await;
    world.put(&["1", "2"]).await;
    world.pass(SECOND).await;
    assert_eq!(running.taken().len(), 0, "the window is open");
    let taken = Arc::clone(&running.taken);
    assert_eq!(running.drain().await, 0);
    assert_eq!(taken.lock().unwrap()[0].1, ["1", "2"]);
    let failing = world.map(json!({ "StartingPosition": "TRIM_HORIZON" }), |_| Said::Error).await;
    world.pass(SECOND).await;
    assert_eq!(failing.drain().await, 2, "ten seconds at most");
}
