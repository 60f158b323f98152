//! The bytes between records.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;
use crate::limits::DELIMITER_BYTES_MAX;

/// 1 to 16 bytes that stand after or between records.
///
/// Written as text with escapes:
///
/// | text | byte |
/// | --- | --- |
/// | `\n` `\r` `\t` `\0` `\\` | line feed, carriage return, tab, zero, backslash |
/// | `\x1E` | the byte of two hexadecimal digits |
/// | any other character | its UTF-8 |
///
/// Refused: other escapes, and a delimiter that begins as it ends (such as `||` or `aba`). Two of those may overlap in
/// a body, so records that hold none of it would still not come back.
///
/// ```
/// # use penstock_format::Delimiter;
/// let crlf = Delimiter::parse(r"\r\n").unwrap();
/// assert_eq!(crlf.as_bytes(), b"\r\n");
/// assert_eq!(crlf.to_string(), r"\r\n");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiter {
    len: u8,
    bytes: [u8; DELIMITER_BYTES_MAX],
}

/// What [`Delimiter::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DelimiterError {
    /// No bytes, or too many.
    #[error("delimiter {text} has {length} bytes, not 1 to {DELIMITER_BYTES_MAX}")]
    Length {
        /// The text given, bounded.
        text: String,
        /// Its bytes, once the escapes are read.
        length: usize,
    },
    /// A backslash that begins nothing known.
    #[error(r"delimiter {text} has an escape that is none of \n \r \t \0 \\ \xNN")]
    Escape {
        /// The text given, bounded.
        text: String,
    },
    /// The delimiter begins as it ends.
    #[error("delimiter {text} begins as it ends, so records could not be told apart; expected one that does not")]
    Overlap {
        /// The text given, bounded.
        text: String,
    },
}

impl Delimiter {
    /// A line feed: one record a line.
    pub const NEWLINE: Self = Self::short(*b"\n\0", 1);
    /// Carriage return and line feed, as between the lines of HTTP.
    pub const CRLF: Self = Self::short(*b"\r\n", 2);

    const fn short(pair: [u8; 2], len: u8) -> Self {
        let mut bytes = [0; DELIMITER_BYTES_MAX];
        bytes[0] = pair[0];
        bytes[1] = pair[1];
        Self { len, bytes }
    }

    /// Takes text with escapes, as configuration has it.
    pub fn parse(text: &str) -> Result<Self, DelimiterError> {
        let delimiter = Self::read(text)?;
        let raw = delimiter.as_bytes();
        if (1..raw.len()).any(|border| raw[..border] == raw[raw.len() - border..]) {
            return Err(DelimiterError::Overlap { text: excerpt(text) });
        }
        Ok(delimiter)
    }

    /// The same, also of what begins as it ends: for those who only read what others have written.
    pub(super) fn read(text: &str) -> Result<Self, DelimiterError> {
        let given = || excerpt(text);
        let raw = unescape(text).ok_or_else(|| DelimiterError::Escape { text: given() })?;
        let length = raw.len();
        match u8::try_from(length) {
            Ok(len) if (1..=DELIMITER_BYTES_MAX).contains(&length) => {
                let mut bytes = [0; DELIMITER_BYTES_MAX];
                bytes[..length].copy_from_slice(&raw);
                Ok(Self { len, bytes })
            }
            _ => Err(DelimiterError::Length { text: given(), length }),
        }
    }

    /// The bytes themselves.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// `None` for an unknown or unfinished escape.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut raw = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'\\' {
            raw.push(first);
            continue;
        }
        let (&escape, after) = rest.split_first()?;
        rest = after;
        raw.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let (pair, after) = rest.split_at_checked(2)?;
                rest = after;
                hexadecimal(pair[0])? << 4 | hexadecimal(pair[1])?
            }
            _ => return None,
        });
    }
    Some(raw)
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl fmt::Display for Delimiter {
    /// ASCII text that [`Delimiter::parse`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|&byte| match byte {
            b'\n' => f.write_str(r"\n"),
            b'\r' => f.write_str(r"\r"),
            b'\t' => f.write_str(r"\t"),
            0 => f.write_str(r"\0"),
            b'\\' => f.write_str(r"\\"),
            b' '..=b'~' => write!(f, "{}", char::from(byte)),
            _ => write!(f, r"\x{byte:02X}"),
        })
    }
}

impl fmt::Debug for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl FromStr for Delimiter {
    type Err = DelimiterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
