//! jq's order of values: null, false, true, numbers, strings, arrays, objects.

use std::cmp::Ordering;

use super::{Kind, Value};
use crate::budget::step;

impl Value {
    fn rank(&self) -> u8 {
        match &self.kind {
            Kind::Null => 0,
            Kind::Bool(false) => 1,
            Kind::Bool(true) => 2,
            Kind::Number(_) => 3,
            Kind::Text(_) => 4,
            Kind::Array(_) => 5,
            Kind::Object(_) => 6,
        }
    }
}

impl Ord for Value {
    /// The order of sorting. It is total, as a sort must have it: a NaN equals itself here.
    fn cmp(&self, other: &Self) -> Ordering {
        step(1);
        match (&self.kind, &other.kind) {
            (Kind::Number(a), Kind::Number(b)) => a.order(b),
            (Kind::Text(a), Kind::Text(b)) => {
                step(a.len().min(b.len()) as u64 / 64);
                a.cmp(b)
            }
            (Kind::Array(a), Kind::Array(b)) => a.items.cmp(&b.items),
            (Kind::Object(a), Kind::Object(b)) => {
                let (a, b) = (a.sorted(), b.sorted());
                let keys = a.iter().map(|entry| &entry.0).cmp(b.iter().map(|entry| &entry.0));
                keys.then_with(|| a.iter().map(|entry| &entry.1).cmp(b.iter().map(|entry| &entry.1)))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

#[expect(clippy::non_canonical_partial_ord_impl, reason = "jq's `<` is no order for NaN, a sort needs one")]
impl PartialOrd for Value {
    /// The order of `<`: as jq has it, a NaN is below everything, itself included.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match &self.kind {
            Kind::Number(number) if number.is_nan() && matches!(other.kind, Kind::Number(_)) => Some(Ordering::Less),
            _ => Some(self.cmp(other)),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        !self.as_number().is_some_and(crate::number::Number::is_nan) && self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}
