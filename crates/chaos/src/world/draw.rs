//! A world from a seed.

use std::time::Duration;

use fastrand::Rng;

use crate::expected::DELIMITER;

use crate::queries::TRANSFORM;

use super::{Fault, InvocationFault, Kind, Move, Produced, PutFault, Records, Settings, World, Wrapping};

/// Records that a world has at most.
const RECORDS_MAX: u64 = 300;

/// Faults that a world has at most.
const FAULTS_MAX: usize = 24;

/// Invocations and puts of a shard among which faults are placed.
const PLACES: u32 = 25;

impl World {
    /// The world of a seed.
    pub fn of(seed: u64) -> Self {
        let rng = &mut Rng::with_seed(seed);
        let mut settings = settings(rng);
        // Drawn for itself, so that the rest of a world is what it was.
        match Rng::with_seed(seed ^ 0x5EED_0F15_0150).u8(0..8) {
            0 | 1 => settings.become_json(Records::Json),
            2 => settings.become_json(Records::Columns),
            _ => {}
        }
        let feed = feed(rng);
        let lasts = feed.last().map_or(1, |produced: &Produced| produced.at.as_secs().max(1));
        let moves = moves(rng, lasts);
        let faults = (0..rng.usize(0..=FAULTS_MAX)).map(|_| fault(rng, lasts)).collect();
        Self { seed, settings, feed, moves, faults }
    }
}

