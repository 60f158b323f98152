//! From the records of Kinesis to the records of the user: what wraps several into one is taken off.
//!
//! ```text
//! Kinesis record ── aggregate of the KPL ──> decompression, CloudWatch Logs ──> JSON objects or pieces ──> user records
//! ```
//!
//! A Kinesis record comes apart as a whole or not at all. If any part of it cannot be taken apart, nothing of it goes on
//! to the transform, and its bytes go to the error output as the producer put them: so a repair is one record put again,
//! and no half of it is stored twice. So each Kinesis record has at least one user record, or has failed, or is left out
//! because it holds none.
//!
//! A user record's identity is its Kinesis record's sequence number and its ordinal among all that have come out of that
//! number, over all levels, from 0. Where an event repeats a number the ordinals go on. A record that has failed takes
//! one ordinal, one that is left out takes none.
//!
//! Where nothing is to be taken apart the batch comes back as it is, for a look at the first bytes of each record.

mod cloudwatch_logs;
mod failed_record;
mod kpl;
mod protobuf;
mod sub_records;

use std::borrow::Cow;
use std::collections::BTreeMap;

use penstock_format::{ErrorOutputType, SequenceDigits};

use crate::config::{Deaggregation, Decompression, SubRecords};
use crate::limits::{
    DEFLATE_RATIO_MAX, INFLATED_BYTES_PER_BATCH_MAX, INFLATED_BYTES_PER_RECORD_MAX, OUTPUT_BYTES_PER_BATCH_MAX,
    USER_RECORDS_PER_BATCH_MAX,
};
use crate::records::{KinesisRecord, KinesisRecords, RecordsBuilder};
use crate::transform::Failure;
use cloudwatch_logs::Document;
pub use failed_record::FailedRecord;

/// The code of a user record that names a partition key which its aggregate has not.
const INDEX_OUT_OF_RANGE: &str = "Deaggregation.KplIndexOutOfRange";
/// The code of a record that becomes too much.
const OUTPUT_TOO_LARGE: &str = "Deaggregation.OutputTooLarge";

/// What a batch is once its records are taken apart.
#[derive(Debug)]
pub struct Deaggregated<'e> {
    /// The user records, in the order of the shard, each followed by the batch's delimiter. Their range is the batch's.
    pub records: KinesisRecords<'e>,
    /// The batch as it came, where something was taken apart.
    pub original: Option<KinesisRecords<'e>>,
    /// The records that could not be taken apart, in the order of the shard.
    pub failed: Vec<FailedRecord<'e>>,
    /// What became of the batch.
    pub counts: DeaggregationCounts,
}

/// What became of the Kinesis records of a batch. `apart + failed + left_out == kinesis_records`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeaggregationCounts {
    /// Kinesis records of the batch.
    pub kinesis_records: u64,
    /// Their bytes.
    pub kinesis_bytes: u64,
    /// Those that are at least one user record now, mostly themselves.
    pub apart: u64,
    /// Those that have failed.
    pub failed: u64,
    /// Those that hold no user record: control messages, aggregates of nothing, nothing where JSON or pieces should be.
    pub left_out: u64,
    /// The user records.
    pub user_records: u64,
    /// Aggregates of the KPL that were taken apart, those of nothing too.
    pub aggregates: u64,
    /// What came out of them, before anything else was taken off.
    pub aggregated_records: u64,
    /// Records that were decompressed, control messages too.
    pub decompressed_records: u64,
    /// Bytes they came to.
    pub decompressed_bytes: u64,
    /// Bytes, as they came, of records that could not be decompressed.
    pub not_decompressed_bytes: u64,
    /// Control messages of CloudWatch Logs.
    pub control_messages: u64,
}

/// Takes the records of a batch apart. Pure: the same batch and settings give the same records.
///
/// Without a setting and without an aggregate the very batch comes back: nothing is copied or allocated.
pub fn deaggregate<'e>(config: &Deaggregation, records: KinesisRecords<'e>) -> Deaggregated<'e> {
    let kinesis_records = records.len() as u64;
    let kinesis_bytes = (records.arena().len() - records.len() * records.suffix().len()) as u64;
    if config.is_off() && !records.user_records().any(|record| kpl::has_magic(record.data)) {
        let counts = DeaggregationCounts {
            kinesis_records,
            kinesis_bytes,
            apart: kinesis_records,
            user_records: kinesis_records,
            ..DeaggregationCounts::default()
        };
        return Deaggregated { records, original: None, failed: Vec::new(), counts };
    }
    let mut parts = Parts {
        config,
        builder: RecordsBuilder::apart_from(&records),
        suffix_bytes: records.suffix().len(),
        room_bytes: OUTPUT_BYTES_PER_BATCH_MAX,
        inflatable_bytes: INFLATED_BYTES_PER_BATCH_MAX,
        ordinals: BTreeMap::new(),
        ordinal: 0,
        failed: Vec::new(),
        counts: DeaggregationCounts { kinesis_records, kinesis_bytes, ..DeaggregationCounts::default() },
    };
    for record in records.records() {
        parts.take(record, records.view(record).data);
    }
    let (apart, failed, counts) = (parts.builder.finish(), parts.failed, parts.counts);
    Deaggregated { records: apart, original: Some(records), failed, counts }
}

/// Whose data it is: a producer's record, in a Kinesis record of its own or in an aggregate.
struct Producers<'r, 'e> {
    record: &'r KinesisRecord<'e>,
    partition_key: Cow<'e, str>,
}

