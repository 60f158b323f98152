//! Batches as the shell lays them down, and what comes of them in a form that a table can hold.

use std::collections::BTreeMap;

use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{Deaggregated, DeliveryConfig, KinesisRecords, RecordsBuilder, deaggregate};
use penstock_format::{ArrivalTime, SequenceDigits, ShardId};

/// The partition key of every Kinesis record here.
pub const WHOLE: &str = "whole";

/// What comes out: sequence number, ordinal, partition key, data.
pub type Found = (String, u64, String, Vec<u8>);

/// What each setting is written as.
pub const GZIP: (&str, &str) = ("PENSTOCK_DECOMPRESSION", "GZIP");
pub const MESSAGES: (&str, &str) = ("PENSTOCK_DATA_MESSAGE_EXTRACTION", "true");
pub const JSON: (&str, &str) = ("PENSTOCK_RECORD_DEAGGREGATION", "JSON");
pub const DELIMITED: (&str, &str) = ("PENSTOCK_RECORD_DEAGGREGATION", "DELIMITED");
pub const HASHES: (&str, &str) = ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", "##");

pub fn config(set: &[(&'static str, &'static str)]) -> DeliveryConfig {
    let mut map = BTreeMap::from([("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
    map.extend(set.iter().copied());
    DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned())).unwrap()
}

pub fn laid_down(batch: &[(u64, Vec<u8>)]) -> KinesisRecords<'static> {
    let shard = ShardId::parse("shardId-000000000006").unwrap();
    let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"\n", 0);
    for (number, data) in batch {
        let number = SequenceDigits::parse(number.to_string().leak()).unwrap();
        let arrival = ArrivalTime::from_millis(1_545_084_650_987).unwrap();
        let write = |arena: &mut Vec<u8>| {
            arena.extend_from_slice(data);
            Ok(())
        };
        builder.push::<TooManyRecords>(number, WHOLE.into(), arrival, write).unwrap();
    }
    builder.finish()
}

/// The batch, taken apart, with what must hold of any.
pub fn apart(set: &[(&'static str, &'static str)], batch: &[(u64, Vec<u8>)]) -> Deaggregated<'static> {
    let records = laid_down(batch);
    let range = records.range();
    let apart = deaggregate(&config(set).deaggregation, records);
    let counts = apart.counts;
    assert_eq!(counts.kinesis_records, batch.len() as u64);
    assert_eq!(counts.apart + counts.failed + counts.left_out, counts.kinesis_records);
    assert_eq!(counts.user_records, apart.records.len() as u64);
    assert_eq!(counts.failed, apart.failed.len() as u64);
    assert_eq!(apart.records.range(), range, "the range is the batch's");
    let framed: Vec<u8> = apart.records.user_records().flat_map(|record| [record.data, b"\n"].concat()).collect();
    assert_eq!(apart.records.arena(), framed, "each record is followed by the delimiter");
    apart
}

pub fn found(apart: &Deaggregated<'_>) -> Vec<Found> {
    let plain = |record: penstock_delivery::UserRecord<'_>| {
        let number = record.sequence_number.as_str().to_owned();
        (number, record.sub_sequence_number, record.partition_key.to_owned(), record.data.to_vec())
    };
    apart.records.user_records().map(plain).collect()
}

/// The data of user records, or what a record fails with.
pub type Outcome = Result<Vec<Vec<u8>>, String>;

/// These user records.
#[expect(clippy::unnecessary_wraps, reason = "a table has it beside the codes of failures")]
pub fn data_of(records: &[&str]) -> Outcome {
    Ok(records.iter().map(|text| text.as_bytes().to_vec()).collect())
}

/// What one record becomes: the data of its user records, or the code it fails with.
pub fn alone(set: &[(&'static str, &'static str)], data: &[u8]) -> Outcome {
    let apart = apart(set, &[(1, data.to_vec())]);
    match &apart.failed[..] {
        [] => Ok(found(&apart).into_iter().map(|(_, _, _, data)| data).collect()),
        [failed] => {
            assert!(apart.records.is_empty(), "nothing of a failed record goes on");
            assert_eq!(failed.data, data, "a failed record is whole");
            assert!(failed.failure.message.len() < 200 && !failed.failure.message.contains("secret"));
            Err(format!("{} {}", failed.failure.output_type.as_str(), failed.failure.code))
        }
        _ => panic!("one record fails once"),
    }
}
