//! Chaos: a world drawn from a seed, with its faults, is lived through in simulated time, and what lies in the bucket is
//! held against the promises.
//!
//! The function is the real one: [`penstock_handler::event`] reads the invocation, [`penstock_delivery::plan`] plans,
//! [`penstock_handler::put`] stores, [`penstock_delivery::outcome`] answers. The shards are those of
//! [`penstock_local::mapping`]. Simulated are the clock, the stream, S3 and whatever goes wrong: [`world`] says what, by
//! place (the n-th invocation of a shard, its n-th put), so that the same seed is the same story, and so that a fault can
//! be taken out of a story without changing the others.
//!
//! [`ledger`] knows what was put into the stream and nothing of how the function works. It never relaxes D1 to D4; D5
//! allows a record in two objects only where it was sent in two different batches, or under two configurations.
//!
//! **Invariant:** one thread, one seed, no system clock: a run is repeated by its seed.

mod aggregate;
pub mod broken;
mod bucket;
mod expected;
pub mod function;
pub mod ledger;
mod mapping;
mod queries;
pub mod run;
pub mod shrink;
mod story;
mod stream;
pub mod world;
