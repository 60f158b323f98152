//! The plan of a batch: every object with its key, its bytes and its metadata, before anything is stored.
//!
//! A plan is a value. It can be printed, compared and tested; the shell carries it out and adds nothing to it.

mod backup;
mod body;
mod data;
mod errors;
mod group;
mod naming;
#[cfg(feature = "parquet")]
mod rows;
mod sort;

use std::sync::Arc;

use std::collections::BTreeSet;

use bytes::Bytes;
use penstock_format::{ArrivalTime, ErrorSource, KeyError, ObjectKey, ObjectMetadata, ObjectRole, PrefixError};

use crate::config::{BucketName, DeliveryConfig, ObjectIds};
use crate::deaggregate::{Deaggregated, DeaggregationCounts, deaggregate};
use crate::invariants;
use crate::limits::ERROR_BYTES_PER_BATCH_MAX;
use crate::records::KinesisRecords;
use crate::transform::Transform;
use naming::{Filled, Namer};
use sort::{Sorted, TooMuch, sort};

/// What is to be stored for one batch, and what became of its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPlan {
    /// The objects that hold what was kept.
    pub objects: Vec<PlannedObject>,
    /// The objects that hold what failed.
    pub error_objects: Vec<PlannedObject>,
    /// The objects that hold the records as they came, where the source backup is on.
    pub backup_objects: Vec<PlannedObject>,
    /// What became of the batch's records.
    pub counts: Counts,
    /// What taking the records of Kinesis apart came to.
    pub deaggregation: DeaggregationCounts,
    /// What converting records to columns came to; none where that is off.
    pub conversion: Option<ConversionCounts>,
    /// Where the ids in the keys are from: only of a derived one is known what lies under it already.
    pub ids: ObjectIds,
}

impl DeliveryPlan {
    /// The plan of no records.
    fn empty(ids: ObjectIds) -> Self {
        let (objects, error_objects, backup_objects) = (Vec::new(), Vec::new(), Vec::new());
        let (counts, deaggregation) = (Counts::default(), DeaggregationCounts::default());
        Self { objects, error_objects, backup_objects, counts, deaggregation, conversion: None, ids }
    }

    /// All objects, in their order: data first, then errors, then the backup.
    pub fn all_objects(&self) -> impl Iterator<Item = &PlannedObject> {
        self.objects.iter().chain(&self.error_objects).chain(&self.backup_objects)
    }
}

/// What became of the records of a batch: user records, and those of Kinesis that could not be taken apart or hold none.
/// `kept + dropped + failed == records`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Records of the batch.
    pub records: u64,
    /// Records with at least one output.
    pub kept: u64,
    /// Outputs of the kept records.
    pub outputs: u64,
    /// Their bytes as they go into objects, before delimiters and compression.
    pub output_bytes: u64,
    /// Records that the transform left out, and those that hold nothing to transform.
    pub dropped: u64,
    /// Records that failed.
    pub failed: u64,
}

/// What became of records that were converted to columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConversionCounts {
    /// Records that became rows.
    pub records: u64,
    /// Bytes of what became rows, as JSON.
    pub bytes: u64,
    /// Records that did not fit.
    pub failed_records: u64,
    /// Their bytes.
    pub failed_bytes: u64,
    /// Fields that no column has taken, where they are counted.
    pub unknown_fields: u64,
}

impl Counts {
    /// The same with records of Kinesis that hold nothing.
    fn with_left_out(self, left_out: u64) -> Self {
        Self { records: self.records + left_out, dropped: self.dropped + left_out, ..self }
    }
}

impl From<TooMuch<'_>> for PlanError {
    fn from(too_much: TooMuch<'_>) -> Self {
        Self::ErrorsTooLarge { bytes: too_much.bytes }
    }
}

/// An object to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedObject {
    /// The bucket that it goes to.
    pub bucket: BucketName,
    /// Its key.
    pub key: ObjectKey,
    /// What it holds.
    pub role: ObjectRole,
    /// Values of its partition keys, in the order of the prefix; none where there are no keys.
    pub partition: Vec<String>,
    /// Its bytes, as they will lie in S3.
    pub body: Bytes,
    /// Its `Content-Type`.
    pub content_type: Arc<str>,
    /// Its `Content-Encoding`, if any.
    pub content_encoding: Option<Arc<str>>,
    /// Its `Content-Disposition`, if any.
    pub content_disposition: Option<Arc<str>>,
    /// Its `Content-Language`, if any.
    pub content_language: Option<Arc<str>>,
    /// What it says about itself.
    pub metadata: ObjectMetadata,
    /// Arrival of its oldest record.
    pub oldest_arrival: ArrivalTime,
}

