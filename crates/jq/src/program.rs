//! Programs: compiled once, run a record at a time.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jaq_core::data::HasLut;
use jaq_core::load::parse::Term;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, DataT, Filter, Lut, Vars};

use crate::budget::{Limit, descend, exhausted, renew_steps, with_budget};
use crate::error::{CompileError, RunError};
use crate::limits::{OUTPUT_BYTES_MAX, OUTPUTS_MAX};
use crate::paths::Paths;
use crate::value::Value;
use crate::{fence, library};

/// A jq program. Cheap to clone, and shared between threads; its text is its `Debug`.
///
/// ```
/// # use penstock_jq::Program;
/// let program = Program::compile(".orders[] | {id, total: (.items | map(.price) | add)}")?;
/// let record = br#"{"orders": [{"id": "a", "items": [{"price": 2}, {"price": 3.5}]}]}"#;
/// assert_eq!(program.run(record)?[0].json(), r#"{"id":"a","total":5.5}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Program {
    source: Arc<str>,
    filter: Arc<Filter<Fenced>>,
    /// The program without the interpreter, where it is but paths.
    paths: Option<Arc<Paths>>,
}

/// One output of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    json: String,
}

impl Output {
    /// Compact JSON in one line, as `jq -c` prints it, without a newline behind.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// The same, owned.
    pub fn into_json(self) -> String {
        self.json
    }

    /// The text itself where it is a string, else its JSON: as `jq -r` prints it.
    pub fn raw(&self) -> Cow<'_, str> {
        if self.json.starts_with('"') {
            serde_json::from_str(&self.json).map_or(Cow::Borrowed(&*self.json), Cow::Owned)
        } else {
            Cow::Borrowed(&self.json)
        }
    }
}

impl Program {
    /// Reads and compiles a program of at most [`SOURCE_BYTES_MAX`](crate::limits::SOURCE_BYTES_MAX) bytes. Fails where it
    /// is no jq, where it is too deep, where it calls itself, and where it calls what is refused.
    pub fn compile(source: &str) -> Result<Self, CompileError> {
        Self::compile_with(source, |_| ()).map(|(program, ())| program)
    }

    /// Compiles, and looks at the term.
    pub(crate) fn compile_with<T>(
        source: &str,
        look: impl FnOnce(&Term<&str>) -> T,
    ) -> Result<(Self, T), CompileError> {
        let term = fence::parse(source)?;
        let paths = Paths::of(&term).map(Arc::new);
        let seen = look(&term);
        drop(term);
        let arena = Arena::default();
        // What the fence let through was read once already.
        let unread = |_| CompileError::at(source, 0, "it cannot be read");
        let modules = Loader::new(library::defs()).load(&arena, File { code: source, path: () }).map_err(unread)?;
        let compiler = Compiler::default().with_funs(library::natives());
        let filter = compiler.compile(modules).map_err(|files| {
            let first = files.into_iter().flat_map(|(_, errors)| errors).next();
            let (name, kind) = first.map_or(("", "name"), |(name, kind)| (name, kind.as_str()));
            let is_inside = source.as_bytes().as_ptr_range().contains(&name.as_ptr());
            let place = if is_inside { name } else { &source[..0] };
            CompileError::in_part(source, place, format!("{kind} {name} is not defined here"))
        })?;
        Ok((Self { source: source.into(), filter: Arc::new(filter), paths }, seen))
    }

    /// The program's text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Runs the program on a record, which is one JSON value. Fails as [`RunError`] says; what it had made until then is
    /// dropped, so that a record becomes all of its outputs or none.
    pub fn run(&self, input: &[u8]) -> Result<Vec<Output>, RunError> {
        let mut outputs = Vec::new();
        let mut bytes = 0;
        self.evaluate(input, |value| {
            if outputs.len() >= OUTPUTS_MAX {
                exhausted(Limit::Outputs);
            }
            let Some(json) = value.to_json(OUTPUT_BYTES_MAX - bytes) else { exhausted(Limit::OutputBytes) };
            bytes += json.len();
            outputs.push(Output { json });
            true
        })?;
        Ok(outputs)
    }

    /// Gives each output to `take`, within the budget, until it wants no more.
    pub(crate) fn evaluate(&self, input: &[u8], mut take: impl FnMut(Value) -> bool) -> Result<(), RunError> {
        with_budget(|| match &self.paths {
            Some(paths) => paths.evaluate(input).map(|value| {
                take(value);
            }),
            None => self.interpret(input, &mut take),
        })?
    }

    /// The program as paths, where it is nothing else.
    pub(crate) fn paths(&self) -> Option<&Paths> {
        self.paths.as_deref()
    }

    /// Runs it by the interpreter.
    fn interpret(&self, input: &[u8], take: &mut impl FnMut(Value) -> bool) -> Result<(), RunError> {
        let value = Value::from_json(input)?;
        // Reading was bounded by what was read.
        renew_steps();
        let context = Ctx::<Fenced>::new(Ledger { lut: &self.filter.lut }, Vars::new([]));
        for output in self.filter.id.run((context, value)) {
            match output {
                Ok(value) => {
                    if !take(value) {
                        break;
                    }
                }
                Err(exception) => {
                    let error = exception.get_err().map_err(|_| RunError::failed("break"))?;
                    return Err(failed(error));
                }
            }
        }
        Ok(())
    }

    /// The same program, by the interpreter whatever it is: what the other way is held against.
    #[cfg(test)]
    pub(crate) fn interpreted(&self) -> Self {
        Self { paths: None, ..self.clone() }
    }

    #[cfg(test)]
    pub(crate) fn is_native(&self) -> bool {
        self.paths.is_some()
    }
}

/// An error of jq's in its words.
pub(crate) fn failed(error: jaq_core::Error<Value>) -> RunError {
    let value = error.into_val();
    match value.as_text() {
        Some(text) => RunError::failed(text),
        None => RunError::failed(&format!("(not a string): {}", crate::value::Dump(&value))),
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.source).finish()
    }
}

impl PartialEq for Program {
    /// The same text is the same program.
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Program {}

/// What jaq's interpreter is told to work on.
pub(crate) struct Fenced;

/// The table of terms, which the interpreter asks for at every term that it evaluates: that is a step.
#[derive(Clone)]
pub(crate) struct Ledger<'a> {
    lut: &'a Lut<Fenced>,
}

impl DataT for Fenced {
    type V<'a> = Value;
    type Data<'a> = Ledger<'a>;
}

impl<'a> HasLut<'a, Fenced> for Ledger<'a> {
    fn lut(&self) -> &'a Lut<Fenced> {
        descend();
        self.lut
    }
}

#[cfg(test)]
mod tests;
