//! What becomes of fields that no column takes.

use std::str::FromStr;

/// What becomes of a field of a record, at any depth, that the schema does not have.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum UnknownFields {
    /// It is lost without a word, as Firehose does it.
    #[default]
    Ignore,
    /// It is lost, and counted.
    Count,
    /// Its record fails.
    Refuse,
}

/// A text that names no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} says not what becomes of unknown fields, expected ignore, count or refuse")]
pub struct UnknownFieldsError(String);

impl UnknownFields {
    /// The name in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Count => "count",
            Self::Refuse => "refuse",
        }
    }
}

impl FromStr for UnknownFields {
    type Err = UnknownFieldsError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Ignore, Self::Count, Self::Refuse]
            .into_iter()
            .find(|policy| policy.name() == name)
            .ok_or_else(|| UnknownFieldsError(name.chars().take(crate::limits::EXCERPT_CHARACTERS_MAX).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for policy in [UnknownFields::Ignore, UnknownFields::Count, UnknownFields::Refuse] {
            assert_eq!(policy.name().parse(), Ok(policy));
        }
        let error = "Ignore".parse::<UnknownFields>().unwrap_err().to_string();
        assert_eq!(error, "\"Ignore\" says not what becomes of unknown fields, expected ignore, count or refuse");
    }
}
