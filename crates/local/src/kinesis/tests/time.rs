//! What the clock decides: retention, places by time, and the age of an iterator.

use super::*;

const SHARD: &str = "shardId-000000000000";

/// 2026-01-01, in milliseconds since 1970.
const START_MS: u64 = 1_767_225_600_000;

async fn stream_of(retention_period_hours: u32) -> Kinesis {
    let kinesis = Kinesis::new("us-east-1", "000000000000", Clock::starting_at(Duration::from_millis(START_MS)));
    kinesis.create_stream("s", 1, retention_period_hours).await.unwrap();
    kinesis
}

async fn put_one(kinesis: &Kinesis, partition_key: &str) {
    let request = json!({ "StreamName": "s", "Data": "AA==", "PartitionKey": partition_key });
    assert_eq!(put(kinesis, "PutRecord", request).await.0, 200);
}

/// The partition keys that a reader finds from a place, in process.
async fn keys(kinesis: &Kinesis, kind: ShardIteratorType) -> String {
    let iterator = kinesis.get_shard_iterator("s", SHARD, kind).await.unwrap();
    let found = kinesis.get_records(&iterator, 100).await.unwrap();
    found.records.into_iter().map(|record| record.partition_key).collect()
}

async fn iterator(kinesis: &Kinesis, mut place: Value) -> (u16, Value) {
    place["StreamName"] = json!("s");
    place["ShardId"] = json!(SHARD);
    put(kinesis, "GetShardIterator", place).await
}

/// The same over HTTP.
async fn keys_over_http(kinesis: &Kinesis, place: Value) -> String {
    let (status, answer) = iterator(kinesis, place).await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = put(kinesis, "GetRecords", json!({ "ShardIterator": answer["ShardIterator"] })).await;
    assert_eq!(status, 200, "{answer}");
    answer["Records"].as_array().unwrap().iter().map(|record| record["PartitionKey"].as_str().unwrap()).collect()
}

async fn hours(count: u64) {
    tokio::time::sleep(Duration::from_secs(count * 3_600)).await;
}

#[tokio::test(start_paused = true)]
async fn records_are_kept_for_the_retention_and_no_longer() {
    let horizon = || json!({ "ShardIteratorType": "TRIM_HORIZON" });
    for retention in [24, 25, 168, 8_760] {
        let kinesis = stream_of(retention).await;
        let at_the_first = kinesis.get_shard_iterator("s", SHARD, ShardIteratorType::TrimHorizon).await.unwrap();
        put_one(&kinesis, "a").await;
        hours(1).await;
        put_one(&kinesis, "b").await;
        hours(u64::from(retention) - 1).await;
        // To the millisecond the age of the first: it may be read still.
        assert_eq!(keys(&kinesis, ShardIteratorType::TrimHorizon).await, "ab", "{retention} h");
        assert_eq!(keys_over_http(&kinesis, horizon()).await, "ab", "{retention} h");
        tokio::time::sleep(Duration::from_millis(1)).await;
        put_one(&kinesis, "c").await;
        assert_eq!(keys(&kinesis, ShardIteratorType::TrimHorizon).await, "bc", "{retention} h");
        assert_eq!(keys_over_http(&kinesis, horizon()).await, "bc", "{retention} h");
        hours(2).await;
        let found = kinesis.get_records(&at_the_first, 100).await.unwrap();
        assert_eq!(found.records.len(), 1, "a reader that was slow goes on with what is left: {retention} h");
        assert_eq!(found.records[0].partition_key, "c");
        hours(u64::from(retention)).await;
        assert_eq!(keys_over_http(&kinesis, horizon()).await, "", "{retention} h");
        assert!(kinesis.get_records(&at_the_first, 100).await.unwrap().next.is_some(), "the shard is open");
    }
}

#[tokio::test(start_paused = true)]
async fn many_expired_records_do_not_hide_those_behind_them() {
    let kinesis = stream_of(24).await;
    for _ in 0..5 {
        put(&kinesis, "PutRecords", json!({ "StreamName": "s", "Records": entries(500, 1) })).await;
    }
    hours(25).await;
    put_one(&kinesis, "new").await;
    assert_eq!(keys(&kinesis, ShardIteratorType::TrimHorizon).await, "new");
    let left = kinesis.store.get_record_store("s").await;
    assert_eq!(left.len(), 1, "what has expired takes no more memory");
}

