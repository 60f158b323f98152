//! How jaq reaches into a value and changes what is there: paths, slices, updates.
//!
//! As jq 1.6 has it: null has every key and index, an index that is one too many makes room for itself.

use std::ops::Range as Span;
use std::rc::Rc;

use jaq_core::box_iter::{BoxIter, box_once};
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Exn, ValX};

use super::operators::object_copy_bytes;
use super::{Array, Dump, Kind, Object, ValR, Value, error, own};
use crate::budget::{build, step};
use crate::limits::{BUILT_BYTES_MAX, SCALAR_BYTES, VALUE_BYTES_MAX};
use crate::number::Number;

impl Value {
    fn cannot_iterate(&self) -> jaq_core::Error<Self> {
        match self.kind {
            Kind::Null => error("Cannot iterate over null"),
            _ => error(format_args!("Cannot iterate over {self}")),
        }
    }

    fn cannot_index(&self, index: &Self) -> jaq_core::Error<Self> {
        let mine = self.type_name();
        match &index.kind {
            Kind::Text(_) => error(format_args!("Cannot index {mine} with string \"{}\"", excerpt(index))),
            _ => error(format_args!("Cannot index {mine} with {}", index.type_name())),
        }
    }

    /// Where a slice begins and ends, of so many.
    fn span(range: &Range<&Self>, len: usize) -> Result<Span<usize>, jaq_core::Error<Self>> {
        let bound = |bound: Option<&Self>, default: f64, round: fn(f64) -> f64| match bound.map(|bound| &bound.kind) {
            None | Some(Kind::Null) => Ok(default),
            Some(Kind::Number(number)) => Ok(round(number.as_f64())),
            Some(_) => Err(error("Start and end indices of an array slice must be numbers")),
        };
        #[expect(clippy::cast_precision_loss, reason = "no array has 2^53 elements")]
        let length = len as f64;
        let (start, end) = (bound(range.start, 0.0, f64::floor)?, bound(range.end, length, f64::ceil)?);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped first")]
        let within = |at: f64| (if at < 0.0 { at + length } else { at }).clamp(0.0, length) as usize;
        let start = within(start);
        Ok(start..within(end).max(start))
    }

    fn slice(self, range: &Range<&Self>) -> ValR {
        let trail = self.trail;
        let part = match &self.kind {
            Kind::Null => Self::NULL,
            Kind::Text(text) => {
                let span = Self::span(range, characters(text))?;
                Self::text(&text[byte_span(text, &span)])
            }
            Kind::Array(array) => {
                let span = Self::span(range, array.items.len())?;
                array.items[span].iter().cloned().collect()
            }
            _ => return Err(error(format_args!("Cannot index {} with object", self.type_name()))),
        };
        Ok(part.taken_from(trail))
    }

    /// The range that an object with `start` and `end` is.
    fn range_of(object: &Object) -> Range<&Self> {
        object.get("start")..object.get("end")
    }

    /// Where an element is or would be: none before the first.
    fn place(number: &Number, len: usize) -> Option<usize> {
        let at = number.truncated();
        let at = if at < 0 { at.saturating_add(i64::try_from(len).unwrap_or(i64::MAX)) } else { at };
        usize::try_from(at).ok()
    }

    /// What is at an index, if there is something.
    pub(crate) fn child(&self, index: &Self) -> Result<Option<Self>, jaq_core::Error<Self>> {
        step(1);
        Ok(match (&self.kind, &index.kind) {
            (Kind::Object(object), Kind::Text(key)) => object.get(key).cloned(),
            (Kind::Array(array), Kind::Number(number)) if number.is_integer() => {
                Self::place(number, array.items.len()).and_then(|at| array.items.get(at)).cloned()
            }
            (Kind::Null, Kind::Text(_) | Kind::Number(_) | Kind::Null) | (Kind::Array(_), Kind::Number(_)) => None,
            (Kind::Array(_), Kind::Array(_)) => Some(self.indices(index)?),
            (Kind::Null | Kind::Array(_) | Kind::Text(_), Kind::Object(range)) => {
                Some(self.clone().slice(&Self::range_of(range))?)
            }
            _ => return Err(self.cannot_index(index)),
        })
    }

