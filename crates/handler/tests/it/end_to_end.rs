//! Records in, objects out: what lies in S3, to the byte.

use std::collections::{BTreeMap, BTreeSet};

use penstock_format::{
    Compression, DeliveryName, Lines, ObjectMetadata, ObjectName, ObjectRole, ParsedErrorRecord, SequenceNumber,
};
use penstock_local::events::{Batch, Event};
use serde_json::{Value, json};

use crate::world::{
    ACCOUNT_ID, Bucket, Lambda, Pipe, StoredObject, bootstrap, config, event, event_of, hooks_example, lines,
    sequence_number, within,
};

pub fn metadata(object: &StoredObject) -> ObjectMetadata {
    ObjectMetadata::parse(|name| object.metadata.get(name).map(String::as_str)).expect("metadata that reads back")
}

/// Bodies of the data objects of each shard, one after the other in the shard's order.
pub fn delivered(objects: &BTreeMap<String, StoredObject>) -> BTreeMap<u64, Vec<u8>> {
    let (name, delivery) = (ObjectName::parse("penstock").unwrap(), DeliveryName::parse("clicks").unwrap());
    let mut parts = BTreeMap::new();
    for (key, object) in objects.iter().filter(|(_, object)| metadata(object).role == ObjectRole::Data) {
        let shard = name.parse_key(&delivery, key).expect(key).shard.expect("a shard");
        let other = parts.insert((shard, metadata(object).first), &object.body);
        assert!(other.is_none(), "no two objects begin with the same record");
    }
    let mut delivered: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for ((shard, _), body) in parts {
        delivered.entry(shard).or_default().extend_from_slice(body);
    }
    delivered
}

/// The same, as it must be when every line is kept.
pub fn expected(shards: &BTreeMap<String, Vec<&str>>) -> BTreeMap<u64, Vec<u8>> {
    let number = |shard: &str| shard.trim_start_matches("shardId-").parse().expect("a number");
    shards.iter().map(|(shard, lines)| (number(shard), (lines.join("\n") + "\n").into_bytes())).collect()
}

#[tokio::test]
async fn d1_d2_every_record_of_every_shard_is_stored_once_and_in_order() {
    within(async {
        let lines = lines(300);
        let pipe = Pipe::new(&bootstrap(), &[], &lines);
        let summary = pipe.run().await;
        assert_eq!((summary.records_delivered, summary.records_left, summary.invocations_failed), (300, 0, 0));
        let objects = pipe.objects();
        let shards = pipe.shards(&lines);
        assert_eq!(shards.len(), 2, "both shards have records");
        assert_eq!(delivered(&objects), expected(&shards));

        let mut batches: BTreeMap<String, Batch> = pipe
            .seen
            .each(|event| match event {
                Event::BatchDelivered { batch, .. } => Some((batch.first_sequence_number.clone(), batch)),
                _ => None,
            })
            .into_iter()
            .collect();
        for (key, object) in &objects {
            let metadata = metadata(object);
            let batch = batches.remove(metadata.first.as_str()).expect("one object a batch");
            let ends = [&batch.first_sequence_number, &batch.last_sequence_number];
            assert_eq!([metadata.first.as_str(), metadata.last.as_str()], ends.map(String::as_str), "{key}");
            assert_eq!(
                [metadata.batch_first.as_str(), metadata.batch_last.as_str()],
                ends.map(String::as_str),
                "{key}"
            );
            assert_eq!((metadata.records, metadata.batch_records), (batch.records, batch.records), "{key}");
            assert_eq!((metadata.batch_dropped, metadata.batch_failed), (0, 0), "{key}");
            assert_eq!((metadata.object_index, metadata.object_count), (1, 1), "{key}");
        }
        assert!(batches.is_empty(), "one object a batch");
    })
    .await;
}

