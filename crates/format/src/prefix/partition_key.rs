//! The partition keys that a prefix asks for, and the values that an object has for them.

use std::fmt;

use crate::limits::PARTITION_KEY_CHARACTERS_MAX;

/// Where the value of a partition key comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PartitionKeySource {
    /// `partitionKeyFromQuery`: a jq query says it.
    Query,
    /// `partitionKeyFromLambda`: the hooks say it.
    Lambda,
}

impl PartitionKeySource {
    pub(super) const QUERY: &'static str = "partitionKeyFromQuery";
    pub(super) const LAMBDA: &'static str = "partitionKeyFromLambda";

    /// The namespace of the expression.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Query => Self::QUERY,
            Self::Lambda => Self::LAMBDA,
        }
    }
}

/// A partition key, as `!{partitionKeyFromLambda:name}` names it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartitionKey {
    source: PartitionKeySource,
    name: String,
}

impl PartitionKey {
    /// The key of an expression; `None` where the name is none: 1 to [`PARTITION_KEY_CHARACTERS_MAX`] of `A-Z a-z 0-9 _ - .`.
    pub(super) fn parse(namespace: &str, name: &str) -> Option<Self> {
        let source = match namespace {
            PartitionKeySource::QUERY => PartitionKeySource::Query,
            PartitionKeySource::LAMBDA => PartitionKeySource::Lambda,
            _ => return None,
        };
        let valid = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let is_name = (1..=PARTITION_KEY_CHARACTERS_MAX).contains(&name.len()) && name.chars().all(valid);
        is_name.then(|| Self { source, name: name.to_owned() })
    }

    /// Where its value comes from.
    pub const fn source(&self) -> PartitionKeySource {
        self.source
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.namespace(), self.name)
    }
}

/// Values of partition keys, in the order of [`crate::Prefix::partition_keys`]; none where there are no keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PartitionValues<'v> {
    keys: &'v [PartitionKey],
    values: &'v [String],
}

impl<'v> PartitionValues<'v> {
    /// The values of `keys`, one each.
    pub const fn new(keys: &'v [PartitionKey], values: &'v [String]) -> Self {
        Self { keys, values }
    }

    /// The value of a key; empty where it has none.
    pub(super) fn of(&self, key: &PartitionKey) -> &'v str {
        self.pairs().find(|(own, _)| *own == key).map_or("", |(_, value)| value)
    }

    /// Keys and values.
    pub fn pairs(&self) -> impl Iterator<Item = (&'v PartitionKey, &'v str)> + use<'v> {
        self.keys.iter().zip(self.values.iter().map(String::as_str))
    }
}
