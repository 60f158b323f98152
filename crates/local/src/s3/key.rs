//! Object keys and the plain file names they get.
//!
//! A key is any UTF-8 text of 1 to 1,024 bytes; a file name is not. An ordinary key is its own path: `a/b.txt`
//! lies at `a/b.txt`. Only what a file system cannot hold, or would read as something else, is escaped:
//!
//! | in the key | in the path |
//! | --- | --- |
//! | a control character (`U+0000` to `U+001F`, `U+007F`) | `%` and two upper-case hex digits |
//! | `%`, where an escape of this table would begin | `%25` (any other `%` stays) |
//! | a component `.` or `..` | `%2E`, `%2E.` |
//! | an empty component (leading, trailing or doubled `/`) | `%empty` |
//! | a component of more than 240 escaped bytes | pieces of at most 240, each but the last a folder ending in `%more` |
//!
//! One name cannot be a file and a folder. Where a folder's name is taken by a file the folder is marked `%dir`,
//! and a file whose name is taken by a folder is marked `%obj`. Which of the two happened depends on who came
//! first, so [`Key::pieces`] leaves marks out and the store adds them; [`decode_folder`] and [`decode_file`] take
//! them away.
//!
//! A path that a system call could not take as a whole lies at `%long/<SHA-256 of the key>` instead, and only its
//! document knows its key.
//!
//! Nothing here touches a file system. Keys that differ only in case or in Unicode normal form are different
//! keys with different paths: a file system that holds them for one name cannot keep both.

use std::fmt::{self, Write as _};

use super::checksum::hex;

/// Most bytes of a key, as AWS has it.
pub(super) const KEY_BYTES_MAX: usize = 1024;
/// Most bytes of an escaped name before it is cut; with every mark it stays below the 255 that file systems take.
const PIECE_BYTES_MAX: usize = 240;
/// Ends a folder that holds the rest of a long component.
const MORE: &str = "%more";
/// Ends a folder whose plain name is taken by a file.
pub(super) const FOLDER_MARK: &str = "%dir";
/// Ends a file whose plain name is taken by a folder.
pub(super) const FILE_MARK: &str = "%obj";
/// Stands for an empty component.
const EMPTY: &str = "%empty";
/// Holds the files of keys whose own path would be too long.
pub(super) const LONG_FOLDER: &str = "%long";
/// What a `%` begins besides a hex escape, without the `%`.
const WORDS: [&str; 5] = ["empty", "more", "dir", "obj", "long"];
/// Longest path below the bucket's folder. With the root it must stay below the system's `PATH_MAX`, which is 4,096
/// bytes on Linux and 1,024 on macOS.
const PATH_BYTES_MAX: usize = if cfg!(target_os = "linux") { 3000 } else { 700 };

/// The key of an object: 1 to 1,024 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(String);

/// A text that is no key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyError {
    /// AWS: `UserKeyMustBeSpecified`.
    #[error("the key is empty")]
    Empty,
    /// AWS: `KeyTooLongError`.
    #[error("the key has {0} bytes, more than 1024")]
    TooLong(usize),
}

impl Key {
    /// Checks the length: nothing else is wrong with any UTF-8 text.
    pub(super) fn new(text: impl Into<String>) -> Result<Self, KeyError> {
        let text = text.into();
        match text.len() {
            0 => Err(KeyError::Empty),
            1..=KEY_BYTES_MAX => Ok(Self(text)),
            bytes => Err(KeyError::TooLong(bytes)),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The names below the bucket's folder, outermost first, without marks. The last is the file's. None of them
    /// is empty, `.`, `..`, longer than 245 bytes or holds `/` or a control character.
    pub(super) fn pieces(&self) -> Vec<String> {
        let mut pieces = Vec::new();
        for component in self.0.split('/') {
            push_component(component, &mut pieces);
        }
        pieces
    }

    /// SHA-256 in hex: a name of fixed length for what belongs to the key.
    pub(super) fn digest(&self) -> String {
        use s3s::crypto::{Checksum as _, Sha256};

        hex(&Sha256::checksum(self.0.as_bytes()))
    }

    /// Where the key lies if its own path is too long.
    pub(super) fn long_path(&self, pieces: &[String]) -> Option<String> {
        let bytes: usize = pieces.iter().map(|piece| piece.len() + 1).sum();
        (bytes > PATH_BYTES_MAX).then(|| format!("{LONG_FOLDER}/{}", self.digest()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a folder's name adds to the keys below it: with the `/`, or without one when the component goes on inside.
/// The store must still ask whether the resulting key lives where it was found: a foreign name may decode to a key
/// whose own path is another.
pub(super) fn decode_folder(name: &str) -> String {
    let name = name.strip_suffix(FOLDER_MARK).unwrap_or(name);
    match name.strip_suffix(MORE) {
        Some(head) => unescape(head),
        None => unescape(name) + "/",
    }
}

/// What a file's name adds to its key.
pub(super) fn decode_file(name: &str) -> String {
    unescape(name.strip_suffix(FILE_MARK).unwrap_or(name))
}

/// The key of a path below the bucket's folder: the inverse of [`Key::pieces`], with or without marks.
#[cfg(test)]
fn decode(pieces: &[String]) -> String {
    let (file, folders) = pieces.split_last().expect("a path has a file name");
    folders.iter().map(|folder| decode_folder(folder)).collect::<String>() + &decode_file(file)
}

fn push_component(component: &str, pieces: &mut Vec<String>) {
    if component.is_empty() {
        pieces.push(EMPTY.to_owned());
        return;
    }
    let mut piece = String::new();
    for (at, character) in component.char_indices() {
        let start = piece.len();
        match character {
            '\0'..='\x1F' | '\x7F' => {
                write!(piece, "%{:02X}", u32::from(character)).expect("a String takes every write");
            }
            '%' if begins_escape(&component[at + 1..]) => piece.push_str("%25"),
            other => piece.push(other),
        }
        if piece.len() > PIECE_BYTES_MAX {
            let rest = piece.split_off(start);
            pieces.push(without_dots(std::mem::replace(&mut piece, rest)) + MORE);
        }
    }
    pieces.push(without_dots(piece));
}

/// A file system reads `.` and `..` as folders, whether they were a component or are what is left of a long one.
fn without_dots(piece: String) -> String {
    match piece.as_str() {
        "." => "%2E".to_owned(),
        ".." => "%2E.".to_owned(),
        _ => piece,
    }
}

fn begins_escape(rest: &str) -> bool {
    escaped_byte(rest).is_some() || WORDS.iter().any(|word| rest.starts_with(word))
}

/// The byte that the two hex digits after a `%` stand for, if this module writes them.
fn escaped_byte(rest: &str) -> Option<u8> {
    let digits = rest.as_bytes().get(..2)?;
    if !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')) {
        return None;
    }
    let byte = u8::from_str_radix(rest.get(..2)?, 16).ok()?;
    matches!(byte, 0x00..=0x1F | 0x7F | b'%' | b'.').then_some(byte)
}

fn unescape(name: &str) -> String {
    if name == EMPTY {
        return String::new();
    }
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match escaped_byte(rest) {
            Some(byte) => {
                text.push(char::from(byte));
                rest = &rest[2..];
            }
            None => text.push('%'),
        }
    }
    text + rest
}

#[cfg(test)]
mod tests;
