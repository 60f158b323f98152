//! What an invocation came to: a response, or one of the errors that Lambda tells its callers.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// One invocation, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Its request id, a UUID.
    pub request_id: String,
    /// The number of the execution environment that ran it, from 1; 0 when it came after a shutdown and none did.
    pub environment: u64,
    /// From handing the event over to the outcome. Starting the environment is not part of it, unless that is what
    /// failed ([`FunctionErrorKind::InitError`]); then it is nothing else.
    pub duration: Duration,
    /// What it came to.
    pub outcome: Outcome,
}

/// A response or an error. Both are final: an invocation is not tried again here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The function's response, at most [`RESPONSE_BYTES_MAX`](super::RESPONSE_BYTES_MAX) bytes.
    Response(Bytes),
    /// Lambda's `FunctionError`.
    FunctionError(FunctionError),
}

/// Why an invocation failed, with the two fields of Lambda's error document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// What kind of failure it was.
    pub kind: FunctionErrorKind,
    /// `errorType`: the function's own word when it reported the error, else AWS's, such as `Runtime.ExitError`.
    pub error_type: String,
    /// `errorMessage`, worded as Lambda words it, with the request id.
    pub error_message: String,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionErrorKind {
    /// The function answered with an error (`POST .../error`); its environment lives on.
    Reported,
    /// It did not answer within its timeout (`Sandbox.Timedout`); the environment was killed.
    TimedOut,
    /// The process ended before it answered (`Runtime.ExitError`).
    Crashed,
    /// The environment did not come up: the process could not be started, ended, reported an error or did not ask for
    /// an invocation in time. The next invocation starts another.
    InitError,
    /// The answer was larger than Lambda takes (`Function.ResponseSizeTooLarge`); the environment lives on.
    ResponseTooLarge,
    /// The function was shut down before the answer came (`Sandbox.Failure`).
    Shutdown,
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.error_message)
    }
}

impl std::error::Error for FunctionError {}

/// AWS's words for what went wrong.
pub(super) mod error_type {
    /// The function's process ended.
    pub(in super::super) const RUNTIME_EXIT: &str = "Runtime.ExitError";
    /// The bootstrap could not be executed.
    pub(in super::super) const INVALID_ENTRYPOINT: &str = "Runtime.InvalidEntrypoint";
    /// An error document without a type.
    pub(in super::super) const RUNTIME_UNKNOWN: &str = "Runtime.Unknown";
    /// A response over the limit.
    pub(in super::super) const RESPONSE_SIZE_TOO_LARGE: &str = "Function.ResponseSizeTooLarge";
    /// The deadline passed.
    pub(in super::super) const TIMED_OUT: &str = "Sandbox.Timedout";
    /// Something around the function failed.
    pub(in super::super) const SANDBOX_FAILURE: &str = "Sandbox.Failure";
}

impl FunctionError {
    /// An error that Lambda itself words: `RequestId: ... Error: ...`.
    pub(super) fn worded(
        kind: FunctionErrorKind,
        error_type: &str,
        request_id: &str,
        what: impl fmt::Display,
    ) -> FunctionError {
        FunctionError {
            kind,
            error_type: error_type.to_owned(),
            error_message: format!("RequestId: {request_id} Error: {what}"),
        }
    }

    /// The invocation took longer than `timeout`.
    pub(super) fn timed_out(request_id: &str, timeout: Duration) -> FunctionError {
        let what = format!("Task timed out after {:.2} seconds", timeout.as_secs_f64());
        FunctionError::worded(FunctionErrorKind::TimedOut, error_type::TIMED_OUT, request_id, what)
    }

    /// The function was shut down with the invocation unanswered.
    pub(super) fn shut_down(request_id: &str) -> FunctionError {
        let what = "the function was shut down before it answered";
        FunctionError::worded(FunctionErrorKind::Shutdown, error_type::SANDBOX_FAILURE, request_id, what)
    }
}
