//! One shard's way through the mapping: what is read, which lane a record takes, and how far all is done. A state machine
//! without a clock, a stream or a function.
//!
//! With a `ParallelizationFactor` above 1 a shard has so many lanes, and a record takes the one that its partition key
//! names: so order holds for each partition key, and a batch is no contiguous range of the shard. Lambda does not document
//! how keys map to lanes; here it is the first 8 bytes of the key's MD5, modulo the factor ([`lane_of`]).
//!
//! It reads only as long as a lane has nothing to send, and little is held: the next window begins when an invocation
//! ended, as Lambda's does. Records that no filter lets pass are done when they are read.

use std::sync::Arc;
use std::time::Duration;

use md5::{Digest as _, Md5};

use super::batch::{Batch, Cut, Polled};
use super::batching::BatchLimits;
use super::checkpoint::{Checkpoint, Tracker};
use super::event::EventWriter;
use super::filter::FilterCriteria;
use super::lane::{self, Lane, Outcome, Settled};
use super::retry::RetryPolicy;
use crate::events::DiscardCondition;
use crate::kinesis::Record;

/// Records behind the checkpoint that are known of at most. One that fails for ever in its lane lets the others go on
/// so far: they are delivered again when the mapping begins anew.
const OPEN_RECORDS_MAX: usize = 500_000;

/// What a shard is told once.
#[derive(Debug, Clone)]
pub struct ShardConfiguration {
    /// `ParallelizationFactor`, 1 to 10.
    pub parallelization_factor: u32,
    /// When a batch closes.
    pub limits: BatchLimits,
    /// What becomes of one that failed.
    pub policy: RetryPolicy,
    /// Which records reach the function.
    pub filter: Arc<FilterCriteria>,
    /// The pause between two reads of a shard that has no more.
    pub idle: Duration,
    /// Writes the shard's events.
    pub writer: EventWriter,
    /// What may be held in no batch, in bytes of event, before nothing more is read.
    pub held_bytes_max: usize,
}

/// What to do next; lanes are named by their index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read the shard and call [`Shard::received`].
    Read,
    /// Hand the batch of this lane to the function: tell [`Shard::sent`], later [`Shard::settle`].
    Invoke(usize),
    /// The batch of this lane was cut: tell it.
    Cut(usize, Cut),
    /// The batch of this lane is given up: do what is to be done about it, and call [`Shard::discarded`].
    Discard(usize, DiscardCondition),
    /// The batch of this lane left the stream: tell it, and call [`Shard::discarded`].
    Expired(usize),
    /// Nothing until then, or until an invocation ends.
    WaitUntil(Duration),
    /// Nothing until an invocation ends.
    Wait,
    /// Nothing is with the function, and nothing more comes.
    Ended(Ending),
}

/// How a shard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is closed, read to its end, and all of it is done: its children may begin.
    Closed,
    /// It was told to drain, and all that was there is done.
    Drained,
    /// It was told to stop; what is not done is read again later.
    Stopped,
}

/// Whether the shard is still read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Always,
    /// Until a read has found no more.
    UntilCaughtUp,
    Ended(Ending),
}

/// One shard.
#[derive(Debug)]
pub struct Shard {
    configuration: ShardConfiguration,
    lanes: Vec<Lane>,
    /// The lane that is asked first, so that none waits for the others for ever.
    first_asked: usize,
    held_bytes: usize,
    tracker: Tracker,
    reading: Reading,
    next_read: Duration,
}

/// The lane of a partition key.
pub fn lane_of(partition_key: &str, parallelization_factor: u32) -> u32 {
    if parallelization_factor <= 1 {
        return 0;
    }
    let digest: [u8; 16] = Md5::digest(partition_key.as_bytes()).into();
    let head = digest.iter().take(8).fold(0_u64, |head, &byte| head << 8 | u64::from(byte));
    // Less than a factor of 32 bits.
    u32::try_from(head % u64::from(parallelization_factor)).unwrap_or_default()
}

impl Shard {
    /// A shard of which nothing was read since the checkpoint.
    pub fn new(configuration: ShardConfiguration, checkpoint: Checkpoint) -> Self {
        let lane = || Lane::new(configuration.limits, configuration.policy);
        Self {
            lanes: std::iter::repeat_with(lane).take(lanes(&configuration)).collect(),
            configuration,
            first_asked: 0,
            held_bytes: 0,
            tracker: Tracker::behind(checkpoint),
            reading: Reading::Always,
            next_read: Duration::ZERO,
        }
    }

    /// How far all is done.
    pub fn checkpoint(&self) -> &Checkpoint {
        self.tracker.checkpoint()
    }

    /// The batch of a lane that the last step named.
    pub fn batch(&self, lane: usize) -> Option<&Batch> {
        self.lanes.get(lane).and_then(Lane::batch)
    }

    /// Records that were read and are not done.
    pub fn records(&self) -> usize {
        self.lanes.iter().map(Lane::records).sum()
    }

    /// Records that are with the function.
    pub fn records_out(&self) -> usize {
        let out = self.lanes.iter().filter(|lane| lane.is_busy()).filter_map(Lane::batch);
        out.map(|batch| batch.records.len()).sum()
    }

    /// From now on reads only to the shard's end, and waits for no window.
    pub fn drain(&mut self, now: Duration) {
        if self.reading == Reading::Always {
            self.reading = Reading::UntilCaughtUp;
            self.next_read = now;
        }
    }

    /// From now on reads nothing and sends nothing; what is with the function ends.
    pub fn stop(&mut self) {
        self.reading = Reading::Ended(Ending::Stopped);
    }

