//! The whole mapping against a stream, in a time that the test owns: each row of what AWS documents or was recorded to do.

mod failing;
mod giving_up;
mod moving;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64_simd::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::*;
use crate::clock::Clock;
use crate::kinesis::tests::put;
use crate::mapping::destination::Destinations;
use crate::mapping::invoker::{Invocation, InvocationError, InvocationErrorKind};
use crate::s3::FolderStore;
use crate::scenario::Scenario;

/// How long an invocation takes.
const TOOK: Duration = Duration::from_millis(20);

/// What a function does with the data of a batch.
type Script = Arc<dyn Fn(&[String]) -> Said + Send + Sync>;

/// The data of each batch that was handed over, and when.
type Taken = Arc<Mutex<Vec<(Duration, Vec<String>)>>>;

/// What a function says.
enum Said {
    /// Nothing, for an hour.
    Nothing,
    Response(String),
    Error,
    Throttled,
}

const DONE: fn() -> Said = || Said::Response(r#"{"batchItemFailures":[]}"#.to_owned());

#[derive(Clone)]
struct Scripted {
    script: Script,
    clock: Clock,
    taken: Taken,
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
        tokio::time::sleep(if matches!(said, Said::Nothing) { 3_600 * SECOND } else { TOOK }).await;
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
            Said::Nothing | Said::Error => Err(error(InvocationErrorKind::Function)),
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
    taken: Taken,
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
