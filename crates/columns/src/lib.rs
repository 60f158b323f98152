//! From JSON records to the bytes of a Parquet file, by a schema as AWS Glue writes it: what Firehose calls record
//! format conversion.
//!
//! A [`Schema`] is what `aws glue get-table` prints, a [`JsonSerDe`] says how records are read, [`WriterOptions`] how the
//! file is written. A [`Layout`] is both, compiled, and a [`Columns`] takes records: it goes once over the bytes of
//! each and appends every value to the buffer of its column, so that no row is ever built. With the feature `parquet`
//! `Columns::finish` writes the buffers as a file; without it what is known is which records fit.
//!
//! **Invariant:** nothing here knows a clock, a random number, the environment, a file or a network. The same records
//! give the same bytes, whenever and wherever they are written. A record that does not fit leaves no trace.

#![cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "it is the writer who takes what was shredded"))]

mod coerce;
mod column_codec;
mod columns;
mod decimal;
#[cfg(feature = "parquet")]
mod dictionary;
mod hive_json_serde;
mod hive_type;
mod joda_pattern;
mod json_serde;
mod json_text;
mod layout;
mod leaf;
pub mod limits;
mod open_x_json_serde;
#[cfg(feature = "parquet")]
mod parquet_file;
#[cfg(feature = "parquet")]
mod parquet_schema;
mod row_error;
mod schema;
mod shred;
mod timestamp;
mod unknown_fields;
mod writer_options;

pub use column_codec::{ColumnCodec, ColumnCodecError, ColumnCompression};
pub use columns::{Columns, Pushed};
pub use hive_json_serde::{HiveJsonSerDe, TimestampFormat};
pub use hive_type::{DecimalType, HiveType, HiveTypeError, StructField};
pub use joda_pattern::{JodaPattern, JodaPatternError};
pub use json_serde::{JsonSerDe, JsonSerDeError};
pub use layout::Layout;
pub use open_x_json_serde::OpenXJsonSerDe;
#[cfg(feature = "parquet")]
pub use parquet_file::WriteError;
pub use row_error::{RowError, RowErrorCode};
pub use schema::{Column, Schema, SchemaError};
pub use unknown_fields::{UnknownFields, UnknownFieldsError};
pub use writer_options::{
    BlockSize, Dictionary, MaxPadding, PageSize, TimestampType, WriterOptions, WriterOptionsError, WriterVersion,
};
