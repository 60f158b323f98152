//! K1, K2 and K3: what keys are, whatever records hold.

use penstock_delivery::config::ObjectIds;
use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::{RandomBytes, invariants};
use penstock_format::{ArrivalTime, OBJECT_KEY_BYTES_MAX, ObjectRole, RandomStrings};
use proptest::prelude::*;

use crate::batches::{ByFirstByte, any_batch, any_config, config, lay_down, planned};

proptest! {
    #[test]
    fn k1_a_key_is_short_enough_and_parses_back(config in any_config(), batch in any_batch()) {
        for object in planned(&config, &batch).all_objects() {
            let key = object.key.as_str();
            prop_assert!(key.len() <= OBJECT_KEY_BYTES_MAX);
            let parts = config.object_name.parse_key(&config.delivery_name, key).unwrap();
            let random = RandomStrings::new([0; 16]);
            let at: ArrivalTime = object.oldest_arrival;
            let prefix = match object.role {
                ObjectRole::Data | ObjectRole::Backup => config.prefix.evaluate(at, &config.time_zone, &random),
                ObjectRole::Error(kind) => config.error_output_prefix.evaluate(kind, at, &config.time_zone, &random),
            };
            prop_assert_eq!(&parts.prefix, &prefix.unwrap());
            prop_assert!(parts.shard.is_none_or(|shard| shard == 6));
            prop_assert!(parts.first.is_none_or(|first| first == object.metadata.first));
        }
    }

    #[test]
    fn k2_what_a_record_holds_cannot_leave_its_prefix(batch in any_batch(), hostile in "[./\\\\a-z%\u{0}]{0,40}") {
        let config = config(&[("PENSTOCK_PREFIX", "safe/"), ("PENSTOCK_ERROR_OUTPUT_PREFIX", "unsafe/")]);
        let mut other = batch.clone();
        for record in &mut other {
            record.partition_key.clone_from(&hostile);
            if !matches!(record.data.first(), Some(b'd' | b'n' | b's' | b'f' | b'p' | b'u')) {
                record.data = format!("x{hostile}").into_bytes();
            }
        }
        let keys = |batch| planned(&config, batch).all_objects().map(|o| o.key.as_str().to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(keys(&batch), keys(&other), "a key depends on identities, never on content");
        for object in planned(&config, &other).all_objects() {
            let head = match object.role { ObjectRole::Data | ObjectRole::Backup => "safe/", ObjectRole::Error(_) => "unsafe/" };
            prop_assert!(object.key.as_str().starts_with(head));
        }
    }

    #[test]
    fn k3_no_two_objects_of_a_plan_share_a_key(batch in any_batch()) {
        // The same prefix for data and errors: only the ids tell them apart.
        let same = config(&[("PENSTOCK_PREFIX", "p/"), ("PENSTOCK_ERROR_OUTPUT_PREFIX", "p/")]);
        prop_assert_eq!(invariants::k3_keys_differ(&planned(&same, &batch)), Ok(()));
    }

    #[test]
    fn k3_nor_with_random_ids(batch in any_batch(), random in any::<[u8; 16]>()) {
        let config = config(&[("PENSTOCK_OBJECT_ID", "random"), ("PENSTOCK_ERROR_OUTPUT_PREFIX", "p/")]);
        assert_eq!(config.object_ids, ObjectIds::Random);
        let records = lay_down(&config, &batch);
        let plan = plan(&config, &ByFirstByte, records, IdSource::Random(RandomBytes(random))).unwrap();
        prop_assert_eq!(invariants::check_plan(&plan), Ok(()));
        for object in plan.all_objects() {
            let id = config.object_name.parse_key(&config.delivery_name, object.key.as_str()).unwrap().id;
            prop_assert_eq!(id.get_version_num(), 4);
        }
    }
}
