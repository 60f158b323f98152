//! `cargo xtask local`: AWS in miniature around the real function.
//!
//! This renders the scenario from an environment file, starts `penstock-local` with it, shows its events, and, where
//! there was an input, compares what came out with what went in.

mod compare;
mod events;
mod expected;
mod process;
mod scenario;
mod show;
mod tree;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, bail};
use penstock_stack::Environment;

pub use compare::compare;
pub use events::ObjectStored;
pub use expected::Expected;
pub use process::run as run_scenario;
pub use scenario::{Faults, Framing, Input, Scenario};
pub use show::{Shown, rows};

use crate::exit::{self, Exit};
use crate::{cargo, paths};

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
    /// One JSON object a line for each event, with a version field
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let environment = read_environment(&arguments.environment)?;
    let input = arguments.input.as_deref().map(read_lines).transpose()?;
    let handler = match &arguments.handler {
        Some(path) => path.canonicalize().with_context(|| format!("no handler at {}", path.display()))?,
        None => paths::profile_dir()?.join("bootstrap"),
    };
    cargo::build_local()?;
    let data = match &arguments.data {
        Some(data) => data.clone(),
        None => paths::target_dir()?.join("local"),
    };
    let scenario = Scenario {
        kinesis_port: arguments.kinesis_port,
        s3_port: arguments.s3_port,
        data_directory: std::path::absolute(&data).context("the data folder has no absolute path")?,
        bootstrap: handler,
        batching_window_in_seconds: arguments.batching_window,
        input: input.as_ref().map(|input| Input { path: input.path.clone(), framing: Framing::Lines }),
        faults: None,
    };
    let shown = Shown { json: arguments.json, scenario: &scenario, environment: &environment };
    let started = Instant::now();
    let expected = input.as_ref().map(|input| Expected::of(&input.records()));
    let outcome = process::run(&scenario, &environment, &shown, expected.as_ref().map_or(0, Expected::len))?;
    let (Some(input), Some(expected)) = (input, expected) else {
        shown.drained(&outcome);
        return Ok(if outcome.records_left == 0 { exit::DONE } else { exit::FAILED });
    };
    if outcome.interrupted {
        shown.drained(&outcome);
        return Ok(exit::INTERRUPTED);
    }
    if arguments.handler.is_some() {
        // What another handler makes of records cannot be foretold: that all were acknowledged is what is known.
        shown.acknowledged(expected.len(), &outcome, started.elapsed());
        return Ok(if outcome.records_delivered >= expected.len() { exit::DONE } else { exit::PROMISE_BROKEN });
    }
    let comparison = compare(&environment.delivery, &input.records(), &expected, &outcome)?;
    shown.compared(&outcome, &comparison, started.elapsed());
    Ok(comparison.exit())
}

/// The environment of this name, or in this file.
pub fn read_environment(name: &str) -> anyhow::Result<Environment> {
    let by_path = std::path::Path::new(name).extension().is_some_and(|extension| extension == "toml");
    let path =
        if by_path { PathBuf::from(name) } else { paths::root().join(format!("infra/environments/{name}.toml")) };
    let text = std::fs::read_to_string(&path).with_context(|| {
        let (from, known) = (paths::shown(&path), known_environments().join(", "));
        format!("cannot read the environment {name:?} from {from} (infra/environments has {known})")
    })?;
    Environment::parse(&text).with_context(|| paths::shown(&path))
}

/// The names of the files in infra/environments.
fn known_environments() -> Vec<String> {
    let entries = std::fs::read_dir(paths::root().join("infra/environments")).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let mut names: Vec<String> =
        files.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    names
}

/// An input file, held to compare with.
struct Lines {
    path: PathBuf,
    content: Vec<u8>,
    spooled: bool,
}

impl Drop for Lines {
    fn drop(&mut self) {
        if self.spooled {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Lines {
    /// Each line without its line feed; a last line may lack one.
    fn records(&self) -> Vec<&[u8]> {
        let content = self.content.strip_suffix(b"\n").unwrap_or(&self.content);
        if self.content.is_empty() { Vec::new() } else { content.split(|&byte| byte == b'\n').collect() }
    }
}

/// Reads the input, from the standard input by way of a file that the sender can read again.
fn read_lines(path: &std::path::Path) -> anyhow::Result<Lines> {
    let spooled = path.as_os_str() == "-";
    let path = if spooled {
        let spool = paths::target_dir()?.join(format!("local-input-{}.txt", std::process::id()));
        let mut file = std::fs::File::create(&spool).with_context(|| format!("cannot write {}", spool.display()))?;
        std::io::copy(&mut std::io::stdin().lock(), &mut file).context("cannot read the standard input")?;
        spool
    } else {
        std::path::absolute(path).context("the input has no absolute path")?
    };
    if path.is_dir() {
        bail!("the input {} is a folder: expected a file with a record a line", paths::shown(&path));
    }
    let content = std::fs::read(&path).with_context(|| format!("cannot read the input {}", paths::shown(&path)))?;
    Ok(Lines { path, content, spooled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_record_with_or_without_a_last_line_feed() {
        let records = |content: &str| {
            let lines = Lines { path: PathBuf::new(), content: content.as_bytes().to_vec(), spooled: false };
            lines.records().iter().map(|record| String::from_utf8_lossy(record).into_owned()).collect::<Vec<_>>()
        };
        for (name, content, expected) in [
            ("empty", "", &[][..]),
            ("one", "a", &["a"]),
            ("one, ended", "a\n", &["a"]),
            ("an empty line is an empty record", "a\n\nb\n", &["a", "", "b"]),
            ("only a line feed", "\n", &[""]),
            ("a carriage return stays", "a\r\nb", &["a\r", "b"]),
        ] {
            assert_eq!(records(content), expected, "{name}");
        }
    }
}
