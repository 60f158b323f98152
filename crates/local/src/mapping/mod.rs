//! Lambda's event source mapping for a Kinesis stream, in miniature.
//!
//! One concept a file, all pure but the last: [`event`] is the invocation's bytes, [`batching`] says when a batch
//! closes, [`response`] what an answer means, [`retry`] how long a failed batch waits, [`checkpoint`] what is
//! acknowledged; [`lane`] puts them together for one shard as a state machine without a clock, and [`poller`] drives
//! one lane against the stream and the function.
//!
//! Left out: `ParallelizationFactor` above 1, `BisectBatchOnFunctionError`, a bound on attempts or on a record's age,
//! filters, tumbling windows, enhanced fan-out and shards that are made while the mapping runs: a reshard of its stream
//! is refused.

pub mod batching;
pub mod checkpoint;
pub mod event;
pub mod lane;
pub mod poller;
pub mod progress;
pub mod response;
pub mod retry;

use std::time::Duration;

/// Where the mapping begins in a shard that has no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// At the oldest record.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
}

/// What the mapping is told, complete and valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingConfiguration {
    /// The stream's name.
    pub stream_name: String,
    /// `EventSourceArn`.
    pub stream_arn: String,
    /// The stream's region.
    pub region: String,
    /// `invokeIdentityArn`: the function's role.
    pub role_arn: String,
    /// `BatchSize`, 1 to 10,000.
    pub batch_size: usize,
    /// `MaximumBatchingWindowInSeconds`, 0 to 300 s.
    pub batching_window: Duration,
    /// `StartingPosition`.
    pub starting_position: StartingPosition,
    /// Whether `FunctionResponseTypes` holds `ReportBatchItemFailures`.
    pub report_batch_item_failures: bool,
}
