//! Shard ids.
//!
//! Left out: hash key ranges and parents, which no event tells.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;
use crate::limits::SHARD_ID_DIGITS;

const HEAD: &str = "shardId-";

/// A shard of a stream, such as `shardId-000000000006`.
///
/// The API's pattern is `[a-zA-Z0-9_.-]{1,128}`, wider than anything Kinesis gives out. Ours is what it gives out:
/// `shardId-` and twelve digits. A key holds only the number, so a shard id of another shape would not read back.
///
/// ```
/// # use penstock_format::ShardId;
/// let shard = ShardId::parse("shardId-000000000006").unwrap();
/// assert_eq!(shard.number(), 6);
/// assert_eq!(shard.to_string(), "shardId-000000000006");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ShardId(u64);

/// What [`ShardId::parse`] and [`ShardId::from_number`] refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("shard id {0} is not shardId- and {SHARD_ID_DIGITS} digits")]
pub struct ShardIdError(String);

impl ShardId {
    /// Takes `shardId-` and exactly twelve ASCII digits.
    pub fn parse(text: &str) -> Result<Self, ShardIdError> {
        text.strip_prefix(HEAD)
            .filter(|digits| digits.len() == SHARD_ID_DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| ShardIdError(excerpt(text)))
    }

    /// The shard of this number, which has at most twelve digits.
    pub fn from_number(number: u64) -> Result<Self, ShardIdError> {
        Self::parse(&Self(number).to_string())
    }

    /// The number in the id: 6 for `shardId-000000000006`.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEAD}{:0SHARD_ID_DIGITS$}", self.0)
    }
}

impl FromStr for ShardId {
    type Err = ShardIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_kinesis_gives_out() {
        for (name, text, expected) in [
            ("zero", "shardId-000000000000", Some(0)),
            ("six", "shardId-000000000006", Some(6)),
            ("largest", "shardId-999999999999", Some(999_999_999_999)),
            ("too short", "shardId-00000000000", None),
            ("too long", "shardId-0000000000000", None),
            ("sign", "shardId-+00000000006", None),
            ("case", "shardid-000000000006", None),
            ("no head", "000000000006", None),
            ("space", "shardId-000000000006 ", None),
            ("empty", "", None),
        ] {
            assert_eq!(ShardId::parse(text).ok().map(ShardId::number), expected, "{name}");
            if expected.is_some() {
                assert_eq!(ShardId::parse(text).unwrap().to_string(), text, "{name}");
            }
        }
        assert_eq!(ShardId::from_number(12).unwrap().to_string(), "shardId-000000000012");
        assert!(ShardId::from_number(1_000_000_000_000).is_err());
    }
}
