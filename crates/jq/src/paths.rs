//! Programs that are but paths, `.a.b` and `{customer: .customer.id}`, without the interpreter.
//!
//! Most queries of Firehose's are. One walk over the record takes what they name and passes over the rest, so that nothing
//! is built of what nobody asked for. What it makes and how it fails is what the interpreter does: a property holds it.

use std::borrow::Cow;
use std::rc::Rc;

use jaq_core::load::parse::Term;
use jaq_core::path::{Opt, Part};

use crate::error::RunError;
use crate::extraction::{Keys, literal, text};
use crate::number::Number;
use crate::sight::{NOWHERE_YET, PATHS_MAX, see};
use crate::value::{Object, Reader, Value, check_json};

/// A program of paths and literals.
#[derive(Debug)]
pub(crate) struct Paths {
    shape: Shape,
    /// What is to be found on the way.
    tree: Node,
    /// How many paths there are.
    count: usize,
    /// Whether one look is enough for its keys: they are few, and no name is made twice.
    is_plain: bool,
}

/// What is made of what is found.
#[derive(Debug)]
enum Shape {
    One(Source),
    Object(Vec<(String, Source)>),
}

/// Where a value comes from.
#[derive(Debug)]
enum Source {
    /// The path of this number.
    Path(usize),
    Text(String),
    Number(String),
}

/// A place in a record.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// The paths that end here.
    pub(crate) ends: Vec<usize>,
    /// The paths that go through here or end here.
    pub(crate) all: Vec<usize>,
    pub(crate) children: Vec<(String, Node)>,
}

/// What a path came to.
#[derive(Debug, Clone)]
enum Found {
    Value(Value),
    /// It goes on where nothing can be indexed: jq's error.
    Wrong(jaq_core::Error<Value>),
}

impl Paths {
    /// The program of a term, if it is one of paths.
    pub(crate) fn of(term: &Term<&str>) -> Option<Self> {
        let mut paths = Self { shape: Shape::Object(Vec::new()), tree: Node::default(), count: 0, is_plain: false };
        paths.shape = match term {
            Term::Obj(entries) => {
                let mut shape = Vec::new();
                for (key, value) in entries {
                    let name = match key {
                        Term::Str(None, parts) => text(parts)?,
                        _ => return None,
                    };
                    let source = match value {
                        Some(value) => paths.source(value)?,
                        None => Source::Path(paths.path(vec![name.clone()])),
                    };
                    shape.push((name, source));
                }
                Shape::Object(shape)
            }
            Term::Path(..) => Shape::One(paths.source(term)?),
            _ => return None,
        };
        paths.is_plain = match &paths.shape {
            Shape::One(_) => false,
            Shape::Object(entries) => {
                let is_once = |(index, (name, _)): (usize, &(String, Source))| {
                    entries[..index].iter().all(|(before, _)| before != name)
                };
                paths.count <= PATHS_MAX && entries.iter().enumerate().all(is_once)
            }
        };
        Some(paths)
    }

    fn source(&mut self, term: &Term<&str>) -> Option<Source> {
        match term {
            Term::Str(None, parts) => text(parts).map(Source::Text),
            Term::Num(number) => Some(Source::Number((*number).to_owned())),
            Term::Path(of, path) if matches!(**of, Term::Id) => {
                let key = |(part, opt): &(Part<Term<&str>>, Opt)| match (part, opt) {
                    (Part::Index(key @ Term::Str(..)), Opt::Essential) => literal(key),
                    _ => None,
                };
                let keys = path.0.iter().map(key).collect::<Option<Vec<_>>>()?;
                Some(Source::Path(self.path(keys)))
            }
            _ => None,
        }
    }

    /// The number of a path.
    fn path(&mut self, keys: Vec<String>) -> usize {
        let number = self.count;
        self.count += 1;
        let mut node = &mut self.tree;
        for key in keys {
            node.all.push(number);
            let place = node.children.iter().position(|(known, _)| *known == key).unwrap_or(node.children.len());
            if place == node.children.len() {
                node.children.push((key, Node::default()));
            }
            node = &mut node.children[place].1;
        }
        node.all.push(number);
        node.ends.push(number);
        number
    }

