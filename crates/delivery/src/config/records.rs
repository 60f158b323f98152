//! How it is set what a record is, and what it holds.

use penstock_format::PieceDelimiter;

use super::ConfigError;
use super::variables as v;
use super::written::{Written, one_of};

/// How records are taken apart before the transform, beside the KPL's aggregates, which always are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deaggregation {
    /// What a record is, once it is out of an aggregate.
    pub decompression: Decompression,
    /// What it holds then.
    pub sub_records: SubRecords,
}

/// Whether records are decompressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decompression {
    /// They are taken as they are.
    #[default]
    None,
    /// Each is a gzipped subscription document of CloudWatch Logs, and becomes the document.
    Documents,
    /// The same, and becomes the document's messages.
    Messages,
}

/// What a record holds, Firehose's `SubRecordType`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SubRecords {
    /// Itself.
    #[default]
    One,
    /// JSON objects, with nothing but white space between them.
    Json,
    /// Pieces, each ended by the delimiter; the last need not be.
    Delimited(PieceDelimiter),
}

/// The words of `record_deaggregation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    One,
    Json,
    Delimited,
}

impl Deaggregation {
    /// Whether no setting takes a record apart, so that only an aggregate of the KPL is.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// What is set. Refused: extraction without decompression, and a delimiter that is missing or of no use.
    pub(super) fn parse<L: Fn(&'static str) -> Option<String>>(written: &Written<L>) -> Result<Self, ConfigError> {
        let is_gzip = written.parse(&v::DECOMPRESSION, |text| one_of(text, &[("none", false), ("GZIP", true)]))?;
        let extracts =
            written.parse(&v::DATA_MESSAGE_EXTRACTION, |text| one_of(text, &[("false", false), ("true", true)]))?;
        let decompression = match (is_gzip, extracts) {
            (false, false) => Decompression::None,
            (true, false) => Decompression::Documents,
            (true, true) => Decompression::Messages,
            (false, true) => {
                let problem = "true is of use only beside decompression = GZIP, expected false";
                return Err(ConfigError::invalid(&v::DATA_MESSAGE_EXTRACTION, &problem));
            }
        };
        let kinds = [("none", Kind::One), ("JSON", Kind::Json), ("DELIMITED", Kind::Delimited)];
        let kind = written.parse(&v::RECORD_DEAGGREGATION, |text| one_of(text, &kinds))?;
        let delimiter = written.optional(&v::RECORD_DEAGGREGATION_DELIMITER, PieceDelimiter::parse)?;
        let sub_records = match (kind, delimiter) {
            (Kind::One, None) => SubRecords::One,
            (Kind::Json, None) => SubRecords::Json,
            (Kind::Delimited, Some(delimiter)) => SubRecords::Delimited(delimiter),
            (Kind::Delimited, None) => return Err(ConfigError::missing(&v::RECORD_DEAGGREGATION_DELIMITER)),
            (Kind::One | Kind::Json, Some(delimiter)) => {
                let problem =
                    format!("{delimiter} is of use only beside record_deaggregation = DELIMITED, expected none");
                return Err(ConfigError::invalid(&v::RECORD_DEAGGREGATION_DELIMITER, &problem));
            }
        };
        Ok(Self { decompression, sub_records })
    }
}
