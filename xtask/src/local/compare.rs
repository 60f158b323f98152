//! Reads the objects of a run back and holds them against what was sent.
//!
//! An object states its shard's range and how many outputs it holds. The records that were sent into that range, in the
//! lane of the object's first one, as the transform answers for them, laid down in the order of the shard, must be the
//! object's very bytes; where there are partitions, those of one of them, which the key names.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use penstock_delivery::DeliveryConfig;
use penstock_format::{Envelope, Framing, Lines, ObjectMetadata, ObjectRole, ParsedErrorRecord};

use super::events::ObjectStored;
use super::expected::{Expected, Part, Placed, Record};
use super::fate::{Fate, fates};
use super::order;
use super::outcome::Outcome;
use super::places::Places;
use crate::exit::{self, Exit};

/// Bytes that an object may have when it is read back: many times what an invocation can hold.
const OBJECT_BYTES_MAX: usize = 1 << 30;

/// Differences that are told one by one.
const DIFFERENCES_SHOWN_MAX: usize = 10;

/// What came out, held against what went in. Each record that was sent is one of kept, dropped, failed, filtered,
/// discarded, expired and missing.
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
    /// Records that match no filter, and lie nowhere.
    pub filtered: u64,
    /// Records of batches that were given up, and that lie in no object.
    pub discarded: u64,
    /// Records that left the stream before they were delivered, and that lie in no object.
    pub expired: u64,
    /// Records that lie nowhere and should.
    pub missing: u64,
    /// Records that lie in more than one object.
    pub doubled: u64,
    /// Objects that hold something else than they should, and orders that are broken, in words; a bounded number.
    pub differences: Vec<String>,
    /// Why records failed: by its code, how many did, and what the first of them says.
    pub reasons: BTreeMap<String, Reason>,
    /// For each record of the input, whether it may lie nowhere: filtered, discarded or expired.
    pub excused: Vec<bool>,
}

/// How many records failed for a reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Reason {
    /// So many.
    pub records: u64,
    /// What the document of the first one says.
    pub message: String,
}

impl Comparison {
    /// Whether nothing is missing, and nothing is there that should not be.
    pub fn is_complete(&self) -> bool {
        self.missing == 0 && self.differences.is_empty()
    }

    /// How a run with this comparison ends. A record in two objects is a sign of a batch that was cut anew, or of
    /// something wrong, although nothing is missing; one that was given up or expired is lost to the bucket.
    pub fn exit(&self) -> Exit {
        match (self.is_complete(), self.doubled + self.discarded + self.expired) {
            (false, _) => exit::PROMISE_BROKEN,
            (true, 0) => exit::DONE,
            (true, _) => exit::SUSPECTED,
        }
    }

    fn differs(&mut self, how: impl std::fmt::Display) {
        if self.differences.len() < DIFFERENCES_SHOWN_MAX {
            self.differences.push(how.to_string());
        }
    }

    /// Counts the reasons that an error object tells.
    fn count_reasons(&mut self, body: &[u8]) {
        let lines = body.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        for document in lines.filter_map(|line| ParsedErrorRecord::parse(line).ok()) {
            let message = document.error_message;
            let new = || Reason { records: 0, message };
            self.reasons.entry(document.error_code).or_insert_with(new).records += 1;
        }
    }

    /// The reasons, the commonest first.
    pub fn commonest_reasons(&self) -> Vec<(&str, &Reason)> {
        let mut reasons: Vec<(&str, &Reason)> = self.reasons.iter().map(|(code, own)| (code.as_str(), own)).collect();
        reasons.sort_by_key(|(_, own)| std::cmp::Reverse(own.records));
        reasons
    }

    /// Counts a record of which so many pieces were found.
    fn count(&mut self, record: &Record, fate: Fate, found: usize) {
        let pieces = record.pieces();
        self.doubled += u64::from(found > pieces);
        self.excused.push(fate != Fate::HandedOver);
        let counted = match (fate, found) {
            (Fate::Filtered, _) => &mut self.filtered,
            (Fate::Discarded | Fate::TooLarge, 0) => &mut self.discarded,
            (Fate::Expired, 0) => &mut self.expired,
            _ if pieces == 0 => &mut self.dropped,
            _ if found < pieces => &mut self.missing,
            _ if record.is_failed() => &mut self.failed,
            _ => &mut self.kept,
        };
        *counted += 1;
    }
}

/// Compares the objects of `outcome` with `records` and what was `expected` of them.
pub fn compare(
    config: &DeliveryConfig,
    records: &[&[u8]],
    expected: &Expected,
    outcome: &Outcome,
) -> anyhow::Result<Comparison> {
    compare_with(config, records, expected, outcome, |object| read(config, object))
}