    /// The keys of a record, where they are plain: seen at one look, and taken as they stand. What is not plain, or fails, is
    /// left to [`Self::evaluate`].
    pub(crate) fn keys<'k>(&'k self, input: &'k [u8]) -> Option<Keys<'k>> {
        let Shape::Object(entries) = &self.shape else { return None };
        let mut spans = NOWHERE_YET;
        if !self.is_plain || !see(input, &self.tree, &mut spans) {
            return None;
        }
        let mut keys = Keys::with_capacity(entries.len());
        for (name, source) in entries {
            let value = match source {
                Source::Path(path) => {
                    let (start, end) = spans[*path];
                    key_of(std::str::from_utf8(&input[start..end]).ok()?).ok()?
                }
                Source::Text(text) => Some(Cow::Borrowed(text.as_str())),
                Source::Number(number) => Some(Cow::Owned(Number::read(number).to_string())),
            };
            keys.push((Cow::Borrowed(name.as_str()), value));
        }
        Some(keys)
    }

    /// What the program makes of a record.
    pub(crate) fn evaluate(&self, input: &[u8]) -> Result<Value, RunError> {
        let text = check_json(input)?;
        let mut found = vec![Found::Value(Value::NULL); self.count];
        walk(&mut Reader::new(text), &self.tree, 0, &mut found);
        let take = |source: &Source| match source {
            Source::Path(number) => match found[*number].clone() {
                Found::Value(value) => Ok(value),
                Found::Wrong(error) => Err(crate::program::failed(error)),
            },
            Source::Text(text) => Ok(Value::text(text.as_str())),
            Source::Number(number) => Ok(Value::number(Number::read(number))),
        };
        match &self.shape {
            Shape::One(source) => take(source),
            Shape::Object(entries) => {
                let mut object = Object::default();
                for (name, source) in entries {
                    object.insert(Rc::new(name.clone()), take(source)?);
                }
                Ok(Value::from(object))
            }
        }
    }
}

/// It takes more than a look.
struct NotPlain;

/// The key that a JSON value is, as it stands in its text; none for null.
fn key_of(value: &str) -> Result<Option<Cow<'_, str>>, NotPlain> {
    /// Integers of so many characters are printed as they are written.
    const PLAIN_INTEGER_MAX: usize = 15;
    Ok(match value.as_bytes() {
        [] | [b'n', ..] => None,
        [b'{' | b'[', ..] => return Err(NotPlain),
        [b'"', within @ .., b'"'] if within.contains(&b'\\') => return Err(NotPlain),
        [b'"', .., b'"'] => Some(Cow::Borrowed(&value[1..value.len() - 1])),
        [b't' | b'f', ..] => Some(Cow::Borrowed(value)),
        [b'1'..=b'9', more @ ..] if value.len() <= PLAIN_INTEGER_MAX && more.iter().all(u8::is_ascii_digit) => {
            Some(Cow::Borrowed(value))
        }
        _ => Some(Cow::Owned(Number::read(value).to_string())),
    })
}

/// Reads the value that is next, and notes what is found in it.
fn walk(reader: &mut Reader<'_>, node: &Node, depth: usize, found: &mut [Found]) {
    if !node.ends.is_empty() {
        let value = reader.value(depth);
        settle(&value, node, found);
        return;
    }
    if reader.peek() != b'{' {
        // Not an object: what it is says how each path that goes on ends.
        let value = if matches!(reader.peek(), b'[') { reader.passed_array(depth) } else { reader.value(depth) };
        settle(&value, node, found);
        return;
    }
    for path in &node.all {
        found[*path] = Found::Value(Value::NULL);
    }
    reader.entries(depth, |reader, key| match node.children.iter().find(|(known, _)| *known == *key) {
        Some((_, child)) => walk(reader, child, depth + 1, found),
        None => reader.pass(depth + 1),
    });
}

/// Notes what the paths find from a value on.
fn settle(value: &Value, node: &Node, found: &mut [Found]) {
    for path in &node.ends {
        found[*path] = Found::Value(value.clone());
    }
    for (key, child) in &node.children {
        match value.child(&Value::text(key.as_str())) {
            Ok(next) => settle(&next.unwrap_or(Value::NULL), child, found),
            Err(error) => child.all.iter().for_each(|path| found[*path] = Found::Wrong(error.clone())),
        }
    }
}

#[cfg(test)]
mod tests;
