//! `ParquetSerDe`: how the file is written.

use serde::Deserialize;

use crate::column_codec::{ColumnCodec, ColumnCodecError, ColumnCompression};
use crate::limits::{BLOCK_SIZE_BYTES_MIN, EXCERPT_CHARACTERS_MAX, PAGE_SIZE_BYTES_MIN, SIZE_BYTES_MAX};

/// Firehose's `ParquetSerDe`, and what it has not: levels, two more compressions, and the type of timestamps.
///
/// Its words are `Compression`, `BlockSizeBytes`, `PageSizeBytes`, `EnableDictionaryCompression`, `MaxPaddingBytes` and
/// `WriterVersion`; ours `CompressionLevel` and `TimestampType`. Read with serde; a word that is none of these, and a
/// value beyond its limits, is refused and the limits are told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "ParquetSerDe")]
pub struct WriterOptions {
    /// How pages are compressed. Default: SNAPPY.
    pub codec: ColumnCodec,
    /// How much of the records' values a row group holds. Default: 256 MiB.
    pub block_size: BlockSize,
    /// What a page holds before it is compressed. Default: 1 MiB.
    pub page_size: PageSize,
    /// Whether values that come again are written once. Default: yes, as in parquet-mr; Firehose does not say.
    pub dictionary: Dictionary,
    /// Padding between row groups. Default: none.
    pub max_padding: MaxPadding,
    /// The version of pages and encodings. Default: V1.
    pub version: WriterVersion,
    /// What a `timestamp` becomes. Default: INT96.
    pub timestamps: TimestampType,
}

/// Bytes of a row group: [`BLOCK_SIZE_BYTES_MIN`] to [`SIZE_BYTES_MAX`].
///
/// What is counted are the values while they lie in memory, so that a row group in the file is at most as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSize(u64);

/// Bytes of a page: [`PAGE_SIZE_BYTES_MIN`] to [`SIZE_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u64);

/// Bytes of padding at most: 0 to [`SIZE_BYTES_MAX`].
///
/// Without effect: it lets row groups of a file in HDFS begin where blocks do, and S3 has no blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MaxPadding(u64);

/// Whether values that come again are written once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dictionary {
    /// In columns whose first values promise that it pays.
    #[default]
    Enabled,
    /// Never.
    Disabled,
}

/// The version of pages and encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriterVersion {
    /// What every reader reads.
    #[default]
    V1,
    /// Denser; some readers still do not take it.
    V2,
}

/// What a `timestamp` becomes; the words are Spark's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TimestampType {
    /// Nanoseconds, as Hive, parquet-mr and Firehose write them. Without statistics: Parquet has none for this type.
    #[default]
    Int96,
    /// Milliseconds since 1970, UTC; what is finer is cut off.
    TimestampMillis,
    /// Microseconds since 1970, UTC; what is finer is cut off.
    TimestampMicros,
}

/// A value that an option does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriterOptionsError {
    /// A word that is none.
    #[error("{option} is {value:?}, expected {expected}")]
    NoWord {
        /// The option.
        option: &'static str,
        /// What it was given, bounded.
        value: String,
        /// Its words.
        expected: &'static str,
    },
    /// A size beyond its limits.
    #[error("{option} is {value}, expected {min} to {SIZE_BYTES_MAX} bytes")]
    OutOfRange {
        /// The option.
        option: &'static str,
        /// What it was given.
        value: i128,
        /// The least it may be.
        min: u64,
    },
    /// A level that the compression does not have.
    #[error("CompressionLevel: {0}")]
    Level(#[from] ColumnCodecError),
}

fn within(option: &'static str, value: i128, min: u64) -> Result<u64, WriterOptionsError> {
    u64::try_from(value)
        .ok()
        .filter(|value| (min..=SIZE_BYTES_MAX).contains(value))
        .ok_or(WriterOptionsError::OutOfRange { option, value, min })
}

impl BlockSize {
    /// Fails beyond the limits.
    pub fn new(bytes: i128) -> Result<Self, WriterOptionsError> {
        within("BlockSizeBytes", bytes, BLOCK_SIZE_BYTES_MIN).map(Self)
    }

    /// Bytes of a row group.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl Default for BlockSize {
    fn default() -> Self {
        Self(256 * 1024 * 1024)
    }
}

impl PageSize {
    /// Fails beyond the limits.
    pub fn new(bytes: i128) -> Result<Self, WriterOptionsError> {
        within("PageSizeBytes", bytes, PAGE_SIZE_BYTES_MIN).map(Self)
    }

    /// Bytes of a page.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(1024 * 1024)
    }
}

impl MaxPadding {
    /// Fails beyond the limits.
    pub fn new(bytes: i128) -> Result<Self, WriterOptionsError> {
        within("MaxPaddingBytes", bytes, 0).map(Self)
    }

    /// Bytes at most.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// The options as they are written.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ParquetSerDe {
    compression: Option<String>,
    compression_level: Option<u64>,
    block_size_bytes: Option<i64>,
    page_size_bytes: Option<i64>,
    enable_dictionary_compression: Option<bool>,
    max_padding_bytes: Option<i64>,
    writer_version: Option<String>,
    timestamp_type: Option<String>,
}

