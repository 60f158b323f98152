//! Settings of what a record is: one user record, or several of them in a wrapping.

use super::Variable;

/// In the order of the README.
pub(super) static RECORDS: [&Variable; 4] =
    [&DECOMPRESSION, &DATA_MESSAGE_EXTRACTION, &RECORD_DEAGGREGATION, &RECORD_DEAGGREGATION_DELIMITER];

/// Firehose's processor `Decompression`.
pub static DECOMPRESSION: Variable = Variable {
    name: "PENSTOCK_DECOMPRESSION",
    key: "decompression",
    default: Some("none"),
    expected: "none or GZIP",
    example: "GZIP",
    beside: &[],
    doc: "`GZIP`: every record is a subscription document of CloudWatch Logs, gzipped, and is decompressed. Control \
          messages are left out; any other record goes to the error output, `decompression-failed`.",
};

/// `DataMessageExtraction` of Firehose's processor `CloudWatchLogProcessing`.
pub static DATA_MESSAGE_EXTRACTION: Variable = Variable {
    name: "PENSTOCK_DATA_MESSAGE_EXTRACTION",
    key: "data_message_extraction",
    default: Some("false"),
    expected: "true or false",
    example: "true",
    beside: &[("decompression", "GZIP")],
    doc: "`true`: each `message` of a document's `logEvents` is a record, and the rest of the document is left out. Needs \
          `decompression`.",
};

/// `SubRecordType` of Firehose's processor `RecordDeAggregation`.
pub static RECORD_DEAGGREGATION: Variable = Variable {
    name: "PENSTOCK_RECORD_DEAGGREGATION",
    key: "record_deaggregation",
    default: Some("none"),
    expected: "none, JSON or DELIMITED",
    example: "JSON",
    beside: &[],
    doc: "`JSON`: a record holds JSON objects, back to back or one a line, and each of them is a record; `DELIMITED`: what \
          stands between delimiters is. Firehose takes 500 at most. What the KPL has aggregated is always taken apart.",
};

/// `Delimiter` of Firehose's processor `RecordDeAggregation`.
pub static RECORD_DEAGGREGATION_DELIMITER: Variable = Variable {
    name: "PENSTOCK_RECORD_DEAGGREGATION_DELIMITER",
    key: "record_deaggregation_delimiter",
    default: None,
    expected: "1 to 16 bytes, with \\n, \\r, \\t, \\0, \\\\ and \\xNN",
    example: "####",
    beside: &[("record_deaggregation", "DELIMITED")],
    doc: "The delimiter of `DELIMITED`, which needs it: 1 to 16 bytes, written as `delimiter` is, and not as base64 as \
          Firehose has it. It ends a record; what follows the last one is a record unless it is empty.",
};
