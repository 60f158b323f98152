//! The tags of an object.

use penstock_format::excerpt;

use crate::limits::{OBJECT_TAGS_MAX, TAG_KEY_UNITS_MAX, TAG_VALUE_UNITS_MAX};

/// Tags, 1 to [`OBJECT_TAGS_MAX`], no key twice, in the order in which they are written.
///
/// Source of the rules: the S3 user guide, "Categorizing your objects using tags".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectTags {
    tags: Vec<(String, String)>,
    header: String,
}

impl ObjectTags {
    /// The tags that `key=value&key=value` is, each character as it is or as `%XX` of its UTF-8.
    ///
    /// A `+` is itself: it is a character that tags may have, and nobody who writes one means a space.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tags: Vec<(String, String)> = Vec::new();
        for written in text.split('&') {
            let (key, value) = written
                .split_once('=')
                .ok_or_else(|| format!("{} is not a tag, expected key=value", excerpt(written)))?;
            let (key, value) = (decoded(key)?, decoded(value)?);
            check_key(&key)?;
            check_length("value", &value, 0, TAG_VALUE_UNITS_MAX)?;
            check_characters("value", &value)?;
            if tags.iter().any(|(known, _)| *known == key) {
                return Err(format!("the tag {} stands twice, expected each key once", excerpt(&key)));
            }
            if tags.len() == OBJECT_TAGS_MAX {
                return Err(format!("{} is one tag too many, expected at most {OBJECT_TAGS_MAX}", excerpt(written)));
            }
            tags.push((key, value));
        }
        let encoded: Vec<String> =
            tags.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value))).collect();
        Ok(Self { header: encoded.join("&"), tags })
    }

    /// Keys and values.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// What `x-amz-tagging` says: the same tags have the same text, however they were written.
    pub fn as_header(&self) -> &str {
        &self.header
    }
}

fn check_key(key: &str) -> Result<(), String> {
    check_length("key", key, 1, TAG_KEY_UNITS_MAX)?;
    check_characters("key", key)?;
    // Such keys are AWS's own; S3 refuses them from anybody else.
    if key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:")) {
        return Err(format!("the tag key {} begins with aws:, which is AWS's own", excerpt(key)));
    }
    Ok(())
}

fn check_length(what: &str, text: &str, min: usize, max: usize) -> Result<(), String> {
    let units = text.encode_utf16().count();
    if (min..=max).contains(&units) {
        return Ok(());
    }
    Err(format!("the tag {what} {} has {units} characters, expected {min} to {max}", excerpt(text)))
}

fn check_characters(what: &str, text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "+-=._:/@".contains(c);
    match text.chars().find(|c| !allowed(*c)) {
        None => Ok(()),
        Some(found) => Err(format!(
            "the tag {what} {} has a {found:?}, expected letters, digits, spaces and + - = . _ : / @",
            excerpt(text)
        )),
    }
}

/// `%XX` taken for the byte that it is.
fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match after {
            [high, low, after @ ..] if digit(high).is_some() && digit(low).is_some() => {
                bytes.push(digit(high).unwrap_or(0) << 4 | digit(low).unwrap_or(0));
                rest = after;
            }
            _ => return Err(format!("{} has a % that is not followed by two hexadecimal digits", excerpt(text))),
        }
    }
    String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8 once its %XX are taken for bytes", excerpt(text)))
}

/// Everything but RFC 3986's unreserved characters as `%XX`: no reader of queries takes it for anything else.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}
