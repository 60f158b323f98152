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
use crate::local::{Expected, Faults, Framing, Input, Scenario, compare};
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
    /// Seed of the records and of the moments of the kills
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = Environment::parse(ENVIRONMENT).context("the soak's own environment")?;
    cargo::build_local()?;
    let folder = paths::target_dir()?.join("soak");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let input = generate::write(&folder.join("input.bin"), arguments.records, arguments.seed)?;
    let records = input.records();
    screen::progress(format_args!(
        "{} records, {}, seed {}, {} kills",
        screen::number(u64::from(arguments.records)),
        screen::bytes(records.iter().map(|record| record.len() as u64).sum()),
        arguments.seed,
        arguments.kills
    ));
    let scenario = Scenario {
        kinesis_port: 0,
        s3_port: 0,
        data_directory: folder.join("data"),
        bootstrap: paths::profile_dir()?.join("bootstrap"),
        batching_window_in_seconds: Some(0),
        input: Some(Input { path: input.path.clone(), framing: Framing::LengthPrefixed }),
        faults: Some(Faults { seed: arguments.seed, kills: arguments.kills }),
    };
    let shown = local::Shown { json: false, scenario: &scenario, environment: &environment };
    let started = Instant::now();
    let expected = Expected::of(&records);
    let outcome = local::run_scenario(&scenario, &environment, &shown, expected.len())?;
    if outcome.interrupted {
        return Ok(exit::INTERRUPTED);
    }
    let comparison = compare(&environment.delivery, &records, &expected, &outcome)?;
    shown.compared(&outcome, &comparison, started.elapsed());
    let walked = verify::walk(&outcome.objects, arguments.records)?;
    local::rows(&[
        ("kills", outcome.faults),
        ("retries", outcome.invocations_failed),
        ("found stored", outcome.already_stored),
        ("ids stored", walked.stored),
        ("ids lost", walked.lost),
        ("ids doubled", walked.doubled),
    ]);
    if walked.lost > 0 || !comparison.is_complete() {
        screen::result("broken: records were sent, acknowledged and not stored, or stored otherwise than sent");
        return Ok(exit::PROMISE_BROKEN);
    }
    // The mapping sends a failed batch again as it was, so that no cut can double a record here.
    if walked.doubled > 0 {
        screen::result("broken: records lie in two objects although no batch was cut anew");
        return Ok(exit::PROMISE_BROKEN);
    }
    if outcome.faults != u64::from(arguments.kills) {
        let (came, asked) = (outcome.faults, arguments.kills);
        screen::result(format_args!(
            "proves too little: {came} of {asked} kills came, take more records or fewer kills"
        ));
        return Ok(exit::FAILED);
    }
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    Ok(exit::DONE)
}
