//! How records lie in an object, one after the other.
//!
//! Left out: formats that frame records themselves, and what a record holds. That a record is JSON where it becomes the
//! element of an array is for its caller to see to.

mod delimiter;
mod json_array;
mod piece_delimiter;
#[cfg(test)]
mod tests;

pub use delimiter::{Delimiter, DelimiterError};
pub use piece_delimiter::PieceDelimiter;

/// What stands between the records of an object.
///
/// An object holds at least one record. Records come back from [`Framing::split`] one by one as long as none of them
/// holds the delimiter; otherwise only their bytes do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Framing {
    /// Nothing: Firehose's default.
    None,
    /// The delimiter after every record, the last too. With a newline, ours by default.
    After(Delimiter),
    /// The delimiter between records, none at the end.
    Between(Delimiter),
    /// One JSON array a body, a line an element. Each record is one JSON value.
    JsonArray,
}

/// Why [`Framing::split`] could not tell records apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// Nothing stands between the records.
    #[error("records without a delimiter cannot be told apart")]
    NoDelimiter,
    /// Bytes follow the last delimiter, where every record has one after it.
    #[error("the last {bytes} bytes are not followed by the delimiter {delimiter}, so the body is cut short")]
    Unfinished {
        /// How many bytes follow the last delimiter.
        bytes: usize,
        /// The delimiter looked for.
        delimiter: Delimiter,
    },
    /// The body is not one JSON array.
    #[error("the body is not one JSON array: something else stands at byte {at}")]
    NotJsonArray {
        /// Bytes before what is wrong, or before the element that holds it.
        at: usize,
    },
}

impl Default for Framing {
    /// A newline after every record: what Athena, Spark and `jq` read.
    fn default() -> Self {
        Self::After(Delimiter::NEWLINE)
    }
}

impl Framing {
    /// What follows each record when it is laid down. [`Framing::trim`] is due once, when all are.
    pub fn suffix(&self) -> &[u8] {
        match self {
            Self::None => &[],
            Self::After(delimiter) | Self::Between(delimiter) => delimiter.as_bytes(),
            Self::JsonArray => json_array::SEPARATOR,
        }
    }

    /// Ends a body of at least one record, each laid down with its suffix: takes the last delimiter away where
    /// delimiters stand only between records, and puts an array into its brackets. An empty body stays empty.
    pub fn trim(&self, body: &mut Vec<u8>) {
        match self {
            Self::None | Self::After(_) => {}
            Self::JsonArray => json_array::finish(body),
            Self::Between(delimiter) => {
                debug_assert!(body.is_empty() || body.ends_with(delimiter.as_bytes()), "a record has no suffix");
                if body.ends_with(delimiter.as_bytes()) {
                    body.truncate(body.len() - delimiter.as_bytes().len());
                }
            }
        }
    }

    /// The records of a body, in order. The inverse of laying them down if no record holds the delimiter.
    ///
    /// An empty body is one empty record between delimiters, since an object never has none, and no record where a
    /// delimiter comes after each. Without a delimiter records cannot be told apart, which is an error, as is a body
    /// that does not end with the delimiter it should end with, and one that is not an array where it should be.
    pub fn split<'b>(&self, body: &'b [u8]) -> Result<Vec<&'b [u8]>, FramingError> {
        match self {
            Self::None => Err(FramingError::NoDelimiter),
            Self::JsonArray => json_array::split(body),
            Self::Between(delimiter) => Ok(pieces(body, delimiter.as_bytes())),
            Self::After(delimiter) => {
                let mut records = pieces(body, delimiter.as_bytes());
                match records.pop() {
                    None | Some([]) => Ok(records),
                    Some(rest) => Err(FramingError::Unfinished { bytes: rest.len(), delimiter: *delimiter }),
                }
            }
        }
    }
}

/// What stands between the delimiters: always one piece more than there are delimiters.
fn pieces<'b>(body: &'b [u8], delimiter: &[u8]) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for at in memchr::memmem::find_iter(body, delimiter) {
        pieces.push(&body[start..at]);
        start = at + delimiter.len();
    }
    pieces.push(&body[start..]);
    pieces
}
