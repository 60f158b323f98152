//! Records that are written as the one before them: what stands between their fields is compared and not read.
//!
//! Lambda writes the records of a batch in one way. The strict walk reads the first and tells where its fields lie; of the next
//! one every byte is then either equal to a byte that was read strictly, or part of a field that is checked here. Anything else,
//! an escape, another order, another length of the sequence number, is left to the strict walk, whose word is final.

use penstock_delivery::Identity;
use penstock_format::{ArrivalTime, SequenceDigits};

use crate::arrival;
use crate::base64::Decoder;
use crate::plain_text::plain_text;

/// The fields of a record that differ from one to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// The sequence number, of `kinesis` or in `eventID`.
    SequenceNumber,
    PartitionKey,
    Data,
    Arrival,
}

/// Fields of a record: the sequence number stands in it twice.
const FIELDS: usize = 5;

/// How a record is written.
#[derive(Debug, Clone)]
pub(crate) struct Template<'e> {
    /// What stands before each field, and which it is.
    fields: [(&'e [u8], Field); FIELDS],
    /// What stands behind the last one.
    tail: &'e [u8],
    /// Digits of the sequence number.
    digits: usize,
}

/// Where the fields of a record stand, as they are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'e> {
    /// The whole record, with its braces.
    pub record: &'e [u8],
    /// The number in `eventID`, behind the shard and the colon.
    pub event_id_number: &'e [u8],
    pub sequence_number: &'e [u8],
    pub partition_key: &'e [u8],
    pub data: &'e [u8],
    pub arrival: &'e [u8],
}

/// A record that is not written as the template says, or not plainly.
#[derive(Debug)]
pub(crate) struct Other;

impl<'e> Template<'e> {
    /// The template of a record that was read strictly; none where a field does not lie in it.
    pub(crate) fn of(places: &Places<'e>) -> Option<Self> {
        let record = places.record;
        let start = record.as_ptr().addr();
        let at = |field: &[u8]| field.as_ptr().addr().checked_sub(start).filter(|at| at + field.len() <= record.len());
        let mut fields = [
            (at(places.event_id_number)?, places.event_id_number, Field::SequenceNumber),
            (at(places.sequence_number)?, places.sequence_number, Field::SequenceNumber),
            (at(places.partition_key)?, places.partition_key, Field::PartitionKey),
            (at(places.data)?, places.data, Field::Data),
            (at(places.arrival)?, places.arrival, Field::Arrival),
        ];
        fields.sort_by_key(|(at, _, _)| *at);
        let mut end = 0;
        let mut template =
            Self { fields: [(&[], Field::Data); FIELDS], tail: &[], digits: places.sequence_number.len() };
        for (own, (at, field, kind)) in template.fields.iter_mut().zip(fields) {
            *own = (record.get(end..at)?, kind);
            end = at + field.len();
        }
        template.tail = record.get(end..)?;
        Some(template)
    }

    /// Reads the record that `text` begins with, its data into `arena`, and says how many bytes it has. `arena` may hold some of
    /// the data of one that is [`Other`].
    #[inline]
    pub(crate) fn read(
        &self,
        text: &'e [u8],
        decoder: Decoder,
        arena: &mut Vec<u8>,
    ) -> Result<(usize, Identity<'e>), Other> {
        let mut at = 0;
        let (mut number, mut partition_key, mut arrival) = (None, None, None);
        for (before, field) in &self.fields {
            let rest = text[at..].strip_prefix(*before).ok_or(Other)?;
            at += before.len();
            at += match field {
                Field::SequenceNumber => {
                    let digits = rest.get(..self.digits).ok_or(Other)?;
                    match number {
                        None => number = Some(digits),
                        Some(first) if first == digits => {}
                        Some(_) => return Err(Other),
                    }
                    self.digits
                }
                Field::PartitionKey => {
                    let key = plain_text(rest).ok_or(Other)?;
                    partition_key = Some(key);
                    key.len()
                }
                Field::Data => decoder.append_until_quote(rest, arena).ok_or(Other)?,
                Field::Arrival => {
                    let (length, at) = seconds(rest).ok_or(Other)?;
                    arrival = Some(at);
                    length
                }
            };
        }
        text[at..].strip_prefix(self.tail).ok_or(Other)?;
        let identity = Identity {
            sequence_number: SequenceDigits::parse(number.ok_or(Other)?).map_err(|_| Other)?,
            partition_key: partition_key.ok_or(Other)?.into(),
            arrival: arrival.ok_or(Other)?,
        };
        Ok((at + self.tail.len(), identity))
    }
}

/// The seconds that `text` begins with: how long they are, and the instant.
#[inline]
fn seconds(text: &[u8]) -> Option<(usize, ArrivalTime)> {
    /// Seconds of our times have so many digits.
    const WHOLE: usize = 10;
    let digit = |at: usize| text.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i64::from(byte - b'0'));
    let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    let mut millis = eight_digits(*text.first_chunk()?)?;
    for at in 8..WHOLE {
        millis = millis * 10 + digit(at)?;
    }
    let mut length = WHOLE;
    let mut scale = 1_000;
    if text.get(length) == Some(&b'.') {
        length += 1;
        while let Some(next) = digit(length).filter(|_| scale > 1) {
            millis = millis * 10 + next;
            scale /= 10;
            length += 1;
        }
    }
    if !text.get(length).is_some_and(is_number) && text[length - 1] != b'.' {
        return Some((length, ArrivalTime::from_millis(millis * scale).ok()?));
    }
    // More digits than milliseconds have, an exponent: as the strict walk reads it.
    let length = text.iter().position(|byte| !is_number(byte))?;
    let number = std::str::from_utf8(&text[..length]).ok()?;
    Some((length, arrival::parse(number).ok()?))
}

/// The number that eight digits are. All eight at once, as pairs, then fours.
#[inline]
fn eight_digits(digits: [u8; 8]) -> Option<i64> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let word = u64::from_le_bytes(digits);
    // A digit has 3 for its high half, and has it still when 6 are added.
    let is_high = word & HIGH == ZEROS && word.wrapping_add(0x0606_0606_0606_0606) & HIGH == ZEROS;
    is_high.then_some(())?;
    let pairs = (word - ZEROS).wrapping_mul(10) + ((word - ZEROS) >> 8);
    let first = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(100 + (1_000_000 << 32));
    let second = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(1 + (10_000 << 32));
    i64::try_from(first.wrapping_add(second) >> 32).ok()
}

impl From<penstock_delivery::records::TooManyRecords> for Other {
    fn from(_: penstock_delivery::records::TooManyRecords) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_are_a_number() {
        for number in [0, 1, 9, 10, 12_345_678, 87_654_321, 99_999_999, 15_450_846, 10_000_000] {
            let text = format!("{number:08}");
            assert_eq!(eight_digits(text.as_bytes().try_into().unwrap()), Some(number));
            for at in 0..8 {
                for other in [b'/', b':', b' ', b'.', 0, 0xff, b'e'] {
                    let mut bytes: [u8; 8] = text.as_bytes().try_into().unwrap();
                    bytes[at] = other;
                    assert_eq!(eight_digits(bytes), None);
                }
            }
        }
    }
}
