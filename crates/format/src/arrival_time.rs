//! When a record arrived, as Kinesis tells it: `ApproximateArrivalTimestamp`.
//!
//! Left out: reading it from an event, where it is a number of seconds with a fraction.

use std::fmt;

use chrono::{DateTime, Utc};

/// Milliseconds since the Unix epoch, from the beginning of 1970 to the end of 9999-12-30, both in UTC.
///
/// The last day of 9999 is left out so that no time zone carries a time into a year of five digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ArrivalTime(i64);

/// 9999-12-30T23:59:59.999Z.
const MILLIS_MAX: i64 = 253_402_214_399_999;

/// What [`ArrivalTime::from_millis`] refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("arrival time {0} is not a number of milliseconds from 0 to {MILLIS_MAX}, which is 1970 to 9999-12-30")]
pub struct ArrivalTimeError(i64);

impl ArrivalTime {
    /// Takes milliseconds since the Unix epoch within the years this type holds.
    pub const fn from_millis(ms: i64) -> Result<Self, ArrivalTimeError> {
        if 0 <= ms && ms <= MILLIS_MAX { Ok(Self(ms)) } else { Err(ArrivalTimeError(ms)) }
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    pub(crate) fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).expect("the bounds of the type are within those of a date")
    }
}

impl fmt::Display for ArrivalTime {
    /// RFC 3339 in UTC with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.utc().format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_1970_to_9999() {
        for (name, ms, expected) in [
            ("epoch", 0, Some("1970-01-01T00:00:00.000Z")),
            ("a millisecond before", -1, None),
            ("an arrival", 1_545_084_650_987, Some("2018-12-17T22:10:50.987Z")),
            ("last", MILLIS_MAX, Some("9999-12-30T23:59:59.999Z")),
            ("after the last", MILLIS_MAX + 1, None),
            ("far", i64::MAX, None),
        ] {
            assert_eq!(ArrivalTime::from_millis(ms).ok().map(|at| at.to_string()).as_deref(), expected, "{name}");
        }
    }
}
