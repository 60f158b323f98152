//! `FilterCriteria`: which records the mapping hands over, and which it passes over for good.
//!
//! Responsible for Lambda's filter patterns as they apply to a Kinesis stream: `EventBridge`'s pattern language on the
//! record's `data`. What is decided here is a yes or a no for the decoded bytes of one record.
//!
//! | pattern for a field | matches |
//! | --- | --- |
//! | `["a", 300, true, null, ""]` | one of these values; a number by its text, so `300` is neither `300.0` nor `3e2` |
//! | `[{"exists": true}]`, `[{"exists": false}]` | a leaf is there, or is not; `exists` sees no objects |
//! | `[{"prefix": "a"}]`, `[{"suffix": "a"}]` | text that begins, ends with it |
//! | `[{"equals-ignore-case": "a"}]` | text that differs at most in case; also as the value of `prefix` and `suffix` |
//! | `[{"anything-but": "a"}]`, also of a number or of a list of one kind | a value that is there and is none of these |
//! | `[{"anything-but": {"prefix": "a"}}]`, also `suffix` and `equals-ignore-case`, and a list | the same for texts |
//! | `[{"numeric": [">", 0, "<=", 5]}]`, also `=`, `<`, `>=` | a number of the range, of -5e9 to 5e9, to 6 decimals |
//!
//! Fields of one object are all needed; values of one list, `$or`'s objects and the patterns of the criteria are
//! alternatives. An array in the data stands for its elements: one that matches is enough, but two fields of one
//! object must match in the same element.
//!
//! | the record's data | the pattern | then |
//! | --- | --- | --- |
//! | JSON | an object | the pattern decides |
//! | not JSON | an object | the record does not match |
//! | either | anything but an object | the mapping cannot be made |
//!
//! Left out, and refused: other keys than `data` (a Kinesis mapping filters on nothing else), and `wildcard` and
//! `cidr`, which `EventBridge` has and Lambda's list of operators has not. The service's quota of 5 patterns counts,
//! not the 10 that one may ask for. A dot in a key is a dot: `EventBridge` takes `a.b` for `b` in `a`.
//! Data is looked into 128 levels deep.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>. Where `EventBridge`'s
//! library takes equal numbers for equal whatever their text, Lambda's page says it does not, and is followed.

mod json;
mod pattern;
mod reader;
mod rule;

use pattern::Pattern;

/// Most patterns of a mapping, by the default quota.
pub const PATTERNS_MAX: usize = 5;
/// Most characters of a pattern.
pub const PATTERN_CHARACTERS_MAX: usize = 4096;
/// How deep a pattern, or an array of the data, may be nested.
const LEVELS_MAX: usize = 128;
/// How much of a rejected value an error quotes.
const QUOTED_CHARACTERS_MAX: usize = 60;

/// The filters of a mapping, checked. Without a pattern every record matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterCriteria(Vec<Pattern>);

/// Why patterns are refused. Lambda says `Invalid filter pattern definition.` and no more.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// More than [`PATTERNS_MAX`].
    #[error("there are {0} filter patterns, expected at most {PATTERNS_MAX}")]
    TooMany(usize),
    /// Longer than [`PATTERN_CHARACTERS_MAX`].
    #[error("filter pattern {number} has {characters} characters, expected at most {PATTERN_CHARACTERS_MAX}")]
    TooLong {
        /// Which, from 1.
        number: usize,
        /// Its length.
        characters: usize,
    },
    /// Not JSON.
    #[error("filter pattern {number} is not JSON")]
    NotJson {
        /// Which, from 1.
        number: usize,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// JSON, but not in the pattern language.
    #[error("filter pattern {number} has {value} at {path}, expected {expected}")]
    Invalid {
        /// Which, from 1.
        number: usize,
        /// Where in it, such as `data.state[0]`; `the top` for the whole of it.
        path: String,
        /// What is there, as JSON, cut to 60 characters.
        value: String,
        /// What could be there.
        expected: &'static str,
    },
}

impl FilterCriteria {
    /// From the `Pattern` of each filter, in JSON. Fails on the first that Lambda would refuse, or that could never do
    /// what it says.
    pub fn parse(patterns: &[String]) -> Result<Self, FilterError> {
        if patterns.len() > PATTERNS_MAX {
            return Err(FilterError::TooMany(patterns.len()));
        }
        let numbered = patterns.iter().zip(1..);
        Ok(Self(numbered.map(|(pattern, number)| reader::read(pattern, number)).collect::<Result<_, _>>()?))
    }

    /// Whether there is no pattern, and so nothing to decide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a record with this data, decoded, is handed to the function.
    pub fn matches(&self, data: &[u8]) -> bool {
        self.is_empty() || json::parse(data).is_some_and(|data| self.0.iter().any(|pattern| pattern.matches(data)))
    }
}

#[cfg(test)]
mod tests;
