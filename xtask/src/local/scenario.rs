//! From an environment to a scenario of the miniature: the same mapping, function and names, in AWS's words.

use std::path::PathBuf;

use penstock_stack::Environment;
use serde_json::{Value, json};

/// What a batch waits at most at the desk, unless said otherwise: nobody there waits a minute for an object.
const BATCHING_WINDOW_SECONDS_MAX: u32 = 1;

/// The region and account of all ARNs at the desk.
pub const REGION: &str = "us-east-1";

/// What `penstock-local` is to be.
#[derive(Debug)]
pub struct Scenario {
    /// Port of the Kinesis API.
    pub kinesis_port: u16,
    /// Port of S3.
    pub s3_port: u16,
    /// Where S3 keeps objects.
    pub data_directory: PathBuf,
    /// The function's executable.
    pub bootstrap: PathBuf,
    /// The batching window, where it was given.
    pub batching_window_in_seconds: Option<u32>,
    /// What to send.
    pub input: Option<Input>,
    /// What to break.
    pub faults: Option<Faults>,
}

/// A file to send.
#[derive(Debug)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// How records lie in it.
    pub framing: Framing,
}

/// How records lie in a file.
#[derive(Debug, Clone, Copy)]
pub enum Framing {
    /// A line each.
    Lines,
    /// Four bytes of length, big-endian, before each.
    LengthPrefixed,
}

/// Kills of the function at seeded moments.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// Seed of the moments.
    pub seed: u64,
    /// How many.
    pub kills: u32,
}

impl Scenario {
    /// The scenario as the miniature reads it.
    pub fn render(&self, environment: &Environment) -> Value {
        let (stream, mapping) = (&environment.stream, &environment.event_source_mapping);
        let window = mapping.maximum_batching_window_in_seconds.min(BATCHING_WINDOW_SECONDS_MAX);
        let mut scenario = json!({
            "Region": REGION,
            "DataDirectory": self.data_directory,
            "KinesisPort": self.kinesis_port,
            "S3Port": self.s3_port,
            "Streams": [{ "StreamName": stream.name, "ShardCount": stream.shard_count }],
            "Buckets": [environment.delivery.bucket.as_str()],
            "Function": {
                "FunctionName": function_name(&stream.name),
                "Bootstrap": self.bootstrap,
                "Timeout": environment.function.timeout,
                "MemorySize": environment.function.memory_size,
                "Environment": { "Variables": environment.variables },
            },
            "EventSourceMapping": {
                "StreamName": stream.name,
                "BatchSize": mapping.batch_size,
                "MaximumBatchingWindowInSeconds": self.batching_window_in_seconds.unwrap_or(window),
                "StartingPosition": mapping.starting_position.as_str(),
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "MaximumRecordAgeInSeconds": mapping.maximum_record_age_in_seconds,
            },
        });
        if let Some(Input { path, framing }) = &self.input {
            let framing = match framing {
                Framing::Lines => "Lines",
                Framing::LengthPrefixed => "LengthPrefixed",
            };
            scenario["Input"] = json!({ "Path": path, "Framing": framing });
        }
        if let Some(Faults { seed, kills }) = self.faults {
            scenario["Faults"] = json!({ "Seed": seed, "Kills": kills });
        }
        scenario
    }
}

/// A function's name has fewer letters to choose from than a stream's, and fewer of them.
fn function_name(stream_name: &str) -> String {
    stream_name.chars().map(|c| if c == '.' { '-' } else { c }).take(64).collect()
}
