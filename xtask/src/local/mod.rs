//! `cargo xtask local`: AWS in miniature around the real function.
//!
//! This renders the scenario from an environment file, starts `penstock-local` with it, shows its events, and, where
//! there was an input, compares what came out with what went in.

pub mod chaos;
mod compare;
mod events;
mod expected;
mod fate;
mod input;
mod line;
mod order;
mod outcome;
mod places;
mod process;
mod scenario;
mod show;
mod tree;

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, ensure};
use penstock_console::environment_file::EnvironmentFile;
use penstock_stack::Environment;

pub use compare::compare;
pub use events::ObjectStored;
pub use expected::Expected;
pub use process::run as run_scenario;
pub use scenario::{Faults, Framing, Input, Kills, Scenario};
pub use show::{Shown, rows};

use self::input::InputFile;
pub use self::outcome::Outcome;
use self::scenario::Reshard;
use crate::exit::{self, Exit};
use crate::{cargo, paths, screen};

/// Start Kinesis, S3 and Lambda on loopback, and the real function between them
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Name of a file in infra/environments, or a path to a .toml
    #[arg(long, default_value = "dev", value_name = "NAME|PATH")]
    environment: String,
    /// Where objects lie, as plain files under DIR/BUCKET/KEY; target/local unless given
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Port of the Kinesis API; 0 takes a free one
    #[arg(long, default_value_t = 4567, value_name = "PORT")]
    kinesis_port: u16,
    /// Port of S3; 0 takes a free one
    #[arg(long, default_value_t = 9000, value_name = "PORT")]
    s3_port: u16,
    /// Another bootstrap, in any language
    #[arg(long, value_name = "PATH")]
    handler: Option<PathBuf>,
    /// How long a batch gathers; the environment's window, but at most 1 second, unless given
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=300))]
    batching_window: Option<u32>,
    /// Send each line as a record, wait until all is delivered, compare, and end; - reads the standard input to its end
    /// first
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    /// How records lie in the input: a line each, or, for records that are no lines, each behind its length in four bytes,
    /// big-endian
    #[arg(long, value_enum, default_value_t = Framing::Lines, value_name = "FRAMING", requires = "input")]
    input_framing: Framing,
    /// Over how many partition keys the input's records are spread; each has a key of its own unless given
    #[arg(long, value_name = "N", requires = "input")]
    partition_keys: Option<NonZeroU64>,
    /// Reshard the stream to each of these shard counts in turn, at equal distances over the input
    #[arg(long, value_name = "COUNTS", requires = "input", value_delimiter = ',',
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    reshard: Vec<u32>,
    /// Fail every Nth invocation, by turns before the function sees the event and when it has answered
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    fail_every: Option<u32>,
    /// Throttle every Nth invocation
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    throttle_every: Option<u32>,
    /// Live through a world of faults that is drawn from this seed, in simulated time, and check the promises: without an
    /// environment, a port or a file. See --seeds
    #[arg(long, value_name = "SEED", conflicts_with_all = ["input", "data", "handler", "batching_window", "fail_every",
        "throttle_every"])]
    chaos: Option<u64>,
    /// How many seeds, from --chaos on
    #[arg(long, value_name = "N", requires = "chaos", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// One JSON object a line for each event, with a version field
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(seed) = arguments.chaos {
        return chaos::run(seed, arguments.seeds.unwrap_or(1), arguments.json);
    }
    let (environment, folder) = read_environment_in(&arguments.environment)?;
    for warning in environment.warnings() {
        screen::progress(format_args!("note: {warning}"));
    }
    let mapping = &environment.event_source_mapping;
    let name = &arguments.environment;
    ensure!(
        arguments.input.is_none() || mapping.enabled,
        "{name}: event_source_mapping.enabled is false: with --input nothing would ever be delivered"
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    ensure!(
        mapping.starting_position.timestamp().is_none_or(|time| time <= now),
        "{name}: event_source_mapping.starting_position_timestamp lies in the future: expected a time that has been"
    );
    if arguments.fail_every == Some(1) && mapping.maximum_retry_attempts < 0 {
        screen::progress("note: every invocation fails and maximum_retry_attempts is -1: batches are tried for ever");
    }
    let input = arguments.input.as_deref().map(|path| InputFile::read(path, arguments.input_framing)).transpose()?;
    let handler = match &arguments.handler {
        Some(path) => path.canonicalize().with_context(|| format!("no handler at {}", path.display()))?,
        None => paths::profile_dir()?.join("bootstrap"),
    };
    cargo::build_local()?;
    let scenario = arguments.scenario(handler, folder, input.as_ref())?;
    let shown = Shown { json: arguments.json, is_quiet: false, scenario: &scenario, environment: &environment };
    let started = Instant::now();
    let records = input.as_ref().map(InputFile::records).transpose()?;
    let expected = records.as_ref().map(|sent| Expected::of(&environment.delivery, sent, arguments.partition_keys));
    let outcome = process::run(&scenario, &environment, &shown, expected.as_ref().map_or(0, Expected::len))?;
    let (Some(records), Some(expected)) = (records, expected) else {
        shown.drained(&outcome);
        return Ok(match outcome.records_left {
            _ if !outcome.ended => exit::INTERRUPTED,
            0 => exit::DONE,
            _ => exit::FAILED,
        });
    };
    if outcome.interrupted {
        shown.drained(&outcome);
        return Ok(exit::INTERRUPTED);
    }
    if arguments.handler.is_some() {
        // What another handler makes of records cannot be foretold: that all were acknowledged is what is known.
        shown.acknowledged(expected.len(), &outcome, started.elapsed());
        let exit = acknowledged(records.len(), &outcome)?;
        return Ok(with_calls(exit, &outcome, scenario.reshards.len()));
    }
    let mut comparison = compare(&environment.delivery, &records, &expected, &outcome)?;
    if comparison.filtered > 0 && environment.event_source_mapping.filters.is_empty() {
        comparison.differences.push("records were filtered out, and the mapping has no filter".to_owned());
    }
    shown.compared(&outcome, &comparison, started.elapsed());
    // What was given up and stored all the same lies in two places: whoever replays it doubles it.
    let given_up = outcome.records_discarded > 0;
    let exit = if given_up && comparison.exit() == exit::DONE { exit::SUSPECTED } else { comparison.exit() };
    Ok(with_calls(exit, &outcome, scenario.reshards.len()))
}

