//! The bytes of an object while it is filled, without a copy for as long as that can be.

use crate::records::KinesisRecords;

/// The bytes of an object. As long as they are exactly the arena's beginning nothing is copied.
pub(super) enum Body {
    Arena { bytes: usize },
    Own(Vec<u8>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Arena { bytes: 0 }
    }
}

impl Body {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Arena { bytes } => *bytes,
            Self::Own(own) => own.len(),
        }
    }

    /// Appends an output and the delimiter behind it.
    #[inline]
    pub(super) fn push(&mut self, records: &KinesisRecords<'_>, output: &[u8]) {
        let (arena, suffix) = (records.arena(), records.suffix());
        match self {
            Self::Arena { bytes } if is_at(arena, *bytes, output) => *bytes += output.len() + suffix.len(),
            Self::Arena { bytes } => {
                let mut own = Vec::with_capacity(arena.len());
                own.extend_from_slice(&arena[..*bytes]);
                *self = Self::Own(own);
                self.push(records, output);
            }
            Self::Own(own) => {
                own.extend_from_slice(output);
                own.extend_from_slice(suffix);
            }
        }
    }

    /// Appends an output that is not where it would have to be in the arena.
    pub(super) fn push_copy(&mut self, records: &KinesisRecords<'_>, output: &[u8]) {
        if let Self::Arena { bytes } = self {
            *self = Self::Own(records.arena()[..*bytes].to_vec());
        }
        self.push(records, output);
    }
}

/// Whether `output` is the very memory that lies at `offset` of `arena` and ends where a record's data ends.
/// An empty output of an empty record counts; the address decides, so that equal bytes elsewhere do not.
fn is_at(arena: &[u8], offset: usize, output: &[u8]) -> bool {
    std::ptr::eq(arena.as_ptr().wrapping_add(offset), output.as_ptr())
}
