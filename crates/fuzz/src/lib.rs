//! What may come from outside, and what must hold whatever it is. A target takes any bytes, and panics where something does
//! not hold; [`mutate`] makes bytes from a corpus. libFuzzer drives the same targets from `crates/fuzz/fuzz`.
//!
//! **Invariant:** nothing from outside panics the function, makes it hold more than its limits, or places a key outside its
//! prefix.

mod apart;
pub mod mutate;
mod queries;
pub mod targets;

/// A target: its name, which is that of its corpus, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 12] = [
    ("event", targets::event),
    ("deaggregate", targets::deaggregate),
    ("prefix", targets::prefix),
    ("configuration", targets::configuration),
    ("environment", targets::environment),
    ("import", targets::import),
    ("compressed", targets::compressed),
    ("partition", targets::partition),
    ("query", targets::query),
    ("error_record", targets::error_record),
    ("failure_document", targets::failure_document),
    ("key", targets::key),
];
