//! Reads the objects of a run back and holds them against what was sent.
//!
//! An object states its shard's range and how many outputs it holds. The records that were sent into that range, as the
//! transform answers for them, laid down in the order of the shard, must be the object's very bytes.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use penstock_delivery::DeliveryConfig;
use penstock_format::{Compression, ObjectMetadata, OutputFormat, ParsedErrorRecord, SequenceNumber, ShardId};

use super::events::{ObjectStored, Outcome};
use super::expected::{Expected, Record};
use crate::exit::{self, Exit};

/// Bytes that an object may have when it is read back: many times what an invocation can hold.
const OBJECT_BYTES_MAX: usize = 1 << 30;

/// Differences that are told one by one.
const DIFFERENCES_SHOWN_MAX: usize = 10;

/// What came out, held against what went in.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Records that were sent.
    pub sent: u64,
    /// Records that lie in a data object, as they should.
    pub kept: u64,
    /// Records that the transform left out.
    pub dropped: u64,
    /// Records that lie in an error object, as they should.
    pub failed: u64,
    /// Records that lie nowhere and should.
    pub missing: u64,
    /// Records that lie in more than one object.
    pub doubled: u64,
    /// Objects that hold something else than they should, in words; a bounded number of them.
    pub differences: Vec<String>,
}

impl Comparison {
    /// Whether nothing is missing, and nothing is there that should not be.
    pub fn is_complete(&self) -> bool {
        self.missing == 0 && self.differences.is_empty()
    }

    /// How a run with this comparison ends. Nothing here cuts a batch anew, so that a record in two objects is a sign of
    /// something wrong, although nothing is missing.
    pub fn exit(&self) -> Exit {
        match (self.is_complete(), self.doubled) {
            (false, _) => exit::PROMISE_BROKEN,
            (true, 0) => exit::DONE,
            (true, _) => exit::SUSPECTED,
        }
    }

    fn differs(&mut self, object: &ObjectStored, how: impl std::fmt::Display) {
        if self.differences.len() < DIFFERENCES_SHOWN_MAX {
            self.differences.push(format!("{}: {how}", object.key));
        }
    }
}

/// Compares the objects of `outcome` with `records` and what was `expected` of them.
pub fn compare(
    config: &DeliveryConfig,
    records: &[&[u8]],
    expected: &Expected,
    outcome: &Outcome,
) -> anyhow::Result<Comparison> {
    let sent = Sent::of(records, expected, outcome)?;
    let mut comparison = Comparison { sent: records.len() as u64, ..Comparison::default() };
    let mut stored = vec![0_u32; records.len()];
    for object in &outcome.objects {
        let body = read(config, object)?;
        let read =
            if is_error_object(object) { sent.compare_errors(&body) } else { sent.compare_data(config, object, &body) };
        match read {
            Ok(indices) => indices.into_iter().for_each(|index| stored[index] += 1),
            Err(how) => comparison.differs(object, how),
        }
    }
    for (record, times) in expected.records().iter().zip(&stored) {
        match (record, times) {
            (Record::Dropped, _) => comparison.dropped += 1,
            (_, 0) => comparison.missing += 1,
            (Record::Failed, _) => comparison.failed += 1,
            (Record::Same | Record::Outputs(_), _) => comparison.kept += 1,
        }
        comparison.doubled += u64::from(*times > 1);
    }
    Ok(comparison)
}

/// The bytes of an object before its compression.
fn read(config: &DeliveryConfig, object: &ObjectStored) -> anyhow::Result<Vec<u8>> {
    let OutputFormat::Lines { compression, .. } = &config.output_format;
    let stored = std::fs::read(&object.path).with_context(|| format!("cannot read {}", object.path.display()))?;
    ensure!(stored.len() as u64 == object.bytes, "{} has not the size that S3 told", object.path.display());
    let compression: Compression = *compression;
    compression.decompress(&stored, OBJECT_BYTES_MAX).with_context(|| format!("cannot decompress {}", object.key))
}

