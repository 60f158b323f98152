//! Why a record became no row.

use std::fmt;

use crate::limits::PATH_CHARACTERS_MAX;

/// Why a record became no row, in Firehose's words for the error record.
///
/// The same record always gives the same message; it is bounded, and holds nothing of the record but the name of a
/// field that the schema does not have, cut to [`EXCERPT_CHARACTERS_MAX`](crate::limits::EXCERPT_CHARACTERS_MAX).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct RowError {
    /// Which kind of failure.
    pub code: RowErrorCode,
    /// What the record held, where, and what was expected.
    pub message: String,
}

/// Which kind of failure. `DataFormatConversion.InvalidSchema`, Firehose's third, is none of a row here: a schema is
/// checked before there are any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowErrorCode {
    /// It is not JSON.
    ParseError,
    /// It is JSON that does not fit the schema.
    MalformedData,
}

impl RowErrorCode {
    /// Firehose's `lastErrorCode`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ParseError => "DataFormatConversion.ParseError",
            Self::MalformedData => "DataFormatConversion.MalformedData",
        }
    }
}

impl fmt::Display for RowErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RowError {
    pub(crate) fn parse(message: String) -> Self {
        Self { code: RowErrorCode::ParseError, message }
    }

    pub(crate) fn malformed(message: String) -> Self {
        Self { code: RowErrorCode::MalformedData, message }
    }

    /// The value of a column is not what the column takes.
    pub(crate) fn misfit(path: &str, held: &str, expected: &str) -> Self {
        Self::malformed(format!("column {:?} holds {held}, expected {expected}", bounded(path, PATH_CHARACTERS_MAX)))
    }
}

/// The beginning of `text`, with a mark where it was cut.
pub(crate) fn bounded(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
