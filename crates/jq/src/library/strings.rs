//! Texts: what jaq's natives leave out.

use jaq_core::Error;

use super::text_of;
use crate::budget::step;
use crate::number::Number;
use crate::value::{Dump, Kind, ValR, Value, error};

/// The value of a text that is JSON.
pub(super) fn from_json(value: &Value) -> ValR {
    let text = text_of(value, "only strings can be parsed")?;
    step(text.len() as u64 / 16);
    Value::from_json(text.as_bytes()).map_err(|wrong| error(format_args!("{wrong} (while parsing '{}')", Dump(value))))
}

/// A number, or the number that a text is.
pub(super) fn to_number(value: &Value) -> ValR {
    let cannot = || -> Error<Value> { error(format_args!("{value} cannot be parsed as a number")) };
    match &value.kind {
        Kind::Number(_) => Ok(value.clone()),
        Kind::Text(text) => {
            step(text.len() as u64 / 16);
            let text = text.trim_matches([' ', '\t', '\n', '\r']);
            let is_number = text.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
            let is_json = is_number && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            if is_json { Ok(Value::number(Number::read(text))) } else { Err(cannot()) }
        }
        _ => Err(cannot()),
    }
}
