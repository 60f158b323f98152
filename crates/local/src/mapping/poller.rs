//! Drives one lane: the real clock, the stream, and the function behind [`Invoker`].

use std::future::Future;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use super::batching::{BatchLimits, PAYLOAD_BYTES_MAX};
use super::event::EventWriter;
use super::lane::{Batch, Lane, LaneConfiguration, Step};
use super::progress::Progress;
use super::response::{self, Answer};
use super::retry::Backoff;
use super::{MappingConfiguration, StartingPosition};
use crate::events::{self, Event, Events};
use crate::kinesis::{Kinesis, KinesisError, ShardIterator, ShardIteratorType};

/// The pause between two reads of a shard that has no more. Lambda's is a second; a person at a desk waits.
const IDLE: Duration = Duration::from_millis(100);

/// How long a lane that is to end still reads and invokes. An invocation that runs longer is cut off, and its records
/// are left: the function's own timeout may be 900 s.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// What takes batches.
pub trait Invoker: Clone + Send + Sync + 'static {
    /// Runs the function; `lane` is never used twice at once.
    fn invoke(&self, lane: &str, payload: Bytes) -> impl Future<Output = Delivery> + Send;
}

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The invocation's request id.
    pub request_id: String,
    /// How long it took.
    pub duration: Duration,
    /// The function's response, or its error.
    pub outcome: Result<Bytes, DeliveryError>,
}

/// Why a batch was not processed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryError {
    /// In words.
    pub message: String,
    /// Whether the function did not get as far as asking for the batch.
    pub init: bool,
}

/// Writes each event once into a folder, as `<nnnnnn>-<shard>.json`.
#[derive(Debug, Clone)]
pub struct InvocationsDirectory {
    directory: PathBuf,
    written: Arc<AtomicU64>,
}

impl InvocationsDirectory {
    /// The folder must exist.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory, written: Arc::new(AtomicU64::new(0)) }
    }

    async fn write(&self, shard_id: &str, payload: &[u8]) -> Result<(), String> {
        let number = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let path = self.directory.join(format!("{number:06}-{shard_id}.json"));
        tokio::fs::write(&path, payload).await.map_err(|error| format!("cannot write {}: {error}", path.display()))
    }
}

/// What all lanes of one mapping share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Where to tell.
    pub events: Events,
    /// Sums over all lanes.
    pub progress: watch::Sender<Progress>,
    /// True from when the lanes are to end.
    pub draining: watch::Receiver<bool>,
    /// Where to keep events.
    pub invocations: Option<InvocationsDirectory>,
}

/// One lane with what it needs.
#[derive(Debug)]
pub struct Poller<I> {
    shard_id: String,
    kinesis: Kinesis,
    iterator: ShardIterator,
    invoker: I,
    lane: Lane,
    read_limit: usize,
    report_batch_item_failures: bool,
    shared: Shared,
    origin: Instant,
    /// When a lane that is to end does so, whatever it has not delivered.
    give_up: Option<Duration>,
}

impl<I: Invoker> Poller<I> {
    /// Takes the starting position: records put after this are delivered, whatever it is.
    pub async fn new(
        kinesis: Kinesis,
        shard_id: &str,
        mapping: &MappingConfiguration,
        invoker: I,
        shared: Shared,
    ) -> Result<Self, KinesisError> {
        let kind = match mapping.starting_position {
            StartingPosition::TrimHorizon => ShardIteratorType::TrimHorizon,
            StartingPosition::Latest => ShardIteratorType::Latest,
        };
        let iterator = kinesis.get_shard_iterator(&mapping.stream_name, shard_id, kind).await?;
        let limits = BatchLimits {
            records: mapping.batch_size,
            payload_bytes: PAYLOAD_BYTES_MAX,
            window: mapping.batching_window,
        };
        let writer = EventWriter::new(shard_id, &mapping.role_arn, &mapping.region, &mapping.stream_arn);
        let lane = Lane::new(LaneConfiguration { limits, backoff: Backoff::default(), idle: IDLE, writer });
        Ok(Self {
            shard_id: shard_id.to_owned(),
            kinesis,
            iterator,
            invoker,
            lane,
            read_limit: mapping.batch_size,
            report_batch_item_failures: mapping.report_batch_item_failures,
            shared,
            origin: Instant::now(),
            give_up: None,
        })
    }

    /// Delivers until it is told to drain and has drained, at most [`DRAIN_TIMEOUT`] later, or the mapping cannot go on.
    /// Returns how many records it read and could not deliver.
    pub async fn run(mut self) -> u64 {
        while self.shared.progress.borrow().fatal.is_none() {
            let now = self.origin.elapsed();
            if self.give_up.is_none() && *self.shared.draining.borrow() {
                self.lane.drain(now);
                self.give_up = Some(now + DRAIN_TIMEOUT);
            }
            if self.give_up.is_some_and(|at| at <= now) {
                break;
            }
            match self.lane.step(now) {
                Step::Poll => self.poll().await,
                Step::WaitUntil(at) => self.wait(self.give_up.map_or(at, |give_up| at.min(give_up))).await,
                Step::Invoke => {
                    if self.deliver().await.is_break() {
                        break;
                    }
                }
                Step::Discard => self.discard(),
                Step::Done => break,
            }
        }
        self.lane.unacknowledged() as u64
    }

    async fn poll(&mut self) {
        let found = self.kinesis.get_records(&self.iterator, self.read_limit).await;
        self.iterator = found.next;
        self.lane.received(found.records, found.millis_behind_latest > 0, self.origin.elapsed());
    }

    /// Sleeps until `at`, or until draining begins if it has not.
    async fn wait(&mut self, at: Duration) {
        let sleep = tokio::time::sleep_until(self.origin + at);
        if self.give_up.is_some() {
            sleep.await;
            return;
        }
        tokio::select! {
            () = sleep => {}
            () = told_to_drain(&mut self.shared.draining) => {}
        }
    }

