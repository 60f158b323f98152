//! Pauses between questions: short at first, because much is quick, and long when it is not, because AWS throttles an
//! account as a whole. With jitter, so that two who ask do not ask together.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// The pauses of one wait.
#[derive(Debug)]
pub struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Pauses {
    /// Waits; the next wait is longer.
    pub async fn pause(&mut self) {
        tokio::time::sleep(self.0.mul_f64(0.8 + 0.4 * fastrand::f64())).await;
        self.0 = LONGEST.min(self.0.mul_f64(1.4));
    }

    /// Something happened: more may happen soon.
    pub fn reset(&mut self) {
        self.0 = self.0.min(Duration::from_secs(1));
    }
}
