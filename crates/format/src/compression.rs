//! How an object's body is compressed, and read back.
//!
//! Left out: compression inside a format, such as Parquet's pages.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use flate2::bufread::MultiGzDecoder;
use flate2::{GzBuilder, write::GzEncoder};

use crate::excerpt::excerpt;
use crate::limits::ZSTD_WINDOW_LOG_MAX;

/// The level of gzip: zlib's own default. One of fewer bytes costs much more time, one of less time many more bytes.
const GZIP_LEVEL: u32 = 6;

/// The level of zstd: on log-like data the higher ones are slower and hardly smaller.
const ZSTD_LEVEL: i32 = 1;

/// The operating system byte of a gzip header: 255 is "unknown" (RFC 1952), the same wherever it is built.
const GZIP_OS_UNKNOWN: u8 = 255;

/// Firehose's `CompressionFormat`, as far as it is supported, and zstd, which Firehose lacks.
///
/// `ZIP`, `Snappy` and `HADOOP_SNAPPY` are not supported.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Compression {
    /// The records as they are.
    #[default]
    Uncompressed,
    /// RFC 1952, one member.
    Gzip,
    /// RFC 8878, one frame, with its content's size and checksum.
    Zstd,
}

/// What [`Compression::parse`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("compression format {0} is not one of UNCOMPRESSED, GZIP, ZSTD")]
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
    pub const ALL: [Self; 3] = [Self::Uncompressed, Self::Gzip, Self::Zstd];

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
            Self::Zstd => "ZSTD",
        }
    }

    /// The default file extension, with its dot; empty for none.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Uncompressed => "",
            Self::Gzip => ".gz",
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
            Self::Uncompressed | Self::Gzip | Self::Zstd => None,
        }
    }

    /// The `Content-Encoding` header that Firehose sends, for those who want its objects to the header.
    ///
    /// `zstd` is the registered coding (RFC 8878); Firehose has no such compression.
    pub const fn firehose_content_encoding(self) -> Option<&'static str> {
        match self {
            Self::Uncompressed => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// The stored form of a body. The same body always gives the same bytes from one build.
    ///
    /// gzip: no name, no time, operating system unknown. zstd: content size and checksum set, one thread.
    #[expect(clippy::missing_panics_doc, reason = "the encoders write to memory, with constants for parameters")]
    pub fn compress(self, body: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Uncompressed => body,
            Self::Gzip => gzip(&body).expect("writing to memory cannot fail"),
            Self::Zstd => zstd_frame(&body).expect("the parameters are constants and the buffer fits the worst case"),
        }
    }

    /// The body that was stored. Several gzip members or zstd frames in a row are read as one body.
    ///
    /// Fails if the content has more than `limit` bytes, or if the bytes are not what they were said to be. At most
    /// `limit` bytes and one are ever held, so a small object cannot fill the memory.
    pub fn decompress(self, stored: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
        let body = match self {
            Self::Uncompressed if stored.len() > limit => Err(None),
            Self::Uncompressed => Ok(stored.to_vec()),
            Self::Gzip => read_bounded(MultiGzDecoder::new(stored), limit),
            Self::Zstd => zstd_decoder(stored).map_err(Some).and_then(|decoder| read_bounded(decoder, limit)),
        };
        body.map_err(|failure| match failure {
            None => DecompressError::Limit { compression: self, limit },
            Some(source) => DecompressError::Invalid { compression: self, source },
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

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    // Text shrinks to a fifth or less; the guess saves most of the growing, and being wrong costs only growing.
    let sink = Vec::with_capacity(body.len() / 4 + 64);
    let mut encoder: GzEncoder<Vec<u8>> =
        GzBuilder::new().mtime(0).operating_system(GZIP_OS_UNKNOWN).write(sink, flate2::Compression::new(GZIP_LEVEL));
    io::Write::write_all(&mut encoder, body)?;
    encoder.finish()
}

fn zstd_frame(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
    compressor.include_checksum(true)?;
    compressor.include_contentsize(true)?;
    compressor.compress(body)
}

fn zstd_decoder(stored: &[u8]) -> io::Result<impl Read> {
    // No bytes are no frame, but the decoder takes them for the end of a stream of none.
    if stored.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut decoder = zstd::stream::read::Decoder::with_buffer(stored)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

/// `Err(None)` means more than `limit` bytes.
fn read_bounded(reader: impl Read, limit: usize) -> Result<Vec<u8>, Option<io::Error>> {
    let mut body = Vec::new();
    let one_more = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(one_more).read_to_end(&mut body).map_err(Some)?;
    if body.len() > limit { Err(None) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_the_words_of_firehose() {
        for (name, text, expected) in [
            ("none", "UNCOMPRESSED", Some(Compression::Uncompressed)),
            ("gzip", "GZIP", Some(Compression::Gzip)),
            ("zstd", "ZSTD", Some(Compression::Zstd)),
            ("case", "gzip", None),
            ("zip", "ZIP", None),
            ("snappy", "Snappy", None),
            ("hadoop snappy", "HADOOP_SNAPPY", None),
            ("empty", "", None),
        ] {
            assert_eq!(Compression::parse(text).ok(), expected, "{name}");
        }
        assert_eq!(
            Compression::parse("Snappy").unwrap_err().to_string(),
            "compression format \"Snappy\" is not one of UNCOMPRESSED, GZIP, ZSTD"
        );
    }

    #[test]
    fn every_variant_tells_what_s3_shows() {
        let facts = Compression::ALL.map(|c| (c.extension(), c.content_encoding(), c.firehose_content_encoding()));
        assert_eq!(facts, [("", None, None), (".gz", None, Some("gzip")), (".zst", None, Some("zstd"))]);
    }

    #[test]
    fn d3_headers_hold_no_time_no_name_and_no_machine() {
        let gzip = Compression::Gzip.compress(b"penstock\n".to_vec());
        assert_eq!(gzip[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
        let zstd = Compression::Zstd.compress(b"penstock\n".to_vec());
        // Magic, then a descriptor: single segment (0x20) and checksum (0x04), then the content's size in a byte.
        assert_eq!(zstd[..6], [0x28, 0xb5, 0x2f, 0xfd, 0x24, 9]);
    }

    #[test]
    fn l1_content_over_the_limit_is_refused() {
        let bomb = vec![b'a'; 4 << 20];
        for compression in Compression::ALL {
            let stored = compression.compress(bomb.clone());
            assert_eq!(compression.decompress(&stored, bomb.len()).unwrap(), bomb, "{compression}: at the limit");
            assert!(
                matches!(compression.decompress(&stored, bomb.len() - 1), Err(DecompressError::Limit { .. })),
                "{compression}: over the limit"
            );
        }
    }

    #[test]
    fn several_members_are_one_body_and_damage_is_an_error() {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let first = compression.compress(b"one\n".to_vec());
            let mut both = first.clone();
            both.extend(compression.compress(b"two\n".to_vec()));
            assert_eq!(compression.decompress(&both, 8).unwrap(), b"one\ntwo\n", "{compression}: members");
            let mut damaged = first.clone();
            let at = damaged.len() - 6;
            damaged[at] ^= 0x55;
            for (name, stored) in [
                ("empty", &[][..]),
                ("cut short", &first[..first.len() - 1]),
                ("cut in the second", &both[..both.len() - 1]),
                ("damaged", &damaged),
                ("other bytes", b"not compressed at all"),
            ] {
                let failed = compression.decompress(stored, 1000);
                assert!(matches!(failed, Err(DecompressError::Invalid { .. })), "{compression}, {name}: {failed:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_stored_bytes_make_it_panic(stored in proptest::collection::vec(any::<u8>(), 0..200), at in 0..40_usize) {
            for compression in [Compression::Gzip, Compression::Zstd] {
                let _ = compression.decompress(&stored, 1000);
                let mut damaged = compression.compress(b"some text, some text, some text\n".to_vec());
                let at = at % damaged.len();
                damaged.splice(at..=at, stored.iter().copied().take(3));
                if let Ok(body) = compression.decompress(&damaged, 1000) {
                    prop_assert!(body.len() <= 1000);
                }
            }
        }

        #[test]
        fn f1_every_body_comes_back(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
            for compression in Compression::ALL {
                let stored = compression.compress(body.clone());
                prop_assert_eq!(compression.decompress(&stored, body.len()).unwrap(), body.as_slice());
                prop_assert_eq!(compression.compress(body.clone()), stored, "d3: twice the same bytes");
            }
        }
    }
}
