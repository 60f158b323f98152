//! Every limit, with its source.

/// Leaves of one schema at most: columns, and what nested ones are made of. Ours: far above tables that people query,
/// and low enough that an object's buffers stay small.
pub const LEAVES_MAX: usize = 10_000;

/// Types within types at most, the outermost counted. Ours: it bounds the stack that a record takes, and stays far
/// below the recursion limit of `serde_json` (128).
pub const NESTING_MAX: usize = 32;

/// Bytes of one column's type at most.
///
/// Source: AWS Glue API, `Column`, `Type`: `ColumnTypeString`, at most 131072 long.
pub const TYPE_BYTES_MAX: usize = 131_072;

/// Characters of a column's name, or of a field's in a struct, at most.
///
/// Source: AWS Glue API, `NameString`: 1 to 255.
pub const NAME_CHARACTERS_MAX: usize = 255;

/// Digits of a decimal at most.
///
/// Source: Hive, `HiveDecimal.MAX_PRECISION`.
pub const DECIMAL_PRECISION_MAX: u8 = 38;

/// The `n` of `char(n)` at most.
///
/// Source: Hive, `HiveChar.MAX_CHAR_LENGTH`.
pub const CHAR_CHARACTERS_MAX: u16 = 255;

/// The `n` of `varchar(n)` at most.
///
/// Source: Hive, `HiveVarchar.MAX_VARCHAR_LENGTH`.
pub const VARCHAR_CHARACTERS_MAX: u16 = 65_535;

/// Bytes of one record at most.
///
/// Source: Amazon Data Firehose, record format conversion: about 32 MB a row in practice.
pub const RECORD_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Values and nulls of one record in all of its columns at most: each object has one in every leaf of its struct, also where it
/// says nothing. Ours: a record of many empty objects would else be gigabytes.
pub const LEVELS_PER_RECORD_MAX: usize = 8 * 1024 * 1024;

/// Characters of a name from a record that an error shows.
pub const EXCERPT_CHARACTERS_MAX: usize = 64;

/// Characters of a column's path that an error shows.
pub const PATH_CHARACTERS_MAX: usize = 256;

/// `BlockSizeBytes` at least.
///
/// Source: Amazon Data Firehose API, `ParquetSerDe`.
pub const BLOCK_SIZE_BYTES_MIN: u64 = 64 * 1024 * 1024;

/// `PageSizeBytes` at least.
///
/// Source: Amazon Data Firehose API, `ParquetSerDe`.
pub const PAGE_SIZE_BYTES_MIN: u64 = 64 * 1024;

/// `BlockSizeBytes`, `PageSizeBytes` and `MaxPaddingBytes` at most.
///
/// Source: they are 32 bit integers in Firehose's API, and sizes of pages are in Parquet's format.
pub const SIZE_BYTES_MAX: u64 = 2_147_483_647;

/// Joda patterns at most. Ours: each is tried on a value in turn.
pub const TIMESTAMP_FORMATS_MAX: usize = 20;
