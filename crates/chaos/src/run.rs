//! A world, lived through.

use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use penstock_local::mapping::checkpoint::Checkpoint;
use penstock_local::mapping::shard::Ending;
use tokio::sync::watch;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use crate::broken::Broken;
use crate::bucket::Bucket;
use crate::expected;
use crate::function::Function;
use crate::ledger::{Counts, Ledger, Violation};
use crate::mapping::{Command, Ended, Mapping, Poller};
use crate::story::Story;
use crate::stream::Stream;
use crate::world::{Move, Produced, World};

/// How long after its last event a world must have come to rest. What is tried without end ends long before, because
/// every fault has a place.
const REST: Duration = Duration::from_hours(48);

/// How a world was.
#[derive(Debug, Clone)]
pub struct Lived {
    /// What was counted, or the promise that was broken.
    pub ended: Result<Counts, Violation>,
    /// What happened.
    pub story: Vec<String>,
}

/// Lives through a world, with the build that is broken so, if any.
///
/// # Panics
///
/// When a part of the simulation does: that is a defect of it, and not of the function.
pub fn live(world: &World, broken: Option<Broken>) -> Lived {
    quiet_hooks();
    // The pauses between the attempts of a put are drawn; here from the seed.
    fastrand::seed(world.seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let story = Story::default();
    let runtime = runtime.expect("a runtime without I/O is always there");
    let ended = LocalSet::new().block_on(&runtime, async { Life::new(world, broken, &story).live().await });
    Lived { ended, story: story.lines() }
}

/// Hooks that panic are part of many worlds, and not worth a word each.
fn quiet_hooks() {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload().downcast_ref::<&str>().is_none_or(|text| !text.starts_with("it says that its hook")) {
                before(panic);
            }
        }));
    });
}

/// Where a shard is.
#[derive(Debug)]
enum Stage {
    /// It waits for its parents, or for pollers.
    Waiting,
    /// A poller has it.
    Polled(watch::Sender<Command>),
    /// It is closed, and all of it is done.
    Closed,
    /// All that was there is done.
    Drained,
}

/// What happens from outside.
#[derive(Debug, Clone)]
enum Event {
    Put(Produced),
    Move(Move),
}

struct Life {
    recuts: bool,
    events: Vec<(Duration, Event)>,
    give_up: Duration,
    mapping: Mapping,
    shards: Vec<(Stage, Checkpoint)>,
    pollers: JoinSet<Ended>,
    /// When pollers may begin again.
    up_at: Duration,
    is_draining: bool,
}

impl Life {
    fn new(world: &World, broken: Option<Broken>, story: &Story) -> Self {
        let began = Instant::now();
        let bucket = Bucket::default();
        let settings = Arc::new(world.settings.clone());
        let mut events: Vec<(Duration, Event)> = world
            .feed
            .iter()
            .map(|produced| (produced.at, Event::Put(produced.clone())))
            .chain(world.moves.iter().map(|(at, own)| (*at, Event::Move(*own))))
            .collect();
        events.sort_by_key(|(at, _)| *at);
        let cuts = |own: &(Duration, Move)| !matches!(own.1, Move::Split(_) | Move::Merge(_));
        Self {
            recuts: settings.bisect || settings.maximum_record_age.is_some() || world.moves.iter().any(cuts),
            give_up: world.lasts() + REST,
            events,
            mapping: Mapping {
                function: Function::new(world, bucket.clone(), began, story.clone(), broken),
                ledger: Ledger::new(bucket, &settings),
                stream: Arc::new(Mutex::new(Stream::new(settings.shards))),
                settings,
                story: story.clone(),
                began,
            },
            shards: Vec::new(),
            pollers: JoinSet::new(),
            up_at: Duration::ZERO,
            is_draining: false,
        }
    }

    fn now(&self) -> Duration {
        self.mapping.began.elapsed()
    }

