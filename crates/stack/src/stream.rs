//! The Kinesis data stream, in AWS's words and within AWS's bounds.

use crate::section::{EnvironmentError, Section};

/// The Kinesis data stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// `StreamName`.
    pub name: String,
    /// `ShardCount`.
    pub shard_count: u32,
    /// `RetentionPeriodHours`.
    pub retention_period_hours: u32,
}

impl Stream {
    pub(crate) fn read(section: &Section<'_>) -> Result<Self, EnvironmentError> {
        let valid = |name: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
            (1..=128).contains(&name.len()) && name.chars().all(allowed)
        };
        let expected = "a stream name: 1 to 128 of a-z, A-Z, 0-9, _, . and -";
        Ok(Self {
            name: section.required_text("name", expected, valid)?.to_owned(),
            shard_count: section.integer("shard_count", 1..=10_000)?.unwrap_or(1),
            retention_period_hours: section.integer("retention_period_hours", 24..=8_760)?.unwrap_or(168),
        })
    }
}
