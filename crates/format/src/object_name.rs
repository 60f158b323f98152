//! Object names and keys: how they are made and how they are read back.
//!
//! A key is an evaluated prefix, a name and an extension, with nothing between them. Left out: what the prefix says,
//! and what the id is made of. Nothing here reads a clock; the time comes from the records.

mod tail;
mod template;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use uuid::Uuid;

use crate::excerpt::excerpt;
use crate::file_extension::{self, last_uuid};
use crate::limits::OBJECT_KEY_BYTES_MAX;
use crate::local_time::LocalTime;
use crate::{ArrivalTime, DeliveryName, FileExtension, KeyError, ObjectKey, SequenceNumber, ShardId, TimeZone};
use tail::{Precision, Tail};
pub use template::ObjectNameError;
use template::{Part, Placeholder};

/// The name of ours: the 2015 post's shape.
const PENSTOCK: &str = "{delivery_name}-{shard}-{time}-{id}";

/// Firehose's own shape. Its version counts configuration changes; a delivery of ours is always its first.
const FIREHOSE: &str = "{delivery_name}-1-{time_seconds}-{id}";

/// The shape of an object's name, checked so that every key made with it parses back (K1).
///
/// | written | shape |
/// | --- | --- |
/// | `penstock` | `{delivery_name}-{shard}-{time}-{id}`, the default |
/// | `firehose` | `{delivery_name}-1-{time_seconds}-{id}` |
/// | a template | placeholders and text |
///
/// | placeholder | text |
/// | --- | --- |
/// | `{delivery_name}` | the delivery's name |
/// | `{shard}` | the shard's number, `6` for `shardId-000000000006` |
/// | `{time}` | `yyyy-MM-dd-HH-mm-ss-SS` in the configured zone, `SS` being centiseconds |
/// | `{time_seconds}` | the same to the second; one of the two |
/// | `{first_sequence_number}` `{last_sequence_number}` | their digits |
/// | `{id}` | a UUID |
///
/// A template has at most 256 characters; its text is of `a-z A-Z 0-9 ! - _ . * ' ( ) =`. It must end with `{id}`; no
/// placeholder stands twice; between two there is text; and before a shard or sequence number there is text that ends
/// in no digit. So a name is read from its end without guessing, whatever the prefix before it holds.
///
/// ```
/// # use penstock_format::ObjectName;
/// assert!(ObjectName::parse("{shard}/{id}").is_err());
/// assert!(ObjectName::parse("from-{first_sequence_number}-to-{last_sequence_number}-{id}").is_ok());
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectName {
    written: String,
    parts: Vec<Part>,
}

/// What a name may say of its object.
#[derive(Clone, Copy, Debug)]
pub struct NameParts<'a> {
    /// The delivery that the object belongs to.
    pub delivery_name: &'a DeliveryName,
    /// The shard its records come from.
    pub shard: ShardId,
    /// The arrival of its oldest record.
    pub at: ArrivalTime,
    /// The zone in which the time is printed.
    pub zone: &'a TimeZone,
    /// The sequence number of its first record.
    pub first: &'a SequenceNumber,
    /// The sequence number of its last record.
    pub last: &'a SequenceNumber,
    /// Its id.
    pub id: Uuid,
}

/// A key read back. What the shape does not hold is `None`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyParts {
    /// The evaluated prefix: all that stands before the name.
    pub prefix: String,
    /// The delivery's name.
    pub delivery_name: Option<DeliveryName>,
    /// The shard's number.
    pub shard: Option<u64>,
    /// The civil time printed in the name, to the centisecond or the second. The key does not say in which zone.
    pub time: Option<NaiveDateTime>,
    /// The sequence number of the first record.
    pub first: Option<SequenceNumber>,
    /// The sequence number of the last record.
    pub last: Option<SequenceNumber>,
    /// The id.
    pub id: Uuid,
    /// The extension.
    pub extension: FileExtension,
}

impl ObjectName {
    /// Takes `penstock`, `firehose`, or a template; a template that does not read back is refused with the reason.
    pub fn parse(text: &str) -> Result<Self, ObjectNameError> {
        let template = match text {
            "penstock" => PENSTOCK,
            "firehose" => FIREHOSE,
            template => template,
        };
        template::parse(template).map(|parts| Self { written: text.to_owned(), parts })
    }

