//! From an environment to a scenario of the miniature: the same mapping, function and names, in AWS's words.

use std::num::NonZeroU64;
use std::path::PathBuf;

use penstock_stack::{Environment, EventSourceMapping};
use serde_json::{Map, Value, json};

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
    /// Where the files lie that settings name.
    pub task_root: PathBuf,
    /// The batching window, where it was given.
    pub batching_window_in_seconds: Option<u32>,
    /// What to send.
    pub input: Option<Input>,
    /// What to break.
    pub faults: Faults,
    /// Reshards on the way.
    pub reshards: Vec<Reshard>,
}

/// A file to send.
#[derive(Debug)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// How records lie in it.
    pub framing: Framing,
    /// Over how many partition keys they are spread; each has its number as its own if not said.
    pub partition_keys: Option<NonZeroU64>,
}

/// How records lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Framing {
    /// A line each.
    Lines,
    /// Four bytes of length, big-endian, before each.
    LengthPrefixed,
}

/// What goes wrong with the function and with S3.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Kills.
    pub kills: Option<Kills>,
    /// How often a put of an object goes wrong, drawn from the seed of the kills.
    pub puts: u32,
    /// Puts that are spared at most before each of them.
    pub puts_spared_at_most: Option<u32>,
    /// Every nth invocation fails, from 1.
    pub fail_every: Option<u32>,
    /// Every nth invocation is throttled, from 2.
    pub throttle_every: Option<u32>,
}

/// Kills of the function at seeded moments.
#[derive(Debug, Clone, Copy)]
pub struct Kills {
    /// Seed of the moments.
    pub seed: u64,
    /// How many.
    pub count: u32,
    /// Invocations that are spared at most between two kills.
    pub spared_at_most: u32,
}

/// An `UpdateShardCount`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reshard {
    /// It is made when so many records of the input were taken.
    pub after_records: u64,
    /// `TargetShardCount`.
    pub target_shard_count: u32,
}

impl Reshard {
    /// Reshards to each of `counts`, at equal distances over so many records.
    pub fn spread(counts: &[u32], records: u64) -> Vec<Self> {
        let parts = counts.len() as u64 + 1;
        let after = |place: u64| u64::try_from(u128::from(records) * u128::from(place) / u128::from(parts));
        let reshard = |(target, place): (&u32, u64)| Self {
            after_records: after(place).expect("a part of a number is no more than the number"),
            target_shard_count: *target,
        };
        counts.iter().zip(1..).map(reshard).collect()
    }
}

impl Scenario {
    /// The scenario as the miniature reads it.
    pub fn render(&self, environment: &Environment) -> Value {
        let (stream, function) = (&environment.stream, &environment.function);
        let mapping = &environment.event_source_mapping;
        let window = mapping.maximum_batching_window_in_seconds.min(BATCHING_WINDOW_SECONDS_MAX);
        let data = environment.delivery.bucket.as_str();
        let backup = environment.delivery.backup.as_ref().map(|backup| backup.bucket.as_str());
        let backup = backup.filter(|backup| *backup != data);
        let buckets: Vec<&str> = std::iter::once(data).chain(mapping.on_failure.bucket()).chain(backup).collect();
        let mut scenario = json!({
            "Region": REGION,
            "DataDirectory": self.data_directory,
            "KinesisPort": self.kinesis_port,
            "S3Port": self.s3_port,
            "Streams": [{
                "StreamName": stream.name,
                "ShardCount": stream.shard_count,
                "RetentionPeriodHours": stream.retention_period_hours,
            }],
            "Buckets": buckets,
            "Function": {
                "FunctionName": function_name(&stream.name),
                "Bootstrap": self.bootstrap,
                "Timeout": function.timeout,
                "MemorySize": function.memory_size,
                "Environment": { "Variables": environment.variables },
            },
            "EventSourceMapping":
                render_mapping(mapping, &stream.name, self.batching_window_in_seconds.unwrap_or(window)),
        });
        // The buckets at the desk are then that account's.
        if let Some(owner) = &environment.delivery.attributes.expected_bucket_owner {
            scenario["AccountId"] = json!(owner.as_str());
        }
        if let Some(reserved) = function.reserved_concurrent_executions {
            scenario["Function"]["ReservedConcurrentExecutions"] = json!(reserved);
        }
        if !environment.files.is_empty() {
            scenario["Function"]["TaskRoot"] = json!(self.task_root);
        }
        if let Some(input) = &self.input {
            scenario["Input"] = input.render();
        }
        let faults = self.faults.render();
        if !faults.is_empty() {
            scenario["Faults"] = Value::Object(faults);
        }
        if !self.reshards.is_empty() {
            scenario["Timeline"] = self.reshards.iter().map(Reshard::render).collect();
        }
        scenario
    }
}

