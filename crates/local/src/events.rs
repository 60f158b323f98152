//! What happened, as values: one JSON object a line for programs, the source of every line a person sees.
//!
//! The form is versioned by [`VERSION`]; a field is never renamed or given another meaning within a version.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The version of the event form, in every line.
pub const VERSION: u32 = 1;

/// Where events go. Cheap to clone; called from any task, so an observer must not block.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(Event) + Send + Sync>);

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

impl Events {
    /// Sends every event to `observer`.
    pub fn to(observer: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observer))
    }

    /// Drops every event.
    pub fn none() -> Self {
        Self::to(|_| ())
    }

    /// Tells the observer.
    pub fn emit(&self, event: Event) {
        (self.0)(event);
    }
}

/// One line of `--json`: the version, and the event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Always [`VERSION`] when written by this build.
    pub version: u32,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Times are durations in milliseconds unless the name says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "snake_case")]
pub enum Event {
    /// All servers listen and the mapping polls.
    Ready {
        /// `http://127.0.0.1:PORT` of the Kinesis API.
        kinesis_endpoint: String,
        /// `http://127.0.0.1:PORT` of S3.
        s3_endpoint: String,
        /// The region all ARNs are in.
        region: String,
    },
    /// Entries of one `PutRecords` call that were taken, in the order of the input.
    RecordsPut {
        /// Where each input record went.
        records: Vec<PutRecord>,
    },
    /// The whole input was taken by the stream.
    InputSent {
        /// Records.
        records: u64,
        /// Their data, in bytes.
        bytes: u64,
        /// Entries that the stream refused at first and took when sent again.
        retried: u64,
    },
    /// The mapping began to read a shard; its parents are read to their end.
    ShardStarted {
        /// The shard.
        shard_id: String,
        /// The shards that it came from by a reshard, if any.
        parent_shard_ids: Vec<String>,
    },
    /// A closed shard is read and done to its end.
    ShardEnded {
        /// The shard.
        shard_id: String,
    },
    /// Records that match none of the mapping's filters, passed over for good.
    RecordsFilteredOut {
        /// The shard.
        shard_id: String,
        /// Their sequence numbers, in order.
        sequence_numbers: Vec<String>,
    },
    /// A batch was handed to the function and acknowledged: its records are done.
    BatchDelivered {
        /// The batch.
        #[serde(flatten)]
        batch: Batch,
        /// How long the function took.
        duration_ms: u64,
        /// Age of the batch's last record when it was handed over, AWS's `IteratorAge`.
        iterator_age_ms: u64,
    },
    /// A batch was handed to the function and not acknowledged; it is kept.
    BatchFailed {
        /// The batch.
        #[serde(flatten)]
        batch: Batch,
        /// The function's error, or what became of it.
        error: String,
        /// When it, or what it is cut into, is sent again; 0 where it is given up.
        retry_in_ms: u64,
    },
    /// A batch was not handed to the function, because it runs often enough at once already, or because Lambda has
    /// trouble. That is no attempt; the batch is sent again.
    BatchThrottled {
        /// The batch; its `attempt` is the one that did not take place.
        #[serde(flatten)]
        batch: Batch,
        /// Why.
        error: String,
        /// When it is tried again.
        retry_in_ms: u64,
    },
    /// A batch was cut in two, each of which goes on alone.
    BatchCut {
        /// The shard.
        shard_id: String,
        /// See [`Batch::lane`].
        lane: u32,
        /// Why.
        reason: CutReason,
        /// Records before the cut.
        records_before: u64,
        /// Records from the cut on.
        records_after: u64,
        /// Sequence number of the first record behind the cut.
        cut_at: String,
    },
    /// A batch was given up: its records are not delivered, and counted as `DroppedEventCount`.
    BatchDiscarded {
        /// The batch; its `attempt` is the last one, 0 where there was none.
        #[serde(flatten)]
        batch: Batch,
        /// Why.
        condition: DiscardCondition,
        /// What the document for the destination says, AWS's `approximateInvokeCount`.
        approximate_invoke_count: u64,
        /// Where the document lies, such as `s3://bucket/key`; none where there is no destination or it failed.
        destination: Option<String>,
        /// Why the document could not be written, AWS's `DestinationDeliveryFailures`.
        destination_error: Option<String>,
    },
    /// Records that left the stream, by its retention, before they were delivered: lost, and counted by no metric.
    RecordsExpired {
        /// The shard.
        shard_id: String,
        /// See [`Batch::lane`].
        lane: u32,
        /// How many.
        records: u64,
        /// Sequence number of the first one.
        first_sequence_number: String,
        /// Sequence number of the last one.
        last_sequence_number: String,
    },
    /// The mapping has another state: `Enabled`, `Disabled` or `Deleted`.
    MappingState {
        /// AWS's word.
        state: String,
    },
    /// A call that the scenario's timeline asked for.
    TimelineCall {
        /// The operation, such as `UpdateShardCount`.
        call: String,
        /// Its parameters, as AWS names them.
        parameters: serde_json::Value,
        /// Why it was refused, if it was.
        error: Option<String>,
    },
    /// What the mapping counted, by AWS's names, told once before the end.
    Metrics {
        /// Sums, but for `IteratorAge`, which is a maximum in milliseconds.
        metrics: BTreeMap<String, u64>,
    },
    /// S3 stored an object.
    ObjectStored {
        /// The object.
        #[serde(flatten)]
        object: Object,
    },
    /// S3 refused a conditional write: an object with this key is there already.
    ObjectPresent {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
    },
    /// An execution environment was started.
    EnvironmentStarted {
        /// Its number, from 1.
        environment: u64,
        /// Process id of the bootstrap.
        pid: u32,
    },
    /// An execution environment ended: timeout, crash, kill or shutdown.
    EnvironmentEnded {
        /// Its number.
        environment: u64,
        /// In words.
        reason: String,
    },
    /// A fault that the scenario asked for.
    FaultInjected {
        /// In words, with its number.
        fault: String,
    },
    /// A line that the function wrote.
    FunctionLog {
        /// Which environment.
        environment: u64,
        /// The line.
        line: String,
    },
    /// The run ended: what was asked for is delivered, or was drained.
    Ended {
        /// Records that were acknowledged.
        records_delivered: u64,
        /// Batches that were acknowledged.
        batches_delivered: u64,
        /// Invocations that failed.
        invocations_failed: u64,
        /// Records that the stream holds for the mapping and that are not done.
        records_left: u64,
    },
}

