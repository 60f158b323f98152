//! The prefix language: Firehose's `Prefix` and `ErrorOutputPrefix`, with its rules and its error texts.
//!
//! Responsible for: which prefixes are taken, and what they evaluate to. Left out: the name that follows the prefix,
//! and where the values of partition keys come from.
//!
//! A prefix is text with expressions `!{namespace:value}`; nothing inserts a `/`.
//!
//! | expression | becomes | in |
//! | --- | --- | --- |
//! | `!{timestamp:pattern}` | the arrival of the object's oldest record, in the configured time zone | both |
//! | `!{firehose:random-string}` | 11 letters and digits, others for each instance | both |
//! | `!{firehose:error-output-type}` | such as `processing-failed` | `ErrorOutputPrefix` |
//! | `!{partitionKeyFromQuery:name}` | what the query says of the object's records | `Prefix` |
//! | `!{partitionKeyFromLambda:name}` | what the hooks say of them | `Prefix` |
//!
//! The first `}` ends an expression, also within quotes.
//!
//! # Rules
//!
//! * `!{` stands nowhere but at the beginning of an expression.
//! * A `Prefix` without any expression is followed by `yyyy/MM/dd/HH/`. (Firehose's guide says: without a `timestamp`
//!   expression. Firehose itself appends nothing after `rand/!{firehose:random-string}/`, and so it is here.)
//! * An `ErrorOutputPrefix` without any expression is followed by the error type and `/yyyy/MM/dd/HH/`, as the default
//!   one is. Firehose's guide does not speak of that case.
//! * A `Prefix` with an expression asks for an `ErrorOutputPrefix`; one with an expression must say the error type.
//! * A prefix has at most 1,024 characters, and 512 once evaluated.
//!
//! # Patterns
//!
//! Those of Java's `DateTimeFormatter`, as `java.time` of `OpenJDK` 17 prints them in the locale `en-US`; a table of its
//! answers is among the tests. Weeks begin on Sunday and the first is the one with 1 January, as in the United States.
//!
//! | letters | print |
//! | --- | --- |
//! | `y` `u` | year; `yy` its last two digits; with `yyyy` and more, a plus sign if it is wider |
//! | `Y` | the same of the year that the week belongs to: not what you want beside `MM` |
//! | `G` | era: `AD`, `GGGG` `Anno Domini`, `GGGGG` `A` |
//! | `Q` `q` | quarter: `3`, `03`, `Q3`, `3rd quarter`, `3` |
//! | `M` `L` | month: `8`, `08`, `Aug`, `August`, `A` |
//! | `d` `D` | day of the month (to `dd`), of the year (to `DDD`) |
//! | `w` `W` | week of the year (to `ww`), of the month (`W`) |
//! | `E` | day of the week: to `EEE` `Mon`, `EEEE` `Monday`, `EEEEE` `M` |
//! | `e` `c` | day of the week: `2`, `02` (not `cc`), then as `E` |
//! | `F` | day within weeks counted from the 1st, 1 to 7 |
//! | `a` | `AM`, `PM` |
//! | `H` `k` `K` `h` | hour: 0-23, 1-24, 0-11, 1-12 (to two letters) |
//! | `m` `s` | minute, second (to two letters) |
//! | `S` | that many digits of the fraction, to nine |
//! | `A` `n` `N` | millisecond of the day, nanosecond of the second, of the day |
//! | `X` `x` | offset: `+09`, `+0900`, `+09:00`, `+0900`, `+09:00`; `X` writes `Z` for none |
//! | `Z` | offset: to `ZZZ` `+0900`, `ZZZZ` `GMT+09:00`, `ZZZZZ` `+09:00` or `Z` |
//! | `O` `OOOO` | offset: `GMT+9`, `GMT+09:00` |
//! | `z` `zzzz` | name of the zone: `JST`, `Japan Standard Time` |
//! | `'text'` `''` | text, a quote |
//! | `[` `]` | nothing: what they hold is printed |
//! | other characters | themselves |
//!
//! # Unsupported
//!
//! The letters that Firehose refuses (`C I J P R T U V b f i j l o p r t`), those that Java 8 does not know (`B g v`),
//! and `{ } #`, which Java reserves. `Y` more than 19 times.

