//! The data objects of a plan while they are filled: one, or one for each partition.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use penstock_format::{Framing, Lines, ObjectRole};

use super::PlanError;
use super::group::Group;
use super::naming::Filled;
#[cfg(feature = "parquet")]
use super::rows;
use crate::config::{DeliveryConfig, Partitioning};
use crate::limits::OUTPUT_BYTES_PER_BATCH_MAX;
use crate::partition::{PartitionName, overflow_objects};
use crate::query_budget::QueryBudget;
use crate::records::{KinesisRecords, UserRecord};
use crate::shape::shape;
use crate::transform::{Failure, Output, Processed};

/// The data objects of a batch.
pub(super) struct Data<'c> {
    pub(super) config: &'c DeliveryConfig,
    pub(super) groups: Groups<'c>,
    /// Whether an output is looked at, or changed, before it goes into its object.
    is_shaped: bool,
    /// Of all outputs, with their delimiters; of rows, what they take in memory.
    pub(super) bytes: usize,
    /// Of all outputs.
    pub(super) output_bytes: u64,
    /// Fields that no column has taken.
    pub(super) unknown_fields: u64,
    /// What queries may still take.
    budget: QueryBudget,
}

/// One object, or one for each partition in the order of their names.
#[expect(clippy::large_enum_variant, reason = "a plan has one of it")]
pub(super) enum Groups<'c> {
    Whole(Group),
    Partitioned { partitioning: &'c Partitioning, groups: BTreeMap<PartitionName, Group>, names: Vec<PartitionName> },
}

/// An output and what it says of its partition.
pub(super) type Said<'p, 'r> = (&'p Cow<'r, [u8]>, &'p [(Cow<'r, str>, Cow<'r, str>)]);

impl<'c> Data<'c> {
    pub(super) fn new(config: &'c DeliveryConfig) -> Self {
        let groups = match &config.partitioning {
            None => Groups::Whole(Group::default()),
            Some(partitioning) => Groups::Partitioned { partitioning, groups: BTreeMap::new(), names: Vec::new() },
        };
        let Lines { framing, .. } = &config.lines;
        let is_shaped = config.envelope.is_some() || *framing == Framing::JsonArray;
        Self { config, groups, is_shaped, bytes: 0, output_bytes: 0, unknown_fields: 0, budget: QueryBudget::begin() }
    }

    /// What queries may still take, those of the transform and those of partitions together.
    pub(super) fn budget(&self) -> &QueryBudget {
        &self.budget
    }

    /// Finds the place of each output, or fails and changes nothing.
    pub(super) fn place(&mut self, processed: &Processed<'_>) -> Result<(), Failure> {
        self.groups.place(outputs_of(processed), &self.budget)
    }

    /// Adds the outputs of one record, all or none, and tells how many.
    #[inline]
    pub(super) fn take(
        &mut self,
        records: &KinesisRecords<'_>,
        record: &UserRecord<'_>,
        processed: &Processed<'_>,
    ) -> Result<u64, Failure> {
        #[cfg(feature = "parquet")]
        if let Some(conversion) = &self.config.conversion {
            return self.take_rows(conversion, record, processed);
        }
        // The place of an output is told by what it is, not by what its framing and its envelope make of it.
        self.place(processed)?;
        let shaped;
        let processed = if self.is_shaped {
            shaped = shaped_outputs(self.config, record, processed)?;
            &shaped
        } else {
            processed
        };
        let bytes = self.check_room(records, outputs_of(processed))?;
        let mut count = 0;
        for (index, (output, _)) in (0..).zip(outputs_of(processed)) {
            self.groups.of(index).push(records, record, output, index);
            count += 1;
        }
        self.bytes += bytes;
        self.output_bytes += bytes as u64 - count * records.suffix().len() as u64;
        Ok(count)
    }

    fn check_room<'p, 'r: 'p>(
        &self,
        records: &KinesisRecords<'_>,
        outputs: impl Iterator<Item = Said<'p, 'r>>,
    ) -> Result<usize, Failure> {
        let bytes: usize = outputs.map(|(output, _)| output.len() + records.suffix().len()).sum();
        if self.bytes + bytes <= OUTPUT_BYTES_PER_BATCH_MAX {
            return Ok(bytes);
        }
        let message = format!(
            "its {bytes} bytes of output would bring the batch above {OUTPUT_BYTES_PER_BATCH_MAX} bytes of output"
        );
        Err(Failure::with_code(Failure::OUTPUT_TOO_LARGE, message))
    }

    /// What is to be named, in the order of the partitions. The arena is given away where it is the one body.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(clippy::unnecessary_wraps, reason = "columns, where they are built in, may not be written")
    )]
    pub(super) fn finish(self, records: KinesisRecords<'_>) -> Result<Vec<Filled>, PlanError> {
        let Lines { framing, compression } = &self.config.lines;
        let extension = self.config.extension();
        let whole = |group: &Group, values: Vec<String>, body: Vec<u8>| {
            Some(Filled {
                role: ObjectRole::Data,
                span: group.span?,
                count: group.digest.count(),
                digest: group.digest.finish(),
                values,
                extension: extension.to_owned(),
                compression: compression.compression(),
                body,
            })
        };
        #[cfg(feature = "parquet")]
        if let Some(conversion) = &self.config.conversion {
            let partitioning = self.config.partitioning.as_ref();
            let values = |name: Option<PartitionName>| {
                partitioning.zip(name).map(|(partitioning, name)| name.values(partitioning)).unwrap_or_default()
            };
            let groups: Vec<(Option<PartitionName>, Group)> = match self.groups {
                Groups::Whole(group) => vec![(None, group)],
                Groups::Partitioned { groups, .. } => {
                    groups.into_iter().map(|(name, group)| (Some(name), group)).collect()
                }
            };
            return rows::finish(conversion, groups.into_iter(), |group, name, body| whole(group, values(name), body));
        }
        let filled = |group: &Group, values: Vec<String>, mut body: Vec<u8>| {
            framing.trim(&mut body);
            whole(group, values, compression.compress(body))
        };
        Ok(match self.groups {
            Groups::Whole(mut group) => {
                let body = std::mem::take(&mut group.body).into_arena(records);
                filled(&group, Vec::new(), body).into_iter().collect()
            }
            Groups::Partitioned { partitioning, groups, .. } => {
                let one = |(name, mut group): (PartitionName, Group)| {
                    let body = std::mem::take(&mut group.body).into_own(&records);
                    filled(&group, name.values(partitioning), body)
                };
                groups.into_iter().filter_map(one).collect()
            }
        })
    }
}

