//! What a program may call: jq's functions that depend on nothing but their input.
//!
//! Three sources: `defs.jq`, a choice of jaq's own natives, and natives of ours. Nothing else is known to the compiler, so
//! a newer jaq cannot bring a function that reads a clock; `names.rs` says of each other function of jq why it is refused.

mod format;
mod math;
pub(crate) mod names;
mod regex;
mod strings;
mod time;

use jaq_core::native::{Fun, bome, run, unary, v};
use jaq_core::{Cv, RunPtr, load};

pub(crate) use self::time::is_zone;
use crate::program::Fenced;
use crate::value::{Kind, ValR, Value, error};

/// A native function of ours: its name, how many values it takes, and what it does.
type Native = (&'static str, usize, RunPtr<Fenced>);

/// jaq's natives that are taken, and under which name.
const OF_JAQ: &[(&str, &str)] = &[
    ("error_empty", "error_empty"),
    ("path", "path"),
    ("path_value", "path_value"),
    ("range", "range_by"),
    ("keys_unsorted", "keys_of"),
    ("key_values", "key_values_of"),
    ("first", "first"),
    ("last", "last"),
    ("limit", "limit_to"),
    ("skip", "skip"),
    ("utf8bytelength", "text_bytes"),
    ("explode", "explode_text"),
    ("implode", "implode_codes"),
    ("ascii_downcase", "text_downcase"),
    ("ascii_upcase", "text_upcase"),
    ("reverse", "reversed"),
    ("sort", "sorted"),
    ("sort_by", "sorted_by"),
    ("group_by", "grouped_by"),
    ("min_by_or_empty", "min_by_or_empty"),
    ("max_by_or_empty", "max_by_or_empty"),
    ("startswith", "text_startswith"),
    ("endswith", "text_endswith"),
    ("ltrimstr", "text_ltrim"),
    ("rtrimstr", "text_rtrim"),
    ("trim", "trim"),
    ("ltrim", "ltrim"),
    ("rtrim", "rtrim"),
];

/// The definitions in jq.
pub(crate) fn defs() -> Vec<load::parse::Def<&'static str>> {
    // The text is ours: a test holds that it can be read.
    load::parse(include_str!("defs.jq"), |parser| parser.defs()).unwrap_or_default()
}

/// The natives.
pub(crate) fn natives() -> Vec<Fun<Fenced>> {
    let taken =
        jaq_core::funs::<Fenced>().chain(jaq_std::base_funs::<Fenced>()).filter_map(|(name, arguments, native)| {
            let (_, ours) = OF_JAQ.iter().find(|(theirs, _)| *theirs == name)?;
            Some((*ours, arguments, native))
        });
    let ours = own().into_iter().map(|(name, arity, function)| run::<Fenced>((name, v(arity), function)));
    taken.chain(ours).collect()
}

/// The natives of ours.
fn own() -> Vec<Native> {
    [base(), format::natives(), math::natives(), regex::natives(), time::natives()].concat()
}

/// Names and arities of all that the compiler knows.
#[cfg(test)]
pub(crate) fn known() -> Vec<(String, usize)> {
    let defs = defs().into_iter().map(|def| (def.name.to_owned(), def.args.len()));
    defs.chain(natives().into_iter().map(|(name, arguments, _)| (name.to_owned(), arguments.len()))).collect()
}

/// What every array, object and value has.
fn base() -> Vec<Native> {
    vec![
        ("type", 0, |cv| bome(Ok(Value::text(cv.1.type_name())))),
        ("length", 0, |cv| bome(length(&cv.1))),
        ("has", 1, |cv| unary(cv, |value, key| has(&value, &key))),
        ("contains", 1, |cv| unary(cv, |value, part| contains(&value, &part).map(Value::from))),
        ("indices", 1, |cv| unary(cv, |value, part| value.indices(&part))),
        ("bsearch", 1, |cv| unary(cv, |value, sought| bsearch(&value, &sought))),
        ("not_a_number", 0, |_| bome(Ok(Value::from(f64::NAN)))),
        ("tojson", 0, |cv| bome(Ok(cv.1.json_text()))),
        ("fromjson", 0, |cv| bome(strings::from_json(&cv.1))),
        ("tonumber", 0, |cv| bome(strings::to_number(&cv.1))),
    ]
}

fn length(value: &Value) -> ValR {
    Ok(match &value.kind {
        Kind::Null => Value::from(0_usize),
        Kind::Bool(_) => return Err(error(format_args!("{value} has no length"))),
        Kind::Number(number) => Value::number(number.magnitude()),
        Kind::Text(text) => Value::from(crate::value::characters(text)),
        Kind::Array(_) => Value::from(value.as_items().unwrap_or_default().len()),
        Kind::Object(object) => Value::from(object.len()),
    })
}

fn has(value: &Value, key: &Value) -> ValR {
    match (&value.kind, &key.kind) {
        (Kind::Null, _) => Ok(Value::from(false)),
        (Kind::Object(object), Kind::Text(key)) => Ok(Value::from(object.get(key).is_some())),
        (Kind::Array(_), Kind::Number(number)) => {
            let items = value.as_items().unwrap_or_default().len();
            Ok(Value::from(usize::try_from(number.truncated()).is_ok_and(|at| at < items)))
        }
        _ => Err(error(format_args!("Cannot check whether {} has a {} key", value.type_name(), key.type_name()))),
    }
}

fn contains(value: &Value, part: &Value) -> Result<bool, jaq_core::Error<Value>> {
    crate::budget::step(1);
    Ok(match (&value.kind, &part.kind) {
        (Kind::Object(value), Kind::Object(part)) => {
            for (key, part) in part.entries() {
                match value.get(key) {
                    Some(value) if contains(value, part)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Kind::Array(_), Kind::Array(_)) => {
            for part in part.as_items().unwrap_or_default() {
                let mut is_there = false;
                for value in value.as_items().unwrap_or_default() {
                    // Of different types: not an error within arrays and objects.
                    is_there = is_there || (value.type_name() == part.type_name() && contains(value, part)?);
                }
                if !is_there {
                    return Ok(false);
                }
            }
            true
        }
        (Kind::Text(value), Kind::Text(part)) => {
            crate::budget::step((value.len() as u64 + part.len() as u64) / 16);
            value.contains(part.as_str())
        }
        _ if value.type_name() == part.type_name() => value == part,
        _ => return Err(error(format_args!("{value} and {part} cannot have their containment checked"))),
    })
}

fn bsearch(value: &Value, sought: &Value) -> ValR {
    match value.as_items() {
        Some(items) => Ok(match items.binary_search(sought) {
            Ok(at) => Value::from(at),
            Err(at) => (Value::from(-1_isize) - Value::from(at))?,
        }),
        None => Err(error(format_args!("{value} cannot be searched from"))),
    }
}

/// The text of a value, or jq's error.
fn text_of<'v>(value: &'v Value, words: &str) -> Result<&'v str, jaq_core::Error<Value>> {
    value.as_text().map(|text| text.as_str()).ok_or_else(|| error(format_args!("{value} {words}")))
}

/// The last two arguments of a call, in order, and its input.
fn two_arguments(mut cv: Cv<'_, Fenced>) -> (Value, Value, Value) {
    let second = cv.0.pop_var();
    let first = cv.0.pop_var();
    (cv.1, first, second)
}

#[cfg(test)]
mod tests;
