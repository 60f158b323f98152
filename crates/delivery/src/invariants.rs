//! What always holds of a plan, one predicate a promise. Tests use them, and debug builds check every plan.

use std::collections::BTreeSet;

use penstock_format::OBJECT_KEY_BYTES_MAX;

use crate::plan::DeliveryPlan;

/// All predicates. An `Err` names the promise that is broken: a bug of ours, never of the data.
pub fn check_plan(plan: &DeliveryPlan) -> Result<(), &'static str> {
    d1_every_record_is_accounted_for(plan)?;
    k1_keys_are_short_enough(plan)?;
    k3_keys_differ(plan)
}

/// D1, in numbers: each record is kept, dropped or failed, and each output and failure lies in an object.
pub fn d1_every_record_is_accounted_for(plan: &DeliveryPlan) -> Result<(), &'static str> {
    let counts = plan.counts;
    if counts.kept + counts.dropped + counts.failed != counts.records {
        return Err("D1: kept, dropped and failed are not all records");
    }
    let in_objects: u64 = plan.objects.iter().map(|object| object.metadata.records).sum();
    if in_objects != counts.outputs {
        return Err("D1: the data objects do not hold all outputs");
    }
    let in_error_objects: u64 = plan.error_objects.iter().map(|object| object.metadata.records).sum();
    if in_error_objects != counts.failed {
        return Err("D1: the error objects do not hold all failed records");
    }
    let backed_up = plan.backup_objects.iter().map(|object| object.metadata.records).sum::<u64>();
    if !plan.backup_objects.is_empty() && backed_up != plan.deaggregation.kinesis_records {
        return Err("D1: the backup does not hold all records");
    }
    Ok(())
}

/// K1: a key has at most 1,024 bytes.
pub fn k1_keys_are_short_enough(plan: &DeliveryPlan) -> Result<(), &'static str> {
    if plan.all_objects().all(|object| object.key.as_str().len() <= OBJECT_KEY_BYTES_MAX) {
        Ok(())
    } else {
        Err("K1: a key has more than 1,024 bytes")
    }
}

/// K3: no two objects of a plan share a key.
pub fn k3_keys_differ(plan: &DeliveryPlan) -> Result<(), &'static str> {
    let mut seen = BTreeSet::new();
    if plan.all_objects().all(|object| seen.insert(object.key.as_str())) {
        Ok(())
    } else {
        Err("K3: two objects share a key")
    }
}
