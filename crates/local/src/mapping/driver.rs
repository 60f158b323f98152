//! Drives all shards of a mapping: begins each when its parents are done, and obeys `Enabled`, deletion and creation.
//!
//! A mapping that is disabled keeps how far each shard is done, and goes on there. What was delivered behind that point by
//! another lane is delivered again. A mapping that is deleted forgets it; created anew it begins at its starting position.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::StartingPosition;
use super::invoker::Invoker;
use super::lineage::{Beginning, Lineage};
use super::poller::{Command, Ended, Poller, Shared};
use super::progress::Progress;
use super::shard::Ending;
use crate::events::{Event, Events};
use crate::kinesis::{Kinesis, KinesisError, ShardIterator, ShardIteratorType};

/// Requests that wait for the driver at most.
const REQUESTS_MAX: usize = 16;

/// What a mapping may be asked for while it runs, as the API calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// `UpdateEventSourceMapping` with `Enabled`.
    SetEnabled(bool),
    /// `DeleteEventSourceMapping`.
    Delete,
    /// `CreateEventSourceMapping`, as it was.
    Create,
}

/// Why a request was refused; the words of the API's exceptions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// There is no mapping.
    #[error("ResourceNotFoundException: the event source mapping does not exist")]
    NotFound,
    /// There is one.
    #[error("ResourceConflictException: an event source mapping of this stream and function exists already")]
    Exists,
    /// The stream refused.
    #[error(transparent)]
    Kinesis(#[from] KinesisError),
    /// The mapping has ended.
    #[error("the run is at its end")]
    Ended,
}

/// A mapping that runs. Clones are handles of the same.
#[derive(Debug, Clone)]
pub struct Handle {
    requests: mpsc::Sender<(Request, Reply)>,
    drain: watch::Sender<bool>,
}

type Reply = oneshot::Sender<Result<(), RequestError>>;

impl Handle {
    /// Makes a request, and waits until it is carried out: a mapping that is disabled has ended its invocations.
    pub async fn request(&self, request: Request) -> Result<(), RequestError> {
        let (reply, replied) = oneshot::channel();
        self.requests.send((request, reply)).await.map_err(|_| RequestError::Ended)?;
        replied.await.map_err(|_| RequestError::Ended)?
    }

    /// Delivers what is there, and ends.
    pub fn drain(&self) {
        self.drain.send_replace(true);
    }
}

/// A mapping with its shards.
#[derive(Debug)]
pub struct Driver<I> {
    kinesis: Kinesis,
    invoker: I,
    shared: Shared,
    command: watch::Sender<Command>,
    requests: mpsc::Receiver<(Request, Reply)>,
    drain: watch::Receiver<bool>,
    /// None when it is deleted.
    mapping: Option<Mapping>,
    tasks: JoinSet<Ended>,
    /// Who waits until all tasks have ended, and what to tell then.
    stopping: Option<(Reply, &'static str)>,
    /// Records that are not done, of shards that ended without being done.
    left: u64,
}

/// What a deletion forgets.
#[derive(Debug)]
struct Mapping {
    enabled: bool,
    lineage: Lineage,
    /// The starting positions, taken when the mapping was created.
    places: BTreeMap<String, ShardIterator>,
}

impl<I: Invoker> Driver<I> {
    /// Creates the mapping and takes its starting position in every shard: records put after this are delivered,
    /// whatever it is. `command` is the other side of what `shared` holds.
    ///
    /// # Errors
    ///
    /// When the stream cannot be looked at.
    pub async fn create(
        kinesis: Kinesis,
        invoker: I,
        shared: Shared,
        command: watch::Sender<Command>,
    ) -> Result<(Self, Handle), KinesisError> {
        let (send_request, requests) = mpsc::channel(REQUESTS_MAX);
        let (send_drain, drain) = watch::channel(false);
        let mut driver = Self {
            kinesis,
            invoker,
            shared,
            command,
            requests,
            drain,
            mapping: None,
            tasks: JoinSet::new(),
            stopping: None,
            left: 0,
        };
        driver.create_mapping(driver.shared.configuration.enabled).await?;
        Ok((driver, Handle { requests: send_request, drain: send_drain }))
    }