mod error;
mod names;
mod partition_key;
mod pattern;
mod segments;
mod timestamp;
mod zone_text;

#[cfg(test)]
mod java_tests;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::excerpt::excerpt;
use crate::limits::EVALUATED_PREFIX_CHARACTERS_MAX;
use crate::local_time::LocalTime;
use crate::{ArrivalTime, ErrorOutputType, RandomStrings, TimeZone};
pub use error::{PrefixError, PrefixField, ValueProblem};
pub use partition_key::{PartitionKey, PartitionKeySource, PartitionValues};
use pattern::Pattern;
use segments::Segment;

/// What is appended to a prefix that has no expression.
const DEFAULT_PATTERN: &str = "yyyy/MM/dd/HH/";

/// The `Prefix` of data objects, checked.
///
/// ```
/// # use penstock_format::{ArrivalTime, Prefix, RandomStrings, TimeZone};
/// let at = ArrivalTime::from_millis(1_535_365_800_000).unwrap();
/// let evaluate = |text| Prefix::parse(text)?.evaluate(at, &TimeZone::UTC, &RandomStrings::new([0; 16]));
/// assert_eq!(evaluate("clicks/").unwrap(), "clicks/2018/08/27/10/");
/// assert_eq!(evaluate("year=!{timestamp:yyyy}/").unwrap(), "year=2018/");
/// assert!(evaluate("!{timestamp:yyyyTHH}").is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prefix {
    text: String,
    segments: Vec<Segment>,
}

/// The `ErrorOutputPrefix` of error objects, checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorOutputPrefix {
    text: String,
    segments: Vec<Segment>,
}

impl Prefix {
    /// Takes the text as configured; empty is allowed.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let segments = segments::parse(PrefixField::Prefix, text)?;
        Ok(Self { text: text.to_owned(), segments })
    }

    /// Whether anything in it is evaluated. If not, `yyyy/MM/dd/HH/` is appended.
    pub fn has_expression(&self) -> bool {
        has_expression(&self.segments)
    }

    /// The text before the first expression: what every key begins with, and so what a policy may name.
    pub fn literal_head(&self) -> &str {
        segments::literal_head(&self.text)
    }

    /// The text as configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The beginning of an object's key. Fails if it has more than 512 characters.
    pub fn evaluate(&self, at: ArrivalTime, zone: &TimeZone, random: &RandomStrings) -> Result<String, PrefixError> {
        self.evaluate_for(PartitionValues::default(), at, zone, random)
    }

    /// The same for objects of one partition: the values stand where their keys do, as they are.
    pub fn evaluate_for(
        &self,
        partition: PartitionValues<'_>,
        at: ArrivalTime,
        zone: &TimeZone,
        random: &RandomStrings,
    ) -> Result<String, PrefixError> {
        let local = LocalTime::new(at, zone);
        let mut evaluated = evaluate(&self.segments, None, partition, &local, random);
        if !self.has_expression() {
            timestamp::print(&default_pattern(), &local, &mut evaluated);
        }
        bounded(PrefixField::Prefix, evaluated)
    }

    /// The partition keys that it has expressions of, in the order in which they first appear, and how often each does.
    pub fn partition_keys(&self) -> Vec<(PartitionKey, usize)> {
        let mut keys: Vec<(PartitionKey, usize)> = Vec::new();
        for segment in &self.segments {
            let Segment::PartitionKey(key) = segment else { continue };
            match keys.iter_mut().find(|(own, _)| own == key) {
                Some((_, count)) => *count += 1,
                None => keys.push((key.clone(), 1)),
            }
        }
        keys
    }
}

