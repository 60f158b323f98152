//! One lane of a shard: what waits, what is sent next, and what becomes of it. A state machine without a clock, a stream
//! or a function.
//!
//! It is asked what to do ([`Lane::step`]) and told what came of it ([`Lane::settle`], [`Lane::discarded`]). Records leave
//! in the order in which they came, and only in one of three ways: acknowledged, discarded, or expired in the stream. A
//! batch that is cut goes on as two, the first before the second. Times are since 1970.

use std::collections::VecDeque;
use std::time::Duration;

use super::batch::{Batch, Cut, Failed, Failure, Fate, Polled};
use super::batching::{BatchLimits, Fill};
use super::response::Answer;
use super::retry::RetryPolicy;
use crate::events::{CutReason, DiscardCondition};

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing is here.
    Empty,
    /// What is here waits for more, until then.
    Gather(Duration),
    /// The batch waits for its time.
    WaitUntil(Duration),
    /// Hand [`Lane::batch`] to the function: tell [`Lane::sent`], later [`Lane::settle`].
    Invoke,
    /// [`Lane::batch`] is with the function.
    Busy,
    /// The batch was cut: tell it, and ask again.
    Cut(Cut),
    /// [`Lane::batch`] is given up: do what is to be done about it, and call [`Lane::discarded`].
    Discard(DiscardCondition),
    /// [`Lane::batch`] left the stream before it was delivered: tell it, and call [`Lane::discarded`].
    Expired,
}

/// What an attempt came to, as the mapping sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did not begin.
    Throttled,
    /// The function failed.
    FunctionError,
    /// The function answered, and this is what the answer means.
    Answer(Answer),
}

/// What became of the batch that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Records that are acknowledged, with the number of the attempt that did it.
    pub done: Option<Batch>,
    /// What is not: these records, as they were sent, or without those that are done.
    pub failed: Option<Failed>,
    /// The cut that is made, if any.
    pub cut: Option<Cut>,
}

/// One lane.
#[derive(Debug)]
pub struct Lane {
    limits: BatchLimits,
    policy: RetryPolicy,
    /// Read, in no batch yet.
    queue: VecDeque<Polled>,
    queued_bytes: usize,
    /// Closed batches in order: one, and those that it was cut into.
    batches: VecDeque<Batch>,
    busy: bool,
    /// When the batch that is being filled began to wait.
    window_began: Duration,
    /// Whether a batch may wait for more.
    gathers: bool,
}

impl Lane {
    /// A lane that has read nothing.
    pub fn new(limits: BatchLimits, policy: RetryPolicy) -> Self {
        Self {
            limits,
            policy,
            queue: VecDeque::new(),
            queued_bytes: 0,
            batches: VecDeque::new(),
            busy: false,
            window_began: Duration::ZERO,
            gathers: true,
        }
    }

    /// The batch that the last step was about.
    pub fn batch(&self) -> Option<&Batch> {
        self.batches.front()
    }

    /// Records that are here.
    pub fn records(&self) -> usize {
        self.queue.len() + self.batches.iter().map(|batch| batch.records.len()).sum::<usize>()
    }

    /// Whether a batch is with the function.
    pub fn is_busy(&self) -> bool {
        self.busy
    }

    /// The size of the event parts of what is in no batch yet.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Takes a record that was read. A window begins with the first one that waits.
    pub fn push(&mut self, polled: Polled, now: Duration) {
        if self.queue.is_empty() && self.batches.is_empty() {
            self.window_began = now;
        }
        self.queued_bytes += polled.part_bytes;
        self.queue.push_back(polled);
    }

    /// From now on waits for no window.
    pub fn stop_gathering(&mut self) {
        self.gathers = false;
    }

    /// What to do now.
    pub fn step(&mut self, now: Duration) -> Step {
        if self.busy {
            return Step::Busy;
        }
        if self.batches.is_empty()
            && let Some(waits) = self.close(now)
        {
            return waits;
        }
        let policy = self.policy;
        let Some(batch) = self.batches.front_mut() else { return Step::Empty };
        match batch.fate {
            Some(Fate::Discard(condition)) => return Step::Discard(condition),
            Some(Fate::Expired) => return Step::Expired,
            None if batch.ready_at > now => return Step::WaitUntil(batch.ready_at),
            None => {}
        }
        // What is gone from the stream cannot even be given up: Lambda would read it again, and not find it.
        let gone = batch.leading(|record| policy.has_expired(record.arrival_ms, now));
        if gone > 0 {
            return self.cut_off(gone, Fate::Expired, CutReason::Retention);
        }
        let too_old = batch.leading(|record| policy.is_too_old(record.arrival_ms, now));
        if too_old > 0 {
            let fate = Fate::Discard(DiscardCondition::RecordAgeExceeded);
            return self.cut_off(too_old, fate, CutReason::RecordAge);
        }
        Step::Invoke
    }

    /// The batch is with the function.
    pub fn sent(&mut self) {
        debug_assert!(self.batches.front().is_some_and(|batch| batch.fate.is_none()), "only a live batch is sent");
        self.busy = true;
    }

