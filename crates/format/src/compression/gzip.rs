//! gzip: RFC 1952.

use flate2::bufread::MultiGzDecoder;
use libdeflater::{CompressionError, CompressionLvl, Compressor};

use super::bounded::{self, Refused};

/// One member. `level` is one that there is, as [`super::Compression::levels`] has them.
pub(super) fn compress(body: &[u8], level: u8) -> Result<Vec<u8>, CompressionError> {
    let level = CompressionLvl::new(i32::from(level)).unwrap_or_default();
    let mut compressor = Compressor::new(level);
    // What does not shrink fits as well. Memory that nothing is written to is never there.
    let mut member = vec![0; compressor.gzip_compress_bound(body.len())];
    let length = compressor.gzip_compress(body, &mut member)?;
    member.truncate(length);
    member.shrink_to_fit();
    Ok(member)
}

/// All members.
pub(super) fn decompress(stored: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    bounded::read(MultiGzDecoder::new(stored), limit)
}
