//! What a source must be before jaq compiles it: not too deep to be read, without recursion, calling nothing but what is
//! allowed.
//!
//! jaq's lexer, parser and compiler go down the stack with the source, so its depth is bounded first, by a scan that does
//! not. The bound is the parser's worst case: each operator of a chain may be a level.

use jaq_core::load::lex::{self, Lexer, StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Def, Parser, Pattern, Term};
use jaq_core::path::Part;

use crate::error::CompileError;
use crate::library::names::{Standing, near, standing};
use crate::limits::{NAMES_MAX, SOURCE_BYTES_MAX, SOURCE_DEPTH_MAX};

/// Reads a source that the fence lets through.
pub(crate) fn parse(source: &str) -> Result<Term<&str>, CompileError> {
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("the program has {} bytes, at most {SOURCE_BYTES_MAX} are allowed", source.len());
        return Err(CompileError::at(source, 0, message));
    }
    check_brackets(source)?;
    let tokens = Lexer::new(source).lex().map_err(|errors| lexing(source, &errors))?;
    if let Some(Token(word @ ("import" | "include" | "module"), Tok::Word)) = tokens.first() {
        return Err(CompileError::in_part(
            source,
            word,
            format!("{word} is refused: a program is one text, without modules"),
        ));
    }
    if depth(&tokens, false) > SOURCE_DEPTH_MAX {
        return Err(too_deep(source, 0));
    }
    let term = Parser::new(&tokens).parse(Parser::term).map_err(|errors| {
        let Some((expected, found)) = errors.into_iter().next() else {
            return CompileError::at(source, 0, "it is no program");
        };
        let part = Token::opt_as_str(found, source);
        let what = match expected.as_str() {
            "nothing" => "the end or an operator".to_owned(),
            word @ ("term" | "variable" | "pattern" | "key" | "identifier" | "argument" | "string") => {
                format!("a {word}")
            }
            other => other.to_owned(),
        };
        CompileError::in_part(source, part, format!("{} where {what} was expected", shown(part)))
    })?;
    Fence { source, scope: Vec::new() }.term(&term)?;
    Ok(term)
}

fn too_deep(source: &str, byte: usize) -> CompileError {
    let message = format!("the program is nested deeper than {SOURCE_DEPTH_MAX} brackets and operators");
    CompileError::at(source, byte, message)
}

/// A part of the source as an error shows it.
fn shown(part: &str) -> String {
    match part.chars().nth(20) {
        _ if part.is_empty() => "the program ends".to_owned(),
        None => format!("{part:?}"),
        Some(_) => format!("{:?}...", part.chars().take(20).collect::<String>()),
    }
}

fn lexing(source: &str, errors: &[lex::Error<&str>]) -> CompileError {
    let Some((expected, part)) = errors.first() else {
        return CompileError::at(source, 0, "it is no program");
    };
    CompileError::in_part(source, part, format!("{} where a {} was expected", shown(part), expected.as_str()))
}

/// Holds that brackets and strings within strings are not nested too deep, before anything goes down them.
fn check_brackets(source: &str) -> Result<(), CompileError> {
    /// What the scan is in.
    #[derive(PartialEq)]
    enum In {
        Bracket,
        Text,
    }
    let mut within = Vec::new();
    let mut bytes = source.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let in_text = within.last() == Some(&In::Text);
        match byte {
            b'\\' if in_text => {
                if let Some((_, b'(')) = bytes.next() {
                    within.push(In::Bracket);
                }
            }
            b'"' if in_text => drop(within.pop()),
            _ if in_text => {}
            b'"' => within.push(In::Text),
            b'(' | b'[' | b'{' => within.push(In::Bracket),
            b')' | b']' | b'}' => drop(within.pop()),
            // As jq has it, a comment goes to the end of its line; a bracket in a longer one counts too much at worst.
            b'#' => drop(bytes.find(|(_, byte)| *byte == b'\n')),
            _ => {}
        }
        if within.len() > SOURCE_DEPTH_MAX {
            return Err(too_deep(source, at));
        }
    }
    Ok(())
}

