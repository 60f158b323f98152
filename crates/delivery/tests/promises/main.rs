//! The promises, as properties against a model so naive that it is plainly right.

mod backups;
mod batches;
mod golden;
mod keys;
mod model;
mod partitions;
mod records;
mod storing;
