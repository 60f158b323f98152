//! Firehose's error-output-type: the kinds of failed records, which are also folders of the error prefix.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;

/// Why the records of an error object failed, in Firehose's words, documented or not.
///
/// Source: the list of the Firehose guide's "Custom prefixes for Amazon S3 objects" has the first and the last; the
/// others stand on other pages of it or were seen in buckets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum ErrorOutputType {
    /// `processing-failed`: the record could not be taken apart, or the transform refused it.
    ProcessingFailed,
    /// `decompression-failed`: the record is no CloudWatch Logs data, or what it holds is too large.
    DecompressionFailed,
    /// `metadata-extraction-failed`: the record does not say which partition it belongs to.
    MetadataExtractionFailed,
    /// `activePartitionExceeded`: the record belongs to more partitions than a batch may have.
    ActivePartitionExceeded,
    /// `format-conversion-failed`: the record does not fit the format of the object.
    FormatConversionFailed,
}

/// What the parsing of an [`ErrorOutputType`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "error output type {0} is not one of processing-failed, decompression-failed, metadata-extraction-failed, \
     activePartitionExceeded, format-conversion-failed"
)]
pub struct ErrorOutputTypeError(String);

impl ErrorOutputType {
    /// Every variant.
    pub const ALL: [Self; 5] = [
        Self::ProcessingFailed,
        Self::DecompressionFailed,
        Self::MetadataExtractionFailed,
        Self::ActivePartitionExceeded,
        Self::FormatConversionFailed,
    ];

    /// Firehose's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProcessingFailed => "processing-failed",
            Self::DecompressionFailed => "decompression-failed",
            Self::MetadataExtractionFailed => "metadata-extraction-failed",
            Self::ActivePartitionExceeded => "activePartitionExceeded",
            Self::FormatConversionFailed => "format-conversion-failed",
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
