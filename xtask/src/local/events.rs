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
    /// The mapping began to read a shard.
    ShardStarted { shard_id: String, parent_shard_ids: Vec<String> },
    /// A closed shard is done.
    ShardEnded { shard_id: String },
    /// Records match no filter.
    RecordsFilteredOut(FilteredOut),
    /// A batch was acknowledged.
    BatchDelivered {
        #[serde(flatten)]
        batch: Batch,
        duration_ms: u64,
        iterator_age_ms: u64,
    },
    /// A batch was not.
    BatchFailed {
        #[serde(flatten)]
        batch: Batch,
        error: String,
        retry_in_ms: u64,
    },
    /// A batch was not even handed over.
    BatchThrottled {
        #[serde(flatten)]
        batch: Batch,
        error: String,
        retry_in_ms: u64,
    },
    /// A batch became two.
    BatchCut { shard_id: String, lane: u32, reason: String, records_before: u64, records_after: u64, cut_at: String },
    /// A batch was given up.
    BatchDiscarded(Discarded),
    /// Records left the stream before they were delivered.
    RecordsExpired(Expired),
    /// The mapping has another state.
    MappingState { state: String },
    /// A call of the timeline was made.
    TimelineCall { call: String, parameters: serde_json::Map<String, serde_json::Value>, error: Option<String> },
    /// What the mapping counted.
    Metrics { metrics: BTreeMap<String, u64> },
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
    /// The lane of its shard that the mapping takes it through.
    #[serde(default)]
    pub lane: u32,
    /// Its partition key.
    #[serde(default)]
    pub partition_key: String,
    /// Its place there.
    pub sequence_number: String,
}

/// A batch: records of one lane of one shard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Batch {
    /// Its shard.
    pub shard_id: String,
    /// Its lane.
    #[serde(default)]
    pub lane: u32,
    /// How many records.
    pub records: u64,
    /// Size of the invocation event.
    pub payload_bytes: u64,
    /// Its first record.
    pub first_sequence_number: String,
    /// Its last record.
    pub last_sequence_number: String,
    /// Which attempt it was.
    pub attempt: u64,
}

/// Records that match no filter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FilteredOut {
    /// Their shard.
    pub shard_id: String,
    /// Each of them.
    pub sequence_numbers: Vec<String>,
}

/// A batch that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Discarded {
    /// The batch.
    #[serde(flatten)]
    pub batch: Batch,
    /// Why, in AWS's word.
    pub condition: String,
    /// How often the function had it.
    pub approximate_invoke_count: u64,
    /// Where the document lies.
    pub destination: Option<String>,
    /// Why there is none.
    pub destination_error: Option<String>,
}

/// Records that the stream forgot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Expired {
    /// Their shard.
    pub shard_id: String,
    /// Their lane.
    pub lane: u32,
    /// How many.
    pub records: u64,
    /// The first.
    pub first_sequence_number: String,
    /// The last.
    pub last_sequence_number: String,
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
