//! How far a shard is done.
//!
//! With concurrent lanes records are done out of their order. The checkpoint is the last record before which all are: what
//! is behind it is read again when the mapping begins anew. A record is done when it was delivered, filtered out,
//! discarded with an event that says so, or lost to the stream's retention; the checkpoint moves only forwards.

use std::cmp::Ordering;
use std::collections::VecDeque;

/// Numeric order of two sequence numbers: canonical decimals, the shorter is the smaller.
pub fn compare(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The last record of a shard before which all are done, if there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoint {
    acknowledged: Option<String>,
}

impl Checkpoint {
    /// Its sequence number.
    pub fn acknowledged(&self) -> Option<&str> {
        self.acknowledged.as_deref()
    }

    /// Whether the record with this number is done, as well as all before it.
    pub fn covers(&self, sequence_number: &str) -> bool {
        self.acknowledged.as_deref().is_some_and(|last| compare(sequence_number, last).is_le())
    }

    /// Moves to this record.
    ///
    /// # Panics
    ///
    /// When it would move backwards: that is a mistake of the mapping.
    fn advance(&mut self, sequence_number: String) {
        assert!(!self.covers(&sequence_number), "checkpoint {self:?} cannot move back to {sequence_number}");
        self.acknowledged = Some(sequence_number);
    }
}

/// Records that were read, and which of them are done.
#[derive(Debug, Default)]
pub struct Tracker {
    checkpoint: Checkpoint,
    /// From the first record on that is not done: its sequence number, and whether it is done.
    open: VecDeque<(String, bool)>,
    /// How many were read before those.
    passed: u64,
}

impl Tracker {
    /// Goes on behind a checkpoint.
    pub fn behind(checkpoint: Checkpoint) -> Self {
        Self { checkpoint, ..Self::default() }
    }

    /// How far all is done.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Records that were read behind the checkpoint.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// A record was read; the answer is its number here.
    pub fn read(&mut self, sequence_number: &str) -> u64 {
        self.open.push_back((sequence_number.to_owned(), false));
        self.passed + self.open.len() as u64 - 1
    }

    /// The record with this number is done.
    ///
    /// # Panics
    ///
    /// When it is done already or was never read: that is a mistake of the mapping.
    pub fn done(&mut self, ordinal: u64) {
        let index = ordinal.checked_sub(self.passed).and_then(|index| usize::try_from(index).ok());
        let record = index.and_then(|index| self.open.get_mut(index));
        let (_, done) = record.unwrap_or_else(|| panic!("record {ordinal} is not open"));
        assert!(!std::mem::replace(done, true), "record {ordinal} is done twice");
        while let Some((sequence_number, _)) = self.open.pop_front_if(|(_, done)| *done) {
            self.passed += 1;
            self.checkpoint.advance(sequence_number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_when_all_before_is_done() {
        let mut tracker = Tracker::default();
        let [nine, ten, eleven] = ["9", "10", "11"].map(|number| tracker.read(number));
        assert!(!tracker.checkpoint().covers("0"));
        tracker.done(ten);
        assert_eq!(tracker.checkpoint().acknowledged(), None, "9 is open");
        tracker.done(nine);
        assert_eq!(tracker.checkpoint().acknowledged(), Some("10"));
        assert!(tracker.checkpoint().covers("9") && !tracker.checkpoint().covers("11"));
        tracker.done(eleven);
        assert_eq!(tracker.checkpoint().acknowledged(), Some("11"));
        let mut tracker = Tracker::behind(tracker.checkpoint().clone());
        let next = tracker.read("12");
        assert!(tracker.checkpoint().covers("11"));
        tracker.done(next);
        assert_eq!(tracker.checkpoint().acknowledged(), Some("12"));
    }

    #[test]
    #[should_panic(expected = "done twice")]
    fn nothing_is_done_twice() {
        let mut tracker = Tracker::default();
        let (_, second) = (tracker.read("1"), tracker.read("2"));
        tracker.done(second);
        tracker.done(second);
    }

    #[test]
    #[should_panic(expected = "cannot move back")]
    fn never_moves_back() {
        let mut tracker = Tracker::default();
        for number in ["10", "9"] {
            let ordinal = tracker.read(number);
            tracker.done(ordinal);
        }
    }
}