    async fn live(mut self) -> Result<Counts, Violation> {
        let events = std::mem::take(&mut self.events);
        let mut events = events.into_iter().peekable();
        loop {
            self.begin();
            if let Some(violation) = self.mapping.ledger.violation() {
                return Err(violation);
            }
            if events.peek().is_none() && !self.is_draining {
                self.is_draining = true;
                self.command(Command::Drain);
            }
            if self.is_draining && self.shards.iter().all(|(stage, _)| matches!(stage, Stage::Closed | Stage::Drained))
            {
                return self.mapping.ledger.at_the_end(self.recuts);
            }
            let next = events.peek().map_or(self.give_up, |(at, _)| *at);
            let is_down = self.up_at > self.now();
            let wake = if is_down { next.min(self.up_at) } else { next };
            tokio::select! {
                biased;
                Some(ended) = self.pollers.join_next(), if !self.pollers.is_empty() => match ended {
                    Ok(ended) => self.ended(ended),
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                },
                () = tokio::time::sleep_until(self.mapping.began + wake) => {
                    if self.now() >= self.give_up {
                        let text = "a shard never gets past a batch, although every fault is over".to_owned();
                        return Err(Violation { promise: "D1", text });
                    }
                    while let Some((_, event)) = events.next_if(|(at, _)| *at <= self.now()) {
                        self.happen(event);
                    }
                }
            }
        }
    }

    /// Begins to poll every shard whose turn it is.
    fn begin(&mut self) {
        let parents: Vec<Vec<usize>> = {
            let stream = self.mapping.stream.lock().unwrap_or_else(PoisonError::into_inner);
            stream.shards.iter().map(|shard| shard.parents.clone()).collect()
        };
        self.shards.resize_with(parents.len(), || (Stage::Waiting, Checkpoint::default()));
        if self.up_at > self.now() {
            return;
        }
        for (shard, parents) in parents.iter().enumerate() {
            let is_ready = parents.iter().all(|parent| matches!(self.shards[*parent].0, Stage::Closed));
            if !is_ready || !matches!(self.shards[shard].0, Stage::Waiting) {
                continue;
            }
            let (send, command) = watch::channel(if self.is_draining { Command::Drain } else { Command::Go });
            let poller = Poller::new(self.mapping.clone(), shard, self.shards[shard].1.clone(), command);
            self.pollers.spawn_local(poller.run());
            self.shards[shard].0 = Stage::Polled(send);
        }
    }

    fn ended(&mut self, ended: Ended) {
        let stage = match ended.ending {
            Some(Ending::Closed) => Stage::Closed,
            Some(Ending::Drained) => Stage::Drained,
            Some(Ending::Stopped) | None => Stage::Waiting,
        };
        self.shards[ended.shard] = (stage, ended.checkpoint);
    }

    fn command(&self, command: Command) {
        for (stage, _) in &self.shards {
            if let Stage::Polled(send) = stage {
                send.send_replace(command);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Put(produced) => {
                for copy in 0..=u8::from(produced.is_repeated) {
                    let settings = &self.mapping.settings;
                    let payload = expected::payload(&produced, copy, settings);
                    let data = expected::wrapped(&payload, produced.key, settings);
                    let mut stream = self.mapping.stream.lock().unwrap_or_else(PoisonError::into_inner);
                    let (shard, number) = stream.put(produced.key, &data, now);
                    self.mapping.ledger.put(number, shard, payload);
                }
            }
            Event::Move(own) => {
                self.mapping.story.tell(now, own);
                match own {
                    Move::Restart(down) => {
                        self.command(Command::Stop);
                        self.up_at = self.up_at.max(now + down);
                    }
                    Move::Crash(down) => {
                        self.command(Command::Crash);
                        self.up_at = self.up_at.max(now + down);
                    }
                    Move::Split(choice) => {
                        self.mapping.stream.lock().unwrap_or_else(PoisonError::into_inner).split(choice);
                    }
                    Move::Merge(choice) => {
                        self.mapping.stream.lock().unwrap_or_else(PoisonError::into_inner).merge(choice);
                    }
                    Move::Reconfigure => self.mapping.function.reconfigure(),
                }
            }
        }
    }
}
