//! The promises, as properties against a model so naive that it is plainly right.

mod batches;
mod golden;
mod keys;
mod model;
mod records;
mod storing;