#[tokio::test]
async fn a_retention_has_limits() {
    let kinesis = stream(1).await;
    for (hours, refused) in [(0, true), (23, true), (24, false), (8_760, false), (8_761, true)] {
        let created = kinesis.create_stream(&format!("s-{hours}"), 1, hours).await;
        assert_eq!(created.is_err(), refused, "{hours}: {created:?}");
        let listed = kinesis.list_shards(&format!("s-{hours}")).await;
        assert_eq!(listed.is_err(), refused, "a refused stream is not made: {hours}");
    }
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    for (operation, hours, error) in [
        ("IncreaseStreamRetentionPeriod", 8_760, None),
        ("DecreaseStreamRetentionPeriod", 200, None),
        ("IncreaseStreamRetentionPeriod", 199, Some("InvalidArgumentException")),
        ("DecreaseStreamRetentionPeriod", 201, Some("InvalidArgumentException")),
        ("IncreaseStreamRetentionPeriod", 8_761, Some("InvalidArgumentException")),
        ("DecreaseStreamRetentionPeriod", 23, Some("InvalidArgumentException")),
    ] {
        let request = json!({ "StreamARN": arn, "RetentionPeriodHours": hours });
        let (_, answer) = put(&kinesis, operation, request).await;
        assert_eq!(answer["__type"].as_str(), error, "{operation} {hours}: {answer}");
    }
    let (_, answer) = put(&kinesis, "DescribeStreamSummary", json!({ "StreamName": "s" })).await;
    assert_eq!(answer["StreamDescriptionSummary"]["RetentionPeriodHours"], 200);
}

#[tokio::test(start_paused = true)]
async fn a_closed_shard_is_listed_as_long_as_it_may_hold_records() {
    let kinesis = stream_of(24).await;
    put_one(&kinesis, "a").await;
    hours(30).await;
    kinesis.update_shard_count("s", 2).await.unwrap();
    hours(24).await;
    assert_eq!(kinesis.list_shards("s").await.unwrap().len(), 3);
    hours(1).await;
    let shards = kinesis.list_shards("s").await.unwrap();
    assert_eq!(shards.len(), 2);
    assert!(shards.iter().all(|shard| !shard.closed && shard.parent_shard_ids == [SHARD]), "{shards:?}");
    let (_, answer) = put(&kinesis, "ListShards", json!({ "StreamName": "s" })).await;
    assert_eq!(answer["Shards"].as_array().map(Vec::len), Some(2));
    let iterator = kinesis.get_shard_iterator("s", SHARD, ShardIteratorType::TrimHorizon).await.unwrap();
    let found = kinesis.get_records(&iterator, 10).await.unwrap();
    assert_eq!((found.records.len(), found.next), (0, None), "all that it held is gone, and it has ended");
}

#[tokio::test(start_paused = true)]
async fn a_time_is_a_place() {
    let kinesis = stream_of(24).await;
    let before = kinesis.clock.now_ms();
    tokio::time::sleep(Duration::from_millis(7)).await;
    let first = kinesis.clock.now_ms();
    put_one(&kinesis, "a").await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    put_one(&kinesis, "b").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let now = kinesis.clock.now_ms();
    for (name, time_ms, expected) in [
        ("1970", 0, "ab"),
        ("before the oldest", before, "ab"),
        ("at the oldest", first, "ab"),
        ("a millisecond later", first + 1, "b"),
        ("behind the newest", first + 2, ""),
        ("now", now, ""),
    ] {
        assert_eq!(keys(&kinesis, ShardIteratorType::AtTimestamp(time_ms)).await, expected, "{name}");
        let place = json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": arrival::to_seconds(time_ms) });
        assert_eq!(keys_over_http(&kinesis, place).await, expected, "{name} over HTTP");
    }
    let newest = kinesis.get_shard_iterator("s", SHARD, ShardIteratorType::AtTimestamp(now)).await.unwrap();
    put_one(&kinesis, "c").await;
    assert_eq!(
        kinesis.get_records(&newest, 10).await.unwrap().records[0].partition_key,
        "c",
        "what comes after is there"
    );

    let future = kinesis.get_shard_iterator("s", SHARD, ShardIteratorType::AtTimestamp(now + 1)).await;
    let message = format!(
        "GetShardIterator was refused with InvalidArgumentException: The timestampInMillis parameter cannot be greater \
         than the currentTimestampInMillis. timestampInMillis: {}, currentTimestampInMillis: {now}",
        now + 1
    );
    assert_eq!(future.unwrap_err().to_string(), message);
    for place in [
        json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": arrival::to_seconds(now + 1) }),
        json!({ "ShardIteratorType": "AT_TIMESTAMP" }),
        json!({ "ShardIteratorType": "AT_SEQUENCE_NUMBER" }),
        json!({ "ShardIteratorType": "LATEST", "StartingSequenceNumber": "0" }),
    ] {
        let (status, answer) = iterator(&kinesis, place.clone()).await;
        assert_eq!((status, answer["__type"].as_str()), (400, Some("InvalidArgumentException")), "{place}: {answer}");
    }
    hours(25).await;
    put_one(&kinesis, "d").await;
    assert_eq!(keys(&kinesis, ShardIteratorType::AtTimestamp(first)).await, "d", "the oldest that is left");
}

