//! The target of what takes records apart. Its first byte chooses the settings and what the rest is wrapped in: no change of
//! bytes finds a digest, and few find gzip.

#![expect(clippy::missing_panics_doc, reason = "to panic where something does not hold is what a target is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use md5::{Digest as _, Md5};
use penstock_delivery::limits::{OUTPUT_BYTES_PER_BATCH_MAX, USER_RECORDS_PER_BATCH_MAX};
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{
    Deaggregated, Deaggregation, DeliveryConfig, FailedRecord, KinesisRecords, RecordsBuilder, UserRecord,
    deaggregate as apart,
};
use penstock_format::{ArrivalTime, Compression, SequenceDigits, ShardId};

type Settings = &'static [(&'static str, &'static str)];

const DECOMPRESSIONS: [Settings; 3] = [
    &[],
    &[("PENSTOCK_DECOMPRESSION", "GZIP")],
    &[("PENSTOCK_DECOMPRESSION", "GZIP"), ("PENSTOCK_DATA_MESSAGE_EXTRACTION", "true")],
];

const SUB_RECORDS: [Settings; 3] = [
    &[],
    &[("PENSTOCK_RECORD_DEAGGREGATION", "JSON")],
    &[("PENSTOCK_RECORD_DEAGGREGATION", "DELIMITED"), ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", "##")],
];

/// Each of the one with each of the other, parsed once.
static SETTINGS: LazyLock<Vec<Deaggregation>> = LazyLock::new(|| {
    let all = DECOMPRESSIONS.iter().flat_map(|first| SUB_RECORDS.iter().map(move |second| [*first, *second].concat()));
    all.map(|set| parsed(&set)).collect()
});

fn parsed(set: &[(&'static str, &'static str)]) -> Deaggregation {
    let lookup = |name: &str| match name {
        "PENSTOCK_BUCKET" => Some("acme-clicks".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        _ => set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()),
    };
    DeliveryConfig::parse(lookup).expect("these are valid").deaggregation
}

/// Characters of a reason. None quotes what the record holds.
const REASON_CHARS_MAX: usize = 200;

/// The data of a record, as any producer may put it.
pub fn deaggregate(bytes: &[u8]) {
    let Some((kind, data)) = bytes.split_first() else { return };
    let kind = usize::from(*kind);
    let data = match kind / SETTINGS.len() % 4 {
        0 => data.to_vec(),
        1 => sealed(data),
        2 => Compression::Gzip.compress(data.to_vec()),
        _ => sealed(&[b"\x0a\x01k\x1a", aggregated(&Compression::Gzip.compress(data.to_vec())).as_slice()].concat()),
    };
    let set = &SETTINGS[kind % SETTINGS.len()];
    // Twice under one number, as an event may have it; and neighbours, which what fails must not touch.
    let batch = [(1, &b"{}"[..]), (2, &data), (2, &data), (3, b"{}")];
    let (one, other) = (take_apart(set, &batch), take_apart(set, &batch));
    assert_eq!(one.counts, other.counts, "the same batch comes apart alike");
    assert_eq!(one.records.arena(), other.records.arena(), "the same batch comes apart alike");
    assert_eq!(one.failed, other.failed, "the same batch comes apart alike");
    hold(&batch, &one);
}

fn hold(batch: &[(u64, &[u8])], apart: &Deaggregated<'_>) {
    let counts = apart.counts;
    assert_eq!(counts.kinesis_records, batch.len() as u64);
    assert_eq!(counts.apart + counts.failed + counts.left_out, counts.kinesis_records, "each is accounted for");
    assert_eq!((counts.user_records, counts.failed), (apart.records.len() as u64, apart.failed.len() as u64));
    assert!(
        apart.records.len() <= USER_RECORDS_PER_BATCH_MAX && apart.records.arena().len() <= OUTPUT_BYTES_PER_BATCH_MAX
    );
    let mut identities = BTreeSet::new();
    let mut failed = BTreeMap::<&str, usize>::new();
    for record in &apart.failed {
        let number = record.sequence_number.as_str();
        let whole = batch.iter().find(|(own, _)| own.to_string() == number).expect("it is one of the batch");
        assert_eq!(record.data, whole.1, "what fails is whole");
        assert!(record.failure.message.chars().count() <= REASON_CHARS_MAX, "{}", record.failure.message);
        assert!(identities.insert((record.sequence_number, record.sub_sequence_number)), "one identity");
        *failed.entry(number).or_default() += 1;
    }
    let mut last = None;
    for UserRecord { sequence_number, sub_sequence_number, .. } in apart.records.user_records() {
        let identity = (sequence_number, sub_sequence_number);
        assert!(last < Some(identity), "the order of the shard");
        assert!(identities.insert(identity), "one identity");
        last = Some(identity);
    }
    let is_too_much = |record: &FailedRecord<'_>| record.failure.code.ends_with("OutputTooLarge");
    let alike = failed.get("2") != Some(&1) || apart.failed.iter().any(is_too_much);
    assert!(alike, "one of two that are the same has failed");
}

fn take_apart(config: &Deaggregation, batch: &[(u64, &[u8])]) -> Deaggregated<'static> {
    apart(config, laid_down(batch))
}

fn laid_down(batch: &[(u64, &[u8])]) -> KinesisRecords<'static> {
    let shard = ShardId::parse("shardId-000000000001").expect("it is one");
    let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"\n", 0);
    for (number, data) in batch {
        let number = SequenceDigits::parse(number.to_string().leak()).expect("it is one");
        let arrival = ArrivalTime::from_millis(1_445_911_200_000).expect("it is one");
        let pushed = builder.push::<TooManyRecords>(number, "whole".into(), arrival, |arena| {
            arena.extend_from_slice(data);
            Ok(())
        });
        pushed.expect("they are few");
    }
    builder.finish()
}

/// A message with the magic and the digest of the KPL around it.
fn sealed(message: &[u8]) -> Vec<u8> {
    [b"\xF3\x89\x9A\xC2", message, Md5::digest(message).as_slice()].concat()
}

/// A user record of the first partition key, after its length.
fn aggregated(data: &[u8]) -> Vec<u8> {
    let record = [b"\x08\x00\x1a", after_length(data).as_slice()].concat();
    after_length(&record)
}

fn after_length(bytes: &[u8]) -> Vec<u8> {
    let (mut length, mut after) = (bytes.len(), Vec::new());
    while length >= 0x80 {
        after.push(u8::try_from(length & 0x7f).expect("seven bits") | 0x80);
        length >>= 7;
    }
    after.push(u8::try_from(length).expect("seven bits"));
    after.extend_from_slice(bytes);
    after
}
