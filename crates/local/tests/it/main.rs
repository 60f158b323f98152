//! The crate's tests against its real servers: one binary, so that it links once.

mod function;
mod kinesis;
mod mapping;
mod s3;
