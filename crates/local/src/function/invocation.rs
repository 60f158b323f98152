//! What an invocation came to: a response, or one of the errors that Lambda tells its callers.
//!
//! | what happened | [`Outcome`] | `errorType` | the environment | an attempt for the mapping |
//! | --- | --- | --- | --- | --- |
//! | the function answered | `Response` | | lives on | yes |
//! | it reported an error | `Reported` | the function's word, else `Runtime.Unknown` | lives on | yes |
//! | its answer was too large | `ResponseTooLarge` | `Function.ResponseSizeTooLarge` | lives on | yes |
//! | it was late | `TimedOut` | `Sandbox.Timedout` | killed | yes |
//! | its process ended, or was killed by a fault | `Crashed` | `Runtime.ExitError` | gone | yes |
//! | its processes held too much memory | `OutOfMemory` | `Runtime.ExitError` | killed | yes |
//! | it did not come up: it ended | `InitError` | `Runtime.ExitError` | gone | yes |
//! | it did not come up: it reported why | `InitError` | the function's word, else `Runtime.Unknown` | killed | yes |
//! | it did not come up: no question in 10 s | `InitError` | `Sandbox.Timedout` | killed | yes |
//! | the bootstrap could not be executed | `InitError` | `Runtime.InvalidEntrypoint` | none | yes |
//! | a fault took the outcome's place | `Injected` | `InjectedFault` | lives on, or none | yes |
//! | the function was shut down | `Shutdown` | `Sandbox.Failure` | killed, or none | yes |
//! | too many ran at once, or a fault says so | `Throttled` | `TooManyRequestsException` | none | no |

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

/// One invocation, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Its request id, a UUID.
    pub request_id: String,
    /// The number of the execution environment that ran it, from 1; 0 when none did: it was throttled, came after a
    /// shutdown, or was hit by a fault before.
    pub environment: u64,
    /// From handing the event over to the outcome. Starting the environment is not part of it, unless that is what
    /// failed ([`FunctionErrorKind::InitError`]); then it is nothing else.
    pub duration: Duration,
    /// What it came to.
    pub outcome: Outcome,
}

/// A response or an error. Each is final: an invocation is not tried again here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The function's response, at most [`RESPONSE_BYTES_MAX`](super::RESPONSE_BYTES_MAX) bytes.
    Response(Bytes),
    /// Lambda's `FunctionError`.
    FunctionError(FunctionError),
    /// It was not started: Lambda's `TooManyRequestsException`, HTTP status 429.
    Throttled(ThrottleReason),
}

impl Outcome {
    /// Whether it counts against `MaximumRetryAttempts`: all do but throttles, for which the mapping waits without
    /// counting.
    #[must_use]
    pub const fn counts_as_attempt(&self) -> bool {
        match self {
            Outcome::Response(_) | Outcome::FunctionError(_) => true,
            Outcome::Throttled(_) => false,
        }
    }
}

/// `Reason` of a `TooManyRequestsException`, as the API's `ThrottleReason` spells it.
///
/// Its text is the exception, Lambda's message (`Rate Exceeded.`) and the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ThrottleReason {
    /// `ReservedConcurrentExecutions` invocations are under way.
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// The account's concurrency is used up. Only by a fault: the account here has no limit of its own.
    ConcurrentInvocationLimitExceeded,
}

impl ThrottleReason {
    /// AWS's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReservedFunctionConcurrentInvocationLimitExceeded => {
                "ReservedFunctionConcurrentInvocationLimitExceeded"
            }
            Self::ConcurrentInvocationLimitExceeded => "ConcurrentInvocationLimitExceeded",
        }
    }
}

impl fmt::Display for ThrottleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TooManyRequestsException: Rate Exceeded. ({})", self.as_str())
    }
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
    /// Its processes held more than `MemorySize`, while it came up or worked, and were killed (`Runtime.ExitError`).
    OutOfMemory,
    /// The environment did not come up: the process could not be started, ended, reported an error or did not ask for
    /// an invocation in time. The next invocation starts another.
    InitError,
    /// The answer was larger than Lambda takes (`Function.ResponseSizeTooLarge`); the environment lives on.
    ResponseTooLarge,
    /// A fault that was asked for took the place of the outcome (`InjectedFault`).
    Injected,
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
    /// A fault that was asked for; ours, not AWS's.
    pub(in super::super) const INJECTED_FAULT: &str = "InjectedFault";
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

    /// The processes held more memory than they may. Lambda says no more of it than that they were killed.
    pub(super) fn out_of_memory(request_id: &str) -> FunctionError {
        let what = "Runtime exited with error: signal: killed";
        FunctionError::worded(FunctionErrorKind::OutOfMemory, error_type::RUNTIME_EXIT, request_id, what)
    }

    /// A fault took the place of the outcome.
    pub(super) fn injected(request_id: &str, what: &str) -> FunctionError {
        FunctionError::worded(FunctionErrorKind::Injected, error_type::INJECTED_FAULT, request_id, what)
    }

    /// The function was shut down with the invocation unanswered.
    pub(super) fn shut_down(request_id: &str) -> FunctionError {
        let what = "the function was shut down before it answered";
        FunctionError::worded(FunctionErrorKind::Shutdown, error_type::SANDBOX_FAILURE, request_id, what)
    }
}
