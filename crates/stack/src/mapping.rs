//! The event source mapping, in AWS's words and within AWS's bounds.

use crate::section::{EnvironmentError, Section};

/// Where a new mapping begins to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// With the oldest record that the stream still has.
    TrimHorizon,
    /// With what comes after the mapping is ready; records before that are not delivered.
    Latest,
}

impl StartingPosition {
    /// AWS's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrimHorizon => "TRIM_HORIZON",
            Self::Latest => "LATEST",
        }
    }

    const CHOICES: [(&'static str, Self); 2] =
        [(Self::TrimHorizon.as_str(), Self::TrimHorizon), (Self::Latest.as_str(), Self::Latest)];
}

/// How Lambda cuts the stream into batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSourceMapping {
    /// `BatchSize`, 1 to 10,000. The more records a batch has, the fewer and larger are the objects.
    pub batch_size: u32,
    /// `MaximumBatchingWindowInSeconds`, 0 to 300.
    pub maximum_batching_window_in_seconds: u32,
    /// `StartingPosition`.
    pub starting_position: StartingPosition,
    /// `MaximumRecordAgeInSeconds`, 60 to 604,800.
    pub maximum_record_age_in_seconds: u32,
}

pub(crate) const BATCH_SIZE_DEFAULT: u32 = 10_000;
pub(crate) const WINDOW_SECONDS_DEFAULT: u32 = 60;

/// The longest age by default: what fails for six days fails for a reason that a person must see to.
const RECORD_AGE_SECONDS_DEFAULT_MAX: u32 = 6 * 24 * 3600;

impl EventSourceMapping {
    /// Reads the table. Records must go to the failure destination before the stream forgets them, because what
    /// expires in the stream is counted nowhere: so the age ends an hour before the retention, unless it is written.
    pub(crate) fn read(section: &Section<'_>, retention_period_hours: u32) -> Result<Self, EnvironmentError> {
        let age_default = RECORD_AGE_SECONDS_DEFAULT_MAX.min((retention_period_hours - 1) * 3600);
        Ok(Self {
            batch_size: section.integer("batch_size", 1..=10_000, BATCH_SIZE_DEFAULT)?,
            maximum_batching_window_in_seconds: section.integer(
                "maximum_batching_window_in_seconds",
                0..=300,
                WINDOW_SECONDS_DEFAULT,
            )?,
            starting_position: section.choice("starting_position", &StartingPosition::CHOICES)?,
            maximum_record_age_in_seconds: section.integer(
                "maximum_record_age_in_seconds",
                60..=604_800,
                age_default,
            )?,
        })
    }
}
