//! What stands around the function in these tests: a bucket in a folder, an execution environment, events.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use penstock_delivery::DeliveryConfig;
use penstock_local::events::{Event, Events};
use penstock_local::function::{Function, FunctionConfiguration, FunctionError, Invocation, Outcome};
use penstock_local::run::{self, Summary};
use penstock_local::s3::{self, Credentials, FolderStore};
use penstock_local::scenario::Scenario;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const BUCKET: &str = "acme-clicks";
pub const SHARD: &str = "shardId-000000000000";
pub const STREAM_ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks";
/// 2018-12-17T22:10:50.98Z, as Lambda writes it.
pub const ARRIVAL: &str = "1545084650.98";

const REGION: &str = "us-east-1";
pub const ACCOUNT_ID: &str = "000000000000";
const LIMIT: Duration = Duration::from_mins(1);

/// Bounds a test in time.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, work).await.expect("an end within a minute")
}

/// Waits until it is so.
pub async fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The function as it is deployed.
pub fn bootstrap() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_bootstrap"))
}

/// `examples/hooks.rs`, which lies beside it.
pub fn hooks_example() -> PathBuf {
    let path = bootstrap().with_file_name("examples").join("hooks");
    assert!(path.is_file(), "{} is not there: cargo build -p penstock-handler --example hooks", path.display());
    path
}

