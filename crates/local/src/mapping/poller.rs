//! Drives one shard: reads it, hands batches to the function behind [`Invoker`], several at once where there are several
//! lanes, sends documents about what is given up, and tells.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::MappingConfiguration;
use super::batch::{self, Batch, Polled};
use super::batching::{BatchLimits, PAYLOAD_BYTES_MAX};
use super::checkpoint::Checkpoint;
use super::destination::Destinations;
use super::event::EventWriter;
use super::failure::{Failure, ResponseContext};
use super::invoker::{Invocation, InvocationErrorKind, InvocationsDirectory, Invoker};
use super::lane::Outcome;
use super::metrics::Metrics;
use super::progress::Progress;
use super::response::{self, Answer};
use super::shard::{Ending, Found, Shard, ShardConfiguration, Step};
use super::teller::Teller;
use crate::clock::{Clock, whole_ms};
use crate::events::{DiscardCondition, Events};
use crate::kinesis::{Kinesis, ShardIterator};

/// The pause between two reads of a shard that has no more. Lambda's is a second; a person at a desk waits.
const IDLE: Duration = Duration::from_millis(100);

/// How long a shard that is to end still reads and invokes. An invocation that runs longer is cut off, and its records
/// are left: the function's own timeout may be 900 s.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Events that a shard holds ready for each of its lanes at most.
const HELD_EVENTS_A_LANE: usize = 2;

/// Most records of a read, AWS's limit.
const READ_RECORDS_MAX: usize = 10_000;

/// What all shards of a mapping are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Read and deliver.
    Go,
    /// Deliver what is there, and end.
    Drain,
    /// Begin nothing more, and end; what is not done is read again later.
    Stop,
    /// The same, and soon: nothing is read again.
    End,
}

/// What all shards of one mapping share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// What the mapping is.
    pub configuration: Arc<MappingConfiguration>,
    /// The time.
    pub clock: Clock,
    /// Where to tell.
    pub events: Events,
    /// Sums over all shards.
    pub progress: watch::Sender<Progress>,
    /// What to do.
    pub command: watch::Receiver<Command>,
    /// Where to keep events.
    pub invocations: Option<InvocationsDirectory>,
    /// Where documents about batches go that are given up.
    pub destinations: Option<Arc<Destinations>>,
}

/// How a shard ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The shard.
    pub shard_id: String,
    /// None where its time was up.
    pub ending: Option<Ending>,
    /// How far all is done.
    pub checkpoint: Checkpoint,
    /// Records that are not done: read, or, where its time was up, not even read.
    pub left: u64,
}

/// One shard with what it needs.
#[derive(Debug)]
pub struct Poller<I> {
    kinesis: Kinesis,
    /// None behind the end of a closed shard.
    iterator: Option<ShardIterator>,
    invoker: I,
    shard: Shard,
    shared: Shared,
    teller: Teller,
    writer: EventWriter,
    /// The request of each lane's last attempt, as long as its records are there.
    requests: Vec<Option<String>>,
    /// The range of each lane's last event, so that one that is sent again is kept once.
    recorded: Vec<(String, String)>,
    /// When a shard that is to end does so, whatever it has not delivered.
    give_up: Option<Duration>,
    out: JoinSet<Attempt>,
}

/// An invocation that ended.
#[derive(Debug)]
struct Attempt {
    lane: usize,
    iterator_age_ms: u64,
    invocation: Invocation,
}