/// Where one input record went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutRecord {
    /// Its number in the input, from 0.
    pub index: u64,
    /// The shard that took it.
    pub shard_id: String,
    /// The lane of that shard that the mapping will take it through, by its partition key; see [`Batch::lane`].
    #[serde(default)]
    pub lane: u32,
    /// Its partition key.
    #[serde(default)]
    pub partition_key: String,
    /// The sequence number it got.
    pub sequence_number: String,
}

/// Why a batch is cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutReason {
    /// `ReportBatchItemFailures`: the function named the first record that is not done.
    BatchItemFailures,
    /// `BisectBatchOnFunctionError`: the function failed.
    Bisect,
    /// `MaximumRecordAgeInSeconds`: the records at its head are too old.
    RecordAge,
    /// The records at its head left the stream by its retention.
    Retention,
}

/// Why a batch is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DiscardCondition {
    /// `MaximumRetryAttempts` are used up.
    RetryAttemptsExhausted,
    /// Its records are older than `MaximumRecordAgeInSeconds`.
    RecordAgeExceeded,
    /// Its one record is larger than any event.
    InvocationPayloadTooLarge,
}

/// A batch of the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The shard.
    pub shard_id: String,
    /// Which of the shard's concurrent lanes it is in, from 0; always 0 with a `ParallelizationFactor` of 1.
    #[serde(default)]
    pub lane: u32,
    /// The invocation's request id.
    pub request_id: String,
    /// Records.
    pub records: u64,
    /// Size of the invocation event.
    pub payload_bytes: u64,
    /// Sequence number of its first record.
    pub first_sequence_number: String,
    /// Sequence number of its last record.
    pub last_sequence_number: String,
    /// Which attempt this was, from 1; begun anew when a part of the batch was acknowledged or it was bisected.
    pub attempt: u64,
}

/// An object as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Where its bytes lie, as a plain file.
    pub path: String,
    /// Size of its body.
    pub bytes: u64,
    /// Its `Content-Encoding`, if it has one.
    pub content_encoding: Option<String>,
    /// Its user metadata, without the `x-amz-meta-` prefix.
    pub metadata: BTreeMap<String, String>,
}
