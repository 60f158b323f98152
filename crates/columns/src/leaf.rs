//! The buffers of one primitive column: values, and the levels that say where they belong.
//!
//! Levels are Dremel's: a definition level says how much of the path to a value is there, a repetition level which list
//! or map it goes on with.

use std::collections::BTreeSet;

use crate::layout::LeafPlan;
use crate::timestamp::Timestamp;

/// The buffers of one primitive column.
#[derive(Debug)]
pub(crate) struct Leaf {
    /// One an entry: a value, a null, or an empty list.
    pub definitions: Vec<u8>,
    /// One an entry, where a list or a map is on the path; else none.
    pub repetitions: Vec<u8>,
    /// Those entries alone that are values.
    pub values: Values,
    is_repeated: bool,
    /// What is there of whole records: entries and values.
    mark: (usize, usize),
}

/// Values, in the form that they have in a file; a decimal and a timestamp get theirs when that is written.
#[derive(Debug)]
pub(crate) enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int128(Vec<i128>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Timestamp(Vec<Timestamp>),
    Text(Texts),
}

/// Texts, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub text: String,
    /// Bytes of each. A record has less than `u32` can say.
    pub lengths: Vec<u32>,
}

impl Texts {
    /// Ends the text that was appended to `text` since it was `start` bytes long.
    #[inline]
    pub(crate) fn end(&mut self, start: usize) {
        self.lengths.push(u32::try_from(self.text.len() - start).unwrap_or(u32::MAX));
    }

    fn truncate(&mut self, count: usize) {
        let dropped: usize = self.lengths.drain(count..).map(|length| length as usize).sum();
        self.text.truncate(self.text.len() - dropped);
    }
}

impl Values {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Boolean(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Int128(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Double(values) => values.len(),
            Self::Timestamp(values) => values.len(),
            Self::Text(texts) => texts.lengths.len(),
        }
    }

    fn truncate(&mut self, count: usize) {
        match self {
            Self::Boolean(values) => values.truncate(count),
            Self::Int32(values) => values.truncate(count),
            Self::Int64(values) => values.truncate(count),
            Self::Int128(values) => values.truncate(count),
            Self::Float(values) => values.truncate(count),
            Self::Double(values) => values.truncate(count),
            Self::Timestamp(values) => values.truncate(count),
            Self::Text(texts) => texts.truncate(count),
        }
    }

    fn bytes(&self) -> usize {
        let width = match self {
            Self::Boolean(_) => 1,
            Self::Int32(_) | Self::Float(_) => 4,
            Self::Int64(_) | Self::Double(_) => 8,
            Self::Int128(_) | Self::Timestamp(_) => 16,
            Self::Text(texts) => return texts.text.len() + texts.lengths.len() * 4,
        };
        self.len() * width
    }

    /// Whether two of the values from `start` on are the same.
    pub(crate) fn has_twins(&self, start: usize) -> bool {
        match self {
            Self::Boolean(values) => twins(values[start..].iter()),
            Self::Int32(values) => twins(values[start..].iter()),
            Self::Int64(values) => twins(values[start..].iter()),
            Self::Int128(values) => twins(values[start..].iter()),
            Self::Float(values) => twins(values[start..].iter().map(|value| value.to_bits())),
            Self::Double(values) => twins(values[start..].iter().map(|value| value.to_bits())),
            Self::Timestamp(values) => twins(values[start..].iter()),
            Self::Text(texts) => {
                let lengths = &texts.lengths[start..];
                let mut at = texts.text.len() - lengths.iter().map(|&length| length as usize).sum::<usize>();
                twins(lengths.iter().map(|&length| {
                    let text = &texts.text.as_bytes()[at..at + length as usize];
                    at += length as usize;
                    text
                }))
            }
        }
    }
}

fn twins<T: Ord>(values: impl ExactSizeIterator<Item = T>) -> bool {
    if values.len() < 2 {
        return false;
    }
    let mut seen = BTreeSet::new();
    values.into_iter().any(|value| !seen.insert(value))
}

impl Leaf {
    /// Without memory of its own yet.
    pub(crate) fn new(plan: &LeafPlan) -> Self {
        Self {
            definitions: Vec::new(),
            repetitions: Vec::new(),
            values: plan.kind.values(),
            is_repeated: plan.is_repeated,
            mark: (0, 0),
        }
    }

    /// An entry.
    #[inline]
    pub(crate) fn enter(&mut self, definition: u8, repetition: u8) {
        self.definitions.push(definition);
        if self.is_repeated {
            self.repetitions.push(repetition);
        }
    }

    /// Keeps what there is; its bytes.
    pub(crate) fn keep(&mut self) -> usize {
        self.mark = (self.definitions.len(), self.values.len());
        self.definitions.len() + self.repetitions.len() + self.values.bytes()
    }

    /// Drops what was not kept.
    pub(crate) fn drop_unkept(&mut self) {
        let (entries, values) = self.mark;
        self.definitions.truncate(entries);
        self.repetitions.truncate(entries);
        self.values.truncate(values);
    }
}