impl Arguments {
    fn scenario(&self, bootstrap: PathBuf, folder: PathBuf, input: Option<&InputFile>) -> anyhow::Result<Scenario> {
        let data = match &self.data {
            Some(data) => data.clone(),
            None => paths::target_dir()?.join("local"),
        };
        let records = input.map(InputFile::records).transpose()?.map_or(0, |records| records.len() as u64);
        Ok(Scenario {
            kinesis_port: self.kinesis_port,
            s3_port: self.s3_port,
            data_directory: std::path::absolute(&data).context("the data folder has no absolute path")?,
            bootstrap,
            task_root: folder,
            batching_window_in_seconds: self.batching_window,
            input: input.map(|input| Input {
                path: input.path.clone(),
                framing: input.framing,
                partition_keys: self.partition_keys,
            }),
            faults: Faults { fail_every: self.fail_every, throttle_every: self.throttle_every, ..Faults::default() },
            reshards: Reshard::spread(&self.reshard, records),
        })
    }
}

/// How a run ends of which only the mapping's own account is known.
fn acknowledged(sent: usize, outcome: &Outcome) -> anyhow::Result<Exit> {
    let unaccounted = fate::unaccounted(outcome, sent)?;
    if unaccounted > 0 {
        screen::result(format_args!(
            "broken: of {} of the records sent, nothing is known",
            screen::number(unaccounted)
        ));
    }
    let broken = order::broken(&outcome.records, &outcome.attempts, &outcome.shards)?;
    for breach in &broken {
        screen::result(format_args!("differs: {breach}"));
    }
    Ok(match outcome.records_discarded + outcome.records_expired {
        _ if unaccounted > 0 || !broken.is_empty() => exit::PROMISE_BROKEN,
        0 => exit::DONE,
        _ => exit::SUSPECTED,
    })
}

/// A run in which a call did not take place has not done what it was asked for.
fn with_calls(exit: Exit, outcome: &Outcome, asked: usize) -> Exit {
    if exit == exit::DONE && outcome.calls_left(asked) > 0 { exit::FAILED } else { exit }
}

/// The environment of this name, or in this file.
pub fn read_environment(name: &str) -> anyhow::Result<Environment> {
    read_environment_in(name).map(|(environment, _)| environment)
}

