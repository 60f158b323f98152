//! What each field of a scenario may be. Limits are those of the services' API models.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::{EventSourceMapping, Function, Scenario, ScenarioError};
use crate::function::check_variables;
use crate::mapping::{MappingConfiguration, StartingPosition};

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
        if let Some(stream_name) = self.input.as_ref().and_then(|input| input.stream_name.as_deref()) {
            self.known_stream("Input.StreamName", stream_name)?;
        }
        Ok(())
    }

    /// The mapping, strict.
    pub fn mapping(&self) -> Result<MappingConfiguration, ScenarioError> {
        let mapping = &self.event_source_mapping;
        validate_limits(mapping)?;
        let starting_position = match mapping.starting_position.as_str() {
            "TRIM_HORIZON" => StartingPosition::TrimHorizon,
            "LATEST" => StartingPosition::Latest,
            other => return Err(mapping_error("StartingPosition", other, "TRIM_HORIZON or LATEST")),
        };
        let report_batch_item_failures = match mapping.function_response_types.as_slice() {
            [] => false,
            [one] if one == "ReportBatchItemFailures" => true,
            other => {
                let value = format!("{other:?}");
                return Err(mapping_error("FunctionResponseTypes", value, r#"[] or ["ReportBatchItemFailures"]"#));
            }
        };
        let stream_name = self.mapped_stream()?;
        Ok(MappingConfiguration {
            stream_arn: format!("{}{stream_name}", self.stream_arn_head()),
            stream_name,
            region: self.region.clone(),
            role_arn: format!("arn:aws:iam::{}:role/{}", self.account_id, self.function.function_name),
            batch_size: usize::try_from(mapping.batch_size).unwrap_or(usize::MAX),
            batching_window: Duration::from_secs(mapping.maximum_batching_window_in_seconds.into()),
            starting_position,
            report_batch_item_failures,
        })
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
            within(&format!("Streams[{index}].ShardCount"), stream.shard_count, 1..=1_000)?;
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
    check_variables(&function.environment.variables).map_err(ScenarioError::Variables)
}

fn validate_limits(mapping: &EventSourceMapping) -> Result<(), ScenarioError> {
    within("EventSourceMapping.BatchSize", mapping.batch_size, 1..=10_000)?;
    let window = mapping.maximum_batching_window_in_seconds;
    within("EventSourceMapping.MaximumBatchingWindowInSeconds", window, 0..=300)?;
    if mapping.parallelization_factor != 1 {
        let expected = "1, the only factor that is supported here";
        return Err(mapping_error("ParallelizationFactor", mapping.parallelization_factor, expected));
    }
    if mapping.bisect_batch_on_function_error {
        return Err(mapping_error("BisectBatchOnFunctionError", true, "false: bisecting is not supported here"));
    }
    if mapping.maximum_retry_attempts != -1 {
        let expected = "-1 (for ever), the only value that is supported here";
        return Err(mapping_error("MaximumRetryAttempts", mapping.maximum_retry_attempts, expected));
    }
    let age = mapping.maximum_record_age_in_seconds;
    if age != -1 && !(60..=604_800).contains(&age) {
        return Err(mapping_error("MaximumRecordAgeInSeconds", age, "-1, or 60 to 604800"));
    }
    Ok(())
}

fn error(field: &str, value: impl Display, expected: impl Into<String>) -> ScenarioError {
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
