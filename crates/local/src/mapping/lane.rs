//! One shard's way through the mapping: a state machine without a clock, a stream or a function.
//!
//! It is asked what to do next ([`Lane::step`]) and told what came of it. Times are durations since any moment that
//! the caller keeps. It holds at most one batch and what was read beyond it, and reads nothing while a batch is out:
//! the next window begins when the previous invocation ended, as Lambda's does.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::batching::{BatchLimits, Fill};
use super::checkpoint::Checkpoint;
use super::event::EventWriter;
use super::retry::Backoff;
use crate::kinesis::Record;

/// What a lane is told once.
#[derive(Debug, Clone)]
pub struct LaneConfiguration {
    /// When a batch closes.
    pub limits: BatchLimits,
    /// How long a failed batch waits.
    pub backoff: Backoff,
    /// The pause between two reads of a shard that has no more.
    pub idle: Duration,
    /// Writes the shard's events.
    pub writer: EventWriter,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Read the shard and call [`Lane::received`].
    Poll,
    /// Nothing until then.
    WaitUntil(Duration),
    /// Hand [`Lane::batch`] to the function and call [`Lane::succeeded`], [`Lane::failed`] or [`Lane::failed_from`].
    Invoke,
    /// The next record is larger than any event: tell, and call [`Lane::discard`].
    Discard,
    /// All that was read is acknowledged, and no more is to be read.
    Done,
}

/// Records that are sent together until they are acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// In the order of the shard; at least one.
    pub records: Vec<Record>,
    /// The invocation event: the same bytes for every attempt.
    pub payload: Bytes,
    /// The attempt that is next or out, from 1.
    pub attempt: u64,
}

/// A record larger than any event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discarded {
    /// The record's sequence number.
    pub sequence_number: String,
    /// What its event would have had.
    pub payload_bytes: usize,
}

#[derive(Debug)]
enum State {
    /// No batch is out.
    Filling,
    /// The batch is sent when its time comes.
    Ready { batch: Batch, at: Duration },
}

/// One shard's lane.
#[derive(Debug)]
pub struct Lane {
    configuration: LaneConfiguration,
    state: State,
    /// Read, in no batch yet, with the size of their parts of the event.
    pending: VecDeque<(Record, usize)>,
    /// When the batch that is being filled began to wait.
    window_began: Duration,
    next_poll: Duration,
    reading: Reading,
    checkpoint: Checkpoint,
}

/// Whether the shard is still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Always,
    /// Until a read has found the shard's end.
    UntilCaughtUp,
    Ended,
}

impl Lane {
    /// A lane that has read nothing.
    pub fn new(configuration: LaneConfiguration) -> Self {
        Self {
            configuration,
            state: State::Filling,
            pending: VecDeque::new(),
            window_began: Duration::ZERO,
            next_poll: Duration::ZERO,
            reading: Reading::Always,
            checkpoint: Checkpoint::default(),
        }
    }

    /// What is acknowledged.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The batch to send, when the last step was [`Step::Invoke`].
    pub fn batch(&self) -> Option<&Batch> {
        match &self.state {
            State::Ready { batch, .. } => Some(batch),
            State::Filling => None,
        }
    }

    /// Records that were read and are not acknowledged.
    pub fn unacknowledged(&self) -> usize {
        self.pending.len() + self.batch().map_or(0, |batch| batch.records.len())
    }

    /// From now on reads only to the shard's end, and waits for no window.
    pub fn drain(&mut self, now: Duration) {
        if self.reading == Reading::Always {
            self.reading = Reading::UntilCaughtUp;
            self.next_poll = now;
        }
    }

