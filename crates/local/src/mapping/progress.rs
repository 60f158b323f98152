//! What all lanes of a mapping did so far: what a run waits for, and what it tells in the end.

use std::collections::BTreeMap;

use super::checkpoint::Checkpoint;

/// Failed initialisations in a row, with nothing delivered, after which a function is taken to be broken.
pub const INIT_FAILURES_MAX: u64 = 3;

/// Sums over all lanes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is acknowledged, by shard.
    pub checkpoints: BTreeMap<String, Checkpoint>,
    /// Records that were acknowledged.
    pub records_delivered: u64,
    /// Batches that were acknowledged.
    pub batches_delivered: u64,
    /// Records that no event can hold.
    pub records_discarded: u64,
    /// Invocations that were not acknowledged, in whole or in part.
    pub invocations_failed: u64,
    /// Initialisations that failed since the last invocation that began.
    pub init_failures: u64,
    /// Why the mapping cannot go on.
    pub fatal: Option<String>,
}

impl Progress {
    /// Whether these records, the last one of each shard, and so all before them, are acknowledged.
    pub fn covers(&self, last: &BTreeMap<String, String>) -> bool {
        last.iter().all(|(shard, number)| self.checkpoints.get(shard).is_some_and(|done| done.covers(number)))
    }

    /// Counts one initialisation that failed; too many in a row before anything was delivered end the mapping.
    pub fn init_failed(&mut self, message: &str) {
        self.init_failures += 1;
        if self.init_failures >= INIT_FAILURES_MAX && self.batches_delivered == 0 {
            let fatal = format!("the function did not start, {INIT_FAILURES_MAX} times in a row: {message}");
            self.fatal.get_or_insert(fatal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_all_shards_or_nothing() {
        let mut progress = Progress::default();
        let last = BTreeMap::from([("a".to_owned(), "7".to_owned()), ("b".to_owned(), "12".to_owned())]);
        assert!(progress.covers(&BTreeMap::new()), "nothing was sent");
        assert!(!progress.covers(&last), "nothing is acknowledged");
        progress.checkpoints.entry("a".to_owned()).or_default().advance("7");
        progress.checkpoints.entry("b".to_owned()).or_default().advance("9");
        assert!(!progress.covers(&last), "b is at 9");
        progress.checkpoints.entry("b".to_owned()).or_default().advance("13");
        assert!(progress.covers(&last), "b is at 13");
    }

    #[test]
    fn gives_up_on_a_function_that_never_started() {
        for (name, delivered, failures, fatal) in
            [("two", 0, 2, false), ("three", 0, 3, true), ("after a delivery", 1, 9, false)]
        {
            let mut progress = Progress { batches_delivered: delivered, ..Progress::default() };
            for _ in 0..failures {
                progress.init_failed("exit code 3");
            }
            assert_eq!(progress.fatal.is_some(), fatal, "{name}");
        }
    }
}
