//! Lambda's event source mapping for a Kinesis stream, in miniature.
//!
//! One concept a file. Pure: [`event`] is the invocation's bytes, [`batching`] says when a batch closes, [`filter`] which
//! records reach the function, [`response`] what an answer means, [`retry`] how often and how long a batch is tried,
//! [`batch`] is what is sent together, [`lane`] puts these together for records that are in one order, [`checkpoint`] is how far a shard is done, [`shard`]
//! spreads a shard's records over lanes, [`lineage`] says which shard may be read after which, [`failure`] is the document
//! about a batch that is given up. Shells: [`poller`] drives a shard, [`driver`] all of them, [`destination`] stores
//! documents.
//!
//! What AWS documents or was recorded to do is done so; a file says where a thing is ours. Left out: tumbling windows,
//! enhanced fan-out, Kafka destinations.

pub mod batch;
pub mod batching;
pub mod checkpoint;
pub mod destination;
pub mod driver;
pub mod event;
pub mod failure;
pub mod filter;
pub mod invoker;
pub mod lane;
pub mod lineage;
pub mod metrics;
pub mod poller;
pub mod progress;
pub mod response;
pub mod retry;
pub mod shard;
mod teller;

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use destination::Destination;
use filter::FilterCriteria;
use retry::RetryPolicy;

/// Where the mapping begins in a shard that was there when it was created. One that a reshard makes later is read from
/// its oldest record on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// At the oldest record.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// At the first record that arrived then or later, in milliseconds since 1970.
    AtTimestamp(u64),
}

/// What the mapping is told, complete and valid.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingConfiguration {
    /// The mapping's `UUID`.
    pub uuid: Uuid,
    /// The stream's name.
    pub stream_name: String,
    /// `EventSourceArn`.
    pub stream_arn: String,
    /// The stream's region.
    pub region: String,
    /// `invokeIdentityArn`: the function's role.
    pub role_arn: String,
    /// The function's ARN.
    pub function_arn: String,
    /// `Enabled`: whether it polls from the start.
    pub enabled: bool,
    /// `BatchSize`, 1 to 10,000.
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`, 0 to 300 s.
    pub batching_window: Duration,
    /// `StartingPosition`, with its timestamp.
    pub starting_position: StartingPosition,
    /// `ParallelizationFactor`, 1 to 10.
    pub parallelization_factor: u32,
    /// What becomes of a batch that failed.
    pub policy: RetryPolicy,
    /// Whether `FunctionResponseTypes` holds `ReportBatchItemFailures`.
    pub report_batch_item_failures: bool,
    /// `FilterCriteria`.
    pub filter: Arc<FilterCriteria>,
    /// `DestinationConfig.OnFailure.Destination`.
    pub on_failure: Option<Destination>,
}
