//! Subscription documents of CloudWatch Logs, which come gzipped.
//!
//! `{"messageType":"DATA_MESSAGE","owner":…,"logGroup":…,"logEvents":[{"id":…,"timestamp":…,"message":…},…]}`. A
//! `CONTROL_MESSAGE` is CloudWatch Logs trying whether the stream can be reached. What fails says why without a word of
//! what it holds: logs are not for the reasons of an error document.

use std::borrow::Cow;

use penstock_format::{Compression, DecompressError, ErrorOutputType};
use serde::Deserialize;

use crate::transform::Failure;

/// The code of a record that is not gzip, or is damaged.
const NOT_GZIP: &str = "Decompression.NotGzip";
/// The code of a record that inflates to too much.
const TOO_LARGE: &str = "Decompression.OutputTooLarge";
/// The code of gzip that holds something else.
const NOT_CLOUDWATCH_LOGS: &str = "Decompression.NotCloudWatchLogs";

/// A subscription document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Document<'d> {
    /// It holds these messages, their escapes resolved.
    Data(Vec<Cow<'d, str>>),
    /// It holds none, and is left out.
    Control,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read<'d> {
    #[serde(borrow)]
    message_type: Cow<'d, str>,
    #[serde(borrow)]
    log_events: Option<Vec<LogEvent<'d>>>,
}

#[derive(Deserialize)]
struct LogEvent<'d> {
    #[serde(borrow)]
    message: Cow<'d, str>,
}

/// What `record` holds, in `limit` bytes at most; several members of gzip are one document.
pub(super) fn inflate(record: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    Compression::Gzip.decompress(record, limit).map_err(|error| match error {
        DecompressError::Limit { limit, .. } => {
            failure(TOO_LARGE, format!("the record inflates to more than {limit} bytes"))
        }
        DecompressError::Invalid { .. } => failure(NOT_GZIP, "the record is not gzip, or is cut short or damaged"),
    })
}

impl<'d> Document<'d> {
    /// Takes an inflated document, from end to end.
    pub(super) fn read(inflated: &'d [u8]) -> Result<Self, Failure> {
        // A derived reader would take an array of the fields as well.
        if inflated.trim_ascii_start().first() != Some(&b'{') {
            return Err(failure(NOT_CLOUDWATCH_LOGS, "what the record inflates to is not a JSON object"));
        }
        let read: Read<'d> = serde_json::from_slice(inflated).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let what = if error.is_data() { "a document of CloudWatch Logs" } else { "JSON" };
            failure(
                NOT_CLOUDWATCH_LOGS,
                format!("what the record inflates to is not {what}, at line {line} column {column}"),
            )
        })?;
        match (&*read.message_type, read.log_events) {
            ("CONTROL_MESSAGE", _) => Ok(Self::Control),
            ("DATA_MESSAGE", Some(events)) => Ok(Self::Data(events.into_iter().map(|event| event.message).collect())),
            ("DATA_MESSAGE", None) => Err(failure(NOT_CLOUDWATCH_LOGS, "the document has no logEvents")),
            _ => {
                let message = "the document's messageType is neither DATA_MESSAGE nor CONTROL_MESSAGE";
                Err(failure(NOT_CLOUDWATCH_LOGS, message))
            }
        }
    }
}

fn failure(code: &'static str, message: impl Into<String>) -> Failure {
    Failure::with_code(code, message).of_type(ErrorOutputType::DecompressionFailed)
}
