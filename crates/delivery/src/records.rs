//! The records of one batch: views into one arena.
//!
//! The decoded data of a batch lies in one buffer, each record followed by the framing's delimiter, in the order of
//! the shard. A record is a span of it and its identity. Where a transform changes nothing, the buffer itself is the
//! body that goes to S3; nothing is copied and nothing is allocated a record.

use std::borrow::Cow;

use penstock_format::{ArrivalTime, SequenceDigits, SequenceNumber, ShardId};

use crate::limits::RECORDS_PER_BATCH_MAX;

/// Their sequence numbers take half of a processor's nearest cache.
const RECORDS_FETCHED_TOGETHER: usize = 128;

/// The records of one batch, all of one shard, in their order.
#[derive(Debug)]
pub struct KinesisRecords<'e> {
    stream_arn: &'e str,
    shard_id: ShardId,
    records: Vec<KinesisRecord<'e>>,
    arena: Vec<u8>,
    suffix: Vec<u8>,
    range: Option<(SequenceDigits<'e>, SequenceDigits<'e>)>,
}

/// One record of the stream: its identity, and where in the arena its data lies.
#[derive(Debug, Clone)]
pub struct KinesisRecord<'e> {
    /// Its position in the shard.
    pub sequence_number: SequenceDigits<'e>,
    /// Its ordinal among the records of the batch that have this sequence number, from 0: user records out of one
    /// Kinesis record, or several of an event that Lambda has de-aggregated for enhanced fan-out.
    pub sub_sequence_number: u64,
    /// Kinesis's partition key, as the producer gave it.
    pub partition_key: Cow<'e, str>,
    /// When Kinesis took it.
    pub arrival: ArrivalTime,
    start: usize,
    end: usize,
}

/// Which record of the stream it is, and whose.
#[derive(Debug, Clone)]
pub struct Identity<'e> {
    /// Its position in the shard.
    pub sequence_number: SequenceDigits<'e>,
    /// Kinesis's partition key.
    pub partition_key: Cow<'e, str>,
    /// When Kinesis took it.
    pub arrival: ArrivalTime,
}

/// What a transform sees of a record.
#[derive(Debug, Clone, Copy)]
pub struct UserRecord<'r> {
    /// The record's data, as the producer put it.
    pub data: &'r [u8],
    /// Kinesis's partition key.
    pub partition_key: &'r str,
    /// Its position in the shard.
    pub sequence_number: SequenceDigits<'r>,
    /// Its place within that position: 0 unless the record was aggregated.
    pub sub_sequence_number: u64,
    /// When Kinesis took it; the only time there is.
    pub arrival: ArrivalTime,
}

/// A batch has more records than [`RECORDS_PER_BATCH_MAX`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the event has more than {RECORDS_PER_BATCH_MAX} records")]
pub struct TooManyRecords;

impl<'e> KinesisRecords<'e> {
    /// The stream's ARN: the stream's even when the event came through a consumer.
    pub fn stream_arn(&self) -> &'e str {
        self.stream_arn
    }

    /// The shard all records are of.
    pub fn shard_id(&self) -> ShardId {
        self.shard_id
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records, in the order of the shard.
    pub fn records(&self) -> &[KinesisRecord<'e>] {
        &self.records
    }

    /// The same, where their sequence numbers are to be read. These lie in the event, a few hundred bytes apart, and have
    /// left the processor's caches since it was walked: asked for one by one, between other work, each is waited for;
    /// asked for together they come together.
    pub fn fetched(&self) -> impl Iterator<Item = &KinesisRecord<'e>> {
        self.records.chunks(RECORDS_FETCHED_TOGETHER).flat_map(|together| {
            let ends = |own: &KinesisRecord<'e>| {
                let digits = own.sequence_number.as_bytes();
                digits.first().copied().unwrap_or(0) ^ digits.last().copied().unwrap_or(0)
            };
            std::hint::black_box(together.iter().fold(0, |all, own| all ^ ends(own)));
            together
        })
    }

    /// The lowest and the highest sequence number of the batch, which are the first and the last: a shard's records
    /// ascend. Records that were taken apart have the range of the batch that they came from, also where none is left.
    pub fn range(&self) -> Option<(SequenceNumber, SequenceNumber)> {
        self.range.map(|(lowest, highest)| (lowest.number(), highest.number()))
    }

    /// What a transform sees of `record`, which must be one of these.
    pub fn view<'r>(&'r self, record: &'r KinesisRecord<'e>) -> UserRecord<'r> {
        UserRecord {
            data: &self.arena[record.start..record.end],
            partition_key: &record.partition_key,
            sequence_number: record.sequence_number,
            sub_sequence_number: record.sub_sequence_number,
            arrival: record.arrival,
        }
    }

    /// What a transform sees of each record, in order.
    pub fn user_records(&self) -> impl Iterator<Item = UserRecord<'_>> {
        self.records.iter().map(|record| self.view(record))
    }

    /// All data, each record's followed by the delimiter it was laid down with.
    pub fn arena(&self) -> &[u8] {
        &self.arena
    }

    /// The delimiter that follows each record in the arena.
    pub fn suffix(&self) -> &[u8] {
        &self.suffix
    }

    /// Gives the arena away, as the body of an object.
    pub fn into_arena(self) -> Vec<u8> {
        self.arena
    }
}

