//! The delivery's name, which stands in every key as a Firehose stream's name does.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;
use crate::limits::DELIVERY_NAME_CHARACTERS_MAX;

/// 1 to 64 characters of `a-z A-Z 0-9 _ . -`: what the Firehose API takes as a stream's name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DeliveryName(String);

/// What [`DeliveryName::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("delivery name {0} is not 1 to {DELIVERY_NAME_CHARACTERS_MAX} characters of a-z A-Z 0-9 _ . -")]
pub struct DeliveryNameError(String);

impl DeliveryName {
    /// Takes a name of the API's pattern `[a-zA-Z0-9_.-]{1,64}`.
    pub fn parse(text: &str) -> Result<Self, DeliveryNameError> {
        let fits = (1..=DELIVERY_NAME_CHARACTERS_MAX).contains(&text.len());
        if fits && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"_.-".contains(&c)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DeliveryNameError(excerpt(text)))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeliveryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DeliveryName {
    type Err = DeliveryNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_firehose_takes() {
        let longest = "n".repeat(64);
        let too_long = "n".repeat(65);
        for (name, text, valid) in [
            ("plain", "clicks", true),
            ("all kinds", "A-b_c.9", true),
            ("64", longest.as_str(), true),
            ("65", too_long.as_str(), false),
            ("empty", "", false),
            ("slash", "a/b", false),
            ("space", "a b", false),
            ("not ascii", "é", false),
        ] {
            assert_eq!(DeliveryName::parse(text).is_ok(), valid, "{name}");
        }
    }
}
