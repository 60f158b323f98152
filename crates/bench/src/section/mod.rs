//! The sections of a run. Within each, who is compared takes turns, so that what slows the machine slows all.

mod codecs;
mod cold;
mod compute;
mod growth;
pub mod instructions;
mod parquet;
mod partition_keys;
mod warm;
mod zip;

use std::hint::black_box;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::run::{Found, Run};

/// One section; the order is the order of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Section {
    /// Partition keys of plain paths
    // First: jaq allocates much, and would be slowed by the heap that the others leave.
    PartitionKeys,
    /// End to end, warm
    Warm,
    /// From the start of the process to the first answer
    Cold,
    /// Event to joined body, in one process
    Compute,
    /// The same in instructions, by valgrind
    Instructions,
    /// CPU per MB of smaller and larger events
    Growth,
    /// gzip and zstd
    Codecs,
    /// JSON lines to Parquet
    Parquet,
    /// What a cold start loads
    Zip,
}

impl Section {
    /// Every section.
    pub const ALL: [Self; 9] = [
        Self::PartitionKeys,
        Self::Warm,
        Self::Cold,
        Self::Compute,
        Self::Instructions,
        Self::Growth,
        Self::Codecs,
        Self::Parquet,
        Self::Zip,
    ];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Warm => "end to end, warm",
            Self::Cold => "cold starts",
            Self::Compute => "compute",
            Self::Instructions => "instructions, by valgrind",
            Self::Growth => "growth",
            Self::Codecs => "codecs",
            Self::Parquet => "Parquet",
            Self::PartitionKeys => "partition keys",
            Self::Zip => "zip",
        }
    }

    /// Measures it.
    pub fn measure(self, run: &Run, found: &mut Found) -> anyhow::Result<()> {
        match self {
            Self::Warm => warm::measure(run, found),
            Self::Cold => cold::measure(run, found),
            Self::Compute => compute::measure(run, found),
            Self::Instructions => instructions::measure(run, found),
            Self::Growth => growth::measure(run, found),
            Self::Codecs => codecs::measure(run, found),
            Self::Parquet => parquet::measure(run, found),
            Self::PartitionKeys => partition_keys::measure(run, found),
            Self::Zip => zip::measure(run, found),
        }
    }
}

/// How long `calls` of `work` take, each.
fn timed<T>(calls: u32, mut work: impl FnMut() -> T) -> Duration {
    let started = Instant::now();
    for _ in 0..calls {
        black_box(work());
    }
    started.elapsed() / calls
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
