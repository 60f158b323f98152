//! Records that are written as the one before them: what stands between their fields is compared and not read.
//!
//! Lambda writes the records of a batch in one way. The strict walk reads the first and tells where its fields lie; of the next
//! one every byte is then either equal to a byte that was read strictly, or part of a field that is checked here. Anything else,
//! an escape, another order, another length of the sequence number, is left to the strict walk, whose word is final.

use penstock_delivery::Identity;
use penstock_format::{ArrivalTime, SequenceDigits};

use crate::arrival;
use crate::base64::Decoder;

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
                    let key = &rest[..plain_text(rest).ok_or(Other)?];
                    partition_key = Some(std::str::from_utf8(key).map_err(|_| Other)?);
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

/// How many bytes stand before the quote that ends a string; none where there is an escape or a control character.
#[inline]
fn plain_text(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let (eights, _) = text.as_chunks::<8>();
    let mut at = 0;
    for eight in eights {
        let word = u64::from_le_bytes(*eight);
        // The high bit of each byte that is less than another, as long as none before it was: the first one is right.
        let less = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word;
        let quote = less(word ^ (ONES * u64::from(b'"')), 1);
        let escape = less(word ^ (ONES * u64::from(b'\\')), 1);
        let special = (quote | escape | less(word, 0x20)) & HIGHS;
        if special != 0 {
            at += special.trailing_zeros() as usize / 8;
            return (text[at] == b'"').then_some(at);
        }
        at += 8;
    }
    // Near the end of the event there are other ways.
    None
}

/// The seconds that `text` begins with: how long they are, and the instant.
#[inline]
fn seconds(text: &[u8]) -> Option<(usize, ArrivalTime)> {
    /// Seconds of our times have so many digits.
    const WHOLE: usize = 10;
    let digit = |at: usize| text.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i64::from(byte - b'0'));
    let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
    let mut millis = 0;
    for at in 0..WHOLE {
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

impl From<penstock_delivery::records::TooManyRecords> for Other {
    fn from(_: penstock_delivery::records::TooManyRecords) -> Self {
        Self
    }
}
