//! What becomes of a batch that was not acknowledged: how often and how long it is tried, and how long it waits.
//!
//! The limits are those of `CreateEventSourceMapping`. The pauses are ours: Lambda documents none, and at a desk a person
//! waits.

use std::time::Duration;

/// Longer than a person waits for an end.
const LONG: Duration = Duration::from_hours(1);

/// The mapping's limits, as AWS calls them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    /// `MaximumRetryAttempts`: retries after the first attempt; none is for ever.
    pub maximum_retry_attempts: Option<u64>,
    /// `MaximumRecordAgeInSeconds`; none is for ever.
    pub maximum_record_age: Option<Duration>,
    /// `BisectBatchOnFunctionError`.
    pub bisect_batch_on_function_error: bool,
    /// The stream's retention, behind which there are no records; none where the stream keeps everything.
    pub retention: Option<Duration>,
    /// How long a batch waits.
    pub backoff: Backoff,
}

impl RetryPolicy {
    /// Whether a batch is given up that so many attempts were made for.
    pub fn is_exhausted(&self, attempts: u64) -> bool {
        self.maximum_retry_attempts.is_some_and(|retries| attempts > retries)
    }

    /// Whether a batch that always fails is tried for longer than a person waits.
    pub fn tries_for_long(&self) -> bool {
        self.maximum_retry_attempts.is_none() && self.maximum_record_age.is_none_or(|age| age > LONG)
    }

    /// Whether a record that arrived then, in milliseconds since 1970, is too old now.
    pub fn is_too_old(&self, arrival_ms: u64, now: Duration) -> bool {
        older(self.maximum_record_age, arrival_ms, now)
    }

    /// Whether a record that arrived then is not in the stream any more.
    pub fn has_expired(&self, arrival_ms: u64, now: Duration) -> bool {
        older(self.retention, arrival_ms, now)
    }
}

fn older(limit: Option<Duration>, arrival_ms: u64, now: Duration) -> bool {
    limit.is_some_and(|limit| now.saturating_sub(Duration::from_millis(arrival_ms)) > limit)
}

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

    #[test]
    fn limits_are_what_lies_beyond_them() {
        let day = Duration::from_hours(24);
        let policy = RetryPolicy {
            maximum_retry_attempts: Some(2),
            maximum_record_age: Some(Duration::from_mins(1)),
            retention: Some(day),
            ..RetryPolicy::default()
        };
        assert_eq!([1, 2, 3, 4].map(|attempts| policy.is_exhausted(attempts)), [false, false, true, true]);
        let at = |ms| day + Duration::from_millis(ms);
        assert!(!policy.is_too_old(1_000, Duration::from_secs(61)), "a minute is not too old");
        assert!(policy.is_too_old(1_000, Duration::from_millis(61_001)));
        assert!(!policy.has_expired(1, at(1)) && policy.has_expired(1, at(2)));
        let forever = RetryPolicy::default();
        assert!(!forever.is_exhausted(u64::MAX) && !forever.is_too_old(0, day * 9_999) && !forever.has_expired(0, day));
    }
}