    /// What to do now.
    pub fn step(&mut self, now: Duration) -> Step {
        let mut hungry = false;
        let mut empty = true;
        let mut busy = false;
        let mut wake: Option<Duration> = None;
        let stopped = self.reading == Reading::Ended(Ending::Stopped);
        for lane in (self.first_asked..self.lanes.len()).chain(0..self.first_asked) {
            match self.step_lane(lane, now, stopped) {
                lane::Step::Empty => hungry = true,
                lane::Step::Gather(until) => {
                    (hungry, empty) = (true, false);
                    wake = Some(wake.map_or(until, |wake| wake.min(until)));
                }
                lane::Step::WaitUntil(until) => {
                    empty = false;
                    wake = Some(wake.map_or(until, |wake| wake.min(until)));
                }
                lane::Step::Busy => (busy, empty) = (true, false),
                lane::Step::Invoke => return Step::Invoke(lane),
                lane::Step::Cut(cut) => return Step::Cut(lane, cut),
                lane::Step::Discard(condition) => return Step::Discard(lane, condition),
                lane::Step::Expired => return Step::Expired(lane),
            }
        }
        match self.reading {
            Reading::Ended(Ending::Stopped) if !busy => return Step::Ended(Ending::Stopped),
            Reading::Ended(ending) if empty => return Step::Ended(ending),
            Reading::Always | Reading::UntilCaughtUp
                if hungry
                    && self.held_bytes < self.configuration.held_bytes_max
                    && self.tracker.open() < OPEN_RECORDS_MAX =>
            {
                if self.next_read <= now {
                    return Step::Read;
                }
                wake = Some(wake.map_or(self.next_read, |wake| wake.min(self.next_read)));
            }
            _ => {}
        }
        wake.map_or(Step::Wait, Step::WaitUntil)
    }

    /// A lane's step; a lane of a shard that was stopped only waits for its invocation.
    fn step_lane(&mut self, lane: usize, now: Duration, stopped: bool) -> lane::Step {
        let Some(lane) = self.lanes.get_mut(lane) else { return lane::Step::Empty };
        if stopped && !lane.is_busy() {
            return lane::Step::Empty;
        }
        let before = lane.queued_bytes();
        let step = lane.step(now);
        self.held_bytes -= before - lane.queued_bytes();
        step
    }

    /// A read's records, in order; whether the shard holds more, and whether it ends there. The answer are the sequence
    /// numbers of those that no filter lets pass.
    pub fn received(&mut self, records: Vec<Record>, found: Found, now: Duration) -> Vec<String> {
        let mut filtered_out = Vec::new();
        for record in records {
            let ordinal = self.tracker.read(&record.sequence_number);
            if !self.configuration.filter.is_empty() && !passes(&self.configuration.filter, &record) {
                self.tracker.done(ordinal);
                filtered_out.push(record.sequence_number);
                continue;
            }
            let part_bytes = self.configuration.writer.record_bytes(&record);
            let lane = lane_of(&record.partition_key, self.configuration.parallelization_factor);
            if let Some(lane) = self.lanes.get_mut(lane as usize) {
                lane.push(Polled { record, part_bytes, ordinal }, now);
                self.held_bytes += part_bytes;
            }
        }
        self.next_read = if found == Found::Behind { now } else { now + self.configuration.idle };
        let ending = match (self.reading, found) {
            (Reading::Ended(_), _) | (_, Found::Behind) | (Reading::Always, Found::CaughtUp) => None,
            (Reading::Always | Reading::UntilCaughtUp, Found::End) => Some(Ending::Closed),
            (Reading::UntilCaughtUp, Found::CaughtUp) => Some(Ending::Drained),
        };
        if let Some(ending) = ending {
            self.reading = Reading::Ended(ending);
        }
        if self.reading != Reading::Always {
            self.lanes.iter_mut().for_each(Lane::stop_gathering);
        }
        filtered_out
    }

    /// The batch of this lane is with the function.
    pub fn sent(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.sent();
        }
        self.first_asked = (lane + 1) % self.lanes.len().max(1);
    }

    /// What became of the batch that was sent.
    pub fn settle(&mut self, lane: usize, outcome: &Outcome, now: Duration) -> Option<Settled> {
        let settled = self.lanes.get_mut(lane)?.settle(outcome, now);
        if let Some(done) = &settled.done {
            self.done(done);
        }
        Some(settled)
    }

    /// Takes the batch out of the way that is given up or expired.
    pub fn discarded(&mut self, lane: usize, now: Duration) -> Option<Batch> {
        let batch = self.lanes.get_mut(lane)?.discarded(now)?;
        self.done(&batch);
        Some(batch)
    }

    fn done(&mut self, batch: &Batch) {
        for polled in &batch.records {
            self.tracker.done(polled.ordinal);
        }
    }
}

/// What a read found behind its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// More records.
    Behind,
    /// No more yet.
    CaughtUp,
    /// The end of a closed shard.
    End,
}

fn lanes(configuration: &ShardConfiguration) -> usize {
    usize::try_from(configuration.parallelization_factor.max(1)).unwrap_or(1)
}

/// Whether a filter lets a record pass. Its data is what the store holds, so it is good base64.
fn passes(filter: &FilterCriteria, record: &Record) -> bool {
    base64_simd::STANDARD.decode_to_vec(record.data.as_bytes()).is_ok_and(|data| filter.matches(&data))
}

#[cfg(test)]
#[path = "shard_tests.rs"]
mod tests;
