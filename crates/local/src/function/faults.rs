//! Which faults are injected into a function, and which call or invocation is hit next.
//!
//! Only the choice is made here; who carries a fault out tells of it. When kills come is drawn in `kills`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::configuration::FunctionStartError;
use super::kills::{Kills, PlannedKill};

/// Faults to be injected; none by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// Where the draws begin: the same seed draws the same invocations and the same fractions of their duration.
    pub seed: u64,
    /// How many times a running bootstrap gets SIGKILL in the midst of an invocation: half of them at some moment of its
    /// work, half when it has done it and its answer is on the way, which is then lost. One that was to come at work
    /// comes with the answer where the function was quicker. All are used, as long as invocations go on.
    pub kills: u32,
    /// How many invocations are left alone at most before each kill. See [`Faults::spared_at_most_for`].
    pub spared_at_most: u32,
    /// Every nth invocation (1 at least, counted over the function) ends as an error of type `InjectedFault`: by turns
    /// before the function sees the event, and when it has answered; the answer is thrown away then, and the
    /// environment lives on. No kill is drawn for such an invocation, so none comes with a value of 1.
    pub fail_every: Option<u32>,
    /// Every nth call (2 at least, counted over the function) is throttled.
    pub throttle_every: Option<u32>,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults { seed: 0, kills: 0, spared_at_most: 4, fail_every: None, throttle_every: None }
    }
}

impl Faults {
    /// The largest [`spared_at_most`](Faults::spared_at_most) with which all `kills` are sure to come, whatever the
    /// seed, when `batches` at least have to be delivered and each is invoked until it is: `(batches - 1) / kills`,
    /// rounded down.
    ///
    /// The last kill comes after `kills * spared_at_most` spared invocations at most. Each of these may deliver a
    /// batch, and one batch must be left for the last kill to hit: `kills * spared_at_most <= batches - 1`. A killed
    /// invocation delivers nothing, so all are over after `batches + kills` invocations. Invocations that fail by
    /// themselves, are throttled or are hit by another fault deliver nothing either: they only add to these.
    #[must_use]
    pub const fn spared_at_most_for(batches: u32, kills: u32) -> u32 {
        let kills = if kills == 0 { 1 } else { kills };
        batches.saturating_sub(1) / kills
    }

    pub(super) fn check(&self) -> Result<(), FunctionStartError> {
        for (field, every, least) in [("fail_every", self.fail_every, 1), ("throttle_every", self.throttle_every, 2)] {
            if let Some(value) = every.filter(|every| *every < least) {
                return Err(FunctionStartError::FaultEvery { field, value, least });
            }
        }
        Ok(())
    }
}

/// What is left of the [`Faults`].
pub(super) struct FaultPlan {
    throttles: Every,
    errors: Every,
    kills: Kills,
}

/// An error that takes the place of an invocation's outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InjectedError {
    /// Its number, from 1.
    pub(super) nth: u64,
    /// Whether the function gets the event, and only its answer is thrown away.
    pub(super) at_answer: bool,
}

impl FaultPlan {
    pub(super) fn new(faults: Faults) -> FaultPlan {
        FaultPlan {
            throttles: Every::new(faults.throttle_every),
            errors: Every::new(faults.fail_every),
            kills: Kills::new(faults.seed, faults.kills, faults.spared_at_most),
        }
    }

    /// Asked once a call: is it throttled? The answer is the throttle's number, from 1.
    pub(super) fn throttle(&self) -> Option<u64> {
        self.throttles.hit()
    }

    /// Asked once an invocation: is it one that fails?
    pub(super) fn error(&self) -> Option<InjectedError> {
        self.errors.hit().map(|nth| InjectedError { nth, at_answer: nth % 2 == 0 })
    }

    /// Asked whenever an event is handed over that is to be answered: is it one that is killed?
    pub(super) fn kill(&self) -> Option<PlannedKill> {
        self.kills.draw()
    }

    /// Tells how long an invocation took that was left to end.
    pub(super) fn observe(&self, duration: Duration) {
        self.kills.observe(duration);
    }
}

/// Hits every nth time.
struct Every {
    n: Option<u64>,
    asked: AtomicU64,
}

impl Every {
    fn new(n: Option<u32>) -> Every {
        Every { n: n.map(u64::from), asked: AtomicU64::new(0) }
    }

    /// The number of the hit, if it is one.
    fn hit(&self) -> Option<u64> {
        let n = self.n?;
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        asked.is_multiple_of(n).then(|| asked / n)
    }
}
