//! What one object of a plan will hold, record by record.

use penstock_format::{ArrivalTime, RecordSetDigest, SequenceNumber};

use super::body::Body;
use crate::records::{KinesisRecords, UserRecord};

/// What one object will hold: its bytes so far, and the identity of what is in them.
#[derive(Default)]
pub(super) struct Group {
    pub(super) body: Body,
    pub(super) digest: RecordSetDigest,
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
    /// Adds an output of a record: number `index` of its outputs.
    #[inline]
    pub(super) fn push(&mut self, records: &KinesisRecords<'_>, record: &UserRecord<'_>, output: &[u8], index: u32) {
        // Only a whole record may stay in the arena: a part of it has no delimiter behind it there.
        if output.len() == record.data.len() {
            self.body.push(records, output);
        } else {
            self.body.push_copy(records, output);
        }
        self.note(record, index);
    }

    /// Notes whose output was added.
    #[inline]
    pub(super) fn note(&mut self, record: &UserRecord<'_>, output_index: u32) {
        self.digest.add(record.sequence_number, record.sub_sequence_number, output_index);
        match &mut self.span {
            None => {
                let number = record.sequence_number.number();
                self.span = Some(Span { first: number, last: number, oldest_arrival: record.arrival });
            }
            Some(span) => {
                // A shard's records ascend, so that these are the ends; were they not, the range would still hold all.
                if record.sequence_number > span.last.digits() {
                    span.last.set(record.sequence_number);
                } else if record.sequence_number < span.first.digits() {
                    span.first.set(record.sequence_number);
                }
                span.oldest_arrival = span.oldest_arrival.min(record.arrival);
            }
        }
    }
}
