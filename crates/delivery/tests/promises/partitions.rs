//! Partitions: D1, D2, D3, D5 and K1 to K3 where a batch becomes many objects, against a model that copies everything.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use penstock_delivery::{DeliveryConfig, DeliveryPlan, Failure, Output, Processed, Transform, UserRecord, invariants};
use penstock_format::{Lines, ObjectRole, RandomStrings};
use proptest::prelude::*;

use crate::batches::{Written, any_batch, config, planned_by};
use crate::model::failures;

/// Every piece between commas is an output, whose partition is its first character; an empty one has none. A record
/// that begins with `d` is dropped, with `f` fails.
struct ByPiece;

impl Transform for ByPiece {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        match record.data.first() {
            Some(b'd') => return Ok(Processed::Drop),
            Some(b'f') => return Err(Failure::new("it said so")),
            _ => {}
        }
        let output = |piece: &'r [u8]| Output {
            data: Cow::Borrowed(piece),
            partition_keys: vec![("letter".into(), Cow::Owned(letter(piece)))],
        };
        Ok(Processed::Partition(record.data.split(|&byte| byte == b',').map(output).collect()))
    }
}

fn letter(piece: &[u8]) -> String {
    String::from_utf8_lossy(piece).chars().next().map(String::from).unwrap_or_default()
}

const PREFIX: &str = "p/letter=!{partitionKeyFromLambda:letter}/";