impl<I: Invoker> Poller<I> {
    /// Reads from this place in the shard; what is before it is done up to the checkpoint.
    pub fn new(
        kinesis: Kinesis,
        shard_id: &str,
        iterator: ShardIterator,
        checkpoint: Checkpoint,
        invoker: I,
        shared: Shared,
    ) -> Self {
        let mapping = &shared.configuration;
        let writer = EventWriter::new(shard_id, &mapping.role_arn, &mapping.region, &mapping.stream_arn);
        let lanes = usize::try_from(mapping.parallelization_factor.max(1)).unwrap_or(1);
        let configuration = ShardConfiguration {
            parallelization_factor: mapping.parallelization_factor,
            limits: BatchLimits {
                records: mapping.batch_size,
                payload_bytes: PAYLOAD_BYTES_MAX,
                window: mapping.batching_window,
            },
            policy: mapping.policy,
            filter: Arc::clone(&mapping.filter),
            idle: IDLE,
            writer: writer.clone(),
            held_bytes_max: lanes * HELD_EVENTS_A_LANE * PAYLOAD_BYTES_MAX,
        };
        Self {
            kinesis,
            iterator: Some(iterator),
            invoker,
            shard: Shard::new(configuration, checkpoint),
            teller: Teller::new(shard_id, shared.events.clone(), shared.progress.clone()),
            shared,
            writer,
            requests: vec![None; lanes],
            recorded: vec![(String::new(), String::new()); lanes],
            give_up: None,
            out: JoinSet::new(),
        }
    }

    /// Delivers until the shard ends, or it is told to drain and has drained, at most [`DRAIN_TIMEOUT`] later, or it is
    /// told to stop, or the mapping cannot go on.
    pub async fn run(mut self) -> Ended {
        let mut ending = None;
        while self.shared.progress.borrow().fatal.is_none() {
            self.settle_all();
            let now = self.shared.clock.now();
            self.obey(now);
            if self.give_up.is_some_and(|at| at <= now) {
                break;
            }
            match self.shard.step(now) {
                Step::Read => self.read().await,
                Step::Invoke(lane) => self.invoke(lane, now).await,
                Step::Cut(lane, cut) => self.teller.cut(lane, &cut),
                Step::Discard(lane, condition) => self.discard(lane, condition).await,
                Step::Expired(lane) => self.expired(lane),
                Step::WaitUntil(at) => self.wait(Some(at)).await,
                Step::Wait => self.wait(None).await,
                Step::Ended(how) => {
                    ending = Some(how);
                    break;
                }
            }
        }
        // What is out is cut off, and what it did is not known: its records are left.
        self.teller.cut_off(self.out.len(), self.shard.records_out());
        let unread = match (&ending, self.iterator.take()) {
            (None, Some(iterator)) => self.kinesis.count_records(iterator).await.unwrap_or_default(),
            _ => 0,
        };
        Ended {
            shard_id: self.teller.shard_id().to_owned(),
            ending,
            checkpoint: self.shard.checkpoint().clone(),
            left: self.shard.records() as u64 + unread,
        }
    }

    fn obey(&mut self, now: Duration) {
        let command = *self.shared.command.borrow();
        match command {
            Command::Go => {}
            Command::Drain if self.give_up.is_some() => {}
            Command::Drain => {
                self.shard.drain(now);
                self.give_up = Some(now + DRAIN_TIMEOUT);
            }
            Command::Stop => self.shard.stop(),
            Command::End => {
                self.shard.stop();
                self.give_up.get_or_insert(now + DRAIN_TIMEOUT);
            }
        }
    }

    fn cannot_go_on(&self, why: String) {
        self.shared.progress.send_modify(|progress| {
            progress.fatal.get_or_insert(why);
        });
    }

    async fn read(&mut self) {
        let configuration = &self.shared.configuration;
        let lanes = self.requests.len();
        let limit = configuration.batch_size.saturating_mul(lanes).min(READ_RECORDS_MAX);
        let (records, found) = match &self.iterator {
            None => (Vec::new(), Found::End),
            Some(iterator) => {
                let read = match self.kinesis.get_records(iterator, limit).await {
                    Ok(read) => read,
                    Err(error) => return self.cannot_go_on(error.to_string()),
                };
                let found = match &read.next {
                    None => Found::End,
                    Some(_) if read.millis_behind_latest > 0 => Found::Behind,
                    Some(_) => Found::CaughtUp,
                };
                self.iterator = read.next;
                (read.records, found)
            }
        };
        let polled = records.len();
        let filtered_out = self.shard.received(records, found, self.shared.clock.now());
        self.teller.polled(polled, filtered_out, self.shard.checkpoint());
    }

