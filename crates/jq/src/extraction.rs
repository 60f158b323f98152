//! Firehose's `MetadataExtractionQuery`: a program that makes one object, whose entries are partition keys.

use std::borrow::Cow;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};

use crate::error::{CompileError, RunError};
use crate::program::Program;
use crate::value::{Kind, Value};

/// Names and values, in the object's order. A value that is null is none; strings are as they are, numbers and booleans as
/// JSON prints them. Whether none, or an empty string, will do is the caller's to say. They are the query's and the record's own
/// texts where those are as they should be.
pub type Keys<'k> = Vec<(Cow<'k, str>, Option<Cow<'k, str>>)>;

/// A program that makes one object of a record.
///
/// ```
/// # use penstock_jq::Extraction;
/// let query = Extraction::compile("{customer_id: .customer.id, day: (.ts | strftime(\"%Y-%m-%d\"; \"Asia/Tokyo\"))}")?;
/// assert_eq!(query.keys(), Some(&["customer_id".to_owned(), "day".to_owned()][..]));
/// let keys = query.run(br#"{"customer": {"id": 7}, "ts": 1733184000}"#)?;
/// assert_eq!(keys[0], ("customer_id".into(), Some("7".into())));
/// assert_eq!(keys[1], ("day".into(), Some("2024-12-03".into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    program: Program,
    keys: Option<Vec<String>>,
}

impl Extraction {
    /// Compiles, as [`Program::compile`] does and with its errors. That it makes one object shows when it runs.
    pub fn compile(source: &str) -> Result<Self, CompileError> {
        let (program, keys) = Program::compile_with(source, names_of)?;
        Ok(Self { program, keys })
    }

    /// The names of the entries, where the program ends in the construction of an object with such names: to be checked
    /// when it is configured. None where they show only when it runs.
    pub fn keys(&self) -> Option<&[String]> {
        self.keys.as_deref()
    }

    /// The same, by the interpreter whatever it is.
    #[cfg(test)]
    pub(crate) fn interpreted(&self) -> Self {
        Self { program: self.program.interpreted(), keys: self.keys.clone() }
    }

    /// The program's text.
    pub fn source(&self) -> &str {
        self.program.source()
    }

    /// The keys of a record. Fails as a program does, where it makes no output or several, where the output is no object,
    /// and where a value is an array or an object.
    pub fn run<'k>(&'k self, input: &'k [u8]) -> Result<Keys<'k>, RunError> {
        if let Some(keys) = self.program.paths().and_then(|paths| paths.keys(input)) {
            return Ok(keys);
        }
        let mut outputs = 0;
        let mut keys = Ok(Keys::new());
        self.program.evaluate(input, |value| {
            outputs += 1;
            if outputs == 1 {
                keys = keys_of(&value);
            }
            outputs < 2
        })?;
        if outputs == 1 { keys } else { Err(RunError::NotOne { outputs }) }
    }
}

fn keys_of(value: &Value) -> Result<Keys<'static>, RunError> {
    let object = value.as_object().ok_or(RunError::NotAnObject { made: value.type_name() })?;
    let key = |(name, value): &(std::rc::Rc<String>, Value)| {
        let text = match &value.kind {
            Kind::Null => None,
            Kind::Text(text) => Some(text.as_str().to_owned()),
            Kind::Bool(is) => Some(is.to_string()),
            Kind::Number(number) if number.is_nan() => None,
            Kind::Number(number) => Some(number.to_string()),
            Kind::Array(_) | Kind::Object(_) => {
                let name = crate::error::bounded(name);
                return Err(RunError::NotAKey { name, made: value.type_name() });
            }
        };
        Ok((Cow::Owned(name.as_str().to_owned()), text.map(Cow::Owned)))
    };
    object.entries().iter().map(key).collect()
}

/// The names of the object that a term ends in, each once.
fn names_of(term: &Term<&str>) -> Option<Vec<String>> {
    match term {
        Term::Obj(entries) => {
            let mut names: Vec<String> = Vec::new();
            for (key, _) in entries {
                let name = literal(key)?;
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Some(names)
        }
        Term::BinOp(_, BinaryOp::Pipe(_), then) | Term::Def(_, then) => names_of(then),
        _ => None,
    }
}

/// The text of a key that is written in the program.
pub(crate) fn literal(key: &Term<&str>) -> Option<String> {
    match key {
        Term::Var(name) => name.strip_prefix('$').map(str::to_owned),
        Term::Str(None, parts) => text(parts),
        _ => None,
    }
}

/// The text of a string without anything to evaluate.
pub(crate) fn text(parts: &[StrPart<&str, Term<&str>>]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(c) => text.push(*c),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests;
