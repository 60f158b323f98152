//! `cargo deny`: licences, banned crates and sources of what is built in. Advisories are the workflow's: their database is
//! another repository.

use std::process::Command;

use anyhow::Context as _;

use super::{Row, output, tail};
use crate::{paths, screen, tools};

/// The version that `deny.toml` is written for.
const VERSION: &str = "0.20.2";

/// Holds the dependencies to `deny.toml`.
pub(super) fn run() -> anyhow::Result<Row> {
    let program = tools::cargo_program("cargo-deny", VERSION)?;
    let arguments = ["--log-level", "warn", "check", "licenses", "bans", "sources"];
    let ended = output(Command::new(program).current_dir(paths::root()).args(arguments))?;
    if !ended.status.success() {
        screen::progress(format_args!("cargo deny: {}", tail(&ended)));
    }
    let locked = std::fs::read_to_string(paths::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let crates = locked.lines().filter(|line| *line == "[[package]]").count();
    let findings = usize::from(!ended.status.success());
    Ok(Row { tool: "cargo-deny", read: format!("{crates} crates"), findings, explained: 0 })
}
