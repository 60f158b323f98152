//! Exit codes: a contract, others script against them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(u8);

/// Done, or nothing to do.
pub const DONE: Exit = Exit(0);
/// Failed.
pub const FAILED: Exit = Exit(1);
/// Differences were found.
pub const DIFFERENCES: Exit = Exit(2);
/// Loss or overlap is suspected: records lie in more than one object.
pub const SUSPECTED: Exit = Exit(6);
/// A promise is broken: a record is missing, or an object holds what it should not.
pub const PROMISE_BROKEN: Exit = Exit(7);
/// The command line is wrong.
pub const USAGE: Exit = Exit(64);
/// Interrupted before the end.
pub const INTERRUPTED: Exit = Exit(130);

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.0.into()
    }
}
