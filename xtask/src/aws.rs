//! The commands that talk to AWS: they are `penstock-ops`, a program of its own, because the SDK is slow to compile.

use std::process::Command;

use anyhow::Context as _;
use penstock_console::arguments::AwsCommand;
use penstock_console::exit::Exit;

use crate::{cargo, paths, screen};

/// Builds what talks to AWS where it is not up to date, and hands the arguments over as they were given.
pub fn run(_command: &AwsCommand) -> anyhow::Result<Exit> {
    let program = build()?;
    let mut command = Command::new(&program);
    command.args(std::env::args_os().skip(1));
    let status = command.status().with_context(|| format!("cannot start {}", program.display()))?;
    let code = status.code().with_context(|| format!("it was ended by a signal ({status})"))?;
    Exit::of_code(code).with_context(|| format!("it ended with {code}, which is none of our exit codes"))
}

fn build() -> anyhow::Result<std::path::PathBuf> {
    let program = paths::profile_dir()?.join("penstock-ops");
    let mut command = cargo::cargo();
    command.args(["build", "--package", "penstock-ops", "--bins", "--locked"]);
    if !screen::is_drawn() {
        command.arg("--quiet");
        if !program.exists() {
            screen::progress("building what talks to AWS; the first time takes some minutes");
        }
    }
    cargo::run(&mut command, "the build of what talks to AWS")?;
    Ok(program)
}
