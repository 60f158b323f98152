//! `cargo xtask local --chaos`: `penstock-chaos`, a program of its own, because it holds the function and its SDK.

use std::process::Command;

use anyhow::Context as _;

use crate::exit::{self, Exit};
use crate::{cargo, paths};

/// Lives through so many seeds.
pub fn run(seed: u64, seeds: u64, json: bool) -> anyhow::Result<Exit> {
    cargo::build_local()?;
    let program = paths::profile_dir()?.join("penstock-chaos");
    let mut chaos = Command::new(&program);
    chaos.arg(seed.to_string()).args(["--seeds", &seeds.to_string()]);
    if json {
        chaos.arg("--json");
    }
    let status = chaos.status().with_context(|| format!("cannot start {}", program.display()))?;
    Ok(status.code().and_then(Exit::of_code).unwrap_or(exit::FAILED))
}
