//! The columns of one object while they are filled.

use serde::de::{DeserializeSeed as _, Error as _, IgnoredAny};
use serde_json::Deserializer;

use crate::coerce::Rules;
use crate::layout::Layout;
use crate::leaf::Leaf;
use crate::limits::{LEVELS_PER_RECORD_MAX, RECORD_BYTES_MAX};
#[cfg(feature = "parquet")]
use crate::parquet_file::{self, WriteError};
use crate::row_error::RowError;
use crate::shred::{Row, Shred, StructState};
#[cfg(feature = "parquet")]
use crate::writer_options::WriterOptions;

/// The columns of one object: a buffer each. Small while it is empty; it grows with what it is given.
///
/// It goes with the [`Layout`] that it was made for, and panics with another.
#[derive(Debug)]
pub struct Columns {
    leaves: Box<[Leaf]>,
    structs: Box<[StructState]>,
    scratch: String,
    /// Whether the common way failed once for a value of another kind: the next record is likely to have one too.
    is_raw: bool,
    rows: usize,
    bytes: usize,
}

/// What a record became.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pushed {
    /// One for each of its objects; one at least.
    pub rows: usize,
    /// Fields of all its objects, at any depth, that no column took; see [`UnknownFields`](crate::UnknownFields).
    pub unknown_fields: u64,
}

impl Columns {
    /// Without rows, for records of `layout`.
    pub fn new(layout: &Layout) -> Self {
        Self {
            leaves: layout.leaves.iter().map(Leaf::new).collect(),
            structs: (0..layout.structs).map(|_| StructState::default()).collect(),
            scratch: String::new(),
            is_raw: false,
            rows: 0,
            bytes: 0,
        }
    }

    /// Appends the rows of a record: a JSON object, or several, one behind the other or with white space between them.
    ///
    /// All or none: where an object is not JSON, or does not fit the schema, nothing of its record is left. What the
    /// `SerDe`s make of values is told at [`OpenXJsonSerDe`](crate::OpenXJsonSerDe) and
    /// [`HiveJsonSerDe`](crate::HiveJsonSerDe). A string that a column takes is text: one with half of a surrogate pair
    /// fails. A record has [`RECORD_BYTES_MAX`] bytes at most.
    pub fn push(&mut self, layout: &Layout, record: &[u8]) -> Result<Pushed, RowError> {
        let is_raw = self.is_raw;
        let mut appended = self.append(layout, record, is_raw);
        if appended.is_err() && !is_raw {
            // The common way is quick and takes less. What fails for good says so in the words of the other.
            self.drop_unkept();
            appended = self.append(layout, record, true);
        }
        match appended {
            Ok(pushed) => {
                self.rows += pushed.rows;
                self.bytes = self.leaves.iter_mut().map(Leaf::keep).sum();
                Ok(pushed)
            }
            Err(error) => {
                self.drop_unkept();
                Err(error)
            }
        }
    }

    fn drop_unkept(&mut self) {
        self.leaves.iter_mut().for_each(Leaf::drop_unkept);
    }

    fn append(&mut self, layout: &Layout, record: &[u8], is_raw: bool) -> Result<Pushed, RowError> {
        if record.len() > RECORD_BYTES_MAX {
            let message = format!("the record has {} bytes, expected {RECORD_BYTES_MAX} at most", record.len());
            return Err(RowError::malformed(message));
        }
        // Once for all of it: what is skipped is not looked at again.
        let mut rest = std::str::from_utf8(record).map_err(|error| {
            RowError::parse(format!("the record is not UTF-8 from byte {} on", error.valid_up_to()))
        })?;
        let rules = Rules { hive: layout.timestamp_formats() };
        let Self { leaves, structs, scratch, is_raw: stays_raw, .. } = self;
        let levels_left = LEVELS_PER_RECORD_MAX;
        let (needs_raw, unknown, failure) = (false, 0, None);
        let mut shred =
            Shred { layout, leaves, structs, scratch, rules, is_raw, needs_raw, levels_left, unknown, failure };
        let mut rows = 0;
        loop {
            rest = rest.trim_start_matches([' ', '\n', '\r', '\t']);
            if rest.is_empty() && rows > 0 {
                return Ok(Pushed { rows, unknown_fields: shred.unknown });
            }
            let mut deserializer = Deserializer::from_str(rest);
            if let Err(error) = Row(&mut shred).deserialize(&mut deserializer) {
                *stays_raw |= shred.needs_raw;
                return Err(shred.failure.unwrap_or_else(|| not_json(rows, &error)));
            }
            rows += 1;
            if shred.charge::<serde_json::Error>(layout.leaves.len()).is_err() {
                return Err(shred.failure.unwrap_or_else(|| not_json(rows, &serde_json::Error::custom(""))));
            }
            // How far it came; a reader that goes on knows it, and this one does not go on.
            let read = deserializer.into_iter::<IgnoredAny>().byte_offset();
            rest = rest.get(read..).unwrap_or_default();
        }
    }

    #[cfg(test)]
    pub(crate) fn into_leaves(self) -> Vec<Leaf> {
        self.leaves.into_vec()
    }

    /// Rows of all records that were taken.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of values and levels in memory. A file is smaller, unless its values do not compress and it has few rows.
    pub const fn buffered_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The file. The same rows, in the same order, always give the same bytes from one build, also without any.
    ///
    /// Every column is optional. Lists are `list.element`, maps `key_value` with `key` and `value`. Chunks of columns
    /// have statistics, pages have none, and there is no page index.
    ///
    /// Fails where the format has no room for a page; none of a record within its limit is so large.
    #[cfg(feature = "parquet")]
    pub fn finish(self, layout: &Layout, options: &WriterOptions) -> Result<Vec<u8>, WriteError> {
        parquet_file::write(layout, options, self.leaves.into_vec(), self.rows, self.bytes)
    }
}

#[cold]
fn not_json(rows: usize, error: &serde_json::Error) -> RowError {
    match rows {
        0 => RowError::parse(format!("the record is not JSON: {error}")),
        before => RowError::parse(format!("the record is not JSON behind its object {before}: {error}")),
    }
}
