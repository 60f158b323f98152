//! `cargo xtask test`: every test that needs only Rust and a C compiler.

use crate::exit::{self, Exit};
use crate::{cargo, screen};

/// What `cargo xtask check` tests besides, and what for.
const PEERS: [(&str, &str); 10] = [
    ("AWS CLI and boto3", "put records, list, get and sync objects, against what `local` serves"),
    ("a bootstrap in Python", "receives the events that ours receives"),
    ("Python's gzip, zipfile, zstandard, xxhash and readers of Snappy", "read the objects and rebuild the ids"),
    ("a KPL implementation in Python", "aggregates what ours takes apart"),
    ("jq", "runs a corpus of filters and random ones, which ours runs as well"),
    ("pyarrow and duckdb", "read Parquet row for row, and objects of filters and partitions as tables"),
    ("moto and terraform", "plan, deploy, status and destroy, against an AWS of somebody else's"),
    ("cfn-lint, checkov, terraform, actionlint and zizmor", "read what is rendered, and the workflows"),
    ("qemu", "runs the packaged arm64 bootstrap on the sample"),
    ("soak", "5,000 records of every size and 5 kills"),
];

/// Run every test that needs only Rust and a C compiler
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Passed on to `cargo test`, after `--`
    #[arg(last = true, value_name = "ARGUMENTS")]
    passed_on: Vec<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    // Apart, so that each gets the dependencies that its own commands have built.
    for packages in [&["--workspace", "--exclude", "penstock-ops"][..], &["--package", "penstock-ops"]] {
        let mut command = cargo::cargo();
        command.args(["test", "--locked"]).args(packages).args(&arguments.passed_on);
        cargo::run(&mut command, "cargo test")?;
    }
    screen::progress("\nLeft to `cargo xtask check`, which has them as peers:");
    for (peer, what) in PEERS {
        screen::progress(format_args!("  {peer}: {what}"));
    }
    Ok(exit::DONE)
}
