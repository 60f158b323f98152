//! One look at a record: that it is JSON, and where in it lies what paths name. Nothing is built and nothing is copied.
//!
//! What it lets through `serde_json` lets through; what is not plain, an escape in a key or a great depth, it leaves to the
//! way that is slower and says why.

use crate::paths::Node;
use crate::plain;

/// So many paths at most: where they lie is kept without an allocation.
pub(crate) const PATHS_MAX: usize = 16;
/// So deep at most.
const DEPTH_MAX: usize = 64;

/// Where the value of each path lies in the text; from nowhere to nowhere where there is none.
pub(crate) type Spans = [(usize, usize); PATHS_MAX];

/// What no value is.
pub(crate) const NOWHERE: (usize, usize) = (0, 0);

/// Where the values lie that end the paths of `tree`; none where the text is not JSON, or nothing plain. Of entries with one
/// key the last counts.
pub(crate) fn see(text: &str, tree: &Node) -> Option<Spans> {
    let mut sight = Sight { bytes: text.as_bytes(), at: 0, spans: [NOWHERE; PATHS_MAX] };
    sight.blank();
    if sight.next()? != b'{' {
        return None;
    }
    sight.object(tree, 0)?;
    sight.blank();
    (sight.at == text.len()).then_some(sight.spans)
}

struct Sight<'t> {
    bytes: &'t [u8],
    at: usize,
    spans: Spans,
}

impl Sight<'_> {
    #[inline]
    fn next(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over white space.
    #[inline]
    fn blank(&mut self) {
        if self.next().is_some_and(|byte| byte > b' ') {
            return;
        }
        while self.next().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes a sign with white space before it and behind.
    #[inline]
    fn sign(&mut self, sign: u8) -> Option<()> {
        if self.next()? != sign {
            self.blank();
            (self.next()? == sign).then_some(())?;
        }
        self.at += 1;
        self.blank();
        Some(())
    }

    /// Goes on to the next entry or element; false where there is none, behind `end`.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        if self.next()? <= b' ' {
            self.blank();
        }
        let sign = self.next()?;
        self.at += 1;
        if sign == b',' {
            self.blank();
            return Some(true);
        }
        (sign == end).then_some(false)
    }

    /// An object in which paths go on.
    fn object(&mut self, node: &Node, depth: usize) -> Option<()> {
        (depth < DEPTH_MAX).then_some(())?;
        // This one takes the place of one before it with the same key.
        for path in &node.all {
            self.spans[*path] = NOWHERE;
        }
        self.at += 1;
        self.blank();
        if self.next()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let start = self.at + 1;
            let is_plain = self.string()?;
            let key = &self.bytes[start..self.at - 1];
            self.sign(b':')?;
            is_plain.then_some(())?;
            match node.children.iter().find(|(known, _)| known.as_bytes() == key) {
                Some((_, child)) => self.value(child, depth + 1)?,
                None => self.pass(depth + 1)?,
            }
            if !self.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    /// A value that is named by paths.
    fn value(&mut self, node: &Node, depth: usize) -> Option<()> {
        if node.children.is_empty() {
            let start = self.at;
            self.pass(depth)?;
            for path in &node.ends {
                self.spans[*path] = (start, self.at);
            }
            return Some(());
        }
        // One path that ends where another goes on, or one that goes on where nothing can be indexed: rare, and not plain.
        (node.ends.is_empty() && self.next()? == b'{').then_some(())?;
        self.object(node, depth)
    }

    /// Any value.
    fn pass(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            b'"' => self.string().map(drop),
            b'{' => self.members(b'}', depth, |own| {
                (own.next()? == b'"').then_some(())?;
                own.string()?;
                own.sign(b':')
            }),
            b'[' => self.members(b']', depth, |_| Some(())),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    #[inline]
    fn members(&mut self, end: u8, depth: usize, key: impl Fn(&mut Self) -> Option<()>) -> Option<()> {
        (depth < DEPTH_MAX).then_some(())?;
        self.at += 1;
        self.blank();
        if self.next()? == end {
            self.at += 1;
            return Some(());
        }
        loop {
            key(self)?;
            self.pass(depth + 1)?;
            if !self.goes_on(end)? {
                return Some(());
            }
        }
    }

    #[inline]
    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then_some(())?;
        self.at += word.len();
        Some(())
    }

    #[inline]
    fn digits(&mut self) -> Option<()> {
        let count = plain::digits(self.bytes, self.at);
        self.at += count;
        (count > 0).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.next()? == b'-' {
            self.at += 1;
        }
        if self.next()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.next() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.next(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.next(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// A string; says whether it is without escapes.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        (self.next()? == b'"').then_some(())?;
        self.at += 1;
        let mut is_plain = true;
        loop {
            self.at += plain::before_special(self.bytes, self.at);
            match self.next()? {
                b'"' => {
                    self.at += 1;
                    return Some(is_plain);
                }
                b'\\' => {
                    is_plain = false;
                    self.escape()?;
                }
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        self.at += 2;
        match self.bytes.get(self.at - 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }
}
