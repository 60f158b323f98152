//! The lines that the function writes: which fields, which metrics, and never what a record holds.

use std::collections::BTreeSet;

use penstock_handler::telemetry::{FIELDS, METRICS, Metric};
use serde_json::{Map, Value, json};

use crate::stub_s3::{Reply, StubS3};
use crate::world::{
    ARRIVAL, Bucket, Lambda, SHARD, bootstrap, event, event_of, hooks_example, sequence_number, within,
};

fn parsed(log: &[String]) -> Vec<Map<String, Value>> {
    log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn names(line: &Map<String, Value>) -> BTreeSet<&str> {
    line.keys().map(String::as_str).collect()
}

/// Metrics of what most batches have nothing of: a step that is off by default, and trouble with a KMS key.
fn is_seldom(metric: &Metric) -> bool {
    let heads = [
        "BackupToS3.",
        "KMSKey",
        "OutputDecompressed",
        "PartitionCount",
        "SucceedConversion",
        "FailedConversion",
        "UnknownF",
    ];
    heads.iter().any(|head| metric.name.starts_with(head))
}

/// All fields but these, and the metrics of every batch but these with what makes CloudWatch see them.
fn all_but(fields: &[&str], metrics: &[&str]) -> BTreeSet<&'static str> {
    let fields = FIELDS.iter().map(|field| field.name).filter(|name| !fields.contains(name));
    let every = METRICS.iter().filter(|metric| !is_seldom(metric));
    let metrics = every.map(|metric| metric.name).filter(|name| !metrics.contains(name));
    fields.chain(metrics).chain(["_aws", "DeliveryStreamName"]).collect()
}

#[tokio::test]
async fn a_batch_is_one_line_with_all_fields_and_metrics_of_the_tables() {
    within(async {
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(hooks_example(), &bucket.endpoint, &[]).await;
        let delivered = lambda.deliver(event(&["kept", "a;b", "", "bad"])).await;
        let lines = parsed(&lambda.end().await);
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!(names(line), all_but(&["errorType", "error"], &[]));
        let bytes: usize = bucket.objects().values().map(|object| object.body.len()).sum();
        for (name, expected) in [
            ("level", json!("INFO")),
            ("message", json!("batch delivered")),
            ("requestId", json!(delivered.request_id)),
            ("stream", json!("clicks")),
            ("shardId", json!(SHARD)),
            ("records", json!(4)),
            ("kept", json!(2)),
            ("outputs", json!(3)),
            ("dropped", json!(1)),
            ("failed", json!(1)),
            ("objects", json!(2)),
            ("bodyBytes", json!(bytes)),
            ("firstSequenceNumber", json!(sequence_number(0))),
            ("lastSequenceNumber", json!(sequence_number(3))),
            ("DeliveryStreamName", json!("clicks")),
            ("DeliveryToS3.Records", json!(4)),
            ("DeliveryToS3.Bytes", json!(bytes)),
            ("DeliveryToS3.Success", json!(1)),
            ("DeliveryToS3.ObjectCount", json!(2)),
            ("AlreadyStored", json!(0)),
            ("DroppedRecords", json!(1)),
            ("FailedRecords", json!(1)),
            ("SucceedProcessing.Records", json!(3)),
            ("SucceedProcessing.Bytes", json!("kept".len() + "a".len() + "b".len())),
            ("DataReadFromKinesisStream.Records", json!(4)),
            ("DataReadFromKinesisStream.Bytes", json!("kept".len() + "a;b".len() + "bad".len())),
            ("ExecuteProcessing.Success", json!(1)),
        ] {
            assert_eq!(line[name], expected, "{name}");
        }
        assert!(line["DeliveryToS3.DataFreshness"].as_u64().unwrap() > 100_000_000, "the records are of 2018");
        assert!(line["ExecuteProcessing.Duration"].as_f64().unwrap() > 0.0, "a plan takes some microseconds");
        let defined = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
        let every = METRICS.iter().filter(|metric| !is_seldom(metric));
        let units: Vec<_> = every.map(|metric| json!({ "Name": metric.name, "Unit": metric.unit })).collect();
        assert_eq!(*defined, units);
    })
    .await;
}

