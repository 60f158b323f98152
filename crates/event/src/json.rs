//! A walk over JSON text that borrows: what is not asked for is passed over, and nothing is built.
//!
//! Strict where it reads, and no deeper than [`JSON_DEPTH_MAX`] where it passes over. It knows nothing of Kinesis.

use std::borrow::Cow;

use super::EventError;
use crate::limits::JSON_DEPTH_MAX;

/// A string as it stands between its quotes: its bytes, and whether there are escapes among them.
#[derive(Clone, Copy)]
pub(super) struct RawString<'e> {
    bytes: &'e [u8],
    escaped: bool,
}

impl<'e> RawString<'e> {
    /// The bytes between the quotes, with escapes, if any, as they are written.
    pub(super) fn raw(self) -> &'e [u8] {
        self.bytes
    }

    /// Whether what it stands for is what is written.
    pub(super) fn is_plain(self) -> bool {
        !self.escaped
    }

    /// The bytes it stands for.
    pub(super) fn bytes(self) -> Result<Cow<'e, [u8]>, EventError> {
        if self.escaped {
            return Ok(Cow::Owned(self.unescape()?.into_bytes()));
        }
        Ok(Cow::Borrowed(self.bytes))
    }

    /// The text it stands for.
    pub(super) fn text(self) -> Result<Cow<'e, str>, EventError> {
        if self.escaped {
            return Ok(Cow::Owned(self.unescape()?));
        }
        let text = std::str::from_utf8(self.bytes).map_err(|_| EventError::malformed("a string is not UTF-8"))?;
        if text.bytes().any(|byte| byte < 0x20) {
            return Err(EventError::malformed("a string holds a control character"));
        }
        Ok(Cow::Borrowed(text))
    }

    /// Escapes are rare: a partition key with a quote in it, a writer that escapes slashes. A library reads them.
    fn unescape(self) -> Result<String, EventError> {
        let mut quoted = Vec::with_capacity(self.bytes.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(self.bytes);
        quoted.push(b'"');
        serde_json::from_slice(&quoted).map_err(|_| EventError::malformed("a string has a bad escape"))
    }
}

/// A place in the text.
pub(super) struct Scanner<'e> {
    text: &'e [u8],
    at: usize,
}

impl<'e> Scanner<'e> {
    pub(super) fn new(text: &'e [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'e [u8] {
        &self.text[self.at..]
    }

    /// Passes over so many bytes, of which somebody else knows what they are.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The next byte that is not white space, without taking it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
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
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), EventError> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Nothing but white space is left.
    pub(super) fn end(&mut self) -> Result<(), EventError> {
        if self.peek().is_none() { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Calls `member` with each key of an object; it must take the value.
    #[inline]
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'e [u8]) -> Result<(), EventError>,
    ) -> Result<(), EventError> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            key.text()?;
            self.expect(b':')?;
            member(self, key.raw())?;
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    /// Calls `element` for each element of an array; it must take the value.
    pub(super) fn array(
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
    pub(super) fn string(&mut self) -> Result<RawString<'e>, EventError> {
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
                return Ok(RawString { bytes: &self.text[start..self.at - 1], escaped });
            }
            escaped = true;
            self.at += 1;
            if self.at > self.text.len() {
                return Err(EventError::malformed("the event ends within a string"));
            }
        }
    }

    /// The text of a number.
    pub(super) fn number(&mut self) -> Result<&'e str, EventError> {
        self.peek();
        let rest = &self.text[self.at..];
        let digits = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.iter().take_while(|byte| digits(byte)).count();
        if length == 0 {
            return Err(self.unexpected());
        }
        self.at += length;
        Ok(std::str::from_utf8(&rest[..length]).expect("digits and signs are ASCII"))
    }

    /// Passes over a value of any kind.
    pub(super) fn skip(&mut self) -> Result<(), EventError> {
        self.skip_within(JSON_DEPTH_MAX)
    }

    fn skip_within(&mut self, depth: usize) -> Result<(), EventError> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(EventError::malformed("the event is nested too deep"));
        };
        match self.peek() {
            Some(b'"') => self.string()?.text().map(drop),
            Some(b'{') => self.object(|scanner, _| scanner.skip_within(depth)),
            Some(b'[') => self.array(|scanner| scanner.skip_within(depth)),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => {
                let at = self.at;
                let number = self.number()?;
                if is_number(number) {
                    Ok(())
                } else {
                    Err(EventError::malformed(format!("no JSON number at byte {at}")))
                }
            }
        }
    }

    /// Takes `null` if it is next.
    pub(super) fn null(&mut self) -> bool {
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

/// Whether it is a number by JSON's grammar. Source: RFC 8259, section 6.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(mantissa, e)| (mantissa, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, f)| (whole, Some(f)));
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