/// The same with whatever reads an object's bytes.
fn compare_with(
    config: &DeliveryConfig,
    records: &[&[u8]],
    expected: &Expected,
    outcome: &Outcome,
    read: impl Fn(&ObjectStored) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Comparison> {
    let places = Places::of(&outcome.records, records.len())?;
    let fates = fates(outcome, &places, records.len())?;
    let sent = Sent { records, expected, places, fates };
    let mut comparison = Comparison { sent: records.len() as u64, ..Comparison::default() };
    let (mut stored, mut backed_up) = (vec![0; records.len()], vec![0; records.len()]);
    for object in &outcome.objects {
        let body = read(object)?;
        let role = role(object)?;
        if matches!(role, ObjectRole::Error(_)) {
            comparison.count_reasons(&body);
        }
        let (found, read) = match role {
            ObjectRole::Data => (&mut stored, sent.compare_data(config, object, &body)),
            ObjectRole::Error(_) => (&mut stored, sent.compare_errors(&body)),
            ObjectRole::Backup => (&mut backed_up, sent.compare_backup(config, object, &body)),
        };
        match read {
            Ok(indices) => indices.into_iter().for_each(|index| found[index] += 1),
            Err(how) => comparison.differs(format_args!("{}: {how}", object.key)),
        }
    }
    for (index, found) in stored.into_iter().enumerate() {
        comparison.count(&expected.records()[index], sent.fates[index], found);
    }
    if config.backup.is_some() {
        let handed_over = |index: &usize| sent.fates[*index] == Fate::HandedOver;
        let lost = (0..records.len()).filter(handed_over).filter(|index| backed_up[*index] == 0).count();
        if lost > 0 {
            comparison.differs(format_args!("{lost} records are not in the backup"));
        }
    }
    for broken in order::broken(&outcome.records, &outcome.attempts, &outcome.shards)? {
        comparison.differs(broken);
    }
    Ok(comparison)
}

/// The bytes of an object before its compression.
fn read(config: &DeliveryConfig, object: &ObjectStored) -> anyhow::Result<Vec<u8>> {
    let Lines { compression, .. } = &config.lines;
    let compression = match &config.backup {
        Some(backup) if role(object)? == ObjectRole::Backup => backup.compression,
        _ => compression.compression(),
    };
    let stored = std::fs::read(&object.path).with_context(|| format!("cannot read {}", object.path.display()))?;
    ensure!(stored.len() as u64 == object.bytes, "{} has not the size that S3 told", object.path.display());
    compression.decompress(&stored, OBJECT_BYTES_MAX).with_context(|| format!("cannot decompress {}", object.key))
}

/// What an object holds, as its metadata says.
fn role(object: &ObjectStored) -> anyhow::Result<ObjectRole> {
    let role = object.metadata.get("penstock-role").with_context(|| format!("{} does not say its role", object.key))?;
    role.parse().with_context(|| format!("{} says another role than there is", object.key))
}

/// The input, and what is known of each record.
struct Sent<'i> {
    records: &'i [&'i [u8]],
    expected: &'i Expected,
    places: Places,
    fates: Vec<Fate>,
}

