//! Reading what somebody else says is not larger than it is.

use std::io::{self, Read};

/// Why bytes were not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// There are more than the caller takes.
    Limit,
    /// They are not what they should be.
    Invalid(io::Error),
}

impl Refused {
    /// Bytes that are not what they should be, as `what` says.
    pub(super) fn invalid(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Invalid(io::Error::new(io::ErrorKind::InvalidData, what))
    }

    /// Bytes that end too early.
    pub(super) fn cut_short() -> Self {
        Self::Invalid(io::ErrorKind::UnexpectedEof.into())
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Invalid(error)
    }
}

/// All that `reader` has, if that is not more than `limit` bytes.
pub(super) fn read(reader: impl Read, limit: usize) -> Result<Vec<u8>, Refused> {
    let mut body = Vec::new();
    let one_more = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(one_more).read_to_end(&mut body)?;
    if body.len() > limit { Err(Refused::Limit) } else { Ok(body) }
}

/// A big-endian number off the front of `rest`.
pub(super) fn number(rest: &mut &[u8]) -> Result<u32, Refused> {
    let (bytes, after) = rest.split_first_chunk().ok_or_else(Refused::cut_short)?;
    *rest = after;
    Ok(u32::from_be_bytes(*bytes))
}

/// A big-endian length, and as many bytes, off the front of `rest`.
pub(super) fn counted<'s>(rest: &mut &'s [u8]) -> Result<&'s [u8], Refused> {
    let length = usize::try_from(number(rest)?).map_err(Refused::invalid)?;
    let (bytes, after) = rest.split_at_checked(length).ok_or_else(Refused::cut_short)?;
    *rest = after;
    Ok(bytes)
}
