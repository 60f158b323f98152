//! Several records that a producer has put into one: JSON objects, or pieces between delimiters.
//!
//! Firehose's `RecordDeAggregation`, without its cap of 500. What stands between records is left out, as it is there:
//! the framing of the object puts its own in.

use penstock_format::PieceDelimiter;
use serde::de::IgnoredAny;

use crate::transform::Failure;

/// The code of a record that is something else than JSON objects.
const NOT_JSON_OBJECTS: &str = "Deaggregation.NotJsonObjects";

/// Gives each JSON object of `record` to `take`, its bytes as they are, white space within it too.
///
/// Objects stand back to back, or with white space between them. Anything else fails: an array of objects as well, which
/// Firehose does not take either. White space alone is no record.
pub(super) fn json<'d>(record: &'d [u8], mut take: impl FnMut(&'d [u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    // Values are passed over without recursion, so that no depth of nesting reaches the stack.
    let mut values = serde_json::Deserializer::from_slice(record).into_iter::<IgnoredAny>();
    loop {
        let rest = &record[values.byte_offset()..];
        let white = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        let start = values.byte_offset() + white;
        match record.get(start) {
            None => return Ok(()),
            Some(b'{') => {}
            Some(_) => return Err(not_objects(start)),
        }
        match values.next() {
            Some(Ok(IgnoredAny)) => take(&record[start..values.byte_offset()])?,
            Some(Err(_)) | None => return Err(not_objects(start)),
        }
    }
}

/// Gives each piece of `record` to `take`.
///
/// Delimiters are looked for from front to back, and none begins within another. A delimiter ends a piece, so that none
/// follows the last delimiter of a record that ends with it. Every other empty piece is a record: which of them mean
/// nothing is for the transform to say. An empty record holds none.
pub(super) fn delimited<'d>(
    record: &'d [u8],
    delimiter: PieceDelimiter,
    mut take: impl FnMut(&'d [u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let delimiter = delimiter.as_bytes();
    let mut start = 0;
    for at in memchr::memmem::find_iter(record, delimiter) {
        take(&record[start..at])?;
        start = at + delimiter.len();
    }
    if start < record.len() { take(&record[start..]) } else { Ok(()) }
}

fn not_objects(at: usize) -> Failure {
    let message = format!("the record is not JSON objects, back to back or one a line: no whole object at byte {at}");
    Failure::with_code(NOT_JSON_OBJECTS, message)
}
