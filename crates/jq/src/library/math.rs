//! Mathematics, in Rust alone: a C library may have other last digits on another machine.

use jaq_core::native::bome;

use super::{Native, two_arguments};
use crate::value::{ValR, Value, error};

fn number(value: &Value) -> Result<f64, jaq_core::Error<Value>> {
    value.as_number().map(crate::number::Number::as_f64).ok_or_else(|| error(format_args!("{value} number required")))
}

fn exponent(value: &Value) -> Result<i32, jaq_core::Error<Value>> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it saturates, and beyond the exponents of a double all is the same"
    )]
    number(value).map(|exponent| exponent as i32)
}

fn pair(first: f64, second: f64) -> Value {
    Value::array([Value::from(first), Value::from(second)])
}

/// An integer through a function that rounds stays as exact as it is.
fn rounded(value: &Value, round: fn(f64) -> f64) -> ValR {
    match value.as_number() {
        Some(known) if known.is_integer() => Ok(value.clone()),
        _ => number(value).map(|float| Value::from(round(float))),
    }
}

macro_rules! rounding {
    ($($name:literal => $function:expr),* $(,)?) => {
        vec![$(($name, 0, |cv| bome(rounded(&cv.1, $function)))),*]
    };
}

macro_rules! of_one {
    ($($name:literal => $function:expr),* $(,)?) => {
        vec![$(($name, 0, |cv| bome(number(&cv.1).map(|x| Value::from($function(x)))))),*]
    };
}

macro_rules! of_two {
    ($($name:literal => $second:ident $function:expr),* $(,)?) => {
        vec![$(($name, 2, |cv| {
            let (_, x, y) = two_arguments(cv);
            bome(number(&x).and_then(|x| Ok(Value::from($function(x, $second(&y)?)))))
        })),*]
    };
}

pub(super) fn natives() -> Vec<Native> {
    let rounding: Vec<Native> = rounding!(
        "floor" => libm::floor, "ceil" => libm::ceil, "round" => libm::round, "trunc" => libm::trunc,
        "rint" => libm::rint, "nearbyint" => libm::rint,
    );
    let of_one: Vec<Native> = of_one!(
        "fabs" => libm::fabs, "sqrt" => libm::sqrt, "cbrt" => libm::cbrt,
        "exp" => libm::exp, "exp2" => libm::exp2, "exp10" => libm::exp10, "pow10" => libm::exp10, "expm1" => libm::expm1,
        "log" => libm::log, "log2" => libm::log2, "log10" => libm::log10, "log1p" => libm::log1p,
        "sin" => libm::sin, "cos" => libm::cos, "tan" => libm::tan,
        "asin" => libm::asin, "acos" => libm::acos, "atan" => libm::atan,
        "sinh" => libm::sinh, "cosh" => libm::cosh, "tanh" => libm::tanh,
        "asinh" => libm::asinh, "acosh" => libm::acosh, "atanh" => libm::atanh,
        "erf" => libm::erf, "erfc" => libm::erfc,
        "gamma" => libm::lgamma, "lgamma" => libm::lgamma, "tgamma" => libm::tgamma,
        "j0" => libm::j0, "j1" => libm::j1, "y0" => libm::y0, "y1" => libm::y1,
        "logb" => logb, "significand" => significand,
    );
    let of_two: Vec<Native> = of_two!(
        "pow" => number libm::pow, "atan2" => number libm::atan2, "fmod" => number libm::fmod,
        "fmin" => number libm::fmin, "fmax" => number libm::fmax, "fdim" => number libm::fdim,
        "hypot" => number libm::hypot, "copysign" => number libm::copysign,
        "nextafter" => number libm::nextafter, "nexttoward" => number libm::nextafter,
        "drem" => number libm::remainder, "remainder" => number libm::remainder,
        "ldexp" => exponent libm::ldexp, "scalbln" => exponent libm::scalbn, "scalb" => number scalb,
    );
    let others: Vec<Native> = vec![
        ("frexp", 0, |cv| {
            bome(number(&cv.1).map(|x| {
                let (fraction, exponent) = libm::frexp(x);
                pair(fraction, f64::from(exponent))
            }))
        }),
        ("modf", 0, |cv| {
            bome(number(&cv.1).map(|x| {
                let (fraction, whole) = libm::modf(x);
                pair(fraction, whole)
            }))
        }),
        ("lgamma_r", 0, |cv| {
            bome(number(&cv.1).map(|x| {
                let (gamma, sign) = libm::lgamma_r(x);
                pair(gamma, f64::from(sign))
            }))
        }),
        ("fma", 3, |mut cv| {
            let z = cv.0.pop_var();
            let (_, x, y) = two_arguments(cv);
            bome(number(&x).and_then(|x| Ok(Value::from(libm::fma(x, number(&y)?, number(&z)?)))))
        }),
        ("jn", 2, |cv| {
            let (_, n, x) = two_arguments(cv);
            bome(order(&n).and_then(|n| Ok(Value::from(libm::jn(n, number(&x)?)))))
        }),
        ("yn", 2, |cv| {
            let (_, n, x) = two_arguments(cv);
            bome(order(&n).and_then(|n| Ok(Value::from(libm::yn(n, number(&x)?)))))
        }),
    ];
    [rounding, of_one, of_two, others].concat()
}

/// The order of a Bessel function, which its time grows with.
fn order(value: &Value) -> Result<i32, jaq_core::Error<Value>> {
    let order = exponent(value)?;
    if order.unsigned_abs() > 10_000 {
        return Err(error("the order of a Bessel function must be at most 10000"));
    }
    crate::budget::step(u64::from(order.unsigned_abs()));
    Ok(order)
}

fn logb(x: f64) -> f64 {
    if x == 0.0 {
        f64::NEG_INFINITY
    } else if x.is_finite() {
        f64::from(libm::ilogb(x))
    } else {
        x.abs()
    }
}

fn significand(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() { x } else { libm::scalbn(x, -libm::ilogb(x)) }
}

fn scalb(x: f64, exponent: f64) -> f64 {
    x * libm::exp2(exponent)
}
