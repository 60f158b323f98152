//! The source backup: every record as it came, whatever the transform made of it.

use penstock_delivery::invariants;
use penstock_format::{Compression, ObjectRole};
use proptest::prelude::*;

use crate::batches::{any_batch, config, planned};

proptest! {
    #[test]
    fn d1_the_backup_holds_every_record_in_order(batch in any_batch(), gzip in any::<bool>(), framed in any::<bool>()) {
        let config = config(&[
            ("PENSTOCK_S3_BACKUP_MODE", "Enabled"),
            ("PENSTOCK_S3_BACKUP_PREFIX", "backup/!{timestamp:yyyy}/"),
            ("PENSTOCK_S3_BACKUP_COMPRESSION_FORMAT", if gzip { "GZIP" } else { "UNCOMPRESSED" }),
            ("PENSTOCK_S3_BACKUP_FRAMING", if framed { "after" } else { "none" }),
        ]);
        let plan = planned(&config, &batch);
        prop_assert_eq!(invariants::check_plan(&plan), Ok(()));
        prop_assert_eq!(plan.backup_objects.len(), usize::from(!batch.is_empty()));
        let delimiter: &[u8] = if framed { b"\n" } else { b"" };
        for object in &plan.backup_objects {
            let compression = if gzip { Compression::Gzip } else { Compression::Uncompressed };
            let body = compression.decompress(&object.body, 1 << 20).unwrap();
            let expected: Vec<u8> = batch.iter().flat_map(|record| [record.data.as_slice(), delimiter].concat()).collect();
            prop_assert_eq!(body, expected);
            prop_assert_eq!(object.metadata.records, batch.len() as u64);
            prop_assert!(object.key.as_str().starts_with("backup/"));
            prop_assert_eq!(object.role, ObjectRole::Backup);
            prop_assert_eq!((object.metadata.object_index, object.metadata.object_count), (1, 1));
        }
    }

    #[test]
    fn d5_switching_the_backup_changes_no_other_key(batch in any_batch()) {
        let with = config(&[("PENSTOCK_S3_BACKUP_MODE", "Enabled"), ("PENSTOCK_S3_BACKUP_PREFIX", "backup/")]);
        let (with, without) = (planned(&with, &batch), planned(&config(&[]), &batch));
        prop_assert_eq!(&with.objects, &without.objects);
        prop_assert_eq!(&with.error_objects, &without.error_objects);
    }
}

#[test]
fn the_backup_may_lie_in_a_bucket_of_its_own() {
    let config = config(&[("PENSTOCK_S3_BACKUP_MODE", "Enabled"), ("PENSTOCK_S3_BACKUP_BUCKET", "another-bucket")]);
    let record = crate::batches::Written {
        sequence_number: 1,
        partition_key: "k".to_owned(),
        arrival_ms: 1_445_910_456_980,
        data: b"d".to_vec(),
    };
    let plan = planned(&config, &[record]);
    assert!(plan.objects.is_empty(), "what is dropped is backed up all the same");
    let object = &plan.backup_objects[0];
    assert_eq!(object.bucket.as_str(), "another-bucket");
    assert!(object.key.as_str().starts_with("2015/10/27/01/clicks-6-"), "{}", object.key);
}
