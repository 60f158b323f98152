//! How an object's body is compressed, and read back.
//!
//! Left out: compression inside a format, such as Parquet's pages.

mod bounded;
mod codec;
mod gzip;
mod hadoop;
mod raw_snappy;
#[cfg(test)]
mod tests;
mod xerial;
mod zip_archive;
mod zstandard;

use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::excerpt::excerpt;
use bounded::Refused;
pub use codec::{Codec, CompressionLevelError};

/// Firehose's `CompressionFormat`, and zstd, which Firehose lacks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Compression {
    /// The records as they are.
    #[default]
    Uncompressed,
    /// RFC 1952, one member.
    Gzip,
    /// An archive with one deflated entry.
    Zip,
    /// The stream of the snappy-java library, not the official framing: what Firehose means by `Snappy`.
    Snappy,
    /// The block stream of Hadoop's `SnappyCodec`.
    HadoopSnappy,
    /// RFC 8878, one frame, with its content's size and checksum.
    Zstd,
}

/// What [`Compression::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compression format {0} is not one of {all}", all = Compression::ALL.map(Compression::as_str).join(", "))]
pub struct CompressionError(String);

/// Why stored bytes could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum DecompressError {
    /// The content is larger than the caller takes.
    #[error("{compression} content is larger than the limit of {limit} bytes")]
    Limit {
        /// How the bytes were read.
        compression: Compression,
        /// The caller's limit in bytes.
        limit: usize,
    },
    /// The bytes are not what they were said to be: damaged, cut short, or of another format.
    #[error("stored bytes are not valid {compression}")]
    Invalid {
        /// How the bytes were read.
        compression: Compression,
        /// What the decoder said.
        #[source]
        source: io::Error,
    },
}

impl Compression {
    /// Every variant, in the order in which messages list them.
    pub const ALL: [Self; 6] =
        [Self::Uncompressed, Self::Gzip, Self::Zip, Self::Snappy, Self::HadoopSnappy, Self::Zstd];

    /// Takes Firehose's word. Case matters, as it does to Firehose.
    pub fn parse(text: &str) -> Result<Self, CompressionError> {
        Self::ALL
            .into_iter()
            .find(|compression| compression.as_str() == text)
            .ok_or_else(|| CompressionError(excerpt(text)))
    }

    /// Firehose's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uncompressed => "UNCOMPRESSED",
            Self::Gzip => "GZIP",
            Self::Zip => "ZIP",
            Self::Snappy => "Snappy",
            Self::HadoopSnappy => "HADOOP_SNAPPY",
            Self::Zstd => "ZSTD",
        }
    }

    /// The default file extension, with its dot; empty for none.
    ///
    /// Firehose's documentation says `.hsnappy` for `HADOOP_SNAPPY`; its objects were measured to end in `.snappy`.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Uncompressed => "",
            Self::Gzip => ".gz",
            Self::Zip => ".zip",
            Self::Snappy | Self::HadoopSnappy => ".snappy",
            Self::Zstd => ".zst",
        }
    }

    /// The `Content-Encoding` header of the object: none.
    ///
    /// Firehose sends `gzip` with `.gz`, and its users are bitten by it: HTTP clients then decompress silently, and a
    /// file named `.gz` is not gzip any more (brendanhay/amazonka#346, aws-samples/amazon-kinesis-replay#7,
    /// fluent/fluent-bit#3676). Here the name says what the bytes are, and nothing changes them on the way.
    pub const fn content_encoding(self) -> Option<&'static str> {
        match self {
            Self::Uncompressed | Self::Gzip | Self::Zip | Self::Snappy | Self::HadoopSnappy | Self::Zstd => None,
        }
    }

    /// The `Content-Encoding` header that Firehose sends, for those who want its objects to the header.
    ///
    /// `zstd` is the registered coding (RFC 8878); Firehose has no such compression.
    pub const fn firehose_content_encoding(self) -> Option<&'static str> {
        match self {
            Self::Uncompressed => None,
            Self::Gzip => Some("gzip"),
            Self::Zip => Some("zip"),
            Self::Snappy => Some("snappy-java"),
            Self::HadoopSnappy => Some("hadoop-snappy"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// The levels that there are, from the fastest to the densest; none where there is no choice.
    ///
    /// zlib's 0 stores without compressing, and zstd's 20 to 22 ask their reader for more memory than it may grant.
    pub const fn levels(self) -> Option<RangeInclusive<u8>> {
        match self {
            Self::Uncompressed | Self::Snappy | Self::HadoopSnappy => None,
            Self::Gzip | Self::Zip => Some(1..=9),
            Self::Zstd => Some(1..=19),
        }
    }

    /// The level where none is asked for.
    ///
    /// gzip: the fastest, which on log-like data is 3 to 5 times as fast as zlib's default and makes objects a fifth larger.
    /// zip: zlib's default. zstd: on log-like data the higher ones are slower and hardly smaller.
    pub const fn default_level(self) -> Option<u8> {
        match self {
            Self::Uncompressed | Self::Snappy | Self::HadoopSnappy => None,
            Self::Gzip | Self::Zstd => Some(1),
            Self::Zip => Some(6),
        }
    }

    /// The stored form of a body at the default level; see [`Codec::compress`].
    pub fn compress(self, body: Vec<u8>) -> Vec<u8> {
        Codec::from(self).compress(body)
    }

    /// The body that was stored. Several gzip members, zstd frames or snappy streams in a row are read as one body; a zip
    /// archive has one entry.
    ///
    /// Fails if the content has more than `limit` bytes, or if the bytes are not what they were said to be. At most
    /// `limit` bytes and one are ever held, and what a length in the bytes claims is checked before room is made for it,
    /// so a small object cannot fill the memory.
    pub fn decompress(self, stored: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
        let body = match self {
            Self::Uncompressed if stored.len() > limit => Err(Refused::Limit),
            Self::Uncompressed => Ok(stored.to_vec()),
            Self::Gzip => gzip::decompress(stored, limit),
            Self::Zip => zip_archive::decompress(stored, limit),
            Self::Snappy => xerial::decompress(stored, limit),
            Self::HadoopSnappy => hadoop::decompress(stored, limit),
            Self::Zstd => zstandard::decompress(stored, limit),
        };
        body.map_err(|refused| match refused {
            Refused::Limit => DecompressError::Limit { compression: self, limit },
            Refused::Invalid(source) => DecompressError::Invalid { compression: self, source },
        })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Compression {
    type Err = CompressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
