//! Numbers: integers that are exact, and doubles that are printed as jq 1.6 prints them.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

use crate::limits::INTEGER_DIGITS_MAX;

/// A number. Arithmetic is exact while it stays within 64 bits, else it is jq's: of doubles.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    /// Every integer that fits, however it was come by.
    Int(i64),
    /// What is no integer of at most 2^53; NaN and the infinities too.
    Float(f64),
    /// An integer that is too large for `Int`, as it was written: it goes through untouched.
    Literal(Rc<str>),
}

/// Integers up to here are exact as doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// The number of a JSON text, which must be one.
    pub(crate) fn read(text: &str) -> Self {
        let is_integer = text.bytes().all(|b| b.is_ascii_digit() || b == b'-') && text != "-0";
        if is_integer && text.len() <= INTEGER_DIGITS_MAX {
            text.parse().map_or_else(|_| Self::Literal(text.into()), Self::Int)
        } else {
            Self::from(text.parse::<f64>().unwrap_or(f64::NAN))
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "what a double cannot hold, jq does not hold either")]
    pub(crate) fn as_f64(&self) -> f64 {
        match self {
            Self::Int(i) => *i as f64,
            Self::Float(f) => *f,
            Self::Literal(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The number, cut to an integer as C does.
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, which is meant")]
    pub(crate) fn truncated(&self) -> i64 {
        match self {
            Self::Int(i) => *i,
            Self::Float(_) | Self::Literal(_) => self.as_f64() as i64,
        }
    }

    #[expect(clippy::float_cmp, reason = "whether it is exactly the same is the question")]
    pub(crate) fn is_integer(&self) -> bool {
        match self {
            Self::Int(_) | Self::Literal(_) => true,
            Self::Float(f) => f.is_finite() && f.trunc() == *f,
        }
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        self.exactly(other, i64::checked_add, |a, b| a + b)
    }

    pub(crate) fn subtract(&self, other: &Self) -> Self {
        self.exactly(other, i64::checked_sub, |a, b| a - b)
    }

    pub(crate) fn multiply(&self, other: &Self) -> Self {
        self.exactly(other, i64::checked_mul, |a, b| a * b)
    }

    /// The quotient; the divisor is not zero.
    pub(crate) fn divide(&self, other: &Self) -> Self {
        let whole = |a: i64, b: i64| a.checked_rem(b).filter(|rest| *rest == 0).and_then(|_| a.checked_div(b));
        self.exactly(other, whole, |a, b| a / b)
    }

    /// The rest of the integer parts, with the sign of the first; none where the second is zero.
    pub(crate) fn rest(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.truncated(), other.truncated());
        if self.as_f64().is_nan() || other.as_f64().is_nan() {
            return Some(Self::Float(f64::NAN));
        }
        (b != 0).then(|| Self::Int(a.checked_rem(b).unwrap_or(0)))
    }

    pub(crate) fn negated(&self) -> Self {
        match self {
            Self::Int(i) if *i != 0 => i.checked_neg().map_or_else(|| Self::from(-self.as_f64()), Self::Int),
            _ => Self::from(-self.as_f64()),
        }
    }

    pub(crate) fn magnitude(&self) -> Self {
        match self {
            Self::Int(i) => i.checked_abs().map_or_else(|| Self::from(self.as_f64().abs()), Self::Int),
            Self::Float(f) => Self::Float(f.abs()),
            Self::Literal(text) => Self::Literal(text.trim_start_matches('-').into()),
        }
    }

    fn exactly(&self, other: &Self, exact: fn(i64, i64) -> Option<i64>, float: fn(f64, f64) -> f64) -> Self {
        let whole = match (self, other) {
            (Self::Int(a), Self::Int(b)) => exact(*a, *b),
            _ => None,
        };
        whole.map_or_else(|| Self::from(float(self.as_f64(), other.as_f64())), Self::Int)
    }

    /// The order for sorting: NaN is below all others and equal to itself, so that it is an order.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Int(a), _) => order_of(other.as_f64(), *a).reverse(),
            (_, Self::Int(b)) => order_of(self.as_f64(), *b),
            _ => {
                let (a, b) = (self.as_f64(), other.as_f64());
                a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
            }
        }
    }

    pub(crate) fn is_nan(&self) -> bool {
        matches!(self, Self::Float(f) if f.is_nan())
    }
}

/// A double beside an integer, without loss of either.
#[expect(clippy::cast_possible_truncation, reason = "within the bounds that are tested first")]
fn order_of(float: f64, int: i64) -> Ordering {
    if float.is_nan() || float < -1e19 {
        return Ordering::Less;
    }
    if float > 1e19 {
        return Ordering::Greater;
    }
    let whole = float.trunc();
    (whole as i128).cmp(&i128::from(int)).then_with(|| float.partial_cmp(&whole).unwrap_or(Ordering::Equal))
}