    /// Runs until it is told to drain and has drained. The answer is how many records were read and are not done.
    ///
    /// # Errors
    ///
    /// When the stream refuses what it should not; whoever waits for progress is told first.
    pub async fn run(mut self) -> Result<u64, KinesisError> {
        let progress = self.shared.progress.clone();
        let ended = self.drive().await;
        if let Err(error) = &ended {
            progress.send_modify(|progress| {
                progress.fatal.get_or_insert_with(|| error.to_string());
            });
        }
        ended
    }

    async fn drive(&mut self) -> Result<u64, KinesisError> {
        loop {
            if *self.drain.borrow() {
                self.end_shards();
            }
            if self.stopping.is_none() {
                self.begin_shards().await?;
            }
            if self.tasks.is_empty() && *self.drain.borrow() {
                return Ok(self.left + self.left_unread().await?);
            }
            tokio::select! {
                Some(ended) = self.tasks.join_next() => match ended {
                    Ok(ended) => self.ended(ended).await?,
                    Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    Err(_) => {}
                },
                Some((request, reply)) = self.requests.recv(), if self.stopping.is_none() => {
                    if *self.drain.borrow() {
                        // Nobody waits any more: that is their affair. So below.
                        let _ = reply.send(Err(RequestError::Ended));
                    } else {
                        self.obey(request, reply).await;
                    }
                }
                changed = self.drain.changed() => {
                    if changed.is_err() {
                        // Nobody can ask for anything any more.
                        return Ok(self.left);
                    }
                }
            }
        }
    }

    /// Tells the shards that the mapping is at its end, however it was told before.
    fn end_shards(&self) {
        let command = *self.command.borrow();
        let last = match command {
            Command::Go => Command::Drain,
            Command::Stop => Command::End,
            Command::Drain | Command::End => return,
        };
        self.command.send_replace(last);
    }

    async fn create_mapping(&mut self, enabled: bool) -> Result<(), KinesisError> {
        let configuration = &self.shared.configuration;
        let kind = match configuration.starting_position {
            StartingPosition::TrimHorizon => ShardIteratorType::TrimHorizon,
            StartingPosition::Latest => ShardIteratorType::Latest,
            StartingPosition::AtTimestamp(ms) => ShardIteratorType::AtTimestamp(ms),
        };
        let shards = self.kinesis.list_shards(&configuration.stream_name).await?;
        let mut places = BTreeMap::new();
        for shard in &shards {
            let place = self.kinesis.get_shard_iterator(&configuration.stream_name, &shard.shard_id, kind.clone());
            places.insert(shard.shard_id.clone(), place.await?);
        }
        let mut lineage = Lineage::default();
        lineage.discovered(shards, configuration.starting_position == StartingPosition::Latest);
        self.shared.progress.send_modify(|progress| {
            progress.checkpoints.clear();
            progress.places.clone_from(&places);
        });
        self.mapping = Some(Mapping { enabled, lineage, places });
        self.state(if enabled { "Enabled" } else { "Disabled" });
        Ok(())
    }

    async fn begin_shards(&mut self) -> Result<(), KinesisError> {
        let Some(mapping) = self.mapping.as_mut().filter(|mapping| mapping.enabled) else { return Ok(()) };
        for (shard_id, beginning, parent_shard_ids) in mapping.lineage.begin() {
            let iterator = place(&self.kinesis, &self.shared, &mapping.places, &shard_id, beginning).await?;
            self.shared.events.emit(Event::ShardStarted { shard_id: shard_id.clone(), parent_shard_ids });
            let (invoker, shared) = (self.invoker.clone(), self.shared.clone());
            let checkpoint = mapping.lineage.checkpoint(&shard_id);
            let poller = Poller::new(self.kinesis.clone(), &shard_id, iterator, checkpoint, invoker, shared);
            let alarm = Alarm { shard_id, progress: self.shared.progress.clone() };
            self.tasks.spawn(async move {
                let _alarm = alarm;
                poller.run().await
            });
        }
        Ok(())
    }

    /// How many records lie in the shards that are not read and not done, those that nobody looked at yet included.
    async fn left_unread(&mut self) -> Result<u64, KinesisError> {
        let Some(mapping) = &mut self.mapping else { return Ok(0) };
        let shards = self.kinesis.list_shards(&self.shared.configuration.stream_name).await?;
        mapping.lineage.discovered(shards, false);
        let mut left = 0;
        for (shard_id, beginning) in mapping.lineage.waiting() {
            let iterator = place(&self.kinesis, &self.shared, &mapping.places, shard_id, beginning).await?;
            left += self.kinesis.count_records(iterator).await?;
        }
        Ok(left)
    }

