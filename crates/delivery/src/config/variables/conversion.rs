//! Settings of record format conversion: columns instead of lines.

use super::Variable;

/// In the order of the README.
pub(super) static CONVERSION: [&Variable; 15] = [
    &DATA_FORMAT_CONVERSION,
    &SCHEMA,
    &DESERIALIZER,
    &CASE_INSENSITIVE,
    &CONVERT_DOTS_IN_JSON_KEYS_TO_UNDERSCORES,
    &COLUMN_TO_JSON_KEY_MAPPINGS,
    &TIMESTAMP_FORMATS,
    &UNKNOWN_FIELDS,
    &PARQUET_COMPRESSION,
    &PARQUET_COMPRESSION_LEVEL,
    &PARQUET_WRITER_VERSION,
    &PARQUET_TIMESTAMP_TYPE,
    &PARQUET_ENABLE_DICTIONARY_COMPRESSION,
    &PARQUET_BLOCK_SIZE_BYTES,
    &PARQUET_PAGE_SIZE_BYTES,
];

/// What is set for a conversion alone. The schema is not: it tells of JSON lines as well.
#[cfg(feature = "columns")]
pub(in crate::config) fn of_conversion() -> Vec<&'static Variable> {
    CONVERSION.into_iter().filter(|own| ![DATA_FORMAT_CONVERSION.key, SCHEMA.key].contains(&own.key)).collect()
}

/// Firehose's `DataFormatConversionConfiguration.Enabled`.
pub static DATA_FORMAT_CONVERSION: Variable = Variable {
    name: "PENSTOCK_DATA_FORMAT_CONVERSION",
    key: "data_format_conversion",
    default: Some("Disabled"),
    expected: "Enabled or Disabled",
    example: "Enabled",
    beside: &[A_SCHEMA],
    doc: "`Enabled`: data objects are Parquet, a row a JSON object, by the columns of `schema`. A record that does not fit goes \
          to the error output alone, `format-conversion-failed`.",
};

/// The columns.
pub static SCHEMA: Variable = Variable {
    name: "PENSTOCK_SCHEMA",
    key: "schema",
    default: None,
    expected: "columns as `aws glue get-table` prints them, or file:// and a path beside the environment file",
    example: "[{\"Name\": \"id\", \"Type\": \"bigint\"}]",
    beside: &[ENABLED],
    doc: "The columns, as `aws glue get-table` prints a table: `file://clicks.schema.json`. Hive's types, nested ones too. Partition \
          keys of the table are no columns of its files.",
};

/// Firehose's `Deserializer`.
pub static DESERIALIZER: Variable = Variable {
    name: "PENSTOCK_DESERIALIZER",
    key: "deserializer",
    default: Some("OpenXJsonSerDe"),
    expected: "OpenXJsonSerDe or HiveJsonSerDe",
    example: "HiveJsonSerDe",
    beside: &[ENABLED, A_SCHEMA],
    doc: "How JSON becomes values, as Firehose has it: `OpenXJsonSerDe`, which is lenient, or `HiveJsonSerDe`.",
};

/// `OpenXJsonSerDe.CaseInsensitive`.
pub static CASE_INSENSITIVE: Variable = Variable {
    name: "PENSTOCK_CASE_INSENSITIVE",
    key: "case_insensitive",
    default: Some("true"),
    expected: "true or false",
    example: "false",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`CaseInsensitive` of `OpenXJsonSerDe`: names in records are taken in lower-case letters, as Glue has columns.",
};

/// `OpenXJsonSerDe.ConvertDotsInJsonKeysToUnderscores`.
pub static CONVERT_DOTS_IN_JSON_KEYS_TO_UNDERSCORES: Variable = Variable {
    name: "PENSTOCK_CONVERT_DOTS_IN_JSON_KEYS_TO_UNDERSCORES",
    key: "convert_dots_in_json_keys_to_underscores",
    default: Some("false"),
    expected: "true or false",
    example: "true",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`ConvertDotsInJsonKeysToUnderscores` of `OpenXJsonSerDe`: the name `a.b` of a record is the column `a_b`.",
};

/// `OpenXJsonSerDe.ColumnToJsonKeyMappings`.
pub static COLUMN_TO_JSON_KEY_MAPPINGS: Variable = Variable {
    name: "PENSTOCK_COLUMN_TO_JSON_KEY_MAPPINGS",
    key: "column_to_json_key_mappings",
    default: None,
    expected: "a JSON object of names of columns and names in records",
    example: "{\"id\": \"ID\"}",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`ColumnToJsonKeyMappings` of `OpenXJsonSerDe`: a column whose name in records is another.",
};

