//! What is wrong with a prefix, in Firehose's own sentences where it has one, with the value and the place.

use std::fmt;

use crate::limits::{EVALUATED_PREFIX_CHARACTERS_MAX, PREFIX_CHARACTERS_MAX};

/// Which of the two prefixes an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixField {
    /// `Prefix`, of data objects.
    Prefix,
    /// `ErrorOutputPrefix`, of error objects.
    ErrorOutputPrefix,
}

impl PrefixField {
    /// What Firehose calls it where it speaks of what it evaluates to.
    const fn evaluated(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::ErrorOutputPrefix => "ErrorOutputPrefix",
        }
    }
}

impl fmt::Display for PrefixField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => "Prefix",
            Self::ErrorOutputPrefix => "ErrorOutputPrefix",
        })
    }
}

/// Why a prefix is refused. Expressions are quoted and bounded; positions count bytes of the prefix from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// Longer than Firehose's field.
    #[error("{field} has {characters} characters, more than {PREFIX_CHARACTERS_MAX}")]
    Length {
        /// The prefix.
        field: PrefixField,
        /// Its length.
        characters: usize,
    },
    /// `!{` without the rest of an expression.
    #[error("Invalid expression usage: {expression} at byte {at} of {field} is not !{{namespace:value}}")]
    Usage {
        /// The prefix.
        field: PrefixField,
        /// Where `!{` stands.
        at: usize,
        /// The text from there.
        expression: String,
    },
    /// A namespace that Firehose does not know.
    #[error(
        "Namespace to the left of colon ({namespace}) is an invalid keyword! {expression} at byte {at} of {field}, \
         expected timestamp, firehose, partitionKeyFromQuery or partitionKeyFromLambda"
    )]
    Namespace {
        /// The prefix.
        field: PrefixField,
        /// Where the expression begins.
        at: usize,
        /// The expression.
        expression: String,
        /// What stands for its namespace.
        namespace: String,
    },
    /// A value that its namespace does not take.
    #[error(
        "Invalid conversion character used in the value of the expression in {field}: {expression} at byte {at}, {reason}"
    )]
    Value {
        /// The prefix.
        field: PrefixField,
        /// Where the wrong part stands.
        at: usize,
        /// The expression.
        expression: String,
        /// What is wrong, and what was expected.
        reason: ValueProblem,
    },
    /// The error type in a prefix of data.
    #[error("Prefix must not contain any occurrence of !{{firehose:error-output-type}}, which stands at byte {at}")]
    ErrorOutputTypeInPrefix {
        /// Where it stands.
        at: usize,
    },
    /// A partition key in a prefix while dynamic partitioning is off.
    #[error(
        "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled: \
         {expression}"
    )]
    DynamicPartitioning {
        /// The first one.
        expression: String,
    },
    /// Dynamic partitioning is on, and nothing says how.
    #[error(
        "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled, and {prefix} has none"
    )]
    PartitionKeyRequired {
        /// The prefix, quoted and bounded.
        prefix: String,
    },
    /// An error prefix that depends on what records hold.
    #[error("ErrorOutputPrefix must not contain any partition key, such as {expression} at byte {at}")]
    PartitionKeyInErrorOutputPrefix {
        /// Where.
        at: usize,
        /// The expression.
        expression: String,
    },
    /// An expression in `Prefix` and no error prefix.
    #[error("ErrorOutputPrefix cannot be null or empty when Prefix contains expressions, such as {expression}")]
    ErrorOutputPrefixRequired {
        /// The first expression of `Prefix`.
        expression: String,
    },
    /// An error prefix whose expressions do not say why records failed.
    #[error(
        "ErrorOutputPrefix must contain at least one occurrence of !{{firehose:error-output-type}}, \
         since it contains the expression {expression}"
    )]
    ErrorOutputTypeRequired {
        /// The first expression of `ErrorOutputPrefix`.
        expression: String,
    },
    /// Too long once evaluated.
    #[error(
        "Length of evaluated {} cannot be greater than {EVALUATED_PREFIX_CHARACTERS_MAX}: {field} evaluates to \
         {evaluated}, of {characters} characters",
        field.evaluated()
    )]
    EvaluatedLength {
        /// The prefix.
        field: PrefixField,
        /// What it evaluates to, quoted and bounded.
        evaluated: String,
        /// Its length.
        characters: usize,
    },
}

/// What is wrong with the value of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueProblem {
    /// Nothing after the colon.
    #[error("expected a pattern such as yyyy/MM/dd")]
    Empty,
    /// Not a word of the `firehose` namespace.
    #[error("expected error-output-type or random-string")]
    Keyword,
    /// The name of a partition key is none.
    #[error(
        "expected the name of a partition key: 1 to {} of A-Z a-z 0-9 _ - .",
        crate::limits::PARTITION_KEY_CHARACTERS_MAX
    )]
    PartitionKey,
    /// A letter that Firehose refuses or Java does not know.
    #[error("where {0} is no letter of a pattern; text stands in single quotes")]
    Letter(char),
    /// More of one letter, or fewer, than Java takes.
    #[error("where {letter} stands {count} times; expected {expected}")]
    Count {
        /// The letter.
        letter: char,
        /// How often it stands in a row.
        count: usize,
        /// How often it may.
        expected: &'static str,
    },
    /// A character that Java keeps for later.
    #[error("where {0} is reserved; text stands in single quotes")]
    Reserved(char),
    /// A quote without its partner.
    #[error("where a single quote has no partner")]
    Quote,
    /// `]` without `[`.
    #[error("where ] has no [ before it")]
    Bracket,
}
