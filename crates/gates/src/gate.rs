//! What is counted, and how much it may be. A figure that gets better lowers its gate in the same commit.

use std::fmt;

use crate::workload::Kind;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Instructions a byte of the event, by the machine's best instructions.
    InstructionsPerByte,
    /// The same, by those that every machine has.
    PortableInstructionsPerByte,
    /// Allocations of a whole delivery, beyond [`ALLOCATIONS_OF_A_BATCH`], a record.
    AllocationsPerRecord,
    /// The most that is asked of the heap at once beside the event, by the bytes of the event. The arena is as large as the event,
    /// and what is not written to takes no memory.
    HeapOverEvent,
    /// The most memory of the process beyond what it has with the event read, by the bytes of the records.
    ResidentOverData,
}

/// Allocations that a batch takes however many records it has.
pub const ALLOCATIONS_OF_A_BATCH: u64 = 100;

impl Gate {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::InstructionsPerByte,
        Self::PortableInstructionsPerByte,
        Self::AllocationsPerRecord,
        Self::HeapOverEvent,
        Self::ResidentOverData,
    ];

    /// The most that it may be for workloads of a kind.
    ///
    /// Instructions have room for the way in which another machine's C library compares long texts, which it chooses by the
    /// processor: of [`Kind::Sensors`] that is a tenth.
    ///
    /// Of [`Kind::Sensors`] the records' places take nearly as much memory as their data.
    pub const fn most(self, kind: Kind) -> f64 {
        let by_kind = match self {
            Self::InstructionsPerByte => [1.25, 0.9, 0.73],
            Self::PortableInstructionsPerByte => [3.35, 5.95, 7.35],
            Self::AllocationsPerRecord => [0.0, 0.0, 0.0],
            Self::HeapOverEvent => [0.87, 0.81, 0.76],
            Self::ResidentOverData => [2.6, 1.35, 1.25],
        };
        by_kind[kind as usize]
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::InstructionsPerByte => "instructions a byte",
            Self::PortableInstructionsPerByte => "the same, portable",
            Self::AllocationsPerRecord => "allocations a record",
            Self::HeapOverEvent => "heap over event",
            Self::ResidentOverData => "resident over data",
        })
    }
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// What.
    pub gate: Gate,
    /// Of which workload.
    pub kind: Kind,
    /// So much.
    pub value: f64,
}

impl Counted {
    /// Whether it is as it may be.
    pub fn holds(self) -> bool {
        self.value <= self.gate.most(self.kind)
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gate, kind, value } = self;
        let word = if self.holds() { "holds" } else { "BROKEN" };
        write!(f, "{gate:<22} {}  {value:>8.3}  at most {:>5.2}  {word}", kind.letter(), gate.most(*kind))
    }
}
