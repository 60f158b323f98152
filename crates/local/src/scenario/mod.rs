//! What the miniature is told to be, in AWS's words: one JSON file.
//!
//! Fields carry AWS's names, limits and defaults; [`validation`] holds them against these. A field that is not here is
//! refused, so that no setting is taken for done that is not. What AWS has and this has not: enhanced fan-out and
//! tumbling windows.
//!
//! ```
//! let scenario = penstock_local::scenario::Scenario::parse(r#"{
//!     "DataDirectory": "data",
//!     "Streams": [{ "StreamName": "events", "ShardCount": 2 }],
//!     "Buckets": ["events-bucket"],
//!     "Function": { "FunctionName": "events", "Bootstrap": "./bootstrap" },
//!     "EventSourceMapping": { "StreamName": "events", "StartingPosition": "TRIM_HORIZON" }
//! }"#).unwrap();
//! assert_eq!(scenario.event_source_mapping.batch_size, 100);
//! ```

#[cfg(test)]
mod tests;
pub mod timeline;
mod validation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::function::FunctionStartError;

/// The whole scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Scenario {
    /// The region of all ARNs.
    #[serde(default = "default_region")]
    pub region: String,
    /// The account of all ARNs, 12 digits.
    #[serde(default = "default_account_id")]
    pub account_id: String,
    /// Where S3 keeps objects, as `<DataDirectory>/<bucket>/<key>`. Created if it is not there.
    pub data_directory: PathBuf,
    /// The port of the Kinesis API on 127.0.0.1; 0 is any free one.
    #[serde(default)]
    pub kinesis_port: u16,
    /// The port of S3 on 127.0.0.1; 0 is any free one.
    #[serde(default)]
    pub s3_port: u16,
    /// At least one.
    pub streams: Vec<Stream>,
    /// Buckets to create; those that are there already are kept.
    #[serde(default)]
    pub buckets: Vec<String>,
    /// The function.
    pub function: Function,
    /// What brings the stream's records to the function.
    pub event_source_mapping: EventSourceMapping,
    /// Records to put. Without it the run goes on until it is stopped.
    #[serde(default)]
    pub input: Option<Input>,
    /// What goes wrong with the function while it runs.
    #[serde(default)]
    pub faults: Option<Faults>,
    /// Calls of AWS's API that are made while the run goes on, in this order.
    #[serde(default)]
    pub timeline: Vec<TimelineEntry>,
    /// Where documents for SQS and SNS go, as `sqs/<queue>.ndjson` and `sns/<topic>.ndjson`; if not said,
    /// `.destinations` in the data directory. Created when the first one comes.
    #[serde(default)]
    pub destinations_directory: Option<PathBuf>,
    /// Keeps each invocation event as `<nnnnnn>-<shard id>.json`. An event that is sent again is kept once.
    /// Created if it is not there.
    #[serde(default)]
    pub invocations_directory: Option<PathBuf>,
}

/// A stream, as `CreateStream` makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Stream {
    /// 1 to 128 letters, digits, `_`, `.` and `-`.
    pub stream_name: String,
    /// At least 1.
    pub shard_count: u32,
    /// 24 to 8,760.
    #[serde(default = "default_retention_period_hours")]
    pub retention_period_hours: u32,
}

/// A function with a custom runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Function {
    /// 1 to 64 letters, digits, `_` and `-`.
    pub function_name: String,
    /// The executable that speaks the Runtime API; any, not only one that is named `bootstrap`.
    pub bootstrap: PathBuf,
    /// Where the other files of the function's code lie; the bootstrap's folder if not said.
    #[serde(default)]
    pub task_root: Option<PathBuf>,
    /// In seconds, 1 to 900.
    #[serde(default = "default_timeout")]
    pub timeout: u32,
    /// In MB, 128 to 10,240. An environment whose process holds more is killed; it is looked at from time to time, so
    /// that a short peak may pass.
    #[serde(default = "default_memory_size")]
    pub memory_size: u32,
    /// Invocations at once at most; what goes beyond is throttled. Without it there is no limit.
    #[serde(default)]
    pub reserved_concurrent_executions: Option<u32>,
    /// The function's own variables.
    #[serde(default)]
    pub environment: Environment,
}

/// A function's variables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Environment {
    /// At most 4 KB of names and values.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// An event source mapping, as `CreateEventSourceMapping` makes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct EventSourceMapping {
    /// The stream by name; this or `EventSourceArn`.
    #[serde(default)]
    pub stream_name: Option<String>,
    /// The stream by ARN.
    #[serde(default)]
    pub event_source_arn: Option<String>,
    /// Records of a batch at most, 1 to 10,000.
    #[serde(default = "default_batch_size")]
    pub batch_size: u32,
    /// In seconds, 0 to 300.
    #[serde(default)]
    pub maximum_batching_window_in_seconds: u32,
    /// `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`.
    pub starting_position: String,
    /// With `AT_TIMESTAMP`: seconds since 1970, not in the future.
    #[serde(default)]
    pub starting_position_timestamp: Option<f64>,
    /// Whether it polls from the start; a call of `UpdateEventSourceMapping` can change that.
    #[serde(default = "default_enabled")]
    pub enabled: bool,
    /// Empty or `ReportBatchItemFailures`.
    #[serde(default)]
    pub function_response_types: Vec<String>,
    /// Batches of one shard at once, 1 to 10.
    #[serde(default = "default_parallelization_factor")]
    pub parallelization_factor: u32,
    /// Whether a batch is halved when the function fails.
    #[serde(default)]
    pub bisect_batch_on_function_error: bool,
    /// -1 for ever, or 0 to 10,000.
    #[serde(default = "without_limit")]
    pub maximum_retry_attempts: i64,
    /// -1 for ever, or 60 to 604,800.
    #[serde(default = "without_limit")]
    pub maximum_record_age_in_seconds: i64,
    /// Only 0: a function that is written for windows keeps state, and this has none.
    #[serde(default)]
    pub tumbling_window_in_seconds: u32,
    /// Which records reach the function.
    #[serde(default)]
    pub filter_criteria: Option<FilterCriteria>,
    /// What becomes of batches that are given up.
    #[serde(default)]
    pub destination_config: Option<DestinationConfig>,
}

