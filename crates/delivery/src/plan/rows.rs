//! Rows instead of lines: outputs go into the columns of their objects.

use penstock_columns::Columns;
use penstock_format::ObjectRole;

use super::PlanError;
use super::body::Body;
use super::data::{Data, Groups, outputs_of};
use super::group::Group;
use super::naming::Filled;
use crate::config::Conversion;
use crate::limits::OUTPUT_BYTES_PER_BATCH_MAX;
use crate::partition::PartitionName;
use crate::records::UserRecord;
use crate::shape::not_a_row;
use crate::transform::{Failure, Processed};

impl Data<'_> {
    /// Adds the rows of one record's outputs, all or none, and tells of how many outputs.
    pub(super) fn take_rows(
        &mut self,
        conversion: &Conversion,
        record: &UserRecord<'_>,
        processed: &Processed<'_>,
    ) -> Result<u64, Failure> {
        self.groups.place(outputs_of(processed))?;
        // What columns hold is more than the record where it has few of many fields, and no record adds much at once.
        if self.bytes > OUTPUT_BYTES_PER_BATCH_MAX {
            let message = format!("the rows of the batch have more than {OUTPUT_BYTES_PER_BATCH_MAX} bytes in memory");
            return Err(Failure::with_code(Failure::OUTPUT_TOO_LARGE, message));
        }
        let layout = &conversion.layout;
        if outputs_of(processed).nth(1).is_some() {
            // Each must fit before any is written.
            let mut trial = Columns::new(layout);
            outputs_of(processed)
                .try_for_each(|(data, _)| trial.push(layout, data).map(drop))
                .map_err(|error| not_a_row(&error))?;
        }
        let mut count = 0;
        for (index, (data, _)) in (0..).zip(outputs_of(processed)) {
            let group = self.groups.of(index);
            if !matches!(group.body, Body::Rows(_)) {
                group.body = Body::Rows(Columns::new(layout));
            }
            let Body::Rows(columns) = &mut group.body else { unreachable!("it was made so") };
            let before = columns.buffered_bytes();
            let pushed = match columns.push(layout, data) {
                Ok(pushed) => pushed,
                Err(error) => {
                    self.groups.leave(index);
                    return Err(not_a_row(&error));
                }
            };
            self.bytes += columns.buffered_bytes().saturating_sub(before);
            self.output_bytes += data.len() as u64;
            self.unknown_fields += pushed.unknown_fields;
            group.note(record, index);
            count += 1;
        }
        Ok(count)
    }
}

/// The objects of columns, in the order of the partitions.
pub(super) fn finish(
    conversion: &Conversion,
    groups: impl Iterator<Item = (Option<PartitionName>, Group)>,
    filled: impl Fn(&Group, Option<PartitionName>, Vec<u8>) -> Option<Filled>,
) -> Result<Vec<Filled>, PlanError> {
    let mut objects = Vec::new();
    for (name, mut group) in groups {
        let Body::Rows(columns) = std::mem::take(&mut group.body) else { continue };
        let body = columns
            .finish(&conversion.layout, &conversion.options)
            .map_err(|error| PlanError::Columns { role: ObjectRole::Data, problem: error.to_string() })?;
        objects.extend(filled(&group, name, body));
    }
    Ok(objects)
}

impl Groups<'_> {
    /// Takes an object back that was begun for an output which then did not fit, and has no other.
    fn leave(&mut self, index: u32) {
        if let Self::Partitioned { groups, names, .. } = self {
            let name = &names[index as usize];
            if groups.get(name).is_some_and(|group| group.span.is_none()) {
                groups.remove(name);
            }
        }
    }
}
