//! What goes wrong: when a program is compiled, and when it runs.

use crate::budget::Limit;
use crate::limits::MESSAGE_CHARS_MAX;

/// Why a source is no program: one line that names the thing, where it is, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("jq program, line {line}, column {column}: {message}")]
pub struct CompileError {
    line: usize,
    column: usize,
    message: String,
}

impl CompileError {
    /// An error at a byte of the source.
    pub(crate) fn at(source: &str, byte: usize, message: impl Into<String>) -> Self {
        let before = &source[..source.floor_char_boundary(byte)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, message: message.into() }
    }

    /// An error at a part of the source, which must lie in it.
    pub(crate) fn in_part(source: &str, part: &str, message: impl Into<String>) -> Self {
        Self::at(source, jaq_core::load::span(source, part).start, message)
    }

    /// The line where it is, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The character in the line where it is, from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

/// Why a run made nothing. Deterministic: the same program and record fail with the same words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The input is not one JSON value, as the standard has it: nothing of it is quoted.
    #[error("the record is not one JSON value: {reason} at line {line}, column {column}")]
    NotJson {
        /// What is wrong there.
        reason: String,
        /// The line, from 1; 0 where the text has no place for it.
        line: usize,
        /// The byte in the line.
        column: usize,
    },
    /// jq's own error, such as `error("x")` or the index of a string. Of the record it quotes what jq quotes: 11 bytes of a
    /// value, or what the program itself says; at most [`MESSAGE_CHARS_MAX`] characters in one line.
    #[error("the jq program failed: {message}")]
    Failed {
        /// In jq's words.
        message: String,
    },
    /// The run took more than a run may.
    #[error("the jq program takes more than {limit}")]
    Exhausted {
        /// What it had too little of.
        limit: Limit,
    },
    /// An extraction made no output, or several.
    #[error("the jq program made {outputs} outputs, one object was expected")]
    NotOne {
        /// How many; the count ends at 2.
        outputs: usize,
    },
    /// An extraction made something else than an object.
    #[error("the jq program made {article} {made}, an object was expected", article = article(made))]
    NotAnObject {
        /// The type of what it made.
        made: &'static str,
    },
    /// A value of an extraction's object is an array or an object, which no key can be.
    #[error("the value of {name} is {article} {made}, a string, number or boolean was expected", article = article(made))]
    NotAKey {
        /// The entry's name, from the program.
        name: String,
        /// The type of its value.
        made: &'static str,
    },
}

fn article(type_name: &str) -> &'static str {
    if type_name.starts_with(['a', 'o']) { "an" } else { "a" }
}

impl RunError {
    pub(crate) fn failed(message: &str) -> Self {
        Self::Failed { message: bounded(message) }
    }
}

impl From<serde_json::Error> for RunError {
    fn from(wrong: serde_json::Error) -> Self {
        let words = wrong.to_string();
        let reason = words.split(" at line ").next().unwrap_or_default().to_owned();
        Self::NotJson { reason, line: wrong.line(), column: wrong.column() }
    }
}

impl From<Limit> for RunError {
    fn from(limit: Limit) -> Self {
        Self::Exhausted { limit }
    }
}

/// One line of at most so many characters.
pub(crate) fn bounded(text: &str) -> String {
    let mut line: String = text
        .chars()
        .take(MESSAGE_CHARS_MAX)
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    if text.chars().nth(MESSAGE_CHARS_MAX).is_some() {
        line.truncate(line.char_indices().nth(MESSAGE_CHARS_MAX - 3).map_or(line.len(), |(at, _)| at));
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_bounded_line() {
        for (name, text, expected) in [
            ("short", "x".to_owned(), "x".to_owned()),
            ("lines", "a\nb\u{2028}c".to_owned(), "a b c".to_owned()),
            ("at the limit", "é".repeat(100), "é".repeat(100)),
            ("beyond", "é".repeat(101), format!("{}...", "é".repeat(97))),
        ] {
            assert_eq!(bounded(&text), expected, "{name}");
        }
    }

    #[test]
    fn a_place_is_counted_in_lines_and_characters() {
        let error = CompileError::at("é |\n é x", 9, "wrong");
        assert_eq!(error.to_string(), "jq program, line 2, column 4: wrong");
    }
}
