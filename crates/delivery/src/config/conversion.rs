//! How record format conversion is set: columns instead of lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use penstock_columns::{
    BlockSize, ColumnCodec, ColumnCompression, Dictionary, HiveJsonSerDe, JsonSerDe, Layout, OpenXJsonSerDe, PageSize,
    Schema, TimestampFormat, TimestampType, UnknownFields, WriterOptions, WriterVersion,
};
use penstock_format::{Compression, Envelope, Lines};

use super::partitioning::SWITCH;
use super::variables as v;
use super::written::{Written, one_of};
use super::{ConfigError, Variable};

/// Record format conversion: data objects are Parquet.
#[derive(Debug, Clone)]
pub struct Conversion {
    /// The columns.
    pub schema: Arc<Schema>,
    /// How the file is written.
    pub options: WriterOptions,
    /// Whether fields that no column takes are counted.
    pub counts_unknown_fields: bool,
    /// What is done with the JSON of records.
    pub layout: Arc<Layout>,
}

/// `true` and `false`.
const FLAG: [(&str, bool); 2] = [("true", true), ("false", false)];

/// The two deserializers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deserializer {
    OpenX,
    Hive,
}

const DESERIALIZERS: [(&str, Deserializer); 2] =
    [("OpenXJsonSerDe", Deserializer::OpenX), ("HiveJsonSerDe", Deserializer::Hive)];

const VERSIONS: [(&str, WriterVersion); 2] = [("V1", WriterVersion::V1), ("V2", WriterVersion::V2)];

const TIMESTAMPS: [(&str, TimestampType); 3] = [
    ("INT96", TimestampType::Int96),
    ("TIMESTAMP_MILLIS", TimestampType::TimestampMillis),
    ("TIMESTAMP_MICROS", TimestampType::TimestampMicros),
];

