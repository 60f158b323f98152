use std::sync::{Arc, Mutex};

use super::*;
use crate::clock::Clock;
use crate::kinesis::{Kinesis, Shard, ShardIteratorType};
use crate::run::chain;

struct Fixture {
    kinesis: Kinesis,
    target: Target,
    events: Events,
    seen: Arc<Mutex<Vec<Event>>>,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn start(shards: u32) -> Self {
        let kinesis = Kinesis::new("us-east-1", "000000000000", Clock::system());
        kinesis.create_stream("s", shards, 24).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let served = kinesis.clone();
        tokio::spawn(async move { served.serve(listener, std::future::pending()).await });
        Self::to(kinesis, endpoint)
    }

    fn to(kinesis: Kinesis, endpoint: String) -> Self {
        let (region, access_key_id) = ("us-east-1".to_owned(), "test".to_owned());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let events = Events::to({
            let seen = seen.clone();
            move |event| seen.lock().unwrap().push(event)
        });
        let target = Target {
            endpoint,
            region,
            access_key_id,
            stream_name: "s".to_owned(),
            partition_keys: None,
            parallelization_factor: 1,
            pace: Pace::default(),
        };
        Self { kinesis, target, events, seen, folder: tempfile::tempdir().unwrap() }
    }

    async fn send(&self, framing: Framing, input: &[u8]) -> Result<Sent, SendError> {
        let path = self.folder.path().join("input");
        std::fs::write(&path, input).unwrap();
        send(&path, framing, self.target.clone(), &self.events).await
    }

    /// All records of the stream by their partition key, which is their number.
    async fn stored(&self) -> BTreeMap<u64, (String, String, Vec<u8>)> {
        let mut stored = BTreeMap::new();
        for Shard { shard_id, .. } in self.kinesis.list_shards("s").await.unwrap() {
            let start = ShardIteratorType::TrimHorizon;
            let mut iterator = self.kinesis.get_shard_iterator("s", &shard_id, start).await.unwrap();
            loop {
                let found = self.kinesis.get_records(&iterator, 10_000).await.unwrap();
                for record in found.records {
                    let data = STANDARD.decode_to_vec(record.data).unwrap();
                    let number = record.partition_key.parse().unwrap();
                    let earlier = stored.insert(number, (shard_id.clone(), record.sequence_number, data));
                    assert!(earlier.is_none(), "record {number} is there once");
                }
                iterator = found.next.expect("an open shard");
                if found.millis_behind_latest == 0 {
                    break;
                }
            }
        }
        stored
    }
}

#[tokio::test]
async fn lines_become_records_and_events_tell_where_they_are() {
    let fixture = Fixture::start(3).await;
    let lines: Vec<_> = (0..1_234).map(|number| format!("line {number}{}", "é".repeat(number % 50))).collect();
    let input = lines.join("\n");
    let sent = fixture.send(Framing::Lines, input.as_bytes()).await.unwrap();
    let bytes = lines.iter().map(String::len).sum::<usize>() as u64;
    assert_eq!((sent.records, sent.bytes, sent.retried), (1_234, bytes, 0));

    let stored = fixture.stored().await;
    let read: Vec<_> = stored.values().map(|(_, _, data)| data.clone()).collect();
    assert_eq!(read, lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>());
    let seen = fixture.seen.lock().unwrap();
    assert_eq!(seen.last(), Some(&Event::InputSent { records: 1_234, bytes, retried: 0 }));
    let mut told = 0;
    for event in seen.iter() {
        let Event::RecordsPut { records } = event else { continue };
        assert!(records.len() <= CALL_RECORDS_MAX);
        for record in records {
            let (shard_id, number, _) = &stored[&record.index];
            assert_eq!((&record.shard_id, &record.sequence_number), (shard_id, number), "record {}", record.index);
            assert!(compare(number, &sent.last_sequence_numbers[shard_id]).is_le());
            told += 1;
        }
    }
    assert_eq!(told, 1_234);
}

#[tokio::test]
async fn calls_stay_within_five_mebibytes() {
    let fixture = Fixture::start(1).await;
    let mut input = Vec::new();
    for number in 0_u32..12 {
        let record = vec![u8::try_from(number).unwrap(); 1_048_570];
        input.extend(u32::try_from(record.len()).unwrap().to_be_bytes());
        input.extend(record);
    }
    let sent = fixture.send(Framing::LengthPrefixed, &input).await.unwrap();
    assert_eq!((sent.records, sent.bytes), (12, 12 * 1_048_570));
    let stored = fixture.stored().await;
    assert!(stored.iter().all(|(number, (_, _, data))| data.len() == 1_048_570 && u64::from(data[0]) == *number));
    assert_eq!(stored.len(), 12);
}

