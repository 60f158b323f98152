//! Lambda's function side in miniature: execution environments, each a process with a Runtime API of its own.
//!
//! The bootstrap is any executable. It gets what Lambda gives to a function on an OS-only runtime (`provided.*`):
//! the environment variables, the Runtime API of 2018-06-01, a deadline, and an end when it crashes or is late.
//!
//! Left out: memory limits, throttling and concurrency limits, extensions, the telemetry API, `SnapStart`, response
//! streaming to the caller, and who invokes (that is the event source mapping's part). Where the developer guide is
//! silent, the protocol follows AWS's own runtime interface emulator (`aws-lambda-runtime-interface-emulator`).

mod configuration;
mod environment;
mod faults;
mod invocation;
mod lanes;
mod lifecycle;
mod log_lines;
mod process;
mod runtime_api;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use configuration::check_variables;
pub use configuration::{FunctionConfiguration, FunctionStartError};
pub use faults::Faults;
pub use invocation::{FunctionError, FunctionErrorKind, Invocation, Outcome};
pub use lanes::Function;
pub use runtime_api::RESPONSE_BYTES_MAX;