    /// What to do now.
    pub fn step(&mut self, now: Duration) -> Step {
        if let State::Ready { at, .. } = self.state {
            return if at <= now { Step::Invoke } else { Step::WaitUntil(at) };
        }
        let limits = self.configuration.limits;
        let fill = limits.fill(self.pending.iter().map(|(_, bytes)| *bytes));
        let window_ends = self.window_began + limits.window;
        match fill {
            Fill::Oversize => return Step::Discard,
            Fill::Full(records) => return self.close(records, now),
            Fill::Partial(records) if window_ends <= now || self.reading == Reading::Ended => {
                return self.close(records, now);
            }
            Fill::Empty if self.reading == Reading::Ended => return Step::Done,
            Fill::Empty | Fill::Partial(_) => {}
        }
        match fill {
            _ if self.next_poll <= now => Step::Poll,
            Fill::Empty => Step::WaitUntil(self.next_poll),
            _ => Step::WaitUntil(self.next_poll.min(window_ends)),
        }
    }

    /// A read's records, in order, and whether the shard holds more.
    pub fn received(&mut self, records: Vec<Record>, behind: bool, now: Duration) {
        if self.pending.is_empty() {
            self.window_began = now;
        }
        let writer = &self.configuration.writer;
        self.pending.extend(records.into_iter().map(|record| {
            let bytes = writer.record_bytes(&record);
            (record, bytes)
        }));
        self.next_poll = if behind { now } else { now + self.configuration.idle };
        if self.reading == Reading::UntilCaughtUp && !behind {
            self.reading = Reading::Ended;
        }
    }

    /// The batch is done.
    pub fn succeeded(&mut self, now: Duration) -> Option<Batch> {
        let State::Ready { batch, .. } = std::mem::replace(&mut self.state, State::Filling) else { return None };
        self.acknowledge(&batch.records);
        // What was read beyond the batch begins to wait now.
        self.window_began = now;
        Some(batch)
    }

    /// The batch is not done. Returns how long it waits.
    pub fn failed(&mut self, now: Duration) -> Duration {
        let State::Ready { batch, at } = &mut self.state else { return Duration::ZERO };
        let pause = self.configuration.backoff.pause(batch.attempt);
        batch.attempt += 1;
        *at = now + pause;
        pause
    }

    /// The batch's records before `index` are done, the others are not and become the batch. Progress begins the count
    /// of attempts anew. Returns the batch that is done and how long the rest waits; an index that leaves either
    /// empty acknowledges nothing.
    pub fn failed_from(&mut self, index: usize, now: Duration) -> (Option<Batch>, Duration) {
        let State::Ready { batch, .. } = &mut self.state else { return (None, Duration::ZERO) };
        if index == 0 || index >= batch.records.len() {
            return (None, self.failed(now));
        }
        let rest = batch.records.split_off(index);
        let done = Batch {
            payload: self.configuration.writer.write(&batch.records),
            records: std::mem::take(&mut batch.records),
            attempt: batch.attempt,
        };
        let pause = self.configuration.backoff.pause(1);
        let payload = self.configuration.writer.write(&rest);
        self.state = State::Ready { batch: Batch { records: rest, payload, attempt: 2 }, at: now + pause };
        self.acknowledge(&done.records);
        (Some(done), pause)
    }

    /// Takes the record that no event can hold out of the way.
    pub fn discard(&mut self, now: Duration) -> Option<Discarded> {
        if self.batch().is_some() {
            return None;
        }
        let limits = self.configuration.limits;
        let (record, bytes) =
            self.pending.pop_front_if(|(_, bytes)| limits.fill([*bytes].into_iter()) == Fill::Oversize)?;
        self.acknowledge(std::slice::from_ref(&record));
        self.window_began = now;
        let payload_bytes = super::event::event_bytes(1, bytes);
        Some(Discarded { sequence_number: record.sequence_number, payload_bytes })
    }

    fn close(&mut self, records: usize, now: Duration) -> Step {
        let records: Vec<_> = self.pending.drain(..records).map(|(record, _)| record).collect();
        let payload = self.configuration.writer.write(&records);
        self.state = State::Ready { batch: Batch { records, payload, attempt: 1 }, at: now };
        Step::Invoke
    }

    fn acknowledge(&mut self, records: &[Record]) {
        if let Some(last) = records.last() {
            self.checkpoint.advance(&last.sequence_number);
        }
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
