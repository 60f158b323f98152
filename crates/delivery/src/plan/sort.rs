//! Records sorted into what is kept and what failed.

use std::collections::BTreeSet;

use penstock_format::{ErrorOutputType, SequenceDigits};

use super::data::Data;
use super::errors::Errors;
use super::{ConversionCounts, Counts};
use crate::config::DeliveryConfig;
use crate::deaggregate::FailedRecord;
use crate::records::KinesisRecords;
use crate::transform::{self, Failure, Transform};

/// A batch, sorted.
pub(super) struct Sorted<'c> {
    pub(super) kept: Data<'c>,
    pub(super) failed: Errors,
    pub(super) counts: Counts,
    pub(super) conversion: ConversionCounts,
}

/// The documents of what failed have more bytes than a batch may have.
pub(super) struct TooMuch<'e> {
    /// When it was seen.
    pub(super) bytes: usize,
    /// Records of Kinesis of which something failed.
    pub(super) failing: BTreeSet<SequenceDigits<'e>>,
}

/// Asks about every user record, but for those of `whole`, which are among the `broken` as they came; these are the records
/// that could not be taken apart, in the order of the shard.
pub(super) fn sort<'c, 'e, T: Transform>(
    config: &'c DeliveryConfig,
    transform: &T,
    records: &KinesisRecords<'e>,
    broken: &[FailedRecord<'_>],
    whole: &BTreeSet<SequenceDigits<'e>>,
) -> Result<Sorted<'c>, TooMuch<'e>> {
    let shard_id = records.shard_id();
    let mut sorted = Sorted {
        kept: Data::new(config),
        failed: Errors::default(),
        counts: Counts::default(),
        conversion: ConversionCounts::default(),
    };
    let mut failing = BTreeSet::new();
    let mut broken = broken.iter().peekable();
    for own in records.fetched() {
        let (record, number) = (records.view(own), own.sequence_number);
        if !whole.is_empty() && whole.contains(&number) {
            continue;
        }
        let is_before = |own: &&FailedRecord<'_>| own.place() < (record.sequence_number, record.sub_sequence_number);
        while let Some(own) = broken.next_if(is_before) {
            sorted.counts.failed += 1;
            sorted.failed.take(shard_id, &own.as_user_record(), &own.failure);
        }
        let asked = transform::ask(transform, config.transform_query.as_ref(), sorted.kept.budget(), &record);
        match asked.and_then(|processed| sorted.kept.take(records, &record, &processed)) {
            Ok(0) => sorted.counts.dropped += 1,
            Ok(outputs) => {
                sorted.counts.kept += 1;
                sorted.counts.outputs += outputs;
            }
            Err(failure) => {
                sorted.counts.failed += 1;
                if failure.output_type == ErrorOutputType::FormatConversionFailed {
                    sorted.conversion.failed_records += 1;
                    sorted.conversion.failed_bytes += record.data.len() as u64;
                }
                failing.insert(number);
                sorted.failed.take(shard_id, &record, &failure);
            }
        }
    }
    for own in broken {
        sorted.counts.failed += 1;
        sorted.failed.take(shard_id, &own.as_user_record(), &own.failure);
    }
    let counts = &mut sorted.counts;
    counts.records = counts.kept + counts.dropped + counts.failed;
    counts.output_bytes = sorted.kept.output_bytes;
    sorted.conversion.records = counts.kept;
    sorted.conversion.bytes = counts.output_bytes;
    sorted.conversion.unknown_fields = sorted.kept.unknown_fields;
    match sorted.failed.too_large() {
        Some(bytes) => Err(TooMuch { bytes, failing }),
        None => Ok(sorted),
    }
}

impl<'e> TooMuch<'e> {
    /// What could not be taken apart, and the records of which something failed, as they came: one document each, and no more
    /// bytes than the event has. A batch never waits for what its records hold.
    pub(super) fn whole(
        &self,
        original: &KinesisRecords<'e>,
        mut broken: Vec<FailedRecord<'e>>,
    ) -> Vec<FailedRecord<'e>> {
        let message = format!("the documents of what failed in the batch have more than {} bytes", self.bytes);
        for record in original.records().iter().filter(|record| self.failing.contains(&record.sequence_number)) {
            let data = original.view(record).data;
            if broken.iter().any(|own| own.sequence_number == record.sequence_number && own.data == data) {
                continue;
            }
            broken.push(FailedRecord {
                sequence_number: record.sequence_number,
                sub_sequence_number: record.sub_sequence_number,
                partition_key: record.partition_key.clone(),
                arrival: record.arrival,
                data: data.to_vec(),
                failure: Failure::with_code(Failure::TOO_MANY_FAILED, message.clone()),
            });
        }
        broken.sort_by_key(FailedRecord::place);
        broken
    }
}