#[tokio::test]
async fn d1_what_is_split_dropped_and_failed_is_accounted_for() {
    within(async {
        let mut lines = lines(60);
        for (number, line) in lines.iter_mut().enumerate() {
            match number % 5 {
                1 => line.clear(),
                2 => *line = format!("bad {number}"),
                3 => *line = format!("panic {number}"),
                4 => *line = format!("{number};a;b"),
                _ => *line = format!("kept {number}"),
            }
        }
        let pipe = Pipe::new(&hooks_example(), &[], &lines);
        let summary = pipe.run().await;
        assert_eq!((summary.records_delivered, summary.records_left), (60, 0));
        let objects = pipe.objects();

        let mut data = BTreeMap::new();
        for (shard, lines) in pipe.shards(&lines) {
            let kept = lines.into_iter().filter(|line| line.contains(';') || line.starts_with("kept"));
            data.insert(shard, kept.flat_map(|line| line.split(';')).collect());
        }
        assert_eq!(delivered(&objects), expected(&data));

        let mut failed = BTreeSet::new();
        let mut batches = BTreeMap::new();
        for (key, object) in &objects {
            let metadata = metadata(object);
            let counts = (metadata.batch_records, metadata.batch_dropped, metadata.batch_failed);
            let of_batch = *batches.entry(metadata.batch_first).or_insert(counts);
            assert_eq!(of_batch, counts, "{key}: objects of a batch agree");
            if metadata.role == ObjectRole::Data {
                continue;
            }
            assert!(key.starts_with("processing-failed/"), "{key}");
            let documents: Vec<_> = object.body.split_inclusive(|&byte| byte == b'\n').collect();
            assert_eq!(documents.len() as u64, metadata.records, "{key}");
            failed.extend(documents.into_iter().map(|line| ParsedErrorRecord::parse(line).expect(key).raw_data));
        }
        let all_failed = lines.iter().filter(|line| line.starts_with("bad") || line.starts_with("panic"));
        assert_eq!(failed, all_failed.map(|line| line.clone().into_bytes()).collect(), "each, and each whole");
        let sums = batches.values().fold((0, 0, 0), |sums, of| (sums.0 + of.0, sums.1 + of.1, sums.2 + of.2));
        assert_eq!(sums, (60, 12, 24), "records, dropped, failed");
    })
    .await;
}

#[tokio::test]
async fn d1_an_error_document_has_the_fields_of_firehose_and_the_records_place() {
    within(async {
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(hooks_example(), &bucket.endpoint, &[]).await;
        let records = [("k1", "kept"), ("k2", "bad\u{1F34E}"), ("k\"3", ""), ("k4", "panic")];
        lambda.deliver(event_of(&records.map(|(key, data)| (key, data.as_bytes(), "1545084650.98")))).await;
        let objects = bucket.objects();
        assert_eq!(objects.len(), 2);
        let (key, object) = objects.iter().find(|(key, _)| key.starts_with("processing-failed/")).expect("errors");
        assert!(key.starts_with("processing-failed/2018/12/17/22/clicks-0-2018-12-17-22-10-50-98-"), "{key}");
        let text = std::str::from_utf8(&object.body).unwrap();
        let documents: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let document = |index: usize, code: &str, message: &str| {
            json!({
                "attemptsMade": 1,
                "arrivalTimestamp": 1_545_084_650_980_i64,
                "errorCode": code,
                "errorMessage": message,
                "attemptEndingTimestamp": 1_545_084_650_980_i64,
                "rawData": base64_simd::STANDARD.encode_to_string(records[index].1),
                "shardId": "shardId-000000000000",
                "sequenceNumber": sequence_number(index),
                "subSequenceNumber": 0,
                "partitionKey": records[index].0,
            })
        };
        let bad = document(1, "Lines.Bad", "the line begins with bad: bad\u{1F34E}");
        let panicked = document(3, "Transform.Panicked", "the transform panicked: the line is \"panic\"");
        assert_eq!(documents, [bad, panicked]);

        for (key, object) in &objects {
            let of = metadata(object);
            let (records, ends) = if of.role == ObjectRole::Data { (1, [0, 0]) } else { (2, [1, 3]) };
            let ends = ends.map(|index| SequenceNumber::parse(&sequence_number(index)).unwrap());
            assert_eq!((of.records, [of.first, of.last]), (records, ends), "{key}");
            assert_eq!((of.batch_records, of.batch_dropped, of.batch_failed, of.object_count), (4, 1, 2, 2), "{key}");
        }
    })
    .await;
}