impl Sent<'_> {
    /// The records of the range that an object states, in its first one's lane.
    fn range(
        &self,
        config: &DeliveryConfig,
        object: &ObjectStored,
        metadata: &ObjectMetadata,
    ) -> Result<impl Iterator<Item = usize>, String> {
        let name =
            config.object_name.parse_key(&config.delivery_name, &object.key).map_err(|error| error.to_string())?;
        let shard = name.shard.or_else(|| self.places.shard_with(&metadata.first));
        let shard = shard.ok_or("its key does not tell its shard")?;
        let first = self.places.get(shard, &metadata.first).ok_or("its first record was not sent into its shard")?;
        let range = self.places.range(shard, first.lane, metadata.first, metadata.last);
        Ok(range.filter(|index| !self.fates[*index].is_nowhere()))
    }

    /// The record of each output that an object of columns holds. Its rows are not read here, where nothing is built that could:
    /// that it is whole, and that as many outputs fit its columns as it states, is what is known.
    fn compare_rows(
        &self,
        config: &DeliveryConfig,
        object: &ObjectStored,
        body: &[u8],
        metadata: &ObjectMetadata,
    ) -> Result<Vec<usize>, String> {
        const MAGIC: &[u8] = b"PAR1";
        if !body.starts_with(MAGIC) || !body.ends_with(MAGIC) {
            return Err("it is no Parquet file, or is cut short".to_owned());
        }
        let mut partitions: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
        for index in self.range(config, object, metadata)? {
            match &self.expected.records()[index] {
                Record::Same => partitions.entry(&[]).or_default().push(index),
                Record::Parts(parts) => {
                    for part in parts {
                        if let Part::Output(Placed { partition, .. }) = part {
                            partitions.entry(partition).or_default().push(index);
                        }
                    }
                }
            }
        }
        // A value may be part of another, so that one which is a whole folder goes first.
        let is_folder =
            |value: &str| object.key.split('/').any(|part| part == value || part.ends_with(&format!("={value}")));
        let is_of = |(partition, held): &(&[String], Vec<usize>), is_there: &dyn Fn(&str) -> bool| {
            partition.iter().all(|value| is_there(value)) && held.len() as u64 == metadata.records
        };
        let all: Vec<(&[String], Vec<usize>)> = partitions.into_iter().collect();
        let exact = all.iter().find(|own| is_of(own, &is_folder));
        let found = exact.or_else(|| all.iter().find(|own| is_of(own, &|value| object.key.contains(value))));
        let found = found.map(|(_, held)| held.clone());
        found
            .ok_or_else(|| format!("it states {} outputs, and no partition of its range has so many", metadata.records))
    }

    /// The record of each output that a data object holds; an error in words where its bytes are not theirs.
    fn compare_data(&self, config: &DeliveryConfig, object: &ObjectStored, body: &[u8]) -> Result<Vec<usize>, String> {
        let metadata = metadata_of(&object.metadata)?;
        if config.conversion.is_some() {
            return self.compare_rows(config, object, body, &metadata);
        }
        let Lines { framing, .. } = &config.lines;
        let unwrapped = config.envelope.map(|envelope| unwrapped(framing, envelope, body)).transpose()?;
        let body = unwrapped.as_deref().unwrap_or(body);
        // By partition: its bytes, and the record of each output in it.
        let mut partitions: BTreeMap<&[String], (Vec<u8>, Vec<usize>)> = BTreeMap::new();
        let mut lay = |partition, output: &[u8], index| {
            let (bytes, held) = partitions.entry(partition).or_default();
            bytes.extend_from_slice(output);
            bytes.extend_from_slice(framing.suffix());
            held.push(index);
        };
        for index in self.range(config, object, &metadata)? {
            match &self.expected.records()[index] {
                Record::Same => lay(&[][..], self.records[index], index),
                Record::Parts(parts) => {
                    for part in parts {
                        if let Part::Output(Placed { partition, output }) = part {
                            lay(partition, output, index);
                        }
                    }
                }
            }
        }
        let mut stated = None;
        for (partition, (mut bytes, held)) in partitions {
            framing.trim(&mut bytes);
            let is_named = partition.iter().all(|value| object.key.contains(value.as_str()));
            if bytes == body && is_named && held.len() as u64 == metadata.records {
                return Ok(held);
            }
            stated = Some(held.len()).filter(|_| partition.is_empty());
        }
        Err(match stated {
            Some(outputs) if outputs as u64 != metadata.records => {
                format!("it states {} outputs, {outputs} were sent into its range", metadata.records)
            }
            Some(_) => "its bytes are not those of the records of its range".to_owned(),
            None => "its bytes are not those of any partition of its range".to_owned(),
        })
    }

    /// The records that a backup object holds: all of its range, as they came.
    fn compare_backup(
        &self,
        config: &DeliveryConfig,
        object: &ObjectStored,
        body: &[u8],
    ) -> Result<Vec<usize>, String> {
        let metadata = metadata_of(&object.metadata)?;
        let backup = config.backup.as_ref().ok_or("there is no backup")?;
        let (mut bytes, mut held) = (Vec::with_capacity(body.len()), Vec::new());
        for index in self.range(config, object, &metadata)? {
            bytes.extend_from_slice(self.records[index]);
            bytes.extend_from_slice(backup.framing.suffix());
            held.push(index);
        }
        if bytes == body { Ok(held) } else { Err("its bytes are not those of the records of its range".to_owned()) }
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
            .and_then(|(shard, number)| self.places.get(shard.number(), &number))
            .map(|place| place.index)
            .ok_or("an error document is of a record that was not sent")?;
        if self.fates[index].is_nowhere() {
            return Err("an error document is of a record that the function cannot have seen".to_owned());
        }
        let is_part = |part: &Part| matches!(part, Part::Failed(data) if *data == document.raw_data);
        let is_own = match &self.expected.records()[index] {
            Record::Same => false,
            Record::Parts(parts) => parts.iter().any(is_part),
        };
        if !is_own {
            return Err("an error document holds other data than its record".to_owned());
        }
        Ok(index)
    }
}

/// A body as it were without the envelopes around its records.
fn unwrapped(framing: &Framing, envelope: Envelope, body: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(body.len());
    for document in framing.split(body).map_err(|error| error.to_string())? {
        let parsed = envelope.parse(document).map_err(|error| error.to_string())?;
        bytes.extend_from_slice(&parsed.data);
        bytes.extend_from_slice(framing.suffix());
    }
    framing.trim(&mut bytes);
    Ok(bytes)
}

fn metadata_of(entries: &BTreeMap<String, String>) -> Result<ObjectMetadata, String> {
    ObjectMetadata::parse(|name| entries.get(name).map(String::as_str)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