#[tokio::test]
async fn an_empty_file_is_no_record() {
    let fixture = Fixture::start(1).await;
    assert_eq!(fixture.send(Framing::Lines, b"").await.unwrap(), Sent::default());
}

#[tokio::test]
async fn a_record_too_large_is_found_before_anything_is_sent() {
    let fixture = Fixture::start(1).await;
    let input = [b"fine\n".as_slice(), &vec![b'x'; 1_048_576]].concat();
    let error = fixture.send(Framing::Lines, &input).await.unwrap_err();
    let error = chain(&error);
    assert!(error.contains("input: line 2 has 1048576 bytes and a partition key of 1"), "{error}");
    assert!(fixture.stored().await.is_empty() && fixture.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn errors_are_sentences() {
    let fixture = Fixture::start(1).await;
    let target = || fixture.target.clone();
    let error = send(Path::new("/nowhere"), Framing::Lines, target(), &fixture.events).await.unwrap_err();
    assert!(chain(&error).starts_with("cannot open the input /nowhere: "), "{error}");
    let error = send(fixture.folder.path(), Framing::Lines, target(), &fixture.events).await.unwrap_err();
    assert!(error.to_string().ends_with("is not a regular file: it is read twice"), "{error}");
    let path = fixture.folder.path().join("input");
    std::fs::write(&path, "a").unwrap();
    let other = Target { stream_name: "t".to_owned(), ..target() };
    let error = send(&path, Framing::Lines, other, &fixture.events).await.unwrap_err();
    let start = "PutRecords to stream t failed after 1 attempts: ResourceNotFoundException: ";
    assert!(error.to_string().starts_with(start), "{error}");
}

/// A stream that refuses: every other entry, then the whole call, then nothing.
#[tokio::test]
async fn what_is_refused_is_sent_again() {
    use axum::extract::State;
    use axum::http::StatusCode;
    use axum::response::{IntoResponse as _, Response};
    use serde_json::{Value, json};

    type Log = Arc<Mutex<(u32, Vec<String>)>>;
    async fn put_records(log: State<Log>, body: String) -> Response {
        let body: Value = serde_json::from_str(&body).unwrap();
        let mut log = log.lock().unwrap();
        log.0 += 1;
        let call = log.0;
        if call == 2 {
            return (StatusCode::SERVICE_UNAVAILABLE, "later").into_response();
        }
        let mut answers = Vec::new();
        for (index, entry) in body["Records"].as_array().unwrap().iter().enumerate() {
            if call == 1 && index % 2 == 1 {
                answers.push(json!({ "ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "rate" }));
                continue;
            }
            log.1.push(entry["PartitionKey"].as_str().unwrap().to_owned());
            answers.push(json!({ "ShardId": "shardId-000000000000", "SequenceNumber": log.1.len().to_string() }));
        }
        json!({ "FailedRecordCount": 0, "Records": answers }).to_string().into_response()
    }

    let log = Log::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(put_records).with_state(log.clone());
    let service = hyper_util::service::TowerToHyperService::new(router);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let io = hyper_util::rt::TokioIo::new(stream);
            let connection = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
            let service = service.clone();
            tokio::spawn(async move { drop(connection.serve_connection(io, service).await) });
        }
    });
    let fixture = Fixture::to(Kinesis::new("us-east-1", "000000000000", Clock::system()), endpoint);
    let sent = fixture.send(Framing::Lines, b"a\nb\nc\nd\ne\n").await.unwrap();
    assert_eq!((sent.records, sent.retried), (5, 2));
    assert_eq!(sent.last_sequence_numbers["shardId-000000000000"], "5");
    assert_eq!(log.lock().unwrap().1, ["0", "2", "4", "1", "3"]);
    let seen = fixture.seen.lock().unwrap();
    let told: Vec<_> = seen
        .iter()
        .filter_map(|event| match event {
            Event::RecordsPut { records } => Some(records.iter().map(|record| record.index).collect::<Vec<_>>()),
            _ => None,
        })
        .collect();
    assert_eq!(told, [vec![0, 2, 4], vec![1, 3]]);
}
