//! JSON, read into values: the standard's and nothing else.
//!
//! `serde_json` says whether a text is JSON, and where it is not; what is here takes a text apart that is.

use std::borrow::Cow;
use std::rc::Rc;

use memchr::memchr2;
use serde::de::IgnoredAny;

use super::{Array, Object, Value};
use crate::budget::{Limit, exhausted};
use crate::limits::VALUE_DEPTH_MAX;
use crate::number::Number;

/// Why a text is not JSON, in the words of `serde_json`, which quote nothing of it.
pub(crate) type NotJson = serde_json::Error;

/// Holds that `bytes` are one JSON value.
pub(crate) fn check_json(bytes: &[u8]) -> Result<&str, NotJson> {
    let invalid = |_| <NotJson as serde::de::Error>::custom("it is not UTF-8");
    let text = std::str::from_utf8(bytes).map_err(invalid)?;
    serde_json::from_str::<IgnoredAny>(text)?;
    Ok(text)
}

impl Value {
    /// The value of a JSON text. Of entries with one key the last counts.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, NotJson> {
        let text = check_json(bytes)?;
        Ok(Reader::new(text).value(0))
    }
}

fn check_depth(depth: usize) {
    if depth > VALUE_DEPTH_MAX {
        exhausted(Limit::ValueDepth);
    }
}

/// A place in a text that is known to be JSON.
pub(crate) struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// At the beginning of a text that [`check_json`] let through.
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that the next value or sign begins with; of the end, a bracket.
    pub(crate) fn peek(&mut self) -> u8 {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.text.as_bytes().get(self.at).copied().unwrap_or(b']')
    }

    /// The next value, which lies in so many others.
    pub(crate) fn value(&mut self, depth: usize) -> Value {
        match self.peek() {
            b'"' => Value::text(self.string().into_owned()),
            b'[' => self.array(depth),
            b'{' => self.object(depth),
            b't' => self.word("true", Value::from(true)),
            b'f' => self.word("false", Value::from(false)),
            b'n' => self.word("null", Value::NULL),
            _ => {
                let rest = &self.text[self.at..];
                let number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
                let end = rest.find(|c| !number(c)).unwrap_or(rest.len());
                self.at += end;
                Value::number(Number::read(&rest[..end]))
            }
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Value {
        self.at += word.len();
        value
    }

    fn array(&mut self, depth: usize) -> Value {
        check_depth(depth + 1);
        let mut array = Array::default();
        self.at += 1;
        while self.peek() != b']' {
            array.push(self.value(depth + 1));
            self.comma();
        }
        self.at += 1;
        Value::from(array)
    }

    fn object(&mut self, depth: usize) -> Value {
        let mut object = Object::default();
        self.entries(depth, |reader, key| {
            let value = reader.value(depth + 1);
            object.insert(Rc::new(key.into_owned()), value);
        });
        Value::from(object)
    }

    /// Goes through the entries of the object that is next; `entry` reads the value.
    pub(crate) fn entries(&mut self, depth: usize, mut entry: impl FnMut(&mut Self, Cow<'t, str>)) {
        check_depth(depth + 1);
        self.at += 1;
        while self.peek() == b'"' {
            let key = self.string();
            self.peek();
            self.at += 1;
            entry(self, key);
            self.comma();
        }
        self.at += 1;
    }

    /// Passes over the next value, which lies in so many others. Its depth is held as if it were read.
    pub(crate) fn pass(&mut self, depth: usize) {
        let outside = depth;
        let mut depth = depth;
        loop {
            match self.peek() {
                b'"' => {
                    self.pass_string();
                }
                b'[' | b'{' => {
                    depth += 1;
                    check_depth(depth);
                    self.at += 1;
                }
                b']' | b'}' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' => self.at += 1,
                _ => {
                    let rest = &self.text.as_bytes()[self.at..];
                    let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                    self.at += rest.iter().position(is_end).unwrap_or(rest.len());
                }
            }
            // Within an array or object, a key and its value are passed over one after the other.
            if depth == outside {
                return;
            }
        }
    }

    /// Passes over the next array. Gives an empty one: what it holds is nobody's concern.
    pub(crate) fn passed_array(&mut self, depth: usize) -> Value {
        self.pass(depth);
        Value::from(Array::default())
    }

    fn comma(&mut self) {
        if self.peek() == b',' {
            self.at += 1;
        }
    }

    /// Passes over a string; says where its text ends.
    fn pass_string(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(next) = bytes.get(self.at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
            self.at += next;
            if bytes[self.at] == b'"' {
                break;
            }
            self.at += 2;
        }
        self.at += 1;
        self.at - 1
    }

    fn string(&mut self) -> Cow<'t, str> {
        let start = self.at + 1;
        let end = self.pass_string();
        let written = self.text.get(start..end).unwrap_or_default();
        if !written.contains('\\') {
            return Cow::Borrowed(written);
        }
        let after = std::mem::replace(&mut self.at, start);
        let mut string = String::with_capacity(written.len());
        while self.at < end {
            let rest = &self.text[self.at..end];
            let plain = rest.find('\\').unwrap_or(rest.len());
            string.push_str(&rest[..plain]);
            self.at += plain;
            if self.at == end {
                break;
            }
            let escape = self.text.as_bytes()[self.at + 1];
            self.at += 2;
            string.push(match escape {
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'u' => self.unicode(),
                other => char::from(other),
            });
        }
        self.at = after;
        Cow::Owned(string)
    }

    /// A character by its number; half of a pair becomes U+FFFD.
    fn unicode(&mut self) -> char {
        let first = self.hex();
        let is_pair = (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u");
        if is_pair {
            let before = self.at;
            self.at += 2;
            let second = self.hex();
            if (0xdc00..0xe000).contains(&second) {
                let pair = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = before;
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> u32 {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or("0");
        self.at += 4;
        u32::from_str_radix(digits, 16).unwrap_or(0)
    }
}
