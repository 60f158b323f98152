//! `StartingPosition`, and the time that one of them needs.

use toml::Value;
use toml::value::{Datetime, Offset};

use crate::section::{EnvironmentError, Section, invalid};

/// Where a new mapping begins to read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StartingPosition {
    /// With the oldest record that the stream still has.
    TrimHorizon,
    /// With what comes after the mapping is ready; records before that are not delivered.
    Latest,
    /// With the first record that arrived at this time or after it: `StartingPositionTimestamp`, in seconds since 1970.
    AtTimestamp(f64),
}

const TRIM_HORIZON: &str = "TRIM_HORIZON";
const LATEST: &str = "LATEST";
const AT_TIMESTAMP: &str = "AT_TIMESTAMP";

const POSITION_KEY: &str = "starting_position";
const TIMESTAMP_KEY: &str = "starting_position_timestamp";

const SECONDS_OF_DAY: i64 = 24 * 3600;

impl StartingPosition {
    /// AWS's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrimHorizon => TRIM_HORIZON,
            Self::Latest => LATEST,
            Self::AtTimestamp(_) => AT_TIMESTAMP,
        }
    }

    /// `StartingPositionTimestamp`, in seconds since 1970; only where the position is `AT_TIMESTAMP`.
    pub const fn timestamp(self) -> Option<f64> {
        match self {
            Self::TrimHorizon | Self::Latest => None,
            Self::AtTimestamp(seconds) => Some(seconds),
        }
    }

    /// Reads both keys: a time stands beside `AT_TIMESTAMP`, and beside nothing else.
    pub(super) fn read(section: &Section<'_>) -> Result<Self, EnvironmentError> {
        let timestamp = section.get(TIMESTAMP_KEY);
        let position = match section.get(POSITION_KEY) {
            None => Self::TrimHorizon,
            Some((path, value)) => match (value.as_str(), &timestamp) {
                (Some(TRIM_HORIZON), _) => Self::TrimHorizon,
                (Some(LATEST), _) => Self::Latest,
                (Some(AT_TIMESTAMP), Some((path, value))) => return read_timestamp(path, value),
                (Some(AT_TIMESTAMP), None) => {
                    let expected = "the time of AT_TIMESTAMP, such as 2026-11-23T20:00:00Z";
                    return Err(section.missing(TIMESTAMP_KEY, expected));
                }
                (Some(_) | None, _) => {
                    let expected = format!("{TRIM_HORIZON} or {LATEST} or {AT_TIMESTAMP}");
                    return Err(invalid(&path, value, &expected));
                }
            },
        };
        match timestamp {
            None => Ok(position),
            Some((path, value)) => {
                let expected = format!("none, because {POSITION_KEY} is {} and not {AT_TIMESTAMP}", position.as_str());
                Err(invalid(&path, value, &expected))
            }
        }
    }
}

fn read_timestamp(path: &str, value: &Value) -> Result<StartingPosition, EnvironmentError> {
    let written = match value {
        Value::Datetime(written) => Some(*written),
        Value::String(text) => text.parse().ok(),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Array(_) | Value::Table(_) => None,
    };
    let expected = "a time from 1970 on, with its zone, such as 2026-11-23T20:00:00Z or 2026-11-24T05:00:00+09:00";
    let seconds = written.and_then(unix_seconds).filter(|seconds| *seconds >= 0.0);
    seconds.map(StartingPosition::AtTimestamp).ok_or_else(|| invalid(path, value, expected))
}

/// Seconds since 1970, to the millisecond, the finest that Kinesis knows; none where the day or the zone is left open.
fn unix_seconds(written: Datetime) -> Option<f64> {
    let (date, time) = (written.date?, written.time?);
    let offset_minutes = match written.offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes),
    };
    let days = days_since_1970(i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - offset_minutes;
    let seconds = days * SECONDS_OF_DAY + minutes * 60 + i64::from(time.second.unwrap_or(0));
    let millis = seconds * 1_000 + i64::from(time.nanosecond.unwrap_or(0) / 1_000_000);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of the year 9999 have 48 bits, a float holds 53")]
    let millis = millis as f64;
    Some(millis / 1_000.0)
}

/// Days of the proleptic Gregorian calendar. Years begin in March, so that a leap day is a year's last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    // 719,468 days lie between the first of March of the year 0 and 1970.
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}