    /// What became of the batch that was sent; nothing if none was.
    pub fn settle(&mut self, outcome: &Outcome, now: Duration) -> Settled {
        let nothing = Settled { done: None, failed: None, cut: None };
        if !std::mem::take(&mut self.busy) {
            return nothing;
        }
        let Some(mut batch) = self.batches.pop_front() else { return nothing };
        let attempt = batch.attempts + 1;
        match outcome {
            Outcome::Answer(Answer::Success) => {
                batch.attempts = attempt;
                self.begin_window(now);
                Settled { done: Some(batch), ..nothing }
            }
            Outcome::Answer(Answer::FailedFrom(index)) if (1..batch.records.len()).contains(index) => {
                // Progress: the rest begins anew.
                let mut rest = batch.split_off(*index);
                rest.attempts = 0;
                let cut = Cut::between(CutReason::BatchItemFailures, &batch, &rest);
                batch.attempts = attempt;
                rest.failures = 1;
                rest.ready_at = now + self.policy.backoff.pause(1);
                let failed = Failed::of(&rest, attempt);
                self.batches.push_front(rest);
                Settled { done: Some(batch), failed: Some(failed), cut: Some(cut) }
            }
            Outcome::FunctionError if self.policy.bisect_batch_on_function_error && batch.records.len() > 1 => {
                // A bisect uses up no attempt, and its halves are tried soon: they are other batches.
                batch.failures = 0;
                self.back_off(&mut batch, now);
                batch.last_failure = Some(Failure::FunctionError);
                let failed = Failed::of(&batch, attempt);
                let mut second = batch.split_off(batch.records.len() / 2);
                second.ready_at = now;
                let cut = Cut::between(CutReason::Bisect, &batch, &second);
                self.batches.push_front(second);
                self.batches.push_front(batch);
                Settled { failed: Some(failed), cut: Some(cut), ..nothing }
            }
            Outcome::FunctionError | Outcome::Answer(Answer::Failed(_) | Answer::FailedFrom(_)) => {
                let failure = match outcome {
                    Outcome::FunctionError => Failure::FunctionError,
                    _ => Failure::BatchItemFailures,
                };
                self.back_off(&mut batch, now);
                batch.attempts = attempt;
                batch.last_failure = Some(failure);
                if self.policy.is_exhausted(attempt) {
                    batch.fate = Some(Fate::Discard(DiscardCondition::RetryAttemptsExhausted));
                }
                let failed = Failed::of(&batch, attempt);
                self.batches.push_front(batch);
                Settled { failed: Some(failed), ..nothing }
            }
            Outcome::Throttled => {
                self.back_off(&mut batch, now);
                let failed = Failed::of(&batch, attempt);
                self.batches.push_front(batch);
                Settled { failed: Some(failed), ..nothing }
            }
        }
    }

    /// Takes the batch out of the way that is given up or expired; nothing if none is.
    pub fn discarded(&mut self, now: Duration) -> Option<Batch> {
        let batch = self.batches.pop_front_if(|batch| batch.fate.is_some())?;
        self.begin_window(now);
        Some(batch)
    }

    /// Closes a batch if it is time; otherwise says what to wait for.
    fn close(&mut self, now: Duration) -> Option<Step> {
        let window_ends = self.window_began + self.limits.window;
        let (records, fate) = match self.limits.fill(self.queue.iter().map(|polled| polled.part_bytes)) {
            Fill::Empty => return Some(Step::Empty),
            Fill::Partial(_) if self.gathers && window_ends > now => return Some(Step::Gather(window_ends)),
            Fill::Partial(records) | Fill::Full(records) => (records, None),
            Fill::Oversize => (1, Some(Fate::Discard(DiscardCondition::InvocationPayloadTooLarge))),
        };
        let records = self.queue.drain(..records).collect();
        let batch = Batch { records, attempts: 0, last_failure: None, failures: 0, ready_at: now, fate };
        self.queued_bytes -= batch.parts_bytes();
        self.batches.push_back(batch);
        None
    }

    /// Gives the first records of the batch another fate than the rest.
    fn cut_off(&mut self, records: usize, fate: Fate, reason: CutReason) -> Step {
        let Some(mut batch) = self.batches.pop_front() else { return Step::Empty };
        if records >= batch.records.len() {
            batch.fate = Some(fate);
            self.batches.push_front(batch);
            return match fate {
                Fate::Discard(condition) => Step::Discard(condition),
                Fate::Expired => Step::Expired,
            };
        }
        let rest = batch.split_off(records);
        batch.fate = Some(fate);
        let cut = Cut::between(reason, &batch, &rest);
        self.batches.push_front(rest);
        self.batches.push_front(batch);
        Step::Cut(cut)
    }

    fn back_off(&self, batch: &mut Batch, now: Duration) {
        batch.failures = batch.failures.saturating_add(1);
        batch.ready_at = now + self.policy.backoff.pause(batch.failures);
    }

    /// What was read beyond the batch begins to wait now, as Lambda's next window begins when an invocation ends.
    fn begin_window(&mut self, now: Duration) {
        if self.batches.is_empty() {
            self.window_began = now;
        }
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
