//! An object of the configuration, whose fields are taken one by one; those that nobody took are told.

use std::ops::RangeInclusive;

use penstock_format::excerpt;
use penstock_format::limits::EXCERPT_CHARACTERS_MAX;
use serde_json::{Map, Value};

use super::ImportError;
use super::draft::{Draft, Outcome};

/// An object, and which of its fields were taken.
pub(super) struct Fields<'v> {
    path: String,
    map: &'v Map<String, Value>,
    taken: Vec<&'static str>,
}

impl<'v> Fields<'v> {
    /// The object at `path`; the outermost ones have an empty path.
    pub(super) fn of(path: &str, value: &'v Value) -> Result<Self, ImportError> {
        match value {
            Value::Object(map) => Ok(Self { path: path.to_owned(), map, taken: Vec::new() }),
            other => Err(kind(path, other, "an object")),
        }
    }

    /// A field as errors and notes name it.
    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The object's own place.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether the field is there and is not null. It is not taken.
    pub(super) fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'v str> + use<'v> {
        self.map.keys().map(String::as_str)
    }

    /// A field; null is none.
    pub(super) fn value(&mut self, name: &'static str) -> Option<&'v Value> {
        self.taken.push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Option<&'v str>, ImportError> {
        self.of_kind(name, "a text", Value::as_str)
    }

    /// A text; an empty one is none, as Firehose prints what is not set.
    pub(super) fn filled(&mut self, name: &'static str) -> Result<Option<&'v str>, ImportError> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    /// Yes or no.
    pub(super) fn boolean(&mut self, name: &'static str) -> Result<Option<bool>, ImportError> {
        self.of_kind(name, "true or false", Value::as_bool)
    }

    /// A list.
    pub(super) fn list(&mut self, name: &'static str) -> Result<&'v [Value], ImportError> {
        let list = self.of_kind(name, "a list", |value| value.as_array().map(Vec::as_slice))?;
        Ok(list.unwrap_or_default())
    }

    /// An object.
    pub(super) fn object(&mut self, name: &'static str) -> Result<Option<Self>, ImportError> {
        let path = self.path_of(name);
        self.value(name).map(|value| Fields::of(&path, value)).transpose()
    }

    /// A whole number within the model's range.
    pub(super) fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, ImportError> {
        let path = self.path_of(name);
        let Some(value) = self.value(name) else { return Ok(None) };
        let whole = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
        let Some(number) = whole else { return Err(kind(&path, value, "a whole number")) };
        if number < i128::from(*range.start()) {
            return Err(constraint(&path, value, at_least(*range.start())));
        }
        match u64::try_from(number) {
            Ok(number) if number <= *range.end() => Ok(Some(number)),
            Ok(_) | Err(_) => Err(constraint(&path, value, at_most(*range.end()))),
        }
    }

    /// A number within the model's range.
    pub(super) fn number(&mut self, name: &'static str, range: RangeInclusive<f64>) -> Result<(), ImportError> {
        let path = self.path_of(name);
        let Some(value) = self.value(name) else { return Ok(()) };
        match value.as_f64() {
            None => Err(kind(&path, value, "a number")),
            Some(number) if number < *range.start() => Err(constraint(&path, value, at_least(*range.start()))),
            Some(number) if number > *range.end() => Err(constraint(&path, value, at_most(*range.end()))),
            Some(_) => Ok(()),
        }
    }

    /// One of the model's words, which are case-sensitive.
    pub(super) fn word(
        &mut self,
        name: &'static str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, ImportError> {
        let path = self.path_of(name);
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = words.iter().find(|word| **word == text);
        found.copied().map(Some).ok_or_else(|| words_error(&path, text, words))
    }

    /// Takes fields that need no counterpart, and says why.
    pub(super) fn not_needed(&mut self, names: &[&'static str], reason: &str, draft: &mut Draft) {
        for name in names {
            let path = self.path_of(name);
            if self.value(name).is_some() {
                draft.note(&path, Outcome::NotNeeded, reason);
            }
        }
    }

    /// Takes fields that are a part of something that is told of as a whole.
    pub(super) fn within(&mut self, names: &[&'static str]) {
        self.taken.extend_from_slice(names);
    }

    /// Tells the fields that nobody took.
    pub(super) fn finish(self, draft: &mut Draft) {
        for name in self.map.keys().filter(|name| !self.taken.contains(&name.as_str())) {
            let shown: String = name.escape_debug().take(EXCERPT_CHARACTERS_MAX).collect();
            draft.note(&self.path_of(&shown), Outcome::Unknown, "not a field of Firehose's that is known here");
        }
    }

    fn of_kind<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, ImportError> {
        let path = self.path_of(name);
        let Some(value) = self.value(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| kind(&path, value, expected))
    }
}

/// The value is of another kind than the API's.
pub(super) fn kind(path: &str, value: &Value, expected: &'static str) -> ImportError {
    let field = if path.is_empty() { "the configuration".to_owned() } else { path.to_owned() };
    ImportError::Kind { field, value: shown(value), expected }
}

/// The value breaks a constraint of the model.
pub(super) fn constraint(path: &str, value: &Value, constraint: String) -> ImportError {
    let value = match value {
        Value::String(text) => cut(text),
        other => shown(other),
    };
    ImportError::Constraint { field: path.to_owned(), value, constraint }
}

/// The text is none of the model's words.
pub(super) fn words_error(path: &str, text: &str, words: &[&str]) -> ImportError {
    let set = format!("satisfy enum value set: [{}]", words.join(", "));
    constraint(path, &Value::from(text), set)
}

/// The text is not of the model's pattern.
pub(super) fn pattern_error(path: &str, text: &str, pattern: &str) -> ImportError {
    constraint(path, &Value::from(text), format!("satisfy regular expression pattern: {pattern}"))
}

/// A rule of the service's is broken by the value.
pub(super) fn rule(text: impl Into<String>, path: &str, value: impl Into<String>) -> ImportError {
    ImportError::Rule { rule: text.into(), field: path.to_owned(), value: value.into() }
}

/// The service's words for a lower bound.
pub(super) fn at_least(min: impl std::fmt::Display) -> String {
    format!("have value greater than or equal to {min}")
}

/// The service's words for an upper bound.
pub(super) fn at_most(max: impl std::fmt::Display) -> String {
    format!("have value less than or equal to {max}")
}

/// The service's words for a length.
pub(super) fn length_error(path: &str, text: &str, range: &RangeInclusive<usize>) -> Option<ImportError> {
    let characters = text.chars().count();
    let words = if characters < *range.start() {
        format!("have length greater than or equal to {}", range.start())
    } else if characters > *range.end() {
        format!("have length less than or equal to {}", range.end())
    } else {
        return None;
    };
    Some(constraint(path, &Value::from(text), words))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) => excerpt(text),
        other => other.to_string(),
    }
}

/// The text without quotes, escaped and bounded.
fn cut(text: &str) -> String {
    text.chars().take(EXCERPT_CHARACTERS_MAX).flat_map(char::escape_debug).collect()
}
