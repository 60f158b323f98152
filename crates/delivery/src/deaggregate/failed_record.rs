//! A Kinesis record that could not be taken apart.

use std::borrow::Cow;

use penstock_format::{ArrivalTime, SequenceDigits};

use crate::records::UserRecord;
use crate::transform::Failure;

/// A Kinesis record that could not be taken apart: whole, with its reason. It goes to the error output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRecord<'e> {
    /// Its position in the shard.
    pub sequence_number: SequenceDigits<'e>,
    /// Its ordinal among all that has this sequence number; no user record of the batch has it.
    pub sub_sequence_number: u64,
    /// Kinesis's partition key.
    pub partition_key: Cow<'e, str>,
    /// When Kinesis took it.
    pub arrival: ArrivalTime,
    /// Its bytes, as the producer put them.
    pub data: Vec<u8>,
    /// Why, and which folder of the error output it goes to.
    pub failure: Failure,
}

impl<'e> FailedRecord<'e> {
    /// Where it stands in the shard, among user records too.
    pub(crate) const fn place(&self) -> (SequenceDigits<'e>, u64) {
        (self.sequence_number, self.sub_sequence_number)
    }

    /// The record as its error document has it.
    pub fn as_user_record(&self) -> UserRecord<'_> {
        UserRecord {
            data: &self.data,
            partition_key: &self.partition_key,
            sequence_number: self.sequence_number,
            sub_sequence_number: self.sub_sequence_number,
            arrival: self.arrival,
        }
    }
}