/// Lays records down, one after the other.
#[derive(Debug)]
pub struct RecordsBuilder<'e> {
    records: KinesisRecords<'e>,
}

impl<'e> RecordsBuilder<'e> {
    /// Begins a batch of `shard_id`. `suffix` is laid behind each record's data: the framing's delimiter.
    /// `capacity_bytes` is room for all data, when it is known.
    pub fn new(stream_arn: &'e str, shard_id: ShardId, suffix: &[u8], capacity_bytes: usize) -> Self {
        let records = KinesisRecords {
            stream_arn,
            shard_id,
            records: Vec::new(),
            arena: Vec::with_capacity(capacity_bytes),
            suffix: suffix.to_vec(),
            range: None,
        };
        Self { records }
    }

    /// Begins the batch that `whole` becomes once it is taken apart: of the same shard, delimiter and range.
    pub(crate) fn apart_from(whole: &KinesisRecords<'e>) -> Self {
        let mut builder = Self::new(whole.stream_arn, whole.shard_id, &whole.suffix, whole.arena.len());
        builder.records.range = whole.range;
        builder
    }

    /// How many records there are so far.
    #[expect(clippy::len_without_is_empty, reason = "a batch that is being laid down is asked for no more")]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Takes back all but the first `len` records, for a Kinesis record that turns out not to come apart.
    pub(crate) fn truncate(&mut self, len: usize) {
        if let Some(first) = self.records.records.get(len) {
            self.records.arena.truncate(first.start);
            self.records.records.truncate(len);
        }
    }

    /// Adds a user record out of `whole`, with an ordinal that the caller has counted.
    pub(crate) fn push_part(
        &mut self,
        whole: &KinesisRecord<'e>,
        sub_sequence_number: u64,
        partition_key: Cow<'e, str>,
        data: &[u8],
    ) -> Result<(), TooManyRecords> {
        let batch = &mut self.records;
        if batch.records.len() == RECORDS_PER_BATCH_MAX {
            return Err(TooManyRecords);
        }
        let start = batch.arena.len();
        batch.arena.extend_from_slice(data);
        let end = batch.arena.len();
        batch.arena.extend_from_slice(&batch.suffix);
        let (sequence_number, arrival) = (whole.sequence_number, whole.arrival);
        batch.records.push(KinesisRecord { sequence_number, sub_sequence_number, partition_key, arrival, start, end });
        Ok(())
    }

    /// Room for so many records in all, where it is known: their identities are then laid down without being moved.
    pub fn reserve(&mut self, records: usize) {
        let records = records.min(RECORDS_PER_BATCH_MAX);
        self.records.records.reserve_exact(records.saturating_sub(self.records.len()));
    }

    /// Adds a record whose data `write` appends to the arena. What `write` appended before an error is taken back.
    pub fn push<E: From<TooManyRecords>>(
        &mut self,
        sequence_number: SequenceDigits<'e>,
        partition_key: Cow<'e, str>,
        arrival: ArrivalTime,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut open = self.open()?;
        match write(open.arena()) {
            Ok(()) => {
                open.close(Identity { sequence_number, partition_key, arrival });
                Ok(())
            }
            Err(error) => {
                open.give_up();
                Err(error)
            }
        }
    }

    /// Begins a record, of which it may be known only behind its data which one it is.
    #[inline]
    pub fn open(&mut self) -> Result<OpenRecord<'_, 'e>, TooManyRecords> {
        let batch = &mut self.records;
        if batch.records.len() == RECORDS_PER_BATCH_MAX {
            return Err(TooManyRecords);
        }
        let start = batch.arena.len();
        Ok(OpenRecord { batch, start })
    }

    /// The batch.
    pub fn finish(self) -> KinesisRecords<'e> {
        self.records
    }
}