/// How deep the parser's term of these tokens can be at most.
fn depth(tokens: &[Token<&str>], in_object: bool) -> usize {
    let (mut deepest, mut definitions) = (0, 0);
    let (mut chain, mut inner, mut links) = (0, 0, 0);
    for Token(text, kind) in tokens {
        match kind {
            Tok::Block(tokens) => {
                inner = inner.max(1 + depth(tokens, text.starts_with('{')));
                links += usize::from(text.starts_with('['));
            }
            Tok::Str(parts) => {
                for part in parts {
                    if let StrPart::Term(Token(_, Tok::Block(tokens))) = part {
                        inner = inner.max(2 + depth(tokens, false));
                    }
                }
                chain += parts.len() / 2;
            }
            Tok::Word if *text == "def" => definitions += 1,
            Tok::Word if CHAINS.contains(text) => chain += 1,
            Tok::Sym if *text == ";" || (*text == "," && in_object) => {
                deepest = deepest.max(chain + inner + links / LINKS_A_LEVEL);
                (chain, inner, links) = (0, 0, 0);
            }
            Tok::Sym if text.starts_with(['|', '=', '!', '<', '>', '+', '-', '*', '/', '%', ',']) => chain += 1,
            Tok::Sym if text.starts_with('.') => links += 1,
            _ => {}
        }
    }
    definitions + deepest.max(chain + inner + links / LINKS_A_LEVEL)
}

/// So many parts of a path go down the stack as far as a level does.
const LINKS_A_LEVEL: usize = 8;

/// The words after which a term goes on, a level deeper.
const CHAINS: &[&str] = &["if", "elif", "try", "catch", "label", "reduce", "foreach", "as", "and", "or"];

/// What a name means where it is called.
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    /// A definition whose body this is.
    Enclosing,
    /// A definition before this place.
    Before,
    /// A filter that was given to the definition.
    Argument,
}

/// A walk over a term.
struct Fence<'s> {
    source: &'s str,
    /// The program's own definitions, innermost last.
    scope: Vec<(&'s str, usize, Meaning)>,
}

type Checked = Result<(), CompileError>;

impl<'s> Fence<'s> {
    fn refuse(&self, part: &str, message: impl Into<String>) -> Checked {
        Err(CompileError::in_part(self.source, part, message))
    }

    fn terms<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term<&'s str>>) -> Checked
    where
        's: 't,
    {
        terms.into_iter().try_for_each(|term| self.term(term))
    }

