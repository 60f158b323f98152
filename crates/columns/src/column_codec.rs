//! How the pages of a file are compressed.

use std::fmt;

/// How the pages of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ColumnCompression {
    /// Not at all.
    Uncompressed,
    /// gzip; levels 0 to 9, 6 unless it is said.
    Gzip,
    /// Raw snappy; Firehose's default.
    #[default]
    Snappy,
    /// Zstandard; levels 1 to 22, 1 unless it is said. Firehose has none.
    Zstd,
    /// Raw LZ4 (`LZ4_RAW` in Parquet's words). Firehose has none.
    Lz4,
}

impl ColumnCompression {
    const ALL: [Self; 5] = [Self::Uncompressed, Self::Gzip, Self::Snappy, Self::Zstd, Self::Lz4];

    /// Firehose's word, or one like it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uncompressed => "UNCOMPRESSED",
            Self::Gzip => "GZIP",
            Self::Snappy => "SNAPPY",
            Self::Zstd => "ZSTD",
            Self::Lz4 => "LZ4",
        }
    }

    /// The compression that `name` names exactly.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|compression| compression.name() == name)
    }

    /// First and last level; none where there is no choice.
    pub const fn levels(self) -> Option<(u8, u8)> {
        match self {
            Self::Gzip => Some((0, 9)),
            Self::Zstd => Some((1, 22)),
            Self::Uncompressed | Self::Snappy | Self::Lz4 => None,
        }
    }

    const fn default_level(self) -> Option<u8> {
        match self {
            Self::Gzip => Some(6),
            // Faster than the levels above it, and on records of JSON as dense as the next ones.
            Self::Zstd => Some(1),
            Self::Uncompressed | Self::Snappy | Self::Lz4 => None,
        }
    }
}

impl fmt::Display for ColumnCompression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A compression at a level that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ColumnCodec {
    compression: ColumnCompression,
    level: Option<u8>,
}

/// A level that a compression does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ColumnCodecError {
    /// There is no choice of levels.
    #[error("level {level} is set, but {compression} has no levels: expected GZIP or ZSTD beside it")]
    NoLevels {
        /// The level asked for.
        level: u64,
        /// The compression.
        compression: ColumnCompression,
    },
    /// There are others.
    #[error("{level} is not a level of {compression}, expected a whole number from {first} to {last}")]
    OutOfRange {
        /// The level asked for.
        level: u64,
        /// The compression.
        compression: ColumnCompression,
        /// Its fastest level.
        first: u8,
        /// Its densest level.
        last: u8,
    },
}

impl ColumnCodec {
    /// `compression` at `level`, or at its default one.
    pub fn new(compression: ColumnCompression, level: Option<u64>) -> Result<Self, ColumnCodecError> {
        let Some(level) = level else { return Ok(compression.into()) };
        let (first, last) = compression.levels().ok_or(ColumnCodecError::NoLevels { level, compression })?;
        match u8::try_from(level).ok().filter(|level| (first..=last).contains(level)) {
            Some(level) => Ok(Self { compression, level: Some(level) }),
            None => Err(ColumnCodecError::OutOfRange { level, compression, first, last }),
        }
    }

    /// How pages are compressed.
    pub const fn compression(self) -> ColumnCompression {
        self.compression
    }

    /// How hard that tries; none where there is no choice.
    pub const fn level(self) -> Option<u8> {
        self.level
    }
}

impl From<ColumnCompression> for ColumnCodec {
    fn from(compression: ColumnCompression) -> Self {
        Self { compression, level: compression.default_level() }
    }
}
