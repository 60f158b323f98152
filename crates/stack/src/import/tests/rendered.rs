//! What is written is read back as an environment, with every setting meaning what Firehose's does.

use super::*;

const MINIMAL: &str = include_str!("../../../testdata/firehose/minimal.json");
const LINES: &str = include_str!("../../../testdata/firehose/lines.json");
const DESCRIBED: &str = include_str!("../../../testdata/firehose/described.json");

/// The variables of the function, of a document.
fn variables(document: &str) -> Vec<(&'static str, String)> {
    let imported = Imported::read(document, "clicks").unwrap();
    let environment = imported.environment().unwrap_or_else(|error| panic!("{error}\n{}", imported.file));
    environment.variables.into_iter().collect()
}

fn owned<'v>(pairs: &[(&'v str, &str)]) -> Vec<(&'v str, String)> {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn the_least_configuration() {
    let expected = owned(&[
        ("PENSTOCK_BUCKET", "acme-clicks"),
        ("PENSTOCK_CONTENT_ENCODING", "firehose"),
        ("PENSTOCK_DELIVERY_NAME", "clicks"),
        ("PENSTOCK_FRAMING", "none"),
        ("PENSTOCK_OBJECT_NAME", "firehose"),
    ]);
    assert_eq!(variables(MINIMAL), expected);
    let imported = Imported::read(MINIMAL, "x").unwrap();
    assert!(!imported.is_different(), "{:#?}", imported.notes);
    let environment = imported.environment().unwrap();
    assert!(environment.options.existing_bucket);
    assert_eq!(environment.event_source_mapping.maximum_record_age_in_seconds, 23 * 3600);
}

#[test]
fn all_that_lines_can_have() {
    let key = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let expected = owned(&[
        ("PENSTOCK_BUCKET", "acme-web-logs"),
        ("PENSTOCK_COMPRESSION_FORMAT", "GZIP"),
        ("PENSTOCK_CONTENT_ENCODING", "firehose"),
        ("PENSTOCK_CUSTOM_TIME_ZONE", "Asia/Tokyo"),
        ("PENSTOCK_DATA_MESSAGE_EXTRACTION", "true"),
        ("PENSTOCK_DECOMPRESSION", "GZIP"),
        ("PENSTOCK_DELIVERY_NAME", "Web_Logs.eu"),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "failed/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/"),
        ("PENSTOCK_FILE_EXTENSION", ".log.gz"),
        ("PENSTOCK_FRAMING", "after"),
        ("PENSTOCK_OBJECT_NAME", "firehose"),
        ("PENSTOCK_PREFIX", "logs/day=!{timestamp:yyyy-MM-dd}/!{firehose:random-string}/"),
        ("PENSTOCK_RECORD_DEAGGREGATION", "DELIMITED"),
        ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", "\\r\\n"),
        ("PENSTOCK_S3_BACKUP_BUCKET", "acme-web-logs-backup"),
        ("PENSTOCK_S3_BACKUP_COMPRESSION_FORMAT", "GZIP"),
        ("PENSTOCK_S3_BACKUP_FRAMING", "none"),
        ("PENSTOCK_S3_BACKUP_MODE", "Enabled"),
        ("PENSTOCK_S3_BACKUP_PREFIX", "raw/!{timestamp:yyyy/MM/dd}/"),
        ("PENSTOCK_SSE_KMS_KEY_ARN", key),
    ]);
    assert_eq!(variables(LINES), expected);
    let imported = Imported::read(LINES, "x").unwrap();
    assert!(!imported.is_different(), "{:#?}", imported.notes);
    let environment = imported.environment().unwrap();
    assert_eq!(environment.function.function_name, "Web_Logs-eu");
    assert_eq!(environment.options.tags.get("cost center").map(String::as_str), Some("7"));
    assert_eq!(environment.event_source_mapping.maximum_batching_window_in_seconds, 300);
}

#[test]
fn what_has_no_counterpart_renders_all_the_same() {
    let imported = Imported::read(DESCRIBED, "x").unwrap();
    let environment = imported.environment().unwrap_or_else(|error| panic!("{error}\n{}", imported.file));
    assert_eq!(environment.delivery.prefix.as_str(), "orders/customer=!{partitionKeyFromQuery:customer}/");
    assert!(environment.delivery.partitioning.is_some());
}

#[test]
fn a_bucket_whose_name_is_long_gets_a_failure_bucket() {
    for length in [54, 55, 63] {
        let document = format!("{{ \"BucketARN\": \"arn:aws:s3:::{}\" }}", "b".repeat(length));
        let imported = Imported::read(&document, "clicks").unwrap();
        let environment = imported.environment().unwrap_or_else(|error| panic!("{length}: {error}"));
        let bucket = environment.event_source_mapping.on_failure.bucket().map(str::len);
        assert_eq!(bucket, Some(63), "{length}");
    }
}

#[test]
fn every_delimiter_and_partition_that_is_taken_is_read_back() {
    for (name, fields) in [
        ("delimiter", processing(&[("AppendDelimiterToRecord", &[("Delimiter", "\\r\\n")])])),
        ("quoted", processing(&[("AppendDelimiterToRecord", &[("Delimiter", "\"")])])),
        (
            "Firehose's example",
            processing(&[("RecordDeAggregation", &[("SubRecordType", "DELIMITED"), ("Delimiter", "IyMjIw==")])]),
        ),
        ("bytes", processing(&[("RecordDeAggregation", &[("SubRecordType", "DELIMITED"), ("Delimiter", "AAkKDVz/")])])),
        ("partitions", PARTITIONED.to_owned()),
    ] {
        let imported = taken(name, &fields);
        imported.environment().unwrap_or_else(|error| panic!("{name}: {error}\n{}", imported.file));
    }
}
