//! The block stream of Hadoop's `SnappyCodec`: for each block the length of its content, then chunks of raw snappy,
//! each after its length, until they hold as much.
//!
//! All numbers are big-endian. There is no header and no checksum, and a block of no content ends the stream: Hadoop
//! writes it for an empty file and reads nothing behind it.

use snap::raw::Encoder;

use super::bounded::{self, Refused};
use super::raw_snappy;
use crate::limits::HADOOP_SNAPPY_BLOCK_BYTES;

/// One stream, of blocks of one chunk. That of no bytes is a block of no content.
pub(super) fn compress(body: &[u8]) -> Vec<u8> {
    if body.is_empty() {
        return 0_u32.to_be_bytes().to_vec();
    }
    // Raw snappy halves text or better; the guess saves most of the growing.
    let mut stored = Vec::with_capacity(body.len() / 2 + 64);
    let mut encoder = Encoder::new();
    for block in body.chunks(HADOOP_SNAPPY_BLOCK_BYTES) {
        let length = u32::try_from(block.len()).expect("a block has some hundred thousand bytes");
        stored.extend_from_slice(&length.to_be_bytes());
        raw_snappy::append_counted(&mut stored, &mut encoder, block);
    }
    stored
}

/// All blocks, of one stream or of several: nothing tells them apart.
pub(super) fn decompress(stored: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    if stored.is_empty() {
        return Err(Refused::cut_short());
    }
    let (mut body, mut rest) = (Vec::new(), stored);
    while !rest.is_empty() {
        let length = usize::try_from(bounded::number(&mut rest)?).map_err(Refused::invalid)?;
        if length == 0 && !rest.is_empty() {
            return Err(Refused::invalid("bytes follow the block that ends a stream of Hadoop's"));
        }
        raw_snappy::check_claim(length, rest.len())?;
        if length > limit - body.len() {
            return Err(Refused::Limit);
        }
        let end = body.len() + length;
        while body.len() < end {
            let chunk = bounded::counted(&mut rest)?;
            let before = body.len();
            let room = end - before;
            match raw_snappy::append_content(&mut body, chunk, room) {
                Err(Refused::Limit) => return Err(Refused::invalid("a chunk holds more than its block says")),
                other => other?,
            }
        }
    }
    Ok(body)
}
