//! The operators, as jq 1.6 has them.

use std::collections::BTreeSet;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

use super::{Array, Kind, Object, ValR, Value, error, own};
use crate::budget::{admit, build, step};
use crate::limits::SCALAR_BYTES;
use crate::number::Number;

fn cannot(left: &Value, right: &Value, done: &str) -> ValR {
    Err(error(format_args!("{left} and {right} cannot be {done}")))
}

impl Add for Value {
    type Output = ValR;

    fn add(self, other: Self) -> ValR {
        step(1);
        Ok(match (self.kind, other.kind) {
            (Kind::Null, kind) | (kind, Kind::Null) => Self::from(kind),
            (Kind::Number(a), Kind::Number(b)) => Self::number(a.add(&b)),
            (Kind::Text(mut a), Kind::Text(b)) => {
                build(b.len());
                admit(0, a.len() + b.len());
                let bytes = SCALAR_BYTES + a.len();
                own(&mut a, bytes).push_str(&b);
                Self::from(Kind::Text(a))
            }
            (Kind::Array(mut a), Kind::Array(b)) => {
                let bytes = SCALAR_BYTES * a.items.len();
                let items = own(&mut a, bytes);
                b.items.iter().for_each(|item| items.push(item.clone()));
                Self::from(Kind::Array(a))
            }
            (Kind::Object(mut a), Kind::Object(b)) => {
                let bytes = object_copy_bytes(&a);
                let object = own(&mut a, bytes);
                b.entries().iter().for_each(|(key, value)| object.insert(Rc::clone(key), value.clone()));
                Self::from(Kind::Object(a))
            }
            (a, b) => return cannot(&Self::from(a), &Self::from(b), "added"),
        })
    }
}

/// What a copy of an object builds.
pub(super) fn object_copy_bytes(object: &Object) -> usize {
    4 * SCALAR_BYTES * object.len()
}

impl Sub for Value {
    type Output = ValR;

    fn sub(self, other: Self) -> ValR {
        step(1);
        match (&self.kind, &other.kind) {
            (Kind::Number(a), Kind::Number(b)) => Ok(Self::number(a.subtract(b))),
            (Kind::Array(a), Kind::Array(b)) => {
                let without: BTreeSet<&Self> = b.items.iter().collect();
                Ok(a.items.iter().filter(|item| !without.contains(item)).cloned().collect())
            }
            _ => cannot(&self, &other, "subtracted"),
        }
    }
}

impl Mul for Value {
    type Output = ValR;

    fn mul(self, other: Self) -> ValR {
        step(1);
        match (&self.kind, &other.kind) {
            (Kind::Number(a), Kind::Number(b)) => Ok(Self::number(a.multiply(b))),
            (Kind::Text(text), Kind::Number(times)) | (Kind::Number(times), Kind::Text(text)) => {
                Ok(repeat(text, times.as_f64()))
            }
            (Kind::Object(_), Kind::Object(_)) => Ok(merge(self, other)),
            _ => cannot(&self, &other, "multiplied"),
        }
    }
}

/// A text so many times, at least once if at all; null for none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates, which is meant")]
fn repeat(text: &str, times: f64) -> Value {
    if times.is_nan() || times <= 0.0 {
        return Value::NULL;
    }
    let times = times.ceil() as usize;
    let bytes = text.len().saturating_mul(times);
    admit(0, bytes);
    build(bytes);
    Value::from(Kind::Text(Rc::new(text.repeat(if text.is_empty() { 0 } else { times }))))
}

/// The second over the first, and so in what both have objects for.
fn merge(left: Value, right: Value) -> Value {
    match (left.kind, right.kind) {
        (Kind::Object(mut a), Kind::Object(b)) => {
            let bytes = object_copy_bytes(&a);
            let object = own(&mut a, bytes);
            for (key, value) in b.entries() {
                step(1);
                let merged = match object.take(key) {
                    Some(known) => merge(known, value.clone()),
                    None => value.clone(),
                };
                object.insert(Rc::clone(key), merged);
            }
            Value::from(Kind::Object(a))
        }
        (_, kind) => Value::from(kind),
    }
}

impl Div for Value {
    type Output = ValR;

    fn div(self, other: Self) -> ValR {
        step(1);
        match (&self.kind, &other.kind) {
            (Kind::Number(_), Kind::Number(b)) if b.as_f64() == 0.0 => {
                cannot(&self, &other, "divided because the divisor is zero")
            }
            (Kind::Number(a), Kind::Number(b)) => Ok(Self::number(a.divide(b))),
            (Kind::Text(text), Kind::Text(between)) => Ok(split(text, between)),
            _ => cannot(&self, &other, "divided"),
        }
    }
}

/// The parts of a text; of no text, none.
pub(crate) fn split(text: &str, between: &str) -> Value {
    step(text.len() as u64 / 16);
    if text.is_empty() {
        Value::from(Array::default())
    } else if between.is_empty() {
        text.chars().map(Value::text).collect()
    } else {
        text.split(between).map(Value::text).collect()
    }
}

impl Rem for Value {
    type Output = ValR;

    fn rem(self, other: Self) -> ValR {
        step(1);
        match (&self.kind, &other.kind) {
            (Kind::Number(a), Kind::Number(b)) => match a.rest(b) {
                Some(rest) => Ok(Self::number(rest)),
                None => cannot(&self, &other, "divided (remainder) because the divisor is zero"),
            },
            _ => cannot(&self, &other, "divided"),
        }
    }
}

impl Neg for Value {
    type Output = ValR;

    fn neg(self) -> ValR {
        match self.as_number().map(Number::negated) {
            Some(number) => Ok(Self::number(number)),
            None => Err(error(format_args!("{self} cannot be negated"))),
        }
    }
}
