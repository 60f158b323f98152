//! From the open shards of a stream to as many as are wanted, of the same size: the splits and merges, as a value.
//!
//! A shard is named by its first hash key, as its id is not known before it is made. Open shards cover all hash keys,
//! so that the first keys say the ranges.

/// One operation on open shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Closes the shard that begins at `start`, for one from there and one from `at` on.
    Split { start: u128, at: u128 },
    /// Closes two neighbours, for one that begins where the lower does.
    Merge { lower: u128, upper: u128 },
}

/// The steps from the open shards to `target` of them (1 at least), whose ranges are those of a stream created with that
/// many. `open` are their first hash keys, growing, from 0 on. A shard that has its range already is in no step.
pub(super) fn plan(open: &[u128], target: u32) -> Vec<Step> {
    let wanted = borders(open, target);
    let mut pieces = open.to_vec();
    let mut steps = Vec::new();
    for &at in &wanted {
        if let Err(index) = pieces.binary_search(&at) {
            steps.push(Step::Split { start: pieces[index - 1], at });
            pieces.insert(index, at);
        }
    }
    let mut lower = 0;
    for start in pieces {
        if wanted.binary_search(&start).is_ok() {
            lower = start;
        } else {
            steps.push(Step::Merge { lower, upper: start });
        }
    }
    steps
}

/// The first hash keys of `target` ranges of the same size. An open shard that begins within the rounding of such a key
/// lends its own, so that twice 3 shards are 3 splits and no shard of one hash key comes between.
fn borders(open: &[u128], target: u32) -> Vec<u128> {
    let count = u128::from(target.max(1));
    // 2^128 / count, which no u128 holds for a count of 1: then it is not needed.
    let size = if count.is_power_of_two() { (u128::MAX / count).wrapping_add(1) } else { u128::MAX / count };
    let near = |key: u128| {
        let index = open.partition_point(|&start| start < key);
        let neighbours = open[index.saturating_sub(1)..].iter().take(2);
        neighbours.copied().filter(|&start| start.abs_diff(key) < count).min_by_key(|start| start.abs_diff(key))
    };
    (0..count).map(|index| size.wrapping_mul(index)).map(|key| near(key).unwrap_or(key)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    /// What the steps make of the open shards: first hash key to count of parents, none for a shard that stayed.
    /// Each step must name shards that are open then, and neighbours.
    fn carried_out(open: &[u128], steps: &[Step]) -> BTreeMap<u128, usize> {
        let mut shards: BTreeMap<u128, usize> = open.iter().map(|&start| (start, 0)).collect();
        for step in steps {
            match *step {
                Step::Split { start, at } => {
                    assert!(start < at, "{step:?}");
                    assert!(shards.range(start + 1..=at).next().is_none(), "{step:?} is inside the shard");
                    assert!(shards.insert(start, 1).is_some(), "{step:?} is of an open shard");
                    shards.insert(at, 1);
                }
                Step::Merge { lower, upper } => {
                    assert_eq!(shards.range(lower + 1..).next().map(|(start, _)| *start), Some(upper), "{step:?}");
                    shards.remove(&upper);
                    assert!(shards.insert(lower, 2).is_some(), "{step:?} is of an open shard");
                }
            }
        }
        shards
    }

    #[test]
    fn doubling_is_splits_and_halving_is_merges() {
        for count in [1, 2, 3, 5, 6, 7, 8, 100, 1_000] {
            let (few, many) = (borders(&[0], count), borders(&borders(&[0], count), 2 * count));
            let up = plan(&few, 2 * count);
            assert_eq!(up.len(), count as usize, "{count} up");
            assert!(up.iter().all(|step| matches!(step, Step::Split { .. })), "{count} up: {up:?}");
            let down = plan(&many, count);
            assert_eq!(down.len(), count as usize, "{count} down");
            assert!(down.iter().all(|step| matches!(step, Step::Merge { .. })), "{count} down: {down:?}");
        }
    }

    #[test]
    fn ranges_are_those_of_a_created_stream() {
        let third = u128::MAX / 3;
        assert_eq!(borders(&[0], 1), [0]);
        assert_eq!(borders(&[0], 2), [0, 1 << 127]);
        assert_eq!(borders(&[0, 1 << 127], 3), [0, third, 2 * third]);
        assert_eq!(
            plan(&[0, 1 << 127], 3),
            [
                Step::Split { start: 0, at: third },
                Step::Split { start: 1 << 127, at: 2 * third },
                Step::Merge { lower: third, upper: 1 << 127 },
            ]
        );
        assert!(plan(&[0, third, 2 * third], 3).is_empty(), "what is right stays");
    }

    proptest! {
        #[test]
        fn the_target_is_reached_and_tiles_the_hash_keys(
            inner in prop::collection::btree_set(1..=u128::MAX, 0..40),
            target in 1_u32..80,
        ) {
            let open: Vec<_> = std::iter::once(0).chain(inner).collect();
            let shards = carried_out(&open, &plan(&open, target));
            let starts: Vec<_> = shards.keys().copied().collect();
            let size = u128::MAX / u128::from(target);
            prop_assert_eq!(starts.len(), target as usize);
            for (index, start) in starts.iter().enumerate() {
                let exact = size.saturating_mul(index as u128);
                prop_assert!(start.abs_diff(exact) <= 2 * u128::from(target), "{} is far from {}", start, exact);
            }
            let before: BTreeSet<_> = open.iter().copied().collect();
            for (index, (start, parents)) in shards.iter().enumerate() {
                // A shard without parents is one that was there, with the same range.
                let next = starts.get(index + 1).copied();
                let same = before.contains(start) && before.range(start + 1..).next().copied() == next;
                prop_assert!((1..=2).contains(parents) || same, "{} of {:?}", start, open);
            }
        }
    }
}
