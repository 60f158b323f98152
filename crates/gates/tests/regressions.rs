//! The gates hold as the way of a batch is, and are broken by what they are there for. One test: what is counted is of the
//! whole process.
//!
//! Of optimized builds alone: others hold every plan against the promises, which allocates. `cargo xtask check --only gates` runs it.
#![cfg(not(debug_assertions))]

use std::path::Path;

use penstock_gates::gate::Gate;
use penstock_gates::memory::{allocated, resident};
use penstock_gates::work::Regression;
use penstock_gates::workload::{EVENT_BYTES_MAX, Kind, Workload};

/// Counts what is allocated.
#[global_allocator]
static ALLOCATIONS: dhat::Alloc = dhat::Alloc;

#[test]
fn a_regression_turns_a_gate_red() {
    let program = Path::new(env!("CARGO_BIN_EXE_penstock-gates"));
    let folder = tempfile::tempdir().unwrap();
    for kind in Kind::ALL {
        let workload = Workload::of(kind, EVENT_BYTES_MAX);
        let file = folder.path().join("event.json");
        std::fs::write(&file, &workload.event).unwrap();
        let broken = |regression| {
            let mut all = allocated(kind, &workload, regression).unwrap().to_vec();
            all.push(resident(program, kind, &workload, &file, regression).unwrap());
            let broken = all.into_iter().filter(|counted| !counted.holds());
            broken.map(|counted| (counted.gate, counted.value)).collect::<Vec<_>>()
        };
        assert_eq!(broken(None), [], "{kind:?}");
        let is_told = |regression, gate| broken(Some(regression)).iter().any(|(own, _)| *own == gate);
        // Of so few records a hundred allocations more are those of any batch.
        if kind != Kind::Blocks {
            assert!(is_told(Regression::AllocationPerRecord, Gate::AllocationsPerRecord), "{kind:?}");
        }
        assert!(is_told(Regression::CopyOfBody, Gate::HeapOverEvent), "{kind:?}");
        // There the copy takes the place that the records have left.
        if kind != Kind::Sensors {
            assert!(is_told(Regression::CopyOfBody, Gate::ResidentOverData), "{kind:?}");
        }
    }
}
