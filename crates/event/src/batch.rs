//! The batch so far, and the next record of it: by the template if it fits, else by the strict walk.

use penstock_delivery::RecordsBuilder;
use penstock_format::{SequenceDigits, ShardId, stream_arn_of};

use crate::error::EventError;
use crate::fields::{Fields, required, split_event_id};
use crate::json::Scanner;
use crate::limits::TEMPLATE_MISSES_MAX;
use crate::simd::{self, Level};
use crate::template::{Run, Template};

/// The batch so far. The first record says which stream and shard it is; the others must agree.
pub(crate) struct Batch<'e, 's> {
    body: &'e [u8],
    suffix: &'s [u8],
    pub(crate) builder: Option<RecordsBuilder<'e>>,
    source: Option<Source<'e>>,
    count: usize,
    /// With what records are read by a template; `None` for the strict walk alone.
    level: Option<Level>,
    template: Option<Template>,
    /// Where the template was tried last and did not fit.
    deviates_at: usize,
    /// Records in a row that did not fit the template of the one before.
    misses: u32,
}

/// Where a record is from, as it is written, so that agreeing is comparing bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Source<'e> {
    arn: &'e [u8],
    shard: &'e [u8],
}

impl<'e, 's> Batch<'e, 's> {
    pub(crate) fn new(body: &'e [u8], suffix: &'s [u8], level: Option<Level>) -> Self {
        Self { body, suffix, builder: None, source: None, count: 0, level, template: None, deviates_at: 0, misses: 0 }
    }

    /// Takes the next element of `Records`, and with it those behind it that are written in the same way.
    pub(crate) fn element(&mut self, scanner: &mut Scanner<'e>) -> Result<(), EventError> {
        if let Some(level) = self.level
            && self.alike(level, scanner)
        {
            return Ok(());
        }
        let index = self.count;
        self.count += 1;
        scanner.peek();
        let start = scanner.at();
        let mut fields = Fields::default();
        fields.read(scanner).and_then(|()| self.add(&fields)).map_err(|error| error.in_record(index))?;
        if self.level.is_some() && self.misses < TEMPLATE_MISSES_MAX {
            self.template = Template::learn(start..scanner.at(), &fields);
        }
        if let (0, Some(builder)) = (index, &mut self.builder) {
            let (record, rest) = (scanner.at() - start, self.body.len() - scanner.at());
            builder.reserve(1 + rest / record);
        }
        Ok(())
    }

    /// Takes as many records as the template fits; whether there was one.
    fn alike(&mut self, level: Level, scanner: &mut Scanner<'e>) -> bool {
        let (Some(template), Some(builder)) = (&self.template, &mut self.builder) else { return false };
        let start = scanner.at();
        if start == self.deviates_at {
            self.misses += 1;
            return false;
        }
        let end = simd::dispatch(level, Run { template, body: self.body, at: start, builder });
        self.deviates_at = end + 1;
        if end == start {
            self.misses += 1;
            return false;
        }
        self.misses = 0;
        self.count = builder.len();
        scanner.go_to(end);
        true
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
        let arrival = required(fields.arrival.as_ref(), "kinesis.approximateArrivalTimestamp")?.time;
        builder.push(sequence_number, partition_key, arrival, |arena| {
            base64_simd::STANDARD
                .decode_append(data.as_ref(), arena)
                .map_err(|_| EventError::malformed("its data is not base64"))
        })
    }
}

/// Begins the batch that its first record is of. Data in base64 is three quarters of its text, at most; a little more
/// lets what decodes it write whole registers to the end.
fn begin<'e>(source: Source<'e>, suffix: &[u8], body_bytes: usize) -> Result<RecordsBuilder<'e>, EventError> {
    let text = |bytes: &'e [u8]| std::str::from_utf8(bytes).ok();
    let shard_id = text(source.shard)
        .and_then(|shard| ShardId::parse(shard).ok())
        .ok_or(EventError::malformed("its eventID does not begin with a shard id"))?;
    let stream_arn = text(source.arn)
        .and_then(|arn| stream_arn_of(arn).ok())
        .ok_or(EventError::malformed("its eventSourceARN is not the ARN of a stream or of a consumer"))?;
    Ok(RecordsBuilder::new(stream_arn, shard_id, suffix, body_bytes / 4 * 3 + simd::SLACK_BYTES))
}
