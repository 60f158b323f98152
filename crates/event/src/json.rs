//! A walk over JSON text that borrows: what is not asked for is passed over, and nothing is built.
//!
//! Strict where it reads, and no deeper than [`JSON_DEPTH_MAX`] where it passes over. It knows nothing of Kinesis.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::IgnoredAny;

use crate::error::EventError;
use crate::limits::JSON_DEPTH_MAX;

/// A string as it stands between its quotes: its bytes, and whether there are escapes among them.
#[derive(Clone, Copy)]
pub(crate) struct RawString<'e> {
    start: usize,
    bytes: &'e [u8],
    escaped: bool,
}

impl<'e> RawString<'e> {
    /// The bytes between the quotes, with escapes, if any, as they are written.
    pub(crate) fn raw(self) -> &'e [u8] {
        self.bytes
    }

    /// Where in the text they stand.
    pub(crate) fn at(self) -> Range<usize> {
        self.start..self.start + self.bytes.len()
    }

    /// The bytes it stands for.
    pub(crate) fn bytes(self) -> Result<Cow<'e, [u8]>, EventError> {
        if self.escaped {
            return Ok(Cow::Owned(self.unescape()?.into_bytes()));
        }
        Ok(Cow::Borrowed(self.bytes))
    }

    /// The text it stands for.
    pub(crate) fn text(self) -> Result<Cow<'e, str>, EventError> {
        if self.escaped {
            return Ok(Cow::Owned(self.unescape()?));
        }
        Ok(Cow::Borrowed(self.plain()?))
    }

    /// Whether it is a string at all, where nobody asks what it stands for.
    #[inline]
    pub(crate) fn check(self) -> Result<(), EventError> {
        if !self.escaped && is_plain(self.bytes) {
            return Ok(());
        }
        self.check_closely()
    }

    #[cold]
    fn check_closely(self) -> Result<(), EventError> {
        let text = self.plain()?;
        if self.escaped {
            // Half a surrogate pair is an escape by JSON's grammar, though it stands for no text.
            serde_json::from_str::<IgnoredAny>(&format!("\"{text}\"")).map_err(|_| bad_escape())?;
        }
        Ok(())
    }

    /// The text between the quotes, as it is written.
    fn plain(self) -> Result<&'e str, EventError> {
        let text = std::str::from_utf8(self.bytes).map_err(|_| EventError::malformed("a string is not UTF-8"))?;
        // Without an early end, so that it is done by words.
        if text.bytes().fold(0, |found, byte| found | u8::from(byte < 0x20)) != 0 {
            return Err(EventError::malformed("a string holds a control character"));
        }
        Ok(text)
    }

    /// Escapes are rare: a partition key with a quote in it, a writer that escapes slashes. A library reads them.
    fn unescape(self) -> Result<String, EventError> {
        let mut quoted = Vec::with_capacity(self.bytes.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(self.bytes);
        quoted.push(b'"');
        serde_json::from_slice(&quoted).map_err(|_| bad_escape())
    }
}

/// Whether all of it is ASCII and none of it a control character: eight bytes at a time, the last of them twice.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let others = |eight: &[u8; 8]| {
        let eight = u64::from_le_bytes(*eight);
        (eight | eight.wrapping_sub(0x2020_2020_2020_2020)) & 0x8080_8080_8080_8080
    };
    match bytes.last_chunk::<8>() {
        Some(last) => bytes.as_chunks::<8>().0.iter().fold(others(last), |found, eight| found | others(eight)) == 0,
        None => bytes.iter().all(|byte| matches!(byte, 0x20..0x80)),
    }
}

fn bad_escape() -> EventError {
    EventError::malformed("a string has a bad escape")
}

/// A place in the text.
pub(crate) struct Scanner<'e> {
    text: &'e [u8],
    at: usize,
}

impl<'e> Scanner<'e> {
    pub(crate) fn new(text: &'e [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// All of the text.
    pub(crate) fn text(&self) -> &'e [u8] {
        self.text
    }

    /// Where it is.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Goes on at another place, up to which the text was read by other means.
    pub(crate) fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The next byte that is not white space, without taking it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Takes `byte` if it is next.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), EventError> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Nothing but white space is left.
    pub(crate) fn end(&mut self) -> Result<(), EventError> {
        if self.peek().is_none() { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Calls `member` with each key of an object; it must take the value.
    #[inline]
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'e [u8]) -> Result<(), EventError>,
    ) -> Result<(), EventError> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            key.check()?;
            self.expect(b':')?;
            member(self, key.raw())?;
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    /// Calls `element` for each element of an array; it must take the value.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), EventError>,
    ) -> Result<(), EventError> {
        self.expect(b'[')?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            element(self)?;
            if !self.take(b',') {
                return self.expect(b']');
            }
        }
    }

    #[inline]
    pub(crate) fn string(&mut self) -> Result<RawString<'e>, EventError> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = &self.text[self.at..];
            let Some(offset) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(EventError::malformed("the event ends within a string"));
            };
            self.at += offset + 1;
            if rest[offset] == b'"' {
                return Ok(RawString { start, bytes: &self.text[start..self.at - 1], escaped });
            }
            escaped = true;
            self.at += 1;
            if self.at > self.text.len() {
                return Err(EventError::malformed("the event ends within a string"));
            }
        }
    }

    /// The text of a number, by JSON's grammar.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<&'e str, EventError> {
        self.peek();
        let rest = &self.text[self.at..];
        let length = number_length(rest);
        if length == 0 {
            return Err(self.unexpected());
        }
        let number = std::str::from_utf8(&rest[..length]).expect("digits and signs are ASCII");
        if !is_number(number) {
            return Err(EventError::malformed(format!("a number that JSON does not know at byte {}", self.at)));
        }
        self.at += length;
        Ok(number)
    }

    /// Passes over a value of any kind.
    pub(crate) fn skip(&mut self) -> Result<(), EventError> {
        self.skip_within(JSON_DEPTH_MAX)
    }

    fn skip_within(&mut self, depth: usize) -> Result<(), EventError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(EventError::malformed("the event is nested too deep"));
        };
        match self.peek() {
            Some(b'"') => self.string()?.check(),
            Some(b'{') => self.object(|scanner, _| scanner.skip_within(depth)),
            Some(b'[') => self.array(|scanner| scanner.skip_within(depth)),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.number().map(drop),
        }
    }

    /// Takes `null` if it is next.
    pub(crate) fn null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.word(b"null").is_ok()
    }

    fn word(&mut self, word: &[u8]) -> Result<(), EventError> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.unexpected())
    }

    /// Says where, and not what: an event's content is not for logs.
    #[cold]
    fn unexpected(&mut self) -> EventError {
        if self.peek().is_none() {
            EventError::malformed("it ends too early")
        } else {
            EventError::malformed(format!("unexpected JSON at byte {}", self.at))
        }
    }
}

/// Bytes at the beginning of `rest` that a number may be of.
pub(crate) fn number_length(rest: &[u8]) -> usize {
    let digits = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    rest.iter().take_while(|byte| digits(byte)).count()
}

/// JSON's grammar. Source: RFC 8259, section 6.
pub(crate) fn is_number(text: &str) -> bool {
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_seen_at_every_place() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b' '; length];
                    bytes[at] = byte;
                    assert_eq!(is_plain(&bytes), byte.is_ascii() && byte >= 0x20, "{byte} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_those_of_jsons_grammar() {
        for text in ["0", "-0", "10", "0.5", "-1.50", "1e5", "1E+5", "0e-05", "12.5e10"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "1-1", "1.5.5", "1e5e5", "--1", "1e1.5"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
