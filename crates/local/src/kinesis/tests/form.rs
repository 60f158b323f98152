//! The forms of requests and answers: CBOR, pages of shards, and who may ask.

use ciborium::Value as Cbor;

use super::*;

const CBOR: &str = "application/x-amz-cbor-1.1";

fn bytes(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn map(fields: &[(&str, Cbor)]) -> Cbor {
    Cbor::Map(fields.iter().map(|(field, value)| (Cbor::Text((*field).to_owned()), value.clone())).collect())
}

fn text(text: &str) -> Cbor {
    Cbor::Text(text.to_owned())
}

async fn call(kinesis: &Kinesis, operation: &str, fields: &[(&str, Cbor)]) -> (u16, Cbor) {
    let (status, answer) = send(kinesis, operation, CBOR, bytes(&map(fields))).await;
    (status, ciborium::from_reader(answer.as_slice()).unwrap_or(Cbor::Null))
}

fn field(value: &Cbor, name: &str) -> Cbor {
    let fields = value.as_map().unwrap_or_else(|| panic!("no map with {name}: {value:?}"));
    fields.iter().find(|(field, _)| field.as_text() == Some(name)).map_or(Cbor::Null, |(_, value)| value.clone())
}

#[tokio::test]
async fn cbor_is_understood_as_json_is() {
    let kinesis = stream(1).await;
    let before = kinesis.clock.now_ms();
    let put = [("StreamName", text("s")), ("PartitionKey", text("k")), ("Data", Cbor::Bytes(vec![0, 255, 10]))];
    let (status, answer) = call(&kinesis, "PutRecord", &put).await;
    assert_eq!((status, field(&answer, "ShardId")), (200, text("shardId-000000000000")));
    let after = kinesis.clock.now_ms();
    let shard = [("StreamName", text("s")), ("ShardId", text("shardId-000000000000"))];
    for (name, kind, time) in [
        ("oldest", "TRIM_HORIZON", None),
        ("in milliseconds", "AT_TIMESTAMP", Some(Cbor::from(before))),
        ("in seconds", "AT_TIMESTAMP", Some(Cbor::from(before / 1_000))),
        ("with the tag of a time", "AT_TIMESTAMP", Some(Cbor::Tag(1, Box::new(Cbor::from(before))))),
    ] {
        let mut request = shard.to_vec();
        request.push(("ShardIteratorType", text(kind)));
        request.extend(time.map(|time| ("Timestamp", time)));
        let (status, answer) = call(&kinesis, "GetShardIterator", &request).await;
        assert_eq!(status, 200, "{name}: {answer:?}");
        let iterator = [("ShardIterator", field(&answer, "ShardIterator"))];
        let (status, answer) = call(&kinesis, "GetRecords", &iterator).await;
        assert_eq!(status, 200, "{name}: {answer:?}");
        let records = field(&answer, "Records");
        let records = records.as_array().unwrap();
        assert_eq!(records.len(), 1, "{name}");
        assert_eq!(field(&records[0], "Data"), Cbor::Bytes(vec![0, 255, 10]), "{name}: bytes, not base64");
        let arrival = field(&records[0], "ApproximateArrivalTimestamp").into_integer().expect("a whole number");
        let arrival = u64::try_from(arrival).unwrap();
        assert!((before..=after).contains(&arrival), "{name}: {arrival} is in milliseconds");
    }
    let (status, answer) = call(&kinesis, "SplitShard", &[("StreamName", text("s"))]).await;
    assert_eq!((status, field(&answer, "__type")), (400, text("ValidationException")));
    let rescale =
        [("StreamName", text("s")), ("TargetShardCount", Cbor::from(2)), ("ScalingType", text("UNIFORM_SCALING"))];
    let (status, answer) = call(&kinesis, "UpdateShardCount", &rescale).await;
    assert_eq!((status, field(&answer, "CurrentShardCount")), (200, Cbor::from(1)), "{answer:?}");
    let (status, _) = send(&kinesis, "GetRecords", CBOR, b"no cbor".to_vec()).await;
    assert_eq!(status, 400);
}

fn ids(answer: &Value) -> Vec<&str> {
    let shards = answer["Shards"].as_array().expect("shards").iter();
    shards.map(|shard| shard["ShardId"].as_str().unwrap().trim_start_matches("shardId-0000000000")).collect()
}

#[tokio::test]
async fn shards_are_listed_in_pages_and_by_filter() {
    let kinesis = stream(3).await;
    kinesis.update_shard_count("s", 6).await.unwrap();
    let (_, first) = put(&kinesis, "ListShards", json!({ "StreamName": "s", "MaxResults": 4 })).await;
    assert_eq!(ids(&first), ["00", "01", "02", "03"]);
    let request = json!({ "NextToken": first["NextToken"], "MaxResults": 5 });
    let (_, second) = put(&kinesis, "ListShards", request).await;
    assert_eq!(ids(&second), ["04", "05", "06", "07", "08"]);
    assert!(second["NextToken"].is_null(), "{second}");
    for (name, request, expected) in [
        ("all", json!({}), vec!["00", "01", "02", "03", "04", "05", "06", "07", "08"]),
        ("behind one", json!({ "ExclusiveStartShardId": "shardId-000000000006" }), vec!["07", "08"]),
        (
            "behind one, filtered",
            json!({ "ShardFilter": { "Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000007" } }),
            vec!["08"],
        ),
        ("open now", json!({ "ShardFilter": { "Type": "AT_LATEST" } }), vec!["03", "04", "05", "06", "07", "08"]),
        ("open at the horizon", json!({ "ShardFilter": { "Type": "AT_TRIM_HORIZON" } }), vec!["00", "01", "02"]),
        (
            "open from the horizon on",
            json!({ "ShardFilter": { "Type": "FROM_TRIM_HORIZON" } }),
            vec!["00", "01", "02", "03", "04", "05", "06", "07", "08"],
        ),
        (
            "open later",
            json!({ "ShardFilter": { "Type": "FROM_TIMESTAMP", "Timestamp": kinesis.clock.now_ms() / 1_000 + 1 } }),
            vec!["03", "04", "05", "06", "07", "08"],
        ),
    ] {
        let mut request = request;
        request["StreamARN"] = json!("arn:aws:kinesis:us-east-1:000000000000:stream/s");
        let (status, answer) = put(&kinesis, "ListShards", request).await;
        assert_eq!(status, 200, "{name}: {answer}");
        assert_eq!(ids(&answer), expected, "{name}");
    }
    for (name, request, error) in [
        ("neither", json!({}), "InvalidArgumentException"),
        ("both", json!({ "StreamName": "s", "NextToken": first["NextToken"] }), "InvalidArgumentException"),
        ("no token", json!({ "NextToken": "x" }), "InvalidArgumentException"),
        ("no stream", json!({ "StreamName": "t" }), "ResourceNotFoundException"),
        ("no filter", json!({ "StreamName": "s", "ShardFilter": { "Type": "X" } }), "ValidationException"),
    ] {
        let (status, answer) = put(&kinesis, "ListShards", request).await;
        assert_eq!((status, answer["__type"].as_str()), (400, Some(error)), "{name}: {answer}");
    }
}

#[tokio::test]
async fn who_does_not_say_who_he_is_is_refused() {
    use axum::body::Body;
    use axum::http::Request;
    use hyper::service::Service as _;

    let kinesis = stream(1).await;
    for operation in ["ListShards", "GetRecords", "PutRecord"] {
        let request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
            .body(Body::from(r#"{"StreamName":"s"}"#))
            .unwrap();
        let service = hyper_util::service::TowerToHyperService::new(gate::router(&kinesis));
        let response = service.call(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 400, "{operation}");
        assert_eq!(response.headers()["x-amzn-errortype"], "MissingAuthenticationTokenException", "{operation}");
    }
}