fn render_mapping(mapping: &EventSourceMapping, stream_name: &str, window: u32) -> Value {
    let responses: &[&str] = if mapping.report_batch_item_failures { &["ReportBatchItemFailures"] } else { &[] };
    let mut rendered = json!({
        "StreamName": stream_name,
        "BatchSize": mapping.batch_size,
        "MaximumBatchingWindowInSeconds": window,
        "StartingPosition": mapping.starting_position.as_str(),
        "Enabled": mapping.enabled,
        "FunctionResponseTypes": responses,
        "ParallelizationFactor": mapping.parallelization_factor,
        "BisectBatchOnFunctionError": mapping.bisect_batch_on_function_error,
        "MaximumRetryAttempts": mapping.maximum_retry_attempts,
        "MaximumRecordAgeInSeconds": mapping.maximum_record_age_in_seconds,
    });
    if let Some(seconds) = mapping.starting_position.timestamp() {
        rendered["StartingPositionTimestamp"] = json!(seconds);
    }
    if !mapping.filters.is_empty() {
        let filters: Vec<Value> = mapping.filters.iter().map(|pattern| json!({ "Pattern": pattern })).collect();
        rendered["FilterCriteria"] = json!({ "Filters": filters });
    }
    if let Some(arn) = mapping.on_failure.destination() {
        rendered["DestinationConfig"] = json!({ "OnFailure": { "Destination": arn } });
    }
    rendered
}

impl Input {
    fn render(&self) -> Value {
        let framing = match self.framing {
            Framing::Lines => "Lines",
            Framing::LengthPrefixed => "LengthPrefixed",
        };
        let mut rendered = json!({ "Path": self.path, "Framing": framing });
        if let Some(keys) = self.partition_keys {
            rendered["PartitionKeys"] = json!(keys);
        }
        rendered
    }
}

impl Faults {
    fn render(self) -> Map<String, Value> {
        let mut rendered = Map::new();
        let mut set = |name: &str, value: Option<u64>| {
            if let Some(value) = value {
                rendered.insert(name.to_owned(), value.into());
            }
        };
        set("Seed", self.kills.map(|kills| kills.seed));
        set("Kills", self.kills.map(|kills| kills.count.into()));
        set("Puts", (self.puts > 0).then(|| self.puts.into()));
        set("PutsSparedAtMost", self.puts_spared_at_most.map(u64::from));
        set("SparedAtMost", self.kills.map(|kills| kills.spared_at_most.into()));
        set("FailEvery", self.fail_every.map(u64::from));
        set("ThrottleEvery", self.throttle_every.map(u64::from));
        rendered
    }
}

impl Reshard {
    fn render(&self) -> Value {
        json!({
            "AfterRecords": self.after_records,
            "Call": "UpdateShardCount",
            "Parameters": { "TargetShardCount": self.target_shard_count, "ScalingType": "UNIFORM_SCALING" },
        })
    }
}

/// A function's name has fewer letters to choose from than a stream's, and fewer of them.
fn function_name(stream_name: &str) -> String {
    stream_name.chars().map(|c| if c == '.' { '-' } else { c }).take(64).collect()
}

#[cfg(test)]
mod tests;
