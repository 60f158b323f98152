//! How far a shard is acknowledged.
//!
//! A checkpoint moves only behind what was delivered or, with an event that says so, discarded; and only forwards.

use std::cmp::Ordering;

/// Numeric order of two sequence numbers: canonical decimals, the shorter is the smaller.
pub fn compare(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The last acknowledged record of a shard, if there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkpoint {
    acknowledged: Option<String>,
}

impl Checkpoint {
    /// The sequence number of the last acknowledged record.
    pub fn acknowledged(&self) -> Option<&str> {
        self.acknowledged.as_deref()
    }

    /// Whether the record with this number is acknowledged.
    pub fn covers(&self, sequence_number: &str) -> bool {
        self.acknowledged.as_deref().is_some_and(|last| compare(sequence_number, last).is_le())
    }

    /// Acknowledges all records up to this one.
    ///
    /// # Panics
    ///
    /// When it would move backwards: that is a mistake of the mapping.
    pub fn advance(&mut self, sequence_number: &str) {
        assert!(!self.covers(sequence_number), "checkpoint {self:?} cannot move back to {sequence_number}");
        self.acknowledged = Some(sequence_number.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_forwards_in_numeric_order() {
        let mut checkpoint = Checkpoint::default();
        assert!(!checkpoint.covers("0"));
        checkpoint.advance("9");
        assert!(checkpoint.covers("9") && !checkpoint.covers("10"));
        checkpoint.advance("10");
        assert!(checkpoint.covers("9"));
        assert_eq!(checkpoint.acknowledged(), Some("10"));
    }

    #[test]
    #[should_panic(expected = "cannot move back")]
    fn never_moves_back() {
        let mut checkpoint = Checkpoint::default();
        checkpoint.advance("10");
        checkpoint.advance("9");
    }
}