/// The outputs, and what the hooks say of the partition of each.
pub(super) fn outputs_of<'p, 'r>(processed: &'p Processed<'r>) -> impl Iterator<Item = Said<'p, 'r>> {
    let (plain, keyed): (&[Cow<'r, [u8]>], &[Output<'r>]) = match processed {
        Processed::Keep(output) => (std::slice::from_ref(output), &[]),
        Processed::Split(outputs) => (outputs, &[]),
        Processed::Partition(outputs) => (&[], outputs),
        Processed::Drop => (&[], &[]),
    };
    let plain = plain.iter().map(|data| (data, &[][..]));
    plain.chain(keyed.iter().map(|output| (&output.data, output.partition_keys.as_slice())))
}

/// The same outputs as their framing and their envelope ask for; the record fails where one of them cannot be so.
fn shaped_outputs<'p>(
    config: &DeliveryConfig,
    record: &UserRecord<'_>,
    processed: &'p Processed<'_>,
) -> Result<Processed<'p>, Failure> {
    let of = |index: Option<u32>, data: &'p [u8]| shape(config, record, index, Cow::Borrowed(data));
    Ok(match processed {
        Processed::Keep(output) => Processed::Keep(of(None, output)?),
        Processed::Split(outputs) => {
            let shaped = (0..).zip(outputs).map(|(index, output)| of(Some(index), output));
            Processed::Split(shaped.collect::<Result<_, _>>()?)
        }
        Processed::Partition(outputs) => {
            let is_whole = outputs.len() == 1;
            let shaped = (0..).zip(outputs).map(|(index, output)| {
                let data = of((!is_whole).then_some(index), &output.data)?;
                let borrowed = |text: &'p Cow<'_, str>| Cow::Borrowed(text.as_ref());
                let keys = output.partition_keys.iter().map(|(name, value)| (borrowed(name), borrowed(value)));
                Ok(Output { data, partition_keys: keys.collect() })
            });
            Processed::Partition(shaped.collect::<Result<_, Failure>>()?)
        }
        Processed::Drop => Processed::Drop,
    })
}

impl Groups<'_> {
    /// Finds the place of each output, or fails and changes nothing.
    #[inline]
    fn place<'p, 'r: 'p>(
        &mut self,
        outputs: impl Iterator<Item = Said<'p, 'r>>,
        budget: &QueryBudget,
    ) -> Result<(), Failure> {
        let Self::Partitioned { partitioning, groups, names } = self else { return Ok(()) };
        let room = partitioning.objects_max.saturating_sub(overflow_objects(partitioning));
        let ordinary = groups.len().min(room);
        let mut added: BTreeSet<PartitionName> = BTreeSet::new();
        for (count, (data, said)) in outputs.enumerate() {
            // The names of the record before are written over: no output costs an allocation once there were as many.
            if names.len() == count {
                names.push(PartitionName::default());
            }
            let name = &mut names[count];
            name.set(partitioning, data, said, budget)?;
            if groups.contains_key(name) || added.contains(name) {
                continue;
            }
            if ordinary + added.len() < room {
                added.insert(name.clone());
            } else {
                name.overflow(partitioning)?;
            }
        }
        Ok(())
    }

    /// The object of the output number `index` of the record that was placed last.
    #[inline]
    pub(super) fn of(&mut self, index: u32) -> &mut Group {
        match self {
            Self::Whole(group) => group,
            Self::Partitioned { groups, names, .. } => {
                let name = &names[index as usize];
                if !groups.contains_key(name) {
                    groups.insert(name.clone(), Group::default());
                }
                groups.get_mut(name).expect("it was inserted where it was not there")
            }
        }
    }
}
