//! How dynamic partitioning is set.

use penstock_format::{PartitionKey, PartitionKeySource, Prefix, check_partitioning};

use std::sync::Arc;

use super::variables as v;
use super::written::{Written, one_of};
use super::{ConfigError, Variable};
use crate::jq::Extraction;
use crate::limits::{OBJECTS_PER_BATCH_MAX, PARTITION_VALUE_BYTES_MAX};
use crate::partition::overflow_value_bytes;

/// Dynamic partitioning: which keys there are, and what is done with their values.
#[derive(Debug, Clone)]
pub struct Partitioning {
    /// The keys, in the order of the prefix. At least one.
    pub keys: Vec<PartitionKey>,
    /// What tells the keys of [`PartitionKeySource::Query`]; there is one exactly where there are such keys.
    pub query: Option<Arc<Extraction>>,
    /// How often each of them stands in the prefix.
    pub appearances: Vec<usize>,
    /// The value of a key that a record lacks; where there is none, such a record fails.
    pub missing_value: Option<String>,
    /// What becomes of characters that a value may not have.
    pub escaping: ValueEscaping,
    /// Partitions that one batch may have, 1 to [`OBJECTS_PER_BATCH_MAX`].
    pub objects_max: usize,
    /// Where records go whose partition is one too many.
    pub overflow: PartitionOverflow,
    /// Characters and bytes that values may have in a prefix and in a key, together.
    pub room: Room,
}

/// What the longest key leaves for the values of partition keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    /// Characters of the evaluated prefix.
    pub characters: usize,
    /// Bytes of the whole key.
    pub bytes: usize,
}

/// What becomes of characters that a value of a partition key may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueEscaping {
    /// They are written as `%` and two hexadecimal digits, as Hive does.
    Escape,
    /// The record fails.
    Refuse,
}

impl ValueEscaping {
    const ALL: [(&'static str, Self); 2] = [("escape", Self::Escape), ("refuse", Self::Refuse)];
}

/// Where records go whose partition is one more than a batch may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionOverflow {
    /// To the error output, as `activePartitionExceeded`: Firehose's way.
    Error,
    /// Into one object of its own.
    CatchAll,
    /// Into a few objects, by a hash of the partition.
    Hash,
}

impl PartitionOverflow {
    const ALL: [(&'static str, Self); 3] =
        [("error", Self::Error), ("catch_all", Self::CatchAll), ("hash", Self::Hash)];
}

/// `Enabled` and `Disabled`, as Firehose's API spells switches.
pub(super) const SWITCH: [(&str, bool); 2] = [("Enabled", true), ("Disabled", false)];

/// What is set for partitions alone.
const SETTINGS: [&Variable; 4] =
    [&v::MAX_OBJECTS_PER_BATCH, &v::PARTITION_OVERFLOW, &v::PARTITION_VALUE_ESCAPING, &v::PARTITION_MISSING_VALUE];

impl Partitioning {
    /// What is set for `prefix`; none where partitioning is off. The room is not known yet.
    pub(super) fn parse<L: Fn(&'static str) -> Option<String>>(
        written: &Written<L>,
        prefix: &Prefix,
    ) -> Result<Option<Self>, ConfigError> {
        let is_enabled = written.parse(&v::DYNAMIC_PARTITIONING, |text| one_of(text, &SWITCH))?;
        check_partitioning(prefix, is_enabled).map_err(|error| ConfigError::invalid(&v::PREFIX, &error))?;
        let objects_max = written.parse(&v::MAX_OBJECTS_PER_BATCH, |text| number(text, OBJECTS_PER_BATCH_MAX))?;
        let overflow = written.parse(&v::PARTITION_OVERFLOW, |text| one_of(text, &PartitionOverflow::ALL))?;
        let escaping = written.parse(&v::PARTITION_VALUE_ESCAPING, |text| one_of(text, &ValueEscaping::ALL))?;
        let missing_value = written.optional(&v::PARTITION_MISSING_VALUE, default_value)?;
        let query = written.metadata_extraction_query()?;
        if !is_enabled {
            if query.is_some() {
                // Firehose's own words.
                let problem = "MetadataExtraction processor can only be present when Dynamic Partitioning is enabled";
                return Err(ConfigError::invalid(&v::METADATA_EXTRACTION_QUERY, &problem));
            }
            written.needs(&v::DYNAMIC_PARTITIONING, &SETTINGS)?;
            return Ok(None);
        }
        let (keys, appearances): (Vec<PartitionKey>, Vec<usize>) = prefix.partition_keys().into_iter().unzip();
        check_query(&keys, query.as_deref())?;
        Ok(Some(Self {
            keys,
            query,
            appearances,
            missing_value,
            escaping,
            objects_max,
            overflow,
            room: Room::default(),
        }))
    }
}

impl Partitioning {
    /// Refuses a prefix that has no room for the names of objects which take what overflows: such a batch could never be stored.
    pub(super) fn check_overflow(&self) -> Result<(), ConfigError> {
        let needed = overflow_value_bytes(self) * self.appearances.iter().sum::<usize>();
        let room = self.room.characters.min(self.room.bytes);
        if needed <= room {
            return Ok(());
        }
        let problem = format!(
            "the objects that take what overflows need {needed} characters for the values of their keys, and the prefix leaves \
             {room}: expected a shorter prefix, or error"
        );
        Err(ConfigError::invalid(&v::PARTITION_OVERFLOW, &problem))
    }
}

/// A key without a query, a query without a key, and a key that the query is known not to tell.
fn check_query(keys: &[PartitionKey], query: Option<&Extraction>) -> Result<(), ConfigError> {
    let mut queried = keys.iter().filter(|key| key.source() == PartitionKeySource::Query).peekable();
    let Some(query) = query else {
        let Some(key) = queried.next() else { return Ok(()) };
        let problem = format!("!{{{key}}} asks for a query: expected metadata_extraction_query beside it");
        return Err(ConfigError::invalid(&v::PREFIX, &problem));
    };
    if queried.peek().is_none() {
        let problem = "no !{partitionKeyFromQuery:…} in the prefix takes its keys: expected one for each";
        return Err(ConfigError::invalid(&v::METADATA_EXTRACTION_QUERY, &problem));
    }
    let Some(told) = query.keys() else { return Ok(()) };
    match queried.find(|key| !told.iter().any(|own| own == key.name())) {
        None => Ok(()),
        Some(key) => {
            let told = penstock_format::excerpt(&told.join(", "));
            let problem = format!("!{{{key}}} asks for what metadata_extraction_query does not make: it makes {told}");
            Err(ConfigError::invalid(&v::PREFIX, &problem))
        }
    }
}

/// A number of objects.
fn number(text: &str, max: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| format!("{} is not a whole number from 1 to {max}", penstock_format::excerpt(text)))
}

/// A value that needs no escaping, because it stands in keys as it is.
fn default_value(text: &str) -> Result<String, String> {
    let fits = text.len() <= PARTITION_VALUE_BYTES_MAX && !crate::partition::needs_escaping(text);
    if fits {
        return Ok(text.to_owned());
    }
    let expected = format!("at most {PARTITION_VALUE_BYTES_MAX} bytes without / = % .. and control characters");
    Err(format!("{} is not a value of a partition key, expected {expected}", penstock_format::excerpt(text)))
}
