//! Which invocations have their environment killed, and when: drawn from a seed, spread over the run.
//!
//! Only the choice is made here; who kills tells [`PlannedKill::land`] that it did.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::split_mix::SplitMix64;

/// Until an invocation was seen, its usual duration is taken to be this.
const DURATION_GUESS: Duration = Duration::from_millis(30);

/// A delay below this is none: the timer is not finer than a millisecond, and a fast function would outrun it.
const DELAY_MIN: Duration = Duration::from_micros(500);

/// The kills that are left. Cheap to clone; all clones draw from one plan.
#[derive(Clone)]
pub(super) struct Kills(Arc<Mutex<Draws>>);

struct Draws {
    numbers: SplitMix64,
    kills: u32,
    spared_at_most: u32,
    landed: u32,
    planned: u32,
    /// Kills that were planned for an invocation that then ended without a kill: the next ones are theirs, so that
    /// nothing a function does can lose one.
    owed: u32,
    spared: u64,
    usual_duration: Duration,
}

impl Kills {
    pub(super) fn new(seed: u64, kills: u32, spared_at_most: u32) -> Kills {
        let mut draws = Draws {
            numbers: SplitMix64::new(seed),
            kills,
            spared_at_most,
            landed: 0,
            planned: 0,
            owed: 0,
            spared: 0,
            usual_duration: DURATION_GUESS,
        };
        draws.spare();
        Kills(Arc::new(Mutex::new(draws)))
    }

    /// Is this invocation one that is killed?
    pub(super) fn draw(&self) -> Option<PlannedKill> {
        let moment = self.with(Draws::draw)?;
        Some(PlannedKill { kills: self.clone(), moment, landed: false })
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
#[derive(Clone, Copy)]
enum Moment {
    /// So long after the hand-over of the event.
    After(Duration),
    /// With the answer.
    AtAnswer,
}

/// A kill that an invocation was drawn for: at work or, where that is too late, with the answer. Dropped without having
/// landed, it is kept for the next invocation.
pub(super) struct PlannedKill {
    kills: Kills,
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

    /// The kill came. The answer is its number and how many there are in all.
    pub(super) fn land(mut self) -> (u32, u32) {
        self.landed = true;
        self.kills.with(|draws| {
            draws.planned -= 1;
            draws.landed += 1;
            draws.spare();
            (draws.landed, draws.kills)
        })
    }
}

impl Drop for PlannedKill {
    fn drop(&mut self) {
        if !self.landed {
            self.kills.with(|draws| {
                draws.planned -= 1;
                draws.owed += 1;
            });
        }
    }
}

impl Draws {
    fn draw(&mut self) -> Option<Moment> {
        if self.landed + self.planned >= self.kills {
            return None;
        }
        if self.owed > 0 {
            self.owed -= 1;
        } else if self.spared > 0 {
            self.spared -= 1;
            return None;
        }
        self.planned += 1;
        if self.numbers.next() >> 63 == 1 {
            return Some(Moment::AtAnswer);
        }
        let fraction = u32::try_from(self.numbers.next() >> 40).expect("24 bits fit in 32");
        let delay = self.usual_duration.mul_f64(f64::from(fraction) / f64::from(1_u32 << 24));
        Some(Moment::After(if delay < DELAY_MIN { Duration::ZERO } else { delay }))
    }

    fn spare(&mut self) {
        self.spared = self.numbers.next() % (u64::from(self.spared_at_most) + 1);
    }
}
