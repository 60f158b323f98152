//! What a bucket covers of a stream, told from what objects say of themselves: which batches are complete, which lie twice,
//! which overlap.
//!
//! Records that were replayed from error objects are counted by themselves: the batch in which they failed holds them as
//! failed ones, and its error object says so.
//!
//! What it cannot tell: sequence numbers are not dense, so that a gap between two batches is no proof of a loss; and a batch
//! of which every record was dropped leaves no object. Counts have to be held against the stream's own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Digest128, ErrorSource, ObjectMetadata, ObjectRole, SequenceNumber};

/// An object, as its key and its metadata tell it. Some 500 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// The shard's number, where the key tells it.
    pub shard: Option<u64>,
    /// What it says of itself.
    pub metadata: ObjectMetadata,
}

impl Entry {
    /// Whether it holds records that were replayed from an error object.
    pub fn is_replayed(&self) -> bool {
        ErrorSource::is_of_one(&self.metadata.batch_first)
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Objects of a batch are not there, and no other batch holds its records: they are lost, as far as the bucket tells.
    Missing {
        /// An object of the batch that is there.
        key: String,
        /// How many of its objects are there.
        there: u32,
        /// How many it has.
        of: u32,
    },
    /// Two batches share some of their range: records in it may lie twice.
    Overlap {
        /// The object.
        key: String,
        /// An object of the other batch.
        with: String,
    },
    /// All that it holds lies in other objects as well: it can go.
    Duplicate {
        /// The object.
        key: String,
        /// An object that holds the same, or of the batch that does.
        within: String,
    },
}

/// What is covered of one shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardCoverage {
    /// The shard's number; none where keys do not tell it.
    pub shard: Option<u64>,
    /// Objects.
    pub objects: u64,
    /// Batches that are complete, and whose range is in no other.
    pub batches: u64,
    /// Records of these batches.
    pub records: u64,
    /// Records of the stream in them: as many, unless records were taken apart.
    pub kinesis_records: u64,
    /// Of these, left out by the transform.
    pub dropped: u64,
    /// Of these, failed.
    pub failed: u64,
    /// The first sequence number of all.
    pub first: Option<SequenceNumber>,
    /// The last one.
    pub last: Option<SequenceNumber>,
}

impl ShardCoverage {
    fn count(&mut self, other: &Self) {
        self.objects += other.objects;
        self.batches += other.batches;
        self.records += other.records;
        self.kinesis_records += other.kinesis_records;
        self.dropped += other.dropped;
        self.failed += other.failed;
    }
}

/// What is covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By shard, in their order.
    pub shards: Vec<ShardCoverage>,
    /// What was replayed from error objects, of all shards together, without a range. Its records are in the shards' counts
    /// already, as failed ones.
    pub replayed: ShardCoverage,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
}

/// The objects that were made of one batch of a shard, together.
#[derive(Debug)]
pub struct Batch<'e> {
    /// Those that are there; at least one.
    pub entries: Vec<&'e Entry>,
}

impl<'e> Batch<'e> {
    /// The batches of these objects: shard by shard, in the order of their beginnings, the longer one first.
    pub fn all_of(entries: impl Iterator<Item = &'e Entry>) -> Vec<Self> {
        let mut batches: BTreeMap<_, Self> = BTreeMap::new();
        for entry in entries.filter(|entry| entry.metadata.role != ObjectRole::Backup) {
            let own = &entry.metadata;
            let place = (entry.shard, &own.batch_first, Reverse(&own.batch_last), own.batch_records);
            batches.entry(place).or_insert_with(|| Self { entries: Vec::new() }).entries.push(entry);
        }
        batches.into_values().collect()
    }

    /// The shard's number, where keys tell it.
    pub fn shard(&self) -> Option<u64> {
        self.entries[0].shard
    }

    fn metadata(&self) -> &ObjectMetadata {
        &self.entries[0].metadata
    }

    /// Its records of the stream, and how many records failed.
    pub fn counts(&self) -> (u64, u64) {
        (self.metadata().batch_kinesis_records, self.metadata().batch_failed)
    }

    /// Its first and its last record.
    pub fn range(&self) -> (&SequenceNumber, &SequenceNumber) {
        (&self.metadata().batch_first, &self.metadata().batch_last)
    }

    fn there(&self) -> u32 {
        let indexes: BTreeSet<u32> = self.entries.iter().map(|entry| entry.metadata.object_index).collect();
        u32::try_from(indexes.len()).unwrap_or(u32::MAX)
    }

    /// Whether all of its objects are there.
    pub fn is_whole(&self) -> bool {
        self.there() >= self.metadata().object_count
    }
}

