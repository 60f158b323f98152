//! `penstock-bench`: Penstock beside its peers, in one run, as ratios. `cargo xtask bench` installs and builds what it needs,
//! and starts it.
//!
//! A run is a list of [`section`]s. One program is both Lambda's Runtime API ([`runtime_api`]) and S3 over TLS ([`s3`]); the
//! handlers are processes on a core of their own ([`environment`]). What a handler stores is compared byte for byte, every
//! time. What is found becomes [`figure`]s, which are held to what is needed and what is aimed at.
//!
//! Left out: what AWS itself takes.

mod certificates;
mod chart;
mod cores;
mod environment;
mod figure;
mod http;
mod machine;
mod peer;
mod process;
mod readme;
mod requests;
mod run;
mod runtime_api;
mod s3;
mod section;
mod server;
mod statistics;
mod table;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use penstock_console::{exit, paths, screen};
use serde_json::{Value, json};

use certificates::Certificates;
use cores::Cores;
use environment::Site;
use figure::Figure;
use machine::Machine;
use peer::Peer;
use run::{Effort, Found, Run};
use section::Section;
use section::instructions::{self, Counted};

/// Measure Penstock beside its peers
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What valgrind counts
    #[command(hide = true)]
    Work { counted: Counted, calls: u32, event: PathBuf },
}

#[derive(Debug, Args)]
struct Bench {
    /// Few rounds: shows that it works, and about where figures lie
    #[arg(long)]
    quick: bool,
    /// Tell the result as JSON
    #[arg(long)]
    json: bool,
    /// Only these beside Penstock
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PEER")]
    only: Vec<Peer>,
    /// Only these sections
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SECTION")]
    section: Vec<Section>,
    /// Write chart and figures into the README: those of a whole run, with all rounds
    #[arg(long, conflicts_with_all = ["quick", "only", "section"])]
    write_readme: bool,
    /// Where the peers are installed; notes go there as well
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Where the README's chart lies, below the root.
const CHART: &str = "crates/bench/chart.svg";

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE.into() } else { exit::DONE.into() };
        }
    };
    let ended = match &arguments.command {
        Some(Command::Work { counted, calls, event }) => instructions::work(*counted, *calls, event),
        None => bench(&arguments.bench),
    };
    match ended {
        Ok(()) => exit::DONE.into(),
        Err(error) => {
            screen::error(&error);
            exit::FAILED.into()
        }
    }
}

/// Runs the sections, and tells what they found.
fn bench(arguments: &Bench) -> anyhow::Result<()> {
    let folder = match &arguments.folder {
        Some(folder) => folder.clone(),
        None => paths::target_dir()?.join("bench"),
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Peers are started in folders of their own.
    let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    let site = Site { certificates: Certificates::make(&folder)?, folder, cores: Cores::find() };
    let effort = if arguments.quick { Effort::QUICK } else { Effort::FULL };
    let peers = if arguments.only.is_empty() { Peer::OTHERS.to_vec() } else { arguments.only.clone() };
    let sections = if arguments.section.is_empty() { Section::ALL.to_vec() } else { arguments.section.clone() };
    let machine = Machine::find();
    let run = Run::new(site, effort, peers);
    let mut found = Found::default();
    let bar = screen::bar(sections.len() as u64, "sections");
    for section in sections {
        bar.set_message(section.words());
        if bar.is_hidden() {
            screen::progress(format_args!("measuring {}", section.words()));
        }
        section.measure(&run, &mut found).with_context(|| format!("measuring {}", section.words()))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let figures = found.figures();
    let document = document(arguments, &machine, &figures, &mut found);
    let folder = &run.site.folder;
    let chart = chart::draw(&found.bars, &machine);
    write(&folder.join("bench.json"), &format!("{document:#}\n"))?;
    if let Some(chart) = &chart {
        write(&folder.join("chart.svg"), chart)?;
    }
    if arguments.json {
        screen::result(document);
    } else {
        tell(&machine, &figures, &found);
        let chart = if chart.is_some() { " and chart.svg" } else { "" };
        screen::result(format_args!("\n{}{chart}", paths::shown(&folder.join("bench.json"))));
    }
    if arguments.write_readme {
        write_readme(&figures, &machine, chart.as_deref())?;
    }
    Ok(())
}

/// For programs.
fn document(arguments: &Bench, machine: &Machine, figures: &[Figure], found: &mut Found) -> Value {
    json!({
        "version": 1, "command": "bench", "quick": arguments.quick, "run": machine.json(),
        "figures": figures.iter().map(Figure::json).collect::<Vec<_>>(), "measured": std::mem::take(&mut found.measured),
    })
}

/// For people: what was measured, then the figures.
fn tell(machine: &Machine, figures: &[Figure], found: &Found) {
    for detail in &found.details {
        screen::result(&detail.title);
        for line in table::aligned(detail.header, &detail.rows) {
            screen::result(format_args!("  {line}"));
        }
        screen::result("");
    }
    let rows: Vec<[String; 5]> = figures.iter().map(Figure::cells).collect();
    table::aligned(readme::HEADER, &rows).iter().for_each(screen::result);
    screen::result(format_args!("\n{}; {}\n{}", machine.date, machine.words, machine.versions_line()));
}

fn write_readme(figures: &[Figure], machine: &Machine, chart: Option<&str>) -> anyhow::Result<()> {
    let path = paths::root().join("README.md");
    let text = std::fs::read_to_string(&path).context("cannot read README.md")?;
    if let Some(chart) = chart {
        write(&paths::root().join(CHART), chart)?;
    }
    let block = readme::block(figures, machine, chart.map(|_| CHART));
    write(&path, &readme::with_block(&text, &block)?)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
