//! A world before it is lived through: what is put, how all is set, and what goes wrong where. Drawn from a seed.

mod draw;
mod words;

use std::time::Duration;

/// A world.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// What it was drawn from.
    pub seed: u64,
    /// How all is set.
    pub settings: Settings,
    /// What producers put, in order of time.
    pub feed: Vec<Produced>,
    /// What people and AWS do meanwhile, in order of time.
    pub moves: Vec<(Duration, Move)>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// How stream, mapping and function are set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Shards at the beginning.
    pub shards: u32,
    /// `BatchSize`.
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`.
    pub window: Duration,
    /// `ParallelizationFactor`.
    pub parallelization_factor: u32,
    /// `BisectBatchOnFunctionError`.
    pub bisect: bool,
    /// `MaximumRetryAttempts`; none is for ever.
    pub maximum_retry_attempts: Option<u64>,
    /// `MaximumRecordAgeInSeconds`; none is for ever.
    pub maximum_record_age: Option<Duration>,
    /// The function's timeout.
    pub timeout: Duration,
    /// What records are.
    pub records: Records,
    /// Whether the hooks drop, split and fail records.
    pub transforms: bool,
    /// Partitions that outputs are spread over; none where there is no partitioning.
    pub partitions: Option<u64>,
    /// Records that producers put together as one, and that are taken apart again.
    pub together: usize,
    /// How they put them together.
    pub wrapping: Wrapping,
    /// Whether records are backed up as they came.
    pub backup: bool,
    /// How long a put takes where nothing is wrong.
    pub put_takes: Duration,
    /// The function's variables beside the bucket and the name.
    pub variables: Vec<(&'static str, &'static str)>,
}

/// What records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// Text, of which hooks in Rust make something.
    Text,
    /// JSON objects, of which queries do.
    Json,
    /// The same, and their outputs are rows of columns.
    Columns,
}

/// How producers put records together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// With a delimiter between them.
    Delimited,
    /// As an aggregate of the KPL.
    Kpl,
}

/// A record that is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Produced {
    /// When, from the beginning.
    pub at: Duration,
    /// What makes it one of a kind.
    pub id: u64,
    /// Its partition key.
    pub key: u8,
    /// What the hooks make of it.
    pub kind: Kind,
    /// Bytes of padding.
    pub padding: usize,
    /// Whether the producer puts it a second time, because it never heard the answer. That is another record.
    pub is_repeated: bool,
}

/// What the hooks make of a record, where there are hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is kept.
    Keep,
    /// It is left out.
    Drop,
    /// It becomes so many.
    Split(u8),
    /// It fails.
    Fail,
    /// Its hook panics.
    Panic,
}

/// What people and AWS do to a stream and a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The pollers end, and begin again after so long at the checkpoint. What is with the function ends first.
    Restart(Duration),
    /// The pollers are gone, and others begin after so long at the checkpoint. What is with the function goes on, and
    /// nobody hears its answer.
    Crash(Duration),
    /// An open shard becomes two.
    Split(u64),
    /// Two neighbours become one.
    Merge(u64),
    /// The function is deployed with another prefix.
    Reconfigure,
}

/// Something that goes wrong, at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// In the n-th invocation of a shard, from 1.
    Invocation {
        /// The shard's number.
        shard: u32,
        /// Which invocation.
        nth: u32,
        /// What.
        what: InvocationFault,
    },
    /// In the n-th put of a shard, from 1; every attempt counts.
    Put {
        /// The shard's number.
        shard: u32,
        /// Which put.
        nth: u32,
        /// What.
        what: PutFault,
    },
    /// All puts within a time.
    Outage {
        /// From when.
        from: Duration,
        /// For how long.
        lasts: Duration,
        /// What S3 says.
        what: PutFault,
    },
}

/// What goes wrong with an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationFault {
    /// Lambda has no room.
    Throttled,
    /// The environment dies before the function has the event.
    KilledBefore,
    /// The environment is killed so long after the function has the event.
    KilledAfter(Duration),
    /// The environment is out of memory at the first put of the invocation.
    OutOfMemory,
    /// The function is done, and its answer is lost.
    AnswerLost,
    /// The function is done, and hangs until its timeout.
    TimeoutAfterPut,
    /// The environment's clock is ahead.
    ClockAhead(Duration),
    /// The environment's clock is behind.
    ClockBehind(Duration),
}

/// What goes wrong with a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutFault {
    /// 500.
    InternalError,
    /// 503, and not before so long.
    SlowDown(Duration),
    /// 409.
    Conflict,
    /// 403.
    Denied,
    /// It takes effect after so long, and is answered after twice that.
    Slow(Duration),
    /// Nothing comes back, and nothing happened.
    Stalled,
    /// The connection breaks before the write takes effect.
    CutBefore,
    /// The connection breaks after the write took effect.
    CutAfter,
    /// It took effect, and its 200 never comes.
    AnswerLost,
    /// Nothing comes back, and it takes effect after so long, whoever still waits for it.
    Late(Duration),
}

impl World {
    /// How long at least something is still to come.
    pub fn lasts(&self) -> Duration {
        let feed = self.feed.last().map_or(Duration::ZERO, |produced| produced.at);
        let moves = self.moves.iter().map(|(at, what)| {
            *at + match what {
                Move::Restart(down) | Move::Crash(down) => *down,
                Move::Split(_) | Move::Merge(_) | Move::Reconfigure => Duration::ZERO,
            }
        });
        let outages = self.faults.iter().filter_map(|fault| match fault {
            Fault::Outage { from, lasts, .. } => Some(*from + *lasts),
            Fault::Invocation { .. } | Fault::Put { .. } => None,
        });
        moves.chain(outages).fold(feed, Duration::max)
    }
}
