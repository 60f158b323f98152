//! Kinesis Data Streams on loopback: the API for clients, and a reader for the event source mapping.
//!
//! The streams themselves are `ferrokinesis`, in process and in memory. This module is the only one that knows it:
//! it serves its HTTP API ([`Kinesis::serve`]), and reads records beside HTTP ([`Kinesis::get_records`]).
//! What it adds is in [`gate`]: one data operation at a time, arrival times in milliseconds, replies of at most 10 MiB.
//!
//! Left out: enhanced fan-out (`SubscribeToShard` is refused), throughput limits of a shard, streams that outlive the
//! process, and a reshard of a stream that the mapping polls ([`Kinesis::keep_shards`]).

mod arrival;
mod gate;
mod reader;
mod server;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use ferrokinesis::actions::{Operation, dispatch};
use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::store::{Store, StoreOptions};
use ferrokinesis::validation;
use serde_json::{Value, json};
use tokio::sync::Mutex;

pub use reader::{GetRecords, Record, ShardIterator, ShardIteratorType};

/// Open shards an account may have; AWS's default is 500 to 20,000, by region.
const SHARD_LIMIT: u32 = 20_000;

/// How long a created stream may take to become `ACTIVE`. It takes a few milliseconds.
const ACTIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The streams of one account in one region. Cheap to clone; all clones are the same streams.
#[derive(Clone)]
pub struct Kinesis {
    store: Store,
    /// Held during every operation that reads or writes records: see [`gate`].
    gate: Arc<Mutex<()>>,
    /// Names of the streams whose shards stay as they are.
    kept: Arc<std::sync::Mutex<BTreeSet<String>>>,
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

impl Kinesis {
    /// An account without streams. `account_id` has 12 digits.
    pub fn new(region: &str, account_id: &str) -> Self {
        let options = StoreOptions {
            create_stream_ms: 0,
            delete_stream_ms: 0,
            update_stream_ms: 0,
            shard_limit: SHARD_LIMIT,
            aws_account_id: account_id.to_owned(),
            aws_region: region.to_owned(),
            ..StoreOptions::default()
        };
        Self { store: Store::new(options), gate: Arc::new(Mutex::new(())), kept: Arc::default() }
    }

    /// Creates a stream and waits until it is `ACTIVE`.
    pub async fn create_stream(&self, stream_name: &str, shard_count: u32) -> Result<(), KinesisError> {
        let request = json!({ "StreamName": stream_name, "ShardCount": shard_count });
        self.call("CreateStream", Operation::CreateStream, request).await?;
        let give_up = tokio::time::Instant::now() + ACTIVE_TIMEOUT;
        while self.list_shards(stream_name).await?.is_empty() {
            if tokio::time::Instant::now() > give_up {
                return Err(KinesisError::NotActive { stream_name: stream_name.to_owned() });
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    /// Refuses `SplitShard`, `MergeShards` and `UpdateShardCount` of a stream from now on: for a reader that looks at
    /// the stream's shards once, and to whom the records of a child shard would be lost in silence.
    pub fn keep_shards(&self, stream_name: &str) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(stream_name.to_owned());
    }

    /// The ids of all shards of a stream, in order.
    pub async fn list_shards(&self, stream_name: &str) -> Result<Vec<String>, KinesisError> {
        let answer = self.call("ListShards", Operation::ListShards, json!({ "StreamName": stream_name })).await?;
        let shards = answer["Shards"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(shards.iter().filter_map(|shard| shard["ShardId"].as_str().map(str::to_owned)).collect())
    }

    /// One operation as the API does it, validation included, without HTTP.
    async fn call(&self, name: &'static str, operation: Operation, request: Value) -> Result<Value, KinesisError> {
        let refused = |error: KinesisErrorResponse| KinesisError::Refused {
            operation: name,
            error_type: error.body.error_type,
            message: error.body.message.unwrap_or_default(),
        };
        let rules = operation.validation_rules();
        let rules: Vec<_> = rules.iter().map(|(field, rule)| (*field, rule)).collect();
        let request = validation::check_types(&request, &rules).map_err(refused)?;
        validation::check_validations(&request, &rules, None).map_err(refused)?;
        Ok(dispatch(&self.store, operation, request).await.map_err(refused)?.unwrap_or_default())
    }
}
