//! The bytes between the pieces that a producer has put into one record.

use std::fmt;

use super::{Delimiter, DelimiterError};

/// 1 to 16 bytes that end a piece of a record, written as a [`Delimiter`] is.
///
/// Nothing is written with it, only read, from front to back. So it may begin as it ends, as `####` does, which is the
/// example of Firehose's documentation.
///
/// ```
/// # use penstock_format::PieceDelimiter;
/// assert_eq!(PieceDelimiter::parse("####").unwrap().as_bytes(), b"####");
/// assert_eq!(PieceDelimiter::parse(r"\x1E").unwrap().to_string(), r"\x1E");
/// assert!(PieceDelimiter::parse("").is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PieceDelimiter(Delimiter);

impl PieceDelimiter {
    /// Takes text with escapes, as configuration has it. [`DelimiterError::Overlap`] does not come.
    pub fn parse(text: &str) -> Result<Self, DelimiterError> {
        Delimiter::read(text).map(Self)
    }

    /// The bytes themselves.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for PieceDelimiter {
    /// ASCII text that [`PieceDelimiter::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
