//! When a batch closes: at `BatchSize`, at 6 MB of event, or when its window is over, whichever is first.
//!
//! The payload limit counts the event as it is sent: base64, per-record metadata and commas included (AWS Lambda
//! guide, "How Lambda processes records from stream and queue-based event sources": 6 MB, of 1,048,576 bytes each).

use std::time::Duration;

use super::event::event_bytes;

/// The largest event that an invocation takes.
pub const PAYLOAD_BYTES_MAX: usize = 6 * 1_048_576;

/// When a batch closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most records, 1 to 10,000.
    pub records: usize,
    /// Largest event in bytes.
    pub payload_bytes: usize,
    /// How long a batch may wait for more, from its first record; zero: not at all.
    pub window: Duration,
}

/// How many of the waiting records the next batch takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// None is waiting.
    Empty,
    /// All that wait, and there is room for more.
    Partial(usize),
    /// So many; the next one, if any, belongs to the next batch.
    Full(usize),
    /// The first one is larger than any event, alone.
    Oversize,
}

impl BatchLimits {
    /// What the next batch takes, by the sizes of the waiting records' parts in order.
    pub fn fill(&self, part_bytes: impl Iterator<Item = usize>) -> Fill {
        let (mut records, mut bytes) = (0, 0);
        for part in part_bytes {
            if event_bytes(records + 1, bytes + part) > self.payload_bytes {
                return if records == 0 { Fill::Oversize } else { Fill::Full(records) };
            }
            records += 1;
            bytes += part;
            if records == self.records {
                return Fill::Full(records);
            }
        }
        if records == 0 { Fill::Empty } else { Fill::Partial(records) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(records: usize, payload_bytes: usize) -> BatchLimits {
        BatchLimits { records, payload_bytes, window: Duration::ZERO }
    }

    #[test]
    fn closes_at_the_first_limit() {
        let around = event_bytes(0, 0);
        for (name, limits, parts, expected) in [
            ("nothing", limits(2, 100), &[][..], Fill::Empty),
            ("room", limits(3, 100), &[10, 10], Fill::Partial(2)),
            ("records", limits(2, 100), &[10, 10], Fill::Full(2)),
            ("records, more waiting", limits(2, 100), &[10, 10, 10], Fill::Full(2)),
            ("exactly the payload", limits(9, around + 20 + 1), &[10, 10], Fill::Partial(2)),
            ("a comma too much", limits(9, around + 20), &[10, 10], Fill::Full(1)),
            ("one alone, exactly", limits(9, around + 10), &[10], Fill::Partial(1)),
            ("one alone, too large", limits(9, around + 9), &[10], Fill::Oversize),
            ("too large behind another", limits(9, around + 30), &[10, 40], Fill::Full(1)),
        ] {
            assert_eq!(limits.fill(parts.iter().copied()), expected, "{name}");
        }
    }
}
