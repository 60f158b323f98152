//! The fields of one record, by the strict walk: as they are written, and where.

use std::ops::Range;

use penstock_format::ArrivalTime;

use crate::arrival;
use crate::error::EventError;
use crate::json::{RawString, Scanner};

/// The fields of one record that are needed, as they are written.
#[derive(Default)]
pub(crate) struct Fields<'e> {
    pub(crate) event_id: Option<RawString<'e>>,
    pub(crate) event_source_arn: Option<RawString<'e>>,
    pub(crate) partition_key: Option<RawString<'e>>,
    pub(crate) sequence_number: Option<RawString<'e>>,
    pub(crate) data: Option<RawString<'e>>,
    pub(crate) arrival: Option<Arrival>,
}

/// A time, and where in the event it is written.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) time: ArrivalTime,
    pub(crate) at: Range<usize>,
}

impl<'e> Fields<'e> {
    pub(crate) fn read(&mut self, scanner: &mut Scanner<'e>) -> Result<(), EventError> {
        scanner.object(|scanner, key| match key {
            b"kinesis" => self.read_kinesis(scanner),
            b"eventID" => set(&mut self.event_id, scanner.string()?),
            b"eventSourceARN" => set(&mut self.event_source_arn, scanner.string()?),
            _ => scanner.skip(),
        })
    }

    fn read_kinesis(&mut self, scanner: &mut Scanner<'e>) -> Result<(), EventError> {
        scanner.object(|scanner, key| {
            match key {
                b"partitionKey" => set(&mut self.partition_key, scanner.string()?)?,
                b"sequenceNumber" => set(&mut self.sequence_number, scanner.string()?)?,
                // A record without data comes as an empty string; null is not sent, and no data either.
                b"data" if scanner.null() => self.data = None,
                b"data" => set(&mut self.data, scanner.string()?)?,
                b"approximateArrivalTimestamp" => {
                    self.arrival = Some(Arrival::read(scanner)?);
                }
                _ => scanner.skip()?,
            }
            Ok(())
        })
    }
}

impl Arrival {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, EventError> {
        scanner.peek();
        let start = scanner.at();
        match arrival::read(scanner.text(), start) {
            Some((time, end)) => {
                scanner.go_to(end);
                Ok(Self { time, at: start..end })
            }
            // It is refused, and this says why.
            None => Ok(Self { time: arrival::parse(scanner.number()?)?, at: start..scanner.at() }),
        }
    }
}

/// The last of a name that stands twice is taken; what it takes the place of is looked at by nobody else.
fn set<'e>(field: &mut Option<RawString<'e>>, found: RawString<'e>) -> Result<(), EventError> {
    match field.replace(found) {
        None => Ok(()),
        Some(before) => before.check(),
    }
}

pub(crate) fn required<T>(field: Option<T>, name: &'static str) -> Result<T, EventError> {
    field.ok_or_else(|| EventError::malformed(format!("it has no {name}")))
}

/// `shardId-000000000006:4959...` at its colon.
pub(crate) fn split_event_id(event_id: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', event_id)?;
    Some((&event_id[..colon], &event_id[colon + 1..]))
}
