//! Records as the elements of one JSON array.

use serde_json::value::RawValue;
use serde_json::{Deserializer, StreamDeserializer};

use super::FramingError;

/// What stands between elements: a line an element.
pub(super) const SEPARATOR: &[u8] = b",\n";

/// Ends a body of at least one element, each laid down with [`SEPARATOR`] behind it. One of none stays empty.
pub(super) fn finish(body: &mut Vec<u8>) {
    debug_assert!(body.is_empty() || body.ends_with(SEPARATOR), "a record has no separator");
    if body.ends_with(SEPARATOR) {
        body.truncate(body.len() - SEPARATOR.len());
        body.extend_from_slice(b"]\n");
        body.insert(0, b'[');
    }
}

/// The elements as they are written, with the white space that their records had around them: of what stands between two
/// elements only a comma and the newline behind it are the array's.
pub(super) fn split(body: &[u8]) -> Result<Vec<&[u8]>, FramingError> {
    let not_array = |at: usize| FramingError::NotJsonArray { at };
    let mut elements = Vec::new();
    let mut start = skip_white(body, 0);
    if body.get(start) != Some(&b'[') {
        return Err(not_array(start));
    }
    start += 1;
    if body.get(skip_white(body, start)) == Some(&b']') {
        return end(body, skip_white(body, start) + 1).map(|()| elements);
    }
    loop {
        let value = value_end(&body[start..]).ok_or(not_array(start))?;
        let at = skip_white(body, start + value);
        elements.push(&body[start..at]);
        match body.get(at) {
            Some(b',') => start = at + 1 + usize::from(body.get(at + 1) == Some(&b'\n')),
            Some(b']') => return end(body, at + 1).map(|()| elements),
            _ => return Err(not_array(at)),
        }
    }
}

/// Where the first JSON value in `text` ends.
fn value_end(text: &[u8]) -> Option<usize> {
    let mut values: StreamDeserializer<'_, _, &RawValue> = Deserializer::from_slice(text).into_iter();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

fn end(body: &[u8], at: usize) -> Result<(), FramingError> {
    let rest = skip_white(body, at);
    if rest == body.len() { Ok(()) } else { Err(FramingError::NotJsonArray { at: rest }) }
}

/// Where what stands at `at` begins, behind JSON's white space.
fn skip_white(body: &[u8], at: usize) -> usize {
    let white = body[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    at + white.count()
}
