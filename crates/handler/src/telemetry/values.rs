//! The metrics of a batch: what of its plan was stored now, by what the objects are for.
//!
//! What was stored before is not counted as delivered again. What was dropped or failed is counted once, when the batch
//! is delivered. A backup object is no delivery: it has metrics of its own, as Firehose's has.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use penstock_delivery::{DeliveryPlan, PlannedObject, PutFailureClass, PutOutcome, takes_overflow};
use penstock_format::{ErrorOutputType, ObjectRole};
use serde_json::{Map, Value};

use super::fields::{self, Metric};

/// The values of those of [`METRICS`](super::METRICS) that there is something to say of.
pub(super) fn of_batch(
    plan: &DeliveryPlan,
    outcomes: &[PutOutcome],
    delivered: bool,
    now: SystemTime,
) -> Map<String, Value> {
    let objects: Vec<(&PlannedObject, &PutOutcome)> = plan.all_objects().zip(outcomes).collect();
    let (backup, delivery): (Vec<_>, Vec<_>) =
        objects.iter().partition(|(object, _)| object.role == ObjectRole::Backup);
    let mut values = Map::new();
    let mut put = |metric: &Metric, value: Value| values.insert(metric.name.to_owned(), value);
    let stored = Stored::of(&delivery);
    put(&fields::RECORDS, stored.records.into());
    put(&fields::BYTES, stored.bytes.into());
    put(&fields::SUCCESS, u64::from(delivered).into());
    put(&fields::OBJECT_COUNT, stored.objects.into());
    let already_stored = objects.iter().filter(|(_, outcome)| **outcome == PutOutcome::AlreadyStored).count();
    put(&fields::ALREADY_STORED, already_stored.into());
    if delivered {
        put(&fields::DROPPED_RECORDS, plan.counts.dropped.into());
        put(&fields::FAILED_RECORDS, plan.counts.failed.into());
    }
    if let Some(seconds) = age_seconds(&delivery, now) {
        put(&fields::DATA_FRESHNESS, seconds.into());
    }
    if let Some(seconds) = age_seconds(&backup, now) {
        let stored = Stored::of(&backup);
        let success = backup.iter().all(|(_, outcome)| !matches!(outcome, PutOutcome::Failed(_)));
        put(&fields::BACKUP_RECORDS, stored.records.into());
        put(&fields::BACKUP_BYTES, stored.bytes.into());
        put(&fields::BACKUP_SUCCESS, u64::from(success).into());
        put(&fields::BACKUP_DATA_FRESHNESS, seconds.into());
    }
    if delivered {
        say_steps(plan, &mut values);
    }
    for (_, outcome) in &objects {
        if let PutOutcome::Failed(failure) = outcome
            && let PutFailureClass::KmsKey(fault) = failure.class
        {
            let count = values.entry(fields::of_key_fault(fault).name).or_insert_with(|| 0.into());
            *count = (count.as_u64().unwrap_or_default() + 1).into();
        }
    }
    values
}

/// What was read from the stream, and the step from it to objects that are not stored yet: of every attempt, as it is done
/// anew each time.
pub(super) fn of_processing(plan: &DeliveryPlan, processing: Duration) -> Map<String, Value> {
    let millis = serde_json::Number::from_f64((processing.as_secs_f64() * 1e6).round() / 1e3);
    let values = [
        (&fields::READ_RECORDS, plan.deaggregation.kinesis_records.into()),
        (&fields::READ_BYTES, plan.deaggregation.kinesis_bytes.into()),
        (&fields::PROCESSING_DURATION, millis.map_or(Value::Null, Value::Number)),
        (&fields::PROCESSING_SUCCESS, 1.into()),
    ];
    values.into_iter().map(|(metric, value)| (metric.name.to_owned(), value)).collect()
}

/// Steps that not every delivery has: decompression, and partitions.
fn say_steps(plan: &DeliveryPlan, values: &mut Map<String, Value>) {
    let mut put = |metric: &Metric, value: u64| values.insert(metric.name.to_owned(), value.into());
    let failed = |kind: ErrorOutputType| {
        let of_kind = plan.error_objects.iter().filter(move |object| object.role == ObjectRole::Error(kind));
        of_kind.map(|object| object.metadata.records).sum::<u64>()
    };
    put(&fields::PROCESSED_RECORDS, plan.counts.kept + plan.counts.dropped);
    put(&fields::PROCESSED_BYTES, plan.counts.output_bytes);
    let apart = plan.deaggregation;
    let not_decompressed = failed(ErrorOutputType::DecompressionFailed);
    if apart.decompressed_records + not_decompressed > 0 {
        put(&fields::DECOMPRESSED_RECORDS, apart.decompressed_records);
        put(&fields::DECOMPRESSED_BYTES, apart.decompressed_bytes);
        put(&fields::NOT_DECOMPRESSED_RECORDS, not_decompressed);
        put(&fields::NOT_DECOMPRESSED_BYTES, apart.not_decompressed_bytes);
    }
    if let Some(conversion) = plan.conversion {
        put(&fields::CONVERTED_RECORDS, conversion.records);
        put(&fields::CONVERTED_BYTES, conversion.bytes);
        put(&fields::NOT_CONVERTED_RECORDS, conversion.failed_records);
        put(&fields::NOT_CONVERTED_BYTES, conversion.failed_bytes);
        if conversion.unknown_fields > 0 {
            put(&fields::UNKNOWN_FIELDS, conversion.unknown_fields);
        }
    }
    if plan.objects.iter().any(|object| !object.partition.is_empty()) {
        put(&fields::PARTITION_COUNT, plan.objects.len() as u64);
        let exceeded = failed(ErrorOutputType::ActivePartitionExceeded) > 0
            || plan.objects.iter().any(|object| takes_overflow(&object.partition));
        put(&fields::PARTITION_COUNT_EXCEEDED, exceeded.into());
    }
}

/// What was stored now.
#[derive(Default)]
struct Stored {
    objects: u64,
    records: u64,
    bytes: u64,
}

impl Stored {
    fn of(objects: &[(&PlannedObject, &PutOutcome)]) -> Self {
        let stored = objects.iter().filter(|(_, outcome)| **outcome == PutOutcome::Stored);
        stored.fold(Self::default(), |all, (object, _)| Self {
            objects: all.objects + 1,
            records: all.records + object.metadata.records,
            bytes: all.bytes + object.body.len() as u64,
        })
    }
}

/// Age of the oldest record in seconds; none where there are no objects.
fn age_seconds(objects: &[(&PlannedObject, &PutOutcome)], now: SystemTime) -> Option<i64> {
    let oldest = objects.iter().map(|(object, _)| object.oldest_arrival).min()?;
    let now_ms = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let age_ms = i64::try_from(now_ms).unwrap_or(i64::MAX).saturating_sub(oldest.millis()).max(0);
    Some(age_ms / 1000)
}

#[cfg(test)]
mod tests;