    /// Invokes the function with the lane's batch. Breaks when that took longer than a lane that is to end may take:
    /// the environment is killed then, and what it did is not known.
    async fn deliver(&mut self) -> ControlFlow<()> {
        let Some(batch) = self.lane.batch() else { return ControlFlow::Continue(()) };
        let (payload, first_attempt) = (batch.payload.clone(), batch.attempt == 1);
        if let Some(invocations) = self.shared.invocations.as_ref().filter(|_| first_attempt)
            && let Err(message) = invocations.write(&self.shard_id, &payload).await
        {
            self.shared.progress.send_modify(|progress| progress.fatal = Some(message));
            return ControlFlow::Break(());
        }
        let handed_over = SystemTime::now();
        let give_up = self.give_up.map(|at| self.origin + at);
        let delivery = tokio::select! {
            delivery = self.invoker.invoke(&self.shard_id, payload) => delivery,
            () = cut_off(give_up, self.shared.draining.clone()) => {
                self.shared.progress.send_modify(|progress| progress.invocations_failed += 1);
                return ControlFlow::Break(());
            }
        };
        self.settle(&delivery, handed_over);
        ControlFlow::Continue(())
    }

    /// Moves the lane as the outcome wants, and tells.
    fn settle(&mut self, delivery: &Delivery, handed_over: SystemTime) {
        let answer = match &delivery.outcome {
            Ok(_) if !self.report_batch_item_failures => Ok(Answer::Success),
            Ok(answer) => {
                let records = self.lane.batch().map(|batch| batch.records.as_slice()).unwrap_or_default();
                Ok(response::read(answer, records))
            }
            Err(error) => Err(error),
        };
        let now = self.origin.elapsed();
        match answer {
            Ok(Answer::Success) => {
                let done = self.lane.succeeded(now);
                self.delivered(done, delivery, handed_over);
            }
            Ok(Answer::FailedFrom(index)) => {
                let (done, pause) = self.lane.failed_from(index, now);
                self.delivered(done, delivery, handed_over);
                self.failed("the function reported batchItemFailures", false, delivery, pause);
            }
            Ok(Answer::Failed(message)) => {
                let pause = self.lane.failed(now);
                self.failed(&message, false, delivery, pause);
            }
            Err(error) => {
                let pause = self.lane.failed(now);
                self.failed(&error.message, error.init, delivery, pause);
            }
        }
    }

    fn delivered(&self, done: Option<Batch>, delivery: &Delivery, handed_over: SystemTime) {
        let Some(done) = done else { return };
        let last_arrival = done.records.last().map_or(0, |record| record.arrival_ms);
        self.shared.events.emit(Event::BatchDelivered {
            batch: self.described(&done, done.attempt, delivery),
            duration_ms: whole_ms(delivery.duration),
            iterator_age_ms: unix_ms(handed_over).saturating_sub(last_arrival),
        });
        self.shared.progress.send_modify(|progress| {
            progress.records_delivered += done.records.len() as u64;
            progress.batches_delivered += 1;
            progress.init_failures = 0;
            progress.checkpoints.insert(self.shard_id.clone(), self.lane.checkpoint().clone());
        });
    }

    /// Tells that what is now the lane's batch has failed.
    fn failed(&self, message: &str, init: bool, delivery: &Delivery, pause: Duration) {
        let Some(batch) = self.lane.batch() else { return };
        self.shared.events.emit(Event::BatchFailed {
            // The lane counts the next attempt already.
            batch: self.described(batch, batch.attempt - 1, delivery),
            error: message.to_owned(),
            retry_in_ms: whole_ms(pause),
        });
        self.shared.progress.send_modify(|progress| {
            progress.invocations_failed += 1;
            if init {
                progress.init_failed(message);
            } else {
                progress.init_failures = 0;
            }
        });
    }

    fn discard(&mut self) {
        let Some(discarded) = self.lane.discard(self.origin.elapsed()) else { return };
        self.shared.events.emit(Event::RecordDiscarded {
            shard_id: self.shard_id.clone(),
            sequence_number: discarded.sequence_number,
            payload_bytes: discarded.payload_bytes as u64,
            limit_bytes: PAYLOAD_BYTES_MAX as u64,
        });
        self.shared.progress.send_modify(|progress| {
            progress.records_discarded += 1;
            progress.checkpoints.insert(self.shard_id.clone(), self.lane.checkpoint().clone());
        });
    }

    fn described(&self, batch: &Batch, attempt: u64, delivery: &Delivery) -> events::Batch {
        let number = |record: Option<&crate::kinesis::Record>| {
            record.map(|record| record.sequence_number.clone()).unwrap_or_default()
        };
        events::Batch {
            shard_id: self.shard_id.clone(),
            request_id: delivery.request_id.clone(),
            records: batch.records.len() as u64,
            payload_bytes: batch.payload.len() as u64,
            first_sequence_number: number(batch.records.first()),
            last_sequence_number: number(batch.records.last()),
            attempt,
        }
    }
}

/// Waits until the lanes are to end. A sender that is gone ends the run by dropping the task that waits.
async fn told_to_drain(draining: &mut watch::Receiver<bool>) {
    if draining.wait_for(|draining| *draining).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Waits until an invocation may run no longer; `give_up` is known if the lane is to end already.
async fn cut_off(give_up: Option<Instant>, mut draining: watch::Receiver<bool>) {
    if let Some(at) = give_up {
        tokio::time::sleep_until(at).await;
    } else {
        told_to_drain(&mut draining).await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    }
}

fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn unix_ms(time: SystemTime) -> u64 {
    whole_ms(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}
