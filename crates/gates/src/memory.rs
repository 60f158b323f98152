//! Allocations and memory of a delivery.

use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::gate::{ALLOCATIONS_OF_A_BATCH, Counted, Gate};
use crate::work::{self, Regression, Work};
use crate::workload::{Kind, Workload};

/// Counts the allocations of one delivery in this process, whose allocator is [`dhat::Alloc`], and what lay on the heap at most. One at a time: what is counted is
/// of the whole process.
#[expect(clippy::cast_precision_loss, reason = "counts of one batch")]
pub fn allocated(kind: Kind, workload: &Workload, regression: Option<Regression>) -> anyhow::Result<[Counted; 2]> {
    let config = work::config()?;
    let profiler = dhat::Profiler::builder().testing().build();
    Work::Deliver.run(&config, workload.event.as_bytes(), regression)?;
    let stats = dhat::HeapStats::get();
    drop(profiler);
    let beyond = stats.total_blocks.saturating_sub(ALLOCATIONS_OF_A_BATCH);
    Ok([
        Counted { gate: Gate::AllocationsPerRecord, kind, value: beyond as f64 / workload.records.len() as f64 },
        Counted { gate: Gate::HeapOverEvent, kind, value: stats.max_bytes as f64 / workload.event.len() as f64 },
    ])
}

/// Measures the most memory of a process of `program`, which is `penstock-gates`, that delivers the event in `file`, beyond that
/// of one which only reads it.
#[expect(clippy::cast_precision_loss, reason = "bytes of one process")]
pub fn resident(
    program: &Path,
    kind: Kind,
    workload: &Workload,
    file: &Path,
    regression: Option<Regression>,
) -> anyhow::Result<Counted> {
    let (read, delivered) = (most(program, Work::Read, file, None)?, most(program, Work::Deliver, file, regression)?);
    let beyond = delivered.saturating_sub(read) as f64;
    Ok(Counted { gate: Gate::ResidentOverData, kind, value: beyond / workload.data_bytes() as f64 })
}

/// Bytes of memory that a process had at most, as it tells itself.
fn most(program: &Path, work: Work, file: &Path, regression: Option<Regression>) -> anyhow::Result<u64> {
    let mut command = work::asked(program, work, file);
    if let Some(regression) = regression {
        command.arg("--regression").arg(work::name(&regression));
    }
    let output = command.output().with_context(|| format!("cannot start {}", program.display()))?;
    ensure!(output.status.success(), "{} failed: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    told.parse().with_context(|| format!("{told:?} is no number of bytes"))
}

/// Bytes of memory that this process had at most. Source: proc(5), `VmHWM`, in kibibytes.
pub fn own_most() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("cannot read /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM is told")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().context("VmHWM is no number")?;
    Ok(kibibytes * 1024)
}
