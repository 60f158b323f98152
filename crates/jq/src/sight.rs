//! One look at a record: that it is JSON, and where in it lies what paths name. Nothing is built and nothing is copied.
//!
//! What it lets through `serde_json` lets through; what is not plain, an escape in a key or a great depth, it leaves to the
//! way that is slower and says why.

use crate::paths::Node;
use crate::plain::{Specials, after_digits};

/// So many paths at most: where they lie is kept without an allocation.
pub(crate) const PATHS_MAX: usize = 16;
/// So deep at most.
const DEPTH_MAX: usize = 64;

/// Where the value of each path lies in the text; from nowhere to nowhere where there is none.
pub(crate) type Spans = [(usize, usize); PATHS_MAX];

/// What no value is.
const NOWHERE: (usize, usize) = (0, 0);

/// Of each path.
pub(crate) const NOWHERE_YET: Spans = [NOWHERE; PATHS_MAX];

/// Finds where the values lie that end the paths of `tree`. False where the bytes are not JSON, or nothing plain; the spans are then
/// good for nothing. Of entries with one key the last counts.
pub(crate) fn see(bytes: &[u8], tree: &Node, spans: &mut Spans) -> bool {
    let Some((b'{', at)) = sign(bytes, 0) else { return false };
    let specials = &mut Specials::of(bytes);
    let Some(end) = object(specials, at, 0, tree, spans) else { return false };
    // Only strings hold other than ASCII, and all of these have ended.
    let is_text = specials.is_ascii() || std::str::from_utf8(bytes).is_ok();
    is_text && sign(bytes, end).is_none()
}

/// An object in which paths go on, from its brace to behind it.
fn object(specials: &mut Specials<'_>, at: usize, depth: usize, node: &Node, spans: &mut Spans) -> Option<usize> {
    (depth < DEPTH_MAX).then_some(())?;
    let bytes = specials.bytes();
    // This one takes the place of one before it with the same key.
    for path in &node.all {
        spans[*path] = NOWHERE;
    }
    let (mut first, mut at) = sign(bytes, at + 1)?;
    if first == b'}' {
        return Some(at + 1);
    }
    loop {
        let start = at + 1;
        // A key with an escape may be one of those that are looked for.
        let end = string::<false>(specials, at, first)?;
        let (first_of_value, value_at) = colon(bytes, end)?;
        at = match node.children.iter().find(|(known, _)| known.as_bytes() == &bytes[start..end - 1]) {
            Some((_, child)) => value(specials, value_at, first_of_value, depth + 1, child, spans)?,
            None => pass(specials, value_at, first_of_value, depth + 1)?,
        };
        (first, at) = match further(bytes, at, b'}')? {
            Further::Next(first, at) => (first, at),
            Further::End(end) => return Some(end),
        };
    }
}

/// A value that is named by paths.
fn value(
    specials: &mut Specials<'_>,
    at: usize,
    first: u8,
    depth: usize,
    node: &Node,
    spans: &mut Spans,
) -> Option<usize> {
    if node.children.is_empty() {
        let end = pass(specials, at, first, depth)?;
        for path in &node.ends {
            spans[*path] = (at, end);
        }
        return Some(end);
    }
    // One path that ends where another goes on, or one that goes on where nothing can be indexed: rare, and not plain.
    (node.ends.is_empty() && first == b'{').then_some(())?;
    object(specials, at, depth, node, spans)
}

/// The next byte that is no white space, and where it is.
#[inline]
fn sign(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    let mut byte = *bytes.get(at)?;
    // A record is most often written without.
    if byte <= b' ' {
        while matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            at += 1;
            byte = *bytes.get(at)?;
        }
    }
    Some((byte, at))
}

/// What stands behind a value.
enum Further {
    /// A comma, and the byte that another entry begins with, and where.
    Next(u8, usize),
    /// The end, up to here.
    End(usize),
}

/// What stands behind a value of something that `close` ends.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is small, and done for most values")]
fn further(bytes: &[u8], at: usize, close: u8) -> Option<Further> {
    if let Some(&[byte, next, ..]) = bytes.get(at..) {
        if byte == b',' && next > b' ' {
            return Some(Further::Next(next, at + 1));
        }
        if byte == close {
            return Some(Further::End(at + 1));
        }
    }
    spaced(bytes, at, close)
}

