//! `HiveJsonSerDe`: how records are read with Hive's own `SerDe`.

use std::str::FromStr;

use serde::Deserialize;

use crate::joda_pattern::{JodaPattern, JodaPatternError};

/// Firehose's `HiveJsonSerDe`, read from its own words; an option that it does not have is refused.
///
/// It is stricter than [`OpenXJsonSerDe`](crate::OpenXJsonSerDe), whose words hold where these are silent:
///
/// - A number in a string is not taken for a number, nor `"true"` for a boolean; only the keys of a map, which JSON has
///   as strings alone, become what the map asks for.
/// - An array or an object is not taken for a string.
/// - Names of columns and fields have no dots.
/// - Keys find their column in any case.
/// - A `timestamp` is a string, `yyyy-[m]m-[d]d hh:mm:ss[.f...]` (`java.sql.Timestamp.valueOf`) unless
///   [`timestamp_formats`](Self::timestamp_formats) says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct HiveJsonSerDe {
    /// Tried in turn; the first that fits is taken.
    pub timestamp_formats: Vec<TimestampFormat>,
}

/// One way to write a timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum TimestampFormat {
    /// `millis`: milliseconds since 1970, as a number or as a string that holds one.
    Millis,
    /// A pattern of Joda-Time; without a zone in it the time is UTC.
    Pattern(JodaPattern),
}

impl FromStr for TimestampFormat {
    type Err = JodaPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "millis" { Ok(Self::Millis) } else { JodaPattern::parse(text).map(Self::Pattern) }
    }
}

impl TryFrom<String> for TimestampFormat {
    type Error = JodaPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
