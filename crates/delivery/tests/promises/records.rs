//! D1, D2, D3 and F1: what becomes of records, and that it is the same each time.

use penstock_delivery::invariants;
use penstock_format::{Compression, Framing, Lines};
use proptest::prelude::*;

use crate::batches::{any_batch, any_config, config, planned};
use crate::model::{bodies, failures, framed, model};

proptest! {
    #[test]
    fn d1_every_record_is_kept_dropped_or_failed(config in any_config(), batch in any_batch()) {
        let (plan, model) = (planned(&config, &batch), model(&batch));
        prop_assert_eq!(plan.counts.records, batch.len() as u64);
        prop_assert_eq!((plan.counts.kept, plan.counts.dropped), (model.kept, model.dropped));
        prop_assert_eq!(plan.counts.failed, model.failed.len() as u64);
        prop_assert_eq!(plan.counts.outputs, model.outputs.len() as u64);
        prop_assert_eq!(invariants::check_plan(&plan), Ok(()));
        prop_assert_eq!(failures(&config, &plan), model.failed, "failed records are whole");
    }

    #[test]
    fn d2_an_object_holds_its_records_in_the_order_of_the_shard(config in any_config(), batch in any_batch()) {
        let (plan, model) = (planned(&config, &batch), model(&batch));
        let expected = if model.outputs.is_empty() { vec![] } else { vec![framed(&config, &model)] };
        prop_assert_eq!(bodies(&config, &plan), expected);
    }

    #[test]
    fn d3_the_same_batch_makes_the_same_plan(config in any_config(), batch in any_batch()) {
        prop_assert_eq!(planned(&config, &batch), planned(&config, &batch));
    }

    #[test]
    fn d3_the_key_does_not_depend_on_how_records_are_stored(batch in any_batch()) {
        // Another compression is another build of the same delivery: its keys differ by their extension alone.
        let keys = |compression: Compression| {
            let config = config(&[("PENSTOCK_COMPRESSION_FORMAT", compression.as_str())]);
            let plan = planned(&config, &batch);
            let bare = |key: &str| key.strip_suffix(compression.extension()).expect("it ends in its extension").to_owned();
            plan.all_objects().map(|object| bare(object.key.as_str())).collect::<Vec<_>>()
        };
        let uncompressed = keys(Compression::Uncompressed);
        for compression in Compression::ALL {
            prop_assert_eq!(keys(compression), uncompressed.as_slice(), "{}", compression);
        }
    }

    #[test]
    fn f1_where_records_cannot_be_told_apart_the_bytes_round_trip(batch in any_batch()) {
        let config = config(&[("PENSTOCK_FRAMING", "none")]);
        let (plan, model) = (planned(&config, &batch), model(&batch));
        prop_assert_eq!(bodies(&config, &plan).concat(), model.outputs.concat());
    }

    #[test]
    fn f1_delimited_lines_round_trip(config in any_config(), batch in any_batch()) {
        let (plan, model) = (planned(&config, &batch), model(&batch));
        let Lines { framing, .. } = &config.lines;
        prop_assume!(!matches!(framing, Framing::None));
        let holds = |output: &Vec<u8>| output.windows(2).any(|window| window == b"\r\n")
            || output.ends_with(b"\r") || output.starts_with(b"\n");
        prop_assume!(!model.outputs.iter().any(holds));
        for body in bodies(&config, &plan) {
            prop_assert_eq!(framing.split(&body).unwrap(), model.outputs.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
    }
}

#[test]
fn d1_an_empty_batch_and_a_batch_that_is_all_dropped_make_no_object() {
    let config = config(&[]);
    assert_eq!(planned(&config, &[]).all_objects().count(), 0);
    let dropped = crate::batches::Written {
        sequence_number: 1,
        partition_key: "k".to_owned(),
        arrival_ms: 0,
        data: b"d".to_vec(),
    };
    let plan = planned(&config, &[dropped]);
    assert_eq!((plan.all_objects().count(), plan.counts.dropped), (0, 1));
}

#[test]
fn d1_if_one_output_of_a_record_fails_none_is_stored() {
    // A record whose outputs together pass the batch's limit: the first of them would have fitted.
    struct Grow;
    impl penstock_delivery::Transform for Grow {
        fn transform<'r>(
            &self,
            record: &penstock_delivery::UserRecord<'r>,
        ) -> Result<penstock_delivery::Processed<'r>, penstock_delivery::Failure> {
            let half = penstock_delivery::limits::OUTPUT_BYTES_PER_BATCH_MAX / 2;
            let outputs = vec![vec![b'x'; half].into(), vec![b'y'; half].into()];
            Ok(if record.data == b"grow" {
                penstock_delivery::Processed::Split(outputs)
            } else {
                penstock_delivery::Processed::Keep(record.data.into())
            })
        }
    }
    let config = config(&[]);
    let batch = [(1, "small"), (2, "grow"), (3, "small")].map(|(sequence_number, data)| crate::batches::Written {
        sequence_number,
        partition_key: "k".to_owned(),
        arrival_ms: 0,
        data: data.as_bytes().to_vec(),
    });
    let records = crate::batches::lay_down(&config, &batch);
    let plan =
        penstock_delivery::plan::plan(&config, &Grow, records, penstock_delivery::plan::IdSource::Derived).unwrap();
    assert_eq!(bodies(&config, &plan), [b"small\nsmall\n".to_vec()]);
    assert_eq!(failures(&config, &plan), [(2, b"grow".to_vec())]);
}

