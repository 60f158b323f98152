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
    /// A batch was handed to the function and acknowledged; the checkpoint has moved behind it.
    BatchDelivered {
        /// The batch.
        #[serde(flatten)]
        batch: Batch,
        /// How long the function took.
        duration_ms: u64,
        /// Age of the batch's last record when it was handed over, AWS's `IteratorAge`.
        iterator_age_ms: u64,
    },
    /// A batch was handed to the function and not acknowledged; it is kept and sent again.
    BatchFailed {
        /// The batch.
        #[serde(flatten)]
        batch: Batch,
        /// The function's error, or what became of it.
        error: String,
        /// When it is sent again.
        retry_in_ms: u64,
    },
    /// A record whose event alone is larger than an invocation may be; it cannot be delivered, and is passed over.
    RecordDiscarded {
        /// The shard.
        shard_id: String,
        /// The record's sequence number.
        sequence_number: String,
        /// Size of the invocation event that would hold it alone.
        payload_bytes: u64,
        /// The largest event.
        limit_bytes: u64,
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
    /// An execution environment was started for a lane.
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
        /// Records still in the stream, taken from it but not acknowledged.
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
    /// The sequence number it got.
    pub sequence_number: String,
}

/// A batch of the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The shard.
    pub shard_id: String,
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
    /// Which attempt this was, from 1.
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
