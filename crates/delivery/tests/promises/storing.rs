//! D4 and D5: answers, and what lies in a bucket after retries.

use std::collections::BTreeMap;

use penstock_delivery::outcome::answer;
use penstock_delivery::{PutFailure, PutFailureClass, PutOutcome};
use proptest::prelude::*;

use crate::batches::{any_batch, config, planned};

fn any_outcome() -> impl Strategy<Value = PutOutcome> {
    let failed = |class| PutOutcome::Failed(PutFailure { class, message: "no".to_owned() });
    prop_oneof![
        4 => Just(PutOutcome::Stored),
        2 => Just(PutOutcome::AlreadyStored),
        1 => Just(failed(PutFailureClass::Transient)),
        1 => Just(failed(PutFailureClass::Permanent)),
    ]
}

proptest! {
    #[test]
    fn d4_success_means_that_every_object_is_stored(
        batch in any_batch(),
        outcomes in proptest::collection::vec(any_outcome(), 0..4),
    ) {
        let plan = planned(&config(&[]), &batch);
        let objects = plan.all_objects().count();
        let stored = |outcome: &&PutOutcome| matches!(outcome, PutOutcome::Stored | PutOutcome::AlreadyStored);
        let all_stored = outcomes.iter().take(objects).filter(stored).count() == objects;
        match answer(&plan, &outcomes) {
            Ok(delivered) => {
                prop_assert!(all_stored);
                prop_assert_eq!(delivered.stored + delivered.already_stored, objects as u64);
            }
            Err(error) => {
                prop_assert!(!all_stored);
                prop_assert!(error.failed >= 1 && error.failed <= objects);
                let permanent = outcomes.iter().take(objects).any(|outcome| {
                    matches!(outcome, PutOutcome::Failed(failure) if failure.class == PutFailureClass::Permanent)
                });
                prop_assert_eq!(error.class == PutFailureClass::Permanent, permanent);
                let named = plan.all_objects().position(|object| object.key.as_str() == error.key).unwrap();
                let class = match outcomes.get(named) {
                    Some(PutOutcome::Failed(failure)) => Some(failure.class),
                    Some(PutOutcome::Stored | PutOutcome::AlreadyStored) => None,
                    None => Some(PutFailureClass::Transient),
                };
                prop_assert_eq!(class, Some(error.class), "the object that is named failed for such a reason");
            }
        }
    }

    #[test]
    fn d5_however_often_a_batch_is_retried_it_is_stored_once(
        batch in any_batch(),
        losses in proptest::collection::vec(any::<[bool; 2]>(), 1..8),
    ) {
        // Each attempt may lose each put, and the last one loses none. A put that finds a key leaves it as it is.
        let config = config(&[]);
        let mut bucket = BTreeMap::new();
        for lost in losses.iter().chain([&[false, false]]) {
            let plan = planned(&config, &batch);
            for (object, _) in plan.all_objects().zip(lost).filter(|(_, lost)| !**lost) {
                bucket.entry(object.key.as_str().to_owned()).or_insert_with(|| object.body.clone());
            }
        }
        let once: BTreeMap<_, _> =
            planned(&config, &batch).all_objects().map(|o| (o.key.as_str().to_owned(), o.body.clone())).collect();
        prop_assert_eq!(bucket, once);
    }

    #[test]
    fn d5_another_record_set_has_another_key(batch in any_batch(), cut in 0_usize..24) {
        // A batch that comes again with a later end must not be taken for the one that is stored.
        prop_assume!(cut < batch.len());
        let config = config(&[]);
        let keys = |batch: &[_]| planned(&config, batch).objects.iter().map(|o| o.key.clone()).collect::<Vec<_>>();
        let (whole, part) = (planned(&config, &batch), planned(&config, &batch[..cut]));
        let same_outputs = whole.counts.outputs == part.counts.outputs;
        prop_assert_eq!(keys(&batch) == keys(&batch[..cut]), same_outputs);
    }
}
