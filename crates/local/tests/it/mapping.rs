//! The mapping end to end: a stream, the mapping and a function that is this test binary, see
//! [`fixture_bootstrap_entry`]; and the program around it.

mod program;
mod rows;

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use penstock_local::events::{Event, Events};
use penstock_local::run::{RunError, Summary, chain, run};
use penstock_local::scenario::{Framing, Scenario};
use penstock_local::sender::{self, Pace, Target};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// How long any run of these tests may take.
const TIMEOUT: Duration = Duration::from_mins(1);

struct Fixture {
    folder: TempDir,
    seen: Arc<Mutex<Vec<Event>>>,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let binary = std::env::current_exe().expect("this binary");
        let quoted = binary.to_str().expect("a UTF-8 path").replace('\'', r"'\''");
        let script = format!("#!/bin/sh\nexec '{quoted}' --exact mapping::fixture_bootstrap_entry --nocapture\n");
        let bootstrap = folder.path().join("bootstrap");
        std::fs::write(&bootstrap, script).expect("written");
        std::fs::set_permissions(&bootstrap, std::fs::Permissions::from_mode(0o755)).expect("made executable");
        std::fs::create_dir(folder.path().join("taken")).expect("made");
        Self { folder, seen: Arc::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A scenario whose function behaves as `mode` says, changed by `changes` to its mapping.
    fn scenario(&self, mode: &str, changes: &Value) -> Value {
        let mut mapping = json!({ "StreamName": "s", "StartingPosition": "TRIM_HORIZON", "BatchSize": 10_000 });
        for (field, value) in changes.as_object().expect("an object") {
            mapping[field] = value.clone();
        }
        json!({
            "DataDirectory": self.path("data"),
            "Streams": [{ "StreamName": "s", "ShardCount": 2 }],
            "Buckets": ["bucket-1"],
            "Function": {
                "FunctionName": "f", "Bootstrap": self.path("bootstrap"), "Timeout": 20,
                "Environment": { "Variables": { "MAPPING_FIXTURE": mode, "TAKEN": self.path("taken") } }
            },
            "EventSourceMapping": mapping,
            "InvocationsDirectory": self.path("invocations")
        })
    }

    fn with_input(&self, mut scenario: Value, lines: &[String]) -> Value {
        std::fs::write(self.path("input"), lines.join("\n")).expect("written");
        scenario["Input"] = json!({ "Path": self.path("input") });
        scenario
    }

    async fn run(&self, scenario: &Value, stop: impl Future<Output = ()>) -> Result<Summary, RunError> {
        let seen = self.seen.clone();
        let events = Events::to(move |event| seen.lock().expect("not poisoned").push(event));
        let scenario = Scenario::parse(&scenario.to_string()).expect("valid");
        tokio::time::timeout(TIMEOUT, run(scenario, events, stop)).await.expect("the run ends in time")
    }

    async fn run_to_the_end(&self, scenario: &Value) -> Summary {
        self.run(scenario, std::future::pending()).await.expect("a summary")
    }

    fn events(&self) -> Vec<Event> {
        self.seen.lock().expect("not poisoned").clone()
    }

    async fn until<T>(&self, mut found: impl FnMut(&Event) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = self.events().iter().find_map(&mut found) {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(TIMEOUT, waiting).await.expect("the event comes in time")
    }

    /// What the function took, by shard in the order of the sequence numbers: number of the record, and its line.
    fn taken(&self) -> BTreeMap<String, Vec<(u64, String)>> {
        let mut taken: BTreeMap<String, BTreeMap<String, (u64, String)>> = BTreeMap::new();
        for file in std::fs::read_dir(self.path("taken")).expect("a folder") {
            let event = std::fs::read(file.expect("a file").path()).expect("read");
            for (shard_id, sequence_number, partition_key, data) in records(&event) {
                let number = partition_key.parse().expect("a number");
                let earlier = taken.entry(shard_id).or_default().insert(sequence_number, (number, data));
                assert!(earlier.is_none(), "record {number} was taken twice");
            }
        }
        taken.into_iter().map(|(shard_id, records)| (shard_id, records.into_values().collect())).collect()
    }

    /// All lines that the function took, in the order of the input.
    fn lines_taken(&self) -> Vec<String> {
        let mut taken: Vec<_> = self.taken().into_values().flatten().collect();
        taken.sort_unstable();
        taken.into_iter().map(|(_, line)| line).collect()
    }
}

/// Shard, sequence number, partition key and data of an event's records.
fn records(event: &[u8]) -> Vec<(String, String, String, String)> {
    let event: Value = serde_json::from_slice(event).expect("an event");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let record = |record: &Value| {
        let kinesis = &record["kinesis"];
        let (shard_id, number) = record["eventID"].as_str().and_then(|id| id.split_once(':')).expect("an id");
        assert_eq!(kinesis["sequenceNumber"], number);
        let data = base64_simd::STANDARD.decode_to_vec(text(&kinesis["data"])).expect("base64");
        let data = String::from_utf8(data).expect("text");
        (shard_id.to_owned(), number.to_owned(), text(&kinesis["partitionKey"]), data)
    };
    event["Records"].as_array().expect("records").iter().map(record).collect()
}

fn lines(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{{\"number\":{number},\"text\":\"é\u{1}\"}}")).collect()
}

#[tokio::test]
async fn an_input_is_delivered_whole() {
    let fixture = Fixture::new();
    let lines = lines(3_000);
    let scenario = fixture.with_input(fixture.scenario("takes", &json!({})), &lines);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.records_left), (3_000, 0));
    assert_eq!((summary.invocations_failed, summary.input_delivered), (0, true));
    assert_eq!(fixture.lines_taken(), lines);
    assert_eq!(fixture.taken().len(), 2, "both shards took part");

