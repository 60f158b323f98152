//! Instructions from the bytes of the event to the joined body, counted by valgrind.
//!
//! The binary that is counted has no symbols, so whole processes are counted: one that works once and one that works some
//! times more. What a call takes is the difference, by the calls between them; starting and reading the event fall out.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use clap::ValueEnum;
use penstock_handler::event;
use serde_json::json;

use super::compute::idiomatic;
use crate::figure::{Row, short};
use crate::run::{Detail, Found, Run};

/// Calls of the process that works more.
const CALLS: u32 = 4;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Counted {
    /// `penstock_handler::event::decode`
    Penstock,
    /// The idiomatic handler's way
    Idiomatic,
}

/// Measures it.
pub fn measure(run: &Run, found: &mut Found) -> anyhow::Result<()> {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        bail!("valgrind is missing: run `apt-get install --yes valgrind`, or leave out the section `instructions`");
    }
    run.site.cores.take_function();
    let (mut rows, mut measured, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for prepared in &run.workloads {
        let file = run.site.folder.join(format!("event-{}.json", prepared.kind.letter()));
        std::fs::write(&file, &prepared.workload.event).with_context(|| format!("cannot write {}", file.display()))?;
        let bytes = prepared.workload.event.len();
        let [ours, theirs] = [Counted::Penstock, Counted::Idiomatic].map(|counted| per_call(counted, &file, run));
        let (ours, theirs) = (per_byte(ours?, bytes), per_byte(theirs?, bytes));
        values.push(ours);
        let letter = prepared.kind.letter();
        rows.push([
            format!("{letter}  {}", prepared.kind.words()),
            short(ours),
            short(theirs),
            short(theirs / ours),
            String::new(),
            String::new(),
        ]);
        measured.push(json!({
            "workload": letter, "penstock_per_byte": ours, "idiomatic_per_byte": theirs,
            "idiomatic_times_penstock": theirs / ours,
        }));
    }
    found.figure(Row::Instructions, values);
    found.details.push(Detail {
        title: "Instructions per byte of the event".to_owned(),
        header: ["workload", "Penstock", "idiomatic Rust", "times Penstock", "", ""],
        rows,
    });
    found.measured.insert("instructions".to_owned(), measured.into());
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn per_byte(instructions: u64, bytes: usize) -> f64 {
    instructions as f64 / bytes as f64
}

fn per_call(counted: Counted, event: &Path, run: &Run) -> anyhow::Result<u64> {
    let (one, more) = (count(counted, event, 1, run)?, count(counted, event, CALLS, run)?);
    Ok(more.saturating_sub(one) / u64::from(CALLS - 1))
}

/// Instructions of a whole process of this program that works `calls` times.
fn count(counted: Counted, event: &Path, calls: u32, run: &Run) -> anyhow::Result<u64> {
    let output = run.site.folder.join("callgrind.out");
    let name = counted.to_possible_value().context("each has a name")?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", output.display()));
    valgrind.arg(std::env::current_exe().context("cannot find this program's own file")?);
    valgrind.args(["work", name.get_name(), &calls.to_string()]).arg(event).stdout(Stdio::null());
    let status = valgrind.status().context("cannot start valgrind")?;
    ensure!(status.success(), "valgrind failed ({status})");
    let text = std::fs::read_to_string(&output).with_context(|| format!("cannot read {}", output.display()))?;
    penstock_gates::instructions::total(&text).with_context(|| format!("{} has no total", output.display()))
}

/// The work that is counted: what `penstock-bench work` does.
pub fn work(counted: Counted, calls: u32, event: &Path) -> anyhow::Result<()> {
    let event = std::fs::read(event).with_context(|| format!("cannot read {}", event.display()))?;
    for _ in 0..calls {
        match counted {
            Counted::Penstock => drop(std::hint::black_box(event::decode(&event, b"\n")?)),
            Counted::Idiomatic => drop(std::hint::black_box(idiomatic(&event)?)),
        }
    }
    Ok(())
}