/// Patterns of which a record must match one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FilterCriteria {
    /// At most 5; none lets all pass.
    #[serde(default)]
    pub filters: Vec<Filter>,
}

/// One pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Filter {
    /// JSON in `EventBridge`'s pattern language, at most 4,096 characters.
    pub pattern: String,
}

/// Where documents about batches go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DestinationConfig {
    /// For those that are given up.
    #[serde(default)]
    pub on_failure: Option<OnFailure>,
}

/// The destination of batches that are given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OnFailure {
    /// The ARN of one of [`Scenario::buckets`], of an SQS queue or of an SNS topic.
    pub destination: String,
}

/// A call that is made while the run goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TimelineEntry {
    /// It is made when so many records of the input were taken by the stream, but not before the one before it.
    #[serde(default)]
    pub after_records: Option<u64>,
    /// It is made so many seconds after the one before it, or after the start of the run.
    #[serde(default)]
    pub after_seconds: Option<f64>,
    /// `UpdateShardCount`, `SplitShard`, `MergeShards`, `UpdateEventSourceMapping` (with `Enabled`),
    /// `DeleteEventSourceMapping` or `CreateEventSourceMapping` (which begins anew, with the scenario's mapping and its `Enabled`).
    pub call: String,
    /// The call's parameters as AWS names them, without those that name the stream, the function or the mapping.
    #[serde(default)]
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

/// A file whose records are put into a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Input {
    /// A regular file: it is read twice.
    pub path: PathBuf,
    /// How records lie in the file.
    #[serde(default)]
    pub framing: Framing,
    /// The stream; the mapping's, if not said.
    #[serde(default)]
    pub stream_name: Option<String>,
    /// Over how many partition keys the records are spread, by turns: record `n` has the key `n % partition_keys`.
    /// If not said, each record has its number as a key of its own.
    #[serde(default)]
    pub partition_keys: Option<u64>,
}

/// How records lie in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Framing {
    /// A record is a line without its `\n`; the last line may lack it.
    #[default]
    Lines,
    /// A record is its length as four bytes, big-endian, and so many bytes.
    LengthPrefixed,
}

/// What goes wrong with the function and with S3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Faults {
    /// The same seed gives the same sequence of kills, and of puts that go wrong.
    #[serde(default)]
    pub seed: u64,
    /// How often the function is killed in an invocation.
    #[serde(default)]
    pub kills: u32,
    /// How often a put of an object goes wrong: 500, 503, 409, late, a connection that breaks before or behind the write,
    /// an answer that never comes; drawn from the seed. What the mapping stores itself is not hit.
    #[serde(default)]
    pub puts: u32,
    /// How many puts are spared at most before each that goes wrong; 2, if not said.
    #[serde(default)]
    pub puts_spared_at_most: Option<u32>,
    /// How many invocations are spared at most between two kills; 4, if not said.
    #[serde(default)]
    pub spared_at_most: Option<u32>,
    /// Every nth invocation fails with an error, from 1: by turns before the function sees the event, and when
    /// it has answered.
    #[serde(default)]
    pub fail_every: Option<u32>,
    /// Every nth invocation is throttled, from 2.
    #[serde(default)]
    pub throttle_every: Option<u32>,
}

/// Why a scenario cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not JSON of this form.
    #[error("the scenario is not understood")]
    Form(#[source] serde_json::Error),
    /// A field's value is not one that it may have.
    #[error("{field} is {value}: expected {expected}")]
    Field {
        /// The field's path, such as `EventSourceMapping.BatchSize`.
        field: String,
        /// What it is, cut off where it is long.
        value: String,
        /// What it may be.
        expected: String,
    },
    /// A filter is not one that Lambda takes.
    #[error("EventSourceMapping.FilterCriteria cannot be these")]
    Filter(#[source] Box<crate::mapping::filter::FilterError>),
    /// A variable is one that Lambda refuses, or all of them are too long.
    #[error("Function.Environment.Variables cannot be these")]
    Variables(#[source] FunctionStartError),
}

impl Scenario {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ScenarioError::Read { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Reads and checks a text.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = serde_json::from_str(text).map_err(ScenarioError::Form)?;
        scenario.validate()?;
        Ok(scenario)
    }

    /// Where documents for SQS and SNS go.
    pub fn destinations_directory(&self) -> PathBuf {
        self.destinations_directory.clone().unwrap_or_else(|| self.data_directory.join(".destinations"))
    }
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

fn default_account_id() -> String {
    "000000000000".to_owned()
}

const fn default_timeout() -> u32 {
    3
}

const fn default_memory_size() -> u32 {
    128
}

const fn default_batch_size() -> u32 {
    100
}

const fn default_parallelization_factor() -> u32 {
    1
}

const fn default_retention_period_hours() -> u32 {
    24
}

const fn default_enabled() -> bool {
    true
}

const fn without_limit() -> i64 {
    -1
}
