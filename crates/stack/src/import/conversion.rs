//! `DataFormatConversionConfiguration`: held against Firehose's rules, and written with the table that is given beside it.
//! Firehose looks the table up in Glue whenever it writes; here it is a file, which changes when somebody changes it.

use std::ops::RangeInclusive;

use penstock_delivery::config::{FILE_SCHEME, Schema};

use super::ImportError;
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::{Fields, rule};
use super::limits::{BLOCK_SIZE_BYTES_MIN, PAGE_SIZE_BYTES_MIN, ROW_INDEX_STRIDE_MIN, STRIPE_SIZE_BYTES_MIN};

const FIELD: &str = "DataFormatConversionConfiguration";

/// What must be there when it is on.
const PARTS: [&str; 3] = ["SchemaConfiguration", "InputFormatConfiguration", "OutputFormatConfiguration"];

/// A share: the model.
const SHARE: RangeInclusive<f64> = 0.0..=1.0;

/// A conversion that is on.
#[derive(Debug)]
pub(super) struct Conversion<'v> {
    database: Option<&'v str>,
    table: Option<&'v str>,
    /// Settings of the deserializer and of the Parquet writer: fields, keys and values as TOML writes them.
    settings: Vec<(String, &'static str, String)>,
    format: Option<&'static str>,
}

/// The conversion, where it is on. Its `Enabled` is on where it is not set, other than that of the processors.
pub(super) fn read<'v>(destination: &mut Fields<'v>, draft: &mut Draft) -> Result<Option<Conversion<'v>>, ImportError> {
    let Some(mut fields) = destination.object(FIELD)? else { return Ok(None) };
    let is_enabled = fields.boolean("Enabled")?.unwrap_or(true);
    for part in PARTS {
        if is_enabled && !fields.has(part) {
            return Err(rule(format!("{part} must not be null"), &fields.path_of(part), "not set"));
        }
    }
    let mut conversion = Conversion { database: None, table: None, settings: Vec::new(), format: None };
    if let Some(mut schema) = fields.object(PARTS[0])? {
        conversion.database = schema.text("DatabaseName")?;
        conversion.table = schema.text("TableName")?;
        schema.within(&["RoleARN", "CatalogId", "Region", "VersionId"]);
        schema.finish(draft);
    }
    read_input(&mut fields, &mut conversion, draft)?;
    read_output(&mut fields, &mut conversion, draft)?;
    fields.finish(draft);
    if !is_enabled {
        draft.note(FIELD, Outcome::NotNeeded, "Enabled is false");
        return Ok(None);
    }
    Ok(Some(conversion))
}

/// Writes a conversion with the table that is given, and tells whether that took place.
pub(super) fn write(conversion: &Conversion<'_>, name: &str, schema: Option<&str>, draft: &mut Draft) -> bool {
    let refused = |draft: &mut Draft, reason: &str| {
        draft.note(FIELD, Outcome::NoCounterpart, &format!("{reason}: records are written as they are"));
        false
    };
    if conversion.format != Some("Parquet") {
        let format = conversion.format.unwrap_or("columnar");
        return refused(draft, &format!("there is no {format} output, Parquet is the one of columns"));
    }
    let Some(schema) = schema else {
        let of = |name: Option<&str>, word: &str| name.map_or(word.to_owned(), quoted);
        let command = format!(
            "aws glue get-table --database-name {} --name {} > table.json",
            of(conversion.database, "DATABASE"),
            of(conversion.table, "TABLE")
        );
        return refused(draft, &format!("its columns are in Glue: run {command}, and import with --schema table.json"));
    };
    if let Err(error) = Schema::parse(schema) {
        return refused(draft, &error.to_string());
    }
    let path = format!("{name}.schema.json");
    draft.set(FIELD, Table::Delivery, "data_format_conversion", "Enabled");
    let field = format!("{FIELD}.SchemaConfiguration");
    draft.set(&field, Table::Delivery, "schema", &format!("{FILE_SCHEME}{path}"));
    draft.file(path, format!("{}\n", schema.trim_end()));
    for (field, key, value) in &conversion.settings {
        draft.set_value(field, Table::Delivery, key, value);
    }
    true
}

