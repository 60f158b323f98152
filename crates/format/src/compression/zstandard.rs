//! zstd: RFC 8878.

use std::io;

use super::bounded::{self, Refused};
use crate::limits::ZSTD_WINDOW_LOG_MAX;

/// One frame.
pub(super) fn compress(body: &[u8], level: u8) -> io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(i32::from(level))?;
    compressor.include_checksum(true)?;
    compressor.include_contentsize(true)?;
    compressor.compress(body)
}

/// All frames.
pub(super) fn decompress(stored: &[u8], limit: usize) -> Result<Vec<u8>, Refused> {
    // No bytes are no frame, but the decoder takes them for the end of a stream of none.
    if stored.is_empty() {
        return Err(Refused::cut_short());
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(stored)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    bounded::read(decoder, limit)
}
