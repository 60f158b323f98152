//! `penstock-gates`: counts what the way of a batch costs, and fails where that is more than it may be.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use penstock_gates::gate::{Counted, Gate};
use penstock_gates::work::{Regression, Work};
use penstock_gates::workload::{EVENT_BYTES_MAX, Kind, Workload};
use penstock_gates::{instructions, memory, work};

/// Counts what is allocated.
#[global_allocator]
static ALLOCATIONS: dhat::Alloc = dhat::Alloc;

/// What the way of a batch costs, counted
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count everything, and fail where something is more than it may be
    Check,
    /// Do what is counted, and print how many bytes of memory that took at most
    Work {
        work: Work,
        /// A file that holds an event
        event: PathBuf,
        /// How often
        #[arg(long, default_value_t = 1)]
        calls: u32,
        /// With this done to it
        #[arg(long)]
        regression: Option<Regression>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Check => check(),
        Command::Work { work, event, calls, regression } => run(work, &event, calls, regression),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            tell_error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(how: Work, event: &Path, calls: u32, regression: Option<Regression>) -> anyhow::Result<ExitCode> {
    let event = std::fs::read(event).with_context(|| format!("cannot read {}", event.display()))?;
    let config = work::config()?;
    for _ in 0..calls {
        how.run(&config, &event, regression)?;
    }
    tell(memory::own_most()?);
    Ok(ExitCode::SUCCESS)
}

fn check() -> anyhow::Result<ExitCode> {
    instructions::ensure_valgrind()?;
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let workload = Workload::of(kind, EVENT_BYTES_MAX);
        let file = folder.path().join("event.json");
        std::fs::write(&file, &workload.event).with_context(|| format!("cannot write {}", file.display()))?;
        for (gate, part) in
            [(Gate::InstructionsPerByte, Work::Decode), (Gate::PortableInstructionsPerByte, Work::Portable)]
        {
            let instructions = instructions::per_call(folder.path(), |calls| {
                let mut command = work::asked(&program, part, &file);
                command.args(["--calls", &calls.to_string()]);
                command
            })?;
            #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
            let value = instructions as f64 / workload.event.len() as f64;
            all.push(Counted { gate, kind, value });
        }
        all.extend(memory::allocated(kind, &workload, None)?);
        all.push(memory::resident(&program, kind, &workload, &file, None)?);
    }
    all.iter().for_each(tell);
    let broken = all.iter().filter(|counted| !counted.holds()).count();
    if broken > 0 {
        tell_error(format_args!("{broken} of {} gates are broken", all.len()));
    }
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "a program's result")]
fn tell(line: impl std::fmt::Display) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "a program's errors")]
fn tell_error(line: impl std::fmt::Display) {
    eprintln!("error: {line:#}");
}
