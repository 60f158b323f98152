//! Instructions from the bytes of the event to the joined body, counted by valgrind.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use clap::ValueEnum;
use penstock_gates::instructions;
use penstock_gates::work::name;
use penstock_handler::event;
use serde_json::json;

use super::compute::idiomatic;
use crate::figure::{Row, short};
use crate::run::{Detail, Found, Run};

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
    instructions::ensure_valgrind().context("or leave out the section `instructions`")?;
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

/// Instructions of one call, counted in this program itself.
fn per_call(counted: Counted, event: &Path, run: &Run) -> anyhow::Result<u64> {
    let own = std::env::current_exe().context("cannot find this program's own file")?;
    instructions::per_call(&run.site.folder, |calls| {
        let mut command = Command::new(&own);
        command.args(["work", &name(&counted), &calls.to_string()]).arg(event);
        command
    })
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