    /// Where something is in an array, or a text in a text; in characters' bytes, as jq 1.6 counts.
    pub(crate) fn indices(&self, sought: &Self) -> ValR {
        step(self.bytes() as u64 / SCALAR_BYTES as u64);
        match (&self.kind, &sought.kind) {
            (Kind::Null, _) => Ok(Self::NULL),
            (Kind::Text(_), Kind::Text(part)) if part.is_empty() => Ok(Self::NULL),
            (Kind::Text(text), Kind::Text(part)) => {
                // The scan pays for each byte that it may look at.
                step((text.len() as u64).saturating_mul(part.len() as u64) / 64);
                let (text, part) = (text.as_bytes(), part.as_bytes());
                Ok(text
                    .windows(part.len())
                    .enumerate()
                    .filter(|(_, at)| *at == part)
                    .map(|(at, _)| Self::from(at))
                    .collect())
            }
            (Kind::Array(_), Kind::Array(part)) if part.items.is_empty() => Ok(Self::NULL),
            (Kind::Array(array), Kind::Array(part)) => {
                let windows = array.items.windows(part.items.len()).enumerate();
                Ok(windows.filter(|(_, at)| **at == *part.items).map(|(at, _)| Self::from(at)).collect())
            }
            (Kind::Array(array), _) => {
                let items = array.items.iter().enumerate();
                Ok(items.filter(|(_, item)| *item == sought).map(|(at, _)| Self::from(at)).collect())
            }
            _ => Err(self.cannot_index(sought)),
        }
    }

    /// Changes the entry of an object.
    fn map_key<'a, I: Iterator<Item = ValX<'a, Self>>>(
        mut object: Rc<Object>,
        key: &Rc<String>,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let bytes = object_copy_bytes(&object);
        let mine = own(&mut object, bytes);
        let known = mine.take(key);
        let is_known = known.is_some();
        match f(known.unwrap_or(Self::NULL)).next().transpose()? {
            Some(value) => mine.insert(Rc::clone(key), value),
            None if is_known => mine.remove(key),
            None => {}
        }
        Ok(Self::from(Kind::Object(object)))
    }

    /// Changes the element of an array, which grows to have it.
    fn map_element<'a, I: Iterator<Item = ValX<'a, Self>>>(
        mut array: Rc<Array>,
        at: usize,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let len = array.items.len();
        if at >= VALUE_BYTES_MAX.max(BUILT_BYTES_MAX) / SCALAR_BYTES {
            return Err(Exn::from(error("Array index too large")));
        }
        let mine = own(&mut array, SCALAR_BYTES * len);
        let known = if at < len { mine.take(at) } else { Self::NULL };
        match f(known).next().transpose()? {
            Some(value) => {
                // Paid for before it is there.
                build(SCALAR_BYTES * (at + 1).saturating_sub(len));
                while mine.items.len() <= at {
                    mine.push(Self::NULL);
                }
                mine.put(at, value);
            }
            None if at < len => {
                step(len as u64 / 16);
                mine.bytes -= mine.items.remove(at).bytes();
            }
            None => {}
        }
        Ok(Self::from(Kind::Array(array)))
    }
}

