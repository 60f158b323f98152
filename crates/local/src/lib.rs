//! AWS in miniature, on loopback: what a Kinesis-to-S3 function needs around it to run at a desk.
//!
//! It speaks the real protocols: the Kinesis API, S3, Lambda's event source mapping and Lambda's Runtime API.
//! It is told what to be by a [`scenario::Scenario`] in AWS's words, and tells what happens by [`events::Event`]s.
//!
//! **Invariant:** this crate knows AWS and nothing of delivery; it depends on no other crate of this workspace,
//! so that an error of ours cannot hide in it.

pub mod clock;
pub mod events;
pub mod function;
pub mod kinesis;
pub mod mapping;
pub mod run;
pub mod s3;
pub mod scenario;
pub mod sender;
mod split_mix;