impl ErrorOutputPrefix {
    /// Takes the text as configured. Fails if it has an expression and none of them says the error type.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let segments = segments::parse(PrefixField::ErrorOutputPrefix, text)?;
        if has_expression(&segments) && !segments.contains(&Segment::ErrorOutputType) {
            return Err(PrefixError::ErrorOutputTypeRequired { expression: segments::first_expression(text) });
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// The one for a delivery that configures none: `Prefix`, the error type, `/yyyy/MM/dd/HH/`.
    ///
    /// It is meant for a `Prefix` without an expression, as [`check_prefixes`] demands. Of another one only the text
    /// before the first expression is taken.
    pub fn default_for(prefix: &Prefix) -> Self {
        let text = prefix.literal_head().to_owned();
        let segments = if text.is_empty() { Vec::new() } else { vec![Segment::Literal(text.clone())] };
        Self { text, segments }
    }

    /// Whether anything in it is evaluated. If not, the error type and `/yyyy/MM/dd/HH/` are appended.
    pub fn has_expression(&self) -> bool {
        has_expression(&self.segments)
    }

    /// The text before the first expression: what every key begins with, and so what a policy may name.
    pub fn literal_head(&self) -> &str {
        segments::literal_head(&self.text)
    }

    /// The text as configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The beginning of an error object's key. Fails if it has more than 512 characters.
    pub fn evaluate(
        &self,
        error_output_type: ErrorOutputType,
        at: ArrivalTime,
        zone: &TimeZone,
        random: &RandomStrings,
    ) -> Result<String, PrefixError> {
        let local = LocalTime::new(at, zone);
        let mut evaluated =
            evaluate(&self.segments, Some(error_output_type), PartitionValues::default(), &local, random);
        if !self.has_expression() {
            evaluated.push_str(error_output_type.as_str());
            evaluated.push('/');
            timestamp::print(&default_pattern(), &local, &mut evaluated);
        }
        bounded(PrefixField::ErrorOutputPrefix, evaluated)
    }
}

/// The rule across both: an expression in `Prefix` asks for an `ErrorOutputPrefix` that is not empty.
pub fn check_prefixes(prefix: &Prefix, error: Option<&ErrorOutputPrefix>) -> Result<(), PrefixError> {
    if prefix.has_expression() && error.is_none_or(|error| error.text.is_empty()) {
        return Err(PrefixError::ErrorOutputPrefixRequired { expression: segments::first_expression(&prefix.text) });
    }
    Ok(())
}

/// Checks Firehose's two rules of dynamic partitioning: where it is on, the prefix must have a partition key, and where
/// it is off it must have none.
pub fn check_partitioning(prefix: &Prefix, is_enabled: bool) -> Result<(), PrefixError> {
    match (prefix.partition_keys().first(), is_enabled) {
        (None, true) => Err(PrefixError::PartitionKeyRequired { prefix: excerpt(&prefix.text) }),
        (Some((key, _)), false) => Err(PrefixError::DynamicPartitioning { expression: format!("!{{{key}}}") }),
        _ => Ok(()),
    }
}

fn has_expression(segments: &[Segment]) -> bool {
    segments.iter().any(|segment| match segment {
        Segment::Literal(_) => false,
        Segment::Timestamp(_) | Segment::RandomString | Segment::ErrorOutputType | Segment::PartitionKey(_) => true,
    })
}

fn evaluate(
    segments: &[Segment],
    error_output_type: Option<ErrorOutputType>,
    partition: PartitionValues<'_>,
    local: &LocalTime<'_>,
    random: &RandomStrings,
) -> String {
    let mut evaluated = String::new();
    let mut instance = 0;
    for segment in segments {
        match segment {
            Segment::Literal(text) => evaluated.push_str(text),
            Segment::Timestamp(pattern) => timestamp::print(pattern, local, &mut evaluated),
            Segment::RandomString => {
                evaluated.extend(random.nth(instance).map(char::from));
                instance += 1;
            }
            Segment::ErrorOutputType => evaluated.push_str(error_output_type.map_or("", ErrorOutputType::as_str)),
            Segment::PartitionKey(key) => evaluated.push_str(partition.of(key)),
        }
    }
    evaluated
}

fn default_pattern() -> Pattern {
    Pattern::parse(DEFAULT_PATTERN).expect("the pattern is a constant, and tested")
}

fn bounded(field: PrefixField, evaluated: String) -> Result<String, PrefixError> {
    let characters = evaluated.chars().count();
    if characters > EVALUATED_PREFIX_CHARACTERS_MAX {
        return Err(PrefixError::EvaluatedLength { field, evaluated: excerpt(&evaluated), characters });
    }
    Ok(evaluated)
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for ErrorOutputPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
