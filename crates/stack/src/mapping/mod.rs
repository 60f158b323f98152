//! The event source mapping, in AWS's words and within AWS's bounds.
//!
//! Left out: the language of filter patterns, and whether a time lies in the future; whoever polls knows both.

mod filters;
mod on_failure;
mod starting_position;
#[cfg(test)]
mod tests;

use penstock_delivery::config::BucketName;

use crate::section::{EnvironmentError, Section};
use crate::stream::Stream;
pub use on_failure::OnFailure;
pub use starting_position::StartingPosition;

/// How Lambda cuts the stream into batches, and what becomes of those that fail.
#[derive(Debug, Clone, PartialEq)]
pub struct EventSourceMapping {
    /// `BatchSize`, 1 to 10,000. The more records a batch has, the fewer and larger are the objects.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`, 0 to 300.
    pub maximum_batching_window_in_seconds: u32,
    /// `StartingPosition`, and `StartingPositionTimestamp` where it needs one.
    pub starting_position: StartingPosition,
    /// `ParallelizationFactor`, 1 to 10. Above 1 the records of one partition key keep their order, a shard's do not.
    pub parallelization_factor: u32,
    /// `MaximumRetryAttempts`, 0 to 10,000, or -1 for ever.
    pub maximum_retry_attempts: i32,
    /// `MaximumRecordAgeInSeconds`, 60 to 604,800, or -1 for ever.
    pub maximum_record_age_in_seconds: i32,
    /// `BisectBatchOnFunctionError`.
    pub bisect_batch_on_function_error: bool,
    /// Whether `FunctionResponseTypes` has `ReportBatchItemFailures`.
    pub report_batch_item_failures: bool,
    /// `Enabled`.
    pub enabled: bool,
    /// The patterns of `FilterCriteria`, each a JSON object; at most 5 of at most 4,096 characters.
    pub filters: Vec<String>,
    /// `DestinationConfig.OnFailure`.
    pub on_failure: OnFailure,
}

const BATCH_SIZE_DEFAULT: u32 = 10_000;
const WINDOW_SECONDS_DEFAULT: u32 = 60;

/// The longest age by default: what fails for six days fails for a reason that a person must see to.
const RECORD_AGE_SECONDS_DEFAULT_MAX: u32 = 6 * 24 * 3600;

/// For ever, as AWS writes it.
pub(crate) const WITHOUT_LIMIT: i32 = -1;

impl EventSourceMapping {
    /// Reads the table.
    pub(crate) fn read(section: &Section<'_>, stream: &Stream, data: &BucketName) -> Result<Self, EnvironmentError> {
        let window = section.integer("maximum_batching_window_in_seconds", 0..=300)?;
        let attempts = section.integer("maximum_retry_attempts", WITHOUT_LIMIT..=10_000)?;
        Ok(Self {
            batch_size: section.integer("batch_size", 1..=10_000)?.unwrap_or(BATCH_SIZE_DEFAULT),
            maximum_batching_window_in_seconds: window.unwrap_or(WINDOW_SECONDS_DEFAULT),
            starting_position: StartingPosition::read(section)?,
            parallelization_factor: section.integer("parallelization_factor", 1..=10)?.unwrap_or(1),
            maximum_retry_attempts: attempts.unwrap_or(WITHOUT_LIMIT),
            maximum_record_age_in_seconds: record_age(section, stream)?,
            bisect_batch_on_function_error: section.boolean("bisect_batch_on_function_error")?.unwrap_or(false),
            report_batch_item_failures: section.boolean("report_batch_item_failures")?.unwrap_or(true),
            enabled: section.boolean("enabled")?.unwrap_or(true),
            filters: filters::read(section)?,
            on_failure: OnFailure::read(section, data)?,
        })
    }
}

/// Records must go to the failure destination before the stream forgets them, because what expires in the stream is
/// counted nowhere: so the age ends an hour before the retention, unless it is written.
fn record_age(section: &Section<'_>, stream: &Stream) -> Result<i32, EnvironmentError> {
    let valid = |age: &i32| *age == WITHOUT_LIMIT || (60..=604_800).contains(age);
    let expected = "-1 for ever, or a whole number from 60 to 604800";
    let written = section.integer_that("maximum_record_age_in_seconds", expected, valid)?;
    let default = RECORD_AGE_SECONDS_DEFAULT_MAX.min((stream.retention_period_hours - 1) * 3600);
    Ok(written.unwrap_or_else(|| default.cast_signed()))
}
