//! The mapping: the real shards of `penstock_local`, driven over a simulated stream, with pollers that end and crash.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use penstock_local::kinesis::Record;
use penstock_local::mapping::batch::Batch;
use penstock_local::mapping::batching::{BatchLimits, PAYLOAD_BYTES_MAX};
use penstock_local::mapping::checkpoint::Checkpoint;
use penstock_local::mapping::event::EventWriter;
use penstock_local::mapping::filter::FilterCriteria;
use penstock_local::mapping::lane::Outcome;
use penstock_local::mapping::response::{self, Answer};
use penstock_local::mapping::retry::RetryPolicy;
use penstock_local::mapping::shard::{Ending, Found, Shard, ShardConfiguration, Step};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::function::{Came, Function};
use crate::ledger::Ledger;
use crate::story::Story;
use crate::stream::{EPOCH, Stream, short};
use crate::world::Settings;

/// The pause between two reads of a shard that has no more.
const IDLE: Duration = Duration::from_secs(1);

const STREAM_ARN: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";

/// What pollers share.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// How it is set.
    pub settings: Arc<Settings>,
    /// What is read.
    pub stream: Arc<Mutex<Stream>>,
    /// What is invoked.
    pub function: Function,
    /// Who is told.
    pub ledger: Ledger,
    /// Who is told in words.
    pub story: Story,
    /// When the world began.
    pub began: Instant,
}

/// What a poller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Poll.
    Go,
    /// Deliver what is there, and end.
    Drain,
    /// Begin nothing more, and end when nothing is with the function.
    Stop,
    /// Be gone. What is with the function goes on.
    Crash,
}

/// How a poller ended.
#[derive(Debug)]
pub struct Ended {
    /// Its shard.
    pub shard: usize,
    /// How far all is done.
    pub checkpoint: Checkpoint,
    /// How; none where it crashed.
    pub ending: Option<Ending>,
}

/// A poller of one shard.
#[derive(Debug)]
pub struct Poller {
    mapping: Mapping,
    shard: usize,
    state: Shard,
    writer: EventWriter,
    /// The record that is read next.
    next: usize,
    command: watch::Receiver<Command>,
    out: JoinSet<(usize, Came)>,
}

impl Poller {
    /// Behind a checkpoint.
    pub fn new(mapping: Mapping, shard: usize, checkpoint: Checkpoint, command: watch::Receiver<Command>) -> Self {
        let settings = &mapping.settings;
        let writer = EventWriter::new(&Stream::id(shard), "arn:aws:iam::123456789012:role/r", "eu-west-1", STREAM_ARN);
        let configuration = ShardConfiguration {
            parallelization_factor: settings.parallelization_factor,
            limits: BatchLimits {
                records: settings.batch_size,
                payload_bytes: PAYLOAD_BYTES_MAX,
                window: settings.window,
            },
            policy: RetryPolicy {
                maximum_retry_attempts: settings.maximum_retry_attempts,
                maximum_record_age: settings.maximum_record_age,
                bisect_batch_on_function_error: settings.bisect,
                ..RetryPolicy::default()
            },
            filter: Arc::new(FilterCriteria::default()),
            idle: IDLE,
            writer: writer.clone(),
            held_bytes_max: 2 * PAYLOAD_BYTES_MAX,
        };
        let next = {
            let stream = mapping.stream.lock().unwrap_or_else(PoisonError::into_inner);
            stream.shards[shard].records.iter().take_while(|own| checkpoint.covers(&own.sequence_number)).count()
        };
        Self {
            state: Shard::new(configuration, checkpoint),
            mapping,
            shard,
            writer,
            next,
            command,
            out: JoinSet::new(),
        }
    }

    fn tell(&self, what: impl Display) {
        self.mapping.story.tell(self.mapping.began.elapsed(), format_args!("  shard {}: {what}", self.shard));
    }

    fn now(&self) -> Duration {
        EPOCH + self.mapping.began.elapsed()
    }

