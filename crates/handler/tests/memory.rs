//! L1: what an invocation holds at most is bounded: by its event where records are as they are, by limits where they come apart.
//! Counted by the allocator, so the same on every machine.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use peak_alloc::PeakAlloc;
use penstock_delivery::limits::USER_RECORDS_PER_BATCH_MAX;
use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::{DeliveryConfig, Failure, Hooks, Output, Processed, Transform, UserRecord};
use penstock_format::Lines;
use penstock_handler::event;

#[global_allocator]
static PEAK: PeakAlloc = PeakAlloc;

/// What is counted is of the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The largest event. Source: "Lambda quotas", invocation payload.
const EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;

/// The largest event of records of `bytes` bytes.
fn event_of(bytes: usize) -> String {
    event_with(|_| "x".repeat(bytes))
}

/// The largest event of records of this data, by their number.
fn event_with(data: impl Fn(u64) -> String) -> String {
    let mut event = String::with_capacity(EVENT_BYTES_MAX);
    event.push_str(r#"{"Records":["#);
    for number in 0_u64.. {
        let data = base64_simd::STANDARD.encode_to_string(data(number));
        let mut record = String::new();
        let separator = if number == 0 { "" } else { "," };
        let _ = write!(
            record,
            r#"{separator}{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"{number}","sequenceNumber":"49{number:054}","data":"{data}","approximateArrivalTimestamp":1545084650.987}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:49{number:054}","eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/r","awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/s"}}"#
        );
        if event.len() + record.len() + 2 > EVENT_BYTES_MAX {
            break;
        }
        event.push_str(&record);
    }
    event.push_str("]}");
    event
}

fn config(set: &[(&str, &str)]) -> DeliveryConfig {
    let lookup = |name: &str| match name {
        "PENSTOCK_BUCKET" => Some("acme-clicks".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        _ => set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()),
    };
    DeliveryConfig::parse(lookup).unwrap()
}

/// A thousand partitions, by the end of the sequence number.
struct Thousand;

impl Transform for Thousand {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        let digits = record.sequence_number.as_str();
        let value = digits[digits.len() - 3..].to_owned();
        let partition_keys = vec![(Cow::Borrowed("p"), Cow::Owned(value))];
        Ok(Processed::Partition(vec![Output { data: Cow::Borrowed(record.data), partition_keys }]))
    }
}

/// Bytes that are held at most between the event and the plan, beside the event.
fn peak_of(config: &DeliveryConfig, transform: &impl Transform, event: &str) -> usize {
    let Lines { framing, .. } = &config.lines;
    PEAK.reset_peak_usage();
    let before = PEAK.current_usage();
    let records = event::decode(event.as_bytes(), framing.suffix()).unwrap().unwrap();
    let count = records.len() as u64;
    let planned = plan(config, transform, records, IdSource::Derived).unwrap();
    assert_eq!(planned.counts.kept, count);
    PEAK.peak_usage() - before
}

/// Fails everything.
struct Fails;

impl Transform for Fails {
    fn transform<'r>(&self, _: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        Err(Failure::new("as asked"))
    }
}

/// What a function of 512 MB has beside its code, with room to spare.
const HELD_BYTES_MAX: usize = 320 * 1024 * 1024;

#[test]
fn l1_a_bomb_holds_no_more_than_a_small_function_has() {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let config = config(&[
        ("PENSTOCK_RECORD_DEAGGREGATION", "DELIMITED"),
        ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", ","),
        ("PENSTOCK_ENVELOPE", "text"),
    ]);
    let Lines { framing, .. } = &config.lines;
    // As many pieces as may be, and more than may be.
    for pieces in [USER_RECORDS_PER_BATCH_MAX, 3 * USER_RECORDS_PER_BATCH_MAX] {
        let data = base64_simd::STANDARD.encode_to_string(b"x,".repeat(pieces));
        let event = event_of(0).replacen(r#""data":"""#, &format!(r#""data":"{data}""#), 1);
        for is_kept in [true, false] {
            PEAK.reset_peak_usage();
            let before = PEAK.current_usage();
            let records = event::decode(event.as_bytes(), framing.suffix()).unwrap().unwrap();
            let planned = if is_kept {
                plan(&config, &Hooks, records, IdSource::Derived)
            } else {
                plan(&config, &Fails, records, IdSource::Derived)
            };
            let counts = planned.unwrap().counts;
            assert_eq!(counts.kept + counts.dropped + counts.failed, counts.records);
            let held = PEAK.peak_usage() - before;
            assert!(held <= HELD_BYTES_MAX, "{pieces} pieces, kept {is_kept}: {held} bytes");
        }
    }
}

#[test]
fn l1_an_invocation_holds_a_small_multiple_of_its_event() {
    let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let partitioned = [
        ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
        ("PENSTOCK_PREFIX", "p=!{partitionKeyFromLambda:p}/"),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "e/!{firehose:error-output-type}/"),
    ];
    let backed_up = [("PENSTOCK_S3_BACKUP_MODE", "Enabled"), ("PENSTOCK_S3_BACKUP_PREFIX", "backup/")];
    for bytes in [0, 100, 1_000, 100_000] {
        let event = event_of(bytes);
        let peaks = [
            ("as they are", peak_of(&config(&[]), &Hooks, &event), 1.6),
            ("GZIP", peak_of(&config(&[("PENSTOCK_COMPRESSION_FORMAT", "GZIP")]), &Hooks, &event), 1.6),
            ("with a backup", peak_of(&config(&backed_up), &Hooks, &event), 1.6),
            ("a thousand partitions", peak_of(&config(&partitioned), &Thousand, &event), 2.8),
        ];
        for (name, peak, times) in peaks {
            #[expect(clippy::cast_precision_loss, reason = "a ratio of some megabytes")]
            let ratio = peak as f64 / event.len() as f64;
            assert!(ratio <= times, "records of {bytes} bytes, {name}: {ratio:.2} of the event, {times} at most");
        }
    }
}

