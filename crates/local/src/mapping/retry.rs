//! How long a batch that failed waits before it is sent again.
//!
//! `MaximumRetryAttempts` is -1: for ever. Lambda documents no pause; ours is short, since a person waits.

use std::time::Duration;

/// A pause that doubles from the first to a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first failure.
    pub first: Duration,
    /// The longest pause.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), cap: Duration::from_secs(10) }
    }
}

impl Backoff {
    /// The pause after `failures` failures in a row, of at least one.
    pub fn pause(&self, failures: u64) -> Duration {
        let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        2_u32
            .checked_pow(doublings)
            .and_then(|factor| self.first.checked_mul(factor))
            .map_or(self.cap, |pause| pause.min(self.cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        for (failures, expected_ms) in
            [(0, 100), (1, 100), (2, 200), (3, 400), (7, 6_400), (8, 10_000), (33, 10_000), (u64::MAX, 10_000)]
        {
            let pause = Backoff::default().pause(failures);
            assert_eq!(pause, Duration::from_millis(expected_ms), "after {failures} failures");
        }
    }
}
