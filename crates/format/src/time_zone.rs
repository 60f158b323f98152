//! Time zones: Firehose's `CustomTimeZone`, with every name of the IANA database.
//!
//! Firehose takes a fixed list and its pattern `[a-zA-Z/_]+` cannot express `Etc/GMT+9`; here any name of the
//! database compiled into the program is taken. Left out: POSIX zone strings and bare offsets.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::{TimeZoneDatabase, TimeZoneOffsetInfo};

use crate::ArrivalTime;
use crate::excerpt::excerpt;

/// A time zone of the IANA database; UTC unless configured otherwise.
///
/// Zones with daylight saving time repeat an hour each autumn, so a prefix in local time holds two hours' objects then.
/// Its rules are those of the database of one build: where a country changes its clocks, builds before and after may
/// print different hours, except in UTC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeZone(jiff::tz::TimeZone);

/// What [`TimeZone::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("time zone {given} is not a name of the IANA database; the nearest is {nearest}")]
pub struct TimeZoneError {
    given: String,
    nearest: String,
}

impl TimeZone {
    /// Coordinated Universal Time, the default.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// Takes a name as the database spells it, such as `Asia/Tokyo`; the error names the nearest one.
    pub fn parse(text: &str) -> Result<Self, TimeZoneError> {
        // The database takes a name in any case, and one for a zone that nobody knows.
        let found = TimeZoneDatabase::bundled().get(text).ok();
        let found = found.filter(|zone| zone.iana_name() == Some(text) && !zone.is_unknown());
        found.map(Self).ok_or_else(|| TimeZoneError { given: excerpt(text), nearest: nearest_name(text) })
    }

    /// The name, as the database spells it.
    pub fn name(&self) -> &str {
        // Each zone was found by its name.
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What the zone's clocks are at that time.
    pub(crate) fn at(&self, at: ArrivalTime) -> TimeZoneOffsetInfo<'_> {
        // The library's time ends a day before the last that may arrive, and no rule of a zone changes there.
        self.0.to_offset_info(Timestamp::from_millisecond(at.millis()).unwrap_or(Timestamp::MAX))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Every name of the database.
pub(crate) fn names() -> impl Iterator<Item = String> {
    let names: Vec<_> = TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect();
    names.into_iter()
}

/// The name with the fewest edits from what was given, regardless of case; the first of several.
fn nearest_name(given: &str) -> String {
    // No name is longer than 32 characters: what goes on for twice as long is not looked at.
    let given = folded(given.char_indices().nth(64).map_or(given, |(cut, _)| &given[..cut]));
    names().min_by_key(|name| edits(&given, &folded(name))).unwrap_or_default()
}

fn folded(name: &str) -> Vec<char> {
    name.chars().map(|c| if c == ' ' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Levenshtein's distance.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_database_reads_back() {
        assert!(names().count() > 500);
        for name in names() {
            let parsed = TimeZone::parse(&name).unwrap();
            assert_eq!(parsed.to_string(), name);
        }
        assert_eq!(TimeZone::default().to_string(), "UTC");
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        for (name, text, nearest) in [
            ("case", "asia/tokyo", "Asia/Tokyo"),
            ("city", "Asia/Tokio", "Asia/Tokyo"),
            ("space", "America/New York", "America/New_York"),
            ("empty", "", "GB"),
            ("trailing space", "UTC ", "UTC"),
        ] {
            let error = TimeZone::parse(text).unwrap_err();
            assert_eq!(error.nearest, nearest, "{name}");
        }
        let error = TimeZone::parse(&"x".repeat(100_000)).unwrap_err();
        assert!(error.to_string().len() < 300, "{error}");
        assert_eq!(
            TimeZone::parse("Europe/Berln").unwrap_err().to_string(),
            "time zone \"Europe/Berln\" is not a name of the IANA database; the nearest is Europe/Berlin"
        );
    }
}
