//! The Kinesis API on a socket, as a client meets it: HTTP/1.1 and HTTP/2 without TLS, large bodies, and an end.

mod reshard;
mod sdk;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use penstock_local::clock::Clock;
use penstock_local::kinesis::Kinesis;
use serde_json::{Value, json};
use tokio::sync::oneshot;

struct Server {
    endpoint: String,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    async fn start() -> Self {
        Self::of(2).await
    }

    /// Serves one stream, `s`, of some shards.
    async fn of(shards: u32) -> Self {
        let kinesis = Kinesis::new("eu-west-1", "123456789012", Clock::system());
        kinesis.create_stream("s", shards, 24).await.expect("a stream");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move { kinesis.serve(listener, async { drop(stopped.await) }).await });
        Self { endpoint, stop, served }
    }

    fn client(http2: bool) -> Client<HttpConnector, Full<Bytes>> {
        Client::builder(TokioExecutor::new()).http2_only(http2).build_http()
    }

    async fn call(&self, http2: bool, operation: &str, body: &Value) -> (u16, Value) {
        let request = http::Request::post(format!("{}/", self.endpoint))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=test/x, SignedHeaders=host, Signature=0")
            .body(Full::new(Bytes::from(body.to_string())))
            .expect("a request");
        let response = tokio::time::timeout(Duration::from_secs(30), Self::client(http2).request(request));
        let response = response.await.expect("in time").expect("a response");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }
}

#[tokio::test]
async fn both_versions_of_http_see_one_account() {
    let server = Server::start().await;
    for http2 in [false, true] {
        let (status, described) = server.call(http2, "DescribeStreamSummary", &json!({ "StreamName": "s" })).await;
        let summary = &described["StreamDescriptionSummary"];
        assert_eq!(status, 200, "{described}");
        assert_eq!(summary["StreamARN"], "arn:aws:kinesis:eu-west-1:123456789012:stream/s");
        assert_eq!((summary["StreamStatus"].as_str(), summary["OpenShardCount"].as_u64()), (Some("ACTIVE"), Some(2)));
        let data = base64_simd::STANDARD.encode_to_string([0_u8, 255, 10]);
        let put = json!({ "StreamName": "s", "Data": data, "PartitionKey": "k" });
        assert_eq!(server.call(http2, "PutRecord", &put).await.0, 200);
    }
    let mut read = Vec::new();
    for shard_id in ["shardId-000000000000", "shardId-000000000001"] {
        let request = json!({ "StreamName": "s", "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON" });
        let (_, iterator) = server.call(false, "GetShardIterator", &request).await;
        let request = json!({ "ShardIterator": iterator["ShardIterator"], "Limit": 10 });
        let (status, answer) = server.call(true, "GetRecords", &request).await;
        assert_eq!(status, 200, "{answer}");
        read.extend(answer["Records"].as_array().expect("records").clone());
        assert!(answer["NextShardIterator"].is_string());
    }
    assert_eq!(read.len(), 2);
    for record in read {
        assert_eq!((record["Data"].as_str(), record["PartitionKey"].as_str()), (Some("AP8K"), Some("k")));
        assert!(record["ApproximateArrivalTimestamp"].as_f64().is_some_and(|time| time > 1.6e9));
    }
}

#[tokio::test]
async fn the_largest_call_is_taken_and_a_larger_one_is_refused() {
    let server = Server::start().await;
    let data = base64_simd::STANDARD.encode_to_string(vec![7_u8; 10_476]);
    let entry = json!({ "Data": data, "PartitionKey": "123456789" });
    // 500 times 10,485 bytes: 5,242,500 of 5,242,880, seven megabytes in base64.
    let request = json!({ "StreamName": "s", "Records": vec![entry; 500] });
    let (status, answer) = server.call(false, "PutRecords", &request).await;
    assert_eq!((status, answer["FailedRecordCount"].as_u64()), (200, Some(0)));
    let (status, answer) = server.call(false, "PutRecords", &json!({ "Records": "x".repeat(17 << 20) })).await;
    assert_eq!((status, answer["__type"].as_str()), (413, Some("SerializationException")));
}

#[tokio::test]
async fn it_stops_in_time_with_a_connection_open() {
    let server = Server::start().await;
    let address = server.endpoint.strip_prefix("http://").expect("an endpoint").to_owned();
    let idle = tokio::net::TcpStream::connect(&address).await.expect("connected");
    drop(server.stop);
    let ended = tokio::time::timeout(Duration::from_secs(5), server.served).await.expect("it ends in time");
    ended.expect("no panic").expect("no error");
    drop(idle);
    assert!(tokio::net::TcpStream::connect(&address).await.is_err(), "nobody listens any more");
}
