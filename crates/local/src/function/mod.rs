//! Lambda's function side in miniature: execution environments, each a process with a Runtime API of its own.
//!
//! The bootstrap is any executable. It gets what Lambda gives to a function on an OS-only runtime (`provided.*`):
//! the environment variables, the Runtime API of 2018-06-01, a deadline, and an end when it crashes or is late.
//!
//! Left out: the account's own concurrency limit and its scaling rate, provisioned concurrency, extensions, the
//! telemetry API, `SnapStart`, response streaming to the caller, and who invokes (that is the event source mapping's
//! part). The memory limit is an approximation. Where the developer guide is silent, the protocol follows AWS's own
//! runtime interface emulator (`aws-lambda-runtime-interface-emulator`).

mod activity;
mod attempt;
mod configuration;
mod environment;
#[cfg(test)]
mod fault_tests;
mod faults;
mod idle;
mod invocation;
mod kills;
mod lifecycle;
mod log_lines;
mod memory;
mod pool;
mod process;
mod runtime_api;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use configuration::check_variables;
pub use configuration::{FunctionConfiguration, FunctionStartError};
pub use faults::Faults;
pub use idle::IDLE_MAX;
pub use invocation::{FunctionError, FunctionErrorKind, Invocation, Outcome, ThrottleReason};
pub use pool::Function;
pub use runtime_api::RESPONSE_BYTES_MAX;
