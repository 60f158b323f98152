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
            Some(b'"') => self.string().map(drop),
            Some(b'{') => self.object(|scanner, _| scanner.skip_within(depth)),
            Some(b'[') => self.array(|scanner| scanner.skip_within(depth)),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            _ => self.number().map(drop),
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