/// Settings, the key with `ID` for its id, and the decoded body.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn k1_f1_settings_show_in_keys_and_bodies() {
    const NAME: &str = "clicks-0-2018-12-17-22-10-50-98-ID";
    const ERRORS: (&str, &str) = ("PENSTOCK_ERROR_OUTPUT_PREFIX", "errors/!{firehose:error-output-type}/");
    const BETWEEN: [(&str, &str); 2] = [("PENSTOCK_FRAMING", "between"), ("PENSTOCK_DELIMITER", "\\r\\n")];
    let dated = "day=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/";
    let cases: [Case<'_>; 10] = [
        ("nothing set", &[], &format!("2018/12/17/22/{NAME}"), "a\nb\nc\n"),
        ("GZIP", &[("PENSTOCK_COMPRESSION_FORMAT", "GZIP")], &format!("2018/12/17/22/{NAME}.gz"), "a\nb\nc\n"),
        ("ZSTD", &[("PENSTOCK_COMPRESSION_FORMAT", "ZSTD")], &format!("2018/12/17/22/{NAME}.zst"), "a\nb\nc\n"),
        ("the post's CRLF", &BETWEEN, &format!("2018/12/17/22/{NAME}"), "a\r\nb\r\nc"),
        (
            "CRLF and GZIP",
            &[BETWEEN[0], BETWEEN[1], ("PENSTOCK_COMPRESSION_FORMAT", "GZIP")],
            &format!("2018/12/17/22/{NAME}.gz"),
            "a\r\nb\r\nc",
        ),
        (
            "no delimiter, another extension",
            &[("PENSTOCK_FRAMING", "none"), ("PENSTOCK_FILE_EXTENSION", ".txt")],
            &format!("2018/12/17/22/{NAME}.txt"),
            "abc",
        ),
        ("a plain prefix", &[("PENSTOCK_PREFIX", "raw")], &format!("raw2018/12/17/22/{NAME}"), "a\nb\nc\n"),
        (
            "expressions in another zone",
            &[("PENSTOCK_PREFIX", dated), ERRORS, ("PENSTOCK_CUSTOM_TIME_ZONE", "Asia/Tokyo")],
            "day=2018-12-18/hour=07/clicks-0-2018-12-18-07-10-50-98-ID",
            "a\nb\nc\n",
        ),
        (
            "Firehose's name",
            &[("PENSTOCK_OBJECT_NAME", "firehose")],
            "2018/12/17/22/clicks-1-2018-12-17-22-10-50-ID",
            "a\nb\nc\n",
        ),
        (
            "a template",
            &[("PENSTOCK_OBJECT_NAME", "from-{first_sequence_number}-to-{last_sequence_number}-{id}")],
            &format!("2018/12/17/22/from-{}-to-{}-ID", sequence_number(0), sequence_number(2)),
            "a\nb\nc\n",
        ),
    ];
    within(async {
        for (name, set, expected_key, expected_body) in cases {
            let bucket = Bucket::serve().await;
            let lambda = Lambda::start(bootstrap(), &bucket.endpoint, set).await;
            // The second batch is the first one again.
            lambda.deliver(event(&["a", "b", "c"])).await;
            lambda.deliver(event(&["a", "b", "c"])).await;
            let (key, object) = bucket.object();
            let config = config(set);
            let parts = config.object_name.parse_key(&config.delivery_name, &key).expect(name);
            assert_eq!(parts.id.get_version_num(), 8, "{name}: derived from what it holds");
            assert_eq!(key.replace(&parts.id.to_string(), "ID"), expected_key, "{name}");
            let Lines { compression, .. } = config.lines;
            let body = compression.decompress(&object.body, 1 << 20).expect(name);
            assert_eq!(String::from_utf8_lossy(&body), expected_body, "{name}");
            let compressed = compression.compression() != Compression::Uncompressed;
            assert_eq!(object.body != body, compressed, "{name}");
            assert_eq!(object.content_encoding.as_deref(), compression.content_encoding(), "{name}");
            assert_eq!(object.content_type, config.attributes.content_type.as_str(), "{name}");
            assert_eq!(metadata(&object).records, 3, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_describes_the_data_is_not_said_of_errors() {
    within(async {
        let set = [
            ("PENSTOCK_CONTENT_TYPE", "text/csv"),
            ("PENSTOCK_CONTENT_ENCODING", "firehose"),
            ("PENSTOCK_COMPRESSION_FORMAT", "GZIP"),
            ("PENSTOCK_CONTENT_LANGUAGE", "ja"),
            ("PENSTOCK_EXPECTED_BUCKET_OWNER", ACCOUNT_ID),
        ];
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(hooks_example(), &bucket.endpoint, &set).await;
        lambda.deliver(event(&["kept", "bad"])).await;
        let mut told: Vec<_> =
            bucket.objects().into_values().map(|own| (own.content_type, own.content_encoding)).collect();
        told.sort();
        let gzip = Some("gzip".to_owned());
        assert_eq!(told, [("application/octet-stream".to_owned(), gzip.clone()), ("text/csv".to_owned(), gzip)]);
    })
    .await;
}

#[tokio::test]
async fn d4_a_bucket_of_another_owner_takes_nothing() {
    within(async {
        let bucket = Bucket::serve().await;
        let set = [("PENSTOCK_EXPECTED_BUCKET_OWNER", "999999999999")];
        let lambda = Lambda::start(bootstrap(), &bucket.endpoint, &set).await;
        let error = lambda.fail(event(&["a"])).await;
        assert_eq!(error.error_type, "Delivery.Permanent");
        assert!(bucket.objects().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_error_object_follows_the_settings_too() {
    within(async {
        let set = [
            ("PENSTOCK_PREFIX", "day=!{timestamp:yyyy-MM-dd}/"),
            ("PENSTOCK_ERROR_OUTPUT_PREFIX", "errors/!{firehose:error-output-type}/!{timestamp:HH}/"),
            ("PENSTOCK_CUSTOM_TIME_ZONE", "Asia/Tokyo"),
            ("PENSTOCK_COMPRESSION_FORMAT", "GZIP"),
            ("PENSTOCK_FILE_EXTENSION", ".data"),
            ("PENSTOCK_DELIMITER", "|"),
        ];
        let bucket = Bucket::serve().await;
        Lambda::start(hooks_example(), &bucket.endpoint, &set).await.deliver(event(&["bad 1", "bad 2"])).await;
        let (key, object) = bucket.object();
        assert!(key.starts_with("errors/processing-failed/07/clicks-0-2018-12-18-07-10-50-98-"), "{key}");
        let extension = key.rsplit_once('.').map(|(_, extension)| extension);
        assert_eq!(extension, Some("gz"), "{key}: FileExtension is for data objects");
        let body = Compression::Gzip.decompress(&object.body, 1 << 20).unwrap();
        let reasons: Vec<_> = body
            .split_inclusive(|&byte| byte == b'\n')
            .map(|line| ParsedErrorRecord::parse(line).unwrap().error_message)
            .collect();
        assert_eq!(reasons, ["the line begins with bad: bad 1", "the line begins with bad: bad 2"]);
    })
    .await;
}

#[tokio::test]
async fn random_ids_are_drawn_anew_for_each_attempt() {
    within(async {
        let set = [("PENSTOCK_OBJECT_ID", "random")];
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(bootstrap(), &bucket.endpoint, &set).await;
        lambda.deliver(event(&["a"])).await;
        lambda.deliver(event(&["a"])).await;
        let objects = bucket.objects();
        assert_eq!(objects.len(), 2, "the post of 2015 doubles what comes again: {:?}", objects.keys());
        let config = config(&set);
        for (key, object) in &objects {
            let parts = config.object_name.parse_key(&config.delivery_name, key).unwrap();
            assert_eq!(parts.id.get_version_num(), 4, "{key}");
            assert_eq!(object.body, b"a\n", "{key}");
        }
    })
    .await;
}