/// An error object says so in its metadata.
fn is_error_object(object: &ObjectStored) -> bool {
    object.metadata.get("penstock-role").is_some_and(|role| role.starts_with("error:"))
}

/// The input by shard and sequence number, as the stream took it.
struct Sent<'i> {
    records: &'i [&'i [u8]],
    expected: &'i Expected,
    shards: BTreeMap<u64, BTreeMap<SequenceNumber, usize>>,
}

impl<'i> Sent<'i> {
    fn of(records: &'i [&'i [u8]], expected: &'i Expected, outcome: &Outcome) -> anyhow::Result<Self> {
        let mut shards: BTreeMap<u64, BTreeMap<SequenceNumber, usize>> = BTreeMap::new();
        for record in &outcome.records {
            let shard = ShardId::parse(&record.shard_id).context("the stream told a shard id that is none")?;
            let number =
                SequenceNumber::parse(&record.sequence_number).context("the stream told no sequence number")?;
            let index = usize::try_from(record.index).context("a record's number is too large")?;
            shards.entry(shard.number()).or_default().insert(number, index);
        }
        Ok(Self { records, expected, shards })
    }

    /// The records that a data object holds; an error in words where its bytes are not theirs.
    fn compare_data(&self, config: &DeliveryConfig, object: &ObjectStored, body: &[u8]) -> Result<Vec<usize>, String> {
        let metadata = ObjectMetadata::parse(|name| object.metadata.get(name).map(String::as_str))
            .map_err(|error| error.to_string())?;
        let name =
            config.object_name.parse_key(&config.delivery_name, &object.key).map_err(|error| error.to_string())?;
        let shard = name.shard.or_else(|| self.only_shard_with(&metadata)).ok_or("its key does not tell its shard")?;
        let range = self.shards.get(&shard).into_iter().flat_map(|shard| shard.range(metadata.first..=metadata.last));
        let OutputFormat::Lines { framing, .. } = &config.output_format;
        let mut held = Vec::new();
        let mut outputs = 0;
        let mut bytes = Vec::with_capacity(body.len());
        for (_, &index) in range {
            let before = outputs;
            let mut lay = |output: &[u8]| {
                bytes.extend_from_slice(output);
                bytes.extend_from_slice(framing.suffix());
                outputs += 1;
            };
            match &self.expected.records()[index] {
                Record::Same => lay(self.records[index]),
                Record::Outputs(all) => all.iter().for_each(|output| lay(output)),
                Record::Dropped | Record::Failed => {}
            }
            if outputs > before {
                held.push(index);
            }
        }
        framing.trim(&mut bytes);
        if outputs != metadata.records {
            return Err(format!("it states {} outputs, {outputs} were sent into its range", metadata.records));
        }
        if bytes != body {
            return Err("its bytes are not those of the records of its range".to_owned());
        }
        Ok(held)
    }

    /// The shard of an object whose name does not tell it: the one that has its first record.
    fn only_shard_with(&self, metadata: &ObjectMetadata) -> Option<u64> {
        self.shards.iter().find(|(_, records)| records.contains_key(&metadata.first)).map(|(shard, _)| *shard)
    }

    /// The records whose documents an error object holds.
    fn compare_errors(&self, body: &[u8]) -> Result<Vec<usize>, String> {
        let lines = body.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| self.compare_error(line)).collect()
    }

    fn compare_error(&self, line: &[u8]) -> Result<usize, String> {
        let document = ParsedErrorRecord::parse(line).map_err(|error| error.to_string())?;
        let place = document.shard_id.zip(document.sequence_number);
        let index = place
            .and_then(|(shard, number)| self.shards.get(&shard.number())?.get(&number).copied())
            .ok_or("an error document is of a record that was not sent")?;
        if document.raw_data != self.records[index] {
            return Err("an error document holds other data than its record".to_owned());
        }
        Ok(index)
    }
}
