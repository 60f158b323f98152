//! Settings of what the bytes of an object are.

use super::Variable;

/// In the order of the README.
pub(super) static BODY: [&Variable; 3] = [&COMPRESSION_FORMAT, &FRAMING, &DELIMITER];

/// Firehose's `CompressionFormat`.
pub static COMPRESSION_FORMAT: Variable = Variable {
    name: "PENSTOCK_COMPRESSION_FORMAT",
    key: "compression_format",
    default: Some("UNCOMPRESSED"),
    expected: "UNCOMPRESSED, GZIP or ZSTD",
    example: "GZIP",
    beside: &[],
    doc: "`UNCOMPRESSED`, `GZIP` (`.gz`) or `ZSTD` (`.zst`).",
};

/// Where the delimiter stands.
pub static FRAMING: Variable = Variable {
    name: "PENSTOCK_FRAMING",
    key: "framing",
    default: Some("after"),
    expected: "after, between or none",
    example: "between",
    beside: &[],
    doc: "Where `delimiter` stands: `after` every record, `between` records (the post of 2015), `none` (Firehose).",
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
