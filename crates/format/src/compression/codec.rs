//! A compression and how hard it tries: what compresses a body.

use super::{Compression, DecompressError, gzip, hadoop, xerial, zip_archive, zstandard};

/// A compression at a level that it has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Codec {
    compression: Compression,
    /// One of [`Compression::levels`]; none exactly where there are none.
    level: Option<u8>,
}

/// A level that a compression does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompressionLevelError {
    /// There is no choice of levels.
    #[error("{level} is set, but {compression} has no levels: expected GZIP, ZIP or ZSTD beside it")]
    NoLevels {
        /// The level asked for.
        level: u8,
        /// The compression.
        compression: Compression,
    },
    /// There are others.
    #[error("{level} is not a level of {compression}, expected a whole number from {first} to {last}")]
    OutOfRange {
        /// The level asked for.
        level: u8,
        /// The compression.
        compression: Compression,
        /// Its fastest level.
        first: u8,
        /// Its densest level.
        last: u8,
    },
}

impl Codec {
    /// `compression` at `level`, or at its default one.
    pub fn new(compression: Compression, level: Option<u8>) -> Result<Self, CompressionLevelError> {
        let Some(level) = level else { return Ok(compression.into()) };
        let levels = compression.levels().ok_or(CompressionLevelError::NoLevels { level, compression })?;
        if !levels.contains(&level) {
            let (first, last) = (*levels.start(), *levels.end());
            return Err(CompressionLevelError::OutOfRange { level, compression, first, last });
        }
        Ok(Self { compression, level: Some(level) })
    }

    /// How bodies are compressed.
    pub const fn compression(self) -> Compression {
        self.compression
    }

    /// How hard it tries; none where there is no choice.
    pub const fn level(self) -> Option<u8> {
        self.level
    }

    /// The default file extension; see [`Compression::extension`].
    pub const fn extension(self) -> &'static str {
        self.compression.extension()
    }

    /// The `Content-Encoding` header of the object; see [`Compression::content_encoding`].
    pub const fn content_encoding(self) -> Option<&'static str> {
        self.compression.content_encoding()
    }

    /// The stored form of a body. The same body always gives the same bytes from one build.
    ///
    /// gzip: no name, no time, operating system unknown; the hint at the level is the encoder's. zip: the time is the first that there is, the name follows from
    /// the body. zstd: content size and checksum set, one thread.
    #[expect(clippy::missing_panics_doc, reason = "the encoders write to memory, with levels that they have")]
    pub fn compress(self, body: Vec<u8>) -> Vec<u8> {
        let level = self.level.unwrap_or_default();
        match self.compression {
            Compression::Uncompressed => body,
            Compression::Gzip => gzip::compress(&body, level).expect("there is room for the worst case"),
            Compression::Zip => zip_archive::compress(&body, level).expect("one entry in memory always fits"),
            Compression::Snappy => xerial::compress(&body),
            Compression::HadoopSnappy => hadoop::compress(&body),
            Compression::Zstd => {
                zstandard::compress(&body, level).expect("the level exists and the buffer fits the worst case")
            }
        }
    }

    /// The body that was stored, whatever the level was; see [`Compression::decompress`].
    pub fn decompress(self, stored: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
        self.compression.decompress(stored, limit)
    }
}

impl From<Compression> for Codec {
    /// At the default level.
    fn from(compression: Compression) -> Self {
        Self { compression, level: compression.default_level() }
    }
}
