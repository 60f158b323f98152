//! The events of the miniature, as it prints them: one JSON object a line, with a version.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// The version of the form that is read here.
pub const VERSION: u32 = 1;

/// The version of a line, read before the rest of it.
#[derive(Debug, Deserialize)]
pub struct Versioned {
    /// See [`VERSION`].
    pub version: u32,
}

/// What happened; what is not shown or used is [`Event::Other`].
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Servers listen.
    Ready { kinesis_endpoint: String, s3_endpoint: String },
    /// Records were taken by the stream.
    RecordsPut { records: Vec<RunRecord> },
    /// The whole input was.
    InputSent { records: u64, retried: u64 },
    /// A batch was acknowledged.
    BatchDelivered {
        shard_id: String,
        records: u64,
        payload_bytes: u64,
        attempt: u64,
        duration_ms: u64,
        iterator_age_ms: u64,
    },
    /// A batch was not.
    BatchFailed { shard_id: String, records: u64, attempt: u64, error: String, retry_in_ms: u64 },
    /// An object was stored.
    ObjectStored(ObjectStored),
    /// An object was there already.
    ObjectPresent { bucket: String, key: String },
    /// An execution environment began.
    EnvironmentStarted {},
    /// An execution environment ended.
    EnvironmentEnded { environment: u64, reason: String },
    /// A fault of the scenario came.
    FaultInjected { fault: String },
    /// The function wrote a line.
    FunctionLog { line: String },
    /// The run ended.
    Ended { records_left: u64 },
    /// A record was larger than any event can be, and is not delivered.
    RecordDiscarded { shard_id: String, sequence_number: String },
    /// Anything else.
    #[serde(other)]
    Other,
}

/// Where an input record went.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RunRecord {
    /// Its number in the input.
    pub index: u64,
    /// Its shard.
    pub shard_id: String,
    /// Its place there.
    pub sequence_number: String,
}

/// An object as it was stored.
#[derive(Debug, Clone, Deserialize)]
pub struct ObjectStored {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its bytes, as a file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its user metadata.
    pub metadata: BTreeMap<String, String>,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Where the input's records went.
    pub records: Vec<RunRecord>,
    /// What was stored in this run, kept to compare it with an input; empty where there is none.
    pub objects: Vec<ObjectStored>,
    /// How many objects were stored.
    pub objects_stored: u64,
    /// Their size.
    pub bytes_stored: u64,
    /// Puts that found their object there.
    pub already_stored: u64,
    /// Batches acknowledged.
    pub batches: u64,
    /// Records acknowledged.
    pub records_delivered: u64,
    /// Invocations that failed.
    pub invocations_failed: u64,
    /// Kills and other faults that came.
    pub faults: u64,
    /// Records that were not acknowledged at the end.
    pub records_left: u64,
    /// Whether a person ended it.
    pub interrupted: bool,
}
