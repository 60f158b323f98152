//! The formats: `@csv`, `@tsv`, `@html`, `@uri`, `@sh`, `@base64`, `@base32` and back.

use std::fmt::Write as _;

use jaq_core::native::unary;

use super::{Native, text_of};
use crate::budget::step;
use crate::value::{Kind, ValR, Value, error};

pub(super) fn natives() -> Vec<Native> {
    vec![("format", 1, |cv| unary(cv, |value, name| format(&value, &name)))]
}

fn format(value: &Value, name: &Value) -> ValR {
    step(value.bytes() as u64 / 64);
    let name = text_of(name, "is not a valid format")?;
    let text = match name {
        "text" => return Ok(jaq_core::ValT::into_string(value.clone())),
        "json" => return Ok(value.json_text()),
        "csv" => row(value, "csv", ",", csv_cell)?,
        "tsv" => row(value, "tsv", "\t", tsv_cell)?,
        "sh" => sh(value)?,
        "html" => escaped(value, html),
        "uri" => escaped(value, uri),
        "base64" => base64_simd::STANDARD.encode_to_string(text(value).as_bytes()),
        "base64d" => {
            let decoded = unpacked::<6>(text(value).as_bytes(), base64_digit);
            let decoded = decoded.ok_or_else(|| error(format_args!("{value} is not valid base64 data")))?;
            String::from_utf8_lossy(&decoded).into_owned()
        }
        "base32" => base32(text(value).as_bytes()),
        "base32d" => {
            let decoded = unpacked::<5>(text(value).as_bytes(), base32_digit);
            let decoded = decoded.ok_or_else(|| error(format_args!("{value} is not valid base32 data")))?;
            String::from_utf8_lossy(&decoded).into_owned()
        }
        _ => return Err(error(format_args!("{name} is not a valid format"))),
    };
    Ok(Value::text(text))
}

/// A string as it is, anything else as JSON.
fn text(value: &Value) -> String {
    let text = jaq_core::ValT::into_string(value.clone());
    text.as_text().map_or_else(String::new, |text| text.as_str().to_owned())
}

fn row(
    value: &Value,
    name: &str,
    between: &str,
    cell: fn(&mut String, &str),
) -> Result<String, jaq_core::Error<Value>> {
    let cells =
        value.as_items().ok_or_else(|| error(format_args!("{value} cannot be {name}-formatted, only array")))?;
    let mut row = String::new();
    for (place, item) in cells.iter().enumerate() {
        row.push_str(if place > 0 { between } else { "" });
        match &item.kind {
            Kind::Null => {}
            Kind::Bool(_) => row.push_str(&text(item)),
            Kind::Number(number) if number.is_nan() => {}
            Kind::Number(number) => row.push_str(&number.to_string()),
            Kind::Text(text) => cell(&mut row, text),
            _ => return Err(error(format_args!("{item} is not valid in a csv row"))),
        }
    }
    Ok(row)
}

fn csv_cell(row: &mut String, text: &str) {
    row.push('"');
    row.push_str(&text.replace('"', "\"\""));
    row.push('"');
}

fn tsv_cell(row: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\t' => row.push_str("\\t"),
            '\n' => row.push_str("\\n"),
            '\r' => row.push_str("\\r"),
            '\\' => row.push_str("\\\\"),
            c => row.push(c),
        }
    }
}

fn sh(value: &Value) -> Result<String, jaq_core::Error<Value>> {
    let word = |item: &Value| match &item.kind {
        Kind::Text(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        Kind::Array(_) | Kind::Object(_) => Err(error(format_args!("{item} can not be escaped for shell"))),
        _ => Ok(text(item)),
    };
    match value.as_items() {
        Some(items) => items.iter().map(word).collect::<Result<Vec<_>, _>>().map(|words| words.join(" ")),
        None => word(value),
    }
}

fn escaped(value: &Value, escape: fn(&mut String, char)) -> String {
    let mut out = String::new();
    text(value).chars().for_each(|c| escape(&mut out, c));
    out
}

fn html(out: &mut String, c: char) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '\'' => out.push_str("&#39;"),
        '"' => out.push_str("&quot;"),
        c => out.push(c),
    }
}

fn uri(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c) {
        out.push(c);
    } else {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn base32_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'2'..=b'7' => byte - b'2' + 26,
        _ => return None,
    })
}

/// The bytes that digits of so many bits stand for; padding may be missing, as jq lets it.
fn unpacked<const BITS: u32>(digits: &[u8], digit: fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let end = digits.iter().position(|byte| *byte == b'=').unwrap_or(digits.len());
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in &digits[..end] {
        held = (held << BITS) | u32::from(digit(*byte)?);
        bits += BITS;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap_or(0));
            held &= (1 << bits) - 1;
        }
    }
    let is_some = !bytes.is_empty() || end == 0;
    is_some.then_some(bytes)
}

fn base32(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let held = (0..5).fold(0_u64, |held, at| (held << 8) | u64::from(chunk.get(at).copied().unwrap_or(0)));
        let digits = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let digit = DIGITS[usize::try_from(held >> (35 - 5 * at) & 31).unwrap_or(0)];
            out.push(if at < digits { char::from(digit) } else { '=' });
        }
    }
    out
}
