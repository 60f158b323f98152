//! What the way of a batch may cost, as counts: a noisy machine does not blur them, so that a check can hold them.
//!
//! [`workload`] are the three kinds of batches, [`work`] the ways that are counted, [`gate`] what is counted of them and how
//! much it may be. `penstock-gates check` holds all; instructions are counted by valgrind.

pub mod gate;
pub mod instructions;
pub mod memory;
pub mod split_mix;
pub mod work;
pub mod workload;
