//! What an event can be refused for. Nothing of its content is in a message: an event's content is not for logs.

use std::borrow::Cow;

use penstock_delivery::records::TooManyRecords;

/// An event that is not a batch of one shard's records. Nothing of its content is in the message.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// The event has a form that Lambda does not send, or that cannot be read.
    #[error("malformed event: {0}")]
    Malformed(Cow<'static, str>),
    /// The same, within one record.
    #[error("malformed event: record {index}: {problem}")]
    Record {
        /// Number of the record in the event, from 0.
        index: usize,
        /// What is wrong with it.
        problem: Cow<'static, str>,
    },
    /// The mapping has a tumbling window, whose state this function does not keep.
    #[error("the event has a tumbling window: set TumblingWindowInSeconds of the event source mapping to 0")]
    TumblingWindow,
}

impl EventError {
    pub(crate) fn malformed(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(problem.into())
    }

    pub(crate) fn in_record(self, index: usize) -> Self {
        match self {
            Self::Malformed(problem) => Self::Record { index, problem },
            Self::Record { .. } | Self::TumblingWindow => self,
        }
    }
}

impl From<TooManyRecords> for EventError {
    fn from(error: TooManyRecords) -> Self {
        Self::malformed(error.to_string())
    }
}
