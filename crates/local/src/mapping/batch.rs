//! Records that are sent together, and what a lane tells of them.

use std::time::Duration;

use crate::events::{CutReason, DiscardCondition};
use crate::kinesis::Record;

/// A record that was read, with what the mapping knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// The record.
    pub record: Record,
    /// The size of its part of an event.
    pub part_bytes: usize,
    /// Its number among the records that were read from its shard, from 0.
    pub ordinal: u64,
}

/// Records that are sent together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// In the order of the shard; at least one.
    pub records: Vec<Polled>,
    /// Attempts that were made for these records together, and that count.
    pub attempts: u64,
    /// What the last attempt that counted came to, if there was one.
    pub last_failure: Option<Failure>,
    /// Failures in a row, throttles included, for the back-off.
    pub(super) failures: u64,
    /// When it is sent.
    pub(super) ready_at: Duration,
    pub(super) fate: Option<Fate>,
}

/// How an attempt failed that counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The function failed: error, timeout, crash.
    FunctionError,
    /// It answered, and its answer says that the batch is not done. To Lambda that is no error of the function.
    BatchItemFailures,
}

/// What is decided for a batch that is not sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Discard(DiscardCondition),
    Expired,
}

/// A batch became two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Why.
    pub reason: CutReason,
    /// Records before it.
    pub records_before: usize,
    /// Records behind it.
    pub records_after: usize,
    /// Sequence number of the first record behind it.
    pub cut_at: String,
}

/// Records that were sent and not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// How many records.
    pub records: usize,
    /// The size of their parts of an event.
    pub parts_bytes: usize,
    /// Sequence number of the first one.
    pub first_sequence_number: String,
    /// Sequence number of the last one.
    pub last_sequence_number: String,
    /// The attempt that failed, or that did not begin, from 1.
    pub attempt: u64,
    /// When they are sent again, or the first part of them; none where they are given up.
    pub retry_at: Option<Duration>,
}

impl Batch {
    /// The sequence number of its first record.
    pub fn first_sequence_number(&self) -> &str {
        self.records.first().map_or("", |polled| &polled.record.sequence_number)
    }

    /// The sequence number of its last record.
    pub fn last_sequence_number(&self) -> &str {
        self.records.last().map_or("", |polled| &polled.record.sequence_number)
    }

    /// The size of its records' parts of an event.
    pub fn parts_bytes(&self) -> usize {
        self.records.iter().map(|polled| polled.part_bytes).sum()
    }

    /// How many records at its head are so.
    pub(super) fn leading(&self, is: impl Fn(&Record) -> bool) -> usize {
        self.records.iter().take_while(|polled| is(&polled.record)).count()
    }

    /// Keeps the records before `index`; the others become a batch with the same history.
    pub(super) fn split_off(&mut self, index: usize) -> Batch {
        let records = self.records.split_off(index);
        Batch { records, ..*self }
    }
}

impl Cut {
    pub(super) fn between(reason: CutReason, before: &Batch, after: &Batch) -> Self {
        Self {
            reason,
            records_before: before.records.len(),
            records_after: after.records.len(),
            cut_at: after.first_sequence_number().to_owned(),
        }
    }
}

impl Failed {
    pub(super) fn of(batch: &Batch, attempt: u64) -> Self {
        Self {
            records: batch.records.len(),
            parts_bytes: batch.parts_bytes(),
            first_sequence_number: batch.first_sequence_number().to_owned(),
            last_sequence_number: batch.last_sequence_number().to_owned(),
            attempt,
            retry_at: batch.fate.is_none().then_some(batch.ready_at),
        }
    }
}
