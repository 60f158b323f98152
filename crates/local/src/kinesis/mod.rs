//! Kinesis Data Streams on loopback: the API for clients, and a reader for the event source mapping.
//!
//! The streams themselves are `ferrokinesis`, in process and in memory. This module is the only one that knows it:
//! it serves its HTTP API ([`Kinesis::serve`]), and reads records beside HTTP ([`Kinesis::get_records`]).
//! What a consumer can see is decided here, where `ferrokinesis` differs from AWS: [`gate`] lets one data operation
//! through at a time, [`reader`] reads and forgets what is older than the retention, [`reshard`] splits and merges with
//! parents, [`shards`] lists them, [`arrival`] gives milliseconds, [`cbor`] the form that Java's clients speak.
//!
//! What stays different from AWS:
//!
//! * No limits of throughput: a shard takes more than 1 MB/s and 1,000 records/s, and gives more than 2 MB/s in 5
//!   reads/s. Nothing answers `ProvisionedThroughputExceededException`.
//! * No enhanced fan-out: `SubscribeToShard` is refused.
//! * A stream has the shards it was given, `ON_DEMAND` or not; encryption is a word in the description.
//! * A reshard is over when its call returns: the stream is never seen `UPDATING`. `UpdateShardCount` may be called more
//!   than 10 times a day, and reaches its target by the fewest splits and merges, which AWS does not promise.
//! * Times of creation, and the time inside a sequence number, are the system's, not the [`Clock`]'s.
//! * `DescribeStream` goes on to list closed shards that the retention has emptied; `ListShards` does not.
//! * The event source mapping beside it holds a stream to the retention that the stream was created with.
//! * Streams end with the process. Signatures are asked for, and not checked.

mod arrival;
mod cbor;
mod gate;
mod operations;
mod reader;
mod reshard;
mod server;
mod shards;
#[cfg(test)]
pub(crate) mod tests;
mod token;

use std::sync::Arc;
use std::time::Duration;

use ferrokinesis::actions::Operation;
use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::store::{Store, StoreOptions};
use serde_json::json;
use tokio::sync::Mutex;

pub use reader::{GetRecords, Record, ShardIterator, ShardIteratorType};
pub use shards::Shard;

use crate::clock::Clock;

/// Open shards an account may have; AWS's default is 500 to 20,000, by region.
const SHARD_LIMIT: u32 = 20_000;

/// How long a created stream may take to become `ACTIVE`. It takes a few milliseconds.
const ACTIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a stream keeps records that is created over HTTP, in hours. AWS's default.
const RETENTION_PERIOD_HOURS: u32 = 24;

/// The streams of one account in one region. Cheap to clone; all clones are the same streams.
#[derive(Clone)]
pub struct Kinesis {
    store: Store,
    clock: Clock,
    /// Held during every operation that reads or writes records or shards: see [`gate`].
    gate: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Kinesis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kinesis").field("region", &self.store.aws_region).finish_non_exhaustive()
    }
}

/// An operation that Kinesis did not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KinesisError {
    /// The API's own error.
    #[error("{operation} was refused with {error_type}: {message}")]
    Refused {
        /// The operation, as the API calls it.
        operation: &'static str,
        /// The API's error type, such as `ResourceNotFoundException`.
        error_type: String,
        /// The API's message.
        message: String,
    },
    /// A created stream was not `ACTIVE` in time.
    #[error("stream {stream_name} was not ACTIVE {} s after it was created", ACTIVE_TIMEOUT.as_secs())]
    NotActive {
        /// The stream.
        stream_name: String,
    },
}

impl KinesisError {
    /// Makes the API's error one of an operation.
    fn refused(operation: &'static str) -> impl Fn(KinesisErrorResponse) -> Self {
        move |error| Self::Refused {
            operation,
            error_type: error.body.error_type,
            message: error.body.message.unwrap_or_default(),
        }
    }
}

impl Kinesis {
    /// An account without streams. `account_id` has 12 digits. Arrival times, retention, how far a reader is behind and
    /// the age of an iterator are told by `clock`.
    pub fn new(region: &str, account_id: &str, clock: Clock) -> Self {
        let options = StoreOptions {
            create_stream_ms: 0,
            delete_stream_ms: 0,
            update_stream_ms: 0,
            shard_limit: SHARD_LIMIT,
            aws_account_id: account_id.to_owned(),
            aws_region: region.to_owned(),
            ..StoreOptions::default()
        };
        Self { store: Store::new(options), clock, gate: Arc::new(Mutex::new(())) }
    }

    /// Creates a stream that keeps its records for 24 to 8,760 hours, and waits until it is `ACTIVE`.
    pub async fn create_stream(
        &self,
        stream_name: &str,
        shard_count: u32,
        retention_period_hours: u32,
    ) -> Result<(), KinesisError> {
        const RETENTION: &str = "IncreaseStreamRetentionPeriod";
        operations::check_retention(retention_period_hours).map_err(KinesisError::refused(RETENTION))?;
        let request = json!({ "StreamName": stream_name, "ShardCount": shard_count });
        self.operate(Operation::CreateStream, request).await.map_err(KinesisError::refused("CreateStream"))?;
        let give_up = tokio::time::Instant::now() + ACTIVE_TIMEOUT;
        while self.list_shards(stream_name).await?.is_empty() {
            if tokio::time::Instant::now() > give_up {
                return Err(KinesisError::NotActive { stream_name: stream_name.to_owned() });
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if retention_period_hours == RETENTION_PERIOD_HOURS {
            return Ok(());
        }
        let request = json!({ "StreamName": stream_name, "RetentionPeriodHours": retention_period_hours });
        let kept = self.operate(Operation::IncreaseStreamRetentionPeriod, request).await;
        kept.map(drop).map_err(KinesisError::refused(RETENTION))
    }

    /// Splits and merges until the stream has `target` open shards of the same size; returns when it has. At most twice
    /// and at least half as many as are open.
    pub async fn update_shard_count(&self, stream_name: &str, target: u32) -> Result<(), KinesisError> {
        let request =
            json!({ "StreamName": stream_name, "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING" });
        let updated = self.operate(Operation::UpdateShardCount, request).await;
        updated.map(drop).map_err(KinesisError::refused("UpdateShardCount"))
    }

    /// Closes a shard and opens two in its place: one below `new_starting_hash_key`, a decimal, and one from it on.
    pub async fn split_shard(
        &self,
        stream_name: &str,
        shard_id: &str,
        new_starting_hash_key: &str,
    ) -> Result<(), KinesisError> {
        let request = json!({
            "StreamName": stream_name, "ShardToSplit": shard_id, "NewStartingHashKey": new_starting_hash_key,
        });
        let split = self.operate(Operation::SplitShard, request).await;
        split.map(drop).map_err(KinesisError::refused("SplitShard"))
    }

    /// Closes two open shards, neighbours in either order, and opens one in their place.
    pub async fn merge_shards(
        &self,
        stream_name: &str,
        shard_id: &str,
        adjacent_shard_id: &str,
    ) -> Result<(), KinesisError> {
        let request = json!({
            "StreamName": stream_name, "ShardToMerge": shard_id, "AdjacentShardToMerge": adjacent_shard_id,
        });
        let merged = self.operate(Operation::MergeShards, request).await;
        merged.map(drop).map_err(KinesisError::refused("MergeShards"))
    }
}
