//! The settings of a delivery as they are written: one table, from which the parser, the environment file, both
//! templates and the README take names, defaults and words.

/// One setting: an environment variable of the function, and a key of `[delivery]` in an environment file.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// The environment variable.
    pub name: &'static str,
    /// The key in `[delivery]`.
    pub key: &'static str,
    /// What holds when it is not set; `None` where it must be set or where absence has a meaning of its own.
    pub default: Option<&'static str>,
    /// What a value is, for messages: "expected …".
    pub expected: &'static str,
    /// A value that works.
    pub example: &'static str,
    /// One line for the README.
    pub doc: &'static str,
}

/// All settings, in the order of the README.
pub const VARIABLES: [&Variable; 11] = [
    &BUCKET,
    &DELIVERY_NAME,
    &PREFIX,
    &ERROR_OUTPUT_PREFIX,
    &CUSTOM_TIME_ZONE,
    &COMPRESSION_FORMAT,
    &FILE_EXTENSION,
    &FRAMING,
    &DELIMITER,
    &OBJECT_NAME,
    &OBJECT_ID,
];

/// The bucket.
pub static BUCKET: Variable = Variable {
    name: "PENSTOCK_BUCKET",
    key: "bucket",
    default: None,
    expected: "the name of the bucket that takes the objects",
    example: "acme-clicks",
    doc: "The bucket that takes data and error objects.",
};

/// The delivery's name.
pub static DELIVERY_NAME: Variable = Variable {
    name: "PENSTOCK_DELIVERY_NAME",
    key: "name",
    default: None,
    expected: "the name that every object's name begins with",
    example: "clicks",
    doc: "First part of every object's name, as a Firehose stream's. In a file the default is the stream's name.",
};

/// Firehose's `Prefix`.
pub static PREFIX: Variable = Variable {
    name: "PENSTOCK_PREFIX",
    key: "prefix",
    default: Some(""),
    expected: "a prefix, with Firehose's expressions if any",
    example: "clicks/day=!{timestamp:yyyy-MM-dd}/",
    doc: "Firehose's `Prefix`. `yyyy/MM/dd/HH/` is appended unless it has an expression; no `/` is put between, as Firehose puts none.",
};

/// Firehose's `ErrorOutputPrefix`.
pub static ERROR_OUTPUT_PREFIX: Variable = Variable {
    name: "PENSTOCK_ERROR_OUTPUT_PREFIX",
    key: "error_output_prefix",
    default: None,
    expected: "a prefix with !{firehose:error-output-type}",
    example: "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/",
    doc: "Where records go that fail. Required when `prefix` has an expression; otherwise the prefix, the error output \
          type and `/yyyy/MM/dd/HH/`.",
};

/// Firehose's `CustomTimeZone`.
pub static CUSTOM_TIME_ZONE: Variable = Variable {
    name: "PENSTOCK_CUSTOM_TIME_ZONE",
    key: "custom_time_zone",
    default: Some("UTC"),
    expected: "the name of an IANA time zone",
    example: "Asia/Tokyo",
    doc: "The zone that keys tell their time in: any IANA name.",
};

/// Firehose's `CompressionFormat`.
pub static COMPRESSION_FORMAT: Variable = Variable {
    name: "PENSTOCK_COMPRESSION_FORMAT",
    key: "compression_format",
    default: Some("UNCOMPRESSED"),
    expected: "UNCOMPRESSED, GZIP or ZSTD",
    example: "GZIP",
    doc: "`UNCOMPRESSED`, `GZIP` (`.gz`) or `ZSTD` (`.zst`).",
};

/// Firehose's `FileExtension`.
pub static FILE_EXTENSION: Variable = Variable {
    name: "PENSTOCK_FILE_EXTENSION",
    key: "file_extension",
    default: None,
    expected: "an extension with its dot",
    example: ".ndjson.gz",
    doc: "Replaces the extension of data objects, and changes nothing else.",
};

/// Where the delimiter stands.
pub static FRAMING: Variable = Variable {
    name: "PENSTOCK_FRAMING",
    key: "framing",
    default: Some("after"),
    expected: "after, between or none",
    example: "between",
    doc: "Where `delimiter` stands: `after` every record, `between` records (the post of 2015), `none` (Firehose).",
};

/// The delimiter.
pub static DELIMITER: Variable = Variable {
    name: "PENSTOCK_DELIMITER",
    key: "delimiter",
    default: Some("\\n"),
    expected: "1 to 16 bytes, with \\n, \\r, \\t, \\0, \\\\ and \\xNN",
    example: "\\r\\n",
    doc: "1 to 16 bytes, with `\\n`, `\\r`, `\\t`, `\\0`, `\\\\` and `\\xNN`; in a file in single quotes: `'\\0'`.",
};

/// The shape of an object's name.
pub static OBJECT_NAME: Variable = Variable {
    name: "PENSTOCK_OBJECT_NAME",
    key: "object_name",
    default: Some("penstock"),
    expected: "penstock, firehose or a template with {id}",
    example: "{delivery_name}-{shard}-{first_sequence_number}-{id}",
    doc: "`penstock` (the post's: name, shard, time to centiseconds, id), `firehose` (Firehose's), or a template of \
          `{delivery_name}`, `{shard}`, `{time}`, `{time_seconds}`, `{first_sequence_number}` and \
          `{last_sequence_number}` that ends with `{id}`.",
};

/// Where ids come from.
pub static OBJECT_ID: Variable = Variable {
    name: "PENSTOCK_OBJECT_ID",
    key: "object_id",
    default: Some("derived"),
    expected: "derived or random",
    example: "random",
    doc: "`derived` from what the object holds, so that a retry stores nothing twice, or `random` as in the post.",
};
