use std::time::Duration;

use penstock_delivery::plan::{ConversionCounts, IdSource, plan};
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{DeliveryConfig, Hooks, KmsKeyFault, PutFailure, RecordsBuilder};
use penstock_format::{ArrivalTime, SequenceDigits, ShardId};
use serde_json::json;

use super::*;

const ARRIVAL_MS: i64 = 1_445_910_456_980;

/// A plan of as many data objects of two records and 8 bytes as there are roles, each then said to have that role.
fn planned(roles: &[ObjectRole]) -> DeliveryPlan {
    let config = DeliveryConfig::parse(|name| match name {
        "PENSTOCK_BUCKET" => Some("a-bucket".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        _ => None,
    });
    let shard = ShardId::parse("shardId-000000000006").unwrap();
    let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"\n", 0);
    for number in ["7", "8"] {
        let lay = |arena: &mut Vec<u8>| {
            arena.extend_from_slice(b"abc");
            Ok(())
        };
        let arrival = ArrivalTime::from_millis(ARRIVAL_MS).unwrap();
        builder.push::<TooManyRecords>(SequenceDigits::parse(number).unwrap(), "k".into(), arrival, lay).unwrap();
    }
    let mut plan = plan(&config.unwrap(), &Hooks, builder.finish(), IdSource::Derived).unwrap();
    let object = plan.objects.remove(0);
    plan.objects = roles.iter().map(|role| PlannedObject { role: *role, ..object.clone() }).collect();
    plan
}

fn failed(class: PutFailureClass) -> PutOutcome {
    PutOutcome::Failed(PutFailure { class, message: "because".to_owned() })
}

fn values(roles: &[ObjectRole], outcomes: &[PutOutcome]) -> Map<String, Value> {
    let delivered = !outcomes.iter().any(|outcome| matches!(outcome, PutOutcome::Failed(_)));
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(ARRIVAL_MS).unwrap() + 5_999);
    of_batch(&planned(roles), outcomes, delivered, now)
}

#[test]
fn a_backup_is_no_delivery() {
    use PutOutcome::{AlreadyStored, Stored};
    let roles = [ObjectRole::Data, ObjectRole::Backup];
    let again = || failed(PutFailureClass::Transient);
    for (name, outcomes, delivery, backup, already_stored) in [
        ("both", [Stored, Stored], [2, 8, 1, 1], [2, 8, 1], 0),
        ("the data before", [AlreadyStored, Stored], [0, 0, 0, 1], [2, 8, 1], 1),
        ("the backup before", [Stored, AlreadyStored], [2, 8, 1, 1], [0, 0, 1], 1),
        ("the backup not", [Stored, again()], [2, 8, 1, 0], [0, 0, 0], 0),
        ("the data not", [again(), Stored], [0, 0, 0, 0], [2, 8, 1], 0),
    ] {
        let values = values(&roles, &outcomes);
        let names = ["DeliveryToS3.Records", "DeliveryToS3.Bytes", "DeliveryToS3.ObjectCount", "DeliveryToS3.Success"];
        assert_eq!(names.map(|name| values[name].as_u64().unwrap()), delivery, "{name}");
        let names = ["BackupToS3.Records", "BackupToS3.Bytes", "BackupToS3.Success"];
        assert_eq!(names.map(|name| values[name].as_u64().unwrap()), backup, "{name}");
        let ages = ["DeliveryToS3.DataFreshness", "BackupToS3.DataFreshness"].map(|name| &values[name]);
        assert_eq!(ages, [&json!(5), &json!(5)], "{name}");
        assert_eq!(values["AlreadyStored"], already_stored, "{name}");
    }
}

#[test]
fn what_there_is_nothing_of_is_not_said() {
    let said = values(&[ObjectRole::Data], &[PutOutcome::Stored]);
    assert!(!said.keys().any(|name| name.starts_with("BackupToS3") || name.starts_with("KMS")), "{said:?}");
    let said = values(&[], &[]);
    assert!(!said.contains_key("DeliveryToS3.DataFreshness"), "{said:?}");
    assert_eq!(said["DeliveryToS3.Success"], 1);
}

#[test]
fn faults_of_the_key_are_counted_by_name() {
    let denied = || failed(PutFailureClass::KmsKey(KmsKeyFault::AccessDenied));
    let disabled = failed(PutFailureClass::KmsKey(KmsKeyFault::Disabled));
    let outcomes = [denied(), disabled, denied(), failed(PutFailureClass::Permanent)];
    let values = values(&[ObjectRole::Data; 4], &outcomes);
    let said: Vec<_> = values.iter().filter(|(name, _)| name.starts_with("KMS")).collect();
    assert_eq!(said, [(&"KMSKeyAccessDenied".to_owned(), &json!(2)), (&"KMSKeyDisabled".to_owned(), &json!(1))]);
    for fault in KmsKeyFault::ALL {
        let metric = fields::of_key_fault(fault);
        assert!(super::super::METRICS.iter().any(|known| known.name == metric.name), "{}", metric.name);
        assert_eq!(fault.error_type(), format!("Delivery.{}", metric.name));
    }
}

#[test]
fn steps_that_there_were_are_told() {
    let mut plan = planned(&[ObjectRole::Data]);
    let of = |plan: &DeliveryPlan| of_batch(plan, &[PutOutcome::Stored], true, UNIX_EPOCH);
    let without = of(&plan);
    assert_eq!((&without["SucceedProcessing.Records"], &without["SucceedProcessing.Bytes"]), (&json!(2), &json!(6)));
    assert!(!without.contains_key("OutputDecompressedRecords.Success") && !without.contains_key("PartitionCount"));
    plan.deaggregation.decompressed_records = 3;
    plan.deaggregation.decompressed_bytes = 70;
    plan.deaggregation.not_decompressed_bytes = 9;
    plan.objects[0].partition = vec!["jp".to_owned()];
    let told = of(&plan);
    assert_eq!(
        (&told["OutputDecompressedRecords.Success"], &told["OutputDecompressedBytes.Success"]),
        (&json!(3), &json!(70))
    );
    assert_eq!(told["OutputDecompressedBytes.Failed"], 9);
    assert_eq!((&told["PartitionCount"], &told["PartitionCountExceeded"]), (&json!(1), &json!(0)));
    assert!(!told.contains_key("SucceedConversion.Records"));
    plan.objects[0].partition = vec!["__OVERFLOW__".to_owned()];
    assert_eq!(of(&plan)["PartitionCountExceeded"], 1, "what overflowed is in an object of its own");
    plan.objects[0].partition = vec!["jp".to_owned()];
    plan.conversion =
        Some(ConversionCounts { records: 4, bytes: 40, failed_records: 1, failed_bytes: 9, unknown_fields: 2 });
    let converted = of(&plan);
    for (name, value) in [
        ("SucceedConversion.Records", 4),
        ("SucceedConversion.Bytes", 40),
        ("FailedConversion.Records", 1),
        ("FailedConversion.Bytes", 9),
        ("UnknownFields", 2),
    ] {
        assert_eq!(converted[name], value, "{name}");
    }
    plan.error_objects.push(PlannedObject {
        role: ObjectRole::Error(ErrorOutputType::ActivePartitionExceeded),
        ..plan.objects[0].clone()
    });
    assert_eq!(of(&plan)["PartitionCountExceeded"], 1);
}