#[cfg(all(feature = "jq", feature = "parquet"))]
mod queried {
    use super::*;

    const QUERIED: [(&str, &str); 4] = [
        ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
        ("PENSTOCK_PREFIX", "p=!{partitionKeyFromQuery:p}/"),
        ("PENSTOCK_METADATA_EXTRACTION_QUERY", "{p: .place.p}"),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "e/!{firehose:error-output-type}/"),
    ];

    const COLUMNS: [(&str, &str); 2] = [
        ("PENSTOCK_DATA_FORMAT_CONVERSION", "Enabled"),
        (
            "PENSTOCK_SCHEMA",
            r#"[{"Name":"place","Type":"struct<p:string,q:int>"},{"Name":"id","Type":"bigint"},
            {"Name":"text","Type":"string"},{"Name":"numbers","Type":"array<double>"}]"#,
        ),
    ];

    #[test]
    fn l1_a_thousand_partitions_by_query_and_of_columns_hold_a_small_multiple_of_the_event() {
        let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        for bytes in [0, 100, 1_000] {
            let event = event_with(|number| {
                let p = number % 1_000;
                let text = "x".repeat(bytes);
                format!(
                    r#"{{"place":{{"p":"{p:03}","q":{p}}},"id":{number},"numbers":[0.5,{number}],"text":"{text}"}}"#
                )
            });
            let peaks = [
                ("by query", peak_of(&config(&QUERIED), &Hooks, &event), 2.8),
                ("columns", peak_of(&config(&COLUMNS), &Hooks, &event), 2.1),
                ("columns by query", peak_of(&config(&[&QUERIED[..], &COLUMNS].concat()), &Hooks, &event), 2.4),
            ];
            for (name, peak, times) in peaks {
                #[expect(clippy::cast_precision_loss, reason = "a ratio of some megabytes")]
                let ratio = peak as f64 / event.len() as f64;
                assert!(ratio <= times, "records of {bytes} bytes, {name}: {ratio:.2} of the event, {times} at most");
            }
        }
    }

    #[test]
    fn l1_rows_of_nothing_hold_no_more_than_a_small_function_has() {
        let _lock = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let columns: Vec<String> =
            (0..1_000).map(|number| format!(r#"{{"Name":"c{number}","Type":"string"}}"#)).collect();
        let schema = format!("[{}]", columns.join(","));
        let nested: Vec<String> = (0..1_000).map(|number| format!("f{number}:int")).collect();
        let nested = format!(r#"[{{"Name":"l","Type":"array<struct<{}>>"}}]"#, nested.join(","));
        let nested = config(&[("PENSTOCK_DATA_FORMAT_CONVERSION", "Enabled"), ("PENSTOCK_SCHEMA", &nested)]);
        let config = config(&[("PENSTOCK_DATA_FORMAT_CONVERSION", "Enabled"), ("PENSTOCK_SCHEMA", &schema)]);
        for (objects, is_nested) in [(1, false), (1_000, false), (100_000, false), (1_000, true), (300_000, true)] {
            let list = format!("{{\"l\":[{}]}}", vec!["{}"; objects].join(","));
            let event = event_with(|_| if is_nested { list.clone() } else { "{}".repeat(objects) });
            let config = if is_nested { &nested } else { &config };
            PEAK.reset_peak_usage();
            let before = PEAK.current_usage();
            let records = event::decode(event.as_bytes(), b"").unwrap().unwrap();
            let count = records.len() as u64;
            let planned = plan(config, &Hooks, records, IdSource::Derived).unwrap();
            assert_eq!(planned.counts.kept + planned.counts.failed, count);
            let peak = PEAK.peak_usage() - before;
            assert!(peak <= HELD_BYTES_MAX, "{objects} objects a record: {peak} bytes");
        }
    }
}