    let events = fixture.events();
    assert!(events.iter().any(|event| matches!(event, Event::InputSent { records: 3_000, retried: 0, .. })));
    assert!(matches!(events.last(), Some(Event::Ended { records_delivered: 3_000, records_left: 0, .. })));
    let mut put = 0;
    let mut delivered = 0;
    for event in &events {
        match event {
            Event::RecordsPut { records } => put += records.len(),
            Event::BatchDelivered { batch, iterator_age_ms, .. } => {
                assert_eq!(batch.attempt, 1);
                assert!(*iterator_age_ms < 60_000, "{iterator_age_ms} ms");
                delivered += batch.records;
            }
            _ => {}
        }
    }
    assert_eq!((put, delivered), (3_000, 3_000));
}

#[tokio::test]
async fn what_fails_is_sent_again_as_it_was() {
    let fixture = Fixture::new();
    let lines = lines(400);
    let changes = json!({ "BatchSize": 100, "MaximumBatchingWindowInSeconds": 1 });
    let mut scenario = fixture.with_input(fixture.scenario("fails-every-second", &changes), &lines);
    // One shard, and so one environment, which fails every second time.
    scenario["Streams"][0]["ShardCount"] = json!(1);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!(summary.records_delivered, 400);
    assert!(summary.invocations_failed > 0);
    assert_eq!(fixture.lines_taken(), lines);

    let mut failed: BTreeMap<String, (String, String, u64)> = BTreeMap::new();
    for event in fixture.events() {
        let (batch, delivered) = match event {
            Event::BatchFailed { batch, error, retry_in_ms } => {
                assert_eq!((error.as_str(), retry_in_ms), ("Fixture.Error: as asked", 100));
                (batch, false)
            }
            Event::BatchDelivered { batch, .. } => (batch, true),
            _ => continue,
        };
        let run = (batch.first_sequence_number, batch.last_sequence_number, batch.records);
        if let Some(earlier) = failed.remove(&batch.shard_id) {
            assert_eq!(earlier, run, "the same records again");
            assert_eq!(batch.attempt, 2);
        }
        if !delivered {
            failed.insert(batch.shard_id, run);
        }
    }
    assert!(failed.is_empty());

    // Each event was kept once, though some were sent twice.
    let mut kept = 0;
    for file in std::fs::read_dir(fixture.path("invocations")).expect("a folder") {
        let path = file.expect("a file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let records = records(&std::fs::read(path).expect("read"));
        assert!(name[..6].parse::<u32>().is_ok(), "{name}");
        assert_eq!(name[6..], format!("-{}.json", records[0].0));
        kept += records.len();
    }
    assert_eq!(kept, 400);
}

#[tokio::test]
async fn a_partial_response_moves_the_checkpoint_to_before_the_lowest_failure() {
    let fixture = Fixture::new();
    let lines = lines(200);
    let changes = json!({ "FunctionResponseTypes": ["ReportBatchItemFailures"] });
    let scenario = fixture.with_input(fixture.scenario("takes-half", &changes), &lines);
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.records_left), (200, 0));
    assert!(summary.invocations_failed > 0);
    assert_eq!(fixture.lines_taken(), lines, "each record is taken once");
}

#[tokio::test]
async fn without_report_batch_item_failures_the_response_is_not_looked_at() {
    let fixture = Fixture::new();
    let scenario = fixture.with_input(fixture.scenario("takes-half", &json!({})), &lines(200));
    let summary = fixture.run_to_the_end(&scenario).await;
    assert_eq!((summary.records_delivered, summary.invocations_failed), (200, 0));
    assert!(fixture.lines_taken().len() < 200);
}

