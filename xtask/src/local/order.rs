//! Whether the records of a partition key were delivered in their order, told from the events alone.
//!
//! A lane's batches must follow each other, and a child's batch must come behind the last one of its parents that has
//! records of the same key. The order inside an object is not seen here: its bytes are compared.

use std::collections::{BTreeMap, BTreeSet};

use penstock_format::SequenceNumber;

use super::events::RunRecord;
use super::outcome::Attempt;
use super::places::{number, shard};

/// Breaches that are told.
const BROKEN_MAX: usize = 10;

/// A lane of a shard.
type Lane = (u64, u32);

/// A batch that was attempted.
#[derive(Debug, Clone, Copy)]
struct Tried {
    first: SequenceNumber,
    last: SequenceNumber,
    /// Which attempt of the run it was.
    turn: usize,
    delivered: bool,
}

/// When the records of one key of one shard were first handed to the function, and last acknowledged.
#[derive(Debug, Clone, Copy)]
struct Turns {
    first: usize,
    last: Option<usize>,
}

/// What is wrong with the order of `attempts`, in the order they ended, in words; a bounded number of breaches. One that
/// failed counts as well: it may have stored its records before its answer was lost. `shards` has the parents of each shard. Takes memory for each batch, and for each pair of key
/// and shard where there was a reshard.
pub fn broken(
    records: &[RunRecord],
    attempts: &[Attempt],
    shards: &BTreeMap<String, Vec<String>>,
) -> anyhow::Result<Vec<String>> {
    let mut lanes: BTreeMap<Lane, Vec<Tried>> = BTreeMap::new();
    // The furthest first record that a lane attempted, and the last one that it delivered.
    let mut reached: BTreeMap<Lane, (SequenceNumber, Option<SequenceNumber>)> = BTreeMap::new();
    let mut broken = Vec::new();
    for (turn, Attempt { batch, delivered }) in attempts.iter().enumerate() {
        let lane = (shard(&batch.shard_id)?, batch.lane);
        let (first, last) = (number(&batch.first_sequence_number)?, number(&batch.last_sequence_number)?);
        let next = Tried { first, last, turn, delivered: *delivered };
        let (furthest, done) = reached.entry(lane).or_insert((first, None));
        let again = done.is_some_and(|done| done >= first);
        if first > last || again || (*delivered && last < *furthest) {
            broken.push((lane, next));
        }
        *furthest = first.max(*furthest);
        if *delivered {
            *done = Some(last);
        }
        lanes.entry(lane).or_default().push(next);
    }
    let mut told = Vec::new();
    for (lane, batch) in broken.into_iter().take(BROKEN_MAX) {
        let key = first_key(records, lane, &batch)?.unwrap_or_default();
        let ((shard, lane), Tried { first, last, .. }) = (lane, batch);
        told.push(format!(
            "order of partition key {key:?} broken: shard {shard} lane {lane} delivered {first} to {last} not behind \
             the batches before"
        ));
    }
    let ancestors = ancestors(shards)?;
    if ancestors.values().any(|parents| !parents.is_empty()) {
        let turns = turns(records, &lanes)?;
        across(&turns, &ancestors, &mut told);
    }
    told.truncate(BROKEN_MAX);
    Ok(told)
}

/// The key of the first record of a batch.
fn first_key<'r>(records: &'r [RunRecord], lane: Lane, batch: &Tried) -> anyhow::Result<Option<&'r str>> {
    for record in records {
        if number(&record.sequence_number)? == batch.first && (shard(&record.shard_id)?, record.lane) == lane {
            return Ok(Some(&record.partition_key));
        }
    }
    Ok(None)
}

/// All shards that a shard came from, by way of any number of reshards.
fn ancestors(shards: &BTreeMap<String, Vec<String>>) -> anyhow::Result<BTreeMap<u64, BTreeSet<u64>>> {
    let mut all = BTreeMap::new();
    for id in shards.keys() {
        let mut found = BTreeSet::new();
        let mut open: Vec<&String> = shards[id].iter().collect();
        while let Some(parent) = open.pop() {
            if found.insert(shard(parent)?) {
                open.extend(shards.get(parent).into_iter().flatten());
            }
        }
        all.insert(shard(id)?, found);
    }
    Ok(all)
}

