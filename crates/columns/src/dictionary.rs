//! Whether a dictionary of a column's values would pay.
//!
//! The values of one that never comes again (ids, times) would be hashed and written for nothing, and indices besides.

use xxhash_rust::xxh3::xxh3_64;

use crate::leaf::Values;

/// Values that are looked at: the first of a column.
const SAMPLE: usize = 1_024;

/// Twice the sample, so that places are found at once.
const PLACES: usize = 2 * SAMPLE;

/// Looks at columns in turn, with one piece of memory for all of them.
pub(crate) struct Sampler {
    /// Digests of values, by their own lowest bits; zero is none.
    seen: Box<[u64]>,
}

impl Default for Sampler {
    fn default() -> Self {
        Self { seen: vec![0; PLACES].into_boxed_slice() }
    }
}

impl Sampler {
    /// Whether enough of the first values come again. The same values always give the same answer.
    pub(crate) fn promises(&mut self, values: &Values) -> bool {
        let count = values.len().min(SAMPLE);
        if count == 0 {
            return true;
        }
        self.seen.fill(0);
        let distinct = match values {
            // The writer knows itself that there are two of them.
            Values::Boolean(_) => return true,
            Values::Int32(values) => self.distinct(values[..count].iter().map(|value| value.to_le_bytes())),
            Values::Int64(values) => self.distinct(values[..count].iter().map(|value| value.to_le_bytes())),
            Values::Int128(values) => self.distinct(values[..count].iter().map(|value| value.to_le_bytes())),
            Values::Float(values) => self.distinct(values[..count].iter().map(|value| value.to_le_bytes())),
            Values::Double(values) => self.distinct(values[..count].iter().map(|value| value.to_le_bytes())),
            Values::Timestamp(values) => {
                let nanos =
                    |value: &crate::timestamp::Timestamp| value.seconds.rotate_left(30) ^ i64::from(value.nanos);
                self.distinct(values[..count].iter().map(|value| nanos(value).to_le_bytes()))
            }
            Values::Text(texts) => {
                let mut rest = texts.text.as_bytes();
                self.distinct(texts.lengths[..count].iter().map(|&length| {
                    let (text, after) = rest.split_at(length as usize);
                    rest = after;
                    text
                }))
            }
        };
        distinct * 4 <= count * 3
    }

    fn distinct<B: AsRef<[u8]>>(&mut self, values: impl Iterator<Item = B>) -> usize {
        let mut distinct = 0;
        for value in values {
            let digest = xxh3_64(value.as_ref()).max(1);
            let mut place = usize::try_from(digest % PLACES as u64).unwrap_or_default();
            while self.seen[place] != 0 && self.seen[place] != digest {
                place = (place + 1) % PLACES;
            }
            distinct += usize::from(self.seen[place] == 0);
            self.seen[place] = digest;
        }
        distinct
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf::Texts;

    #[test]
    fn values_that_come_again_promise_something() {
        let mut sampler = Sampler::default();
        for (name, kinds, expected) in
            [("one", 1, true), ("few", 100, true), ("many", 2_500, false), ("all", 5_000, false)]
        {
            let numbers = (0..5_000_i64).map(|row| row * 7 % kinds);
            let mut texts = Texts::default();
            for number in numbers.clone() {
                let start = texts.text.len();
                texts.text.push_str(&number.to_string());
                texts.end(start);
            }
            assert_eq!(sampler.promises(&Values::Int64(numbers.collect())), expected, "{name}");
            assert_eq!(sampler.promises(&Values::Text(texts)), expected, "{name}");
        }
        assert!(sampler.promises(&Values::Int32(Vec::new())) && sampler.promises(&Values::Boolean(vec![true])));
    }
}
