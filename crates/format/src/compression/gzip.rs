//! gzip: RFC 1952.

use std::io::{self, Write as _};

use flate2::bufread::MultiGzDecoder;
use flate2::{GzBuilder, write::GzEncoder};

use super::bounded::{self, Refused};

/// The operating system byte of a gzip header: 255 is "unknown" (RFC 1952), the same wherever it is built.
const OS_UNKNOWN: u8 = 255;

/// One member.
pub(super) fn compress(body: &[u8], level: u8) -> io::Result<Vec<u8>> {
    // Text shrinks to a fifth or less; the guess saves most of the growing, and being wrong costs only growing.
    let sink = Vec::with_capacity(body.len() / 4 + 64);
    let level = flate2::Compression::new(u32::from(level));
    let mut encoder: GzEncoder<Vec<u8>> = GzBuilder::new().mtime(0).operating_system(OS_UNKNOWN).write(sink, level);
    encoder.write_all(body)?;
    encoder.finish()
}

/// All members.
pub(super) fn decompress(stored: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    bounded::read(MultiGzDecoder::new(stored), limit)
}
