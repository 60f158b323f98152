//! Batches of every kind, and a transform that does what a record's first byte says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{
    DeliveryConfig, DeliveryPlan, Failure, KinesisRecords, Processed, RecordsBuilder, Transform, UserRecord,
};
use penstock_format::{ArrivalTime, Compression, Lines, SequenceDigits, ShardId};
use proptest::prelude::*;

pub const STREAM_ARN: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";

/// A record as a test writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub sequence_number: u128,
    pub partition_key: String,
    pub arrival_ms: i64,
    pub data: Vec<u8>,
}

/// Does what the first byte says: `d` drops, `n` splits into nothing, `s` splits at commas, `f` fails, `p` panics, `u` keeps in upper case,
/// anything else keeps as it is.
pub struct ByFirstByte;

impl Transform for ByFirstByte {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        match record.data.first() {
            Some(b'd') => Ok(Processed::Drop),
            Some(b'n') => Ok(Processed::Split(Vec::new())),
            Some(b's') => Ok(Processed::Split(record.data[1..].split(|&b| b == b',').map(Cow::Borrowed).collect())),
            Some(b'f') => Err(Failure::new("it said so")),
            Some(b'p') => panic!("it said so, loudly"),
            Some(b'u') => Ok(Processed::Keep(Cow::Owned(record.data.to_ascii_uppercase()))),
            _ => Ok(Processed::Keep(Cow::Borrowed(record.data))),
        }
    }
}

pub fn config(set: &[(&'static str, &str)]) -> DeliveryConfig {
    let mut map = BTreeMap::from([("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
    map.extend(set.iter().copied());
    DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned())).unwrap()
}

/// The batch as the shell would lay it down for `config`.
pub fn lay_down(config: &DeliveryConfig, written: &[Written]) -> KinesisRecords<'static> {
    let Lines { framing, .. } = &config.lines;
    let shard = ShardId::parse("shardId-000000000006").unwrap();
    let mut builder = RecordsBuilder::new(STREAM_ARN, shard, framing.suffix(), 0);
    for record in written {
        let number = SequenceDigits::parse(record.sequence_number.to_string().leak()).unwrap();
        let arrival = ArrivalTime::from_millis(record.arrival_ms).unwrap();
        builder
            .push::<TooManyRecords>(number, record.partition_key.clone().into(), arrival, |arena| {
                arena.extend_from_slice(&record.data);
                Ok(())
            })
            .unwrap();
    }
    builder.finish()
}

/// Plans quietly: a transform that panics on purpose need not tell the terminal.
pub fn planned(config: &DeliveryConfig, written: &[Written]) -> DeliveryPlan {
    planned_by(&ByFirstByte, config, written)
}

/// The same by another transform.
pub fn planned_by(transform: &impl Transform, config: &DeliveryConfig, written: &[Written]) -> DeliveryPlan {
    static QUIET: std::sync::Once = std::sync::Once::new();
    QUIET.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let expected = info.payload().downcast_ref::<&str>().is_some_and(|said| said.starts_with("it said so"));
            if !expected {
                loud(info);
            }
        }));
    });
    plan(config, transform, lay_down(config, written), IdSource::Derived).unwrap()
}

/// Records in the order of a shard; some sequence numbers stand twice, as after Lambda's own de-aggregation.
pub fn any_batch() -> impl Strategy<Value = Vec<Written>> {
    let data = prop_oneof![
        4 => "[a-ceg-mort-z0-9 ,]{0,24}".prop_map(String::into_bytes),
        2 => "[dnsfpu][a-z0-9,]{0,24}".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 0..32),
    ];
    let record = (0_u128..3, "[ -~]{1,12}", 0_i64..200_000_000_000, data);
    (1_u128 << 100.., proptest::collection::vec(record, 0..24)).prop_map(|(first, records)| {
        let mut sequence_number = first >> 8;
        let place = |(step, partition_key, arrival_ms, data)| {
            sequence_number += step;
            Written { sequence_number, partition_key, arrival_ms, data }
        };
        records.into_iter().map(place).collect()
    })
}

/// Configurations whose delimiter is one that text records do not hold.
pub fn any_config() -> impl Strategy<Value = DeliveryConfig> {
    let framing = prop_oneof![Just("after"), Just("between"), Just("none")];
    let compression = proptest::sample::select(Compression::ALL.map(Compression::as_str).to_vec());
    let prefix = prop_oneof![Just(""), Just("a/b/"), Just("legacy"), Just("day=!{timestamp:yyyy-MM-dd}/")];
    let zone = prop_oneof![Just("UTC"), Just("Asia/Tokyo"), Just("America/New_York")];
    let name = prop_oneof![Just("penstock"), Just("firehose"), Just("shard-{shard}-{first_sequence_number}-{id}")];
    (framing, compression, prefix, zone, name).prop_map(|(framing, compression, prefix, zone, name)| {
        config(&[
            ("PENSTOCK_FRAMING", framing),
            ("PENSTOCK_DELIMITER", "\\r\\n"),
            ("PENSTOCK_COMPRESSION_FORMAT", compression),
            ("PENSTOCK_PREFIX", prefix),
            ("PENSTOCK_ERROR_OUTPUT_PREFIX", "errors/!{firehose:error-output-type}/!{timestamp:yyyy}/"),
            ("PENSTOCK_CUSTOM_TIME_ZONE", zone),
            ("PENSTOCK_OBJECT_NAME", name),
        ])
    })
}