impl<L: Fn(&'static str) -> Option<String>> Written<L> {
    /// The columns that are known of the records, whether they are written as such or not.
    pub(super) fn schema(&self) -> Result<Option<Arc<Schema>>, ConfigError> {
        self.optional(&v::SCHEMA, |text| Schema::parse(text).map(Arc::new))
    }

    /// The conversion beside lines and envelope as they are set; none where it is off. All of its settings are checked in
    /// either case.
    pub(super) fn conversion(
        &self,
        schema: Option<&Arc<Schema>>,
        lines: &Lines,
        envelope: Option<Envelope>,
    ) -> Result<Option<Conversion>, ConfigError> {
        let is_enabled = self.parse(&v::DATA_FORMAT_CONVERSION, |text| one_of(text, &SWITCH))?;
        let serde = self.json_serde()?;
        let options = self.writer_options()?;
        let unknown_fields = self.parse(&v::UNKNOWN_FIELDS, str::parse::<UnknownFields>)?;
        if !is_enabled {
            self.needs(&v::DATA_FORMAT_CONVERSION, &v::of_conversion())?;
            return Ok(None);
        }
        let schema = schema.ok_or(ConfigError::missing(&v::SCHEMA))?;
        if lines.compression.compression() != Compression::Uncompressed {
            // Firehose's own words.
            let problem = "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is \
                           enabled: parquet_compression is that of the columns";
            return Err(ConfigError::invalid(&v::COMPRESSION_FORMAT, &problem));
        }
        for (variable, is_set) in [
            (&v::ENVELOPE, envelope.is_some()),
            (&v::FRAMING, self.set(&v::FRAMING).is_some_and(|framing| framing != "none")),
            (&v::DELIMITER, self.set(&v::DELIMITER).is_some()),
        ] {
            if is_set {
                let problem = "it is set, but data_format_conversion writes rows and no lines: expected none beside it";
                return Err(ConfigError::invalid(variable, &problem));
            }
        }
        Conversion::new(Arc::clone(schema), serde, unknown_fields, options).map(Some)
    }

    fn json_serde(&self) -> Result<JsonSerDe, ConfigError> {
        let kind = self.parse(&v::DESERIALIZER, |text| one_of(text, &DESERIALIZERS))?;
        let case_insensitive = self.parse(&v::CASE_INSENSITIVE, |text| one_of(text, &FLAG))?;
        let dots = self.parse(&v::CONVERT_DOTS_IN_JSON_KEYS_TO_UNDERSCORES, |text| one_of(text, &FLAG))?;
        let mappings = self.optional(&v::COLUMN_TO_JSON_KEY_MAPPINGS, json::<BTreeMap<String, String>>)?;
        let formats = self.optional(&v::TIMESTAMP_FORMATS, json::<Vec<TimestampFormat>>)?;
        let is_open_x = kind == Deserializer::OpenX;
        let others: &[&'static Variable] = if is_open_x {
            &[&v::TIMESTAMP_FORMATS]
        } else {
            &[&v::CASE_INSENSITIVE, &v::CONVERT_DOTS_IN_JSON_KEYS_TO_UNDERSCORES, &v::COLUMN_TO_JSON_KEY_MAPPINGS]
        };
        if let Some(other) = others.iter().find(|other| self.set(other).is_some()) {
            let problem = format!(
                "it is an option of the other deserializer than {}",
                self.text(&v::DESERIALIZER).unwrap_or_default()
            );
            return Err(ConfigError::invalid(other, &problem));
        }
        Ok(match kind {
            Deserializer::OpenX => JsonSerDe::OpenX(OpenXJsonSerDe {
                case_insensitive,
                convert_dots_in_json_keys_to_underscores: dots,
                column_to_json_key_mappings: mappings.unwrap_or_default(),
            }),
            Deserializer::Hive => JsonSerDe::Hive(HiveJsonSerDe { timestamp_formats: formats.unwrap_or_default() }),
        })
    }

    fn writer_options(&self) -> Result<WriterOptions, ConfigError> {
        let compression = self.parse(&v::PARQUET_COMPRESSION, |text| {
            let expected = v::PARQUET_COMPRESSION.expected;
            ColumnCompression::from_name(text)
                .ok_or_else(|| format!("{} is not {expected}", penstock_format::excerpt(text)))
        })?;
        let level = self.optional(&v::PARQUET_COMPRESSION_LEVEL, |text| whole(text, &v::PARQUET_COMPRESSION_LEVEL))?;
        let level = level.map(|level| u64::try_from(level).unwrap_or(u64::MAX));
        let codec = ColumnCodec::new(compression, level)
            .map_err(|error| ConfigError::invalid(&v::PARQUET_COMPRESSION_LEVEL, &error))?;
        let size = |variable| self.parse(variable, |text| whole(text, variable));
        let block_size = BlockSize::new(size(&v::PARQUET_BLOCK_SIZE_BYTES)?)
            .map_err(|error| ConfigError::invalid(&v::PARQUET_BLOCK_SIZE_BYTES, &error))?;
        let page_size = PageSize::new(size(&v::PARQUET_PAGE_SIZE_BYTES)?)
            .map_err(|error| ConfigError::invalid(&v::PARQUET_PAGE_SIZE_BYTES, &error))?;
        let has_dictionary = self.parse(&v::PARQUET_ENABLE_DICTIONARY_COMPRESSION, |text| one_of(text, &FLAG))?;
        Ok(WriterOptions {
            codec,
            block_size,
            page_size,
            dictionary: if has_dictionary { Dictionary::Enabled } else { Dictionary::Disabled },
            version: self.parse(&v::PARQUET_WRITER_VERSION, |text| one_of(text, &VERSIONS))?,
            timestamps: self.parse(&v::PARQUET_TIMESTAMP_TYPE, |text| one_of(text, &TIMESTAMPS))?,
            ..WriterOptions::default()
        })
    }
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{}: {error}", penstock_format::excerpt(text)))
}

fn whole(text: &str, variable: &Variable) -> Result<i128, String> {
    text.parse().map_err(|_| format!("{} is not {}", penstock_format::excerpt(text), variable.expected))
}

impl Conversion {
    fn new(
        schema: Arc<Schema>,
        serde: JsonSerDe,
        unknown_fields: UnknownFields,
        options: WriterOptions,
    ) -> Result<Self, ConfigError> {
        let layout = Layout::new(Schema::clone(&schema), serde, unknown_fields)
            .map_err(|error| ConfigError::invalid(&v::SCHEMA, &error))?;
        let counts_unknown_fields = unknown_fields == UnknownFields::Count;
        Ok(Self { schema, options, counts_unknown_fields, layout: Arc::new(layout) })
    }
}
