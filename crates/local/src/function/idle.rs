//! The environments that wait for an invocation: which is used next, and which has waited too long.
//!
//! Pure: the time is given, and whoever asks ends what is given back as expired.

use std::time::Duration;

use tokio::time::Instant;

/// An environment that was not used for so long is ended. Lambda tells no number; observers see minutes.
pub const IDLE_MAX: Duration = Duration::from_mins(10);

/// What waits, in the order in which it was last used.
pub(super) struct Idle<T>(Vec<(Instant, T)>);

impl<T> Default for Idle<T> {
    fn default() -> Idle<T> {
        Idle(Vec::new())
    }
}

impl<T> Idle<T> {
    /// Waits from `now` on, which is not before any earlier one.
    pub(super) fn put(&mut self, now: Instant, environment: T) {
        self.0.push((now, environment));
    }

    /// The one that was used last: the others come to be idle for long then, and no more stay than are needed.
    pub(super) fn take(&mut self) -> Option<T> {
        self.0.pop().map(|(_, environment)| environment)
    }

    /// Takes out all that have waited for [`IDLE_MAX`].
    pub(super) fn expire(&mut self, now: Instant) -> Vec<T> {
        let expired = self.0.partition_point(|(since, _)| now.duration_since(*since) >= IDLE_MAX);
        self.0.drain(..expired).map(|(_, environment)| environment).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_used_last_is_next() {
        let (mut idle, now) = (Idle::default(), Instant::now());
        for environment in [1, 2, 3] {
            idle.put(now, environment);
        }
        assert_eq!(idle.take(), Some(3));
        idle.put(now, 4);
        assert_eq!([idle.take(), idle.take(), idle.take(), idle.take()], [Some(4), Some(2), Some(1), None]);
    }

    #[test]
    fn what_waits_too_long_expires() {
        let (second, start) = (Duration::from_secs(1), Instant::now());
        for (name, after, expired, next) in [
            ("at once", Duration::ZERO, vec![], Some(3)),
            ("just before", IDLE_MAX.saturating_sub(second), vec![], Some(3)),
            ("the oldest two", IDLE_MAX, vec![1, 2], Some(3)),
            ("all", IDLE_MAX + second, vec![1, 2, 3], None),
        ] {
            let mut idle = Idle::default();
            for (since, environment) in [(start, 1), (start, 2), (start + second, 3)] {
                idle.put(since, environment);
            }
            assert_eq!(idle.expire(start + after), expired, "{name}");
            assert_eq!(idle.take(), next, "{name}");
        }
    }
}
