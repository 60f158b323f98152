//! What `Content-Encoding` says.

use std::sync::Arc;

use penstock_format::{Compression, excerpt};

use super::header_text::{HeaderText, is_token};

/// Where `Content-Encoding` is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentEncoding {
    /// No header: the object's bytes are what a client is to see. See [`Compression::content_encoding`].
    None,
    /// Firehose's own header for the compression of each object.
    Firehose,
    /// This coding, of data objects: what else there is the transform has not encoded.
    Literal(HeaderText),
}

impl ContentEncoding {
    /// `none`, `firehose` or a content coding, which is a token of RFC 9110.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "firehose" => Ok(Self::Firehose),
            // A word of ours in other letters would be a coding that no client knows.
            text if is_token(text) && !["none", "firehose", "aws-chunked"].contains(&&*text.to_ascii_lowercase()) => {
                HeaderText::parse(text).map(Self::Literal)
            }
            text if text.eq_ignore_ascii_case("aws-chunked") => {
                Err(format!("{} is S3's way of transfer, which it takes off, expected a content coding", excerpt(text)))
            }
            text => Err(format!("{} is not none, firehose or a content coding such as gzip", excerpt(text))),
        }
    }

    /// The header of a data object that is compressed so.
    pub(super) fn of_data(&self, compression: Compression) -> Option<Arc<str>> {
        match self {
            Self::Literal(coding) => Some(Arc::clone(coding.shared())),
            Self::None | Self::Firehose => self.of_other(compression),
        }
    }

    /// The header of a data object of columns.
    pub(crate) fn of_columns(&self) -> Option<Arc<str>> {
        match self {
            Self::Literal(coding) => Some(Arc::clone(coding.shared())),
            Self::None => None,
            // Source: Firehose's, as measured, though the bytes are plain Parquet.
            Self::Firehose => Some(Arc::from("hadoop-snappy")),
        }
    }

    /// The header of an error or backup object that is compressed so.
    pub(super) fn of_other(&self, compression: Compression) -> Option<Arc<str>> {
        match self {
            Self::None | Self::Literal(_) => compression.content_encoding().map(Arc::from),
            Self::Firehose => compression.firehose_content_encoding().map(Arc::from),
        }
    }
}
