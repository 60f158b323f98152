//! Blocks of raw snappy: what both framings hold. A block says how long it will be, and has no checksum.

use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use super::bounded::Refused;
use crate::limits::SNAPPY_EXPANSION_MAX;

/// Appends the length of the compressed block in four bytes, big-endian, and the block.
pub(super) fn append_counted(stored: &mut Vec<u8>, encoder: &mut Encoder, block: &[u8]) {
    let (length_at, start) = (stored.len(), stored.len() + size_of::<u32>());
    stored.resize(start + max_compress_len(block.len()), 0);
    let length = encoder.compress(block, &mut stored[start..]).expect("the room is what the worst case needs");
    stored.truncate(start + length);
    let length = u32::try_from(length).expect("a block has some hundred thousand bytes");
    stored[length_at..start].copy_from_slice(&length.to_be_bytes());
}

/// Appends what `block` holds, if it is at most `room` bytes.
pub(super) fn append_content(body: &mut Vec<u8>, block: &[u8], room: usize) -> Result<(), Refused> {
    let length = decompress_len(block).map_err(Refused::invalid)?;
    check_claim(length, block.len())?;
    if length > room {
        return Err(Refused::Limit);
    }
    let start = body.len();
    body.resize(start + length, 0);
    Decoder::new().decompress(block, &mut body[start..]).map_err(Refused::invalid)?;
    Ok(())
}

/// Refuses a length that so many compressed bytes cannot become, before room is made for it.
pub(super) fn check_claim(length: usize, compressed: usize) -> Result<(), Refused> {
    if length > compressed.saturating_mul(SNAPPY_EXPANSION_MAX) {
        let claim = format!("{compressed} bytes of snappy claim to hold {length}, which they cannot");
        return Err(Refused::invalid(claim));
    }
    Ok(())
}
