//! `DataFormatConversionConfiguration`: held against Firehose's rules, and told of as a whole, because there is no
//! columnar output yet.

use std::ops::RangeInclusive;

use super::ImportError;
use super::draft::{Draft, Outcome};
use super::fields::{Fields, rule};
use super::limits::{BLOCK_SIZE_BYTES_MIN, PAGE_SIZE_BYTES_MIN, ROW_INDEX_STRIDE_MIN, STRIPE_SIZE_BYTES_MIN};

const FIELD: &str = "DataFormatConversionConfiguration";

/// What must be there when it is on.
const PARTS: [&str; 3] = ["SchemaConfiguration", "InputFormatConfiguration", "OutputFormatConfiguration"];

/// A share: the model.
const SHARE: RangeInclusive<f64> = 0.0..=1.0;

/// Whether it is on. Its `Enabled` is on where it is not set, other than that of the processors.
pub(super) fn read(destination: &mut Fields<'_>, draft: &mut Draft) -> Result<bool, ImportError> {
    let Some(mut fields) = destination.object(FIELD)? else { return Ok(false) };
    let is_enabled = fields.boolean("Enabled")?.unwrap_or(true);
    for part in PARTS {
        if is_enabled && !fields.has(part) {
            return Err(rule(format!("{part} must not be null"), &fields.path_of(part), "not set"));
        }
    }
    if let Some(mut schema) = fields.object(PARTS[0])? {
        schema.within(&["RoleARN", "CatalogId", "DatabaseName", "TableName", "Region", "VersionId"]);
        schema.finish(draft);
    }
    read_input(&mut fields, draft)?;
    let format = read_output(&mut fields, draft)?;
    fields.finish(draft);
    if is_enabled {
        let reason =
            format!("there is no {} output yet: records are written as they are", format.unwrap_or("columnar"));
        draft.note(FIELD, Outcome::NoCounterpart, &reason);
    } else {
        draft.note(FIELD, Outcome::NotNeeded, "Enabled is false");
    }
    Ok(is_enabled)
}

fn read_input(fields: &mut Fields<'_>, draft: &mut Draft) -> Result<(), ImportError> {
    let Some(mut input) = fields.object(PARTS[1])? else { return Ok(()) };
    if let Some(mut deserializer) = input.object("Deserializer")? {
        let open_x = deserializer.object("OpenXJsonSerDe")?;
        let hive = deserializer.object("HiveJsonSerDe")?;
        only_one("deserializer", deserializer.path(), open_x.is_some(), hive.is_some())?;
        if let Some(mut serde) = open_x {
            serde.boolean("CaseInsensitive")?;
            serde.boolean("ConvertDotsInJsonKeysToUnderscores")?;
            serde.object("ColumnToJsonKeyMappings")?;
            serde.finish(draft);
        }
        if let Some(mut serde) = hive {
            serde.list("TimestampFormats")?;
            serde.finish(draft);
        }
        deserializer.finish(draft);
    }
    input.finish(draft);
    Ok(())
}

/// The name of the output format, where one is said.
fn read_output(fields: &mut Fields<'_>, draft: &mut Draft) -> Result<Option<&'static str>, ImportError> {
    let Some(mut output) = fields.object(PARTS[2])? else { return Ok(None) };
    let mut format = None;
    if let Some(mut serializer) = output.object("Serializer")? {
        let parquet = serializer.object("ParquetSerDe")?;
        let orc = serializer.object("OrcSerDe")?;
        only_one("serializer", serializer.path(), parquet.is_some(), orc.is_some())?;
        if let Some(mut serde) = parquet {
            serde.word("Compression", &["UNCOMPRESSED", "GZIP", "SNAPPY"])?;
            serde.word("WriterVersion", &["V1", "V2"])?;
            serde.integer("BlockSizeBytes", BLOCK_SIZE_BYTES_MIN..=u64::MAX)?;
            serde.integer("PageSizeBytes", PAGE_SIZE_BYTES_MIN..=u64::MAX)?;
            serde.integer("MaxPaddingBytes", 0..=u64::MAX)?;
            serde.boolean("EnableDictionaryCompression")?;
            serde.finish(draft);
            format = Some("Parquet");
        }
        if let Some(mut serde) = orc {
            serde.word("Compression", &["NONE", "ZLIB", "SNAPPY"])?;
            serde.word("FormatVersion", &["V0_11", "V0_12"])?;
            serde.integer("StripeSizeBytes", STRIPE_SIZE_BYTES_MIN..=u64::MAX)?;
            serde.integer("BlockSizeBytes", BLOCK_SIZE_BYTES_MIN..=u64::MAX)?;
            serde.integer("RowIndexStride", ROW_INDEX_STRIDE_MIN..=u64::MAX)?;
            serde.boolean("EnablePadding")?;
            serde.number("PaddingTolerance", SHARE)?;
            serde.number("BloomFilterFalsePositiveProbability", SHARE)?;
            serde.number("DictionaryKeyThreshold", SHARE)?;
            serde.list("BloomFilterColumns")?;
            serde.finish(draft);
            format = Some("ORC");
        }
        serializer.finish(draft);
    }
    output.finish(draft);
    Ok(format)
}

fn only_one(what: &str, path: &str, first: bool, second: bool) -> Result<(), ImportError> {
    if first && second {
        return Err(rule(format!("More than one {what} specified. Only one may be chosen."), path, "both"));
    }
    Ok(())
}
