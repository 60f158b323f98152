//! Firehose's error-output-type: the kinds of failed records, which are also folders of the error prefix.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;

/// Why the records of an error object failed, in Firehose's words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ErrorOutputType {
    /// `processing-failed`: the transform refused the record.
    ProcessingFailed,
}

/// What the parsing of an [`ErrorOutputType`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("error output type {0} is not processing-failed")]
pub struct ErrorOutputTypeError(String);

impl ErrorOutputType {
    /// Every variant.
    pub const ALL: [Self; 1] = [Self::ProcessingFailed];

    /// Firehose's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcessingFailed => "processing-failed",
        }
    }
}

impl fmt::Display for ErrorOutputType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ErrorOutputType {
    type Err = ErrorOutputTypeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| ErrorOutputTypeError(excerpt(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_back() {
        for kind in ErrorOutputType::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for (name, text) in [("empty", ""), ("case", "Processing-Failed"), ("another's", "splunk-failed")] {
            assert!(text.parse::<ErrorOutputType>().is_err(), "{name}");
        }
    }
}
