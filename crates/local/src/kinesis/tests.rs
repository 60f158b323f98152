//! The module as its callers see it: the router, as a client would without a socket, and the values beside it.

mod form;
mod reshard;
mod time;

use serde_json::Value;

use super::*;

/// Calls an operation over the router.
pub(crate) async fn put(kinesis: &Kinesis, operation: &str, body: Value) -> (u16, Value) {
    let (status, body) = send(kinesis, operation, "application/x-amz-json-1.1", body.to_string().into_bytes()).await;
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn send(kinesis: &Kinesis, operation: &str, content_type: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use hyper::service::Service as _;

    let request = Request::post("/")
        .header("content-type", content_type)
        .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test/x, SignedHeaders=host, Signature=0")
        .body(Body::from(body))
        .unwrap();
    let service = hyper_util::service::TowerToHyperService::new(gate::router(kinesis));
    let response = service.call(request).await.unwrap();
    let status = response.status().as_u16();
    (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
}

fn entries(count: usize, data_bytes: usize) -> Value {
    let data = base64_simd::STANDARD.encode_to_string(vec![7_u8; data_bytes]);
    (0..count).map(|index| json!({ "Data": data, "PartitionKey": index.to_string() })).collect()
}

async fn stream(shards: u32) -> Kinesis {
    let kinesis = Kinesis::new("us-east-1", "000000000000", Clock::system());
    kinesis.create_stream("s", shards, 24).await.unwrap();
    kinesis
}

async fn all_of(kinesis: &Kinesis, shard_id: &str, limit: usize) -> Vec<Record> {
    let mut iterator = kinesis.get_shard_iterator("s", shard_id, ShardIteratorType::TrimHorizon).await.unwrap();
    let mut records = Vec::new();
    loop {
        let found = kinesis.get_records(&iterator, limit).await.unwrap();
        assert!(found.records.len() <= limit);
        records.extend(found.records);
        match found.next {
            Some(next) if found.millis_behind_latest > 0 => iterator = next,
            _ => return records,
        }
    }
}

#[tokio::test]
async fn every_record_is_read_once_in_order_with_its_arrival_in_ms() {
    let kinesis = stream(3).await;
    let before = kinesis.clock.now_ms();
    for _ in 0..4 {
        let (status, answer) =
            put(&kinesis, "PutRecords", json!({ "StreamName": "s", "Records": entries(300, 5) })).await;
        assert_eq!((status, answer["FailedRecordCount"].as_u64()), (200, Some(0)), "{answer}");
    }
    let (status, one) = put(&kinesis, "PutRecord", json!({ "StreamName": "s", "Data": "", "PartitionKey": "é" })).await;
    assert_eq!(status, 200, "{one}");
    let after = kinesis.clock.now_ms();
    let mut count = 0;
    let mut fractions = 0;
    for Shard { shard_id, .. } in kinesis.list_shards("s").await.unwrap() {
        for limit in [1, 7, 10_000] {
            let records = all_of(&kinesis, &shard_id, limit).await;
            assert!(records.is_sorted_by(|a, b| a.sequence_number < b.sequence_number), "limit {limit}");
            assert!(records.iter().all(|record| (before..=after).contains(&record.arrival_ms)));
            fractions += records.iter().filter(|record| record.arrival_ms % 1_000 != 0).count();
            if limit == 1 {
                count += records.len();
            }
        }
    }
    assert_eq!(count, 1_201);
    assert!(fractions > 0 || before / 1_000 != after / 1_000, "arrival times have milliseconds");
}

#[tokio::test]
async fn iterators_begin_where_they_say() {
    let kinesis = stream(1).await;
    let shard_id = kinesis.list_shards("s").await.unwrap().remove(0).shard_id;
    put(&kinesis, "PutRecords", json!({ "StreamName": "s", "Records": entries(5, 1) })).await;
    let latest = kinesis.get_shard_iterator("s", &shard_id, ShardIteratorType::Latest).await.unwrap();
    let all = all_of(&kinesis, &shard_id, 100).await;
    let number = all[2].sequence_number.clone();
    for (name, kind, expected) in [
        ("horizon", ShardIteratorType::TrimHorizon, 5),
        ("at", ShardIteratorType::AtSequenceNumber(number.clone()), 3),
        ("after", ShardIteratorType::AfterSequenceNumber(number), 2),
        ("latest", ShardIteratorType::Latest, 0),
    ] {
        let iterator = kinesis.get_shard_iterator("s", &shard_id, kind).await.unwrap();
        assert_eq!(kinesis.get_records(&iterator, 100).await.unwrap().records.len(), expected, "{name}");
    }
    put(&kinesis, "PutRecords", json!({ "StreamName": "s", "Records": entries(2, 1) })).await;
    assert_eq!(kinesis.get_records(&latest, 100).await.unwrap().records.len(), 2, "put behind LATEST");
}

#[tokio::test]
async fn a_read_has_at_most_ten_mebibytes() {
    let kinesis = stream(1).await;
    let shard_id = kinesis.list_shards("s").await.unwrap().remove(0).shard_id;
    for _ in 0..5 {
        let (status, answer) =
            put(&kinesis, "PutRecords", json!({ "StreamName": "s", "Records": entries(4, 1_048_000) })).await;
        assert_eq!(status, 200, "{answer}");
    }
    let iterator = kinesis.get_shard_iterator("s", &shard_id, ShardIteratorType::TrimHorizon).await.unwrap();
    let found = kinesis.get_records(&iterator, 10_000).await.unwrap();
    assert_eq!(found.records.len(), 10);
    assert!(found.millis_behind_latest > 0);

    let request = json!({ "StreamName": "s", "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON" });
    let (_, answer) = put(&kinesis, "GetShardIterator", request).await;
    let (status, answer) = put(&kinesis, "GetRecords", json!({ "ShardIterator": answer["ShardIterator"] })).await;
    assert_eq!((status, answer["Records"].as_array().unwrap().len()), (200, 10), "over HTTP");
}

#[tokio::test]
async fn concurrent_puts_hide_no_record_from_a_reader() {
    const PUTS: usize = 40;
    let kinesis = stream(1).await;
    let shard_id = kinesis.list_shards("s").await.unwrap().remove(0).shard_id;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..PUTS {
        let kinesis = kinesis.clone();
        tasks.spawn(async move {
            put(&kinesis, "PutRecords", json!({ "StreamName": "s", "Records": entries(50, 20) })).await
        });
    }
    let mut iterator = kinesis.get_shard_iterator("s", &shard_id, ShardIteratorType::TrimHorizon).await.unwrap();
    let mut read = 0;
    let give_up = tokio::time::Instant::now() + Duration::from_secs(30);
    while read < PUTS * 50 && tokio::time::Instant::now() < give_up {
        let found = kinesis.get_records(&iterator, 10_000).await.unwrap();
        read += found.records.len();
        iterator = found.next.expect("an open shard");
        tokio::task::yield_now().await;
    }
    while let Some(put) = tasks.join_next().await {
        assert_eq!(put.unwrap().0, 200);
    }
    assert_eq!(read, PUTS * 50);
}

#[tokio::test]
async fn limits_and_errors_are_those_of_the_api() {
    let kinesis = stream(2).await;
    let entry = |data_bytes: usize, extra: Value| {
        let mut entry = entries(1, data_bytes)[0].clone();
        for (field, value) in extra.as_object().unwrap() {
            entry[field] = value.clone();
        }
        json!({ "StreamName": "s", "Records": [entry] })
    };
    let five = |data_bytes| json!({ "StreamName": "s", "Records": entries(5, data_bytes) });
    let highest = u128::MAX.to_string();
    let above = "340282366920938463463374607431768211456";
    for (name, request, status, error) in [
        ("an empty record", entry(0, json!({})), 200, ""),
        ("a mebibyte", entry(1_048_576, json!({})), 200, ""),
        ("a byte more", entry(1_048_577, json!({})), 400, "ValidationException"),
        ("a key of 256", entry(1, json!({ "PartitionKey": "k".repeat(256) })), 200, ""),
        ("a key of 257", entry(1, json!({ "PartitionKey": "k".repeat(257) })), 400, "ValidationException"),
        ("no key", entry(1, json!({ "PartitionKey": "" })), 400, "ValidationException"),
        ("the highest hash key", entry(1, json!({ "ExplicitHashKey": highest })), 200, ""),
        ("above it", entry(1, json!({ "ExplicitHashKey": above })), 400, "InvalidArgumentException"),
        ("no number", entry(1, json!({ "ExplicitHashKey": "x" })), 400, "ValidationException"),
        ("no base64", entry(1, json!({ "Data": "?" })), 400, "SerializationException"),
        ("500 records", json!({ "StreamName": "s", "Records": entries(500, 1) }), 200, ""),
        ("501 records", json!({ "StreamName": "s", "Records": entries(501, 1) }), 400, "ValidationException"),
        ("no records", json!({ "StreamName": "s", "Records": [] }), 400, "ValidationException"),
        ("5 MiB with its keys", five(1_048_575), 200, ""),
        ("a byte a record more", five(1_048_576), 400, "InvalidArgumentException"),
        ("another stream", json!({ "StreamName": "t", "Records": entries(1, 1) }), 400, "ResourceNotFoundException"),
    ] {
        let (got, answer) = put(&kinesis, "PutRecords", request).await;
        let got_error = answer["__type"].as_str().unwrap_or_default();
        assert_eq!((got, got_error), (status, error), "{name}: {answer}");
    }
    let (status, answer) = put(&kinesis, "SubscribeToShard", json!({})).await;
    assert_eq!((status, answer["__type"].as_str()), (400, Some("InvalidArgumentException")));
}

#[tokio::test]
async fn the_hash_key_chooses_the_shard() {
    let kinesis = stream(2).await;
    for (hash, shard) in [("0", "shardId-000000000000"), (&u128::MAX.to_string(), "shardId-000000000001")] {
        let request = json!({ "StreamName": "s", "Data": "", "PartitionKey": "k", "ExplicitHashKey": hash });
        let (_, answer) = put(&kinesis, "PutRecord", request).await;
        assert_eq!(answer["ShardId"], shard, "{hash}");
    }
}

#[tokio::test]
async fn a_stream_is_created_once() {
    let kinesis = stream(1).await;
    let error = kinesis.create_stream("s", 1, 24).await.unwrap_err();
    assert!(
        matches!(&error, KinesisError::Refused { error_type, .. } if error_type == "ResourceInUseException"),
        "{error}"
    );
    let error = kinesis.list_shards("t").await.unwrap_err();
    assert!(error.to_string().starts_with("ListShards was refused with ResourceNotFoundException"), "{error}");
}