#[tokio::test(start_paused = true)]
async fn an_iterator_of_the_api_is_good_for_five_minutes() {
    let kinesis = stream_of(24).await;
    put_one(&kinesis, "a").await;
    let in_process = kinesis.get_shard_iterator("s", SHARD, ShardIteratorType::TrimHorizon).await.unwrap();
    let (_, answer) = iterator(&kinesis, json!({ "ShardIteratorType": "TRIM_HORIZON" })).await;
    let request = json!({ "ShardIterator": answer["ShardIterator"] });
    tokio::time::sleep(Duration::from_millis(token::TTL_MS)).await;
    let (status, answer) = put(&kinesis, "GetRecords", request.clone()).await;
    assert_eq!((status, answer["Records"].as_array().map(Vec::len)), (200, Some(1)), "{answer}");
    let next = json!({ "ShardIterator": answer["NextShardIterator"] });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (status, answer) = put(&kinesis, "GetRecords", request).await;
    assert_eq!((status, answer["__type"].as_str()), (400, Some("ExpiredIteratorException")), "{answer}");
    assert_eq!(
        answer["message"],
        "Iterator expired. The iterator was created at time Thu Jan 01 00:00:00 UTC 2026 while right now it is Thu Jan 01 \
         00:05:00 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds."
    );
    assert_eq!(put(&kinesis, "GetRecords", next).await.0, 200, "the next has its own five minutes");
    assert_eq!(kinesis.get_records(&in_process, 10).await.unwrap().records.len(), 1, "in process they do not expire");
    for token in ["x", "", "AAAAAAAAAAE="] {
        let (status, answer) = put(&kinesis, "GetRecords", json!({ "ShardIterator": token })).await;
        let error = if token.is_empty() { "ValidationException" } else { "InvalidArgumentException" };
        assert_eq!((status, answer["__type"].as_str()), (400, Some(error)), "{token}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn how_far_a_reader_is_behind_is_told_by_the_clock() {
    let kinesis = stream_of(24).await;
    put_one(&kinesis, "a").await;
    hours(1).await;
    put_one(&kinesis, "b").await;
    hours(2).await;
    let place = kinesis.get_shard_iterator("s", SHARD, ShardIteratorType::TrimHorizon).await.unwrap();
    let found = kinesis.get_records(&place, 1).await.unwrap();
    assert_eq!((found.records[0].arrival_ms / 1_000, found.millis_behind_latest / 1_000), (START_MS / 1_000, 7_200));
    let (_, answer) = iterator(&kinesis, json!({ "ShardIteratorType": "TRIM_HORIZON" })).await;
    let request = json!({ "ShardIterator": answer["ShardIterator"], "Limit": 1 });
    let (_, answer) = put(&kinesis, "GetRecords", request).await;
    assert_eq!(answer["MillisBehindLatest"].as_u64(), Some(found.millis_behind_latest));
    assert_eq!(kinesis.get_records(&found.next.unwrap(), 1).await.unwrap().millis_behind_latest, 0);
}
