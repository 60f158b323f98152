//! What is asked of one leaf.
//!
//! Left out: that a leaf is absent, which no leaf can tell.

use super::json::Leaf;

/// Numbers are compared in millionths, which is as exact as `EventBridge` is.
const MILLIONTHS: f64 = 1e6;
/// Numbers beyond it, on both sides, are compared with nothing.
const NUMBER_MAX: f64 = 5e9;

/// One alternative of a field's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rule {
    /// This value.
    Equals(Leaf),
    /// A text like this one.
    Text(TextRule),
    /// Any value.
    Exists,
    /// Any value but these.
    AnythingBut(Vec<Leaf>),
    /// Any value but a text like one of these.
    AnythingButText(Vec<TextRule>),
    /// A number of this range.
    Numeric(Range),
}

/// How a text is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextRule {
    part: Part,
    ignore_case: bool,
    /// In lower case where case is ignored.
    text: String,
}

/// Which part of a value must equal the rule's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Head,
    Tail,
}

/// A range of numbers, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// The smallest.
    pub(super) first: i64,
    /// The largest.
    pub(super) last: i64,
}

impl Rule {
    pub(super) fn matches(&self, leaf: &Leaf) -> bool {
        match self {
            Self::Equals(value) => value == leaf,
            Self::Text(rule) => rule.matches(leaf),
            Self::Exists => true,
            Self::AnythingBut(values) => !values.contains(leaf),
            Self::AnythingButText(rules) => !rules.iter().any(|rule| rule.matches(leaf)),
            Self::Numeric(range) => range.matches(leaf),
        }
    }
}

impl TextRule {
    pub(super) fn new(part: Part, ignore_case: bool, text: String) -> Self {
        Self { part, ignore_case, text: if ignore_case { text.to_lowercase() } else { text } }
    }

    fn matches(&self, leaf: &Leaf) -> bool {
        match leaf {
            Leaf::Text(value) if self.ignore_case => self.accepts(&value.to_lowercase()),
            Leaf::Text(value) => self.accepts(value),
            Leaf::Number(_) | Leaf::True | Leaf::False | Leaf::Null => false,
        }
    }

    fn accepts(&self, value: &str) -> bool {
        match self.part {
            Part::Whole => value == self.text,
            Part::Head => value.starts_with(&self.text),
            Part::Tail => value.ends_with(&self.text),
        }
    }
}

impl Range {
    fn matches(&self, leaf: &Leaf) -> bool {
        match leaf {
            Leaf::Number(text) => millionths(text).is_some_and(|number| (self.first..=self.last).contains(&number)),
            Leaf::Text(_) | Leaf::True | Leaf::False | Leaf::Null => false,
        }
    }
}

/// The whole range that numbers are compared in.
pub(super) const fn everything() -> Range {
    Range { first: -5_000_000_000_000_000, last: 5_000_000_000_000_000 }
}

/// A JSON number in millionths, unless it is too large.
pub(super) fn millionths(text: &str) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "5e15 fits, and is below 2^53")]
    (number.abs() <= NUMBER_MAX).then(|| (number * MILLIONTHS).round() as i64)
}
