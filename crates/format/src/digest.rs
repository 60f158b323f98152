//! A digest of which records an object holds: XXH3-128, a published, stable algorithm with many implementations.
//!
//! It covers the identities of the records, not their bytes, so that it survives another compression level. Producers
//! cannot choose sequence numbers, so a fast digest serves; a cryptographic one would cost more and prove no more.

use std::fmt;
use std::str::FromStr;

use xxhash_rust::xxh3::Xxh3;

use crate::SequenceDigits;
use crate::excerpt::excerpt;
use crate::limits::SEQUENCE_NUMBER_DIGITS_MAX;

/// Bytes of one record's identity at most: length, digits, sub-sequence number, output index.
const IDENTITY_BYTES_MAX: usize = 1 + SEQUENCE_NUMBER_DIGITS_MAX + 8 + 4;

/// Room for three of today's identities, and for the longest there is. There may be a digest for each of a thousand partitions.
const WAITING_BYTES: usize = 256;
const _: () = assert!(IDENTITY_BYTES_MAX <= WAITING_BYTES);

/// The digest of a set of outputs, in the order in which they lie in the object.
///
/// The input of XXH3-128 with seed 0 is, for one output after the other:
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | number of digits of the sequence number |
/// | 1 to 129 | the digits, ASCII |
/// | 8 | sub-sequence number, big-endian |
/// | 4 | output index: which of the record's outputs it is, from 0, big-endian |
///
/// ```
/// # use penstock_format::{RecordSetDigest, SequenceDigits};
/// let mut digest = RecordSetDigest::new();
/// digest.add(SequenceDigits::parse("1").unwrap(), 0, 0);
/// digest.add(SequenceDigits::parse("12").unwrap(), 3, 1);
/// assert_eq!(digest.count(), 2);
/// assert_eq!(digest.finish().to_string(), "07c6cbd901d28614906a5865bb709b85");
/// ```
#[derive(Clone)]
pub struct RecordSetDigest {
    hash: Xxh3,
    count: u64,
    /// Identities that the hash has not seen: it is given several at once.
    waiting: [u8; WAITING_BYTES],
    waiting_len: usize,
}

/// 128 bits, written as 32 hexadecimal digits, the highest first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest128(u128);

/// What [`Digest128::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("digest {0} is not 32 digits of 0-9 a-f")]
pub struct DigestError(String);

impl RecordSetDigest {
    /// The digest of nothing yet.
    pub fn new() -> Self {
        Self { hash: Xxh3::new(), count: 0, waiting: [0; WAITING_BYTES], waiting_len: 0 }
    }

    /// Adds the next output of the object.
    pub fn add(&mut self, seq: SequenceDigits<'_>, sub_sequence: u64, output_index: u32) {
        let digits = seq.as_bytes();
        if self.waiting_len + 13 + digits.len() > WAITING_BYTES {
            self.hash.update(&self.waiting[..self.waiting_len]);
            self.waiting_len = 0;
        }
        let identity = &mut self.waiting[self.waiting_len..];
        let (sub_at, index_at, end) = (1 + digits.len(), 9 + digits.len(), 13 + digits.len());
        identity[0] = seq.count();
        identity[1..sub_at].copy_from_slice(digits);
        identity[sub_at..index_at].copy_from_slice(&sub_sequence.to_be_bytes());
        identity[index_at..end].copy_from_slice(&output_index.to_be_bytes());
        self.waiting_len += end;
        self.count += 1;
    }

    /// How many outputs were added.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The digest of what was added so far.
    pub fn finish(&self) -> Digest128 {
        let mut hash = self.hash.clone();
        hash.update(&self.waiting[..self.waiting_len]);
        Digest128(hash.digest128())
    }
}

impl Default for RecordSetDigest {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RecordSetDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordSetDigest").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Digest128 {
    /// Takes 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let canonical = text.len() == 32 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        u128::from_str_radix(text, 16).ok().filter(|_| canonical).map(Self).ok_or_else(|| DigestError(excerpt(text)))
    }

    /// The 16 bytes, the highest first.
    pub const fn to_be_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for Digest128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest128 {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(outputs: &[(&str, u64, u32)]) -> Digest128 {
        let mut digest = RecordSetDigest::new();
        for (seq, sub_sequence, output_index) in outputs {
            digest.add(SequenceDigits::parse(seq).unwrap(), *sub_sequence, *output_index);
        }
        assert_eq!(digest.count(), outputs.len() as u64);
        digest.finish()
    }

    #[test]
    fn k3_any_difference_makes_another_digest() {
        let sets: [&[(&str, u64, u32)]; 9] = [
            &[],
            &[("1", 0, 0)],
            &[("1", 0, 1)],
            &[("1", 1, 0)],
            &[("10", 0, 0)],
            &[("1", 0, 0), ("1", 0, 0)],
            &[("1", 0, 0), ("1", 0, 1)],
            &[("1", 0, 1), ("1", 0, 0)],
            &[("2", 0, 0)],
        ];
        let digests: std::collections::BTreeSet<_> = sets.iter().map(|set| digest(set)).collect();
        assert_eq!(digests.len(), sets.len());
    }

    #[test]
    fn d3_vectors_stand() {
        // XXH3-128 of nothing is published with the algorithm; the second was computed with another implementation.
        assert_eq!(digest(&[]).to_string(), "99aa06d3014798d86001c324468d497f");
        let real = "49590338271490256608559692538361571095921575989136588898";
        assert_eq!(digest(&[(real, 0, 0), (real, 1, 0), (real, 1, 1)]).to_string(), "4911ecd62fe4d5f0528ea9bcf05b50ef");
    }

    #[test]
    fn digests_read_back() {
        let text = "00aa06d3014798d86001c324468d497f";
        assert_eq!(Digest128::parse(text).unwrap().to_string(), text);
        assert_eq!(Digest128::parse(text).unwrap().to_be_bytes()[..2], [0, 0xaa]);
        for (name, text) in [
            ("short", "0aa06d3014798d86001c324468d497f"),
            ("long", "000aa06d3014798d86001c324468d497f"),
            ("upper case", "00AA06D3014798D86001C324468D497F"),
            ("sign", "+0aa06d3014798d86001c324468d497f"),
            ("empty", ""),
        ] {
            assert!(Digest128::parse(text).is_err(), "{name}");
        }
    }
}
