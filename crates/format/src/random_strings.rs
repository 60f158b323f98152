//! What `!{firehose:random-string}` becomes: strings that look random and follow from a seed.
//!
//! Left out: where the seed comes from. It is derived from the object's identity, so that a retry writes the same key,
//! or given by the shell where ids are configured to be random.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::limits::RANDOM_STRING_CHARACTERS;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The random strings of one object's key: the same seed always gives the same strings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RandomStrings {
    seed: [u8; 16],
}

impl RandomStrings {
    /// The strings of a seed, such as [`crate::ObjectIdentity::random_seed`].
    pub const fn new(seed: [u8; 16]) -> Self {
        Self { seed }
    }

    /// The string of the expression that is number `instance` in its prefix, from 0: 11 ASCII letters and digits.
    ///
    /// It is the first 16 bytes of SHA-256(seed, `instance` as 8 bytes big-endian), read as a big-endian number, whose
    /// last 11 digits to the base 62 are written with `0-9A-Za-z`, the last digit first.
    pub fn nth(&self, instance: usize) -> [u8; RANDOM_STRING_CHARACTERS] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update((instance as u64).to_be_bytes());
        let hash = hash.finalize();
        let mut number = hash[..16].iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
        std::array::from_fn(|_| {
            let [digit, ..] = (number % 62).to_le_bytes();
            number /= 62;
            ALPHABET[usize::from(digit)]
        })
    }
}

impl fmt::Debug for RandomStrings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RandomStrings").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn d3_a_seed_gives_its_strings() {
        let strings = RandomStrings::new(*b"0123456789abcdef");
        let text = |instance| String::from_utf8(strings.nth(instance).to_vec()).unwrap();
        // Computed independently, in Python.
        assert_eq!((text(0), text(1)), ("lHJzfF4kDXO".to_owned(), "UrrsC5AiuqT".to_owned()));
        let different: BTreeSet<String> = (0..1000).map(text).collect();
        assert_eq!(different.len(), 1000);
        assert!(different.iter().all(|text| text.len() == 11 && text.bytes().all(|c| c.is_ascii_alphanumeric())));
        assert_ne!(RandomStrings::new([0; 16]).nth(0), RandomStrings::new([1; 16]).nth(0));
    }
}
