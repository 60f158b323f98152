//! Reading one table of the file: each key once, with its bounds, and no key that is not known.

use std::ops::RangeInclusive;

use penstock_format::excerpt;
use penstock_format::limits::EXCERPT_CHARACTERS_MAX;
use toml::{Table, Value};

/// How alike a known key must be to be named as the likely one: 1 is the same.
const LIKENESS_MIN: f64 = 0.7;

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
        /// The known key that it is most like, or all known keys where none is like it.
        hint: String,
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
    path: &'static str,
    table: Option<&'t Table>,
}

impl<'t> Section<'t> {
    /// The table `path` of `file`, whose keys must be among `known`.
    pub(crate) fn of(
        file: &'t Table,
        path: &'static str,
        known: &(impl Iterator<Item = &'static str> + Clone),
    ) -> Result<Self, EnvironmentError> {
        let table = match file.get(path) {
            None => None,
            Some(Value::Table(table)) => Some(table),
            Some(other) => return Err(invalid(path, other, "a table")),
        };
        for key in table.into_iter().flat_map(Table::keys) {
            check_known(key, known.clone(), |key| format!("{path}.{key}"))?;
        }
        Ok(Self { path, table })
    }

    fn get(&self, key: &str) -> Option<(String, &'t Value)> {
        self.table?.get(key).map(|value| (format!("{}.{key}", self.path), value))
    }

    /// A text; `None` where it is not set.
    pub(crate) fn text(&self, key: &'static str) -> Result<Option<&'t str>, EnvironmentError> {
        match self.get(key) {
            None => Ok(None),
            Some((_, Value::String(text))) => Ok(Some(text)),
            Some((path, other)) => Err(invalid(&path, other, "a text in quotes")),
        }
    }

    /// A text that must be there and must satisfy `valid`.
    pub(crate) fn required_text(
        &self,
        key: &'static str,
        expected: &str,
        valid: impl Fn(&str) -> bool,
    ) -> Result<&'t str, EnvironmentError> {
        let path = format!("{}.{key}", self.path);
        let Some(text) = self.text(key)? else {
            return Err(EnvironmentError::Missing { key: path, expected: expected.to_owned() });
        };
        if valid(text) { Ok(text) } else { Err(invalid(&path, &Value::String(text.to_owned()), expected)) }
    }

    /// A whole number within `range`; `default` where it is not set.
    pub(crate) fn integer(
        &self,
        key: &'static str,
        range: RangeInclusive<u32>,
        default: u32,
    ) -> Result<u32, EnvironmentError> {
        let Some((path, value)) = self.get(key) else { return Ok(default) };
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| invalid(&path, value, &format!("a whole number from {} to {}", range.start(), range.end())))
    }

    /// One of `choices`; the first where it is not set.
    pub(crate) fn choice<T: Copy>(
        &self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Result<T, EnvironmentError> {
        let Some((path, value)) = self.get(key) else { return Ok(choices[0].1) };
        let found = value.as_str().and_then(|text| choices.iter().find(|(name, _)| *name == text));
        let names = || choices.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or ");
        found.map(|(_, choice)| *choice).ok_or_else(|| invalid(&path, value, &names()))
    }
}

/// Refuses a key that is not among `known`, and names the one that was likely meant.
pub(crate) fn check_known(
    key: &str,
    known: impl Iterator<Item = &'static str> + Clone,
    path: impl Fn(&str) -> String,
) -> Result<(), EnvironmentError> {
    let mut best: Option<(&str, f64)> = None;
    for name in known.clone() {
        if name == key {
            return Ok(());
        }
        let likeness = strsim::jaro_winkler(name, key);
        if likeness >= LIKENESS_MIN && best.is_none_or(|(_, least)| likeness > least) {
            best = Some((name, likeness));
        }
    }
    let hint = match best {
        Some((name, _)) => format!("did you mean {}?", path(name)),
        None => format!("expected one of {}", known.collect::<Vec<_>>().join(", ")),
    };
    Err(EnvironmentError::UnknownKey { key: path(key), hint })
}

pub(crate) fn invalid(key: &str, value: &Value, expected: &str) -> EnvironmentError {
    // A text is quoted as it stands in the file, anything else as TOML writes it; neither beyond a bound.
    let quoted = match value {
        Value::String(text) => excerpt(text),
        other => other.to_string().chars().take(EXCERPT_CHARACTERS_MAX).collect(),
    };
    EnvironmentError::Invalid { key: key.to_owned(), value: quoted, expected: expected.to_owned() }
}
