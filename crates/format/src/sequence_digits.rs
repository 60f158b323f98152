//! A sequence number where it stands: borrowed digits, for records by the thousand.

use std::cmp::Ordering;
use std::fmt;

use crate::excerpt::excerpt;
use crate::limits::SEQUENCE_NUMBER_DIGITS_MAX;
use crate::sequence_number::{SequenceNumber, SequenceNumberError};

/// A [`SequenceNumber`] that borrows its canonical digits: two words instead of 130 bytes.
///
/// It is ordered by value, as the number is.
///
/// ```
/// # use penstock_format::SequenceDigits;
/// let (nine, ten) = (SequenceDigits::parse("9").unwrap(), SequenceDigits::parse("10").unwrap());
/// assert!(nine < ten);
/// assert_eq!(ten.number().to_string(), "10");
/// assert!(SequenceDigits::parse("010").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SequenceDigits<'d>(&'d [u8]);

impl<'d> SequenceDigits<'d> {
    /// Takes exactly what the API's pattern `0|([1-9]\d{0,128})` takes, as text or as bytes; anything else is an error.
    #[inline]
    pub fn parse(text: &'d (impl AsRef<[u8]> + ?Sized)) -> Result<Self, SequenceNumberError> {
        let bytes = text.as_ref();
        if is_canonical(bytes) { Ok(Self(bytes)) } else { Err(refusal(bytes)) }
    }

    /// The digits of a number, which has only canonical ones.
    pub(crate) const fn of(canonical: &'d [u8]) -> Self {
        Self(canonical)
    }

    /// The canonical digits.
    #[expect(clippy::missing_panics_doc, reason = "the constructors store nothing but ASCII digits")]
    pub fn as_str(self) -> &'d str {
        str::from_utf8(self.0).expect("only ASCII digits are ever stored")
    }

    /// The canonical digits as ASCII bytes, 1 to 129 of them.
    pub const fn as_bytes(self) -> &'d [u8] {
        self.0
    }

    /// How many digits there are, 1 to 129.
    #[expect(clippy::cast_possible_truncation, reason = "129 digits at most")]
    pub(crate) const fn count(self) -> u8 {
        self.0.len() as u8
    }

    /// The number, owned.
    pub fn number(self) -> SequenceNumber {
        SequenceNumber::of(self)
    }
}

/// The bound of an excerpt keeps an error from carrying off megabytes of a malformed event.
#[cold]
fn refusal(bytes: &[u8]) -> SequenceNumberError {
    SequenceNumberError(excerpt(&String::from_utf8_lossy(bytes)))
}

/// Looks at 32 digits at a time, the last of them twice: this is asked of every record.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled for the instructions of its caller")]
fn is_canonical(bytes: &[u8]) -> bool {
    const WIDTH: usize = 32;
    if bytes.is_empty() || bytes.len() > SEQUENCE_NUMBER_DIGITS_MAX || (bytes[0] == b'0' && bytes.len() > 1) {
        return false;
    }
    let Some(last) = bytes.last_chunk::<WIDTH>() else { return bytes.iter().all(u8::is_ascii_digit) };
    // Has the highest bit where a byte is no digit: below them it comes of what is taken away, above them of what is added.
    let mut others = [0_u8; WIDTH];
    for chunk in bytes.as_chunks::<WIDTH>().0.iter().chain([last]) {
        for (other, byte) in others.iter_mut().zip(chunk) {
            *other |= byte.wrapping_sub(b'0') | byte.wrapping_add(0x7F - b'9');
        }
    }
    others.iter().fold(0, |found, other| found | other) < 0x80
}

impl Ord for SequenceDigits<'_> {
    /// Numeric order of canonical decimals: the shorter is the smaller.
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for SequenceDigits<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceDigits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SequenceDigits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_that_is_no_digit_is_seen_at_every_place() {
        for len in 1..=SEQUENCE_NUMBER_DIGITS_MAX {
            let mut bytes = vec![b'5'; len];
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    bytes[at] = byte;
                    let is_digit = byte.is_ascii_digit() && (byte != b'0' || at > 0 || len == 1);
                    assert_eq!(SequenceDigits::parse(&bytes).is_ok(), is_digit, "{byte} at {at} of {len}");
                }
                bytes[at] = b'5';
            }
        }
    }

    proptest! {
        #[test]
        fn d2_order_and_refusals_are_those_of_the_number(one in "[0-9]{1,40}|[ -~]{0,140}", other in "[1-9][0-9]{0,40}") {
            let (digits, number) = (SequenceDigits::parse(&one), SequenceNumber::parse(&one));
            prop_assert_eq!(digits.as_ref().err(), number.as_ref().err());
            let (Ok(digits), Ok(number)) = (digits, number) else { return Ok(()) };
            prop_assert_eq!((digits.number(), digits.as_str()), (number, one.as_str()));
            let other_number = SequenceNumber::parse(&other).unwrap();
            let mut set = other_number;
            set.set(digits);
            prop_assert_eq!(set, number);
            prop_assert_eq!(digits.cmp(&SequenceDigits::parse(&other).unwrap()), number.cmp(&other_number));
            prop_assert_eq!(number.digits(), digits);
        }
    }
}
