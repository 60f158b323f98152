//! What each field of a scenario may be. Limits are those of the services' API models.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::timeline::{self, Entry};
use super::{EventSourceMapping, Faults, Function, Scenario, ScenarioError};
use crate::clock::whole_ms;
use crate::function::check_variables;
use crate::mapping::destination::Destination;
use crate::mapping::filter::FilterCriteria;
use crate::mapping::retry::{Backoff, RetryPolicy};
use crate::mapping::{MappingConfiguration, StartingPosition};

/// The mapping's `UUID`, the same in every run: a path below a failure bucket names it.
const MAPPING_UUID: Uuid = Uuid::from_u128(0x5e5d_0f60_9a5c_4b0e_8f6c_0d1a_2b3c_4d5e);

/// The year 2286; a later time has another unit than seconds.
const TIMESTAMP_MAX: Duration = Duration::from_secs(10_000_000_000);

/// Characters of a value that an error shows.
const SHOWN_MAX: usize = 100;

impl Scenario {
    /// Checks every field.
    pub fn validate(&self) -> Result<(), ScenarioError> {
        text("Region", &self.region, 1..=64, is_lower_or_dash)?;
        text("AccountId", &self.account_id, 12..=12, |c| c.is_ascii_digit())?;
        if self.kinesis_port != 0 && self.kinesis_port == self.s3_port {
            return Err(error("S3Port", self.s3_port, "another port than KinesisPort's"));
        }
        self.validate_streams()?;
        validate_function(&self.function)?;
        let mapping = self.mapping()?;
        self.known_stream("EventSourceMapping.StreamName", &mapping.stream_name)?;
        if let Some(input) = &self.input {
            if let Some(stream_name) = &input.stream_name {
                self.known_stream("Input.StreamName", stream_name)?;
            }
            if input.partition_keys == Some(0) {
                return Err(error("Input.PartitionKeys", 0, "at least 1"));
            }
        }
        self.faults.map_or(Ok(()), validate_faults)?;
        self.timeline().map(drop)
    }

    /// The timeline, strict.
    pub fn timeline(&self) -> Result<Vec<Entry>, ScenarioError> {
        timeline::read(&self.timeline, self.input.is_some())
    }