/// The same where there may be white space.
#[inline(never)]
fn spaced(bytes: &[u8], at: usize, close: u8) -> Option<Further> {
    match sign(bytes, at)? {
        (b',', comma) => sign(bytes, comma + 1).map(|(first, at)| Further::Next(first, at)),
        (byte, end) => (byte == close).then_some(Further::End(end + 1)),
    }
}

/// What follows a colon.
#[inline]
fn colon(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match bytes.get(at..) {
        Some(&[b':', first, ..]) if first > b' ' => Some((first, at + 1)),
        _ => spaced_colon(bytes, at),
    }
}

#[inline(never)]
fn spaced_colon(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    match sign(bytes, at)? {
        (b':', at) => sign(bytes, at + 1),
        _ => None,
    }
}

/// Any value that begins with `first` at `at`, to behind it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is small, and done for most values")]
fn pass(specials: &mut Specials<'_>, at: usize, first: u8, depth: usize) -> Option<usize> {
    match first {
        b'"' => string::<true>(specials, at, first),
        b'0'..=b'9' | b'-' => number(specials.bytes(), at, first),
        _ => pass_others(specials, at, first, depth),
    }
}

/// What is neither a string nor a number: most values are one of these, and are passed without this call.
#[inline(never)]
fn pass_others(specials: &mut Specials<'_>, at: usize, first: u8, depth: usize) -> Option<usize> {
    let bytes = specials.bytes();
    match first {
        b'{' => members(specials, at, depth),
        b'[' => elements(specials, at, depth),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        _ => None,
    }
}

fn members(specials: &mut Specials<'_>, at: usize, depth: usize) -> Option<usize> {
    (depth < DEPTH_MAX).then_some(())?;
    let bytes = specials.bytes();
    let (mut first, mut at) = sign(bytes, at + 1)?;
    if first == b'}' {
        return Some(at + 1);
    }
    loop {
        let end = string::<true>(specials, at, first)?;
        let (first_of_value, value_at) = colon(bytes, end)?;
        at = pass(specials, value_at, first_of_value, depth + 1)?;
        (first, at) = match further(bytes, at, b'}')? {
            Further::Next(first, at) => (first, at),
            Further::End(end) => return Some(end),
        };
    }
}

fn elements(specials: &mut Specials<'_>, at: usize, depth: usize) -> Option<usize> {
    (depth < DEPTH_MAX).then_some(())?;
    let bytes = specials.bytes();
    let (mut first, mut at) = sign(bytes, at + 1)?;
    if first == b']' {
        return Some(at + 1);
    }
    loop {
        at = pass(specials, at, first, depth + 1)?;
        (first, at) = match further(bytes, at, b']')? {
            Further::Next(first, at) => (first, at),
            Further::End(end) => return Some(end),
        };
    }
}

#[inline]
fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes[at..].starts_with(word).then_some(at + word.len())
}

/// Digits, at least one of them, to behind them.
#[inline]
fn digits(bytes: &[u8], at: usize) -> Option<usize> {
    let end = after_digits(bytes, at);
    (end > at).then_some(end)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "it is small, and done for most values")]
fn number(bytes: &[u8], at: usize, first: u8) -> Option<usize> {
    let at = if first == b'-' { at + 1 } else { at };
    let mut at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(bytes, at)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let is_signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = digits(bytes, at + 1 + usize::from(is_signed))?;
    }
    Some(at)
}

/// A string that begins with `first` at `at`, to behind it. One with an escape is none where these are not passed.
#[inline]
fn string<const PASS_ESCAPES: bool>(specials: &mut Specials<'_>, at: usize, first: u8) -> Option<usize> {
    (first == b'"').then_some(())?;
    let special = specials.behind(at)?;
    if specials.bytes()[special] == b'"' {
        return Some(special + 1);
    }
    if PASS_ESCAPES { string_of_escapes(specials, special) } else { None }
}

/// The rest of a string from its first special byte on, which is no quote.
#[inline(never)]
fn string_of_escapes(specials: &mut Specials<'_>, mut special: usize) -> Option<usize> {
    loop {
        match specials.bytes()[special] {
            b'"' => return Some(special + 1),
            b'\\' => escape(specials, special)?,
            _ => return None,
        }
        special = specials.next()?;
    }
}

/// Passes over an escape, whose backslash is at `at`.
fn escape(specials: &mut Specials<'_>, at: usize) -> Option<()> {
    let bytes = specials.bytes();
    let end = match bytes.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at + 2,
        b'u' => bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit).then_some(at + 6)?,
        _ => return None,
    };
    specials.skip_to(end);
    Some(())
}
