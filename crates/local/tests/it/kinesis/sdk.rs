//! The AWS SDK for Rust as a client of the Kinesis API: what it puts it reads back, with times to the millisecond.

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};

use super::Server;

pub(super) fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn the_sdk_for_rust_reads_what_it_put() {
    let server = Server::start().await;
    let client = client(&server.endpoint);
    let entry = |nth: u8| {
        let data = Blob::new([nth, 0, 255]);
        PutRecordsRequestEntry::builder().data(data).partition_key(format!("key-{nth}")).build().expect("complete")
    };
    let put = client.put_records().stream_name("s").set_records(Some((0..20).map(entry).collect())).send().await;
    assert_eq!(put.expect("taken").failed_record_count(), Some(0));

    let shards = client.list_shards().stream_name("s").send().await.expect("a list");
    let mut read = Vec::new();
    for shard in shards.shards() {
        let iterator = client
            .get_shard_iterator()
            .stream_name("s")
            .shard_id(shard.shard_id())
            .shard_iterator_type(ShardIteratorType::TrimHorizon)
            .send()
            .await
            .expect("an iterator");
        let answer = client.get_records().set_shard_iterator(iterator.shard_iterator).send().await.expect("records");
        for record in answer.records() {
            let arrival = record.approximate_arrival_timestamp().expect("a time").to_millis().expect("in range");
            assert!((1_700_000_000_000..4_000_000_000_000).contains(&arrival), "{arrival}");
            let nth = record.data().as_ref()[0];
            assert_eq!(record.partition_key().map(str::to_owned), Some(format!("key-{nth}")));
            read.push(nth);
        }
    }
    read.sort_unstable();
    assert_eq!(read, (0..20).collect::<Vec<u8>>());
}
