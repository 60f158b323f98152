//! What came of a run: its events, gathered.

use std::collections::BTreeMap;

use super::events::{Batch, Discarded, Event, Expired, FilteredOut, ObjectStored, RunRecord};

/// What came of a run. What is told record by record, batch by batch or object by object is kept only of a run with an
/// input: one without may go on for days, and nothing is compared at its end.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Where the input's records went.
    pub records: Vec<RunRecord>,
    /// Batches that were acknowledged, and first attempts that failed, in the order they ended.
    pub attempts: Vec<Attempt>,
    /// Records that matched no filter.
    pub filtered: Vec<FilteredOut>,
    /// Batches that were given up.
    pub discarded: Vec<Discarded>,
    /// Records that the stream forgot.
    pub expired: Vec<Expired>,
    /// Objects of the delivery that were stored.
    pub objects: Vec<ObjectStored>,
    /// The shards that were read, each with those that it came from.
    pub shards: BTreeMap<String, Vec<String>>,
    /// Calls of the timeline that were made, with those that were refused.
    pub calls: u64,
    /// Calls of the timeline that were refused.
    pub calls_refused: u64,
    /// What the mapping counted, by AWS's names.
    pub metrics: BTreeMap<String, u64>,
    /// How many objects of the delivery were stored.
    pub objects_stored: u64,
    /// Their size.
    pub bytes_stored: u64,
    /// Puts that found their object there.
    pub already_stored: u64,
    /// Batches acknowledged.
    pub batches: u64,
    /// Records acknowledged.
    pub records_delivered: u64,
    /// Records that matched no filter.
    pub records_filtered: u64,
    /// Records of batches that were given up.
    pub records_discarded: u64,
    /// Records that the stream forgot.
    pub records_expired: u64,
    /// Invocations that failed.
    pub invocations_failed: u64,
    /// Kills and other faults that came.
    pub faults: u64,
    /// Puts that went wrong.
    pub put_faults: u64,
    /// Records that were not acknowledged at the end.
    pub records_left: u64,
    /// Whether a person ended it.
    pub interrupted: bool,
    /// Whether the miniature told its end; it does not when it is ended at once.
    pub ended: bool,
}

/// A batch that the function was invoked with.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The batch; of one that was done in part, that part or the rest.
    pub batch: Batch,
    /// Whether it was acknowledged.
    pub delivered: bool,
}

impl Outcome {
    /// Takes an event in. `buckets` are the delivery's: what is stored elsewhere, such as the documents of batches that
    /// were given up, is no object of the delivery.
    pub fn note(&mut self, event: Event, buckets: &[&str], with_input: bool) {
        match event {
            Event::RecordsPut { records } => self.records.extend(records),
            Event::ObjectStored(object) if buckets.contains(&object.bucket.as_str()) => {
                self.objects_stored += 1;
                self.bytes_stored += object.bytes;
                keep(&mut self.objects, object, with_input);
            }
            Event::ObjectPresent { .. } => self.already_stored += 1,
            Event::BatchDelivered { batch, .. } => {
                self.batches += 1;
                self.records_delivered += batch.records;
                keep(&mut self.attempts, Attempt { batch, delivered: true }, with_input);
            }
            Event::RecordsFilteredOut(filtered) => {
                self.records_filtered += filtered.sequence_numbers.len() as u64;
                keep(&mut self.filtered, filtered, with_input);
            }
            Event::BatchDiscarded(discarded) => {
                self.records_discarded += discarded.batch.records;
                keep(&mut self.discarded, discarded, with_input);
            }
            Event::RecordsExpired(expired) => {
                self.records_expired += expired.records;
                keep(&mut self.expired, expired, with_input);
            }
            Event::BatchFailed { batch, .. } => {
                self.invocations_failed += 1;
                // The ones after it hold the same records.
                let first = with_input && batch.attempt == 1;
                keep(&mut self.attempts, Attempt { batch, delivered: false }, first);
            }
            Event::FaultInjected { fault } if fault.starts_with("put fault") => self.put_faults += 1,
            Event::FaultInjected { .. } => self.faults += 1,
            Event::Ended { records_left } => {
                self.records_left = records_left;
                self.ended = true;
            }
            Event::Metrics { metrics } => self.metrics = metrics,
            Event::ShardStarted { shard_id, parent_shard_ids } => {
                self.shards.insert(shard_id, parent_shard_ids);
            }
            Event::TimelineCall { error, .. } => {
                self.calls += 1;
                self.calls_refused += u64::from(error.is_some());
            }
            Event::Ready { .. }
            | Event::InputSent { .. }
            | Event::ShardEnded { .. }
            | Event::BatchThrottled { .. }
            | Event::BatchCut { .. }
            | Event::MappingState { .. }
            | Event::ObjectStored(_)
            | Event::EnvironmentStarted { .. }
            | Event::EnvironmentEnded { .. }
            | Event::FunctionLog { .. }
            | Event::Other => {}
        }
    }

    /// Records that the mapping is done with, in whatever way.
    pub fn records_done(&self) -> u64 {
        self.records_delivered + self.records_filtered + self.records_discarded + self.records_expired
    }

    /// How many of the calls that were asked for did not take place.
    pub fn calls_left(&self, asked: usize) -> u64 {
        (asked as u64).saturating_sub(self.calls - self.calls_refused)
    }

    /// How many shards were read, where there was a reshard.
    pub fn shards_of_reshard(&self) -> Option<u64> {
        self.shards.values().any(|parents| !parents.is_empty()).then_some(self.shards.len() as u64)
    }
}

fn keep<T>(kept: &mut Vec<T>, item: T, with_input: bool) {
    if with_input {
        kept.push(item);
    }
}
