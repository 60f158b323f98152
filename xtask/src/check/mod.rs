//! `cargo xtask check`: everything that CI runs, in one list.

mod arm64;
mod gates;
mod lint;
mod peers;
mod tidy;

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::exit::{self, Exit};
use crate::{cargo, local, render, screen, soak, test};

/// Run everything that CI runs
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Leave a step out
    #[arg(long, value_enum, value_name = "STEP")]
    skip: Vec<Step>,
    /// Run this step, and no other that is not named so
    #[arg(long, value_enum, value_name = "STEP", conflicts_with = "skip")]
    only: Vec<Step>,
    /// Install what must come from the system's packages, where it is missing
    #[arg(long)]
    install_system: bool,
}

/// One step; the order is the order of the run, the quick ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    Fmt,
    Tidy,
    Render,
    Clippy,
    Docs,
    Lint,
    Test,
    Peers,
    Chaos,
    Soak,
    Gates,
    Arm64,
}

impl Step {
    const ALL: [Self; 12] = [
        Self::Fmt,
        Self::Tidy,
        Self::Render,
        Self::Clippy,
        Self::Docs,
        Self::Lint,
        Self::Test,
        Self::Peers,
        Self::Chaos,
        Self::Soak,
        Self::Gates,
        Self::Arm64,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Tidy => "tidy",
            Self::Render => "render",
            Self::Clippy => "clippy",
            Self::Docs => "docs",
            Self::Lint => "lint",
            Self::Test => "test",
            Self::Peers => "peers",
            Self::Chaos => "chaos",
            Self::Soak => "soak",
            Self::Gates => "gates",
            Self::Arm64 => "arm64",
        }
    }

    fn run(self, arguments: &Arguments) -> anyhow::Result<()> {
        match self {
            Self::Fmt => run_cargo(&["fmt", "--all", "--check"], "cargo fmt --check"),
            Self::Tidy => tidy::run(),
            Self::Render => done(render::run(&render::Arguments { what: None, mode: render::Mode::Check })?),
            Self::Clippy => {
                let all = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
                run_cargo(&all, "clippy")
            }
            Self::Docs => {
                let mut command = cargo::cargo();
                command.args(["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"]);
                cargo::run(command.env("RUSTDOCFLAGS", "-D warnings"), "cargo doc")
            }
            Self::Test => done(test::run(&test::Arguments::default())?),
            Self::Lint => lint::run(arguments.install_system),
            Self::Peers => peers::run(arguments.install_system),
            Self::Chaos => done(local::chaos::run(0, 1_000, false)?),
            Self::Gates => gates::run(arguments.install_system),
            Self::Arm64 => arm64::run(arguments.install_system),
            Self::Soak => {
                done(soak::run(&soak::Arguments { records: 5_000, kills: 3, put_faults: 4, seed: 1, seeds: 20 })?)
            }
        }
    }
}

/// Runs the command: every step, also after one that failed, so that one run tells all.
pub fn run(arguments: &Arguments) -> Exit {
    let mut rows = Vec::new();
    for step in Step::ALL {
        let is_asked_for = arguments.only.is_empty() || arguments.only.contains(&step);
        if arguments.skip.contains(&step) || !is_asked_for {
            continue;
        }
        screen::progress(format_args!("\n── {} ──", step.name()));
        let started = Instant::now();
        let failed = step.run(arguments).err();
        if let Some(error) = &failed {
            screen::error(error);
        }
        rows.push((step, started.elapsed(), failed.is_none()));
    }
    screen::result("");
    for (step, elapsed, passed) in &rows {
        screen::result(row(*step, *elapsed, *passed));
    }
    if rows.iter().all(|(_, _, passed)| *passed) { exit::DONE } else { exit::FAILED }
}

fn row(step: Step, elapsed: Duration, passed: bool) -> String {
    let word = if passed { "passed" } else { "FAILED" };
    format!("{:<8} {word}  {:>6.1} s", step.name(), elapsed.as_secs_f64())
}

fn run_cargo(arguments: &[&str], what: &str) -> anyhow::Result<()> {
    cargo::run(cargo::cargo().args(arguments), what)
}

/// A command of ours as a step: anything but done is a failure.
fn done(exit: Exit) -> anyhow::Result<()> {
    if exit != exit::DONE {
        bail!("it ended with {exit:?}");
    }
    Ok(())
}