/// A batch while it is taken apart.
struct Parts<'c, 'e> {
    config: &'c Deaggregation,
    builder: RecordsBuilder<'e>,
    suffix_bytes: usize,
    /// What user records may still take.
    room_bytes: usize,
    /// What may still be inflated.
    inflatable_bytes: usize,
    /// The next ordinal of each sequence number so far.
    ordinals: BTreeMap<SequenceDigits<'e>, u64>,
    /// The next ordinal of the sequence number at hand.
    ordinal: u64,
    failed: Vec<FailedRecord<'e>>,
    counts: DeaggregationCounts,
}

impl<'e> Parts<'_, 'e> {
    /// One Kinesis record: all of it, or nothing and a failure.
    fn take(&mut self, record: &KinesisRecord<'e>, data: &[u8]) {
        let first = self.ordinals.get(&record.sequence_number).copied().unwrap_or(0);
        let (len, room_bytes, counts) = (self.builder.len(), self.room_bytes, self.counts);
        self.ordinal = first;
        match self.kinesis_record(record, data) {
            Ok(()) if self.builder.len() == len => self.counts.left_out += 1,
            Ok(()) => self.counts.apart += 1,
            Err(failure) => {
                self.builder.truncate(len);
                (self.room_bytes, self.counts, self.ordinal) = (room_bytes, counts, first + 1);
                self.counts.failed += 1;
                if failure.output_type == ErrorOutputType::DecompressionFailed {
                    self.counts.not_decompressed_bytes += data.len() as u64;
                }
                self.failed.push(FailedRecord {
                    sequence_number: record.sequence_number,
                    sub_sequence_number: first,
                    partition_key: record.partition_key.clone(),
                    arrival: record.arrival,
                    data: data.to_vec(),
                    failure,
                });
            }
        }
        self.ordinals.insert(record.sequence_number, self.ordinal);
    }

    fn kinesis_record(&mut self, record: &KinesisRecord<'e>, data: &[u8]) -> Result<(), Failure> {
        let Some(aggregate) = kpl::read(data) else {
            return self.producers(&Producers { record, partition_key: record.partition_key.clone() }, data);
        };
        self.counts.aggregates += 1;
        for aggregated in aggregate.user_records() {
            let aggregated = aggregated.map_err(|kpl::IndexOutOfRange { index, keys }| {
                let message = format!("a user record of the aggregate has partition key {index} of a table of {keys}");
                Failure::with_code(INDEX_OUT_OF_RANGE, message)
            })?;
            // proto2 does not say that text is UTF-8, and Java's reader replaces what is not.
            let partition_key = Cow::Owned(String::from_utf8_lossy(aggregated.partition_key).into_owned());
            self.counts.aggregated_records += 1;
            self.producers(&Producers { record, partition_key }, aggregated.data)?;
        }
        Ok(())
    }

    /// What a producer put, in its own record or in an aggregate.
    fn producers(&mut self, of: &Producers<'_, 'e>, data: &[u8]) -> Result<(), Failure> {
        match self.config.decompression {
            Decompression::None => return self.decompressed(of, data),
            Decompression::Documents | Decompression::Messages => {}
        }
        let inflated = self.inflate(data)?;
        let Document::Data(messages) = Document::read(&inflated)? else {
            self.counts.control_messages += 1;
            return Ok(());
        };
        if self.config.decompression == Decompression::Documents {
            return self.decompressed(of, &inflated);
        }
        messages.iter().try_for_each(|message| self.decompressed(of, message.as_bytes()))
    }

    fn inflate(&mut self, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let limit = INFLATED_BYTES_PER_RECORD_MAX.min(self.inflatable_bytes);
        let inflated = cloudwatch_logs::inflate(data, limit);
        // What has failed has cost time as well, for all that is known as much as its bytes can become.
        let at_most = limit.min(data.len().saturating_mul(DEFLATE_RATIO_MAX));
        self.inflatable_bytes -= inflated.as_ref().map_or(at_most, Vec::len);
        let inflated = inflated?;
        self.counts.decompressed_records += 1;
        self.counts.decompressed_bytes += inflated.len() as u64;
        Ok(inflated)
    }

    fn decompressed(&mut self, of: &Producers<'_, 'e>, data: &[u8]) -> Result<(), Failure> {
        match self.config.sub_records {
            SubRecords::One => self.user_record(of, data),
            SubRecords::Json => sub_records::json(data, |part| self.user_record(of, part)),
            SubRecords::Delimited(delimiter) => {
                sub_records::delimited(data, delimiter, |part| self.user_record(of, part))
            }
        }
    }

    fn user_record(&mut self, of: &Producers<'_, 'e>, data: &[u8]) -> Result<(), Failure> {
        // A table's key is copied for each record that names it, so a long one among many is a bomb of its own.
        let key_bytes = if let Cow::Owned(own) = &of.partition_key { own.len() } else { 0 };
        let room_bytes = self.room_bytes.checked_sub(data.len() + self.suffix_bytes + key_bytes);
        self.room_bytes = room_bytes.ok_or_else(|| {
            let message = format!("the user records of the batch have more than {OUTPUT_BYTES_PER_BATCH_MAX} bytes");
            Failure::with_code(OUTPUT_TOO_LARGE, message)
        })?;
        let too_many = || {
            let message = format!("the batch has more than {USER_RECORDS_PER_BATCH_MAX} user records");
            Failure::with_code(OUTPUT_TOO_LARGE, message)
        };
        if self.builder.len() >= USER_RECORDS_PER_BATCH_MAX {
            return Err(too_many());
        }
        self.builder.push_part(of.record, self.ordinal, of.partition_key.clone(), data).map_err(|_| too_many())?;
        self.ordinal += 1;
        self.counts.user_records += 1;
        Ok(())
    }
}
