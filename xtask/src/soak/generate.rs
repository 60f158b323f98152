//! Records that say what they are: sixteen bytes of id and length, then text or binary.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Bytes of a record's head: `0001234 0004321 `, its id and its whole length.
pub const HEAD_BYTES: usize = 16;

/// The largest record: 1 MiB less its partition key, a number of at most 7 digits.
const RECORD_BYTES_MAX: f64 = 1_048_569.0;

/// Of so many records one is drawn from the whole range of sizes, and the others from its small end. All sizes occur,
/// and a hundred thousand records are some 400 MB; were all drawn from the whole range, they would be 9 GB.
const WHOLE_RANGE_ONE_IN: u64 = 25;

/// The small end.
const SMALL_BYTES_MAX: f64 = 1_024.0;

/// An input, in its file and in memory.
pub struct Generated {
    /// The file: each record with its length in four bytes before it.
    pub path: PathBuf,
    content: Vec<u8>,
    lengths: Vec<usize>,
}

impl Generated {
    /// The records.
    pub fn records(&self) -> Vec<&[u8]> {
        let mut rest = self.content.as_slice();
        let mut take = |length: &usize| {
            let (record, behind) = rest.split_at(*length);
            rest = behind;
            record
        };
        self.lengths.iter().map(&mut take).collect()
    }
}

/// Writes `count` records to `path`; the same seed makes the same records.
pub fn write(path: &Path, count: u32, seed: u64) -> anyhow::Result<Generated> {
    let file = std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut file = BufWriter::new(file);
    let mut random = SplitMix64(seed);
    let mut generated = Generated { path: path.to_owned(), content: Vec::new(), lengths: Vec::new() };
    for id in 0..count {
        let length = size(&mut random);
        let start = generated.content.len();
        write!(generated.content, "{id:07} {length:07} ").expect("a buffer takes everything");
        fill(&mut generated.content, length - HEAD_BYTES, id % 2 == 0, &mut random);
        let prefix = u32::try_from(length).expect("a record is at most 1 MiB").to_be_bytes();
        file.write_all(&prefix)
            .and_then(|()| file.write_all(&generated.content[start..]))
            .with_context(|| format!("cannot write {}", path.display()))?;
        generated.lengths.push(length);
    }
    file.flush().with_context(|| format!("cannot write {}", path.display()))?;
    Ok(generated)
}

/// Log-uniform: as many records between 16 and 32 bytes as between 512 KiB and 1 MiB.
fn size(random: &mut SplitMix64) -> usize {
    let whole_range = random.next().is_multiple_of(WHOLE_RANGE_ONE_IN);
    let least = 16.0_f64;
    let most = if whole_range { RECORD_BYTES_MAX } else { SMALL_BYTES_MAX };
    let drawn = least * (most / least).powf(random.unit());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "16 to 1,048,569")]
    let bytes = drawn as usize;
    bytes.max(HEAD_BYTES)
}

fn fill(out: &mut Vec<u8>, bytes: usize, text: bool, random: &mut SplitMix64) {
    let end = out.len() + bytes;
    while out.len() < end {
        let drawn = random.next().to_le_bytes();
        let drawn = if text { drawn.map(|byte| b' ' + byte % 95) } else { drawn };
        let left = end - out.len();
        out.extend_from_slice(&drawn[..left.min(8)]);
    }
}

/// `splitmix64`, by Sebastiano Vigna: enough for sizes and noise, and the same everywhere.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_reach_from_end_to_end() {
        let mut random = SplitMix64(7);
        let sizes: Vec<usize> = (0..100_000).map(|_| size(&mut random)).collect();
        let total: usize = sizes.iter().sum();
        assert!(sizes.iter().min() < Some(&20) && sizes.iter().max() > Some(&900_000));
        assert!((300_000_000..500_000_000).contains(&total), "{total}");
    }
}
