//! What may stand around a record's data: a JSON object that says which record it was.
//!
//! ```json
//! {"sequenceNumber":"49","subSequenceNumber":0,"approximateArrivalTimestamp":1545084650987,"partitionKey":"k","data":"…"}
//! ```
//!
//! `approximateArrivalTimestamp` is in milliseconds since the Unix epoch. `outputIndex` stands behind
//! `subSequenceNumber` where a record became several. The shard and the stream are left out: they are the object's.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::excerpt::excerpt;
use crate::{ArrivalTime, ArrivalTimeError, SequenceDigits, SequenceNumber, SequenceNumberError};

/// How the data lies in its envelope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Envelope {
    /// As a JSON string: the data must be UTF-8.
    Text,
    /// As the JSON value that it is, with the white space inside of it: the data must be one JSON value.
    Json,
    /// As a JSON string of base64 with padding: any data.
    Base64,
}

/// Data with what its envelope says of it.
#[derive(Clone, Copy, Debug)]
pub struct Enveloped<'a> {
    /// Where the record stands in its shard.
    pub sequence_number: SequenceDigits<'a>,
    /// Which part of an aggregated record it is; 0 otherwise.
    pub sub_sequence_number: u64,
    /// Which output of its record it is, where that became several.
    pub output_index: Option<u32>,
    /// When the record arrived.
    pub arrival: ArrivalTime,
    /// The partition key its producer gave.
    pub partition_key: &'a str,
    /// The data.
    pub data: &'a [u8],
}

/// Why data has no place in an envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not UTF-8.
    #[error("the data is not UTF-8 from byte {at} on, expected text")]
    NotText {
        /// Bytes before what is wrong.
        at: usize,
    },
    /// Not one JSON value.
    #[error("the data is not JSON, expected one value: {0}")]
    NotJson(#[source] serde_json::Error),
}

/// Data read back out of its envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedEnvelope {
    /// Where the record stands in its shard.
    pub sequence_number: SequenceNumber,
    /// Which part of an aggregated record it is; 0 otherwise.
    pub sub_sequence_number: u64,
    /// Which output of its record it is, where that became several.
    pub output_index: Option<u32>,
    /// When the record arrived.
    pub arrival: ArrivalTime,
    /// The partition key its producer gave.
    pub partition_key: String,
    /// The data; of JSON without the white space that was around it.
    pub data: Vec<u8>,
}

/// Why bytes are not an envelope.
#[derive(Debug, thiserror::Error)]
pub enum ParseEnvelopeError {
    /// Not a JSON object with the fields expected.
    #[error("envelope {text} is not a JSON object with the fields of one")]
    Document {
        /// The bytes, quoted and bounded.
        text: String,
        /// What the JSON parser said.
        #[source]
        source: serde_json::Error,
    },
    /// The data is not base64.
    #[error("data of an envelope is not base64 with padding")]
    Data(#[source] base64_simd::Error),
    /// A time out of range.
    #[error("envelope has a time out of range")]
    Time(#[from] ArrivalTimeError),
    /// A sequence number that is none.
    #[error("envelope has a wrong sequenceNumber")]
    SequenceNumber(#[from] SequenceNumberError),
}

/// Checks that `data` is one JSON value, with white space around it or without.
pub fn check_json(data: &[u8]) -> Result<(), EnvelopeError> {
    serde_json::from_slice::<&RawValue>(data).map(drop).map_err(EnvelopeError::NotJson)
}

impl Envelope {
    /// Appends the document to `out`, without a newline. `out` is as it was where the data has no place in it.
    pub fn write(self, enveloped: &Enveloped<'_>, out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        let data = enveloped.data;
        match self {
            Self::Text => {
                let text = std::str::from_utf8(data);
                write(enveloped, text.map_err(|error| EnvelopeError::NotText { at: error.valid_up_to() })?, out);
            }
            Self::Json => {
                write(enveloped, serde_json::from_slice::<&RawValue>(data).map_err(EnvelopeError::NotJson)?, out);
            }
            Self::Base64 => write(enveloped, base64_simd::STANDARD.encode_to_string(data), out),
        }
        Ok(())
    }

    /// Reads a document, with white space around it or without. Fields unknown here are passed over.
    pub fn parse(self, text: &[u8]) -> Result<ParsedEnvelope, ParseEnvelopeError> {
        match self {
            Self::Text => parsed(text, |data: String| Ok(data.into_bytes())),
            Self::Json => parsed(text, |data: &RawValue| Ok(data.get().as_bytes().to_vec())),
            Self::Base64 => parsed(text, |data: String| {
                base64_simd::STANDARD.decode_to_vec(&data).map_err(ParseEnvelopeError::Data)
            }),
        }
    }
}

/// The document as it lies in S3. The order of the fields is part of the format.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<T, K> {
    sequence_number: K,
    sub_sequence_number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_index: Option<u32>,
    approximate_arrival_timestamp: i64,
    partition_key: K,
    data: T,
}

fn write(enveloped: &Enveloped<'_>, data: impl Serialize, out: &mut Vec<u8>) {
    let document = Document {
        sequence_number: enveloped.sequence_number.as_str(),
        sub_sequence_number: enveloped.sub_sequence_number,
        output_index: enveloped.output_index,
        approximate_arrival_timestamp: enveloped.arrival.millis(),
        partition_key: enveloped.partition_key,
        data,
    };
    serde_json::to_writer(out, &document).expect("strings, integers and JSON always become JSON in memory");
}

fn parsed<'t, T: Deserialize<'t>>(
    text: &'t [u8],
    data: impl FnOnce(T) -> Result<Vec<u8>, ParseEnvelopeError>,
) -> Result<ParsedEnvelope, ParseEnvelopeError> {
    let document: Document<T, String> = serde_json::from_slice(text).map_err(|source| {
        let head = &text[..text.len().min(4 * crate::limits::EXCERPT_CHARACTERS_MAX)];
        ParseEnvelopeError::Document { text: excerpt(&String::from_utf8_lossy(head)), source }
    })?;
    Ok(ParsedEnvelope {
        sequence_number: SequenceNumber::parse(&document.sequence_number)?,
        sub_sequence_number: document.sub_sequence_number,
        output_index: document.output_index,
        arrival: ArrivalTime::from_millis(document.approximate_arrival_timestamp)?,
        partition_key: document.partition_key,
        data: data(document.data)?,
    })
}

#[cfg(test)]
mod tests;
