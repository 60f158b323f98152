//! Regular expressions: found in linear time, so without look-around and back-references.

use std::cell::RefCell;
use std::rc::Rc;

use jaq_core::Error;
use jaq_core::native::bome;
use regex::{Captures, Regex, RegexBuilder};

use super::{Native, text_of, two_arguments};
use crate::budget::step;
use crate::limits::{REGEX_BYTES_MAX, REGEXES_KEPT};
use crate::value::{Kind, ValR, Value, error};

pub(super) fn natives() -> Vec<Native> {
    vec![
        ("matches", 2, |cv| {
            let (value, pattern, flags) = two_arguments(cv);
            bome(matches(&value, &pattern, &flags, false))
        }),
        ("pieces", 2, |cv| {
            let (value, pattern, flags) = two_arguments(cv);
            bome(matches(&value, &pattern, &flags, true))
        }),
    ]
}

/// What the flags of a call say.
#[expect(clippy::struct_excessive_bools, reason = "each is a letter that is given or not")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Flags {
    is_global: bool,
    ignores_case: bool,
    is_extended: bool,
    dot_is_newline: bool,
    ignores_empty: bool,
}

impl Flags {
    fn parse(value: &Value) -> Result<Self, Error<Value>> {
        let mut flags = Self::default();
        let text = match &value.kind {
            Kind::Null => return Ok(flags),
            _ => text_of(value, "is not a string")?,
        };
        for flag in text.chars() {
            match flag {
                'g' => flags.is_global = true,
                'i' => flags.ignores_case = true,
                'x' => flags.is_extended = true,
                'p' => flags.dot_is_newline = true,
                'n' => flags.ignores_empty = true,
                // `^` and `$` are the ends of the text already; the leftmost match is the one that is found.
                's' | 'l' => {}
                _ => return Err(error(format_args!("{text} is not a valid modifier string"))),
            }
        }
        Ok(flags)
    }
}

thread_local! {
    /// Expressions that were compiled, the newest last. What a compilation costs is paid for each time, so that it does
    /// not matter to the budget what was run before.
    static KEPT: RefCell<Vec<(String, Flags, Rc<Regex>)>> = const { RefCell::new(Vec::new()) };
}

fn compiled(pattern: &str, flags: Flags) -> Result<Rc<Regex>, Error<Value>> {
    step(50 + 4 * pattern.len() as u64);
    let known = KEPT.with_borrow(|kept| {
        let known = kept.iter().find(|(known, with, _)| known == pattern && *with == flags);
        known.map(|(_, _, regex)| Rc::clone(regex))
    });
    if let Some(regex) = known {
        return Ok(regex);
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(flags.ignores_case).ignore_whitespace(flags.is_extended);
    builder.dot_matches_new_line(flags.dot_is_newline).size_limit(REGEX_BYTES_MAX).nest_limit(64);
    let regex = Rc::new(builder.build().map_err(|wrong| {
        // The last line of its report says what is wrong; the others draw the place.
        let words = wrong.to_string();
        let words = words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        error(format_args!("Regex failure: {words}"))
    })?);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= REGEXES_KEPT {
            kept.remove(0);
        }
        kept.push((pattern.to_owned(), flags, Rc::clone(&regex)));
    });
    Ok(regex)
}

/// All matches, or the first, as jq shows them. With texts: what stands before, between and behind them, and of the matches
/// their named groups.
fn matches(value: &Value, pattern: &Value, flags: &Value, has_texts: bool) -> ValR {
    let text = text_of(value, "cannot be matched, as it is not a string")?;
    let pattern = text_of(pattern, "cannot be matched, as it is not a string")?;
    let flags = Flags::parse(flags)?;
    let regex = compiled(pattern, flags)?;
    // A search may look at all that is left, and does so without its automaton where a word's border is beside a letter
    // that is not ASCII.
    let is_slow = !text.is_ascii() && pattern.contains("\\b");
    let bytes_a_step = if is_slow { 8 } else { 256 };
    let mut found = Vec::new();
    let mut place = Place { text, byte: 0, character: 0 };
    let mut searches = regex.captures_iter(text);
    let (mut at, mut told) = (0, 0);
    loop {
        step(1 + (text.len() - at) as u64 / bytes_a_step);
        let Some(captures) = searches.next() else { break };
        let whole = captures.get_match();
        at = whole.end();
        if flags.ignores_empty && whole.is_empty() {
            continue;
        }
        if has_texts {
            found.push(Value::text(&text[told..whole.start()]));
            found.push(named(&regex, &captures));
            told = whole.end();
        } else {
            found.push(shown(&regex, &captures, &mut place));
        }
        if !flags.is_global {
            break;
        }
    }
    if has_texts {
        found.push(Value::text(&text[told..]));
    }
    Ok(found.into_iter().collect())
}

/// The groups that have a name.
fn named(regex: &Regex, captures: &Captures<'_>) -> Value {
    let groups = regex.capture_names().enumerate().filter_map(|(group, name)| Some((group, name?)));
    Value::object(groups.map(|(group, name)| {
        let text = captures.get(group).map_or(Value::NULL, |part| Value::text(part.as_str()));
        (name, text)
    }))
}

fn shown(regex: &Regex, captures: &Captures<'_>, place: &mut Place<'_>) -> Value {
    let whole = captures.get_match();
    let offset = place.character_of(whole.start());
    let groups = regex.capture_names().enumerate().skip(1).map(|(group, name)| {
        let name = name.map_or(Value::NULL, Value::text);
        let Some(part) = captures.get(group) else {
            let none = Value::from(-1_isize);
            return Value::object([
                ("offset", none),
                ("string", Value::NULL),
                ("length", Value::from(0_usize)),
                ("name", name),
            ]);
        };
        // Within the match: counted from there.
        let before = crate::value::characters(&whole.as_str()[..part.start() - whole.start()]);
        Value::object([
            ("offset", Value::from(offset + before)),
            ("length", Value::from(crate::value::characters(part.as_str()))),
            ("string", Value::text(part.as_str())),
            ("name", name),
        ])
    });
    let groups: Value = groups.collect();
    Value::object([
        ("offset", Value::from(offset)),
        ("length", Value::from(crate::value::characters(whole.as_str()))),
        ("string", Value::text(whole.as_str())),
        ("captures", groups),
    ])
}

/// A place in a text, in bytes and in characters; it goes forward only.
struct Place<'t> {
    text: &'t str,
    byte: usize,
    character: usize,
}

impl Place<'_> {
    fn character_of(&mut self, byte: usize) -> usize {
        self.character += crate::value::characters(&self.text[self.byte..byte]);
        self.byte = byte;
        self.character
    }
}
