//! What time it is: the one source for whatever compares records with the present.
//!
//! A run's clock is read once from the system and then goes with tokio's timer. So it does not jump when somebody sets
//! the system's clock, and a test that pauses tokio's time owns it: an hour of retries is over in milliseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A clock. Copies tell the same time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin: Instant,
    /// Since 1970, at the origin.
    origin_time: Duration,
}

impl Clock {
    /// Goes from the system's time.
    pub fn system() -> Self {
        Self::starting_at(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// Goes from a time, given since 1970.
    pub fn starting_at(time: Duration) -> Self {
        Self { origin: Instant::now(), origin_time: time }
    }

    /// The time since 1970.
    pub fn now(&self) -> Duration {
        self.origin_time + self.origin.elapsed()
    }

    /// The time since 1970, in whole milliseconds.
    pub fn now_ms(&self) -> u64 {
        whole_ms(self.now())
    }

    /// Waits until a time since 1970.
    pub async fn sleep_until(&self, time: Duration) {
        tokio::time::sleep_until(self.origin + time.saturating_sub(self.origin_time)).await;
    }
}

/// A duration in whole milliseconds.
pub(crate) fn whole_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_hour_of_a_test_is_no_hour() {
        let clock = Clock::starting_at(Duration::from_secs(1_000));
        clock.sleep_until(Duration::from_secs(4_600)).await;
        assert_eq!(clock.now(), Duration::from_secs(4_600));
        clock.sleep_until(Duration::from_secs(7)).await;
        assert_eq!(clock.now_ms(), 4_600_000, "what is past is not waited for");
    }
}
