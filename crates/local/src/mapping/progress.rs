//! What all shards of a mapping did so far: what a run waits for, and what it tells in the end.

use std::collections::BTreeMap;

use super::checkpoint::Checkpoint;
use super::metrics::Metrics;
use crate::kinesis::ShardIterator;

/// Failed initialisations in a row, with nothing delivered, after which a function is taken to be broken.
pub const INIT_FAILURES_MAX: u64 = 3;

/// Sums over all shards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// How far each shard is done.
    pub checkpoints: BTreeMap<String, Checkpoint>,
    /// Where the mapping began in the shards that were there; it is not to deliver what lies before.
    pub places: BTreeMap<String, ShardIterator>,
    /// Records that were acknowledged.
    pub records_delivered: u64,
    /// Batches that were acknowledged.
    pub batches_delivered: u64,
    /// Invocations that were not acknowledged, in whole or in part.
    pub invocations_failed: u64,
    /// Initialisations that failed since the last invocation that came to something else.
    pub init_failures: u64,
    /// What AWS would show.
    pub metrics: Metrics,
    /// Why the mapping cannot go on.
    pub fatal: Option<String>,
}

impl Progress {
    /// Whether these records, the last one of each shard, and so all before them, are done, or are none of the mapping's.
    pub fn covers(&self, last: &BTreeMap<String, String>) -> bool {
        last.iter().all(|(shard, number)| {
            self.checkpoints.get(shard).is_some_and(|done| done.covers(number))
                || self.places.get(shard).is_some_and(|place| place.is_behind(number))
        })
    }

    /// Counts one initialisation that failed; too many in a row before anything was delivered end a run whose mapping
    /// would try for long.
    pub fn init_failed(&mut self, message: &str, tries_for_long: bool) {
        self.init_failures += 1;
        if self.init_failures >= INIT_FAILURES_MAX && self.batches_delivered == 0 && tries_for_long {
            let fatal = format!("the function did not start, {INIT_FAILURES_MAX} times in a row: {message}");
            self.fatal.get_or_insert(fatal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint::Tracker;
    use super::*;

    fn done_to(number: &str) -> Checkpoint {
        let mut tracker = Tracker::default();
        let ordinal = tracker.read(number);
        tracker.done(ordinal);
        tracker.checkpoint().clone()
    }

    #[test]
    fn covers_all_shards_or_nothing() {
        let mut progress = Progress::default();
        let last = BTreeMap::from([("a".to_owned(), "7".to_owned()), ("b".to_owned(), "12".to_owned())]);
        assert!(progress.covers(&BTreeMap::new()), "nothing was sent");
        assert!(!progress.covers(&last), "nothing is done");
        progress.checkpoints.insert("a".to_owned(), done_to("7"));
        progress.checkpoints.insert("b".to_owned(), done_to("9"));
        assert!(!progress.covers(&last), "b is at 9");
        progress.checkpoints.insert("b".to_owned(), done_to("13"));
        assert!(progress.covers(&last), "b is at 13");
    }

    #[test]
    fn gives_up_on_a_function_that_never_started() {
        for (name, delivered, failures, for_ever, fatal) in [
            ("two", 0, 2, true, false),
            ("three", 0, 3, true, true),
            ("after a delivery", 1, 9, true, false),
            ("attempts end by themselves", 0, 9, false, false),
        ] {
            let mut progress = Progress { batches_delivered: delivered, ..Progress::default() };
            for _ in 0..failures {
                progress.init_failed("exit code 3", for_ever);
            }
            assert_eq!(progress.fatal.is_some(), fatal, "{name}");
        }
    }
}