impl TryFrom<ParquetSerDe> for WriterOptions {
    type Error = WriterOptionsError;

    fn try_from(written: ParquetSerDe) -> Result<Self, Self::Error> {
        let compression = word(
            "Compression",
            written.compression,
            "UNCOMPRESSED, GZIP, SNAPPY, ZSTD or LZ4",
            ColumnCompression::from_name,
        )?;
        let version = word("WriterVersion", written.writer_version, "V1 or V2", |name| match name {
            "V1" => Some(WriterVersion::V1),
            "V2" => Some(WriterVersion::V2),
            _ => None,
        })?;
        let types = "INT96, TIMESTAMP_MILLIS or TIMESTAMP_MICROS";
        let timestamps = word("TimestampType", written.timestamp_type, types, |name| match name {
            "INT96" => Some(TimestampType::Int96),
            "TIMESTAMP_MILLIS" => Some(TimestampType::TimestampMillis),
            "TIMESTAMP_MICROS" => Some(TimestampType::TimestampMicros),
            _ => None,
        })?;
        let or_default = |size: Option<i64>| size.map(i128::from);
        Ok(Self {
            codec: ColumnCodec::new(compression, written.compression_level)?,
            block_size: or_default(written.block_size_bytes).map(BlockSize::new).transpose()?.unwrap_or_default(),
            page_size: or_default(written.page_size_bytes).map(PageSize::new).transpose()?.unwrap_or_default(),
            dictionary: match written.enable_dictionary_compression {
                Some(true) | None => Dictionary::Enabled,
                Some(false) => Dictionary::Disabled,
            },
            max_padding: or_default(written.max_padding_bytes).map(MaxPadding::new).transpose()?.unwrap_or_default(),
            version,
            timestamps,
        })
    }
}

/// What `value` names, or the default where there is none.
fn word<T: Default>(
    option: &'static str,
    value: Option<String>,
    expected: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, WriterOptionsError> {
    let Some(value) = value else { return Ok(T::default()) };
    read(&value).ok_or_else(|| {
        let value = value.chars().take(EXCERPT_CHARACTERS_MAX).collect();
        WriterOptionsError::NoWord { option, value, expected }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_firehoses_words() {
        let read = |text: &str| serde_json::from_str::<WriterOptions>(text).unwrap();
        assert_eq!(read("{}"), WriterOptions::default());
        let all = r#"{"Compression": "ZSTD", "CompressionLevel": 3, "BlockSizeBytes": 67108864, "PageSizeBytes": 65536,
            "EnableDictionaryCompression": false, "MaxPaddingBytes": 8, "WriterVersion": "V2",
            "TimestampType": "TIMESTAMP_MICROS"}"#;
        let expected = WriterOptions {
            codec: ColumnCodec::new(ColumnCompression::Zstd, Some(3)).unwrap(),
            block_size: BlockSize::new(67_108_864).unwrap(),
            page_size: PageSize::new(65_536).unwrap(),
            dictionary: Dictionary::Disabled,
            max_padding: MaxPadding::new(8).unwrap(),
            version: WriterVersion::V2,
            timestamps: TimestampType::TimestampMicros,
        };
        assert_eq!(read(all), expected);
        let defaults = WriterOptions::default();
        assert_eq!((defaults.codec.compression(), defaults.codec.level()), (ColumnCompression::Snappy, None));
        assert_eq!((defaults.block_size.bytes(), defaults.page_size.bytes()), (268_435_456, 1_048_576));
        assert_eq!(defaults.max_padding.bytes(), 0);
    }

    #[test]
    fn values_beyond_their_limits_are_refused() {
        for (text, error) in [
            (
                r#"{"Compression": "snappy"}"#,
                "Compression is \"snappy\", expected UNCOMPRESSED, GZIP, SNAPPY, ZSTD or LZ4",
            ),
            (r#"{"WriterVersion": "V3"}"#, "WriterVersion is \"V3\", expected V1 or V2"),
            (r#"{"TimestampType": "INT64"}"#, "TimestampType is \"INT64\", expected INT96, TIMESTAMP_MILLIS or "),
            (r#"{"BlockSizeBytes": 67108863}"#, "BlockSizeBytes is 67108863, expected 67108864 to 2147483647 bytes"),
            (r#"{"PageSizeBytes": 2147483648}"#, "PageSizeBytes is 2147483648, expected 65536 to 2147483647 bytes"),
            (r#"{"MaxPaddingBytes": -1}"#, "MaxPaddingBytes is -1, expected 0 to 2147483647 bytes"),
            (
                r#"{"CompressionLevel": 1}"#,
                "CompressionLevel: level 1 is set, but SNAPPY has no levels: expected GZIP or",
            ),
            (
                r#"{"Compression": "GZIP", "CompressionLevel": 10}"#,
                "CompressionLevel: 10 is not a level of GZIP, expected a whole number from 0 to 9",
            ),
            (r#"{"Codec": 1}"#, "unknown field `Codec`, expected one of `Compression`, "),
        ] {
            let told = serde_json::from_str::<WriterOptions>(text).expect_err(text).to_string();
            assert!(told.starts_with(error), "{text}: {told}");
        }
    }
}
