//! The text of one JSON value, known to be valid: its kind, its characters, its compact form.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonKind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonKind {
    /// Of the value that `text` writes, by its first byte.
    pub(crate) fn of(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'"') => Self::String,
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') => Self::Null,
            _ => Self::Number,
        }
    }

    /// With its article, for messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A string has `\ud800` to `\udfff` without its other half, which no character is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LoneSurrogate;

/// Appends the characters of a string; `inner` is what stands between its quotes.
#[inline]
pub(crate) fn unescape(inner: &str, out: &mut String) -> Result<(), LoneSurrogate> {
    match memchr::memchr(b'\\', inner.as_bytes()) {
        None => {
            out.push_str(inner);
            Ok(())
        }
        Some(first) => unescape_from(inner, first, out),
    }
}

fn unescape_from(inner: &str, first: usize, out: &mut String) -> Result<(), LoneSurrogate> {
    let mut rest = inner;
    let mut next = Some(first);
    while let Some(at) = next {
        out.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let mut length = 1;
        out.push(match escape.as_bytes().first() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = unit(escape).ok_or(LoneSurrogate)?;
                length = 5;
                if let Some(character) = char::from_u32(high) {
                    character
                } else {
                    let low = escape.get(5..).filter(|rest| rest.starts_with("\\u"));
                    let low = low.and_then(|rest| unit(&rest[1..])).filter(|low| (0xdc00..0xe000).contains(low));
                    let low = low.filter(|_| high < 0xdc00).ok_or(LoneSurrogate)?;
                    length = 11;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).ok_or(LoneSurrogate)?
                }
            }
            Some(&other) => char::from(other),
            None => break,
        });
        rest = &escape[length..];
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    out.push_str(rest);
    Ok(())
}

/// The number in `uXXXX`.
fn unit(escape: &str) -> Option<u32> {
    u32::from_str_radix(escape.get(1..5)?, 16).ok()
}

/// Appends a value without the white space between its parts; what its strings hold stays as it is written.
pub(crate) fn minify(text: &str, out: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(['"', ' ', '\n', '\r', '\t']).unwrap_or(rest.len());
        out.push_str(&rest[..end]);
        rest = &rest[end..];
        if rest.starts_with('"') {
            let length = string_length(rest);
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        } else {
            rest = rest.trim_start_matches([' ', '\n', '\r', '\t']);
        }
    }
}

/// Bytes of the string that `text` begins with, quotes and all.
fn string_length(text: &str) -> usize {
    let mut at = 1;
    while let Some(step) = memchr::memchr2(b'"', b'\\', text.as_bytes().get(at..).unwrap_or_default()) {
        at += step;
        if text.as_bytes()[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_those_that_serde_json_reads() {
        for inner in [
            "",
            "plain é 日",
            r"\n\t\r\b\f\/\\\u0022",
            r"a\u00e9b\u65E5",
            r"\ud83d\ude00 and \uD83D\uDE00",
            r"\u0000end\\",
            r"\ud800",
            r"\udc00\ud800",
            r"\ud800\u0041",
            r"\ud800x",
            r"\ud800\n",
        ] {
            let mut out = String::from("before ");
            let ours = unescape(inner, &mut out).map(|()| out.split_off(7)).ok();
            assert_eq!(ours, serde_json::from_str::<String>(&format!("\"{inner}\"")).ok(), "{inner}");
        }
    }

    #[test]
    fn white_space_goes_but_not_in_strings() {
        for (text, compact) in [
            (" [ 1 , 2.50 ,\n\t\"a b\\\" c\" ]\r", "[1,2.50,\"a b\\\" c\"]"),
            ("{ \"k\\\\\" : { } }", "{\"k\\\\\":{}}"),
            ("\"é \"", "\"é \""),
            ("-1e5", "-1e5"),
        ] {
            let mut out = String::new();
            minify(text, &mut out);
            assert_eq!(out, compact);
        }
    }
}