impl From<f64> for Number {
    #[expect(clippy::cast_possible_truncation, clippy::float_cmp, reason = "exactly an integer below 2^53")]
    fn from(float: f64) -> Self {
        let is_minus_zero = float == 0.0 && float.is_sign_negative();
        if float.trunc() == float && float.abs() <= EXACT && !is_minus_zero {
            Self::Int(float as i64)
        } else {
            Self::Float(float)
        }
    }
}

impl fmt::Display for Number {
    /// As JSON: what is no number there is null, and what is beyond all numbers the largest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(i) => write!(f, "{i}"),
            Self::Literal(text) => f.write_str(text),
            Self::Float(float) if float.is_nan() => f.write_str("null"),
            Self::Float(float) => write_float(f, float.clamp(f64::MIN, f64::MAX)),
        }
    }
}

/// The fewest digits that read back as the same double, laid out as jq lays them out.
fn write_float(f: &mut fmt::Formatter<'_>, float: f64) -> fmt::Result {
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let digits = digits.replace('.', "");
    let point: i32 = exponent.parse::<i32>().unwrap_or(0) + 1;
    let len = i32::try_from(digits.len()).unwrap_or(0);
    f.write_str(sign)?;
    if float == 0.0 {
        f.write_str("0")
    } else if point <= -4 || point > len + 15 {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let sign = if point > 0 { '+' } else { '-' };
        write!(f, "{first}{dot}{rest}e{sign}{:02}", (point - 1).abs())
    } else if point <= 0 {
        write!(f, "0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else if point >= len {
        write!(f, "{digits}{}", "0".repeat((point - len).unsigned_abs() as usize))
    } else {
        let (whole, rest) = digits.split_at(point.unsigned_abs() as usize);
        write!(f, "{whole}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_jq_prints_them_and_integers_exactly() {
        for (text, printed) in [
            ("0", "0"),
            ("-0", "-0"),
            ("3.0", "3"),
            ("1.10", "1.1"),
            ("1e2", "100"),
            ("1e15", "1000000000000000"),
            ("1.7e16", "17000000000000000"),
            ("1e17", "1e+17"),
            ("1.5e300", "1.5e+300"),
            ("0.0001", "0.0001"),
            ("0.00001234", "1.234e-05"),
            ("5e-324", "5e-324"),
            ("1e1000", "1.7976931348623157e+308"),
            ("-1e1000", "-1.7976931348623157e+308"),
            ("9007199254740993", "9007199254740993"),
            ("12345678901234567890", "12345678901234567890"),
            ("-99999999999999999999", "-99999999999999999999"),
        ] {
            assert_eq!(Number::read(text).to_string(), printed, "{text}");
        }
        assert_eq!(Number::Float(f64::NAN).to_string(), "null");
        for (digits, is_exact) in [(INTEGER_DIGITS_MAX, true), (INTEGER_DIGITS_MAX + 1, false)] {
            let text = "9".repeat(digits);
            assert_eq!(Number::read(&text).to_string() == text, is_exact, "{digits}");
        }
    }

    #[test]
    fn arithmetic_is_exact_while_it_fits() {
        let n = Number::read;
        for (name, result, printed) in [
            ("beyond 2^53", n("9007199254740993").add(&n("1")), "9007199254740994"),
            ("beyond 2^63", n("9223372036854775807").add(&n("1")), "9223372036854775808"),
            ("product beyond", n("9223372036854775807").multiply(&n("10")), "92233720368547758080"),
            ("whole", n("6").divide(&n("3")), "2"),
            ("not whole", n("1").divide(&n("3")), "0.3333333333333333"),
            ("rest", n("-5").rest(&n("3")).unwrap(), "-2"),
            ("rest of parts", n("5.9").rest(&n("3.1")).unwrap(), "2"),
            ("rest of the least", n("-9223372036854775808").rest(&n("-1")).unwrap(), "0"),
            ("zero", n("0").negated(), "-0"),
        ] {
            let same = result.to_string() == printed || result.order(&n(printed)).is_eq();
            assert!(same, "{name}: {result}");
        }
        assert!(n("1").rest(&n("0.5")).is_none());
    }

    #[test]
    fn the_order_is_one() {
        let n = Number::read;
        let sorted =
            ["-1e300", "-99999999999999999999", "-1", "0.5", "1", "9007199254740992", "9007199254740993", "1e19"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(n(a).order(&n(b)), i.cmp(&j), "{a} {b}");
            }
        }
        let nan = Number::Float(f64::NAN);
        assert_eq!(nan.order(&nan), Ordering::Equal);
        assert_eq!(nan.order(&n("-1e300")), Ordering::Less);
        assert_eq!(n("0").order(&nan), Ordering::Greater);
    }
}
