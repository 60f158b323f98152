//! The bytes of an object while it is filled, without a copy for as long as that can be.

use crate::records::KinesisRecords;

/// The bytes of an object. As long as they are exactly the arena's beginning nothing is copied.
pub(super) enum Body {
    Arena {
        bytes: usize,
    },
    Own(Vec<u8>),
    #[cfg(feature = "parquet")]
    Rows(penstock_columns::Columns),
}

impl Default for Body {
    fn default() -> Self {
        Self::Arena { bytes: 0 }
    }
}

impl Body {
    /// Appends an output and the delimiter behind it.
    #[inline]
    pub(super) fn push(&mut self, records: &KinesisRecords<'_>, output: &[u8]) {
        let (arena, suffix) = (records.arena(), records.suffix());
        match self {
            Self::Arena { bytes } if is_at(arena, *bytes, output) => *bytes += output.len() + suffix.len(),
            Self::Arena { bytes } => {
                *self = Self::Own(own(arena, *bytes));
                self.push(records, output);
            }
            Self::Own(own) => {
                own.extend_from_slice(output);
                own.extend_from_slice(suffix);
            }
            #[cfg(feature = "parquet")]
            Self::Rows(_) => unreachable!("rows are no bytes yet, and nothing is appended to them as such"),
        }
    }

    /// Appends an output that is not where it would have to be in the arena.
    pub(super) fn push_copy(&mut self, records: &KinesisRecords<'_>, output: &[u8]) {
        if let Self::Arena { bytes } = self {
            *self = Self::Own(own(records.arena(), *bytes));
        }
        self.push(records, output);
    }

    /// The bytes; those of the arena are copied.
    pub(super) fn into_own(self, records: &KinesisRecords<'_>) -> Vec<u8> {
        match self {
            Self::Arena { bytes } => records.arena()[..bytes].to_vec(),
            Self::Own(own) => own,
            #[cfg(feature = "parquet")]
            Self::Rows(_) => Vec::new(),
        }
    }

    /// The bytes; the arena itself where they lie in it.
    pub(super) fn into_arena(self, records: KinesisRecords<'_>) -> Vec<u8> {
        match self {
            Self::Arena { bytes } => {
                let mut arena = records.into_arena();
                arena.truncate(bytes);
                arena
            }
            Self::Own(own) => own,
            #[cfg(feature = "parquet")]
            Self::Rows(_) => Vec::new(),
        }
    }
}

/// A copy of the arena's beginning. One that holds some of it already will likely hold about as much as the arena; one
/// that begins elsewhere may be one of a thousand, and grows as it is filled.
fn own(arena: &[u8], bytes: usize) -> Vec<u8> {
    let mut own = Vec::with_capacity(if bytes == 0 { 0 } else { arena.len() });
    own.extend_from_slice(&arena[..bytes]);
    own
}

/// Whether `output` is the very memory that lies at `offset` of `arena` and ends where a record's data ends.
/// An empty output of an empty record counts; the address decides, so that equal bytes elsewhere do not.
fn is_at(arena: &[u8], offset: usize, output: &[u8]) -> bool {
    std::ptr::eq(arena.as_ptr().wrapping_add(offset), output.as_ptr())
}
