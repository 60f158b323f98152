//! Firehose's `FileExtension`: replaces the extension that a format would give.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::excerpt::excerpt;
use crate::limits::FILE_EXTENSION_CHARACTERS_MAX;

/// An extension with its dot, or empty, which in Firehose means that none is configured.
///
/// Firehose's pattern is `^$|\.[0-9a-z!\-_.*'()]+`, at most 128 characters. One thing more is refused: a UUID within,
/// which could not be told from the id that ends an object's name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct FileExtension(String);

/// What [`FileExtension::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileExtensionError {
    /// Not of Firehose's pattern, or too long.
    #[error(
        "file extension {0} is not empty, nor a dot and 0-9 a-z ! - _ . * ' ( ), \
         of at most {FILE_EXTENSION_CHARACTERS_MAX} characters together"
    )]
    Pattern(String),
    /// It holds a UUID.
    #[error("file extension {0} holds a UUID, which could not be told from the id in the object's name")]
    Uuid(String),
}

impl FileExtension {
    /// Takes the extension as configured.
    pub fn parse(text: &str) -> Result<Self, FileExtensionError> {
        check(text).map(|()| Self(text.to_owned()))
    }

    /// The extension with its dot, or nothing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What [`FileExtension::parse`] checks, without keeping the text.
pub(crate) fn check(text: &str) -> Result<(), FileExtensionError> {
    let rest = match text.strip_prefix('.') {
        None if text.is_empty() => return Ok(()),
        Some(rest) if !rest.is_empty() && text.len() <= FILE_EXTENSION_CHARACTERS_MAX => rest,
        None | Some(_) => return Err(FileExtensionError::Pattern(excerpt(text))),
    };
    let fits = |c: u8| c.is_ascii_digit() || c.is_ascii_lowercase() || b"!-_.*'()".contains(&c);
    if !rest.bytes().all(fits) {
        return Err(FileExtensionError::Pattern(excerpt(text)));
    }
    if last_uuid(text).is_some() {
        return Err(FileExtensionError::Uuid(excerpt(text)));
    }
    Ok(())
}

/// The last hyphenated, lower-case UUID in a text, and the byte after it.
pub(crate) fn last_uuid(text: &str) -> Option<(Uuid, usize)> {
    const LENGTH: usize = uuid::fmt::Hyphenated::LENGTH;
    (LENGTH..=text.len()).rev().find_map(|end| {
        let candidate = text.get(end - LENGTH..end)?;
        let hyphenated = candidate.bytes().enumerate().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == b'-',
            _ => matches!(c, b'0'..=b'9' | b'a'..=b'f'),
        });
        hyphenated.then(|| Uuid::try_parse(candidate).ok()).flatten().map(|uuid| (uuid, end))
    })
}

impl fmt::Display for FileExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FileExtension {
    type Err = FileExtensionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_firehose_takes() {
        let longest = format!(".{}", "x".repeat(127));
        let too_long = format!(".{}", "x".repeat(128));
        for (name, text, valid) in [
            ("empty", "", true),
            ("json", ".json", true),
            ("two", ".json.gz", true),
            ("all kinds", ".a0!-_.*'()", true),
            ("128", longest.as_str(), true),
            ("129", too_long.as_str(), false),
            ("no dot", "json", false),
            ("only a dot", ".", false),
            ("upper case", ".JSON", false),
            ("slash", ".a/b", false),
            ("not ascii", ".é", false),
            ("a uuid", ".x-00000000-0000-0000-0000-000000000000", false),
            ("almost a uuid", ".x-00000000-0000-0000-0000-00000000000", true),
        ] {
            assert_eq!(FileExtension::parse(text).is_ok(), valid, "{name}");
        }
        let error = FileExtension::parse(".JSON").unwrap_err().to_string();
        assert_eq!(
            error,
            "file extension \".JSON\" is not empty, nor a dot and 0-9 a-z ! - _ . * ' ( ), \
             of at most 128 characters together"
        );
    }

    #[test]
    fn k1_the_last_uuid_is_found() {
        let a = "00000000-0000-8000-8000-00000000000a";
        let b = "00000000-0000-8000-8000-00000000000b";
        for (name, text, expected) in [
            ("alone", a.to_owned(), Some((a, 36))),
            ("the last of two", format!("{a}é{b}.gz"), Some((b, 74))),
            ("in more digits", format!("ff{a}"), Some((a, 38))),
            ("upper case", a.to_uppercase(), None),
            ("none", "a-b".to_owned(), None),
        ] {
            let found = last_uuid(&text).map(|(uuid, end)| (uuid.to_string(), end));
            assert_eq!(found, expected.map(|(uuid, end)| (uuid.to_owned(), end)), "{name}");
        }
    }
}
