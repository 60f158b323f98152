//! What a shard tells: an event for everything that happens to a batch, and the sums.

use std::time::Duration;

use tokio::sync::watch;

use super::batch::{Batch, Cut, Failed};
use super::checkpoint::Checkpoint;
use super::event::event_bytes;
use super::invoker::Invocation;
use super::lane::Outcome;
use super::poller::count;
use super::progress::Progress;
use crate::clock::whole_ms;
use crate::events::{self, DiscardCondition, Event, Events};

/// Tells of one shard.
#[derive(Debug)]
pub(super) struct Teller {
    shard_id: String,
    events: Events,
    progress: watch::Sender<Progress>,
}

impl Teller {
    pub(super) fn new(shard_id: &str, events: Events, progress: watch::Sender<Progress>) -> Self {
        Self { shard_id: shard_id.to_owned(), events, progress }
    }

    pub(super) fn shard_id(&self) -> &str {
        &self.shard_id
    }

    /// Records were read.
    pub(super) fn polled(&self, polled: usize, filtered_out: Vec<String>, checkpoint: &Checkpoint) {
        if polled == 0 {
            return;
        }
        count(&self.progress, |metrics| {
            metrics.polled_event_count += polled as u64;
            metrics.filtered_out_event_count += filtered_out.len() as u64;
        });
        if !filtered_out.is_empty() {
            let (shard_id, sequence_numbers) = (self.shard_id.clone(), filtered_out);
            self.events.emit(Event::RecordsFilteredOut { shard_id, sequence_numbers });
            self.moved(checkpoint);
        }
    }

    /// A batch of so many records was handed to the function, or was to be.
    pub(super) fn attempted(&self, records: usize, outcome: &Outcome, iterator_age_ms: u64) {
        count(&self.progress, |metrics| match outcome {
            Outcome::Throttled => metrics.throttles += 1,
            Outcome::FunctionError | Outcome::Answer(_) => {
                metrics.invocations += 1;
                metrics.errors += u64::from(*outcome == Outcome::FunctionError);
                metrics.invoked_event_count += records as u64;
                metrics.iterator_age = metrics.iterator_age.max(iterator_age_ms);
            }
        });
    }

    pub(super) fn delivered(
        &self,
        lane: usize,
        done: &Batch,
        invocation: &Invocation,
        iterator_age_ms: u64,
        checkpoint: &Checkpoint,
    ) {
        self.events.emit(Event::BatchDelivered {
            batch: self.described(lane, done, &invocation.request_id, done.attempts),
            duration_ms: whole_ms(invocation.duration),
            iterator_age_ms,
        });
        self.progress.send_modify(|progress| {
            progress.records_delivered += done.records.len() as u64;
            progress.batches_delivered += 1;
            progress.checkpoints.insert(self.shard_id.clone(), checkpoint.clone());
        });
    }

    pub(super) fn failed(
        &self,
        lane: usize,
        failed: &Failed,
        invocation: &Invocation,
        message: &str,
        throttled: bool,
        now: Duration,
    ) {
        let batch = events::Batch {
            shard_id: self.shard_id.clone(),
            lane: number(lane),
            request_id: invocation.request_id.clone(),
            records: failed.records as u64,
            payload_bytes: event_bytes(failed.records, failed.parts_bytes) as u64,
            first_sequence_number: failed.first_sequence_number.clone(),
            last_sequence_number: failed.last_sequence_number.clone(),
            attempt: failed.attempt,
        };
        let (error, retry_in_ms) = (message.to_owned(), whole_ms(failed.retry_at.unwrap_or(now).saturating_sub(now)));
        if throttled {
            self.events.emit(Event::BatchThrottled { batch, error, retry_in_ms });
            return;
        }
        self.events.emit(Event::BatchFailed { batch, error, retry_in_ms });
        self.progress.send_modify(|progress| {
            progress.invocations_failed += 1;
            progress.metrics.failed_invoke_event_count += failed.records as u64;
        });
    }

    pub(super) fn cut(&self, lane: usize, cut: &Cut) {
        self.events.emit(Event::BatchCut {
            shard_id: self.shard_id.clone(),
            lane: number(lane),
            reason: cut.reason,
            records_before: cut.records_before as u64,
            records_after: cut.records_after as u64,
            cut_at: cut.cut_at.clone(),
        });
    }

    #[expect(clippy::too_many_arguments, reason = "what an event says, each once")]
    pub(super) fn discarded(
        &self,
        lane: usize,
        batch: &Batch,
        request_id: &str,
        condition: DiscardCondition,
        approximate_invoke_count: u64,
        sent: Option<Result<String, String>>,
        checkpoint: &Checkpoint,
    ) {
        let records = batch.records.len() as u64;
        count(&self.progress, |metrics| {
            metrics.dropped_event_count += records;
            match &sent {
                Some(Ok(_)) => metrics.on_failure_destination_delivered_event_count += records,
                Some(Err(_)) => metrics.destination_delivery_failures += 1,
                None => {}
            }
        });
        let (destination, destination_error) = match sent {
            None => (None, None),
            Some(Ok(place)) => (Some(place), None),
            Some(Err(why)) => (None, Some(why)),
        };
        self.events.emit(Event::BatchDiscarded {
            batch: self.described(lane, batch, request_id, batch.attempts),
            condition,
            approximate_invoke_count,
            destination,
            destination_error,
        });
        self.moved(checkpoint);
    }

    pub(super) fn expired(&self, lane: usize, batch: &Batch, checkpoint: &Checkpoint) {
        self.events.emit(Event::RecordsExpired {
            shard_id: self.shard_id.clone(),
            lane: number(lane),
            records: batch.records.len() as u64,
            first_sequence_number: batch.first_sequence_number().to_owned(),
            last_sequence_number: batch.last_sequence_number().to_owned(),
        });
        self.moved(checkpoint);
    }

    /// So many invocations with so many records were cut off.
    pub(super) fn cut_off(&self, invocations: usize, records: usize) {
        if invocations > 0 {
            self.progress.send_modify(|progress| {
                progress.invocations_failed += invocations as u64;
                progress.metrics.invocations += invocations as u64;
                progress.metrics.invoked_event_count += records as u64;
            });
        }
    }

    fn moved(&self, checkpoint: &Checkpoint) {
        self.progress.send_modify(|progress| {
            progress.checkpoints.insert(self.shard_id.clone(), checkpoint.clone());
        });
    }

    fn described(&self, lane: usize, batch: &Batch, request_id: &str, attempt: u64) -> events::Batch {
        events::Batch {
            shard_id: self.shard_id.clone(),
            lane: number(lane),
            request_id: request_id.to_owned(),
            records: batch.records.len() as u64,
            payload_bytes: event_bytes(batch.records.len(), batch.parts_bytes()) as u64,
            first_sequence_number: batch.first_sequence_number().to_owned(),
            last_sequence_number: batch.last_sequence_number().to_owned(),
            attempt,
        }
    }
}

fn number(lane: usize) -> u32 {
    u32::try_from(lane).unwrap_or(u32::MAX)
}