#[tokio::test]
async fn latest_begins_before_the_input_is_sent() {
    let fixture = Fixture::new();
    let lines = lines(10);
    let changes = json!({ "StartingPosition": "LATEST" });
    let scenario = fixture.with_input(fixture.scenario("takes", &changes), &lines);
    assert_eq!(fixture.run_to_the_end(&scenario).await.records_delivered, 10);
    assert_eq!(fixture.lines_taken(), lines);
}

#[tokio::test]
async fn stopping_delivers_what_is_in_the_stream() {
    let fixture = Fixture::new();
    let lines = lines(50);
    std::fs::write(fixture.path("input"), lines.join("\n")).expect("written");
    // Nothing would be delivered for five minutes.
    let scenario = fixture.scenario("takes", &json!({ "MaximumBatchingWindowInSeconds": 300 }));
    let stop = async {
        let endpoint = fixture
            .until(|event| match event {
                Event::Ready { kinesis_endpoint, .. } => Some(kinesis_endpoint.clone()),
                _ => None,
            })
            .await;
        let target = Target {
            endpoint,
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            stream_name: "s".to_owned(),
            partition_keys: None,
            parallelization_factor: 1,
            pace: Pace::default(),
        };
        sender::send(&fixture.path("input"), Framing::Lines, target, &Events::none()).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(fixture.lines_taken().is_empty(), "the window is open");
    };
    let summary = fixture.run(&scenario, stop).await.expect("a summary");
    assert_eq!((summary.records_delivered, summary.records_left), (50, 0));
    assert_eq!(fixture.lines_taken(), lines);
}

#[tokio::test]
async fn a_function_that_does_not_start_ends_the_run() {
    let fixture = Fixture::new();
    let scenario = fixture.with_input(fixture.scenario("exits", &json!({})), &lines(1));
    let began = Instant::now();
    let error = fixture.run(&scenario, std::future::pending()).await.expect_err("an error");
    let sentence = chain(&error);
    assert!(sentence.starts_with("the function did not start: "), "{sentence}");
    assert!(sentence.contains("exit status 3"), "{sentence}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn the_first_lane_gets_the_environment_that_was_started_before() {
    let fixture = Fixture::new();
    let lines = lines(5);
    let mut scenario = fixture.with_input(fixture.scenario("takes", &json!({})), &lines);
    scenario["Streams"][0]["ShardCount"] = json!(1);
    assert_eq!(fixture.run_to_the_end(&scenario).await.records_delivered, 5);
    let events = fixture.events();
    let at = |wanted: fn(&Event) -> bool| -> Vec<usize> {
        events.iter().enumerate().filter(|(_, event)| wanted(event)).map(|(index, _)| index).collect()
    };
    let started = at(|event| matches!(event, Event::EnvironmentStarted { .. }));
    let ready = at(|event| matches!(event, Event::Ready { .. }));
    assert_eq!((started.len(), ready.len()), (1, 1), "{events:?}");
    assert!(started[0] < ready[0], "{events:?}");
}

#[tokio::test]
async fn what_cannot_be_is_told_in_a_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let fixture = Fixture::new();
    std::fs::write(fixture.path("file"), "").expect("written");
    let set = |pointer: &str, value: Value| {
        let mut scenario = fixture.scenario("takes", &json!({}));
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        scenario.pointer_mut(parent).expect("there")[field] = value;
        scenario
    };
    for (name, scenario, expected) in [
        (
            "a port",
            set("/KinesisPort", json!(port)),
            format!("cannot listen on 127.0.0.1:{port} (KinesisPort), choose another port: Address already in use"),
        ),
        (
            "the other port",
            set("/S3Port", json!(port)),
            format!("cannot listen on 127.0.0.1:{port} (S3Port), choose another port: Address already in use"),
        ),
        (
            "the data directory",
            set("/DataDirectory", json!(fixture.path("file"))),
            format!("cannot use the DataDirectory {}: ", fixture.path("file").display()),
        ),
        (
            "the bootstrap",
            set("/Function/Bootstrap", json!(fixture.path("nowhere"))),
            format!("bootstrap {} does not exist", fixture.path("nowhere").display()),
        ),
        ("a bucket", set("/Buckets", json!(["Not_A_Bucket"])), "cannot create the bucket Not_A_Bucket: ".to_owned()),
        (
            "the input",
            set("/Input", json!({ "Path": fixture.path("nowhere") })),
            format!("cannot open the input {}: No such file", fixture.path("nowhere").display()),
        ),
    ] {
        let error = fixture.run(&scenario, std::future::pending()).await.expect_err(name);
        let sentence = chain(&error);
        assert!(sentence.starts_with(&expected), "{name}: {sentence}");
    }
}

