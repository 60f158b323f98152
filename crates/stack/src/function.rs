//! The Lambda function, in AWS's words and within AWS's bounds.

use toml::Value;

use crate::mapping::EventSourceMapping;
use crate::section::{EnvironmentError, Section, invalid};
use crate::stream::Stream;

/// The Lambda function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `FunctionName`.
    pub function_name: String,
    /// `MemorySize`, in MB.
    pub memory_size: u32,
    /// `Timeout`, in seconds.
    pub timeout: u32,
    /// `ReservedConcurrentExecutions`; without it the function takes from what the account has.
    pub reserved_concurrent_executions: Option<u32>,
}

impl Function {
    pub(crate) fn read(
        section: &Section<'_>,
        stream: &Stream,
        mapping: &EventSourceMapping,
    ) -> Result<Self, EnvironmentError> {
        Ok(Self {
            function_name: function_name(section, stream)?,
            memory_size: section.integer("memory_size", 128..=10_240)?.unwrap_or(512),
            timeout: section.integer("timeout", 3..=900)?.unwrap_or(120),
            reserved_concurrent_executions: reserved(section, stream, mapping)?,
        })
    }
}

/// The stream's name, which already cannot change without the mapping beginning anew, so that no other change renames
/// the function.
fn function_name(section: &Section<'_>, stream: &Stream) -> Result<String, EnvironmentError> {
    let key = "function_name";
    let valid = |name: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        (1..=64).contains(&name.len()) && name.chars().all(allowed)
    };
    let expected = "a function name: 1 to 64 of a-z, A-Z, 0-9, _ and -";
    match section.text(key)? {
        Some(name) if valid(name) => Ok(name.to_owned()),
        Some(name) => Err(invalid(&section.path_of(key), &Value::String(name.to_owned()), expected)),
        None => {
            // A stream may have dots in its name, and more of everything.
            let default = stream.name.replace('.', "-");
            if valid(&default) {
                return Ok(default);
            }
            Err(section.missing(key, &format!("{expected}, because the default {default:?} is none")))
        }
    }
}

/// Each lane of each shard has a batch at the function. Below that Lambda throttles, which ages records.
fn reserved(
    section: &Section<'_>,
    stream: &Stream,
    mapping: &EventSourceMapping,
) -> Result<Option<u32>, EnvironmentError> {
    let key = "reserved_concurrent_executions";
    let (shards, factor) = (stream.shard_count, mapping.parallelization_factor);
    // At most 10,000 shards with a factor of 10.
    let needed = shards * factor;
    let Some(reserved) = section.integer(key, 1..=i32::MAX.unsigned_abs())? else { return Ok(None) };
    if reserved >= needed {
        return Ok(Some(reserved));
    }
    let expected = format!(
        "at least {needed}, stream.shard_count ({shards}) times event_source_mapping.parallelization_factor \
         ({factor}): below it Lambda throttles"
    );
    Err(invalid(&section.path_of(key), &Value::Integer(reserved.into()), &expected))
}