/// The variables of a delivery to [`BUCKET`], with some set.
pub fn variables(set: &[(&str, &str)]) -> BTreeMap<String, String> {
    let always = [("PENSTOCK_BUCKET", BUCKET), ("PENSTOCK_DELIVERY_NAME", "clicks")];
    always.iter().chain(set).map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub fn config(set: &[(&str, &str)]) -> DeliveryConfig {
    let variables = variables(set);
    DeliveryConfig::parse(|name| variables.get(name).cloned()).expect("a valid configuration")
}

/// Everything that was told.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Event>>>);

impl Seen {
    pub fn events(&self) -> Events {
        let seen = self.clone();
        Events::to(move |event| seen.0.lock().expect("not poisoned").push(event))
    }

    /// What `pick` takes, in order.
    pub fn each<T>(&self, pick: impl FnMut(Event) -> Option<T>) -> Vec<T> {
        self.0.lock().expect("not poisoned").clone().into_iter().filter_map(pick).collect()
    }

    /// What the function wrote, line by line.
    pub fn log(&self) -> Vec<String> {
        self.each(|event| match event {
            Event::FunctionLog { line, .. } => Some(line),
            _ => None,
        })
    }
}

/// S3 with one bucket, in a folder that goes with it.
pub struct Bucket {
    pub folder: TempDir,
    pub endpoint: String,
    task: JoinHandle<std::io::Result<()>>,
}

impl Bucket {
    pub async fn serve() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = FolderStore::open(folder.path(), Events::none()).expect("a store");
        store.create_bucket(BUCKET).await.expect("a bucket");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let credentials = Credentials::new(run::ACCESS_KEY_ID, run::SECRET_ACCESS_KEY).of_account(ACCOUNT_ID);
        let task = tokio::spawn(s3::serve(listener, store, credentials, None, std::future::pending()));
        Self { folder, endpoint, task }
    }

    pub fn objects(&self) -> BTreeMap<String, StoredObject> {
        objects(self.folder.path())
    }

    /// The one object there is.
    pub fn object(&self) -> (String, StoredObject) {
        let objects = self.objects();
        assert_eq!(objects.len(), 1, "one object: {:?}", objects.keys());
        objects.into_iter().next().expect("there is one")
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An object with what S3 knows of it.
#[derive(Debug)]
pub struct StoredObject {
    pub body: Vec<u8>,
    pub content_type: String,
    pub content_encoding: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

/// The objects of [`BUCKET`] in a folder, by key.
pub fn objects(root: &Path) -> BTreeMap<String, StoredObject> {
    let mut objects = BTreeMap::new();
    for (path, document) in files(&root.join(".s3/objects").join(BUCKET)) {
        let document: Value = serde_json::from_slice(&document).expect(&path);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let attributes = &document["current"]["attributes"];
        let object = StoredObject {
            body: std::fs::read(root.join(BUCKET).join(document["path"].as_str().expect("a path"))).expect("a body"),
            content_type: text(&attributes["content_type"]).expect("a content type"),
            content_encoding: text(&attributes["content_encoding"]),
            metadata: serde_json::from_value(attributes["metadata"].clone()).expect("metadata"),
        };
        objects.insert(text(&document["key"]).expect("a key"), object);
    }
    assert_eq!(objects.len(), files(&root.join(BUCKET)).len(), "nothing lies in the bucket besides");
    objects
}

/// All files below a folder, by path within it. A folder that is not there has none.
pub fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below the root").to_str().expect("UTF-8").to_owned();
                files.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// A function on its own, without a mapping: tests invoke it.
pub struct Lambda {
    pub function: Function,
    pub seen: Seen,
}

impl Lambda {
    pub async fn start(bootstrap: PathBuf, endpoint: &str, set: &[(&str, &str)]) -> Self {
        Self::with_timeout(bootstrap, endpoint, set, Duration::from_secs(30)).await
    }

    pub async fn with_timeout(bootstrap: PathBuf, endpoint: &str, set: &[(&str, &str)], timeout: Duration) -> Self {
        let configuration = FunctionConfiguration {
            task_root: None,
            function_name: "clicks".to_owned(),
            bootstrap,
            timeout,
            memory_size: 256,
            reserved_concurrent_executions: None,
            variables: variables(set),
            region: REGION.to_owned(),
            account_id: ACCOUNT_ID.to_owned(),
            access_key_id: run::ACCESS_KEY_ID.to_owned(),
            secret_access_key: run::SECRET_ACCESS_KEY.to_owned(),
            endpoint_url_s3: endpoint.to_owned(),
            faults: None,
        };
        let seen = Seen::default();
        let function = Function::start(configuration, seen.events()).await.expect("a function");
        Self { function, seen }
    }

    pub async fn invoke(&self, event: impl Into<Bytes>) -> Invocation {
        self.function.invoke(event.into()).await
    }

    /// Invokes it and expects success, in the words of `ReportBatchItemFailures`.
    pub async fn deliver(&self, event: impl Into<Bytes>) -> Invocation {
        let invocation = self.invoke(event).await;
        match &invocation.outcome {
            Outcome::Response(response) => assert_eq!(response, r#"{"batchItemFailures":[]}"#),
            Outcome::FunctionError(error) => panic!("expected success, not {error}"),
            Outcome::Throttled(reason) => panic!("expected success, not {reason}"),
        }
        invocation
    }

    /// Invokes it and expects an error.
    pub async fn fail(&self, event: impl Into<Bytes>) -> FunctionError {
        match self.invoke(event).await.outcome {
            Outcome::Response(response) => panic!("expected an error, not {response:?}"),
            Outcome::FunctionError(error) => error,
            Outcome::Throttled(reason) => panic!("expected an error, not {reason}"),
        }
    }

    /// Ends it, and tells all it wrote.
    pub async fn end(self) -> Vec<String> {
        self.function.shutdown().await;
        self.seen.log()
    }
}

/// The sequence number of an event's record.
pub fn sequence_number(index: usize) -> String {
    format!("495903382714902566085596925383615710959215759891365{index:05}")
}

/// The event of a batch whose records arrived at [`ARRIVAL`].
pub fn event(texts: &[&str]) -> String {
    let records: Vec<_> = texts.iter().map(|text| ("key", text.as_bytes(), ARRIVAL)).collect();
    event_of(&records)
}

/// The event of a batch of partition keys, data and arrival times.
pub fn event_of(records: &[(&str, &[u8], &str)]) -> String {
    let mut event = r#"{"Records":["#.to_owned();
    for (index, (partition_key, data, arrival)) in records.iter().enumerate() {
        let number = sequence_number(index);
        let (partition_key, data) = (json!(partition_key), base64_simd::STANDARD.encode_to_string(data));
        let comma = if index == 0 { "" } else { "," };
        write!(
            event,
            r#"{comma}{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":{partition_key},"sequenceNumber":"{number}","data":"{data}","approximateArrivalTimestamp":{arrival}}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"{SHARD}:{number}","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::{ACCOUNT_ID}:role/clicks","awsRegion":"{REGION}","eventSourceARN":"{STREAM_ARN}"}}"#
        )
        .expect("a string takes it");
    }
    event.push_str("]}");
    event
}

/// A stream of two shards, the mapping, the function and S3, in a folder that goes with it.
pub struct Pipe {
    pub folder: TempDir,
    pub seen: Seen,
    scenario: Value,
}

impl Pipe {
    /// A pipe that `lines` are sent through.
    pub fn new(bootstrap: &Path, set: &[(&str, &str)], lines: &[String]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("input"), lines.join("\n") + "\n").expect("written");
        let scenario = json!({
            "Region": REGION,
            "AccountId": ACCOUNT_ID,
            "DataDirectory": path("data"),
            "Streams": [{ "StreamName": "clicks", "ShardCount": 2 }],
            "Buckets": [BUCKET],
            "Function": {
                "FunctionName": "clicks", "Bootstrap": bootstrap, "Timeout": 30,
                "Environment": { "Variables": variables(set) }
            },
            "EventSourceMapping": {
                "StreamName": "clicks", "StartingPosition": "TRIM_HORIZON", "BatchSize": 50,
                "FunctionResponseTypes": ["ReportBatchItemFailures"]
            },
            "Input": { "Path": path("input") },
            "InvocationsDirectory": path("invocations")
        });
        Self { folder, seen: Seen::default(), scenario }
    }

    /// Sets a field of the scenario.
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.scenario[field] = value;
        self
    }

    /// Runs it until all is acknowledged.
    pub async fn run(&self) -> Summary {
        let scenario = Scenario::parse(&self.scenario.to_string()).expect("a valid scenario");
        run::run(scenario, self.seen.events(), std::future::pending()).await.expect("a run to its end")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn objects(&self) -> BTreeMap<String, StoredObject> {
        objects(&self.data())
    }

    /// Invocation events as they were recorded: shard and event.
    pub fn invocations(&self) -> Vec<(String, Vec<u8>)> {
        let shard = |name: String| name[7..].trim_end_matches(".json").to_owned();
        let files = files(&self.folder.path().join("invocations"));
        files.into_iter().map(|(name, event)| (shard(name), event)).collect()
    }

    /// The input's lines as they lie in each shard, in its order.
    pub fn shards<'l>(&self, lines: &'l [String]) -> BTreeMap<String, Vec<&'l str>> {
        let mut placed: Vec<_> = self.seen.each(|event| match event {
            Event::RecordsPut { records } => Some(records),
            _ => None,
        });
        let mut placed: Vec<_> = placed.iter_mut().flat_map(std::mem::take).collect();
        assert_eq!(placed.len(), lines.len(), "every line was put");
        placed.sort_by_key(|record| (record.sequence_number.len(), record.sequence_number.clone()));
        let mut shards: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for record in placed {
            let index = usize::try_from(record.index).expect("fits");
            shards.entry(record.shard_id).or_default().push(&lines[index]);
        }
        shards
    }
}

/// Lines of an input: of all kinds, each with its number in it.
pub fn lines(count: usize) -> Vec<String> {
    let tails = ["", " with \"quotes\" and \\", " mit Umlaut ü", " 改行なし", "\tand a tab\r", "; and ; more"];
    (0..count).map(|number| format!("line {number}{}", tails[number % tails.len()])).collect()
}
