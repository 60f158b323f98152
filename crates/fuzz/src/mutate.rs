//! Bytes from a corpus, changed a little: what a bounded run without libFuzzer throws at the targets. The same seed gives
//! the same bytes.

use fastrand::Rng;

/// Bytes of what is made at most.
const BYTES_MAX: usize = 1 << 16;

/// Pieces that mean something to what reads them.
const WORDS: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\u0000",
    b"\\",
    b",",
    b":",
    b"null",
    b"-1",
    b"1e400",
    b"99999999999999999999",
    b"!{timestamp:",
    b"!{firehose:error-output-type}",
    b"!{firehose:random-string}",
    b"../",
    b"\0",
    b"\xff\xfe",
    b"\n",
    b"{id}",
    b"{shard}",
    b"\"kinesis\":",
    b"\"data\":\"",
];

/// One of the seeds, changed.
pub fn one(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[rng.usize(0..seeds.len())].clone();
    for _ in 0..rng.usize(1..=8) {
        change(rng, &mut bytes, seeds);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(rng: &mut Rng, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let place = rng.usize(0..=bytes.len());
    let within = place.min(bytes.len().saturating_sub(1));
    match rng.u8(0..7) {
        0 if !bytes.is_empty() => bytes[within] ^= 1 << rng.u8(0..8),
        1 if !bytes.is_empty() => bytes[within] = rng.u8(..),
        2 => {
            bytes.splice(place..place, WORDS[rng.usize(0..WORDS.len())].iter().copied());
        }
        3 => {
            let to = rng.usize(place..=bytes.len());
            bytes.drain(place..to);
        }
        4 => {
            let to = rng.usize(place..=bytes.len());
            let again = bytes[place..to].to_vec();
            bytes.splice(place..place, again);
        }
        5 => {
            let other = &seeds[rng.usize(0..seeds.len())];
            let from = rng.usize(0..=other.len());
            let to = rng.usize(from..=other.len());
            bytes.splice(place..place, other[from..to].iter().copied());
        }
        _ => bytes.truncate(place),
    }
}
