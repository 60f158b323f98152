//! Settings of where objects lie and what they are called.

use super::{ERROR_PREFIX, Variable};

/// In the order of the README.
pub(super) static KEYS: [&Variable; 8] = [
    &BUCKET,
    &DELIVERY_NAME,
    &PREFIX,
    &ERROR_OUTPUT_PREFIX,
    &CUSTOM_TIME_ZONE,
    &FILE_EXTENSION,
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
    beside: &[],
    doc: "The bucket that takes data and error objects.",
};

/// The delivery's name.
pub static DELIVERY_NAME: Variable = Variable {
    name: "PENSTOCK_DELIVERY_NAME",
    key: "name",
    default: None,
    expected: "the name that every object's name begins with",
    example: "clicks",
    beside: &[],
    doc: "First part of every object's name, as a Firehose stream's. In a file the default is the stream's name.",
};

/// Firehose's `Prefix`.
pub static PREFIX: Variable = Variable {
    name: "PENSTOCK_PREFIX",
    key: "prefix",
    default: Some(""),
    expected: "a prefix, with Firehose's expressions if any",
    example: "clicks/day=!{timestamp:yyyy-MM-dd}/",
    beside: &[ERROR_PREFIX],
    doc: "Firehose's `Prefix`. `yyyy/MM/dd/HH/` is appended unless it has an expression; no `/` is put between, as Firehose puts none.",
};

/// Firehose's `ErrorOutputPrefix`.
pub static ERROR_OUTPUT_PREFIX: Variable = Variable {
    name: "PENSTOCK_ERROR_OUTPUT_PREFIX",
    key: "error_output_prefix",
    default: None,
    expected: "a prefix with !{firehose:error-output-type}",
    example: "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/",
    beside: &[],
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
    beside: &[],
    doc: "The zone that keys tell their time in: any IANA name.",
};

/// Firehose's `FileExtension`.
pub static FILE_EXTENSION: Variable = Variable {
    name: "PENSTOCK_FILE_EXTENSION",
    key: "file_extension",
    default: None,
    expected: "an extension with its dot",
    example: ".ndjson.gz",
    beside: &[],
    doc: "Replaces the extension of data objects, and changes nothing else.",
};

/// The shape of an object's name.
pub static OBJECT_NAME: Variable = Variable {
    name: "PENSTOCK_OBJECT_NAME",
    key: "object_name",
    default: Some("penstock"),
    expected: "penstock, firehose or a template with {id}",
    example: "{delivery_name}-{shard}-{first_sequence_number}-{id}",
    beside: &[],
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
    beside: &[],
    doc: "`derived` from what the object holds, so that a retry stores nothing twice, or `random` as in the post.",
};
