//! The backup object of a plan: every record as it came.

use penstock_format::ObjectRole;

use super::group::Group;
use super::naming::Filled;
use crate::config::Backup;
use crate::records::KinesisRecords;

/// What is to be named: one object with all records, if there are any.
pub(super) fn filled(backup: &Backup, records: &KinesisRecords<'_>) -> Option<Filled> {
    let (mut group, suffix) = (Group::default(), backup.framing.suffix());
    let mut body = Vec::with_capacity(records.arena().len() + records.len() * suffix.len());
    for record in records.user_records() {
        body.extend_from_slice(record.data);
        body.extend_from_slice(suffix);
        group.note(&record, 0);
    }
    backup.framing.trim(&mut body);
    Some(Filled {
        role: ObjectRole::Backup,
        span: group.span?,
        count: group.digest.count(),
        digest: group.digest.finish(),
        values: Vec::new(),
        extension: backup.compression.extension().to_owned(),
        compression: backup.compression,
        body: backup.compression.compress(body),
    })
}
