//! Why a configuration is not taken: in Firehose's own words where it has some, with the field and its value.

use penstock_format::PrefixError;

use super::limits::DOCUMENT_BYTES_MAX;

/// What is wrong with a configuration. Values are quoted and bounded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// Longer than anything that Firehose prints.
    #[error("the configuration has {bytes} bytes, more than {DOCUMENT_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is not JSON.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// It is JSON, and nothing of Firehose's.
    #[error(
        "{found} holds no S3 destination: expected what `aws firehose describe-delivery-stream` prints, the input of \
         create-delivery-stream, or an ExtendedS3DestinationConfiguration"
    )]
    Shape {
        /// What stands there instead.
        found: String,
    },
    /// A field of another kind than the API's.
    #[error("{field} is {value}: expected {expected}")]
    Kind {
        /// The field.
        field: String,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A field that must be there.
    #[error("{field} is not set: expected {expected}")]
    Missing {
        /// The field.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A constraint of the API's model, in the service's words.
    #[error("Value '{value}' at '{field}' failed to satisfy constraint: Member must {constraint}")]
    Constraint {
        /// The field.
        field: String,
        /// Its value.
        value: String,
        /// What it must, as the service says it.
        constraint: String,
    },
    /// A rule of the service's, in its words.
    #[error("{rule}: {field} is {value}")]
    Rule {
        /// The rule, as the service says it.
        rule: String,
        /// The field.
        field: String,
        /// Its value.
        value: String,
    },
    /// A prefix.
    #[error("{problem} ({field})")]
    Prefix {
        /// The field.
        field: String,
        /// What is wrong with it.
        problem: PrefixError,
    },
    /// What Firehose knows and Penstock does not do at all.
    #[error("{field} cannot be imported: {reason}")]
    Unsupported {
        /// The field.
        field: String,
        /// Why.
        reason: &'static str,
    },
}