    /// The key of an object: prefix, name, extension.
    ///
    /// Fails if the key has more than 1,024 bytes, or if the extension is not one that [`FileExtension::parse`] takes.
    pub fn key(&self, evaluated_prefix: &str, parts: &NameParts<'_>, extension: &str) -> Result<ObjectKey, KeyError> {
        file_extension::check(extension)?;
        let mut key = String::with_capacity(evaluated_prefix.len() + 192);
        key.push_str(evaluated_prefix);
        for part in &self.parts {
            match part {
                Part::Literal(text) => key.push_str(text),
                Part::Placeholder(placeholder) => push(&mut key, *placeholder, parts),
            }
        }
        key.push_str(extension);
        let key = ObjectKey::new(key)?;
        debug_assert!(
            self.parse_key(parts.delivery_name, key.as_str())
                .is_ok_and(|read| read.prefix == evaluated_prefix && read.id == parts.id),
            "K1: {key} does not parse back"
        );
        Ok(key)
    }

    /// The parts of a key that was made with this shape, for this delivery.
    ///
    /// The id is the last UUID in the key, since no extension holds one; the name is read from there to its beginning,
    /// and the prefix is the rest.
    pub fn parse_key(&self, delivery_name: &DeliveryName, key: &str) -> Result<KeyParts, KeyError> {
        let shape = |expected| KeyError::Shape { key: excerpt(key), shape: self.written.clone(), expected };
        if key.len() > OBJECT_KEY_BYTES_MAX {
            return Err(KeyError::Length { key: excerpt(key), bytes: key.len() });
        }
        let (id, after_id) = last_uuid(key).ok_or_else(|| shape("a UUID before the extension"))?;
        let extension = FileExtension::parse(&key[after_id..])?;
        let mut tail = Tail(&key[..after_id]);
        let mut read = KeyParts {
            prefix: String::new(),
            delivery_name: None,
            shard: None,
            time: None,
            first: None,
            last: None,
            id,
            extension,
        };
        for part in self.parts.iter().rev() {
            let (taken, expected) = match part {
                Part::Literal(text) => (tail.literal(text), "the text of the template"),
                Part::Placeholder(placeholder) => take(&mut tail, *placeholder, delivery_name, &mut read),
            };
            taken.ok_or_else(|| shape(expected))?;
        }
        tail.0.clone_into(&mut read.prefix);
        Ok(read)
    }

    /// The shape as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

fn push(key: &mut String, placeholder: Placeholder, parts: &NameParts<'_>) {
    let civil = || LocalTime::new(parts.at, parts.zone).civil;
    match placeholder {
        Placeholder::DeliveryName => key.push_str(parts.delivery_name.as_str()),
        Placeholder::Shard => key.push_str(&parts.shard.number().to_string()),
        Placeholder::Time => key.push_str(&Precision::Centiseconds.print(civil())),
        Placeholder::TimeSeconds => key.push_str(&Precision::Seconds.print(civil())),
        Placeholder::FirstSequenceNumber => key.push_str(parts.first.as_str()),
        Placeholder::LastSequenceNumber => key.push_str(parts.last.as_str()),
        Placeholder::Id => key.push_str(parts.id.hyphenated().encode_lower(&mut Uuid::encode_buffer())),
    }
}

/// Takes a part off the key, and says what it looked for.
fn take(
    tail: &mut Tail<'_>,
    placeholder: Placeholder,
    delivery_name: &DeliveryName,
    read: &mut KeyParts,
) -> (Option<()>, &'static str) {
    match placeholder {
        Placeholder::DeliveryName => {
            read.delivery_name = Some(delivery_name.clone());
            (tail.literal(delivery_name.as_str()), "the delivery's name")
        }
        Placeholder::Shard => {
            read.shard = tail.shard();
            (read.shard.map(drop), "the number of a shard")
        }
        Placeholder::Time => {
            read.time = tail.time(Precision::Centiseconds);
            (read.time.map(drop), "a time as yyyy-MM-dd-HH-mm-ss-SS")
        }
        Placeholder::TimeSeconds => {
            read.time = tail.time(Precision::Seconds);
            (read.time.map(drop), "a time as yyyy-MM-dd-HH-mm-ss")
        }
        Placeholder::FirstSequenceNumber => {
            read.first = tail.sequence_number();
            (read.first.map(drop), "the first sequence number")
        }
        Placeholder::LastSequenceNumber => {
            read.last = tail.sequence_number();
            (read.last.map(drop), "the last sequence number")
        }
        Placeholder::Id => (tail.literal(&read.id.to_string()), "the id"),
    }
}

impl Default for ObjectName {
    /// `penstock`.
    fn default() -> Self {
        Self::parse("penstock").expect("the shape is a constant, and tested")
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for ObjectName {
    type Err = ObjectNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
