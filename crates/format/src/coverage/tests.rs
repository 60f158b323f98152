use proptest::prelude::*;

use super::*;
use crate::{FORMAT_VERSION, KEY_SCHEME_VERSION};

fn number(n: u64) -> SequenceNumber {
    SequenceNumber::parse(&format!("49{n:054}")).unwrap()
}

/// The object `index` of the batch `first..=last`.
fn object(shard: u64, first: u64, last: u64, index: u32, count: u32) -> Entry {
    let role = if index == 1 { ObjectRole::Data } else { ObjectRole::Error(crate::ErrorOutputType::ProcessingFailed) };
    let digest =
        Digest128::parse(&format!("{:032x}", u128::from(first) << 64 | u128::from(last) << 8 | u128::from(index)));
    Entry {
        key: format!("{shard}/{first}-{last}-{index}"),
        shard: Some(shard),
        metadata: ObjectMetadata {
            role,
            first: number(first),
            last: number(last),
            records: last - first + 1,
            digest: digest.unwrap(),
            key_scheme: KEY_SCHEME_VERSION,
            format_version: FORMAT_VERSION,
            batch_first: number(first),
            batch_last: number(last),
            batch_records: last - first + 1,
            batch_kinesis_records: last - first + 1,
            batch_dropped: 0,
            batch_failed: u64::from(count) - 1,
            object_index: index,
            object_count: count,
        },
    }
}

fn of(entries: &[Entry]) -> Vec<Finding> {
    Coverage::of(entries, false).findings
}

#[test]
fn what_is_planted_is_found() {
    let clean = [object(0, 1, 5, 1, 1), object(0, 6, 9, 1, 2), object(0, 6, 9, 2, 2), object(1, 3, 7, 1, 1)];
    let coverage = Coverage::of(&clean, false);
    assert!(coverage.is_clean(), "{coverage:?}");
    assert_eq!((coverage.records(), coverage.shards.len()), (14, 2));
    let shard = &coverage.shards[0];
    assert_eq!((shard.objects, shard.batches, shard.records, shard.failed), (3, 2, 9, 1));
    assert_eq!((shard.first.as_ref(), shard.last.as_ref()), (Some(&number(1)), Some(&number(9))));

    let loss = of(&clean[..2]);
    assert_eq!(loss, [Finding::Missing { key: "0/6-9-1".into(), there: 1, of: 2 }]);

    let overlap = of(&[object(0, 1, 5, 1, 1), object(0, 4, 9, 1, 1)]);
    assert_eq!(overlap, [Finding::Overlap { key: "0/4-9-1".into(), with: "0/1-5-1".into() }]);

    let contained = of(&[object(0, 1, 9, 1, 1), object(0, 4, 6, 1, 1)]);
    assert_eq!(contained, [Finding::Duplicate { key: "0/4-6-1".into(), within: "0/1-9-1".into() }]);

    let mut other = object(0, 1, 5, 1, 1);
    other.key = "another/prefix".into();
    let twice = of(&[object(0, 1, 5, 1, 1), other]);
    assert_eq!(twice, [Finding::Duplicate { key: "another/prefix".into(), within: "0/1-5-1".into() }]);
}

#[test]
fn the_rest_of_a_batch_that_was_cut_anew_is_a_duplicate_and_no_loss() {
    let entries = [object(0, 1, 5, 1, 2), object(0, 1, 9, 1, 2), object(0, 1, 9, 2, 2)];
    assert_eq!(of(&entries), [Finding::Duplicate { key: "0/1-5-1".into(), within: "0/1-9-1".into() }]);
}

#[test]
fn ranges_that_interleave_by_design_are_not_judged() {
    let entries = [object(0, 1, 9, 1, 1), object(0, 2, 8, 1, 1), object(0, 5, 12, 1, 1)];
    assert_eq!(Coverage::of(&entries, true).findings, []);
    let unknown: Vec<Entry> = entries.into_iter().map(|entry| Entry { shard: None, ..entry }).collect();
    assert_eq!(of(&unknown), []);
    assert_eq!(of(&[object(0, 1, 5, 1, 2)]).len(), 1, "what is missing is missing either way");
    assert_eq!(Coverage::of(&[object(0, 1, 5, 1, 2)], true).findings.len(), 1);
}

/// Disjoint batches of some shards, each of one or two objects, in any order.
fn batches() -> impl Strategy<Value = Vec<Entry>> {
    let batch = (1..20_u64, 1..5_u64, 1..=2_u32);
    let shard = prop::collection::vec(batch, 1..12);
    prop::collection::vec(shard, 1..4).prop_flat_map(|shards| {
        let mut entries = Vec::new();
        for (shard, batches) in shards.iter().enumerate() {
            let mut next = 1;
            for (length, gap, objects) in batches {
                let (first, last) = (next, next + length - 1);
                next += length + gap;
                entries.extend((1..=*objects).map(|index| object(shard as u64, first, last, index, *objects)));
            }
        }
        Just(entries).prop_shuffle()
    })
}

