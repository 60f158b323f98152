//! Where the input's records lay in the stream: by shard and sequence number, each with its lane.

use std::collections::BTreeMap;

use anyhow::Context as _;
use penstock_format::{SequenceNumber, ShardId};

use super::events::RunRecord;

/// The input by shard and sequence number, as the stream took it.
#[derive(Debug, Default)]
pub struct Places {
    shards: BTreeMap<u64, BTreeMap<SequenceNumber, Place>>,
}

/// One record's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its number in the input.
    pub index: usize,
    /// Its lane.
    pub lane: u32,
}

impl Places {
    /// All that the stream told. A number that is none of the input's is an error.
    pub fn of(records: &[RunRecord], sent: usize) -> anyhow::Result<Self> {
        let mut places = Self::default();
        for record in records {
            let index = usize::try_from(record.index).ok().filter(|index| *index < sent);
            let index = index.with_context(|| format!("record {} was told of, {sent} were sent", record.index))?;
            let place = Place { index, lane: record.lane };
            places.shards.entry(shard(&record.shard_id)?).or_default().insert(number(&record.sequence_number)?, place);
        }
        Ok(places)
    }

    /// The record at a place.
    pub fn get(&self, shard: u64, number: &SequenceNumber) -> Option<Place> {
        self.shards.get(&shard)?.get(number).copied()
    }

    /// The records of one lane of a shard from `first` to `last`, in their order.
    pub fn range(
        &self,
        shard: u64,
        lane: u32,
        first: SequenceNumber,
        last: SequenceNumber,
    ) -> impl Iterator<Item = usize> {
        let shard = self.shards.get(&shard).filter(|_| first <= last);
        let range = shard.into_iter().flat_map(move |shard| shard.range(first..=last));
        range.filter(move |(_, place)| place.lane == lane).map(|(_, place)| place.index)
    }

    /// The shard that has this record.
    pub fn shard_with(&self, number: &SequenceNumber) -> Option<u64> {
        self.shards.iter().find(|(_, records)| records.contains_key(number)).map(|(shard, _)| *shard)
    }
}

/// The number in a shard id.
pub fn shard(id: &str) -> anyhow::Result<u64> {
    ShardId::parse(id).map(ShardId::number).context("the stream told a shard id that is none")
}

/// A sequence number.
pub fn number(text: &str) -> anyhow::Result<SequenceNumber> {
    SequenceNumber::parse(text).context("the stream told no sequence number")
}
