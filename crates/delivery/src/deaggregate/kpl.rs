//! Aggregates of the Kinesis Producer Library: many user records in one Kinesis record.
//!
//! `F3 89 9A C2`, a message `AggregatedRecord` of proto2, and the MD5 of the message: `aggregation-format.md` of
//! awslabs/amazon-kinesis-producer. What is no aggregate is a record like any other, by the rules of the KCL
//! (`AggregatorUtil.java`). One thing is ours: where a user record names a partition key that the table has not, the
//! KCL drops what follows, and here the whole record fails.
//!
//! Left out: explicit hash keys, which say to which shard a record was to go, and tags, which nobody writes.

use md5::{Digest, Md5};

use super::protobuf::{Fields, Invalid, Value};

/// What an aggregate begins with.
const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];

/// Bytes of an MD5.
const DIGEST_BYTES: usize = 16;

/// An aggregate: what it says, not yet whether that fits together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Aggregate<'d> {
    partition_keys: Vec<&'d [u8]>,
    records: Vec<Entry<'d>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry<'d> {
    partition_key_index: u64,
    data: &'d [u8],
}

/// A user record of an aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aggregated<'d> {
    /// Its own partition key; text, if the producer kept to the format.
    pub(super) partition_key: &'d [u8],
    /// What the producer put.
    pub(super) data: &'d [u8],
}

/// A user record names a partition key that the table has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IndexOutOfRange {
    /// What it names.
    pub(super) index: u64,
    /// How many the table has.
    pub(super) keys: usize,
}

/// Whether `data` begins as an aggregate does: all that a record which is none is asked.
pub(super) fn has_magic(data: &[u8]) -> bool {
    data.starts_with(&MAGIC)
}

/// The aggregate that `data` is; none where it is not one, and goes on as it is.
///
/// It is none if it is shorter than the magic, begins with something else, has nothing between magic and digest, another
/// digest, bytes that are no message, or a record without its key's index or its data. Fields that are not known are
/// passed over.
pub(super) fn read(data: &[u8]) -> Option<Aggregate<'_>> {
    let (message, digest) = data.strip_prefix(&MAGIC)?.split_last_chunk::<DIGEST_BYTES>()?;
    if message.is_empty() || Md5::digest(message).as_slice() != digest {
        return None;
    }
    Aggregate::read(message).ok()
}

impl<'d> Aggregate<'d> {
    fn read(message: &'d [u8]) -> Result<Self, Invalid> {
        let mut aggregate = Self { partition_keys: Vec::new(), records: Vec::new() };
        let mut fields = Fields(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Value::Bytes(key)) => aggregate.partition_keys.push(key),
                (3, Value::Bytes(record)) => aggregate.records.push(Entry::read(record)?),
                _ => {}
            }
        }
        Ok(aggregate)
    }

    /// The user records, in order. The table may stand behind the records that name its keys.
    pub(super) fn user_records(&self) -> impl Iterator<Item = Result<Aggregated<'d>, IndexOutOfRange>> {
        self.records.iter().map(|entry| {
            let index = usize::try_from(entry.partition_key_index).ok();
            let out_of_range = IndexOutOfRange { index: entry.partition_key_index, keys: self.partition_keys.len() };
            let partition_key = index.and_then(|index| self.partition_keys.get(index)).ok_or(out_of_range)?;
            Ok(Aggregated { partition_key, data: entry.data })
        })
    }
}

impl<'d> Entry<'d> {
    /// Where a field stands twice the last one counts, as everywhere in Protocol Buffers.
    fn read(message: &'d [u8]) -> Result<Self, Invalid> {
        let (mut index, mut data) = (None, None);
        let mut fields = Fields(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Value::Varint(value)) => index = Some(value),
                (3, Value::Bytes(value)) => data = Some(value),
                _ => {}
            }
        }
        Ok(Self { partition_key_index: index.ok_or(Invalid)?, data: data.ok_or(Invalid)? })
    }
}
