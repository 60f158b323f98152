//! Settings of what the bytes of an object are.

use super::Variable;

/// In the order of the README.
pub(super) static BODY: [&Variable; 5] = [&COMPRESSION_FORMAT, &COMPRESSION_LEVEL, &FRAMING, &DELIMITER, &ENVELOPE];

/// Firehose's `CompressionFormat`.
pub static COMPRESSION_FORMAT: Variable = Variable {
    name: "PENSTOCK_COMPRESSION_FORMAT",
    key: "compression_format",
    default: Some("UNCOMPRESSED"),
    expected: "UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY or ZSTD",
    example: "GZIP",
    beside: &[],
    doc: "`UNCOMPRESSED`, `GZIP` (`.gz`), `ZIP` (`.zip`, one entry), `Snappy` (`.snappy`, the stream of snappy-java), \
          `HADOOP_SNAPPY` (`.snappy`, Hadoop's blocks) or `ZSTD` (`.zst`, which Firehose lacks). Error objects are compressed so as well.",
};

/// How hard the compression tries.
pub static COMPRESSION_LEVEL: Variable = Variable {
    name: "PENSTOCK_COMPRESSION_LEVEL",
    key: "compression_level",
    default: None,
    expected: "a whole number, 1 to 9 with GZIP and ZIP, 1 to 19 with ZSTD",
    example: "9",
    beside: &[("compression_format", "GZIP")],
    doc: "How hard `compression_format` tries: 1 to 9 with `GZIP` (1 unless set; 6 is smaller than zlib's 6, and takes two to three times as long as 1) and with `ZIP` (6 unless set), 1 to 19 with `ZSTD` (1 unless \
          set; the highest take tens of megabytes of memory). The others have no levels.",
};

/// Where the delimiter stands.
pub static FRAMING: Variable = Variable {
    name: "PENSTOCK_FRAMING",
    key: "framing",
    default: Some("after"),
    expected: "after, between, none or json_array",
    example: "between",
    beside: &[],
    doc: "Where `delimiter` stands: `after` every record, `between` records (the post of 2015), `none` (Firehose). \
          `json_array`: the object is one JSON array, a line an element; a record that is not JSON goes to the error output.",
};

/// The delimiter.
pub static DELIMITER: Variable = Variable {
    name: "PENSTOCK_DELIMITER",
    key: "delimiter",
    default: Some("\\n"),
    expected: "1 to 16 bytes, with \\n, \\r, \\t, \\0, \\\\ and \\xNN",
    example: "\\r\\n",
    beside: &[],
    doc: "1 to 16 bytes, with `\\n`, `\\r`, `\\t`, `\\0`, `\\\\` and `\\xNN`; in a file in single quotes: `'\\0'`.",
};

/// What stands around each record.
pub static ENVELOPE: Variable = Variable {
    name: "PENSTOCK_ENVELOPE",
    key: "envelope",
    default: Some("none"),
    expected: "none, text, json or base64",
    example: "json",
    beside: &[],
    doc: "`text`, `json`, `base64`: each record becomes a JSON object with `sequenceNumber`, `subSequenceNumber`, \
          `approximateArrivalTimestamp` (in milliseconds), `partitionKey` and its `data` as a string, as the JSON value it is \
          or in base64. A record that is not text or not JSON goes to the error output.",
};
