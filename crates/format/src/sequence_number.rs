//! Kinesis sequence numbers: where a record stands in its shard.
//!
//! Left out: sub-sequence numbers, which are plain integers given by whoever takes a record apart.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::SequenceDigits;
use crate::limits::SEQUENCE_NUMBER_DIGITS_MAX;

/// Position of a record in its shard: a decimal with more digits than any integer type holds.
///
/// Canonical digits in place, so it is `Copy` and costs no allocation. Today's numbers have 56 digits, about 186 bits;
/// the API allows 129 digits. Numbers are ordered by value and are not dense: a gap says nothing.
///
/// ```
/// # use penstock_format::SequenceNumber;
/// let nine = SequenceNumber::parse("9").unwrap();
/// let ten = SequenceNumber::parse("10").unwrap();
/// assert!(nine < ten);
/// assert_eq!(ten.to_string(), "10");
/// assert!(SequenceNumber::parse("010").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SequenceNumber {
    // The length comes first and the digits are padded with zero bytes, so that bytes compare as numbers do.
    len: u8,
    digits: [u8; SEQUENCE_NUMBER_DIGITS_MAX],
}

/// What [`SequenceNumber::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sequence number {0} is not 0 or 1 to {SEQUENCE_NUMBER_DIGITS_MAX} digits without a leading zero")]
pub struct SequenceNumberError(pub(crate) String);

impl SequenceNumber {
    /// Takes exactly what the API's pattern `0|([1-9]\d{0,128})` takes; anything else is an error.
    pub fn parse(text: &str) -> Result<Self, SequenceNumberError> {
        SequenceDigits::parse(text).map(Self::of)
    }

    /// The number of these digits.
    pub(crate) fn of(canonical: SequenceDigits<'_>) -> Self {
        let bytes = canonical.as_bytes();
        let mut digits = [0; SEQUENCE_NUMBER_DIGITS_MAX];
        digits[..bytes.len()].copy_from_slice(bytes);
        Self { len: canonical.count(), digits }
    }

    /// Becomes the number of these digits, of which no more than there are is copied: for numbers by the thousand.
    pub fn set(&mut self, canonical: SequenceDigits<'_>) {
        let (bytes, before) = (canonical.as_bytes(), usize::from(self.len));
        self.digits[..bytes.len()].copy_from_slice(bytes);
        if before > bytes.len() {
            self.digits[bytes.len()..before].fill(0);
        }
        self.len = canonical.count();
    }

    /// The canonical digits, borrowed.
    pub fn digits(&self) -> SequenceDigits<'_> {
        SequenceDigits::of(self.as_bytes())
    }

    /// The canonical digits.
    #[expect(clippy::missing_panics_doc, reason = "the one constructor stores nothing but ASCII digits")]
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.as_bytes()).expect("only ASCII digits are ever stored")
    }

    /// The canonical digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[..usize::from(self.len)]
    }
}

impl Ord for SequenceNumber {
    /// Numeric order of canonical decimals: the shorter is the smaller.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.len, &self.digits).cmp(&(other.len, &other.digits))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SequenceNumber {
    type Err = SequenceNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_what_the_api_pattern_takes() {
        let longest = "9".repeat(129);
        let too_long = "9".repeat(130);
        let far_too_long = "9".repeat(1_000_000);
        for (name, text, valid) in [
            ("zero", "0", true),
            ("one", "1", true),
            ("a real one", "49590338271490256608559692538361571095921575989136588898", true),
            ("129 digits", longest.as_str(), true),
            ("130 digits", too_long.as_str(), false),
            ("a million digits", far_too_long.as_str(), false),
            ("empty", "", false),
            ("leading zero", "012", false),
            ("two zeros", "00", false),
            ("sign", "-1", false),
            ("plus", "+1", false),
            ("space", "1 ", false),
            ("letter", "12a4", false),
            ("other digits", "١٢", false),
        ] {
            let parsed = SequenceNumber::parse(text);
            assert_eq!(parsed.is_ok(), valid, "{name}");
            match parsed {
                Ok(number) => assert_eq!((number.as_str(), format!("{number:?}")), (text, text.to_owned()), "{name}"),
                Err(error) => assert!(error.to_string().len() < 300, "{name}: {error}"),
            }
        }
    }

    proptest! {
        #[test]
        fn d2_order_is_that_of_the_numbers(a in any::<u128>(), b in any::<u128>(), small in 0_u128..1000) {
            let number = |n: u128| SequenceNumber::parse(&n.to_string()).unwrap();
            prop_assert_eq!(number(a).cmp(&number(b)), a.cmp(&b));
            prop_assert_eq!(number(a).cmp(&number(small)), a.cmp(&small));
            prop_assert_eq!(number(a).to_string(), a.to_string());
        }
    }
}
