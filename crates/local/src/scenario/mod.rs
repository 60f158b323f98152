//! What the miniature is told to be, in AWS's words: one JSON file.
//!
//! Fields carry AWS's names, limits and defaults; [`validation`] holds them against these. A field that is not here is
//! refused, so that no setting is taken for done that is not: `FilterCriteria`, `DestinationConfig`,
//! `TumblingWindowInSeconds` and whatever else AWS has.
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
mod validation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::function::FunctionStartError;

/// The whole scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Kills of the function while it runs.
    #[serde(default)]
    pub faults: Option<Faults>,
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
}

/// A function with a custom runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Function {
    /// 1 to 64 letters, digits, `_` and `-`.
    pub function_name: String,
    /// The executable that speaks the Runtime API; any, not only one that is named `bootstrap`.
    pub bootstrap: PathBuf,
    /// In seconds, 1 to 900.
    #[serde(default = "default_timeout")]
    pub timeout: u32,
    /// In MB, 128 to 10,240. Told to the function; not enforced.
    #[serde(default = "default_memory_size")]
    pub memory_size: u32,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// `TRIM_HORIZON` or `LATEST`.
    pub starting_position: String,
    /// Empty or `ReportBatchItemFailures`.
    #[serde(default)]
    pub function_response_types: Vec<String>,
    /// Only 1.
    #[serde(default = "default_parallelization_factor")]
    pub parallelization_factor: u32,
    /// Only false.
    #[serde(default)]
    pub bisect_batch_on_function_error: bool,
    /// Only -1: for ever.
    #[serde(default = "without_limit")]
    pub maximum_retry_attempts: i64,
    /// -1, or 60 to 604,800 s. Accepted and checked, but no record is discarded by its age: a run ends long before.
    #[serde(default = "without_limit")]
    pub maximum_record_age_in_seconds: i64,
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

/// Faults that come at seeded moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Faults {
    /// The same seed gives the same sequence of moments.
    pub seed: u64,
    /// How often the function is killed in an invocation.
    pub kills: u32,
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

const fn without_limit() -> i64 {
    -1
}
