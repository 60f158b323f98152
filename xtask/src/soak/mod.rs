//! `cargo xtask soak`: records of every size through the whole pipe while the function is killed again and again.
//!
//! Two proofs, independent of each other: the objects' bytes are compared with what was sent into their ranges, as
//! `local --input` does, and each object is walked record by record, every record telling its own id and length.

mod generate;
mod verify;

use std::time::Instant;

use anyhow::Context as _;
use penstock_stack::Environment;

use crate::exit::{self, Exit};
use crate::local::{Expected, Faults, Framing, Input, Kills, Outcome, Scenario, compare};
use crate::{cargo, local, paths, screen};

/// The environment of a soak: four shards, and nothing that waits.
const ENVIRONMENT: &str = "
[stream]
name = \"penstock-soak\"
shard_count = 4

[delivery]
bucket = \"penstock-soak\"
";

/// Send records of every size through `local` while the function is killed, and prove that none is lost
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How many records
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=9_999_999))]
    pub records: u32,
    /// How often the function gets a SIGKILL in the middle of an invocation
    #[arg(long, default_value_t = 30)]
    pub kills: u32,
    /// How often S3 fails a put: 500, 503, 409, late, or with a connection that breaks before or behind the write
    #[arg(long, default_value_t = 20)]
    pub put_faults: u32,
    /// Seed of the records, of the moments of the kills and of what S3 does
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many seeds, one after another
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub seeds: u64,
}

/// Runs the command: each seed, until one does not hold.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    cargo::build_local()?;
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
        let exit = soak(&Arguments { seed, ..*arguments })?;
        if exit != exit::DONE {
            return Ok(exit);
        }
    }
    Ok(exit::DONE)
}

fn soak(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = Environment::parse(ENVIRONMENT).context("the soak's own environment")?;
    let folder = paths::target_dir()?.join("soak");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let input = generate::write(&folder.join("input.bin"), arguments.records, arguments.seed)?;
    let records = input.records();
    if arguments.seeds == 1 {
        screen::progress(format_args!(
            "{} records, {}, seed {}, {} kills, {} puts that fail",
            screen::number(u64::from(arguments.records)),
            screen::bytes(records.iter().map(|record| record.len() as u64).sum()),
            arguments.seed,
            arguments.kills,
            arguments.put_faults
        ));
    }
    let spared_at_most = spared_at_most(batches_min(&records), arguments.kills);
    let kills = Kills { seed: arguments.seed, count: arguments.kills, spared_at_most };
    let scenario = Scenario {
        task_root: paths::root().to_owned(),
        kinesis_port: 0,
        s3_port: 0,
        data_directory: folder.join("data"),
        bootstrap: paths::profile_dir()?.join("bootstrap"),
        batching_window_in_seconds: Some(0),
        input: Some(Input { path: input.path.clone(), framing: Framing::LengthPrefixed, partition_keys: None }),
        faults: Faults {
            kills: Some(kills),
            puts: arguments.put_faults,
            puts_spared_at_most: Some(puts_spared_at_most(batches_min(&records), arguments.put_faults)),
            ..Faults::default()
        },
        reshards: Vec::new(),
    };
    let shown =
        local::Shown { json: false, is_quiet: arguments.seeds > 1, scenario: &scenario, environment: &environment };
    let started = Instant::now();
    let expected = Expected::of(&environment.delivery, &records, None);
    let outcome = local::run_scenario(&scenario, &environment, &shown, expected.len())?;
    if outcome.interrupted {
        return Ok(exit::INTERRUPTED);
    }
    let comparison = compare(&environment.delivery, &records, &expected, &outcome)?;
    let walked = verify::walk(&outcome.objects, &comparison.excused)?;
    if arguments.seeds > 1 && comparison.is_complete() {
        screen::result(format_args!(
            "seed {:<4} kills {}  puts failed {}  retries {}  found stored {}  lost {}  doubled {}  {:.1} s",
            arguments.seed,
            outcome.faults,
            outcome.put_faults,
            outcome.invocations_failed,
            outcome.already_stored,
            walked.lost,
            walked.doubled,
            started.elapsed().as_secs_f64()
        ));
    } else {
        shown.compared(&outcome, &comparison, started.elapsed());
        counts(&outcome, &walked);
    }
    if walked.lost > 0 || !comparison.is_complete() {
        screen::result("broken: records were sent, acknowledged and not stored, or stored otherwise than sent");
        return Ok(exit::PROMISE_BROKEN);
    }
    // The mapping sends a failed batch again as it was, so that no cut can double a record here.
    if walked.doubled > 0 {
        screen::result("broken: records lie in two objects although no batch was cut anew");
        return Ok(exit::PROMISE_BROKEN);
    }
    if comparison.discarded + comparison.expired > 0 {
        screen::result("broken: records were given up, although the soak asks for attempts without end");
        return Ok(comparison.exit());
    }
    for (what, came, asked) in
        [("kills", outcome.faults, arguments.kills), ("puts that fail", outcome.put_faults, arguments.put_faults)]
    {
        if came != u64::from(asked) {
            screen::result(format_args!(
                "proves too little: {came} of {asked} {what} came, take more records or fewer"
            ));
            return Ok(exit::FAILED);
        }
    }
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    Ok(exit::DONE)
}

