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
/// Refused, or declined by whoever was asked.
pub const REFUSED: Exit = Exit(3);
/// What was begun was rolled back.
pub const ROLLED_BACK: Exit = Exit(4);
/// Something is unhealthy.
pub const UNHEALTHY: Exit = Exit(5);
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

impl Exit {
    /// How a program that was started ended; none for a code that is no part of the contract.
    pub fn of_code(code: i32) -> Option<Self> {
        let known =
            [DONE, FAILED, DIFFERENCES, REFUSED, ROLLED_BACK, UNHEALTHY, SUSPECTED, PROMISE_BROKEN, USAGE, INTERRUPTED];
        known.into_iter().find(|exit| i32::from(exit.0) == code)
    }
}