    /// Polls until the shard ends, or it is told to.
    pub async fn run(mut self) -> Ended {
        let ending = loop {
            while let Some(ended) = self.out.try_join_next() {
                self.settle(ended);
            }
            let now = self.now();
            match *self.command.borrow_and_update() {
                Command::Go => {}
                Command::Drain => self.state.drain(now),
                Command::Stop => self.state.stop(),
                Command::Crash => {
                    self.out.detach_all();
                    break None;
                }
            }
            match self.state.step(now) {
                Step::Read => self.read(now),
                Step::Invoke(lane) => self.invoke(lane),
                Step::Cut(_, cut) => {
                    self.tell(format_args!("a batch is cut at {}: {:?}", short(&cut.cut_at), cut.reason));
                }
                Step::Discard(lane, _) | Step::Expired(lane) => {
                    if let Some(batch) = self.state.discarded(lane, now) {
                        self.tell(format_args!("{} records are given up", batch.records.len()));
                        self.mapping.ledger.given_up(numbers(&batch));
                    }
                }
                Step::WaitUntil(at) => self.wait(Some(at)).await,
                Step::Wait => self.wait(None).await,
                Step::Ended(ending) => break Some(ending),
            }
        };
        Ended { shard: self.shard, checkpoint: self.state.checkpoint().clone(), ending }
    }

    fn read(&mut self, now: Duration) {
        let limit = self.mapping.settings.batch_size * self.mapping.settings.parallelization_factor as usize;
        let (records, found) = {
            let stream = self.mapping.stream.lock().unwrap_or_else(PoisonError::into_inner);
            let shard = &stream.shards[self.shard];
            let records: Vec<Record> = shard.records.iter().skip(self.next).take(limit).cloned().collect();
            let found = match (self.next + records.len() < shard.records.len(), shard.is_closed) {
                (true, _) => Found::Behind,
                (false, true) => Found::End,
                (false, false) => Found::CaughtUp,
            };
            (records, found)
        };
        self.next += records.len();
        self.state.received(records, found, now);
    }

    fn invoke(&mut self, lane: usize) {
        let Some(batch) = self.state.batch(lane) else { return };
        let payload = self.writer.write(batch.records.iter().map(|polled| &polled.record));
        let configuration = self.mapping.function.configuration();
        let (first, last) = (batch.first_sequence_number().to_owned(), batch.last_sequence_number().to_owned());
        self.tell(format_args!("{} records are sent, {} to {}", batch.records.len(), short(&first), short(&last)));
        self.mapping.ledger.sent(numbers(batch), &(first, last, batch.records.len(), configuration));
        self.state.sent(lane);
        let function = self.mapping.function.clone();
        let shard = u32::try_from(self.shard).unwrap_or(u32::MAX);
        self.out.spawn_local(async move { (lane, function.invoke(shard, configuration, payload).await) });
    }

    fn settle(&mut self, ended: Result<(usize, Came), tokio::task::JoinError>) {
        let (lane, came) = match ended {
            Ok(ended) => ended,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let Some(batch) = self.state.batch(lane) else { return };
        let outcome = match came {
            Came::Throttled => Outcome::Throttled,
            Came::Failed => Outcome::FunctionError,
            Came::Answer(answer) => {
                let records = batch.records.iter().map(|polled| &polled.record);
                Outcome::Answer(response::read(&answer, &records))
            }
        };
        if matches!(outcome, Outcome::Answer(Answer::FailedFrom(_))) {
            self.tell("a part of the batch is acknowledged");
        }
        if let Some(settled) = self.state.settle(lane, &outcome, self.now())
            && let Some(done) = &settled.done
        {
            self.tell(format_args!("{} records are acknowledged", done.records.len()));
            self.mapping.ledger.acknowledged(numbers(done));
        }
    }

    async fn wait(&mut self, until: Option<Duration>) {
        let timer = async {
            match until {
                Some(at) => tokio::time::sleep_until(self.mapping.began + at.saturating_sub(EPOCH)).await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            biased;
            Some(ended) = self.out.join_next(), if !self.out.is_empty() => Some(ended),
            _ = self.command.changed() => None,
            () = timer => None,
        };
        if let Some(ended) = ended {
            self.settle(ended);
        }
    }
}

fn numbers(batch: &Batch) -> impl Iterator<Item = &str> {
    batch.records.iter().map(|polled| polled.record.sequence_number.as_str())
}
