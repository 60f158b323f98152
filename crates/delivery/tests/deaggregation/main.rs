//! How records are taken apart: a table for each wrapping, properties against a naive model, and aggregates that other
//! people's programs have made.

mod aggregates;
mod batches;
mod documents;
mod foreign;
mod limits;
mod properties;
mod sub_records;
mod wrapping;
