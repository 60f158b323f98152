//! What a run may still spend, and its end when nothing is left.
//!
//! The account is the thread's, because the operators of a value (`+`, `<`, `clone`) are told nothing of the run that they
//! happen in. What is exhausted unwinds: an error of jq's could be caught by the program, which would go on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::limits::{BUILT_BYTES_MAX, STACK_BYTES_MAX, STEPS_MAX, VALUE_BYTES_MAX, VALUE_DEPTH_MAX};

/// What a run had too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// [`STEPS_MAX`]
    #[error("{} steps", crate::limits::STEPS_MAX)]
    Steps,
    /// [`BUILT_BYTES_MAX`]
    #[error("{} bytes of values", crate::limits::BUILT_BYTES_MAX)]
    BuiltBytes,
    /// [`VALUE_BYTES_MAX`]
    #[error("a value of {} bytes", crate::limits::VALUE_BYTES_MAX)]
    ValueBytes,
    /// [`VALUE_DEPTH_MAX`]
    #[error("{} levels of arrays and objects in each other", crate::limits::VALUE_DEPTH_MAX)]
    ValueDepth,
    /// [`TRAIL_MAX`](crate::limits::TRAIL_MAX)
    #[error("{} indexes and slices in a row", crate::limits::TRAIL_MAX)]
    Trail,
    /// [`STACK_BYTES_MAX`]
    #[error("{} bytes of stack", crate::limits::STACK_BYTES_MAX)]
    Stack,
    /// [`OUTPUTS_MAX`](crate::limits::OUTPUTS_MAX)
    #[error("{} outputs", crate::limits::OUTPUTS_MAX)]
    Outputs,
    /// [`OUTPUT_BYTES_MAX`](crate::limits::OUTPUT_BYTES_MAX)
    #[error("{} bytes of outputs", crate::limits::OUTPUT_BYTES_MAX)]
    OutputBytes,
}

thread_local! {
    static STEPS_LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
    static BYTES_LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// Steps of all runs of this thread so far.
    static SPENT: Cell<u64> = const { Cell::new(0) };
    /// Where the stack was when the run began; none outside of a run.
    static STACK_BASE: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs `f` with a full budget. `Err` says what it had too little of; another unwinding goes on.
pub(crate) fn with_budget<T>(f: impl FnOnce() -> T) -> Result<T, Limit> {
    /// Whatever way it ends, the next run and what is outside of runs begin anew.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            spend();
            STEPS_LEFT.set(u64::MAX);
            BYTES_LEFT.set(usize::MAX);
            STACK_BASE.set(None);
        }
    }
    let _end = End;
    STEPS_LEFT.set(STEPS_MAX);
    BYTES_LEFT.set(BUILT_BYTES_MAX);
    STACK_BASE.set(Some(stack_place()));
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| match payload.downcast::<Limit>() {
        Ok(limit) => *limit,
        Err(other) => resume_unwind(other),
    })
}

/// Ends the run.
pub(crate) fn exhausted(limit: Limit) -> ! {
    // Not a panic: it is a result like any other, which no hook should print.
    resume_unwind(Box::new(limit))
}

/// Takes steps.
#[inline]
pub(crate) fn step(steps: u64) {
    let Some(left) = STEPS_LEFT.get().checked_sub(steps) else {
        STEPS_LEFT.set(0);
        exhausted(Limit::Steps)
    };
    STEPS_LEFT.set(left);
}

/// Steps that all runs of this thread have taken so far: what lies between two readings is what the runs between them took. A run
/// that was given more than it may have counts as one that took all.
pub fn steps_spent() -> u64 {
    SPENT.get()
}

fn spend() {
    SPENT.set(SPENT.get().saturating_add(STEPS_MAX.saturating_sub(STEPS_LEFT.get())));
}

/// Gives all steps anew.
pub(crate) fn renew_steps() {
    spend();
    STEPS_LEFT.set(STEPS_MAX);
}

/// Takes a step of the interpreter, which is where a run goes down the stack.
#[inline]
pub(crate) fn descend() {
    step(1);
    // The same program, record and build go down the same way, so this is as deterministic as the other limits are.
    if STACK_BASE.get().is_some_and(|base| base.abs_diff(stack_place()) > STACK_BYTES_MAX) {
        exhausted(Limit::Stack);
    }
}

/// Takes bytes that are about to be built, and the steps of writing them.
#[inline]
pub(crate) fn build(bytes: usize) {
    match BYTES_LEFT.get().checked_sub(bytes) {
        Some(left) => BYTES_LEFT.set(left),
        None => exhausted(Limit::BuiltBytes),
    }
    step(bytes as u64 / 64);
}

/// Holds that a value of this measure may be.
#[inline]
pub(crate) fn admit(depth: usize, bytes: usize) {
    if depth > VALUE_DEPTH_MAX {
        exhausted(Limit::ValueDepth);
    }
    if bytes > VALUE_BYTES_MAX {
        exhausted(Limit::ValueBytes);
    }
}

#[inline(never)]
fn stack_place() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(&here).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exhausted_is_told_and_the_next_run_begins_anew() {
        for _ in 0..2 {
            assert_eq!(with_budget(|| step(STEPS_MAX)), Ok(()));
            assert_eq!(with_budget(|| step(STEPS_MAX + 1)), Err(Limit::Steps));
            assert_eq!(with_budget(|| build(BUILT_BYTES_MAX + 1)), Err(Limit::BuiltBytes));
            assert_eq!(with_budget(|| admit(VALUE_DEPTH_MAX + 1, 0)), Err(Limit::ValueDepth));
            assert_eq!(with_budget(|| admit(0, VALUE_BYTES_MAX + 1)), Err(Limit::ValueBytes));
        }
    }

    #[test]
    fn recursion_ends_before_the_stack_does() {
        fn down(n: u64) -> u64 {
            descend();
            if n == u64::MAX { 0 } else { std::hint::black_box(down(n + 1)) + 1 }
        }
        assert_eq!(with_budget(|| down(0)), Err(Limit::Stack));
    }

    #[test]
    fn another_unwinding_goes_on() {
        let other = catch_unwind(|| with_budget(|| resume_unwind(Box::new(7)))).unwrap_err();
        assert_eq!(*other.downcast::<i32>().unwrap(), 7);
    }
}
