//! Values as JSON, as `jq -c` prints them.

use std::fmt::{self, Write};

use super::{Kind, Value};

/// Writes a value as JSON.
pub(crate) fn write_json(out: &mut impl Write, value: &Value) -> fmt::Result {
    match &value.kind {
        Kind::Null => out.write_str("null"),
        Kind::Bool(is) => out.write_str(if *is { "true" } else { "false" }),
        Kind::Number(number) => write!(out, "{number}"),
        Kind::Text(text) => write_text(out, text),
        Kind::Array(array) => {
            out.write_char('[')?;
            for (place, item) in array.items.iter().enumerate() {
                if place > 0 {
                    out.write_char(',')?;
                }
                write_json(out, item)?;
            }
            out.write_char(']')
        }
        Kind::Object(object) => {
            out.write_char('{')?;
            for (place, (key, item)) in object.entries().iter().enumerate() {
                if place > 0 {
                    out.write_char(',')?;
                }
                write_text(out, key)?;
                out.write_char(':')?;
                write_json(out, item)?;
            }
            out.write_char('}')
        }
    }
}

fn write_text(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..=0x1f | 0x7f => "",
            _ => continue,
        };
        out.write_str(&text[plain..at])?;
        if short.is_empty() {
            write!(out, "\\u{byte:04x}")?;
        } else {
            out.write_str(short)?;
        }
        plain = at + 1;
    }
    out.write_str(&text[plain..])?;
    out.write_char('"')
}

/// A writer that fails where more than so many bytes would be written.
pub(crate) struct Limited {
    pub(crate) text: String,
    pub(crate) bytes_max: usize,
}

impl Write for Limited {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.text.len() + part.len() > self.bytes_max {
            let cut = part.floor_char_boundary(self.bytes_max - self.text.len());
            self.text.push_str(&part[..cut]);
            return Err(fmt::Error);
        }
        self.text.push_str(part);
        Ok(())
    }
}

impl Value {
    /// As JSON, if that has at most so many bytes.
    pub(crate) fn to_json(&self, bytes_max: usize) -> Option<String> {
        let mut out = Limited { text: String::new(), bytes_max };
        write_json(&mut out, self).ok().map(|()| out.text)
    }
}

/// The beginning of a value as jq shows it in an error: at most 14 bytes.
pub(crate) struct Dump<'v>(pub(crate) &'v Value);

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Limited { text: String::new(), bytes_max: 14 };
        match write_json(&mut out, self.0) {
            Ok(()) => f.write_str(&out.text),
            Err(_) => write!(f, "{}...", &out.text[..out.text.floor_char_boundary(11)]),
        }
    }
}

impl fmt::Display for Value {
    /// Its type and its beginning: for errors.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.type_name(), Dump(self))
    }
}