proptest! {
    #[test]
    fn whole_batches_are_clean_in_any_order(entries in batches()) {
        let coverage = Coverage::of(&entries, false);
        prop_assert!(coverage.is_clean(), "{:?}", coverage.findings);
        let records: u64 =
            entries.iter().filter(|own| own.metadata.object_index == 1).map(|own| own.metadata.batch_records).sum();
        prop_assert_eq!(coverage.records(), records);
    }

    #[test]
    fn an_object_that_is_taken_from_a_batch_of_two_is_missed(entries in batches(), choice: prop::sample::Index) {
        let of_two: Vec<usize> = (0..entries.len()).filter(|place| entries[*place].metadata.object_count == 2).collect();
        prop_assume!(!of_two.is_empty());
        let mut entries = entries;
        entries.remove(of_two[choice.index(of_two.len())]);
        let findings = of(&entries);
        prop_assert_eq!(findings.len(), 1);
        let is_missing = matches!(findings[0], Finding::Missing { there: 1, of: 2, .. });
        prop_assert!(is_missing, "{:?}", findings);
    }

    #[test]
    fn a_batch_that_reaches_into_another_is_found(entries in batches(), choice: prop::sample::Index) {
        let victim = entries[choice.index(entries.len())].clone();
        let (shard, own) = (victim.shard.unwrap(), &victim.metadata);
        let digits = |number: &SequenceNumber| number.as_str()[2..].parse::<u64>().unwrap();
        let (first, last) = (digits(&own.batch_first), digits(&own.batch_last));
        let mut entries = entries;
        // From its last record to far behind all.
        entries.push(object(shard, last, last + 1_000, 1, 1));
        let findings = of(&entries);
        prop_assert!(!findings.is_empty(), "{first}..{last}");
    }
}

#[test]
fn a_backup_covers_nothing_and_is_no_duplicate() {
    let mut backup = object(6, 1, 9, 1, 1);
    backup.metadata.role = ObjectRole::Backup;
    backup.key.push_str("-backup");
    let data = object(6, 1, 9, 1, 1);
    assert_eq!(of(&[data.clone(), backup.clone()]), []);
    assert_eq!(Coverage::of(std::slice::from_ref(&backup), false).records(), 0);
    assert!(Batch::all_of([&backup].into_iter()).is_empty());
    assert_eq!(Coverage::of(&[data, backup], false).records(), 9);
}

/// `entry` as the lines `first..=last` of an error object under this key.
fn replayed(key: &str, entry: &Entry, first: u64, last: u64) -> Entry {
    let source = ErrorSource::new("b", key, b"");
    let (first, last) = (source.number(first), source.number(last));
    let metadata = ObjectMetadata { first, last, batch_first: first, batch_last: last, ..entry.metadata.clone() };
    Entry { key: format!("replayed/{key}/{}", entry.key), metadata, shard: entry.shard }
}

#[test]
fn what_was_replayed_is_counted_by_itself_and_overlaps_nothing() {
    let mut entries = vec![object(0, 1, 5, 1, 2), object(0, 1, 5, 2, 2), object(1, 3, 7, 1, 1)];
    let before = Coverage::of(&entries, false);
    // Of two sources and two shards; one of the records failed again.
    entries.push(replayed("a", &object(0, 1, 2, 1, 2), 1, 2));
    entries.push(replayed("a", &object(0, 1, 2, 2, 2), 1, 2));
    entries.push(replayed("z", &object(1, 1, 3, 1, 1), 1, 3));
    entries.push(replayed("c", &Entry { shard: None, ..object(0, 1, 4, 1, 1) }, 1, 4));
    for interleaves in [false, true] {
        let coverage = Coverage::of(&entries, interleaves);
        assert!(coverage.is_clean(), "{coverage:?}");
        assert_eq!((&coverage.shards, coverage.records()), (&before.shards, 10));
        let told = &coverage.replayed;
        assert_eq!((told.objects, told.batches, told.records, told.failed), (4, 3, 9, 1));
    }
    // What it lacks is missed all the same, and what is cut anew is seen.
    entries.remove(4);
    assert!(matches!(&of(&entries)[..], [Finding::Missing { there: 1, of: 2, .. }]));
    entries.push(replayed("z", &object(1, 2, 2, 1, 1), 2, 2));
    assert!(of(&entries).iter().any(|own| matches!(own, Finding::Duplicate { .. })));
}
