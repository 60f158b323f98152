//! From what an output says of itself to the partition that it belongs to.
//!
//! Values come from records, so nothing of them reaches a key unchecked (promise K2): what could leave a value's place
//! in the key is escaped or refused, and the length is bounded.

use std::borrow::Cow;
use std::fmt::Write as _;

use penstock_format::{ErrorOutputType, PartitionKey, PartitionKeySource};
use xxhash_rust::xxh3::xxh3_64;

use crate::config::{PartitionOverflow, Partitioning, ValueEscaping};
use crate::limits::{OVERFLOW_OBJECTS_MAX, OVERFLOW_SHARE, PARTITION_VALUE_BYTES_MAX};
use crate::query_budget::QueryBudget;
use crate::transform::{Failure, caught};

/// What stands between the values of a [`PartitionName`]: no value has a control character.
const SEPARATOR: char = '\0';

/// The value of every key of an object that takes what overflows.
const OVERFLOW: &str = "__OVERFLOW__";

/// The partition of an object: the values of all keys, in the order of the prefix. One text, so that it is found without
/// an allocation; fixed in its order, so that plans are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct PartitionName(String);

impl PartitionName {
    /// The values, one a key.
    pub(crate) fn values(&self, partitioning: &Partitioning) -> Vec<String> {
        self.0.split(SEPARATOR).take(partitioning.keys.len()).map(str::to_owned).collect()
    }

    /// Becomes the partition of an output of these bytes, of which the hooks say `said`.
    pub(crate) fn set(
        &mut self,
        partitioning: &Partitioning,
        data: &[u8],
        said: &[(Cow<'_, str>, Cow<'_, str>)],
        budget: &QueryBudget,
    ) -> Result<(), Failure> {
        self.0.clear();
        let queried = match &partitioning.query {
            None => Vec::new(),
            Some(query) => budget
                .check()
                .and_then(|()| caught(|| query.run(data).map_err(|error| extraction_failed(error.to_string()))))?,
        };
        let (mut characters, mut bytes) = (0, 0);
        for (index, (key, appearances)) in partitioning.keys.iter().zip(&partitioning.appearances).enumerate() {
            if index > 0 {
                self.0.push(SEPARATOR);
            }
            let start = self.0.len();
            write_value(&mut self.0, partitioning, key, value_of(key, said, &queried))?;
            characters += self.0[start..].chars().count() * appearances;
            bytes += (self.0.len() - start) * appearances;
        }
        let room = partitioning.room;
        if characters > room.characters || bytes > room.bytes {
            let message = format!(
                "the values of its partition keys have {characters} characters and {bytes} bytes, at most {} and {} fit \
                 into the key",
                room.characters, room.bytes
            );
            return Err(extraction_failed(message));
        }
        Ok(())
    }

    /// Becomes the partition that takes what is one too many; none where such a record fails.
    pub(crate) fn overflow(&mut self, partitioning: &Partitioning) -> Result<(), Failure> {
        let value = match partitioning.overflow {
            PartitionOverflow::Error => {
                let max = partitioning.objects_max;
                let message = format!("the batch has {max} partitions already, at most {max} are allowed");
                let failure = Failure::with_code(Failure::TOO_MANY_PARTITIONS, message);
                return Err(failure.of_type(ErrorOutputType::ActivePartitionExceeded));
            }
            PartitionOverflow::CatchAll => OVERFLOW.to_owned(),
            PartitionOverflow::Hash => {
                let objects = overflow_objects(partitioning) as u64;
                format!("{OVERFLOW}-{}", xxh3_64(self.0.as_bytes()) % objects.max(1))
            }
        };
        self.0 = vec![value; partitioning.keys.len()].join(&SEPARATOR.to_string());
        Ok(())
    }
}

/// The values of the partition of an output of these bytes, of which the hooks say `said`: one a key, as they stand in the
/// object's key.
///
/// Fails where a value is missing, has what it may not have, or is too long, as the record would.
pub fn partition_values(
    partitioning: &Partitioning,
    data: &[u8],
    said: &[(Cow<'_, str>, Cow<'_, str>)],
) -> Result<Vec<String>, Failure> {
    let mut name = PartitionName::default();
    name.set(partitioning, data, said, &QueryBudget::begin()).map(|()| name.values(partitioning))
}

