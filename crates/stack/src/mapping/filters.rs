//! The patterns of `FilterCriteria`, by their shape: JSON objects, not too many and not too long.
//!
//! Left out: what a pattern means, and whether it is one; who filters knows the language.

use serde_json::Value as Json;
use toml::Value;

use crate::section::{EnvironmentError, Section, invalid};

/// Patterns of one mapping. Source: Lambda's developer guide, "Control which events Lambda sends to your function".
const PATTERNS_MAX: usize = 5;

/// Characters of a pattern. Source: Lambda's API, `Filter.Pattern`.
const PATTERN_CHARACTERS_MAX: usize = 4_096;

/// The patterns as JSON texts: a text stands as it is written, a table becomes JSON.
pub(super) fn read(section: &Section<'_>) -> Result<Vec<String>, EnvironmentError> {
    let Some((path, value)) = section.get("filters") else { return Ok(Vec::new()) };
    let Value::Array(patterns) = value else {
        return Err(invalid(&path, value, "a list of patterns, each a text with JSON or a table"));
    };
    if patterns.len() > PATTERNS_MAX {
        return Err(EnvironmentError::Invalid {
            key: path,
            value: format!("a list of {}", patterns.len()),
            expected: format!("at most {PATTERNS_MAX} patterns"),
        });
    }
    let numbered = patterns.iter().enumerate();
    numbered.map(|(number, pattern)| read_pattern(&format!("{path}[{number}]"), pattern)).collect()
}

fn read_pattern(path: &str, value: &Value) -> Result<String, EnvironmentError> {
    let text = match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Json::Object(_)) => text.clone(),
            Ok(_) => return Err(invalid(path, value, "a JSON object")),
            Err(error) => return Err(invalid(path, value, &format!("a JSON object ({error})"))),
        },
        Value::Table(_) => json(path, value)?.to_string(),
        other => return Err(invalid(path, other, "a text with a JSON object, or a table")),
    };
    match text.chars().count() {
        0..=PATTERN_CHARACTERS_MAX => Ok(text),
        characters => {
            Err(invalid(path, value, &format!("at most {PATTERN_CHARACTERS_MAX} characters, it has {characters}")))
        }
    }
}

/// TOML as JSON. A pattern with `null` has no spelling in TOML; it is written as a text.
fn json(path: &str, value: &Value) -> Result<Json, EnvironmentError> {
    Ok(match value {
        Value::String(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        Value::Boolean(yes) => Json::from(*yes),
        Value::Float(number) if number.is_finite() => Json::from(*number),
        Value::Float(_) | Value::Datetime(_) => {
            return Err(invalid(path, value, "what JSON can say: a text, a number, true, false, a list or a table"));
        }
        Value::Array(values) => values.iter().map(|value| json(path, value)).collect::<Result<_, _>>()?,
        Value::Table(table) => {
            let entry = |(key, value): (&String, &Value)| Ok((key.clone(), json(&format!("{path}.{key}"), value)?));
            Json::Object(table.iter().map(entry).collect::<Result<_, EnvironmentError>>()?)
        }
    })
}