#[tokio::test]
async fn dropping_a_run_ends_it() {
    let fixture = Fixture::new();
    let scenario = fixture.scenario("takes", &json!({}));
    let (never, stop) = oneshot::channel::<()>();
    let endpoint = tokio::select! {
        _ = fixture.run(&scenario, async { drop(stop.await) }) => panic!("nothing stops it"),
        endpoint = fixture.until(|event| match event {
            Event::Ready { s3_endpoint, .. } => Some(s3_endpoint.clone()),
            _ => None,
        }) => endpoint,
    };
    drop(never);
    let address = endpoint.strip_prefix("http://").expect("an endpoint").to_owned();
    let gone = async {
        while tokio::net::TcpStream::connect(&address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, gone).await.expect("nobody listens any more");
}

/// The bootstrap of these tests: they start this binary with this test alone, and `MAPPING_FIXTURE` says how it
/// behaves. Without the variable there is nothing to do, and it passes.
#[test]
fn fixture_bootstrap_entry() {
    let Ok(mode) = std::env::var("MAPPING_FIXTURE") else { return };
    if mode == "exits" {
        std::process::exit(3);
    }
    let taken = PathBuf::from(std::env::var("TAKEN").expect("the scenario sets it"));
    if mode == "starts-once" && taken.join("started").exists() {
        std::process::exit(3);
    }
    for invocation in 1.. {
        let (request_id, event) = request("GET", "invocation/next", b"");
        let take = |event: &[u8]| std::fs::write(taken.join(&request_id), event).expect("written");
        match mode.as_str() {
            "hangs" => {
                // Flushed at once: standard output is line buffered only where it is a terminal.
                writeln!(std::io::stderr(), "hanging").expect("written");
                std::thread::sleep(TIMEOUT);
            }
            "fails-every-second" if invocation % 2 == 1 => {
                let error = br#"{"errorMessage":"as asked","errorType":"Fixture.Error"}"#;
                request("POST", &format!("invocation/{request_id}/error"), error);
                continue;
            }
            "errors-are-odd" => {
                let records = records(&event);
                if records.iter().any(|(.., data)| data.contains("poison")) {
                    let error = br#"{"errorMessage":"as asked","errorType":"Fixture.Error"}"#;
                    request("POST", &format!("invocation/{request_id}/error"), error);
                    continue;
                }
                take(&event);
            }
            "fails-the-sixth" => {
                let failed = records(&event).into_iter().find(|(.., data)| data == "record 5");
                let failed = failed.map(|(_, number, ..)| json!({ "itemIdentifier": number }));
                let answer = json!({ "batchItemFailures": failed.into_iter().collect::<Vec<_>>() }).to_string();
                request("POST", &format!("invocation/{request_id}/response"), answer.as_bytes());
                continue;
            }
            "starts-once" => {
                std::fs::write(taken.join("started"), "").expect("written");
                std::process::exit(7);
            }
            "crashes" => std::process::exit(7),
            "is-slow" => std::thread::sleep(Duration::from_millis(1_500)),
            "allocates" => {
                let memory = vec![1_u8; 300 << 20];
                std::thread::sleep(Duration::from_secs(5));
                drop(memory);
            }
            answer if answer.starts_with("answers ") => {
                take(&event);
                let body = answer.strip_prefix("answers ").unwrap_or_default();
                request("POST", &format!("invocation/{request_id}/response"), body.as_bytes());
                continue;
            }
            "takes-half" => {
                let mut value: Value = serde_json::from_slice(&event).expect("an event");
                let records = value["Records"].as_array_mut().expect("records");
                let rest = records.split_off(records.len().div_ceil(2));
                take(value.to_string().as_bytes());
                let failed: Vec<_> = rest
                    .iter()
                    .map(|record| json!({ "itemIdentifier": record["kinesis"]["sequenceNumber"] }))
                    .collect();
                let answer = json!({ "batchItemFailures": failed }).to_string();
                request("POST", &format!("invocation/{request_id}/response"), answer.as_bytes());
                continue;
            }
            _ => take(&event),
        }
        request("POST", &format!("invocation/{request_id}/response"), br#"{"batchItemFailures":[]}"#);
    }
}

/// One request to the Runtime API on a connection of its own; the request id that came back, and the body.
fn request(method: &str, path: &str, body: &[u8]) -> (String, Vec<u8>) {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets it");
    let mut stream = TcpStream::connect(&api).expect("the Runtime API");
    let head = format!(
        "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {api}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).expect("a reply");
    let end = reply.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the head");
    let head = std::str::from_utf8(&reply[..end]).expect("text");
    let request_id = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("Lambda-Runtime-Aws-Request-Id").then(|| value.to_owned())
    });
    (request_id.unwrap_or_default(), reply[end + 4..].to_vec())
}
