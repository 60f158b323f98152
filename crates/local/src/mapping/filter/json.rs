//! JSON, level by level, with the text of its numbers.
//!
//! A value is read only where a pattern looks at it. Left out: what the text means as a number.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::LEVELS_MAX;

/// The fields of an object; of two with one name the last.
pub(super) type Object<'a> = BTreeMap<String, &'a RawValue>;

/// One level of a value.
#[derive(Debug)]
pub(super) enum Node<'a> {
    Object(Object<'a>),
    Array(Vec<&'a RawValue>),
    Leaf(Leaf),
}

/// A value without parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    Text(String),
    /// As it is written.
    Number(String),
    True,
    False,
    Null,
}

/// What is at a place when arrays stand for their elements.
#[derive(Debug, Default)]
pub(super) struct Spread<'a> {
    pub(super) objects: Vec<Object<'a>>,
    pub(super) leaves: Vec<Leaf>,
}

/// The data of a record, if it is JSON.
pub(super) fn parse(data: &[u8]) -> Option<&RawValue> {
    serde_json::from_slice(data).ok()
}

/// One level of a value. Fails on a string that escapes half a surrogate pair, and on nothing else.
pub(super) fn read(raw: &RawValue) -> Result<Node<'_>, serde_json::Error> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'{') => Node::Object(serde_json::from_str(text)?),
        Some(b'[') => Node::Array(serde_json::from_str(text)?),
        Some(b'"') => Node::Leaf(Leaf::Text(serde_json::from_str(text)?)),
        Some(b't') => Node::Leaf(Leaf::True),
        Some(b'f') => Node::Leaf(Leaf::False),
        Some(b'n') => Node::Leaf(Leaf::Null),
        _ => Node::Leaf(Leaf::Number(text.to_owned())),
    })
}

impl<'a> Spread<'a> {
    /// Of a value that is there or not. What cannot be read is not there, as are empty arrays.
    pub(super) fn of(raw: Option<&'a RawValue>) -> Self {
        let mut spread = Self::default();
        let mut left: Vec<_> = raw.map(|raw| (raw, 0)).into_iter().collect();
        while let Some((raw, level)) = left.pop() {
            match read(raw) {
                Ok(Node::Object(object)) => spread.objects.push(object),
                Ok(Node::Leaf(leaf)) => spread.leaves.push(leaf),
                Ok(Node::Array(elements)) if level < LEVELS_MAX => {
                    left.extend(elements.into_iter().map(|element| (element, level + 1)));
                }
                Ok(Node::Array(_)) | Err(_) => {}
            }
        }
        spread
    }
}