impl jaq_core::ValT for Value {
    fn from_num(n: &str) -> ValR {
        Ok(Self::number(Number::read(n)))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(entries: I) -> ValR {
        let mut object = Object::default();
        for (key, value) in entries {
            match key.kind {
                Kind::Text(key) => object.insert(key, value),
                _ => return Err(error(format_args!("Object keys must be strings, not {}", key.type_name()))),
            }
        }
        build(SCALAR_BYTES);
        Ok(Self::from(object))
    }

    fn key_values(self) -> BoxIter<'static, Result<(Self, Self), jaq_core::Error<Self>>> {
        let trail = self.trail;
        match self.kind {
            Kind::Array(array) => Box::new((0..array.items.len()).map(move |at| {
                step(1);
                Ok((Self::from(at), array.items[at].clone().taken_from(trail)))
            })),
            Kind::Object(object) => Box::new((0..object.len()).map(move |at| {
                step(1);
                let (key, value) = &object.entries()[at];
                Ok((Self::from(Kind::Text(Rc::clone(key))), value.clone().taken_from(trail)))
            })),
            _ => box_once(Err(self.cannot_iterate())),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR>> {
        match self.kind {
            Kind::Array(_) | Kind::Object(_) => Box::new(self.key_values().map(|entry| entry.map(|(_, value)| value))),
            _ => box_once(Err(self.cannot_iterate())),
        }
    }

    fn index(self, index: &Self) -> ValR {
        self.child(index).map(|child| child.unwrap_or(Self::NULL).taken_from(self.trail))
    }

    fn range(self, range: Range<&Self>) -> ValR {
        step(1);
        self.slice(&range)
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(self, opt: Opt, f: impl Fn(Self) -> I) -> ValX<'a, Self> {
        step(1);
        match self.kind {
            Kind::Array(array) => array.items.iter().flat_map(|item| f(item.clone())).collect(),
            Kind::Object(object) => {
                let mut mapped = Object::default();
                for (key, value) in object.entries() {
                    if let Some(value) = f(value.clone()).next() {
                        mapped.insert(Rc::clone(key), value?);
                    }
                }
                Ok(Self::from(mapped))
            }
            _ => opt.fail(self, |value| Exn::from(value.cannot_iterate())),
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        step(1);
        match (self.kind, &index.kind) {
            (Kind::Object(object), Kind::Text(key)) => Self::map_key(object, key, f),
            (Kind::Null, Kind::Text(key)) => match f(Self::NULL).next().transpose()? {
                Some(value) => Ok(Self::object([(key.as_str(), value)])),
                None => Ok(Self::NULL),
            },
            (Kind::Array(array), Kind::Number(number)) => match Self::place(number, array.items.len()) {
                Some(at) => Self::map_element(array, at, f),
                None => {
                    opt.fail(Self::from(Kind::Array(array)), |_| Exn::from(error("Out of bounds negative array index")))
                }
            },
            (Kind::Null, Kind::Number(number)) => match Self::place(number, 0) {
                Some(at) => match Self::map_element(Rc::default(), at, f)? {
                    empty if empty.as_items().is_some_and(<[Self]>::is_empty) => Ok(Self::NULL),
                    array => Ok(array),
                },
                None => opt.fail(Self::NULL, |_| Exn::from(error("Out of bounds negative array index"))),
            },
            (kind, Kind::Object(range)) => Self::from(kind).map_range(Self::range_of(range), opt, f),
            (kind, _) => opt.fail(Self::from(kind), |value| Exn::from(value.cannot_index(index))),
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        step(1);
        let array = match self.kind {
            Kind::Array(array) => array,
            Kind::Null => Rc::default(),
            _ => {
                let mine = self.type_name();
                return opt.fail(self, |_| Exn::from(error(format_args!("Cannot update slices of {mine}"))));
            }
        };
        let whole = Self::from(Kind::Array(Rc::clone(&array)));
        let span = match Self::span(&range, array.items.len()) {
            Ok(span) => span,
            Err(wrong) => return opt.fail(whole, |_| Exn::from(wrong)),
        };
        let part = array.items[span.clone()].iter().cloned().collect();
        let new = f(part).next().transpose()?.unwrap_or_else(|| Self::from(Array::default()));
        let Some(new) = new.as_items() else {
            return Err(Exn::from(error("A slice of an array can only be assigned another array")));
        };
        let parts = [&array.items[..span.start], new, &array.items[span.end..]];
        Ok(parts.into_iter().flatten().cloned().collect())
    }

    fn as_bool(&self) -> bool {
        !matches!(self.kind, Kind::Null | Kind::Bool(false))
    }

    fn into_string(self) -> Self {
        match self.kind {
            Kind::Text(_) => self,
            _ => self.json_text(),
        }
    }
}

impl Value {
    /// Its JSON, as a string.
    pub(crate) fn json_text(&self) -> Self {
        match self.to_json(VALUE_BYTES_MAX) {
            Some(text) => Self::text(text),
            None => crate::budget::exhausted(crate::budget::Limit::ValueBytes),
        }
    }
}

impl jaq_std::ValT for Value {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match &self.kind {
            Kind::Array(array) => {
                build(SCALAR_BYTES * array.items.len());
                Ok(array.items.iter().cloned().collect())
            }
            _ => Err(self),
        }
    }

    fn is_int(&self) -> bool {
        self.as_number().is_some_and(Number::is_integer)
    }

    fn as_isize(&self) -> Option<isize> {
        match self.as_number()? {
            Number::Int(int) => isize::try_from(*int).ok(),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::as_f64)
    }

    fn is_utf8_str(&self) -> bool {
        self.as_text().is_some()
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        let text = self.as_text()?;
        step(text.len() as u64 / 64);
        Some(text.as_bytes())
    }

    fn as_sub_str(&self, part: &[u8]) -> Self {
        Self::text(String::from_utf8_lossy(part))
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::text(String::from_utf8_lossy(bytes.as_ref()))
    }
}

/// The characters of a text.
pub(crate) fn characters(text: &str) -> usize {
    step(text.len() as u64 / 64);
    text.chars().count()
}

/// The bytes of some characters of a text.
fn byte_span(text: &str, span: &Span<usize>) -> Span<usize> {
    step(text.len() as u64 / 64);
    let place = |n| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    place(span.start)..place(span.end)
}

/// The beginning of a key, for an error.
fn excerpt(key: &Value) -> String {
    let text = key.as_text().map_or("", |text| text.as_str());
    if text.len() <= 32 { text.to_owned() } else { Dump(key).to_string() }
}