fn read_input<'v>(
    fields: &mut Fields<'v>,
    conversion: &mut Conversion<'v>,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let Some(mut input) = fields.object(PARTS[1])? else { return Ok(()) };
    if let Some(mut deserializer) = input.object("Deserializer")? {
        let open_x = deserializer.object("OpenXJsonSerDe")?;
        let hive = deserializer.object("HiveJsonSerDe")?;
        only_one("deserializer", deserializer.path(), open_x.is_some(), hive.is_some())?;
        if let Some(mut serde) = open_x {
            let flags = [
                ("CaseInsensitive", "case_insensitive"),
                ("ConvertDotsInJsonKeysToUnderscores", "convert_dots_in_json_keys_to_underscores"),
            ];
            for (field, key) in flags {
                if let Some(is_set) = serde.boolean(field)? {
                    conversion.settings.push((serde.path_of(field), key, is_set.to_string()));
                }
            }
            if let Some(mappings) = serde.value("ColumnToJsonKeyMappings") {
                let field = serde.path_of("ColumnToJsonKeyMappings");
                Fields::of(&field, mappings)?;
                conversion.settings.push((field, "column_to_json_key_mappings", quoted(&mappings.to_string())));
            }
            serde.finish(draft);
        }
        if let Some(mut serde) = hive {
            conversion.settings.push((serde.path().to_owned(), "deserializer", quoted("HiveJsonSerDe")));
            let formats = serde.list("TimestampFormats")?;
            if !formats.is_empty() {
                let formats = quoted(&serde_json::Value::from(formats.to_vec()).to_string());
                conversion.settings.push((serde.path_of("TimestampFormats"), "timestamp_formats", formats));
            }
            serde.finish(draft);
        }
        deserializer.finish(draft);
    }
    input.finish(draft);
    Ok(())
}

/// The serializer and its options, where one is said.
fn read_output<'v>(
    fields: &mut Fields<'v>,
    conversion: &mut Conversion<'v>,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let Some(mut output) = fields.object(PARTS[2])? else { return Ok(()) };
    if let Some(mut serializer) = output.object("Serializer")? {
        let parquet = serializer.object("ParquetSerDe")?;
        let orc = serializer.object("OrcSerDe")?;
        only_one("serializer", serializer.path(), parquet.is_some(), orc.is_some())?;
        if let Some(mut serde) = parquet {
            let settings = &mut conversion.settings;
            if let Some(word) = serde.word("Compression", &["UNCOMPRESSED", "GZIP", "SNAPPY"])? {
                settings.push((serde.path_of("Compression"), "parquet_compression", quoted(word)));
            }
            if let Some(word) = serde.word("WriterVersion", &["V1", "V2"])? {
                settings.push((serde.path_of("WriterVersion"), "parquet_writer_version", quoted(word)));
            }
            if let Some(bytes) = serde.integer("BlockSizeBytes", BLOCK_SIZE_BYTES_MIN..=u64::MAX)? {
                settings.push((serde.path_of("BlockSizeBytes"), "parquet_block_size_bytes", bytes.to_string()));
            }
            if let Some(bytes) = serde.integer("PageSizeBytes", PAGE_SIZE_BYTES_MIN..=u64::MAX)? {
                settings.push((serde.path_of("PageSizeBytes"), "parquet_page_size_bytes", bytes.to_string()));
            }
            serde.integer("MaxPaddingBytes", 0..=u64::MAX)?;
            let padding = "S3 has no blocks that anything could be padded to";
            serde.not_needed(&["MaxPaddingBytes"], padding, draft);
            if let Some(is_on) = serde.boolean("EnableDictionaryCompression")? {
                let field = serde.path_of("EnableDictionaryCompression");
                settings.push((field, "parquet_enable_dictionary_compression", is_on.to_string()));
            }
            serde.finish(draft);
            conversion.format = Some("Parquet");
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
            conversion.format = Some("ORC");
        }
        serializer.finish(draft);
    }
    output.finish(draft);
    Ok(())
}

fn only_one(what: &str, path: &str, first: bool, second: bool) -> Result<(), ImportError> {
    if first && second {
        return Err(rule(format!("More than one {what} specified. Only one may be chosen."), path, "both"));
    }
    Ok(())
}
