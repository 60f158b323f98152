use serde_json::Value;

use super::*;
use crate::events::{DiscardCondition, Event, Events};

#[test]
fn arns_are_held_to_what_lambda_takes() {
    let parse = Destination::parse;
    let name = |name: &str| name.to_owned();
    for (arn, expected) in [
        ("arn:aws:s3:::a.bucket-1", Ok(Destination::S3 { bucket: name("a.bucket-1") })),
        ("arn:aws-cn:s3:::bucket", Ok(Destination::S3 { bucket: name("bucket") })),
        ("arn:aws:sqs:eu-west-1:123456789012:q_1", Ok(Destination::Sqs { queue: name("q_1") })),
        ("arn:aws:sns:eu-west-1:123456789012:t", Ok(Destination::Sns { topic: name("t") })),
        ("arn:aws:sqs:eu-west-1:123456789012:q.fifo", Err(DestinationError::Fifo)),
        ("arn:aws:sns:eu-west-1:123456789012:t.fifo", Err(DestinationError::Fifo)),
        ("arn:aws:kafka:eu-west-1:123456789012:topic/t", Err(DestinationError::Service)),
        ("arn:gcp:s3:::bucket", Err(DestinationError::Service)),
        ("bucket", Err(DestinationError::Service)),
        ("arn:aws:s3:::bucket/prefix", Err(DestinationError::Name)),
        ("arn:aws:s3:::../up", Err(DestinationError::Name)),
        ("arn:aws:s3:::", Err(DestinationError::Name)),
        ("arn:aws:sqs:eu-west-1::q", Err(DestinationError::Service)),
        ("arn:aws:s3:eu-west-1:123456789012:bucket", Err(DestinationError::Service)),
    ] {
        assert_eq!(parse(arn), expected, "{arn}");
    }
}

fn failure() -> Failure<'static> {
    Failure {
        request_id: "r",
        function_arn: "f",
        condition: DiscardCondition::RecordAgeExceeded,
        approximate_invoke_count: 1,
        response: None,
        timestamp_ms: 0,
        shard_id: "shardId-000000000000",
        start_sequence_number: "1",
        end_sequence_number: "2",
        first_arrival_ms: 0,
        last_arrival_ms: 0,
        batch_size: 2,
        stream_arn: "s",
    }
}

#[tokio::test]
async fn a_bucket_gets_the_event_and_a_line_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let events = Events::to(move |event| tell.send(event).unwrap());
    let store = FolderStore::open(folder.path(), events).unwrap();
    store.create_bucket("failures").await.unwrap();
    let destinations = |destination| {
        Destinations::new(destination, store.clone(), folder.path().join(".destinations"), Uuid::from_u128(7))
    };

    let bucket = destinations(Destination::S3 { bucket: "failures".to_owned() });
    let place = bucket.send(&failure(), Some(b"{\"Records\":[]}")).await.unwrap();
    let key = place.strip_prefix("s3://failures/").expect("where it lies");
    assert!(
        key.starts_with("aws/lambda/00000000-0000-0000-0000-000000000007/shardId-000000000000/1970/01/01/"),
        "{key}"
    );
    let document = std::fs::read(folder.path().join("failures").join(key)).unwrap();
    let document: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(document["payload"], "{\"Records\":[]}");
    assert!(matches!(told.try_recv(), Ok(Event::ObjectStored { object }) if object.key == key), "like any object");

    let gone = destinations(Destination::S3 { bucket: "no-such-bucket".to_owned() });
    assert!(gone.send(&failure(), None).await.is_err(), "a bucket that is not there");

    for (destination, path) in [
        (Destination::Sqs { queue: "q".to_owned() }, "sqs/q.ndjson"),
        (Destination::Sns { topic: "t".to_owned() }, "sns/t.ndjson"),
    ] {
        let destinations = std::sync::Arc::new(destinations(destination));
        let sends = (0..20).map(|_| {
            let destinations = std::sync::Arc::clone(&destinations);
            async move { destinations.send(&failure(), Some(b"{}")).await.unwrap() }
        });
        futures::future::join_all(sends).await;
        let lines = std::fs::read_to_string(folder.path().join(".destinations").join(path)).unwrap();
        assert_eq!(lines.lines().count(), 20, "{path}");
        for line in lines.lines() {
            let document: Value = serde_json::from_str(line).expect("whole lines");
            assert_eq!(document.get("payload"), None, "metadata only");
        }
    }
}
