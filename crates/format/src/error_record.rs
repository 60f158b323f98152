//! Error records: what is stored of a record that could not be processed, and how it is read back for replay.
//!
//! The documents are Firehose's for a failed transform, and for a failed conversion: one JSON object a line. Ours are deterministic, so one attempt
//! is counted and it ends when the record arrived; and they say which record it was.

use serde::{Deserialize, Serialize};

use crate::excerpt::excerpt;
use crate::limits::{ERROR_CODE_BYTES_MAX, ERROR_MESSAGE_BYTES_MAX};
use crate::{
    ArrivalTime, ArrivalTimeError, ErrorOutputType, SequenceDigits, SequenceNumber, SequenceNumberError, ShardId,
    ShardIdError,
};

/// A record that failed, with the reason.
#[derive(Clone, Copy, Debug)]
pub struct ErrorRecord<'a> {
    /// Where the document goes: those of failed conversions have names of their own for code and message.
    pub output_type: ErrorOutputType,
    /// When the record arrived: `arrivalTimestamp` and `attemptEndingTimestamp`, in epoch milliseconds.
    pub arrival: ArrivalTime,
    /// A constant word for the reason; bounded to [`ERROR_CODE_BYTES_MAX`] bytes.
    pub error_code: &'a str,
    /// The reason, free of times and addresses; bounded to [`ERROR_MESSAGE_BYTES_MAX`] bytes.
    pub error_message: &'a str,
    /// The record's bytes from before the transform: `rawData`, in base64.
    pub raw_data: &'a [u8],
    /// The shard it came from.
    pub shard_id: ShardId,
    /// Where it stands in the shard.
    pub sequence_number: SequenceDigits<'a>,
    /// Which part of an aggregated record it is; 0 otherwise.
    pub sub_sequence_number: u64,
    /// The partition key its producer gave.
    pub partition_key: &'a str,
}

/// An error record read back: one of ours, or one of Firehose's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedErrorRecord {
    /// How often it was tried; ours say 1.
    pub attempts_made: u64,
    /// When the record arrived.
    pub arrival: ArrivalTime,
    /// When the last attempt ended; in ours, when the record arrived.
    pub attempt_ending: Option<ArrivalTime>,
    /// The word for the reason.
    pub error_code: String,
    /// The reason.
    pub error_message: String,
    /// The record's bytes.
    pub raw_data: Vec<u8>,
    /// The shard it came from; absent from Firehose's documents.
    pub shard_id: Option<ShardId>,
    /// Where it stands in the shard; absent from some of Firehose's documents.
    pub sequence_number: Option<SequenceNumber>,
    /// Which part of an aggregated record it is; absent from some of Firehose's documents.
    pub sub_sequence_number: Option<u64>,
    /// The partition key its producer gave; absent from Firehose's documents.
    pub partition_key: Option<String>,
}

/// Why a line is not an error record.
#[derive(Debug, thiserror::Error)]
pub enum ErrorRecordError {
    /// Not a JSON object with the fields expected.
    #[error(
        "error record {line} is not a JSON object with attemptsMade, arrivalTimestamp, errorCode, errorMessage and rawData"
    )]
    Document {
        /// The line, quoted and bounded.
        line: String,
        /// What the JSON parser said.
        #[source]
        source: serde_json::Error,
    },
    /// `rawData` is not base64.
    #[error("rawData of an error record is not base64 with padding")]
    RawData(#[source] base64_simd::Error),
    /// A time out of range.
    #[error("error record has a time out of range")]
    Time(#[from] ArrivalTimeError),
    /// A shard id of another shape.
    #[error("error record has a wrong shardId")]
    ShardId(#[from] ShardIdError),
    /// A sequence number that is none.
    #[error("error record has a wrong sequenceNumber")]
    SequenceNumber(#[from] SequenceNumberError),
}

impl ErrorRecord<'_> {
    /// Appends the document and a newline.
    #[expect(clippy::missing_panics_doc, reason = "strings and integers always become JSON in memory")]
    pub fn write(&self, out: &mut Vec<u8>) {
        let error_code = bounded(self.error_code, ERROR_CODE_BYTES_MAX);
        let error_message = bounded(self.error_message, ERROR_MESSAGE_BYTES_MAX);
        let document = Written {
            attempts_made: 1,
            arrival_timestamp: self.arrival.millis(),
            reason: if self.output_type == ErrorOutputType::FormatConversionFailed {
                Reason::Last { last_error_code: error_code, last_error_message: error_message }
            } else {
                Reason::Only { error_code, error_message }
            },
            attempt_ending_timestamp: self.arrival.millis(),
            raw_data: base64_simd::STANDARD.encode_to_string(self.raw_data),
            shard_id: self.shard_id.to_string(),
            sequence_number: self.sequence_number.as_str(),
            sub_sequence_number: self.sub_sequence_number,
            partition_key: self.partition_key,
        };
        serde_json::to_writer(&mut *out, &document).expect("strings and integers always become JSON in memory");
        out.push(b'\n');
    }
}

impl ParsedErrorRecord {
    /// Reads one line, with or without its newline.
    ///
    /// Takes Firehose's documents too: those of failed transforms and of failed conversions, whose code and message
    /// are named `lastErrorCode` and `lastErrorMessage`, in newer documentation `ErrorCode` and `ErrorMessage`.
    /// Fields unknown here are passed over.
    pub fn parse(line: &[u8]) -> Result<Self, ErrorRecordError> {
        let read: Read = serde_json::from_slice(line).map_err(|source| {
            let head = &line[..line.len().min(4 * crate::limits::EXCERPT_CHARACTERS_MAX)];
            ErrorRecordError::Document { line: excerpt(&String::from_utf8_lossy(head)), source }
        })?;
        Ok(Self {
            attempts_made: read.attempts_made,
            arrival: ArrivalTime::from_millis(read.arrival_timestamp)?,
            attempt_ending: read.attempt_ending_timestamp.map(ArrivalTime::from_millis).transpose()?,
            error_code: read.error_code,
            error_message: read.error_message,
            raw_data: base64_simd::STANDARD.decode_to_vec(&read.raw_data).map_err(ErrorRecordError::RawData)?,
            shard_id: read.shard_id.as_deref().map(ShardId::parse).transpose()?,
            sequence_number: read.sequence_number.as_deref().map(SequenceNumber::parse).transpose()?,
            sub_sequence_number: read.sub_sequence_number,
            partition_key: read.partition_key,
        })
    }
}

/// The document as it lies in S3. The order of the fields is part of the format.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    attempts_made: u64,
    arrival_timestamp: i64,
    #[serde(flatten)]
    reason: Reason<'a>,
    attempt_ending_timestamp: i64,
    raw_data: String,
    shard_id: String,
    sequence_number: &'a str,
    sub_sequence_number: u64,
    partition_key: &'a str,
}

/// Code and message, by the names that Firehose gives them.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Reason<'a> {
    Only { error_code: &'a str, error_message: &'a str },
    Last { last_error_code: &'a str, last_error_message: &'a str },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    attempts_made: u64,
    arrival_timestamp: i64,
    #[serde(alias = "lastErrorCode", alias = "ErrorCode")]
    error_code: String,
    #[serde(alias = "lastErrorMessage", alias = "ErrorMessage")]
    error_message: String,
    attempt_ending_timestamp: Option<i64>,
    raw_data: String,
    shard_id: Option<String>,
    sequence_number: Option<String>,
    sub_sequence_number: Option<u64>,
    partition_key: Option<String>,
}

/// As many whole characters as fit.
fn bounded(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests;