#[tokio::test]
async fn d5_a_retry_that_finds_its_object_is_not_counted_as_delivered_again() {
    within(async {
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(bootstrap(), &bucket.endpoint, &[]).await;
        lambda.deliver(event(&["a", "b"])).await;
        lambda.deliver(event(&["a", "b"])).await;
        let lines = parsed(&lambda.end().await);
        for (index, records, bytes, objects, already_stored) in [(0, 2, 4, 1, 0), (1, 0, 0, 0, 1)] {
            let line = &lines[index];
            assert_eq!(line["message"], "batch delivered", "attempt {index}");
            assert_eq!(line["DeliveryToS3.Records"], records, "attempt {index}");
            assert_eq!(line["DeliveryToS3.Bytes"], bytes, "attempt {index}");
            assert_eq!(line["DeliveryToS3.ObjectCount"], objects, "attempt {index}");
            assert_eq!(line["AlreadyStored"], already_stored, "attempt {index}");
            assert_eq!(line["DeliveryToS3.Success"], 1, "attempt {index}");
        }
        assert_eq!(lines.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_delivered_says_why_in_fields_of_the_table() {
    within(async {
        let s3 = StubS3::serve("", |_, _| Reply::Error(403, "AccessDenied")).await;
        let lambda = Lambda::start(bootstrap(), &s3.endpoint, &[]).await;
        let invocation = lambda.invoke(event(&["a"])).await;
        lambda.fail("{}").await;
        let lines = parsed(&lambda.end().await);
        let [batch, malformed] = &lines[..] else { panic!("a line an invocation: {lines:?}") };
        assert_eq!(
            names(batch),
            all_but(&[], &["DroppedRecords", "FailedRecords", "SucceedProcessing.Records", "SucceedProcessing.Bytes",])
        );
        assert_eq!((&batch["level"], &batch["message"]), (&json!("ERROR"), &json!("batch not delivered")));
        assert_eq!((&batch["DeliveryToS3.Success"], &batch["DeliveryToS3.Records"]), (&json!(0), &json!(0)));
        assert_eq!(batch["errorType"], "Delivery.Permanent");
        assert_eq!(batch["requestId"], invocation.request_id);

        let expected = [
            "timestamp",
            "level",
            "message",
            "requestId",
            "errorType",
            "error",
            "DeliveryStreamName",
            "DeliveryToS3.Success",
            "_aws",
        ];
        assert_eq!(names(malformed), BTreeSet::from(expected));
        assert_eq!(malformed["errorType"], "Event.Malformed");
        assert_eq!(malformed["DeliveryToS3.Success"], 0);
    })
    .await;
}

#[tokio::test]
async fn no_line_at_any_level_holds_what_a_record_holds() {
    const SECRET: &str = "s3cr3t";
    let texts = [SECRET, "bad s3cr3t", "panic s3cr3t", "one;s3cr3t"];
    let keys = ["s3cr3t-key-1", "s3cr3t-key-2", "s3cr3t-key-3", "s3cr3t-key-4"];
    let records: Vec<_> = keys.iter().zip(texts).map(|(key, text)| (*key, text.as_bytes(), ARRIVAL)).collect();
    let batch = event_of(&records);
    let encoded: Vec<_> = texts.iter().map(|text| base64_simd::STANDARD.encode_to_string(text)).collect();
    within(async {
        for level in ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] {
            for format in ["JSON", "Text"] {
                let set = [("AWS_LAMBDA_LOG_LEVEL", level), ("AWS_LAMBDA_LOG_FORMAT", format)];
                let bucket = Bucket::serve().await;
                let refused = |number, _: &str| if number == 1 { Reply::Error(403, "No") } else { Reply::Forward };
                let s3 = StubS3::serve(&bucket.endpoint, refused).await;
                let lambda = Lambda::start(hooks_example(), &s3.endpoint, &set).await;
                lambda.fail(batch.clone()).await;
                lambda.deliver(batch.clone()).await;
                lambda.fail(batch.replace(&encoded[3], "s3cr3t!!")).await;
                lambda.fail(batch.replace("s3cr3t-key-4", r"s3cr3t-key-\q")).await;
                lambda.fail(batch[..batch.len() - 400].to_owned()).await;
                // It is in the error documents, where it belongs.
                let reasons = bucket.objects().into_values().map(|object| object.body.clone());
                assert!(reasons.into_iter().any(|body| String::from_utf8_lossy(&body).contains("bad: bad s3cr3t")));
                let log = lambda.end().await;
                assert!(log.len() >= 2, "metrics are said at any level: {log:?}");
                for line in &log {
                    let found = encoded.iter().map(String::as_str).chain([SECRET]).find(|text| line.contains(*text));
                    assert_eq!(found, None, "{level} {format}: {line}");
                }
            }
        }
    })
    .await;
}
