//! From the bytes of an invocation to the records of a batch: every byte looked at, none of the data copied.
//!
//! The event is walked once, in place: names in any order, any white space, what is not needed passed over. Each
//! record's data is decoded once, into the arena where it stays. Types are strict, because a key that is made from a
//! wrong time or shard is wrong for years.
//!
//! Form of the event: AWS Lambda developer guide, "Using AWS Lambda with Amazon Kinesis".

mod arrival;
mod base64;
mod json;
pub mod limits;
mod plain_text;
mod template;

use std::borrow::Cow;

use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{KinesisRecords, RecordsBuilder};
use penstock_format::{ArrivalTime, SequenceDigits, ShardId, stream_arn_of};

use base64::Decoder;
use json::{RawString, Scanner};
use template::{Other, Places, Template};

/// So many records may be written otherwise than the one before them before it is no use to try.
const OTHERS_MAX: usize = 16;

/// An event that is not a batch of one shard's records. Nothing of its content is in the message.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    /// The event has a form that Lambda does not send, or that cannot be read.
    #[error("malformed event: {0}")]
    Malformed(Cow<'static, str>),
    /// The same, within one record.
    #[error("malformed event: record {index}: {problem}")]
    Record {
        /// Number of the record in the event, from 0.
        index: usize,
        /// What is wrong with it.
        problem: Cow<'static, str>,
    },
    /// The mapping has a tumbling window, whose state this function does not keep.
    #[error("the event has a tumbling window: set TumblingWindowInSeconds of the event source mapping to 0")]
    TumblingWindow,
}

impl EventError {
    fn malformed(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(problem.into())
    }

    fn in_record(self, index: usize) -> Self {
        match self {
            Self::Malformed(problem) => Self::Record { index, problem },
            Self::Record { .. } | Self::TumblingWindow => self,
        }
    }
}

impl From<TooManyRecords> for EventError {
    fn from(error: TooManyRecords) -> Self {
        Self::malformed(error.to_string())
    }
}

/// The records of the event, each followed by `suffix` in their arena; `None` when it has no records.
pub fn decode<'e>(body: &'e [u8], suffix: &[u8]) -> Result<Option<KinesisRecords<'e>>, EventError> {
    decode_by(body, suffix, Some(Decoder::best()))
}

/// The same by instructions that every machine has: what is counted beside the best ones.
pub fn decode_portably<'e>(body: &'e [u8], suffix: &[u8]) -> Result<Option<KinesisRecords<'e>>, EventError> {
    decode_by(body, suffix, Some(Decoder::Portable))
}

/// The same by the strict walk alone, whose word is final: what the quicker way is held against.
pub fn decode_strictly<'e>(body: &'e [u8], suffix: &[u8]) -> Result<Option<KinesisRecords<'e>>, EventError> {
    decode_by(body, suffix, None)
}