/// A record whose data is being appended to the arena.
#[derive(Debug)]
#[must_use = "what is neither closed nor given up leaves its data in the arena"]
pub struct OpenRecord<'b, 'e> {
    batch: &'b mut KinesisRecords<'e>,
    start: usize,
}

impl<'e> OpenRecord<'_, 'e> {
    /// Where its data is appended.
    #[inline]
    pub fn arena(&mut self) -> &mut Vec<u8> {
        &mut self.batch.arena
    }

    /// All of its data is there, and this is who it is.
    #[inline]
    pub fn close(self, identity: Identity<'e>) {
        let Self { batch, start } = self;
        let Identity { sequence_number, partition_key, arrival } = identity;
        let sub_sequence_number = match &mut batch.range {
            // A shard's records ascend.
            Some((_, highest)) if *highest < sequence_number => {
                *highest = sequence_number;
                0
            }
            Some((lowest, _)) => {
                *lowest = sequence_number.min(*lowest);
                ordinal(&batch.records, sequence_number)
            }
            None => {
                batch.range = Some((sequence_number, sequence_number));
                0
            }
        };
        let end = batch.arena.len();
        match batch.suffix[..] {
            [newline] => batch.arena.push(newline),
            _ => batch.arena.extend_from_slice(&batch.suffix),
        }
        batch.records.push(KinesisRecord { sequence_number, sub_sequence_number, partition_key, arrival, start, end });
    }

    /// Nothing becomes of it: its data is taken back.
    #[inline]
    pub fn give_up(self) {
        self.batch.arena.truncate(self.start);
    }
}

/// How many of `records` have this sequence number already. A shard's records ascend, so that this looks at the last
/// one; only an event that repeats a number out of order makes it look through all of them.
fn ordinal(records: &[KinesisRecord<'_>], sequence_number: SequenceDigits<'_>) -> u64 {
    match records.last() {
        Some(last) if last.sequence_number == sequence_number => last.sub_sequence_number + 1,
        _ => records.iter().filter(|record| record.sequence_number == sequence_number).count() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(numbers: &[&'static str]) -> KinesisRecords<'static> {
        let shard = ShardId::parse("shardId-000000000006").unwrap();
        let mut builder = RecordsBuilder::new("arn:aws:kinesis:us-east-1:123456789012:stream/s", shard, b"\n", 0);
        for number in numbers {
            let arrival = ArrivalTime::from_millis(1_545_084_650_987).unwrap();
            builder
                .push::<TooManyRecords>(SequenceDigits::parse(*number).unwrap(), "k".into(), arrival, |arena| {
                    arena.extend_from_slice(number.as_bytes());
                    Ok(())
                })
                .unwrap();
        }
        builder.finish()
    }

    #[test]
    fn repeated_sequence_numbers_are_counted() {
        for (name, numbers, expected) in [
            ("ascending", &["1", "2", "3"][..], &[0, 0, 0][..]),
            ("repeated", &["1", "1", "1", "2"], &[0, 1, 2, 0]),
            ("repeated later", &["1", "2", "1", "2"], &[0, 0, 1, 1]),
        ] {
            let ordinals: Vec<u64> = batch(numbers).records().iter().map(|r| r.sub_sequence_number).collect();
            assert_eq!(ordinals, expected, "{name}");
        }
    }

    #[test]
    fn the_arena_is_the_framed_body_and_views_leave_the_delimiter_out() {
        let batch = batch(&["10", "200"]);
        assert_eq!(batch.arena(), b"10\n200\n");
        assert_eq!(batch.user_records().map(|r| r.data).collect::<Vec<_>>(), [&b"10"[..], b"200"]);
    }

    #[test]
    fn a_record_that_cannot_be_written_leaves_nothing_behind() {
        #[derive(Debug, PartialEq)]
        struct Broken;
        impl From<TooManyRecords> for Broken {
            fn from(_: TooManyRecords) -> Self {
                unreachable!("one record is not too many")
            }
        }
        let shard = ShardId::parse("shardId-000000000000").unwrap();
        let mut builder = RecordsBuilder::new("arn:aws:kinesis:us-east-1:123456789012:stream/s", shard, b"\n", 0);
        let arrival = ArrivalTime::from_millis(0).unwrap();
        let result = builder.push(SequenceDigits::parse("1").unwrap(), "k".into(), arrival, |arena| {
            arena.extend_from_slice(b"half");
            Err(Broken)
        });
        assert_eq!(result, Err(Broken));
        let batch = builder.finish();
        assert!(batch.is_empty() && batch.arena().is_empty());
    }
}