/// The turns of each key, by key and shard.
fn turns<'r>(
    records: &'r [RunRecord],
    lanes: &BTreeMap<Lane, Vec<Tried>>,
) -> anyhow::Result<BTreeMap<(&'r str, u64), Turns>> {
    let mut keys: BTreeMap<Lane, BTreeMap<SequenceNumber, &str>> = BTreeMap::new();
    for record in records {
        let lane = (shard(&record.shard_id)?, record.lane);
        keys.entry(lane).or_default().insert(number(&record.sequence_number)?, &record.partition_key);
    }
    let mut turns: BTreeMap<(&str, u64), Turns> = BTreeMap::new();
    for (lane, tried) in lanes {
        let Some(keys) = keys.get(lane) else { continue };
        for batch in tried.iter().filter(|batch| batch.first <= batch.last) {
            for (_, key) in keys.range(batch.first..=batch.last) {
                let entry = turns.entry((key, lane.0)).or_insert(Turns { first: batch.turn, last: None });
                entry.first = entry.first.min(batch.turn);
                if batch.delivered {
                    entry.last = entry.last.max(Some(batch.turn));
                }
            }
        }
    }
    Ok(turns)
}

/// Adds each key of which a child's batch came before the last one of a parent.
fn across(turns: &BTreeMap<(&str, u64), Turns>, ancestors: &BTreeMap<u64, BTreeSet<u64>>, told: &mut Vec<String>) {
    for (&(key, child), of_child) in turns {
        for parent in ancestors.get(&child).into_iter().flatten() {
            let done = turns.get(&(key, *parent)).and_then(|of_parent| of_parent.last);
            let early = done.is_some_and(|done| of_child.first < done);
            if early && told.len() < BROKEN_MAX {
                told.push(format!(
                    "order of partition key {key:?} broken: shard {child} delivered it before its parent, shard \
                     {parent}, was done with it"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::events::Batch;
    use super::*;

    /// A record: shard, lane, sequence number, key.
    fn record(&(shard, lane, number, key): &(u64, u32, u64, &str)) -> RunRecord {
        RunRecord {
            index: 0,
            shard_id: shard_id(shard),
            lane,
            partition_key: key.to_owned(),
            sequence_number: number.to_string(),
        }
    }

    /// A delivered batch: shard, lane, first and last sequence number.
    fn batch(&(shard, lane, first, last): &(u64, u32, u64, u64)) -> Attempt {
        let batch = Batch {
            shard_id: shard_id(shard),
            lane,
            records: 1,
            payload_bytes: 1,
            first_sequence_number: first.to_string(),
            last_sequence_number: last.to_string(),
            attempt: 1,
        };
        Attempt { batch, delivered: true }
    }

    fn shard_id(shard: u64) -> String {
        format!("shardId-{shard:012}")
    }

    fn check(
        records: &[(u64, u32, u64, &str)],
        batches: &[(u64, u32, u64, u64)],
        parents: &[(u64, &[u64])],
    ) -> Vec<String> {
        let records: Vec<_> = records.iter().map(record).collect();
        let batches: Vec<_> = batches.iter().map(batch).collect();
        let parents = parents.iter().map(|(shard, parents)| {
            (shard_id(*shard), parents.iter().map(|parent| shard_id(*parent)).collect::<Vec<_>>())
        });
        broken(&records, &batches, &parents.collect()).unwrap()
    }

    #[test]
    fn the_batches_of_a_lane_follow_each_other() {
        let records = [(0, 0, 1, "a"), (0, 0, 5, "b"), (0, 1, 3, "c"), (1, 0, 2, "d")];
        for (name, batches, broken) in [
            ("none", &[][..], None),
            ("in order, with gaps", &[(0, 0, 1, 3), (0, 0, 5, 10)], None),
            ("other lanes and shards are apart", &[(0, 0, 5, 9), (0, 1, 3, 4), (1, 0, 2, 2)], None),
            ("ten is more than nine", &[(0, 0, 9, 9), (0, 0, 10, 10)], None),
            ("backwards", &[(0, 0, 5, 6), (0, 0, 1, 3)], Some("\"a\" broken: shard 0 lane 0 delivered 1 to 3")),
            ("overlapping", &[(0, 0, 1, 5), (0, 0, 5, 9)], Some("\"b\" broken: shard 0 lane 0 delivered 5 to 9")),
            ("twice", &[(0, 1, 3, 3), (0, 1, 3, 3)], Some("\"c\" broken: shard 0 lane 1 delivered 3 to 3")),
            ("the end before the start", &[(0, 0, 5, 1)], Some("\"b\" broken: ")),
        ] {
            let told = check(&records, batches, &[(0, &[]), (1, &[])]);
            assert_eq!(told.len(), usize::from(broken.is_some()), "{name}: {told:?}");
            if let (Some(told), Some(broken)) = (told.first(), broken) {
                assert!(told.starts_with("order of partition key ") && told.contains(broken), "{name}: {told}");
            }
        }
    }

    #[test]
    fn a_child_comes_behind_its_parents_key_by_key() {
        // Shard 0 became 1 and 2, 2 became 3: "a" goes 0, 1; "b" goes 0, (2 without a record,) 3; "c" is only in 0.
        let records =
            [(0, 0, 1, "a"), (0, 1, 2, "b"), (0, 0, 3, "a"), (0, 0, 9, "c"), (1, 0, 10, "a"), (3, 0, 11, "b")];
        let parents: [(u64, &[u64]); 4] = [(0, &[]), (1, &[0]), (2, &[0]), (3, &[2])];
        let child_first = "order of partition key \"a\" broken: shard 1 delivered it before its parent, shard 0,";
        let grandchild_first = "order of partition key \"b\" broken: shard 3 delivered it before its parent, shard 0,";
        for (name, batches, broken) in [
            ("in order", &[(0, 1, 2, 2), (0, 0, 1, 3), (0, 0, 9, 9), (1, 0, 10, 10), (3, 0, 11, 11)][..], None),
            ("another key may be late", &[(0, 0, 1, 3), (1, 0, 10, 10), (0, 0, 9, 9)], None),
            ("child first", &[(1, 0, 10, 10), (0, 0, 1, 3)], Some(child_first)),
            ("child between", &[(0, 0, 1, 1), (1, 0, 10, 10), (0, 0, 3, 3)], Some(child_first)),
            ("grandchild first", &[(3, 0, 11, 11), (0, 1, 2, 2)], Some(grandchild_first)),
            ("a parent that was given up", &[(1, 0, 10, 10), (3, 0, 11, 11)], None),
        ] {
            let told = check(&records, batches, &parents);
            assert_eq!(told.len(), usize::from(broken.is_some()), "{name}: {told:?}");
            assert!(told.iter().zip(broken).all(|(told, broken)| told.starts_with(broken)), "{name}: {told:?}");
        }
        let merged: [(u64, &[u64]); 3] = [(0, &[]), (1, &[]), (2, &[0, 1])];
        let records = [(1, 0, 1, "m"), (2, 0, 2, "m")];
        assert_eq!(check(&records, &[(2, 0, 2, 2), (1, 0, 1, 1)], &merged).len(), 1, "the second parent counts too");
        assert_eq!(check(&records, &[(1, 0, 1, 1), (2, 0, 2, 2)], &merged), [""; 0]);
    }

    #[test]
    fn an_attempt_that_failed_counts_as_well() {
        let records = [(0, 0, 1, "a"), (0, 0, 5, "a"), (1, 0, 9, "a")].map(|place| record(&place));
        let parents = BTreeMap::from([(shard_id(0), vec![]), (shard_id(1), vec![shard_id(0)])]);
        let failed = |place| Attempt { delivered: false, ..batch(&place) };
        let (one, five, nine) = ((0, 0, 1, 1), (0, 0, 5, 5), (1, 0, 9, 9));
        for (name, attempts, breaches) in [
            ("sent again", vec![failed(one), batch(&one), failed(five), batch(&five), batch(&nine)], 0),
            ("halved", vec![failed((0, 0, 1, 5)), batch(&one), batch(&five), batch(&nine)], 0),
            ("the next one before it was done", vec![failed(five), batch(&one), batch(&five), batch(&nine)], 1),
            ("a child before its parent was done", vec![batch(&one), failed(nine), batch(&five), batch(&nine)], 1),
            ("given up", vec![failed(one), batch(&five), batch(&nine)], 0),
        ] {
            let told = broken(&records, &attempts, &parents).unwrap();
            assert_eq!(told.len(), breaches, "{name}: {told:?}");
        }
    }

    #[test]
    fn of_many_breaches_a_few_are_told() {
        let batches: Vec<_> = (0..100).map(|_| (0, 0, 1, 1)).collect();
        assert_eq!(check(&[(0, 0, 1, "a")], &batches, &[]).len(), BROKEN_MAX);
    }
}