    /// Waits for the time, for an invocation to end, or for another command.
    async fn wait(&mut self, until: Option<Duration>) {
        let until = match (until, self.give_up) {
            (Some(at), Some(give_up)) => Some(at.min(give_up)),
            (at, give_up) => at.or(give_up),
        };
        let clock = self.shared.clock;
        let timer = async {
            match until {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            () = timer => None,
            Some(ended) = self.out.join_next(), if !self.out.is_empty() => Some(ended),
            // A sender that is gone ends the run by dropping the task that waits.
            Ok(()) = self.shared.command.changed() => None,
        };
        if let Some(ended) = ended {
            self.ended(ended);
        }
    }

    /// Hands a lane's batch to the function.
    async fn invoke(&mut self, lane: usize, now: Duration) {
        let Some(batch) = self.shard.batch(lane) else { return };
        let payload = self.payload(batch);
        let last_arrival_ms = batch.records.last().map_or(0, |polled| polled.record.arrival_ms);
        let range = (batch.first_sequence_number().to_owned(), batch.last_sequence_number().to_owned());
        if let Some(invocations) = &self.shared.invocations
            && self.recorded.get(lane).is_some_and(|recorded| *recorded != range)
            && let Err(message) = invocations.write(self.teller.shard_id(), &payload).await
        {
            return self.cannot_go_on(message);
        }
        if let Some(recorded) = self.recorded.get_mut(lane) {
            *recorded = range;
        }
        self.shard.sent(lane);
        let invoker = self.invoker.clone();
        let iterator_age_ms = whole_ms(now).saturating_sub(last_arrival_ms);
        self.out.spawn(async move { Attempt { lane, iterator_age_ms, invocation: invoker.invoke(payload).await } });
    }

    fn payload(&self, batch: &Batch) -> Bytes {
        self.writer.write(batch.records.iter().map(|polled| &polled.record))
    }

    fn settle_all(&mut self) {
        while let Some(ended) = self.out.try_join_next() {
            self.ended(ended);
        }
    }

    /// An invocation ended. One that panicked takes this task with it: nobody else would see it.
    fn ended(&mut self, ended: Result<Attempt, tokio::task::JoinError>) {
        match ended {
            Ok(attempt) => self.settle(&attempt),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => {}
        }
    }

    /// Moves the lane as the outcome wants, and tells.
    fn settle(&mut self, attempt: &Attempt) {
        let Attempt { lane, iterator_age_ms, invocation } = attempt;
        let Some(batch) = self.shard.batch(*lane) else { return };
        let records = batch.records.iter().map(|polled| &polled.record);
        let (outcome, message) = match &invocation.response {
            Ok(_) if !self.shared.configuration.report_batch_item_failures => {
                (Outcome::Answer(Answer::Success), String::new())
            }
            Ok(answer) => match response::read(answer, &records) {
                Answer::Failed(why) => (Outcome::Answer(Answer::Failed(why.clone())), why),
                Answer::FailedFrom(index) => {
                    let message = "the function reported batchItemFailures".to_owned();
                    (Outcome::Answer(Answer::FailedFrom(index)), message)
                }
                Answer::Success => (Outcome::Answer(Answer::Success), String::new()),
            },
            Err(error) if error.kind == InvocationErrorKind::Throttled => (Outcome::Throttled, error.message.clone()),
            Err(error) => (Outcome::FunctionError, error.message.clone()),
        };
        let sent = batch.records.len();
        let now = self.shared.clock.now();
        let Some(settled) = self.shard.settle(*lane, &outcome, now) else { return };
        if outcome != Outcome::Throttled
            && let Some(request) = self.requests.get_mut(*lane)
        {
            *request = settled.failed.is_some().then(|| invocation.request_id.clone());
        }
        self.teller.attempted(sent, &outcome, *iterator_age_ms);
        if let Some(done) = &settled.done {
            self.teller.delivered(*lane, done, invocation, *iterator_age_ms, self.shard.checkpoint());
        }
        if let Some(failed) = &settled.failed {
            let throttled = outcome == Outcome::Throttled;
            self.teller.failed(*lane, failed, invocation, &message, throttled, now);
        }
        match &invocation.response {
            Err(error) if error.kind == InvocationErrorKind::Init => {
                let for_long = self.shared.configuration.policy.tries_for_long();
                self.shared.progress.send_modify(|progress| progress.init_failed(&error.message, for_long));
            }
            Err(error) if error.kind == InvocationErrorKind::Throttled => {}
            _ => self.shared.progress.send_modify(|progress| progress.init_failures = 0),
        }
        if let Some(cut) = &settled.cut {
            self.teller.cut(*lane, cut);
        }
    }

    /// Sends the document about a batch that is given up, and takes it out of the way, whether it arrived or not: so does
    /// Lambda.
    async fn discard(&mut self, lane: usize, condition: DiscardCondition) {
        let request_id = self.requests.get_mut(lane).and_then(Option::take);
        let request_id = request_id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let Some(batch) = self.shard.batch(lane) else { return };
        // Recorded: whatever was tried before, a record that is too old is told to have been tried once.
        let invoke_count = match condition {
            DiscardCondition::RetryAttemptsExhausted => batch.attempts,
            DiscardCondition::RecordAgeExceeded => 1,
            DiscardCondition::InvocationPayloadTooLarge => 0,
        };
        let mut sent = None;
        if let Some(destinations) = &self.shared.destinations {
            let configuration = &self.shared.configuration;
            let arrival = |polled: Option<&Polled>| polled.map_or(0, |polled| polled.record.arrival_ms);
            let response = (condition == DiscardCondition::RetryAttemptsExhausted).then_some(ResponseContext {
                status_code: 200,
                executed_version: "$LATEST",
                function_error: match batch.last_failure {
                    Some(batch::Failure::FunctionError) => Some("Unhandled"),
                    Some(batch::Failure::BatchItemFailures) | None => None,
                },
            });
            let failure = Failure {
                request_id: &request_id,
                function_arn: &configuration.function_arn,
                condition,
                approximate_invoke_count: invoke_count,
                response,
                timestamp_ms: self.shared.clock.now_ms(),
                shard_id: self.teller.shard_id(),
                start_sequence_number: batch.first_sequence_number(),
                end_sequence_number: batch.last_sequence_number(),
                first_arrival_ms: arrival(batch.records.first()),
                last_arrival_ms: arrival(batch.records.last()),
                batch_size: batch.records.len(),
                stream_arn: &configuration.stream_arn,
            };
            let carried = condition != DiscardCondition::InvocationPayloadTooLarge;
            let payload = carried.then(|| self.payload(batch));
            sent = Some(destinations.send(&failure, payload.as_deref()).await);
        }
        let Some(batch) = self.shard.discarded(lane, self.shared.clock.now()) else { return };
        self.teller.discarded(lane, &batch, &request_id, condition, invoke_count, sent, self.shard.checkpoint());
    }

    fn expired(&mut self, lane: usize) {
        let Some(batch) = self.shard.discarded(lane, self.shared.clock.now()) else { return };
        self.teller.expired(lane, &batch, self.shard.checkpoint());
    }
}

/// Adds to the mapping's metrics.
pub(super) fn count(progress: &watch::Sender<Progress>, change: impl FnOnce(&mut Metrics)) {
    progress.send_modify(|progress| change(&mut progress.metrics));
}
