//! Values of jq: JSON, with its measure.
//!
//! Every array and object knows how deep it is and how many bytes it holds, counted as a tree: a value that is shared a
//! thousand times counts a thousand times, because whoever prints or compares it walks it so often. What would be too deep
//! or too large is never made, so nothing that goes down a value can overflow the stack.
//!
//! Not jaq's own values: their integers grow without bound, their measure is not known, and they print what is no JSON.

mod access;
mod object;
mod operators;
mod order;
mod read;
mod write;

use std::rc::Rc;

use jaq_core::Error;

pub(crate) use self::access::characters;
pub(crate) use self::object::Object;
pub(crate) use self::read::{Reader, check_json};
pub(crate) use self::write::Dump;
use crate::budget::{Limit, admit, build, exhausted};
use crate::limits::{SCALAR_BYTES, TRAIL_MAX};
use crate::number::Number;

/// A value, or jq's error.
pub(crate) type ValR = jaq_core::ValR<Value>;

/// A value, and how often it was taken out of another in a row.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    trail: u16,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(Rc<String>),
    Array(Rc<Array>),
    Object(Rc<Object>),
}

/// Elements, and their measure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Array {
    items: Vec<Value>,
    depth: usize,
    bytes: usize,
}

impl Value {
    pub(crate) const NULL: Self = Self { kind: Kind::Null, trail: 0 };

    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        build(SCALAR_BYTES + text.len());
        admit(0, text.len());
        Self::from(Kind::Text(Rc::new(text)))
    }

    pub(crate) fn number(number: Number) -> Self {
        Self::from(Kind::Number(number))
    }

    pub(crate) fn array(items: impl IntoIterator<Item = Self>) -> Self {
        let mut array = Array::default();
        items.into_iter().for_each(|item| array.push(item));
        Self::from(array)
    }

    pub(crate) fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let mut object = Object::default();
        entries.into_iter().for_each(|(key, value)| object.insert(Rc::new(key.into()), value));
        Self::from(object)
    }

    /// Levels of arrays and objects.
    pub(crate) fn depth(&self) -> usize {
        match &self.kind {
            Kind::Array(array) => array.depth + 1,
            Kind::Object(object) => object.depth() + 1,
            _ => 0,
        }
    }

    /// Its measure as a tree.
    pub(crate) fn bytes(&self) -> usize {
        SCALAR_BYTES
            + match &self.kind {
                Kind::Text(text) => text.len(),
                Kind::Array(array) => array.bytes,
                Kind::Object(object) => object.bytes(),
                _ => 0,
            }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "boolean",
            Kind::Number(_) => "number",
            Kind::Text(_) => "string",
            Kind::Array(_) => "array",
            Kind::Object(_) => "object",
        }
    }

    pub(crate) fn as_text(&self) -> Option<&Rc<String>> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn as_items(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::Array(array) => Some(&array.items),
            _ => None,
        }
    }

    pub(crate) fn as_object(&self) -> Option<&Object> {
        match &self.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The same, taken out of `parent`.
    fn taken_from(mut self, parent: u16) -> Self {
        if parent >= TRAIL_MAX {
            exhausted(Limit::Trail);
        }
        self.trail = parent + 1;
        self
    }
}

impl Array {
    pub(crate) fn push(&mut self, item: Value) {
        build(SCALAR_BYTES);
        self.depth = self.depth.max(item.depth());
        self.bytes += item.bytes();
        admit(self.depth + 1, self.bytes);
        self.items.push(item);
    }

    /// Takes an item out and leaves null, so that it can be changed where it is.
    fn take(&mut self, index: usize) -> Value {
        let item = std::mem::replace(&mut self.items[index], Value::NULL);
        self.bytes -= item.bytes() - SCALAR_BYTES;
        item
    }

    /// Puts an item in the place of another.
    fn put(&mut self, index: usize, item: Value) {
        self.depth = self.depth.max(item.depth());
        self.bytes = self.bytes - self.items[index].bytes() + item.bytes();
        admit(self.depth + 1, self.bytes);
        self.items[index] = item;
    }
}

/// An array or object to change: itself where no other holds it, else a copy, which is paid for.
fn own<T: Clone>(shared: &mut Rc<T>, bytes: usize) -> &mut T {
    if Rc::get_mut(shared).is_none() {
        build(bytes);
    }
    Rc::make_mut(shared)
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { kind, trail: 0 }
    }
}

impl From<Array> for Value {
    fn from(array: Array) -> Self {
        Self::from(Kind::Array(Rc::new(array)))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::from(Kind::Object(Rc::new(object)))
    }
}

impl From<bool> for Value {
    fn from(is: bool) -> Self {
        Self::from(Kind::Bool(is))
    }
}

impl From<isize> for Value {
    fn from(int: isize) -> Self {
        Self::number(Number::Int(int as i64))
    }
}

impl From<usize> for Value {
    fn from(int: usize) -> Self {
        // Counts of what lies in memory.
        Self::number(i64::try_from(int).map_or(Number::Float(f64::INFINITY), Number::Int))
    }
}

impl From<f64> for Value {
    fn from(float: f64) -> Self {
        Self::number(Number::from(float))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<jaq_core::val::Range<Self>> for Value {
    fn from(range: jaq_core::val::Range<Self>) -> Self {
        Self::object([("start", range.start.unwrap_or(Self::NULL)), ("end", range.end.unwrap_or(Self::NULL))])
    }
}

impl FromIterator<Self> for Value {
    fn from_iter<T: IntoIterator<Item = Self>>(items: T) -> Self {
        Self::array(items)
    }
}

/// An error with these words.
pub(crate) fn error(words: impl std::fmt::Display) -> Error<Value> {
    Error::str(words)
}

#[cfg(test)]
mod tests;
