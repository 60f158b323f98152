//! The settings of a delivery as they are written: one table, from which the parser, the environment file, both
//! templates and the README take names, defaults and words.

mod attributes;
mod backup;
mod body;
mod conversion;
mod keys;
mod partitions;
mod records;
mod transform;

pub use attributes::*;
pub use backup::*;
pub use body::*;
pub use conversion::*;
pub use keys::*;
pub use partitions::*;
pub use records::*;
pub use transform::*;

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
    /// What must be set beside the example for it to work: keys and values.
    pub beside: &'static [(&'static str, &'static str)],
    /// One line for the README.
    pub doc: &'static str,
}

/// All settings, in the order of the README: where objects lie and what they are called, what is in them, then what S3
/// is told of them.
pub fn all() -> impl Iterator<Item = &'static Variable> {
    let what = [&KEYS[..], &RECORDS[..], &TRANSFORM[..], &PARTITIONS[..], &BODY[..], &CONVERSION[..]];
    let groups = what.into_iter().chain([&BACKUP[..], &ATTRIBUTES[..]]);
    groups.flatten().copied()
}

/// Settings whose value may be the name of a file that holds it.
pub(super) fn that_may_be_files() -> [&'static Variable; 3] {
    [&TRANSFORM_QUERY, &METADATA_EXTRACTION_QUERY, &SCHEMA]
}

/// An error output prefix, which a prefix with an expression needs.
const ERROR_PREFIX: (&str, &str) = ("error_output_prefix", "e/!{firehose:error-output-type}/");

/// A prefix by what records hold.
const PARTITIONED_PREFIX: (&str, &str) = ("prefix", "data/customer=!{partitionKeyFromLambda:customer}/");