fn partitioned(set: &[(&'static str, &str)]) -> DeliveryConfig {
    let own = [
        ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
        ("PENSTOCK_PREFIX", PREFIX),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "errors/!{firehose:error-output-type}/"),
    ];
    config(&[&own[..], set].concat())
}

/// What must lie in the partitions, and which records fail: a record whose pieces have no partition fails whole.
fn model(batch: &[Written], missing: Option<&str>) -> (BTreeMap<String, Vec<Vec<u8>>>, Vec<u128>, u64) {
    let (mut outputs, mut failed, mut dropped) = (BTreeMap::<String, Vec<Vec<u8>>>::new(), Vec::new(), 0);
    for record in batch {
        let pieces: Vec<&[u8]> = record.data.split(|&byte| byte == b',').collect();
        let fails = record.data.first() == Some(&b'f') || (missing.is_none() && pieces.iter().any(|p| p.is_empty()));
        match record.data.first() {
            Some(b'd') => dropped += 1,
            _ if fails => failed.push(record.sequence_number),
            _ => {
                for piece in pieces {
                    let value = Some(letter(piece)).filter(|value| !value.is_empty());
                    let value = value.or(missing.map(str::to_owned)).unwrap();
                    outputs.entry(value).or_default().push(piece.to_vec());
                }
            }
        }
    }
    (outputs, failed, dropped)
}

/// The outputs of the data objects, by the value in their keys as a reader of Hive's folders resolves it.
fn by_partition(config: &DeliveryConfig, plan: &DeliveryPlan) -> BTreeMap<String, Vec<Vec<u8>>> {
    let Lines { framing, compression } = &config.lines;
    let mut found = BTreeMap::new();
    for object in &plan.objects {
        let body = compression.decompress(&object.body, 1 << 30).unwrap();
        let outputs = framing.split(&body).unwrap().into_iter().map(<[u8]>::to_vec).collect();
        let folder = object.key.as_str().strip_prefix("p/letter=").unwrap().split('/').next().unwrap();
        assert_eq!(object.partition, [folder], "the key says the partition");
        assert!(found.insert(unescape(folder), outputs).is_none(), "one object a partition");
    }
    found
}

fn unescape(folder: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = folder.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            bytes.push(u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Records without the delimiter, so that they can be told apart again.
fn lines() -> impl Strategy<Value = Vec<Written>> {
    any_batch().prop_map(|mut batch| {
        for record in &mut batch {
            record.data.retain(|&byte| byte != b'\n' && byte.is_ascii());
        }
        batch
    })
}

proptest! {
    #[test]
    fn d1_d2_every_output_lies_in_its_partition_in_order(batch in lines(), has_default in any::<bool>(), gzip in any::<bool>()) {
        let missing = has_default.then_some("none");
        let config = partitioned(&[
            ("PENSTOCK_PARTITION_MISSING_VALUE", missing.unwrap_or_default()),
            ("PENSTOCK_COMPRESSION_FORMAT", if gzip { "GZIP" } else { "UNCOMPRESSED" }),
        ]);
        let plan = planned_by(&ByPiece, &config, &batch);
        let (outputs, failed, dropped) = model(&batch, missing);
        prop_assert_eq!(by_partition(&config, &plan), outputs);
        let mut told: Vec<u128> = failures(&config, &plan).into_iter().map(|(number, _)| number).collect();
        told.sort_unstable();
        prop_assert_eq!(told, failed);
        prop_assert_eq!(plan.counts.dropped, dropped);
        prop_assert_eq!(invariants::check_plan(&plan), Ok(()));
        prop_assert_eq!(planned_by(&ByPiece, &config, &batch), plan, "d3: the same plan");
    }

    #[test]
    fn k1_k2_keys_parse_back_below_their_prefix(batch in any_batch()) {
        let config = partitioned(&[]);
        for object in planned_by(&ByPiece, &config, &batch).all_objects() {
            let key = object.key.as_str();
            let parts = config.object_name.parse_key(&config.delivery_name, key).unwrap();
            let folders = match object.role {
                ObjectRole::Data => "p/letter=",
                ObjectRole::Error(_) => "errors/",
                ObjectRole::Backup => unreachable!("there is no backup"),
            };
            let inner = parts.prefix.strip_prefix(folders).unwrap().strip_suffix('/').unwrap();
            prop_assert!(!inner.is_empty() && !inner.contains(['/', '=', '\0']) && !inner.contains(".."), "{key}");
        }
    }

    #[test]
    fn d5_what_overflows_is_decided_by_the_batch_alone(batch in lines(), max in 1_usize..6, policy in 0_usize..3) {
        let policy = ["error", "catch_all", "hash"][policy];
        let config = partitioned(&[
            ("PENSTOCK_MAX_OBJECTS_PER_BATCH", &max.to_string()),
            ("PENSTOCK_PARTITION_OVERFLOW", policy),
            ("PENSTOCK_PARTITION_MISSING_VALUE", "none"),
        ]);
        let plan = planned_by(&ByPiece, &config, &batch);
        prop_assert!(plan.objects.len() <= max, "{} objects", plan.objects.len());
        prop_assert_eq!(&planned_by(&ByPiece, &config, &batch), &plan);
        let (outputs, failed, _) = model(&batch, Some("none"));
        let exceeded = plan.counts.failed - failed.len() as u64;
        if policy == "error" {
            prop_assert_eq!(exceeded > 0, outputs.len() > max);
        } else {
            prop_assert_eq!(exceeded, 0, "nothing is diverted to the error output");
            let found: usize = by_partition(&config, &plan).values().map(Vec::len).sum();
            prop_assert_eq!(found, outputs.values().map(Vec::len).sum::<usize>());
        }
    }
}

#[test]
fn d5_the_output_index_tells_two_outputs_of_a_record_apart() {
    // The same record in the same partition, once by its first output and once by its second: two record sets.
    struct Turned(bool);
    impl Transform for Turned {
        fn transform<'r>(&self, _: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
            let places = if self.0 { ["b", "a"] } else { ["a", "b"] };
            let output = |(data, place): (&'static str, &'static str)| Output {
                data: Cow::Borrowed(data.as_bytes()),
                partition_keys: vec![("letter".into(), place.into())],
            };
            Ok(Processed::Partition(["first", "second"].into_iter().zip(places).map(output).collect()))
        }
    }
    let batch = [Written { sequence_number: 7, partition_key: "k".to_owned(), arrival_ms: 0, data: b"x".to_vec() }];
    let config = partitioned(&[]);
    let keys = |turned| {
        let plan = planned_by(&Turned(turned), &config, &batch);
        plan.objects.iter().map(|object| object.key.as_str().to_owned()).collect::<BTreeSet<_>>()
    };
    assert!(keys(false).is_disjoint(&keys(true)));
    assert_eq!(keys(false).len(), 2);
}

#[test]
fn a_prefix_with_time_and_keys_is_evaluated_for_each_object() {
    let prefix = "t/!{timestamp:yyyy}/!{partitionKeyFromLambda:letter}/!{partitionKeyFromLambda:letter}-";
    let config = partitioned(&[("PENSTOCK_PREFIX", prefix)]);
    let written = |sequence_number, arrival_ms, data: &str| Written {
        sequence_number,
        partition_key: "k".to_owned(),
        arrival_ms,
        data: data.as_bytes().to_vec(),
    };
    let batch = [written(1, 1_000_000_000_000, "a1,b1"), written(2, 1_500_000_000_000, "c1")];
    let plan = planned_by(&ByPiece, &config, &batch);
    let prefixes: Vec<String> = plan
        .objects
        .iter()
        .map(|object| config.object_name.parse_key(&config.delivery_name, object.key.as_str()).unwrap().prefix)
        .collect();
    assert_eq!(prefixes, ["t/2001/a/a-", "t/2001/b/b-", "t/2017/c/c-"]);
    let places: Vec<_> = plan.objects.iter().map(|o| (o.metadata.object_index, o.metadata.object_count)).collect();
    assert_eq!(places, [(1, 3), (2, 3), (3, 3)]);
    assert!(
        config.prefix.evaluate(plan.objects[0].oldest_arrival, &config.time_zone, &RandomStrings::new([0; 16])).is_ok()
    );
}
