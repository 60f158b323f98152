//! The stream of the snappy-java library: a header, then blocks of raw snappy, each after its length.
//!
//! All numbers are big-endian. The official framing of snappy is another and cannot be read by what reads this.

use snap::raw::Encoder;

use super::bounded::{self, Refused};
use super::raw_snappy;
use crate::limits::SNAPPY_BLOCK_BYTES;

/// What a stream begins with.
const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";

/// The version of the format, and the oldest whose readers read it.
const VERSION: u32 = 1;

/// One stream. That of no bytes is a header alone.
pub(super) fn compress(body: &[u8]) -> Vec<u8> {
    // Raw snappy halves text or better; the guess saves most of the growing.
    let mut stored = Vec::with_capacity(body.len() / 2 + 64);
    stored.extend_from_slice(&MAGIC);
    stored.extend_from_slice(&VERSION.to_be_bytes());
    stored.extend_from_slice(&VERSION.to_be_bytes());
    let mut encoder = Encoder::new();
    for block in body.chunks(SNAPPY_BLOCK_BYTES) {
        raw_snappy::append_counted(&mut stored, &mut encoder, block);
    }
    stored
}

/// All streams, one after the other.
pub(super) fn decompress(stored: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    let (mut body, mut rest) = (Vec::new(), stored);
    skip_header(&mut rest)?;
    while !rest.is_empty() {
        // Where a length would be: the magic would be one of two gigabytes, which no block has.
        if rest.starts_with(&MAGIC[..4]) {
            skip_header(&mut rest)?;
            continue;
        }
        let block = bounded::counted(&mut rest)?;
        let room = limit - body.len();
        raw_snappy::append_content(&mut body, block, room)?;
    }
    Ok(body)
}

fn skip_header(rest: &mut &[u8]) -> Result<(), Refused> {
    *rest =
        rest.strip_prefix(&MAGIC).ok_or_else(|| Refused::invalid("the header of a snappy-java stream is missing"))?;
    let (version, compatible) = (bounded::number(rest)?, bounded::number(rest)?);
    if version < VERSION || compatible > VERSION {
        let found =
            format!("a snappy-java stream of version {version}, compatible with {compatible}, expected {VERSION}");
        return Err(Refused::invalid(found));
    }
    Ok(())
}