    /// The mapping, strict.
    pub fn mapping(&self) -> Result<MappingConfiguration, ScenarioError> {
        let mapping = &self.event_source_mapping;
        validate_limits(mapping)?;
        let starting_position = starting_position(mapping)?;
        let report_batch_item_failures = match mapping.function_response_types.as_slice() {
            [] => false,
            [one] if one == "ReportBatchItemFailures" => true,
            other => {
                let value = format!("{other:?}");
                return Err(mapping_error("FunctionResponseTypes", value, r#"[] or ["ReportBatchItemFailures"]"#));
            }
        };
        let stream_name = self.mapped_stream()?;
        let stream = self.streams.iter().find(|stream| stream.stream_name == stream_name);
        let limit = |seconds: i64| u64::try_from(seconds).ok();
        let function_name = &self.function.function_name;
        Ok(MappingConfiguration {
            uuid: MAPPING_UUID,
            stream_arn: format!("{}{stream_name}", self.stream_arn_head()),
            stream_name,
            region: self.region.clone(),
            role_arn: format!("arn:aws:iam::{}:role/{function_name}", self.account_id),
            function_arn: format!("arn:aws:lambda:{}:{}:function:{function_name}", self.region, self.account_id),
            enabled: mapping.enabled,
            batch_size: usize::try_from(mapping.batch_size).unwrap_or(usize::MAX),
            batching_window: Duration::from_secs(mapping.maximum_batching_window_in_seconds.into()),
            starting_position,
            parallelization_factor: mapping.parallelization_factor,
            policy: RetryPolicy {
                maximum_retry_attempts: limit(mapping.maximum_retry_attempts),
                maximum_record_age: limit(mapping.maximum_record_age_in_seconds).map(Duration::from_secs),
                bisect_batch_on_function_error: mapping.bisect_batch_on_function_error,
                retention: stream.map(|stream| Duration::from_hours(stream.retention_period_hours.into())),
                backoff: Backoff::default(),
            },
            report_batch_item_failures,
            filter: Arc::new(filter(mapping)?),
            on_failure: self.on_failure()?,
        })
    }

    fn on_failure(&self) -> Result<Option<Destination>, ScenarioError> {
        let config = self.event_source_mapping.destination_config.as_ref();
        let Some(on_failure) = config.and_then(|config| config.on_failure.as_ref()) else { return Ok(None) };
        let field = "DestinationConfig.OnFailure.Destination";
        let arn = &on_failure.destination;
        let destination = Destination::parse(arn).map_err(|why| mapping_error(field, arn, why.to_string()))?;
        if let Destination::S3 { bucket } = &destination
            && !self.buckets.contains(bucket)
        {
            return Err(mapping_error(field, arn, format!("the ARN of one of Buckets: {}", self.buckets.join(", "))));
        }
        Ok(Some(destination))
    }

    fn stream_arn_head(&self) -> String {
        format!("arn:aws:kinesis:{}:{}:stream/", self.region, self.account_id)
    }

    fn mapped_stream(&self) -> Result<String, ScenarioError> {
        let mapping = &self.event_source_mapping;
        match (&mapping.stream_name, &mapping.event_source_arn) {
            (Some(name), None) => Ok(name.clone()),
            (None, Some(arn)) => {
                let head = self.stream_arn_head();
                let name = arn.strip_prefix(&head).filter(|name| !name.contains('/'));
                let expected = || format!("{head} and the name of one of Streams");
                name.map(str::to_owned).ok_or_else(|| mapping_error("EventSourceArn", arn, expected()))
            }
            (Some(_), Some(_)) => Err(mapping_error("StreamName", "there beside EventSourceArn", "one of the two")),
            (None, None) => Err(mapping_error("StreamName", "missing", "this or EventSourceArn")),
        }
    }

    fn validate_streams(&self) -> Result<(), ScenarioError> {
        if self.streams.is_empty() {
            return Err(error("Streams", "empty", "at least one stream"));
        }
        let mut seen = BTreeSet::new();
        for (index, stream) in self.streams.iter().enumerate() {
            let field = format!("Streams[{index}].StreamName");
            text(&field, &stream.stream_name, 1..=128, |c| c.is_ascii_alphanumeric() || "_.-".contains(c))?;
            if !seen.insert(&stream.stream_name) {
                return Err(error(&field, &stream.stream_name, "a name that no other stream has"));
            }
            within(&format!("Streams[{index}].ShardCount"), stream.shard_count, 1..=10_000)?;
            let field = format!("Streams[{index}].RetentionPeriodHours");
            within(&field, stream.retention_period_hours, 24..=8_760)?;
        }
        Ok(())
    }

    fn known_stream(&self, field: &str, stream_name: &str) -> Result<(), ScenarioError> {
        if self.streams.iter().any(|stream| stream.stream_name == stream_name) {
            return Ok(());
        }
        let names: Vec<_> = self.streams.iter().map(|stream| stream.stream_name.as_str()).collect();
        Err(error(field, stream_name, format!("one of Streams: {}", names.join(", "))))
    }
}

fn validate_function(function: &Function) -> Result<(), ScenarioError> {
    let name = &function.function_name;
    text("Function.FunctionName", name, 1..=64, |c| c.is_ascii_alphanumeric() || "_-".contains(c))?;
    within("Function.Timeout", function.timeout, 1..=900)?;
    within("Function.MemorySize", function.memory_size, 128..=10_240)?;
    if function.reserved_concurrent_executions == Some(0) {
        let expected = "at least 1: a function without any can never be invoked";
        return Err(error("Function.ReservedConcurrentExecutions", 0, expected));
    }
    check_variables(&function.environment.variables).map_err(ScenarioError::Variables)
}

fn validate_limits(mapping: &EventSourceMapping) -> Result<(), ScenarioError> {
    within("EventSourceMapping.BatchSize", mapping.batch_size, 1..=10_000)?;
    let window = mapping.maximum_batching_window_in_seconds;
    within("EventSourceMapping.MaximumBatchingWindowInSeconds", window, 0..=300)?;
    within("EventSourceMapping.ParallelizationFactor", mapping.parallelization_factor, 1..=10)?;
    within("EventSourceMapping.MaximumRetryAttempts", mapping.maximum_retry_attempts, -1..=10_000)?;
    if mapping.tumbling_window_in_seconds != 0 {
        let expected = "0: a window needs a function that hands state from one invocation to the next";
        return Err(mapping_error("TumblingWindowInSeconds", mapping.tumbling_window_in_seconds, expected));
    }
    let age = mapping.maximum_record_age_in_seconds;
    if age != -1 && !(60..=604_800).contains(&age) {
        return Err(mapping_error("MaximumRecordAgeInSeconds", age, "-1, or 60 to 604800"));
    }
    Ok(())
}

fn validate_faults(faults: Faults) -> Result<(), ScenarioError> {
    if faults.fail_every == Some(0) {
        return Err(error("Faults.FailEvery", 0, "at least 1"));
    }
    match faults.throttle_every {
        Some(every) if every < 2 => Err(error("Faults.ThrottleEvery", every, "at least 2, or nothing is ever invoked")),
        _ => Ok(()),
    }
}

fn starting_position(mapping: &EventSourceMapping) -> Result<StartingPosition, ScenarioError> {
    let timestamp = mapping.starting_position_timestamp;
    let field = "StartingPositionTimestamp";
    match (mapping.starting_position.as_str(), timestamp) {
        ("TRIM_HORIZON", None) => Ok(StartingPosition::TrimHorizon),
        ("LATEST", None) => Ok(StartingPosition::Latest),
        ("AT_TIMESTAMP", Some(seconds)) => {
            let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| *time < TIMESTAMP_MAX);
            let time = time.ok_or_else(|| mapping_error(field, seconds, "seconds since 1970"))?;
            // The nearest millisecond: a double seldom holds it exactly.
            Ok(StartingPosition::AtTimestamp(whole_ms(time + Duration::from_micros(500))))
        }
        ("AT_TIMESTAMP", None) => Err(mapping_error(field, "missing", "seconds since 1970, with AT_TIMESTAMP")),
        ("TRIM_HORIZON" | "LATEST", Some(seconds)) => {
            Err(mapping_error(field, seconds, format!("nothing with {}", mapping.starting_position)))
        }
        (other, _) => Err(mapping_error("StartingPosition", other, "TRIM_HORIZON, LATEST or AT_TIMESTAMP")),
    }
}

fn filter(mapping: &EventSourceMapping) -> Result<FilterCriteria, ScenarioError> {
    let filters = mapping.filter_criteria.as_ref().map(|criteria| criteria.filters.as_slice()).unwrap_or_default();
    let patterns: Vec<String> = filters.iter().map(|filter| filter.pattern.clone()).collect();
    FilterCriteria::parse(&patterns).map_err(|source| ScenarioError::Filter(Box::new(source)))
}

pub(super) fn error(field: &str, value: impl Display, expected: impl Into<String>) -> ScenarioError {
    let value = value.to_string();
    let value = match value.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value,
    };
    ScenarioError::Field { field: field.to_owned(), value, expected: expected.into() }
}

fn mapping_error(field: &str, value: impl Display, expected: impl Into<String>) -> ScenarioError {
    error(&format!("EventSourceMapping.{field}"), value, expected)
}

fn within<N: PartialOrd + Display + Debug + Copy>(
    field: &str,
    value: N,
    range: RangeInclusive<N>,
) -> Result<(), ScenarioError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(error(field, value, format!("{} to {}", range.start(), range.end())))
}

fn is_lower_or_dash(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
}

fn text(
    field: &str,
    value: &str,
    length: RangeInclusive<usize>,
    allowed: impl Fn(char) -> bool,
) -> Result<(), ScenarioError> {
    let wrong = value.chars().find(|character| !allowed(*character));
    if let Some(wrong) = wrong {
        return Err(error(field, format!("{value:?}"), format!("no character such as {wrong:?}")));
    }
    if length.contains(&value.len()) {
        return Ok(());
    }
    let (least, most) = (length.start(), length.end());
    let expected = if least == most { format!("{least} characters") } else { format!("{least} to {most} characters") };
    Err(error(field, format!("{value:?}"), expected))
}