fn counts(outcome: &Outcome, walked: &verify::Walked) {
    local::rows(&[
        ("kills", outcome.faults),
        ("puts failed", outcome.put_faults),
        ("retries", outcome.invocations_failed),
        ("found stored", outcome.already_stored),
        ("ids stored", walked.stored),
        ("ids lost", walked.lost),
        ("ids doubled", walked.doubled),
    ]);
}

/// The largest event of Lambda, base64 and all.
const EVENT_BYTES_MAX: u64 = 6 * 1_048_576;

/// So many batches there are at least: a record's data alone takes its base64 in an event.
fn batches_min(records: &[&[u8]]) -> u64 {
    let base64_bytes: u64 = records.iter().map(|record| (record.len() as u64).div_ceil(3) * 4).sum();
    base64_bytes.div_ceil(EVENT_BYTES_MAX).max(1)
}

/// How many invocations may be spared before each kill, so that all kills come. With `s` spared each time they take
/// `kills * (s + 1)` invocations; there are `batches + kills`, because a killed one is sent again. One a kill is left
/// over, for a kill that comes when its invocation has ended already.
fn spared_at_most(batches: u64, kills: u32) -> u32 {
    let spared = (batches + u64::from(kills)).checked_div(kills.into()).map_or(0, |each| each.saturating_sub(2));
    u32::try_from(spared).unwrap_or(u32::MAX)
}

/// How many puts may be spared before each that goes wrong, so that all of these come: each batch is one put at least.
fn puts_spared_at_most(batches: u64, put_faults: u32) -> u32 {
    let spared = batches.checked_div(put_faults.into()).map_or(0, |each| each.saturating_sub(1));
    u32::try_from(spared).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_puts_that_fail_find_their_put() {
        for (batches, faults, expected) in [(6, 4, 0), (8, 4, 1), (85, 20, 3), (1, 0, 0), (3, 4, 0)] {
            let spared = puts_spared_at_most(batches, faults);
            assert_eq!(spared, expected, "{batches} batches, {faults} faults");
            assert!(batches < u64::from(faults) || u64::from(faults) * (u64::from(spared) + 1) <= batches);
        }
    }

    #[test]
    fn all_kills_find_their_invocation() {
        for (batches, kills, expected) in [
            (1, 1, 0),
            (1, 30, 0),
            (5, 5, 0),
            (10, 5, 1),
            (85, 30, 1),
            (100, 1, 99),
            (7, 0, 0),
            (u64::from(u32::MAX), 1, u32::MAX - 1),
        ] {
            let spared = spared_at_most(batches, kills);
            assert_eq!(spared, expected, "{batches} batches, {kills} kills");
            assert!(u64::from(kills) * (u64::from(spared) + 1) <= batches + u64::from(kills));
        }
    }

    #[test]
    fn batches_are_counted_by_what_an_event_must_hold() {
        let mebibyte = vec![0_u8; 1_048_576];
        for (records, expected) in [
            (vec![], 1),
            (vec![&b""[..]; 10], 1),
            (vec![mebibyte.as_slice(); 4], 1),
            (vec![mebibyte.as_slice(); 5], 2),
            (vec![mebibyte.as_slice(); 45], 11),
        ] {
            assert_eq!(batches_min(&records), expected, "{} records", records.len());
        }
    }
}
