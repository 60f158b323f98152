//! What one object of a plan will hold, record by record.

use std::borrow::Cow;

use penstock_format::{
    ArrivalTime, ErrorOutputType, ErrorRecord, FileExtension, ObjectRole, OutputFormat, RecordSetDigest, SequenceNumber,
};

use super::body::Body;
use super::naming::Namer;
use super::{PlanError, PlannedObject};
use crate::config::DeliveryConfig;
use crate::limits::{ERROR_BYTES_PER_BATCH_MAX, OUTPUT_BYTES_PER_BATCH_MAX};
use crate::records::{KinesisRecords, UserRecord};
use crate::transform::{Failure, Processed};

/// What one object will hold: its bytes so far, and the identity of what is in them.
#[derive(Default)]
pub(super) struct Group {
    body: Body,
    digest: RecordSetDigest,
    pub(super) span: Option<Span>,
}

/// First and last record of an object, and the arrival of its oldest.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) first: SequenceNumber,
    pub(super) last: SequenceNumber,
    pub(super) oldest_arrival: ArrivalTime,
}

impl Group {
    /// Adds the outputs of one record, all or none, and tells how many.
    #[inline]
    pub(super) fn take(
        &mut self,
        records: &KinesisRecords<'_>,
        record: &UserRecord<'_>,
        processed: &Processed<'_>,
    ) -> Result<u64, Failure> {
        let outputs = match processed {
            Processed::Keep(output) => std::slice::from_ref(output),
            Processed::Split(outputs) => outputs.as_slice(),
            Processed::Drop => &[],
        };
        self.check_room(records, outputs)?;
        for (index, output) in (0..).zip(outputs) {
            // Only a whole record may stay in the arena: a part of it has no delimiter behind it there.
            if output.len() == record.data.len() {
                self.body.push(records, output);
            } else {
                self.body.push_copy(records, output);
            }
            self.note(record, index);
        }
        Ok(outputs.len() as u64)
    }

    fn check_room(&self, records: &KinesisRecords<'_>, outputs: &[Cow<'_, [u8]>]) -> Result<(), Failure> {
        let bytes: usize = outputs.iter().map(|output| output.len() + records.suffix().len()).sum();
        if self.body.len() + bytes <= OUTPUT_BYTES_PER_BATCH_MAX {
            return Ok(());
        }
        let message = format!(
            "its {bytes} bytes of output would bring the batch above {OUTPUT_BYTES_PER_BATCH_MAX} bytes of output"
        );
        Err(Failure::with_code(Failure::OUTPUT_TOO_LARGE, message))
    }

    /// Adds the error document of one record.
    pub(super) fn take_failed(
        &mut self,
        records: &KinesisRecords<'_>,
        record: &UserRecord<'_>,
        failure: &Failure,
    ) -> Result<(), PlanError> {
        let mut own = match std::mem::take(&mut self.body) {
            Body::Own(own) => own,
            Body::Arena { .. } => Vec::new(),
        };
        ErrorRecord {
            arrival: record.arrival,
            error_code: &failure.code,
            error_message: &failure.message,
            raw_data: record.data,
            shard_id: records.shard_id(),
            sequence_number: record.sequence_number,
            sub_sequence_number: record.sub_sequence_number,
            partition_key: record.partition_key,
        }
        .write(&mut own);
        let bytes = own.len();
        self.body = Body::Own(own);
        self.note(record, 0);
        if bytes > ERROR_BYTES_PER_BATCH_MAX { Err(PlanError::ErrorsTooLarge { bytes }) } else { Ok(()) }
    }

    /// Notes whose output was added.
    #[inline]
    fn note(&mut self, record: &UserRecord<'_>, output_index: u32) {
        self.digest.add(record.sequence_number, record.sub_sequence_number, output_index);
        match &mut self.span {
            None => {
                let (first, last) = (*record.sequence_number, *record.sequence_number);
                self.span = Some(Span { first, last, oldest_arrival: record.arrival });
            }
            Some(span) => {
                // A shard's records ascend, so that these are the ends; were they not, the range would still hold all.
                span.first = span.first.min(*record.sequence_number);
                span.last = span.last.max(*record.sequence_number);
                span.oldest_arrival = span.oldest_arrival.min(record.arrival);
            }
        }
    }

    /// The data object, if anything was kept.
    pub(super) fn finish(
        self,
        config: &DeliveryConfig,
        records: KinesisRecords<'_>,
        namer: &Namer<'_>,
    ) -> Result<Vec<PlannedObject>, PlanError> {
        let Some(span) = self.span else { return Ok(Vec::new()) };
        let OutputFormat::Lines { framing, compression } = &config.output_format;
        let mut body = match self.body {
            Body::Arena { bytes } => {
                let mut arena = records.into_arena();
                arena.truncate(bytes);
                arena
            }
            Body::Own(own) => own,
        };
        framing.trim(&mut body);
        let extension = config.file_extension.as_ref().map_or(compression.extension(), FileExtension::as_str);
        let object = namer.name(ObjectRole::Data, &span, &self.digest, extension, compression.compress(body))?;
        Ok(vec![object])
    }

    /// The error object, if anything failed. Error documents are JSON lines whatever the data's framing is.
    pub(super) fn finish_errors(
        self,
        config: &DeliveryConfig,
        namer: &Namer<'_>,
    ) -> Result<Vec<PlannedObject>, PlanError> {
        let (Some(span), Body::Own(body)) = (self.span, self.body) else { return Ok(Vec::new()) };
        let OutputFormat::Lines { compression, .. } = &config.output_format;
        let role = ObjectRole::Error(ErrorOutputType::ProcessingFailed);
        let object = namer.name(role, &span, &self.digest, compression.extension(), compression.compress(body))?;
        Ok(vec![object])
    }
}