fn decode_by<'e>(
    body: &'e [u8],
    suffix: &[u8],
    decoder: Option<Decoder>,
) -> Result<Option<KinesisRecords<'e>>, EventError> {
    let mut batch = Batch { body, suffix, builder: None, source: None, count: 0, decoder, template: None, others: 0 };
    let mut found = false;
    let mut scanner = Scanner::new(body);
    scanner.object(|scanner, key| match key {
        b"Records" => {
            found = true;
            scanner.array(|scanner| batch.record(scanner))
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

/// The batch so far. The first record says which stream and shard it is; the others must agree.
struct Batch<'e, 's> {
    body: &'e [u8],
    suffix: &'s [u8],
    builder: Option<RecordsBuilder<'e>>,
    source: Option<Source<'e>>,
    count: usize,
    /// How data is decoded of records that are written as the one before; none where all are read strictly.
    decoder: Option<Decoder>,
    /// How the records so far are written.
    template: Option<Template<'e>>,
    /// Records that were written otherwise.
    others: usize,
}

/// Where a record is from, as it is written, so that agreeing is comparing bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Source<'e> {
    arn: &'e [u8],
    shard: &'e [u8],
}

/// The fields of one record that are needed, as they are written.
#[derive(Default)]
struct Fields<'e> {
    event_id: Option<RawString<'e>>,
    event_source_arn: Option<RawString<'e>>,
    partition_key: Option<RawString<'e>>,
    sequence_number: Option<RawString<'e>>,
    data: Option<RawString<'e>>,
    /// The instant, and how it is written.
    arrival: Option<(ArrivalTime, &'e str)>,
}

impl<'e> Batch<'e, '_> {
    fn record(&mut self, scanner: &mut Scanner<'e>) -> Result<(), EventError> {
        let index = self.count;
        self.count += 1;
        if self.record_by_template(scanner) {
            return Ok(());
        }
        scanner.peek();
        let rest = scanner.rest();
        let mut fields = Fields::default();
        fields.read(scanner).and_then(|()| self.add(&fields)).map_err(|error| error.in_record(index))?;
        let record = &rest[..rest.len() - scanner.rest().len()];
        if let (0, Some(builder)) = (index, &mut self.builder) {
            // Most events are of records as long as the first, or longer.
            builder.expect(self.body.len() / record.len() + 1);
        }
        self.template = fields.places(record).and_then(|places| Template::of(&places));
        Ok(())
    }

    /// Adds the record that is next, where it is written as the one before it; else nothing has happened.
    #[inline]
    fn record_by_template(&mut self, scanner: &mut Scanner<'e>) -> bool {
        let (Some(builder), Some(template), Some(decoder)) = (&mut self.builder, &self.template, self.decoder) else {
            return false;
        };
        // Where records are written in turns, looking at each twice would cost more than it spares.
        if self.others > OTHERS_MAX + self.count / 4 {
            return false;
        }
        scanner.peek();
        let mut length = 0;
        let read = builder.push_with(|arena| {
            let (bytes, identity) = template.read(scanner.rest(), decoder, arena)?;
            length = bytes;
            Ok::<_, Other>(identity)
        });
        match read {
            Ok(()) => scanner.advance(length),
            Err(Other) => self.others += 1,
        }
        read.is_ok()
    }

    fn add(&mut self, fields: &Fields<'e>) -> Result<(), EventError> {
        let event_id = required(fields.event_id, "eventID")?.raw();
        let arn = required(fields.event_source_arn, "eventSourceARN")?.raw();
        let number = required(fields.sequence_number, "kinesis.sequenceNumber")?.raw();
        let Some((shard, _)) = split_event_id(event_id).filter(|(_, of_id)| *of_id == number) else {
            return Err(EventError::malformed("its eventID is not the shard id, a colon and its sequence number"));
        };
        let source = Source { arn, shard };
        let builder = match (&mut self.builder, self.source) {
            (Some(builder), Some(first)) if first == source => builder,
            (Some(_), _) => return Err(EventError::malformed("it is of another stream or shard than record 0")),
            (empty, _) => {
                self.source = Some(source);
                empty.insert(begin(source, self.suffix, self.body.len())?)
            }
        };
        let sequence_number = SequenceDigits::parse(number)
            .map_err(|_| EventError::malformed("its sequenceNumber is not a decimal number"))?;
        let partition_key = required(fields.partition_key, "kinesis.partitionKey")?.text()?;
        let data = required(fields.data, "kinesis.data")?.bytes()?;
        let (arrival, _) = required(fields.arrival, "kinesis.approximateArrivalTimestamp")?;
        builder.push(sequence_number, partition_key, arrival, |arena| {
            base64_simd::STANDARD
                .decode_append(data.as_ref(), arena)
                .map_err(|_| EventError::malformed("its data is not base64"))
        })
    }
}

impl<'e> Fields<'e> {
    /// Where the fields of `record` stand; none where one of them is not written as it is.
    fn places(&self, record: &'e [u8]) -> Option<Places<'e>> {
        let plain = |field: Option<RawString<'e>>| field.filter(|field| field.is_plain()).map(RawString::raw);
        Some(Places {
            record,
            event_id_number: split_event_id(plain(self.event_id)?)?.1,
            sequence_number: plain(self.sequence_number)?,
            partition_key: plain(self.partition_key)?,
            data: plain(self.data)?,
            arrival: self.arrival?.1.as_bytes(),
        })
    }

    fn read(&mut self, scanner: &mut Scanner<'e>) -> Result<(), EventError> {
        scanner.object(|scanner, key| {
            match key {
                b"kinesis" => return self.read_kinesis(scanner),
                b"eventID" => self.event_id = Some(scanner.string()?),
                b"eventSourceARN" => self.event_source_arn = Some(scanner.string()?),
                _ => scanner.skip()?,
            }
            Ok(())
        })
    }

    fn read_kinesis(&mut self, scanner: &mut Scanner<'e>) -> Result<(), EventError> {
        scanner.object(|scanner, key| {
            match key {
                b"partitionKey" => self.partition_key = Some(scanner.string()?),
                b"sequenceNumber" => self.sequence_number = Some(scanner.string()?),
                // A record without data comes as an empty string; null is not sent, and no data either.
                b"data" => self.data = if scanner.null() { None } else { Some(scanner.string()?) },
                b"approximateArrivalTimestamp" => {
                    let number = scanner.number()?;
                    self.arrival = Some((arrival::parse(number)?, number));
                }
                _ => scanner.skip()?,
            }
            Ok(())
        })
    }
}

fn required<T>(field: Option<T>, name: &'static str) -> Result<T, EventError> {
    field.ok_or_else(|| EventError::malformed(format!("it has no {name}")))
}

/// `shardId-000000000006:4959...` at its colon.
fn split_event_id(event_id: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', event_id)?;
    Some((&event_id[..colon], &event_id[colon + 1..]))
}

/// Begins the batch that its first record is of. Data in base64 is three quarters of its text, at most.
fn begin<'e>(source: Source<'e>, suffix: &[u8], body_bytes: usize) -> Result<RecordsBuilder<'e>, EventError> {
    let text = |bytes: &'e [u8]| std::str::from_utf8(bytes).ok();
    let shard_id = text(source.shard)
        .and_then(|shard| ShardId::parse(shard).ok())
        .ok_or(EventError::malformed("its eventID does not begin with a shard id"))?;
    let stream_arn = text(source.arn)
        .and_then(|arn| stream_arn_of(arn).ok())
        .ok_or(EventError::malformed("its eventSourceARN is not the ARN of a stream or of a consumer"))?;
    Ok(RecordsBuilder::new(stream_arn, shard_id, suffix, body_bytes / 4 * 3 + base64::SLACK))
}

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;
