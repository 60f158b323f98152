//! Numbers as they are written, exactly.

/// A number times a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scaled {
    pub value: i128,
    /// Whether nothing was rounded away.
    pub is_exact: bool,
}

/// Why a text gives no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFault {
    /// It is none.
    NoNumber,
    /// It is one, and too large.
    Overflow,
}

/// 10 to the power of `exponent`, which is 38 at most.
pub(crate) const fn power_of_ten(exponent: u8) -> i128 {
    10_i128.pow(exponent as u32)
}

/// The number in `text` times 10 to the power of `scale`, rounded half up (away from zero), as Hive does it.
///
/// Takes JSON's numbers, and Java's: a `+`, and a point without digits on one side. One pass, whatever the exponent.
pub(crate) fn scaled(text: &str, scale: u8) -> Result<Scaled, NumberFault> {
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        None => (digits, 0),
        Some(at) => (&digits[..at], exponent(&digits[at + 1..])?),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(NumberFault::NoNumber);
    }
    // What the digit under the eye stands for: 10 to the power of `weight`, after scaling.
    let mut weight = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent) + i64::from(scale);
    let (mut value, mut rounds_up, mut is_exact, mut overflows) = (0_i128, false, true, false);
    for digit in whole.bytes().chain(fraction.bytes()) {
        if !digit.is_ascii_digit() {
            return Err(NumberFault::NoNumber);
        }
        let digit = i128::from(digit - b'0');
        weight -= 1;
        if weight >= 0 {
            match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
                Some(next) => value = next,
                None => overflows = true,
            }
        } else {
            rounds_up |= weight == -1 && digit >= 5;
            is_exact &= digit == 0;
        }
    }
    if weight > 0 && value != 0 {
        let zeros = u8::try_from(weight).ok().filter(|&zeros| zeros <= 38);
        match zeros.and_then(|zeros| value.checked_mul(power_of_ten(zeros))) {
            Some(padded) => value = padded,
            None => overflows = true,
        }
    }
    if overflows {
        return Err(NumberFault::Overflow);
    }
    let value = value.checked_add(i128::from(rounds_up)).ok_or(NumberFault::Overflow)?;
    Ok(Scaled { value: if is_negative { -value } else { value }, is_exact })
}

fn exponent(text: &str) -> Result<i64, NumberFault> {
    /// Beyond it every number that is not zero overflows, or vanishes; no record has so many digits.
    const FAR: i64 = 1 << 40;
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => (-1, &text[1..]),
        [b'+', ..] => (1, &text[1..]),
        _ => (1, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberFault::NoNumber);
    }
    let far = |exponent: i64, digit: u8| (exponent * 10 + i64::from(digit - b'0')).min(FAR);
    Ok(sign * digits.bytes().fold(0, far))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_scaled_and_rounded_half_up() {
        for (text, scale, value, is_exact) in [
            ("0", 0, 0, true),
            ("-12.5", 1, -125, true),
            ("12.345", 2, 1235, false),
            ("-12.345", 2, -1235, false),
            ("12.344999", 2, 1234, false),
            ("1.5e3", 0, 1500, true),
            ("25e-1", 0, 3, false),
            ("1500E-2", 0, 15, true),
            ("5e-1", 0, 1, false),
            ("4e-2", 0, 0, false),
            ("+7", 2, 700, true),
            (".5", 1, 5, true),
            ("5.", 1, 50, true),
            ("1e-999999999999999999999", 0, 0, false),
            ("0e999999999999999999999", 9, 0, true),
            ("99999999999999999999999999999999999999", 0, 99_999_999_999_999_999_999_999_999_999_999_999_999, true),
            ("000000000000000000000000000000000000000000001", 0, 1, true),
        ] {
            assert_eq!(scaled(text, scale), Ok(Scaled { value, is_exact }), "{text} at {scale}");
        }
        for text in ["", "-", "e1", "1e", "1e+", ".", "1.2.3", "1_0", "0x10", "NaN", "1 ", "é", "--1"] {
            assert_eq!(scaled(text, 0), Err(NumberFault::NoNumber), "{text}");
        }
        for text in ["1e39", "1e999999999", &"9".repeat(40)] {
            assert_eq!(scaled(text, 0), Err(NumberFault::Overflow), "{text}");
        }
    }
}