impl Coverage {
    /// Of these objects. `interleaves` where a `ParallelizationFactor` above 1 lets the ranges of one shard interleave:
    /// then, as where the shard is not known, two ranges that meet mean nothing, and only what is the same is found.
    pub fn of(entries: &[Entry], interleaves: bool) -> Self {
        let mut shards: BTreeMap<(bool, Option<u64>), Vec<&Entry>> = BTreeMap::new();
        // A backup holds what its batch's other objects are made of: it covers nothing, and may lie elsewhere.
        for entry in entries.iter().filter(|entry| entry.metadata.role != ObjectRole::Backup) {
            shards.entry((entry.is_replayed(), entry.shard)).or_default().push(entry);
        }
        let mut coverage = Self::default();
        for ((is_replayed, shard), entries) in shards {
            // A range of what was replayed is of one source, wherever its key is.
            let told = coverage.judge(shard, &entries, !is_replayed && (interleaves || shard.is_none()));
            if is_replayed {
                coverage.replayed.count(&told);
            } else {
                coverage.shards.push(told);
            }
        }
        coverage.findings.sort();
        coverage
    }

    fn judge(&mut self, shard: Option<u64>, entries: &[&Entry], interleaves: bool) -> ShardCoverage {
        let duplicates = self.twice(entries);
        let once = entries.iter().copied().filter(|entry| !duplicates.contains(entry.key.as_str()));
        let (complete, incomplete): (Vec<Batch<'_>>, Vec<Batch<'_>>) =
            Batch::all_of(once).into_iter().partition(Batch::is_whole);
        let mut told = ShardCoverage {
            shard,
            objects: entries.len() as u64,
            first: entries.iter().map(|entry| &entry.metadata.batch_first).min().copied(),
            last: entries.iter().map(|entry| &entry.metadata.batch_last).max().copied(),
            ..ShardCoverage::default()
        };
        let mut covering: Option<&Batch<'_>> = None;
        for batch in &complete {
            let (first, last) = batch.range();
            let (key, other) = (&batch.entries[0].key, covering.map(|own| own.entries[0].key.clone()));
            match covering.map(|own| own.range().1) {
                Some(covered) if !interleaves && last <= covered => {
                    let duplicate = |entry: &&Entry| Finding::Duplicate {
                        key: entry.key.clone(),
                        within: other.clone().unwrap_or_default(),
                    };
                    self.findings.extend(batch.entries.iter().map(duplicate));
                    continue;
                }
                Some(covered) if !interleaves && first <= covered => {
                    self.findings.push(Finding::Overlap { key: key.clone(), with: other.unwrap_or_default() });
                }
                _ => {}
            }
            told.batches += 1;
            told.records += batch.metadata().batch_records;
            told.kinesis_records += batch.metadata().batch_kinesis_records;
            told.dropped += batch.metadata().batch_dropped;
            told.failed += batch.metadata().batch_failed;
            covering = Some(batch);
        }
        for batch in &incomplete {
            self.findings.extend(incomplete_one(batch, &complete, interleaves));
        }
        told
    }

    /// Objects that hold the same set in the same role: all but the first of each. A retry under another prefix leaves
    /// such ones.
    fn twice<'e>(&mut self, entries: &[&'e Entry]) -> BTreeSet<&'e str> {
        let mut seen: BTreeMap<(ObjectRole, Digest128, &SequenceNumber, &SequenceNumber), &str> = BTreeMap::new();
        let mut twice = BTreeSet::new();
        for entry in entries {
            let own = &entry.metadata;
            match seen.entry((own.role, own.digest, &own.first, &own.last)) {
                std::collections::btree_map::Entry::Vacant(vacant) => {
                    vacant.insert(&entry.key);
                }
                std::collections::btree_map::Entry::Occupied(first) => {
                    let (key, within) = (entry.key.clone(), (*first.get()).to_owned());
                    self.findings.push(Finding::Duplicate { key, within });
                    twice.insert(entry.key.as_str());
                }
            }
        }
        twice
    }

    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Records of all batches that are counted, each as often as the stream had it.
    pub fn records(&self) -> u64 {
        self.shards.iter().map(|shard| shard.records).sum()
    }

    /// Records of the stream in all batches that are counted.
    pub fn kinesis_records(&self) -> u64 {
        self.shards.iter().map(|shard| shard.kinesis_records).sum()
    }
}

/// What an incomplete batch means: the rest of one that was cut anew later, or a loss.
fn incomplete_one(batch: &Batch<'_>, complete: &[Batch<'_>], interleaves: bool) -> Vec<Finding> {
    let (first, last) = batch.range();
    let covers = |own: &&Batch<'_>| own.range().0 <= first && last <= own.range().1;
    match complete.iter().find(covers).filter(|_| !interleaves) {
        Some(own) => {
            let within = &own.entries[0].key;
            let duplicate = |entry: &&Entry| Finding::Duplicate { key: entry.key.clone(), within: within.clone() };
            batch.entries.iter().map(duplicate).collect()
        }
        None => vec![Finding::Missing {
            key: batch.entries[0].key.clone(),
            there: batch.there(),
            of: batch.metadata().object_count,
        }],
    }
}

#[cfg(test)]
mod tests;
