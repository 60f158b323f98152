//! `approximateArrivalTimestamp`: seconds with a fraction, as the text of a number, to whole milliseconds.
//!
//! The text is read as a decimal. Neither a float nor the digits behind the point taken for milliseconds gives the
//! right instant for every text: `650.98` is 980 ms, and `1.54508465098E9` is the same.

use penstock_format::ArrivalTime;

use super::EventError;
use crate::limits::{TIMESTAMP_DIGITS_MAX, TIMESTAMP_EXPONENT_MAX};

/// The instant, digits beyond the millisecond cut off.
pub(super) fn parse(number: &str) -> Result<ArrivalTime, EventError> {
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
        }
    }
}
