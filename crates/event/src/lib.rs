//! From the bytes of an invocation to the records of a batch: every byte looked at, none of the data copied.
//!
//! The event is walked once, in place. Each record's data is decoded once, into the arena where it stays. Types are
//! strict, because a key that is made from a wrong time or shard is wrong for years.
//!
//! There are two ways to read a record. The strict walk takes names in any order and any white space, and passes over
//! what is not needed. Lambda writes all records of a batch alike, so that what stands between their fields is the same
//! text in each: the [template](mod@template) learns it from a record that the strict walk has read, compares it with
//! that of the next, and reads the fields alone. What differs in anything goes back to the strict walk, which is the one
//! to refuse: both ways have the same records and the same errors.
//!
//! Form of the event: AWS Lambda developer guide, "Using AWS Lambda with Amazon Kinesis".

mod arrival;
mod batch;
mod error;
mod fields;
mod json;
pub mod limits;
mod simd;
mod template;

use penstock_delivery::{KinesisRecords, RecordsBuilder};

use batch::Batch;
use json::Scanner;
use simd::Level;

pub use error::EventError;

/// How records are read; all ways have the same records and the same errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// One as strictly as the other: what the other ways are held against.
    Strict,
    /// By template, with what every processor has.
    Portable,
    /// By template, with what this processor has.
    Fastest,
}

/// The records of the event, each followed by `suffix` in their arena; `None` when it has no records.
pub fn decode<'e>(body: &'e [u8], suffix: &[u8]) -> Result<Option<KinesisRecords<'e>>, EventError> {
    decode_by(Walk::Fastest, body, suffix)
}

/// The same by one way, to compare it with the others.
pub fn decode_by<'e>(walk: Walk, body: &'e [u8], suffix: &[u8]) -> Result<Option<KinesisRecords<'e>>, EventError> {
    let level = match walk {
        Walk::Strict => None,
        Walk::Portable => Some(Level::Portable),
        Walk::Fastest => Some(Level::detect()),
    };
    let mut batch = Batch::new(body, suffix, level);
    let mut found = false;
    let mut scanner = Scanner::new(body);
    scanner.object(|scanner, key| match key {
        b"Records" => {
            found = true;
            scanner.array(|scanner| batch.element(scanner))
        }
        b"window" | b"state" | b"isFinalInvokeForWindow" | b"isWindowTerminatedEarly" => {
            Err(EventError::TumblingWindow)
        }
        _ => scanner.skip(),
    })?;
    scanner.end()?;
    if !found {
        return Err(EventError::malformed("it has no Records: this is not an event of a Kinesis event source mapping"));
    }
    Ok(batch.builder.map(RecordsBuilder::finish))
}

#[cfg(test)]
mod differential_tests;
#[cfg(test)]
mod tests;