#[test]
fn where_nothing_is_changed_the_arena_itself_is_the_body() {
    use penstock_delivery::Hooks;
    use penstock_delivery::plan::{IdSource, plan};

    let batch: Vec<_> = (0..100)
        .map(|number| crate::batches::Written {
            sequence_number: number,
            partition_key: "k".to_owned(),
            arrival_ms: 0,
            // An empty record among them: it lies at the address where its successor would.
            data: vec![b'x'; usize::try_from(number % 5).unwrap()],
        })
        .collect();
    for framing in ["after", "between", "none"] {
        let config = config(&[("PENSTOCK_FRAMING", framing)]);
        let records = crate::batches::lay_down(&config, &batch);
        let arena = records.arena().as_ptr();
        let plan = plan(&config, &Hooks, records, IdSource::Derived).unwrap();
        assert_eq!(plan.objects[0].body.as_ptr(), arena, "{framing}: nothing was copied");
        assert_eq!(plan.objects[0].metadata.records, 100);
    }
}

#[test]
fn d1_a_batch_of_which_everything_fails_is_planned_whatever_it_holds() {
    // A megabyte of the smallest pieces: a document for each would be many times what an object may hold.
    struct Fails;
    impl penstock_delivery::Transform for Fails {
        fn transform<'r>(
            &self,
            record: &penstock_delivery::UserRecord<'r>,
        ) -> Result<penstock_delivery::Processed<'r>, penstock_delivery::Failure> {
            match record.data {
                b"x" => Err(penstock_delivery::Failure::new("it said so")),
                _ => Ok(penstock_delivery::Processed::Keep(record.data.into())),
            }
        }
    }
    let config =
        config(&[("PENSTOCK_RECORD_DEAGGREGATION", "DELIMITED"), ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", ",")]);
    let written = |sequence_number, data| crate::batches::Written {
        sequence_number,
        partition_key: "k".to_owned(),
        arrival_ms: 0,
        data,
    };
    let bomb = b"x,".repeat(300_000);
    let batch = [written(1, b"a,b".to_vec()), written(2, bomb.clone()), written(3, b"c".to_vec())];
    let records = crate::batches::lay_down(&config, &batch);
    let plan =
        penstock_delivery::plan::plan(&config, &Fails, records, penstock_delivery::plan::IdSource::Derived).unwrap();
    assert_eq!(bodies(&config, &plan), [b"a\nb\nc\n".to_vec()]);
    assert_eq!(failures(&config, &plan), [(2, bomb)], "whole, as it came");
    assert_eq!((plan.counts.records, plan.counts.kept, plan.counts.failed), (4, 3, 1));
    assert_eq!(invariants::check_plan(&plan), Ok(()));
}
