//! What happened, line by line, for whoever asks why.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lines, each with its time. Clones write the same story.
#[derive(Debug, Clone, Default)]
pub struct Story(Arc<Mutex<Vec<String>>>);

impl Story {
    /// Adds a line.
    pub fn tell(&self, at: Duration, line: impl Display) {
        let line = format!("{:>9.3} s  {line}", at.as_secs_f64());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
