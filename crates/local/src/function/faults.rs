//! Which invocations have their environment killed, and when: drawn from a seed, spread over the run.
//!
//! Only the choice is made here; who kills tells [`PlannedKill::land`] that it did.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Until an invocation was seen, its usual duration is taken to be this.
const DURATION_GUESS: Duration = Duration::from_millis(30);

/// After a kill, at most this many invocations are left alone.
const SPARED_MAX: u64 = 4;

/// A delay below this is none: the timer is not finer than a millisecond, and a fast function would outrun it.
const DELAY_MIN: Duration = Duration::from_micros(500);

/// Kills to be injected: the same seed draws the same invocations and the same fractions of their duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// Where the draws begin.
    pub seed: u64,
    /// How many times a running bootstrap gets SIGKILL in the midst of an invocation: half of them at some moment of its
    /// work, half when it has done it and its answer is on the way, which is then lost. All are used, as long as
    /// invocations go on.
    pub kills: u32,
}

/// What is left of the [`Faults`]. Cheap to clone; all clones draw from one plan.
#[derive(Clone)]
pub(super) struct FaultPlan(Arc<Mutex<Draws>>);

struct Draws {
    state: u64,
    kills: u32,
    landed: u32,
    planned: u32,
    spared: u64,
    /// Kills in a row that came too late: each makes the next one earlier.
    late: u32,
    usual_duration: Duration,
}

impl FaultPlan {
    pub(super) fn new(faults: Faults) -> FaultPlan {
        let mut draws = Draws {
            state: faults.seed,
            kills: faults.kills,
            landed: 0,
            planned: 0,
            spared: 0,
            late: 0,
            usual_duration: DURATION_GUESS,
        };
        draws.spare();
        FaultPlan(Arc::new(Mutex::new(draws)))
    }

    /// Asked once an invocation: is it one that is killed?
    pub(super) fn draw(&self) -> Option<PlannedKill> {
        let moment = self.with(Draws::draw)?;
        Some(PlannedKill { plan: self.clone(), moment, landed: false })
    }

    /// Tells how long an invocation took that was left to end.
    pub(super) fn observe(&self, duration: Duration) {
        self.with(|draws| draws.usual_duration = (draws.usual_duration + duration) / 2);
    }

    fn with<R>(&self, change: impl FnOnce(&mut Draws) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// When in an invocation a kill comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// So long after the hand-over of the event.
    After(Duration),
    /// With the answer, which does not arrive.
    AtAnswer,
}

/// A kill that an invocation was drawn for. Dropped without having landed, it is kept for a later invocation.
pub(super) struct PlannedKill {
    plan: FaultPlan,
    moment: Moment,
    landed: bool,
}

impl PlannedKill {
    /// How long after the hand-over of the event; none where it comes with the answer.
    pub(super) fn delay(&self) -> Option<Duration> {
        match self.moment {
            Moment::After(delay) => Some(delay),
            Moment::AtAnswer => None,
        }
    }

    /// Whether it comes with the answer.
    pub(super) fn is_at_answer(&self) -> bool {
        self.moment == Moment::AtAnswer
    }

    /// The kill came in time. The answer is its number and how many there are in all.
    pub(super) fn land(mut self) -> (u32, u32) {
        self.landed = true;
        self.plan.with(|draws| {
            draws.planned -= 1;
            draws.landed += 1;
            draws.late = 0;
            draws.spare();
            (draws.landed, draws.kills)
        })
    }
}

impl Drop for PlannedKill {
    fn drop(&mut self) {
        if !self.landed {
            self.plan.with(|draws| {
                draws.planned -= 1;
                draws.late += 1;
            });
        }
    }
}

impl Draws {
    fn draw(&mut self) -> Option<Moment> {
        if self.landed + self.planned >= self.kills {
            return None;
        }
        if self.spared > 0 {
            self.spared -= 1;
            return None;
        }
        self.planned += 1;
        if self.next() >> 63 == 1 {
            return Some(Moment::AtAnswer);
        }
        let fraction = u32::try_from(self.next() >> 40).expect("24 bits fit in 32");
        let delay = self.usual_duration.mul_f64(f64::from(fraction) / f64::from(1_u32 << 24));
        // A quarter each time, so that a function that became fast is hit after a few tries.
        let delay = delay / 4_u32.pow(self.late.min(8));
        Some(Moment::After(if delay < DELAY_MIN { Duration::ZERO } else { delay }))
    }

    fn spare(&mut self) {
        self.spared = self.next() % (SPARED_MAX + 1);
    }

    /// `SplitMix64` (Steele, Lea, Flood 2014; public domain reference by Vigna).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
impl FaultPlan {
    /// The next raw draw, for the generator's test vector.
    pub(super) fn raw(seed: u64) -> impl Iterator<Item = u64> {
        let plan = FaultPlan::new(Faults { seed, kills: 0 });
        plan.with(|draws| draws.state = seed);
        std::iter::repeat_with(move || plan.with(Draws::next))
    }
}