impl Settings {
    /// Records are JSON, and what was to become of them is said by queries.
    fn become_json(&mut self, records: Records) {
        self.records = records;
        let has_columns = records == Records::Columns;
        if has_columns {
            self.variables.extend([
                ("PENSTOCK_DATA_FORMAT_CONVERSION", "Enabled"),
                ("PENSTOCK_SCHEMA", r#"[{"Name": "v", "Type": "string"}]"#),
            ]);
        }
        if self.transforms {
            self.variables.push(("PENSTOCK_TRANSFORM_QUERY", TRANSFORM));
        }
        for (name, value) in &mut self.variables {
            *value = match (*name, *value) {
                ("PENSTOCK_PREFIX", "!{partitionKeyFromLambda:p}/") => "!{partitionKeyFromQuery:p}/",
                ("PENSTOCK_PREFIX", "a/!{partitionKeyFromLambda:p}-") => "a/!{partitionKeyFromQuery:p}-",
                ("PENSTOCK_COMPRESSION_FORMAT", _) if has_columns => "UNCOMPRESSED",
                (_, value) => value,
            };
        }
    }
}

fn one_of<T: Copy>(rng: &mut Rng, all: &[T]) -> T {
    all[rng.usize(0..all.len())]
}

fn seconds(rng: &mut Rng, most: u64) -> Duration {
    Duration::from_millis(rng.u64(1..=most * 1_000))
}

/// Most are as the defaults are; the rest is what a user may choose.
fn settings(rng: &mut Rng) -> Settings {
    let is_rare = |rng: &mut Rng| rng.u8(0..5) == 0;
    let (partitions, backup) = (rng.bool().then(|| rng.u64(1..=400)), is_rare(rng));
    let mut variables = vec![
        (
            "PENSTOCK_COMPRESSION_FORMAT",
            one_of(rng, &["UNCOMPRESSED", "GZIP", "ZSTD", "ZIP", "Snappy", "HADOOP_SNAPPY"]),
        ),
        ("PENSTOCK_ERROR_OUTPUT_PREFIX", "failed/!{firehose:error-output-type}/"),
    ];
    match partitions {
        None => variables.push(("PENSTOCK_PREFIX", one_of(rng, &["", "a/", "!{timestamp:yyyy}/"]))),
        Some(_) => variables.extend([
            ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
            ("PENSTOCK_PREFIX", one_of(rng, &["!{partitionKeyFromLambda:p}/", "a/!{partitionKeyFromLambda:p}-"])),
            ("PENSTOCK_MAX_OBJECTS_PER_BATCH", one_of(rng, &["20", "1000"])),
            ("PENSTOCK_PARTITION_OVERFLOW", one_of(rng, &["catch_all", "hash"])),
        ]),
    }
    let together = if is_rare(rng) { rng.usize(2..=6) } else { 1 };
    let wrapping = if together > 1 && rng.bool() { Wrapping::Kpl } else { Wrapping::Delimited };
    // An aggregate has bytes of every kind, so that nothing stands between those of a backup that could be told from them.
    let backup = backup && wrapping == Wrapping::Delimited;
    if together > 1 && wrapping == Wrapping::Delimited {
        variables.extend([
            ("PENSTOCK_RECORD_DEAGGREGATION", "DELIMITED"),
            ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", DELIMITER),
        ]);
    }
    if backup {
        variables.extend([("PENSTOCK_S3_BACKUP_MODE", "Enabled"), ("PENSTOCK_S3_BACKUP_PREFIX", "backup/")]);
    }
    Settings {
        shards: rng.u32(1..=3),
        batch_size: rng.usize(1..=60),
        window: Duration::from_secs(rng.u64(0..=10)),
        parallelization_factor: if is_rare(rng) { rng.u32(2..=10) } else { 1 },
        bisect: is_rare(rng),
        maximum_retry_attempts: is_rare(rng).then(|| rng.u64(0..=5)),
        maximum_record_age: is_rare(rng).then(|| Duration::from_secs(rng.u64(60..=600))),
        timeout: Duration::from_secs(one_of(rng, &[6, 10, 30, 60, 120])),
        records: Records::Text,
        transforms: rng.bool(),
        partitions,
        together,
        wrapping,
        backup,
        // At a second each, the objects of a large batch take several deadlines.
        put_takes: Duration::from_millis(if is_rare(rng) { rng.u64(200..=1_000) } else { 20 }),
        variables,
    }
}

fn feed(rng: &mut Rng) -> Vec<Produced> {
    let records = rng.u64(1..=RECORDS_MAX);
    let pause = rng.u64(1..=2_000);
    let mut at = Duration::ZERO;
    (0..records)
        .map(|id| {
            at += Duration::from_millis(rng.u64(0..=pause));
            let kind = match rng.u8(0..20) {
                0 | 1 => Kind::Drop,
                2 | 3 => Kind::Split(rng.u8(0..=4)),
                4 | 5 => Kind::Fail,
                6 => Kind::Panic,
                _ => Kind::Keep,
            };
            let padding = if rng.u8(0..50) == 0 { rng.usize(0..=20_000) } else { rng.usize(0..=40) };
            Produced { at, id, key: rng.u8(..), kind, padding, is_repeated: rng.u8(0..20) == 0 }
        })
        .collect()
}

fn moves(rng: &mut Rng, lasts: u64) -> Vec<(Duration, Move)> {
    let mut moves: Vec<(Duration, Move)> = (0..rng.usize(0..=4))
        .map(|_| {
            let what = match rng.u8(0..5) {
                0 => Move::Restart(seconds(rng, 30)),
                1 => Move::Crash(seconds(rng, 30)),
                2 => Move::Split(rng.u64(..)),
                3 => Move::Merge(rng.u64(..)),
                _ => Move::Reconfigure,
            };
            (seconds(rng, lasts), what)
        })
        .collect();
    moves.sort_by_key(|(at, _)| *at);
    moves
}

fn fault(rng: &mut Rng, lasts: u64) -> Fault {
    // The first places are reached by every world.
    let nth = 1 + rng.u32(0..PLACES).min(rng.u32(0..PLACES));
    let shard = rng.u32(0..4);
    match rng.u8(0..10) {
        0..=3 => Fault::Invocation { shard, nth, what: invocation_fault(rng) },
        4..=8 => Fault::Put { shard, nth, what: put_fault(rng) },
        _ => Fault::Outage { from: seconds(rng, lasts), lasts: seconds(rng, 900), what: put_fault(rng) },
    }
}

fn invocation_fault(rng: &mut Rng) -> InvocationFault {
    match rng.u8(0..8) {
        0 => InvocationFault::Throttled,
        1 => InvocationFault::KilledBefore,
        2 => InvocationFault::KilledAfter(Duration::from_millis(rng.u64(0..=200))),
        3 => InvocationFault::OutOfMemory,
        4 => InvocationFault::AnswerLost,
        5 => InvocationFault::TimeoutAfterPut,
        6 => InvocationFault::ClockAhead(seconds(rng, 200)),
        _ => InvocationFault::ClockBehind(seconds(rng, 200)),
    }
}

fn put_fault(rng: &mut Rng) -> PutFault {
    match rng.u8(0..10) {
        0 => PutFault::InternalError,
        1 => PutFault::SlowDown(seconds(rng, 20)),
        2 => PutFault::Conflict,
        3 => PutFault::Denied,
        4 => PutFault::Slow(seconds(rng, 15)),
        5 => PutFault::Stalled,
        6 => PutFault::CutBefore,
        7 => PutFault::CutAfter,
        8 => PutFault::AnswerLost,
        _ => PutFault::Late(seconds(rng, 120)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_world_and_two_are_two() {
        assert_eq!(World::of(7), World::of(7));
        assert_ne!(World::of(7), World::of(8));
    }

    #[test]
    fn every_kind_of_fault_and_move_is_drawn() {
        let worlds: Vec<World> = (0..400).map(World::of).collect();
        let told: String =
            worlds.iter().flat_map(|world| world.faults.iter().map(|fault| format!("{fault:?}"))).collect();
        for word in [
            "Throttled",
            "KilledBefore",
            "KilledAfter",
            "OutOfMemory",
            "AnswerLost",
            "TimeoutAfterPut",
            "ClockAhead",
            "ClockBehind",
            "InternalError",
            "SlowDown",
            "Conflict",
            "Denied",
            "Slow(",
            "Stalled",
            "CutBefore",
            "CutAfter",
            "Late",
            "Outage",
        ] {
            assert!(told.contains(word), "{word}");
        }
        let told: String = worlds.iter().flat_map(|world| world.moves.iter().map(|own| format!("{own:?}"))).collect();
        for word in ["Restart", "Crash", "Split", "Merge", "Reconfigure"] {
            assert!(told.contains(word), "{word}");
        }
        assert!(worlds.iter().any(|world| world.settings.backup && world.settings.partitions.is_some()));
        assert!(worlds.iter().any(|world| world.settings.bisect && world.settings.parallelization_factor > 1));
    }

    #[test]
    fn worlds_of_every_kind_are_drawn() {
        let worlds: Vec<Settings> = (0..200).map(|seed| World::of(seed).settings).collect();
        let of = |records: Records| worlds.iter().filter(|own| own.records == records).count();
        assert!(of(Records::Text) > 100 && of(Records::Json) > 20 && of(Records::Columns) > 10);
        let queried = |own: &&Settings| own.records == Records::Columns && own.partitions.is_some() && own.transforms;
        assert!(worlds.iter().any(|own| queried(&own)), "columns by partition, of what a filter makes");
        assert!(worlds.iter().any(|own| own.wrapping == Wrapping::Kpl && own.together > 1));
    }
}