/// `HiveJsonSerDe.TimestampFormats`.
pub static TIMESTAMP_FORMATS: Variable = Variable {
    name: "PENSTOCK_TIMESTAMP_FORMATS",
    key: "timestamp_formats",
    default: None,
    expected: "a JSON array of Joda patterns or \"millis\"",
    example: "[\"yyyy-MM-dd HH:mm\", \"millis\"]",
    beside: &[("deserializer", "HiveJsonSerDe"), ENABLED, A_SCHEMA],
    doc: "`TimestampFormats` of `HiveJsonSerDe`, in the order in which they are tried. By default `yyyy-MM-dd HH:mm:ss` with \
          fractions.",
};

/// What becomes of fields that the schema does not have.
pub static UNKNOWN_FIELDS: Variable = Variable {
    name: "PENSTOCK_UNKNOWN_FIELDS",
    key: "unknown_fields",
    default: Some("ignore"),
    expected: "ignore, count or refuse",
    example: "refuse",
    beside: &[ENABLED, A_SCHEMA],
    doc: "Fields that the schema does not have: `ignore`, as Firehose does; `count`, the same with a metric `UnknownFields`; \
          `refuse`, the record goes to the error output.",
};

/// `ParquetSerDe.Compression`.
pub static PARQUET_COMPRESSION: Variable = Variable {
    name: "PENSTOCK_PARQUET_COMPRESSION",
    key: "parquet_compression",
    default: Some("SNAPPY"),
    expected: "SNAPPY, GZIP, ZSTD, LZ4 or UNCOMPRESSED",
    example: "ZSTD",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`Compression` of `ParquetSerDe`: `SNAPPY`, `GZIP`, `UNCOMPRESSED`; and `ZSTD` and `LZ4`, which Firehose lacks.",
};

/// How hard the compression of columns tries.
pub static PARQUET_COMPRESSION_LEVEL: Variable = Variable {
    name: "PENSTOCK_PARQUET_COMPRESSION_LEVEL",
    key: "parquet_compression_level",
    default: None,
    expected: "a whole number, 0 to 9 with GZIP, 1 to 22 with ZSTD",
    example: "3",
    beside: &[("parquet_compression", "ZSTD"), ENABLED, A_SCHEMA],
    doc: "How hard `parquet_compression` tries: 0 to 9 with `GZIP` (6 unless set), 1 to 22 with `ZSTD` (1 unless set).",
};

/// `ParquetSerDe.WriterVersion`.
pub static PARQUET_WRITER_VERSION: Variable = Variable {
    name: "PENSTOCK_PARQUET_WRITER_VERSION",
    key: "parquet_writer_version",
    default: Some("V1"),
    expected: "V1 or V2",
    example: "V2",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`WriterVersion` of `ParquetSerDe`.",
};

/// How timestamps lie in the file.
pub static PARQUET_TIMESTAMP_TYPE: Variable = Variable {
    name: "PENSTOCK_PARQUET_TIMESTAMP_TYPE",
    key: "parquet_timestamp_type",
    default: Some("INT96"),
    expected: "INT96, TIMESTAMP_MILLIS or TIMESTAMP_MICROS",
    example: "TIMESTAMP_MICROS",
    beside: &[ENABLED, A_SCHEMA],
    doc: "How timestamps lie in the file: `INT96`, as Hive writes them, to the nanosecond; `TIMESTAMP_MILLIS` or `TIMESTAMP_MICROS`, as \
          newer writers do.",
};

/// `ParquetSerDe.EnableDictionaryCompression`.
pub static PARQUET_ENABLE_DICTIONARY_COMPRESSION: Variable = Variable {
    name: "PENSTOCK_PARQUET_ENABLE_DICTIONARY_COMPRESSION",
    key: "parquet_enable_dictionary_compression",
    default: Some("true"),
    expected: "true or false",
    example: "false",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`EnableDictionaryCompression` of `ParquetSerDe`.",
};

/// `ParquetSerDe.BlockSizeBytes`.
pub static PARQUET_BLOCK_SIZE_BYTES: Variable = Variable {
    name: "PENSTOCK_PARQUET_BLOCK_SIZE_BYTES",
    key: "parquet_block_size_bytes",
    default: Some("268435456"),
    expected: "a whole number from 67108864 to 2147483647",
    example: "134217728",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`BlockSizeBytes` of `ParquetSerDe`, which is above what a batch can have: an object has one row group.",
};

/// `ParquetSerDe.PageSizeBytes`.
pub static PARQUET_PAGE_SIZE_BYTES: Variable = Variable {
    name: "PENSTOCK_PARQUET_PAGE_SIZE_BYTES",
    key: "parquet_page_size_bytes",
    default: Some("1048576"),
    expected: "a whole number from 65536 to 2147483647",
    example: "65536",
    beside: &[ENABLED, A_SCHEMA],
    doc: "`PageSizeBytes` of `ParquetSerDe`.",
};

const ENABLED: (&str, &str) = ("data_format_conversion", "Enabled");
const A_SCHEMA: (&str, &str) = ("schema", "[{\"Name\": \"id\", \"Type\": \"bigint\"}]");
