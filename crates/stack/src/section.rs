//! Reading one table of the file: each key once, with its bounds, and no key that is not known.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;

use penstock_format::excerpt;
use penstock_format::limits::EXCERPT_CHARACTERS_MAX;
use toml::{Table, Value};

use crate::known;

/// What is wrong with an environment file, in one sentence that names the key, the value and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// It is not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A key that nothing reads.
    #[error("{key} is not known; {hint}")]
    UnknownKey {
        /// Its path.
        key: String,
        /// The table that has it, the known key that it is most like, or all known keys where none is like it.
        hint: String,
    },
    /// A key that cannot be set here.
    #[error("{key} cannot be set: {reason}")]
    Refused {
        /// Its path.
        key: String,
        /// Why.
        reason: Cow<'static, str>,
    },
    /// A key that must be there.
    #[error("{key} is not set: expected {expected}")]
    Missing {
        /// Its path.
        key: String,
        /// What was expected.
        expected: String,
    },
    /// A value that cannot be used.
    #[error("{key} is {value}: expected {expected}")]
    Invalid {
        /// The key's path.
        key: String,
        /// The value as written.
        value: String,
        /// What was expected.
        expected: String,
    },
    /// A setting of the delivery, in the words of its own check.
    #[error("{0}")]
    Delivery(String),
}

/// A table of the file, or an empty one where it is absent.
pub(crate) struct Section<'t> {
    name: &'static str,
    table: Option<&'t Table>,
}

impl<'t> Section<'t> {
    /// The table `name` of `file`, all of whose keys are known.
    pub(crate) fn of(file: &'t Table, name: &'static str) -> Result<Self, EnvironmentError> {
        let table = match file.get(name) {
            None => None,
            Some(Value::Table(table)) => Some(table),
            Some(other) => return Err(invalid(name, other, "a table")),
        };
        for key in table.into_iter().flat_map(Table::keys) {
            known::check_key(name, key)?;
        }
        Ok(Self { name, table })
    }

    /// A key as errors name it.
    pub(crate) fn path_of(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    /// A value as it is written, with the key's path.
    pub(crate) fn get(&self, key: &str) -> Option<(String, &'t Value)> {
        self.table?.get(key).map(|value| (self.path_of(key), value))
    }

    /// A text; `None` where it is not set.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'t str>, EnvironmentError> {
        match self.get(key) {
            None => Ok(None),
            Some((_, Value::String(text))) => Ok(Some(text)),
            Some((path, other)) => Err(invalid(&path, other, "a text in quotes")),
        }
    }

    /// A text that must be there and must satisfy `valid`.
    pub(crate) fn required_text(
        &self,
        key: &str,
        expected: &str,
        valid: impl Fn(&str) -> bool,
    ) -> Result<&'t str, EnvironmentError> {
        let Some(text) = self.text(key)? else { return Err(self.missing(key, expected)) };
        if valid(text) { Ok(text) } else { Err(invalid(&self.path_of(key), &Value::String(text.to_owned()), expected)) }
    }

    /// A whole number within `range`; `None` where it is not set.
    pub(crate) fn integer<N: TryFrom<i64> + PartialOrd + Display>(
        &self,
        key: &str,
        range: RangeInclusive<N>,
    ) -> Result<Option<N>, EnvironmentError> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.integer_that(key, &expected, |number| range.contains(number))
    }

    /// A whole number that satisfies `valid`; `None` where it is not set.
    pub(crate) fn integer_that<N: TryFrom<i64>>(
        &self,
        key: &str,
        expected: &str,
        valid: impl Fn(&N) -> bool,
    ) -> Result<Option<N>, EnvironmentError> {
        let Some((path, value)) = self.get(key) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| N::try_from(number).ok()).filter(valid);
        number.map(Some).ok_or_else(|| invalid(&path, value, expected))
    }

    /// Yes or no; `None` where it is not set.
    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>, EnvironmentError> {
        let Some((path, value)) = self.get(key) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| invalid(&path, value, "true or false"))
    }

    /// The error of a key that must be there and is not.
    pub(crate) fn missing(&self, key: &str, expected: &str) -> EnvironmentError {
        EnvironmentError::Missing { key: self.path_of(key), expected: expected.to_owned() }
    }
}

pub(crate) fn invalid(key: &str, value: &Value, expected: &str) -> EnvironmentError {
    // A text is quoted as it stands in the file, anything else as TOML writes it; neither beyond a bound.
    let quoted = match value {
        Value::String(text) => excerpt(text),
        other => other.to_string().chars().take(EXCERPT_CHARACTERS_MAX).collect(),
    };
    EnvironmentError::Invalid { key: key.to_owned(), value: quoted, expected: expected.to_owned() }
}