/// The same, and the folder that its files lie in.
pub fn read_environment_in(name: &str) -> anyhow::Result<(Environment, PathBuf)> {
    let file = EnvironmentFile::read(name)?;
    let environment =
        Environment::parse_with(&file.text, |path| file.read_beside(path)).with_context(|| file.shown())?;
    let folder = std::path::absolute(file.folder()).context("the folder of the environment has no absolute path")?;
    Ok((environment, folder))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What came of ten records in one lane, of which the first are delivered, and then filtered out or given up.
    fn outcome(delivered: u64, filtered: u64, discarded: u64, refused: u64) -> Outcome {
        let shard_id = "shardId-000000000000";
        let batch = |first: u64, last: u64| {
            json!({
                "shard_id": shard_id, "lane": 0, "records": last + 1 - first, "payload_bytes": 1, "attempt": 1,
                "first_sequence_number": first.to_string(), "last_sequence_number": last.to_string(),
            })
        };
        let named = |event: &str, mut fields: Value| {
            fields["event"] = json!(event);
            fields
        };
        let put: Vec<Value> = (1..=10)
            .map(|number: u64| {
                json!({
                    "index": number - 1, "shard_id": shard_id, "lane": 0, "partition_key": "k",
                    "sequence_number": number.to_string(),
                })
            })
            .collect();
        let mut events = vec![named("records_put", json!({ "records": put }))];
        let mut done = named("batch_delivered", batch(1, delivered));
        done["duration_ms"] = json!(1);
        done["iterator_age_ms"] = json!(1);
        events.push(done);
        let out: Vec<String> = (delivered + 1..=delivered + filtered).map(|number| number.to_string()).collect();
        events.push(named("records_filtered_out", json!({ "shard_id": shard_id, "sequence_numbers": out })));
        if discarded > 0 {
            let mut given_up =
                named("batch_discarded", batch(delivered + filtered + 1, delivered + filtered + discarded));
            given_up["condition"] = json!("RetryAttemptsExhausted");
            given_up["approximate_invoke_count"] = json!(1);
            events.push(given_up);
        }
        let mut outcome = Outcome { calls: 2, calls_refused: refused, ..Outcome::default() };
        for event in events {
            outcome.note(serde_json::from_value(event).unwrap(), &["bucket"], true);
        }
        outcome
    }

    #[test]
    fn an_exit_tells_the_worst() {
        for (name, outcome, expected) in [
            ("all", outcome(10, 0, 0, 0), exit::DONE),
            ("the rest matches no filter", outcome(8, 2, 0, 0), exit::DONE),
            ("given up", outcome(8, 1, 1, 0), exit::SUSPECTED),
            ("missing", outcome(8, 1, 0, 0), exit::PROMISE_BROKEN),
            ("a call was refused", outcome(10, 0, 0, 1), exit::FAILED),
            ("a call was refused, and worse", outcome(8, 1, 1, 1), exit::SUSPECTED),
        ] {
            assert_eq!(with_calls(acknowledged(10, &outcome).unwrap(), &outcome, 2), expected, "{name}");
        }
        // One is delivered twice, and another never: their sum does not hide it.
        let mut twice = outcome(9, 0, 0, 0);
        let again = twice.attempts[0].clone();
        twice.attempts.push(again);
        twice.records_delivered = 10;
        assert_eq!(acknowledged(10, &twice).unwrap(), exit::PROMISE_BROKEN);
        assert_eq!(with_calls(exit::DONE, &Outcome::default(), 1), exit::FAILED, "a call was not even made");
    }

    #[test]
    fn flags_are_checked() {
        #[derive(Debug, clap::Parser)]
        struct Command {
            #[command(flatten)]
            arguments: Arguments,
        }
        let parse = |flags: &str| {
            <Command as clap::Parser>::try_parse_from(std::iter::once("local").chain(flags.split_whitespace()))
        };
        for (flags, valid) in [
            ("", true),
            ("--input f --reshard 16,8", true),
            ("--reshard 16,8", false),
            ("--input f --reshard 0", false),
            ("--input f --reshard 4,", false),
            ("--input f --partition-keys 5", true),
            ("--input f --partition-keys 0", false),
            ("--partition-keys 5", false),
            ("--fail-every 1 --throttle-every 2", true),
            ("--fail-every 0", false),
            ("--throttle-every 1", false),
        ] {
            assert_eq!(parse(flags).is_ok(), valid, "{flags}");
        }
        assert_eq!(parse("--input f --reshard 16,8").unwrap().arguments.reshard, [16, 8]);
    }
}