    fn term(&mut self, term: &Term<&'s str>) -> Checked {
        match term {
            Term::Str(format, parts) => {
                if let Some(format) = format {
                    self.call(format, &[])?;
                }
                let terms = parts.iter().filter_map(|part| match part {
                    StrPart::Term(term) => Some(term),
                    StrPart::Str(_) | StrPart::Char(_) => None,
                });
                self.terms(terms)
            }
            Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => self.term(term),
            Term::Obj(entries) => {
                for (key, value) in entries {
                    self.term(key)?;
                    self.terms(value)?;
                }
                Ok(())
            }
            Term::BinOp(left, operator, right) => {
                self.term(left)?;
                if let BinaryOp::Pipe(Some(pattern)) = operator {
                    self.pattern(pattern)?;
                }
                self.term(right)
            }
            Term::Fold(_, source, pattern, terms) => {
                self.term(source)?;
                self.pattern(pattern)?;
                self.terms(terms)
            }
            Term::TryCatch(tried, caught) => {
                self.term(tried)?;
                self.terms(caught.as_deref())
            }
            Term::IfThenElse(branches, other) => {
                for (condition, then) in branches {
                    self.term(condition)?;
                    self.term(then)?;
                }
                self.terms(other.as_deref())
            }
            Term::Def(definitions, then) => {
                let before = self.scope.len();
                definitions.iter().try_for_each(|definition| self.definition(definition))?;
                self.term(then)?;
                self.scope.truncate(before);
                Ok(())
            }
            Term::Call(name, arguments) => {
                self.call(name, arguments)?;
                self.terms(arguments)
            }
            Term::Var("$ENV") => self
                .refuse(variable(term), "$ENV is refused: it reads the environment, which is not the same everywhere"),
            Term::Var("$__loc__") => self.refuse(variable(term), "$__loc__ is not known: a program is one text"),
            Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Arr(None) | Term::Var(_) => Ok(()),
            Term::Path(of, path) => {
                self.term(of)?;
                for (part, _) in &path.0 {
                    match part {
                        Part::Index(term) => self.term(term)?,
                        Part::Range(from, upto) => {
                            self.terms(from)?;
                            self.terms(upto)?;
                        }
                    }
                }
                Ok(())
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern<&'s str>) -> Checked {
        match pattern {
            Pattern::Var(_) => Ok(()),
            Pattern::Obj(entries) if entries.len() > NAMES_MAX => {
                let message = format!("a pattern of {} entries, at most {NAMES_MAX} are allowed", entries.len());
                self.refuse(self.source, message)
            }
            Pattern::Arr(patterns) => patterns.iter().try_for_each(|pattern| self.pattern(pattern)),
            Pattern::Obj(entries) => entries.iter().try_for_each(|(key, pattern)| {
                self.term(key)?;
                self.pattern(pattern)
            }),
        }
    }

    fn definition(&mut self, definition: &Def<&'s str>) -> Checked {
        if definition.args.len() > NAMES_MAX {
            let message =
                format!("{} has {} arguments, at most {NAMES_MAX} are allowed", definition.name, definition.args.len());
            return self.refuse(definition.name, message);
        }
        let before = self.scope.len();
        self.scope.push((definition.name, definition.args.len(), Meaning::Enclosing));
        let filters = definition.args.iter().filter(|argument| !argument.starts_with('$'));
        self.scope.extend(filters.map(|argument| (*argument, 0, Meaning::Argument)));
        self.term(&definition.body)?;
        self.scope.truncate(before);
        self.scope.push((definition.name, definition.args.len(), Meaning::Before));
        Ok(())
    }

    fn call(&mut self, name: &'s str, arguments: &[Term<&'s str>]) -> Checked {
        let arity = arguments.len();
        let own = self.scope.iter().rev().find(|(known, takes, _)| *known == name && *takes == arity);
        match own {
            Some((.., Meaning::Enclosing)) => {
                let message = format!(
                    "{name} calls itself, which is refused: recursion has no bound; recurse, until, while, walk and reduce do it"
                );
                return self.refuse(name, message);
            }
            Some(_) => return Ok(()),
            None => {}
        }
        match standing(name, arity) {
            Standing::Allowed => self.zone(name, arguments),
            Standing::Refused(why) => self.refuse(name, format!("{name} is refused: {why}")),
            Standing::Unknown => {
                let hint = near(name, arity).map_or_else(String::new, |near| format!("; the nearest is {near}"));
                self.refuse(name, format!("there is no function {name} of {arity} arguments{hint}"))
            }
        }
    }

    /// Holds that a zone that is written in the program is one.
    fn zone(&self, name: &str, arguments: &[Term<&'s str>]) -> Checked {
        match (name, arguments) {
            ("strftime", [_, Term::Str(None, parts)]) => match parts.as_slice() {
                [StrPart::Str(zone)] if !crate::library::is_zone(zone) => {
                    self.refuse(zone, format!("{} is not the name of a time zone, such as Asia/Tokyo", shown(zone)))
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// The text of a variable.
fn variable<'s>(term: &Term<&'s str>) -> &'s str {
    match term {
        Term::Var(name) => name,
        _ => "",
    }
}

#[cfg(test)]
mod tests;
