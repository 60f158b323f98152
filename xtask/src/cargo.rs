//! Cargo, called as whoever called us calls it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::{paths, screen};

/// Cargo at the workspace's root.
pub fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(paths::root());
    // Cargo tells us who we are by these. Handed on, they would make build scripts that watch them run anew, and with
    // them half of what the function is built from, each time that cargo is called by us and then by somebody else.
    for (name, _) in std::env::vars_os() {
        let ours =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if ours {
            command.env_remove(name);
        }
    }
    command
}

/// Builds the binaries of the local run, with the profile and the features that the tests have too. Says little when
/// there is nothing to build.
///
/// What talks to AWS is left out: it is another program, and slow to build. All of the rest is named, because cargo chooses features for what is named together: named alone, a binary
/// would get its dependencies built anew.
pub fn build_local() -> anyhow::Result<()> {
    let mut command = cargo();
    command.args(["build", "--workspace", "--exclude", "penstock-ops", "--bins", "--locked"]);
    if !screen::is_drawn() {
        command.arg("--quiet");
        if !paths::profile_dir()?.join("penstock-local").exists() {
            screen::progress("building the function and what runs it; the first time takes some minutes");
        }
    }
    run(&mut command, "the build of the local run")
}

/// Builds the programs that tests in another language drive: what takes records apart, and what runs filters. What they are
/// built from is named as in [`build_local`], for the same reason.
pub fn build_examples() -> anyhow::Result<()> {
    let mut command = cargo();
    command.args([
        "build",
        "--workspace",
        "--exclude",
        "penstock-ops",
        "--example",
        "deaggregate",
        "--example",
        "run",
        "--locked",
    ]);
    if !screen::is_drawn() {
        command.arg("--quiet");
    }
    run(&mut command, "the build of what the peers drive")
}

/// Builds what talks to AWS, and returns where it lies. Says little when there is nothing to build.
pub fn build_ops() -> anyhow::Result<PathBuf> {
    let program = paths::profile_dir()?.join("penstock-ops");
    let mut command = cargo();
    command.args(["build", "--package", "penstock-ops", "--bins", "--locked"]);
    if !screen::is_drawn() {
        command.arg("--quiet");
        if !program.exists() {
            screen::progress("building what talks to AWS; the first time takes some minutes");
        }
    }
    run(&mut command, "the build of what talks to AWS")?;
    Ok(program)
}

/// Runs `command` to its end; `what` names it when it fails.
pub fn run(command: &mut Command, what: &str) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", command.get_program().display()))?;
    ensure!(status.success(), "{what} failed ({status})");
    Ok(())
}
