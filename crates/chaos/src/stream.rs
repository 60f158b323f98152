//! A stream: shards that are put to, split, merged and read.

use std::time::Duration;

use base64_simd::STANDARD;
use penstock_local::kinesis::Record;

/// What the time of a world begins with, since 1970: it is in keys, and never the system's.
pub const EPOCH: Duration = Duration::from_secs(1_700_000_000);

/// A shard.
#[derive(Debug, Clone, Default)]
pub struct Shard {
    /// Its records, in order.
    pub records: Vec<Record>,
    /// Whether it takes no more.
    pub is_closed: bool,
    /// The shards that it came from.
    pub parents: Vec<usize>,
    /// Hash keys that it takes: from, and to below.
    range: (u32, u32),
}

/// What every sequence number begins with.
const HEAD: &str = "49";

/// A sequence number as a person reads it: which record of the world it is.
pub fn short(sequence_number: &str) -> &str {
    sequence_number.trim_start_matches(HEAD).trim_start_matches('0')
}

/// One above the highest hash key of this stream.
const HASH_KEYS: u32 = 1 << 16;

/// All shards, by number.
#[derive(Debug, Clone)]
pub struct Stream {
    /// The shards.
    pub shards: Vec<Shard>,
    next: u64,
}

impl Stream {
    /// With so many open shards.
    pub fn new(shards: u32) -> Self {
        let shard = |number| Shard {
            range: (number * HASH_KEYS / shards, (number + 1) * HASH_KEYS / shards),
            ..Shard::default()
        };
        Self { shards: (0..shards).map(shard).collect(), next: 0 }
    }

    /// The id of a shard.
    pub fn id(shard: usize) -> String {
        format!("shardId-{shard:012}")
    }

    /// Puts a record; tells its shard and its sequence number.
    pub fn put(&mut self, key: u8, data: &[u8], now: Duration) -> (usize, String) {
        let hash = u32::from(key).wrapping_mul(0x9E37_79B1) >> 16;
        let fits = |shard: &Shard| !shard.is_closed && shard.range.0 <= hash && hash < shard.range.1;
        let place = self.shards.iter().position(fits).expect("open shards take every hash key");
        self.next += 1;
        // 56 digits, as AWS's; numbers of one shard grow, and so do those of its children.
        let sequence_number = format!("{HEAD}{:054}", self.next);
        self.shards[place].records.push(Record {
            sequence_number: sequence_number.clone(),
            partition_key: format!("key-{key}"),
            data: STANDARD.encode_to_string(data),
            arrival_ms: u64::try_from((EPOCH + now).as_millis()).unwrap_or(u64::MAX),
        });
        (place, sequence_number)
    }

    fn open(&self) -> Vec<usize> {
        (0..self.shards.len()).filter(|number| !self.shards[*number].is_closed).collect()
    }

    /// Splits an open shard that `choice` names, where one is wide enough.
    pub fn split(&mut self, choice: u64) -> Option<usize> {
        let open = self.open();
        let place = open[usize::try_from(choice % open.len() as u64).unwrap_or_default()];
        let (from, to) = self.shards[place].range;
        if to - from < 2 {
            return None;
        }
        let middle = from + (to - from) / 2;
        self.shards[place].is_closed = true;
        for range in [(from, middle), (middle, to)] {
            self.shards.push(Shard { parents: vec![place], range, ..Shard::default() });
        }
        Some(place)
    }

    /// Merges an open shard that `choice` names with its upper neighbour, where it has one.
    pub fn merge(&mut self, choice: u64) -> Option<(usize, usize)> {
        let open = self.open();
        let place = open[usize::try_from(choice % open.len() as u64).unwrap_or_default()];
        let (from, to) = self.shards[place].range;
        let neighbour = *open.iter().find(|other| self.shards[**other].range.0 == to)?;
        let to = self.shards[neighbour].range.1;
        self.shards[place].is_closed = true;
        self.shards[neighbour].is_closed = true;
        self.shards.push(Shard { parents: vec![place, neighbour], range: (from, to), ..Shard::default() });
        Some((place, neighbour))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_is_resharded_takes_every_key() {
        let mut stream = Stream::new(3);
        assert_eq!(stream.split(1), Some(1));
        assert_eq!(stream.merge(0), Some((0, 3)), "a shard and the lower half of its neighbour");
        assert_eq!(stream.shards[5].parents, [0, 3]);
        for key in 0..=u8::MAX {
            let (place, number) = stream.put(key, b"x", Duration::ZERO);
            assert!(!stream.shards[place].is_closed);
            assert_eq!(number.len(), 56);
        }
        assert!([2, 4, 5].iter().all(|open| !stream.shards[*open].records.is_empty()));
    }
}