    async fn ended(&mut self, ended: Ended) -> Result<(), KinesisError> {
        // What was stopped is counted at the end, from where it would be read again.
        if ended.ending != Some(Ending::Stopped) {
            self.left += ended.left;
        }
        if let Some(mapping) = &mut self.mapping {
            match ended.ending {
                Some(Ending::Closed) => {
                    mapping.lineage.ended(&ended.shard_id, ended.checkpoint, true);
                    self.shared.events.emit(Event::ShardEnded { shard_id: ended.shard_id });
                    let shards = self.kinesis.list_shards(&self.shared.configuration.stream_name).await?;
                    mapping.lineage.discovered(shards, false);
                }
                Some(Ending::Stopped) => mapping.lineage.ended(&ended.shard_id, ended.checkpoint, false),
                // It is not begun again: the mapping is at its end.
                Some(Ending::Drained) | None => {}
            }
        }
        if self.tasks.is_empty()
            && let Some((reply, state)) = self.stopping.take()
        {
            self.stopped(reply, state);
        }
        Ok(())
    }

    async fn obey(&mut self, request: Request, reply: Reply) {
        let answer = match (request, &mut self.mapping) {
            (Request::Create, None) => {
                self.command.send_replace(Command::Go);
                let enabled = self.shared.configuration.enabled;
                self.create_mapping(enabled).await.map_err(RequestError::Kinesis)
            }
            (Request::Create, Some(_)) => Err(RequestError::Exists),
            (_, None) => Err(RequestError::NotFound),
            (Request::SetEnabled(true), Some(mapping)) => {
                if !std::mem::replace(&mut mapping.enabled, true) {
                    self.command.send_replace(Command::Go);
                    self.state("Enabled");
                }
                Ok(())
            }
            (Request::SetEnabled(false), Some(mapping)) => {
                mapping.enabled = false;
                self.stop(reply, "Disabled");
                return;
            }
            (Request::Delete, Some(_)) => {
                self.stop(reply, "Deleted");
                return;
            }
        };
        let _ = reply.send(answer);
    }

    fn stop(&mut self, reply: Reply, state: &'static str) {
        self.command.send_replace(Command::Stop);
        if self.tasks.is_empty() {
            self.stopped(reply, state);
        } else {
            self.state(if state == "Deleted" { "Deleting" } else { "Disabling" });
            self.stopping = Some((reply, state));
        }
    }

    fn stopped(&mut self, reply: Reply, state: &'static str) {
        if state == "Deleted" {
            self.mapping = None;
            self.shared.progress.send_modify(|progress| progress.checkpoints.clear());
        }
        self.state(state);
        let _ = reply.send(Ok(()));
    }

    fn state(&self, state: &str) {
        state_event(&self.shared.events, state);
    }
}

/// Where reading a shard begins.
async fn place(
    kinesis: &Kinesis,
    shared: &Shared,
    places: &BTreeMap<String, ShardIterator>,
    shard_id: &str,
    beginning: Beginning,
) -> Result<ShardIterator, KinesisError> {
    let kind = match beginning {
        Beginning::StartingPosition => match places.get(shard_id) {
            Some(place) => return Ok(place.clone()),
            None => ShardIteratorType::TrimHorizon,
        },
        Beginning::TrimHorizon => ShardIteratorType::TrimHorizon,
        Beginning::After(number) => ShardIteratorType::AfterSequenceNumber(number),
    };
    kinesis.get_shard_iterator(&shared.configuration.stream_name, shard_id, kind).await
}

fn state_event(events: &Events, state: &str) {
    events.emit(Event::MappingState { state: state.to_owned() });
}

/// Ends the mapping when the shard that holds it panics: nobody would wait for that shard's records in vain.
struct Alarm {
    shard_id: String,
    progress: watch::Sender<Progress>,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let message = format!("the lane of {} panicked", self.shard_id);
            self.progress.send_modify(|progress| {
                progress.fatal.get_or_insert(message);
            });
        }
    }
}

#[cfg(test)]
mod tests;