/// Whether an object with these values takes what overflows. No record has such a value by chance.
pub fn takes_overflow(values: &[String]) -> bool {
    !values.is_empty() && values.iter().all(|value| value.starts_with(OVERFLOW))
}

/// Objects of a batch that are kept free for what overflows.
pub(crate) fn overflow_objects(partitioning: &Partitioning) -> usize {
    match partitioning.overflow {
        PartitionOverflow::Error => 0,
        PartitionOverflow::CatchAll => 1,
        PartitionOverflow::Hash => (partitioning.objects_max / OVERFLOW_SHARE).clamp(1, OVERFLOW_OBJECTS_MAX),
    }
}

/// The longest value of such a key, in bytes, all of them ASCII; 0 where none takes what overflows.
pub(crate) fn overflow_value_bytes(partitioning: &Partitioning) -> usize {
    match partitioning.overflow {
        PartitionOverflow::Error => 0,
        PartitionOverflow::CatchAll => OVERFLOW.len(),
        PartitionOverflow::Hash => format!("{OVERFLOW}-{}", overflow_objects(partitioning) - 1).len(),
    }
}

/// What the hooks, or the query, say of a key.
fn value_of<'s>(
    key: &PartitionKey,
    said: &'s [(Cow<'_, str>, Cow<'_, str>)],
    queried: &'s [(Cow<'_, str>, Option<Cow<'_, str>>)],
) -> Option<&'s str> {
    let name = key.name();
    match key.source() {
        PartitionKeySource::Lambda => said.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_ref()),
        PartitionKeySource::Query => {
            queried.iter().find(|(own, _)| own == name).and_then(|(_, value)| value.as_deref())
        }
    }
}

fn write_value(
    name: &mut String,
    partitioning: &Partitioning,
    key: &PartitionKey,
    value: Option<&str>,
) -> Result<(), Failure> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        let Some(missing) = &partitioning.missing_value else {
            // Firehose's own words.
            return Err(extraction_failed(format!(
                "partitionKeys values must not be null or empty, as that of {key} is"
            )));
        };
        name.push_str(missing);
        return Ok(());
    };
    let start = name.len();
    if !needs_escaping(value) {
        name.push_str(value);
    } else if partitioning.escaping == ValueEscaping::Refuse {
        return Err(extraction_failed(format!("the value of {key} has characters that a key may not have")));
    } else {
        escape(name, value);
    }
    let bytes = name.len() - start;
    if bytes > PARTITION_VALUE_BYTES_MAX {
        let message = format!("the value of {key} has {bytes} bytes, at most {PARTITION_VALUE_BYTES_MAX} are allowed");
        return Err(extraction_failed(message));
    }
    Ok(())
}

fn extraction_failed(message: String) -> Failure {
    Failure::with_code(Failure::EXTRACTION_FAILED, message).of_type(ErrorOutputType::MetadataExtractionFailed)
}

/// Whether a value has something that it may not have in a key: what Hive escapes, and two dots in a row.
pub(crate) fn needs_escaping(value: &str) -> bool {
    value.chars().any(is_escaped) || value.contains("..") || value == "."
}

/// What Hive escapes in the names of partitions (`FileUtils.escapePathName`): readers that know Hive's folders resolve it.
fn is_escaped(c: char) -> bool {
    c.is_control() || "\"#%'*/:=?\\{}[]^".contains(c)
}

/// Writes a value as Hive does; of dots, those that would be a folder's.
fn escape(out: &mut String, value: &str) {
    let bytes = value.as_bytes();
    for (at, c) in value.char_indices() {
        let is_dot = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b'.');
        let is_folder = c == '.' && (value == "." || is_dot(at.checked_sub(1)) || is_dot(Some(at + 1)));
        if is_escaped(c) || is_folder {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests;
