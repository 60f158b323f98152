//! Which records lie in the bucket already: those within the range of a batch of which every object is there.

use std::ops::{Bound, RangeBounds as _};

use anyhow::bail;
use penstock_format::SequenceNumber;
use penstock_format::coverage::{self, Entry};

use crate::deployment::Deployment;
use crate::verify::objects::{self, Read, Which};

/// A whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Its first record.
    pub first: SequenceNumber,
    /// Its last record.
    pub last: SequenceNumber,
    /// Its records of the stream.
    pub records: u64,
    /// Of these, failed.
    pub failed: u64,
}

/// Ranges of whole batches, by their beginnings. They may contain each other.
#[derive(Debug, Clone, Default)]
pub struct Covered(Vec<Range>);

impl Covered {
    /// Of the stream's records of a shard.
    pub fn of_shard(entries: &[Entry], shard: u64) -> Self {
        Self::of(entries.iter().filter(|entry| !entry.is_replayed() && entry.shard == Some(shard)))
    }

    /// Of records that were replayed from error objects, of all shards.
    pub fn of_replayed(entries: &[Entry]) -> Self {
        Self::of(entries.iter().filter(|entry| entry.is_replayed()))
    }

    fn of<'e>(entries: impl Iterator<Item = &'e Entry>) -> Self {
        let whole = coverage::Batch::all_of(entries).into_iter().filter(coverage::Batch::is_whole);
        let range = |batch: coverage::Batch<'_>| {
            let ((first, last), (records, failed)) = (batch.range(), batch.counts());
            Range { first: *first, last: *last, records, failed }
        };
        let mut ranges: Vec<Range> = whole.map(range).collect();
        ranges.sort_by_key(|range| (range.first, range.last));
        Self(ranges)
    }

    /// The last record of all.
    pub fn last(&self) -> Option<SequenceNumber> {
        self.0.iter().map(|range| range.last).max()
    }

    /// A range that holds both of these.
    pub fn around(&self, first: &SequenceNumber, last: &SequenceNumber) -> Option<&Range> {
        // Ranges may contain each other, so the nearest beginning is not enough.
        self.0.iter().take_while(|range| range.first <= *first).find(|range| *last <= range.last)
    }

    /// Records of the batches that lie within these numbers, each once.
    pub fn records_within(&self, numbers: &(Bound<SequenceNumber>, Bound<SequenceNumber>)) -> u64 {
        let (mut records, mut counted) = (0, None);
        for range in self.0.iter().filter(|range| numbers.contains(&range.first) && numbers.contains(&range.last)) {
            if counted.is_none_or(|counted| counted < range.first) {
                records += range.records;
                counted = Some(range.last);
            }
        }
        records
    }
}

/// Reads what the bucket holds of the environment's stream; refuses where ranges do not tell what is covered.
pub async fn read(deployment: &Deployment, is_quiet: bool) -> anyhow::Result<Read> {
    if deployment.environment.event_source_mapping.parallelization_factor > 1 {
        bail!(
            "replay from the stream: with a parallelization_factor above 1 ranges of a shard interleave, and what is \
             covered cannot be told from them"
        );
    }
    if !deployment.environment.event_source_mapping.filters.is_empty() {
        bail!("replay from the stream: the mapping has filters, and what they left out would be taken for missing");
    }
    let read = objects::read(deployment, Which { is_quiet, ..Which::default() }).await?;
    if read.entries.iter().any(|entry| entry.shard.is_none()) {
        bail!("replay from the stream: object_name tells no shard, so that what is covered of which cannot be told");
    }
    Ok(read)
}

/// Ranges for tests: first, last, records.
#[cfg(test)]
pub fn covered(ranges: &[(u64, u64, u64)]) -> Covered {
    let range = |(first, last, records): &(u64, u64, u64)| Range {
        first: number(*first),
        last: number(*last),
        records: *records,
        failed: 0,
    };
    Covered(ranges.iter().map(range).collect())
}

/// A number as long as the stream's.
#[cfg(test)]
pub fn number(n: u64) -> SequenceNumber {
    SequenceNumber::parse(&format!("49{n:054}")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_covered_within_any_range() {
        let ranges = covered(&[(1, 100, 3), (5, 9, 2), (200, 300, 9)]);
        for (n, expected) in [(0, false), (1, true), (50, true), (100, true), (101, false), (250, true), (301, false)] {
            assert_eq!(ranges.around(&number(n), &number(n)).is_some(), expected, "{n}");
        }
        assert_eq!(ranges.last(), Some(number(300)));
    }

    #[test]
    fn records_between_two_are_counted_once() {
        let ranges = covered(&[(1, 100, 3), (5, 9, 2), (101, 120, 4), (110, 115, 1), (200, 300, 9)]);
        for (first, last, expected) in [(1, 120, 7), (1, 99, 2), (2, 120, 6), (1, 300, 16), (400, 500, 0)] {
            let numbers = (Bound::Included(number(first)), Bound::Included(number(last)));
            assert_eq!(ranges.records_within(&numbers), expected, "{first} to {last}");
        }
        assert_eq!(ranges.records_within(&(Bound::Included(number(1)), Bound::Excluded(number(100)))), 2);
    }
}
