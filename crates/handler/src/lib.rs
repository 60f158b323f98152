//! The Lambda function: event bytes to records, plan to S3, the answer, and what is said of it.
//!
//! This is a shell. What is decided is decided in `penstock-delivery`; here is the world: the [`runtime`], the
//! [`event`], the [`put`]s, the clock and the [`telemetry`]. [`handler`] is the whole way of a batch on one screen.
//!
//! **Invariant:** nothing here knows whether S3 and the Runtime API are AWS's or an emulator's.

pub mod environment;
pub mod handler;
mod heap;
pub mod limits;
pub mod put;
pub mod runtime;
pub mod s3;
pub mod telemetry;

pub use penstock_event as event;
