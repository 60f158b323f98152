//! The error objects of a plan while they are filled: one for each error output type.

use std::collections::BTreeMap;

use penstock_format::{ErrorOutputType, ErrorRecord, Lines, ObjectRole, ShardId};

use super::body::Body;
use super::group::Group;
use super::naming::Filled;
use crate::config::DeliveryConfig;
use crate::limits::ERROR_BYTES_PER_BATCH_MAX;
use crate::records::UserRecord;
use crate::transform::Failure;

/// The error objects of a batch. Error documents are JSON lines whatever the data's framing is.
#[derive(Default)]
pub(super) struct Errors {
    groups: BTreeMap<ErrorOutputType, Group>,
    bytes: usize,
}

impl Errors {
    /// Adds the error document of one record; none any more once there are too many bytes of them.
    pub(super) fn take(&mut self, shard_id: ShardId, record: &UserRecord<'_>, failure: &Failure) {
        if self.too_large().is_some() {
            return;
        }
        let group = self.groups.entry(failure.output_type).or_default();
        let mut own = match std::mem::take(&mut group.body) {
            Body::Own(own) => own,
            Body::Arena { .. } => Vec::new(),
            #[cfg(feature = "parquet")]
            Body::Rows(_) => Vec::new(),
        };
        let before = own.len();
        ErrorRecord {
            output_type: failure.output_type,
            arrival: record.arrival,
            error_code: &failure.code,
            error_message: &failure.message,
            raw_data: record.data,
            shard_id,
            sequence_number: record.sequence_number,
            sub_sequence_number: record.sub_sequence_number,
            partition_key: record.partition_key,
        }
        .write(&mut own);
        self.bytes += own.len() - before;
        group.body = Body::Own(own);
        group.note(record, 0);
    }

    /// The size of the documents, where that is more than a batch may have.
    pub(super) fn too_large(&self) -> Option<usize> {
        Some(self.bytes).filter(|bytes| *bytes > ERROR_BYTES_PER_BATCH_MAX)
    }

    /// What is to be named, in the order of the types.
    pub(super) fn finish(self, config: &DeliveryConfig) -> impl Iterator<Item = Filled> {
        let Lines { compression, .. } = config.lines;
        self.groups.into_iter().filter_map(move |(kind, group)| {
            let (Some(span), Body::Own(body)) = (group.span, group.body) else { return None };
            Some(Filled {
                role: ObjectRole::Error(kind),
                span,
                count: group.digest.count(),
                digest: group.digest.finish(),
                values: Vec::new(),
                extension: compression.extension().to_owned(),
                compression: compression.compression(),
                body: compression.compress(body),
            })
        })
    }
}
