//! One run: what it is asked for, what it works with, and what it found.

use serde_json::{Map, Value};

use crate::environment::{Batch, Site};
use crate::figure::{Figure, Row};
use crate::peer::Peer;
use penstock_gates::workload::{EVENT_BYTES_MAX, Kind, Workload};

/// How often everything is done.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Rounds of invocations of every peer.
    pub warm: usize,
    /// Cold starts of every peer.
    pub cold: usize,
    /// Rounds of what runs in this process alone.
    pub compute: usize,
    /// Rounds with Python's part beside it.
    pub worker: usize,
    /// Rounds of events of every size.
    pub growth: usize,
}

impl Effort {
    /// Enough to see that it works, and about where figures lie.
    pub const QUICK: Self = Self { warm: 7, cold: 7, compute: 21, worker: 5, growth: 3 };

    /// Enough to quote.
    pub const FULL: Self = Self { warm: 31, cold: 31, compute: 61, worker: 21, growth: 11 };
}

/// A workload in every form that sections want.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Its kind.
    pub kind: Kind,
    /// Its records and its event.
    pub workload: Workload,
    /// What is sent, and what must be stored.
    pub batch: Batch,
}

/// What sections work with.
#[derive(Debug)]
pub struct Run {
    /// Where.
    pub site: Site,
    /// How often.
    pub effort: Effort,
    /// Who is measured beside Penstock.
    pub peers: Vec<Peer>,
    /// What is delivered: a, b and c.
    pub workloads: Vec<Prepared>,
}

impl Run {
    /// Makes the workloads.
    pub fn new(site: Site, effort: Effort, peers: Vec<Peer>) -> Self {
        let prepared = |kind| {
            let workload = Workload::of(kind, EVENT_BYTES_MAX);
            let batch = Batch::of(&workload);
            Prepared { kind, workload, batch }
        };
        Self { site, effort, peers, workloads: Kind::ALL.map(prepared).into() }
    }

    /// Whether Python is there to be compared with.
    pub fn has_python(&self) -> bool {
        self.peers.iter().any(|peer| matches!(peer, Peer::Post | Peer::Tuned))
    }

    /// The workload of a kind.
    pub fn prepared(&self, kind: Kind) -> &Prepared {
        &self.workloads[kind as usize]
    }
}

/// A table of what was measured, beside the figures.
#[derive(Debug, Clone)]
pub struct Detail {
    /// What it shows.
    pub title: String,
    /// Column by column.
    pub header: [&'static str; 6],
    /// Row by row.
    pub rows: Vec<[String; 6]>,
}

/// A bar of the chart: how many times as long as Penstock a peer takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Who.
    pub peer: Peer,
    /// With what.
    pub kind: Kind,
    /// Times Penstock's.
    pub times: f64,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    figures: Vec<Figure>,
    /// Tables beside them.
    pub details: Vec<Detail>,
    /// What the chart shows.
    pub bars: Vec<Bar>,
    /// For programs: samples' medians by section.
    pub measured: Map<String, Value>,
}

impl Found {
    /// Notes a figure.
    pub fn figure(&mut self, row: Row, values: Vec<f64>) {
        self.figure_unless(row, values, None);
    }

    /// Notes a figure with a condition beside it, which does not hold if there is a breach.
    pub fn figure_unless(&mut self, row: Row, values: Vec<f64>, breach: Option<String>) {
        self.figures.push(Figure { row, values, breach });
    }

    /// Every figure in the table's order, those that were not measured too.
    pub fn figures(&self) -> Vec<Figure> {
        let of = |row| self.figures.iter().find(|figure| figure.row == row).cloned();
        Row::ALL.map(|row| of(row).unwrap_or(Figure::new(row))).into()
    }
}
