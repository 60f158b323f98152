//! The function as Lambda has it: the real `bootstrap`, in an environment of its own, against S3 and the Runtime API on
//! loopback. One binary, so that it links once.

mod cold_start;
mod differential;
mod end_to_end;
mod faults;
#[cfg(feature = "jq")]
mod partitions;
mod replay;
mod runtime;
mod runtime_api;
mod stub_s3;
mod telemetry;
mod world;
