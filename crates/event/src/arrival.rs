//! `approximateArrivalTimestamp`: seconds with a fraction, as the text of a number, to whole milliseconds.
//!
//! The text is read as a decimal. Neither a float nor the digits behind the point taken for milliseconds gives the
//! right instant for every text: `650.98` is 980 ms, and `1.54508465098E9` is the same.

use penstock_format::ArrivalTime;

use crate::error::EventError;
use crate::json::{is_number, number_length};
use crate::limits::{TIMESTAMP_DIGITS_MAX, TIMESTAMP_EXPONENT_MAX};

/// The instant, digits beyond the millisecond cut off.
pub(crate) fn parse(number: &str) -> Result<ArrivalTime, EventError> {
    let invalid = || EventError::malformed("approximateArrivalTimestamp is not a number of seconds since 1970");
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| invalid())?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = !whole.is_empty() && digits(whole) && digits(fraction) && mantissa.ends_with(|c: char| c != '.');
    if !well_formed
        || whole.len() + fraction.len() > TIMESTAMP_DIGITS_MAX
        || exponent.unsigned_abs() > TIMESTAMP_EXPONENT_MAX
    {
        return Err(invalid());
    }
    // The value is `whole fraction` × 10^shift milliseconds.
    let fraction_digits = i32::try_from(fraction.len()).map_err(|_| invalid())?;
    let shift = exponent - fraction_digits + 3;
    let mut millis: u128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        millis = millis.checked_mul(10).and_then(|m| m.checked_add(u128::from(digit - b'0'))).ok_or_else(invalid)?;
    }
    for _ in 0..shift {
        millis = millis.checked_mul(10).ok_or_else(invalid)?;
    }
    for _ in shift..0 {
        millis /= 10;
    }
    let millis = i64::try_from(millis).map_err(|_| invalid())?;
    ArrivalTime::from_millis(millis).map_err(|_| invalid())
}

/// The instant that is written at `at`, and where it ends; `None` where nothing that [`parse`] takes is written.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is small, and one of five fields of every record")]
pub(crate) fn read(text: &[u8], at: usize) -> Option<(ArrivalTime, usize)> {
    let rest = text.get(at..)?;
    match rest.first_chunk().and_then(read_usual) {
        Some((arrival, length)) => Some((arrival, at + length)),
        None => read_any(rest).map(|(arrival, length)| (arrival, at + length)),
    }
}

/// What Lambda nearly always writes: ten digits, a point and one to three; `None` for anything else.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn read_usual(window: &[u8; 16]) -> Option<(ArrivalTime, usize)> {
    let ends = |at: usize| matches!(window[at], b'}' | b',');
    let [first, second] = *window.as_chunks::<8>().0 else { return None };
    let second = u64::from_le_bytes(second);
    if window[0] == b'0' || window[10] != b'.' {
        return None;
    }
    // Zeros at the end are left out; behind what ends a number may stand what could end one, too.
    let fraction = second >> 24;
    let (fraction, length) = if ends(12) {
        (fraction & 0xFF | 0x30_3000, 12)
    } else if ends(13) {
        (fraction & 0xFFFF | 0x30_0000, 13)
    } else if ends(14) {
        (fraction & 0xFF_FFFF, 14)
    } else {
        return None;
    };
    // Five digits without their point, behind three zeros.
    let first = u64::from_le_bytes(first);
    let five = 0x30_3030 | (second & 0xFFFF) << 24 | fraction << 40;
    if (others(first) | others(five)) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let millis = eight_digits(first) * 100_000 + eight_digits(five);
    Some((ArrivalTime::from_millis(millis.cast_signed()).ok()?, length))
}

/// Has the highest bit of a byte that is no digit: below them it comes of what is taken away, above them of what is added. What one
/// byte borrows from the next or carries to it comes of a byte that is none itself.
#[inline]
fn others(eight: u64) -> u64 {
    eight.wrapping_sub(0x3030_3030_3030_3030) | eight.wrapping_add(0x4646_4646_4646_4646)
}

/// The value of eight digits, the first the lowest byte, taken together: pairs, then fours, then all.
#[inline]
fn eight_digits(text: u64) -> u64 {
    let digits = text & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (digits.wrapping_mul(2_561) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(6_553_601) >> 16) & 0x0000_FFFF_0000_FFFF;
    fours.wrapping_mul(42_949_672_960_001) >> 32
}

/// Any other way to write it: a whole number, an exponent.
#[cold]
fn read_any(rest: &[u8]) -> Option<(ArrivalTime, usize)> {
    let length = number_length(rest);
    let number = std::str::from_utf8(&rest[..length]).ok().filter(|number| is_number(number))?;
    Some((parse(number).ok()?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_an_instant_is_read_to_the_millisecond() {
        for (text, expected) in [
            ("1545084650.987", Some(1_545_084_650_987)),
            ("1545084650.98", Some(1_545_084_650_980)),
            ("1545084650.5", Some(1_545_084_650_500)),
            ("1545084650.05", Some(1_545_084_650_050)),
            ("1545084650.123456", Some(1_545_084_650_123)),
            ("1545084650.9999999", Some(1_545_084_650_999)),
            ("1545084650", Some(1_545_084_650_000)),
            ("1545084650.0", Some(1_545_084_650_000)),
            ("1.545084650987E9", Some(1_545_084_650_987)),
            ("1.54508465098e+9", Some(1_545_084_650_980)),
            ("15450846509870e-4", Some(1_545_084_650_987 / 1000 * 1000 + 987)),
            ("0", Some(0)),
            ("-1", None),
            ("", None),
            (".5", None),
            ("1.", None),
            ("1e999", None),
            ("1e-2147483648", None),
            ("1e2147483647", None),
            ("999999999999999", None),
            ("1.2.3", None),
            ("11111111111111111111111111111111111111111", None),
        ] {
            assert_eq!(parse(text).ok().map(ArrivalTime::millis), expected, "{text:?}");
            for end in ["}", ",\"n\":0}", " }                "] {
                let written = format!("[{text}{end}");
                let read = read(written.as_bytes(), 1).map(|(arrival, at)| (arrival.millis(), at));
                let expected = expected.filter(|_| is_number(text)).map(|millis| (millis, 1 + text.len()));
                assert_eq!(read, expected, "{written}");
            }
        }
    }
}