/// Where the ids of objects come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdSource {
    /// From what the object holds, so that a retry makes the same key.
    Derived,
    /// From bytes that the shell drew for this batch: no two plans share a key, and a retry doubles.
    Random(RandomBytes),
}

impl IdSource {
    const fn kind(self) -> ObjectIds {
        match self {
            Self::Derived => ObjectIds::Derived,
            Self::Random(_) => ObjectIds::Random,
        }
    }
}

/// Random bytes, drawn by the shell; a value like any other in here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomBytes(pub [u8; 16]);

impl RandomBytes {
    /// The bytes of the plan's object number `index`; they differ from those of every other object of the plan, also
    /// after the version bits of an id are written over them.
    fn of_object(self, index: u32) -> [u8; 16] {
        let mut bytes = self.0;
        for (byte, low) in bytes[12..].iter_mut().zip(index.to_be_bytes()) {
            *byte ^= low;
        }
        bytes
    }
}

/// A batch that cannot be planned with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A prefix cannot be evaluated for these records.
    #[error("the prefix of the {role} object cannot be evaluated")]
    Prefix {
        /// The object's role.
        role: ObjectRole,
        /// Why.
        #[source]
        source: PrefixError,
    },
    /// The key cannot be made.
    #[error("the key of the {role} object cannot be made")]
    Key {
        /// The object's role.
        role: ObjectRole,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// An object of columns cannot be written.
    #[error("the columns of the {role} object cannot be written: {problem}")]
    Columns {
        /// The object's role.
        role: ObjectRole,
        /// Why, in words.
        problem: String,
    },
    /// What failed is more than an error object may hold.
    #[error("the error documents of the batch have {bytes} bytes, at most {ERROR_BYTES_PER_BATCH_MAX} are allowed")]
    ErrorsTooLarge {
        /// Their size so far.
        bytes: usize,
    },
}

/// Plans the delivery of one batch. Pure: the same batch and configuration make the same plan.
pub fn plan<T: Transform>(
    config: &DeliveryConfig,
    transform: &T,
    records: KinesisRecords<'_>,
    ids: IdSource,
) -> Result<DeliveryPlan, PlanError> {
    #[cfg(not(feature = "parquet"))]
    if config.conversion.is_some() {
        let problem = "Parquet is not built in".to_owned();
        return Err(PlanError::Columns { role: ObjectRole::Data, problem });
    }
    let Some(batch) = records.range() else { return Ok(DeliveryPlan::empty(ids.kind())) };
    // What is replayed from an error object lies in the backup since it came.
    let backup = config.backup.as_ref().filter(|_| !ErrorSource::is_of_one(&batch.0));
    let backup = backup.and_then(|backup| backup::filled(backup, &records));
    let Deaggregated { records, original, failed: broken, counts: deaggregation } =
        deaggregate(&config.deaggregation, records);
    let Sorted { kept, failed, counts, conversion } = match sort(config, transform, &records, &broken, &BTreeSet::new())
    {
        Ok(sorted) => sorted,
        Err(too_much) => {
            let Some(original) = &original else { return Err(too_much.into()) };
            let broken = too_much.whole(original, broken);
            sort(config, transform, &records, &broken, &too_much.failing)?
        }
    };
    let counts = counts.with_left_out(deaggregation.left_out);
    let (stream_arn, shard_id) = (records.stream_arn(), records.shard_id());
    let conversion = config.conversion.is_some().then_some(conversion);
    let mut filled: Vec<Filled> = kept.finish(records)?;
    let data = filled.len();
    filled.extend(failed.finish(config));
    let kinesis_records = deaggregation.kinesis_records;
    let namer = Namer { config, stream_arn, shard_id, ids, counts, kinesis_records, batch };
    let all = filled.len();
    let mut objects = namer.name_all(filled, 0)?;
    let error_objects = objects.split_off(data);
    // Numbered for themselves: a batch is whole without them, also where they lie elsewhere or are switched off.
    let backup_objects = namer.name_all(backup.into_iter().collect(), all)?;
    let plan =
        DeliveryPlan { objects, error_objects, backup_objects, counts, deaggregation, conversion, ids: ids.kind() };
    debug_assert_eq!(invariants::check_plan(&plan), Ok(()));
    Ok(plan)
}
