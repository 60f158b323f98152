//! The Glue table, by which Athena and others read the bucket as soon as it has an object. Source of the classes: Athena user
//! guide, the pages of both `SerDe`s, that of Parquet and that of JSON; of the properties: Glue's `TableInput`.

use penstock_delivery::config::DeliveryConfig;
use penstock_format::{Compression, Delimiter, Framing};

use super::projection::{FirstDay, Projection};
use crate::environment::Environment;

/// What is asked for: which database, which table, and the first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlueOptions {
    /// The database, which is there already.
    pub database: String,
    /// The table.
    pub table: String,
    /// The first day that queries look for.
    pub first: FirstDay,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlueTable {
    /// `DatabaseName`.
    pub database: String,
    /// `Name`.
    pub name: String,
    /// `Description`.
    pub description: String,
    /// Names and types of the columns.
    pub columns: Vec<(String, String)>,
    /// Names and types of the partition keys.
    pub partition_keys: Vec<(String, String)>,
    /// `Parameters` of the table.
    pub parameters: Vec<(String, String)>,
    /// `Location`.
    pub location: String,
    /// How bytes become values.
    pub format: TableFormat,
}

/// How bytes become values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// Columns.
    Parquet,
    /// A JSON object a line.
    JsonLines,
}

impl TableFormat {
    /// `InputFormat`.
    pub const fn input_format(self) -> &'static str {
        match self {
            Self::Parquet => "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            Self::JsonLines => "org.apache.hadoop.mapred.TextInputFormat",
        }
    }

    /// `OutputFormat`.
    pub const fn output_format(self) -> &'static str {
        match self {
            Self::Parquet => "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            Self::JsonLines => "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        }
    }

    /// `SerializationLibrary`.
    pub const fn serialization_library(self) -> &'static str {
        match self {
            Self::Parquet => "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            Self::JsonLines => "org.openx.data.jsonserde.JsonSerDe",
        }
    }

    const fn classification(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::JsonLines => "json",
        }
    }
}

/// The table's kind: its data is not Glue's.
pub const TABLE_TYPE: &str = "EXTERNAL_TABLE";

/// What is known of a table that can be read: its format and its folders. The error is a reason in words.
pub(crate) fn readable(delivery: &DeliveryConfig, first: FirstDay) -> Result<(TableFormat, Projection), String> {
    if delivery.schema.is_none() {
        return Err("delivery.schema is not set: expected the columns".to_owned());
    }
    let format = match (&delivery.conversion, delivery.lines.framing, delivery.lines.compression.compression()) {
        (Some(_), _, _) => TableFormat::Parquet,
        (
            None,
            Framing::After(Delimiter::NEWLINE),
            Compression::Uncompressed | Compression::Gzip | Compression::Zstd,
        ) => TableFormat::JsonLines,
        (None, _, _) => {
            let problem = "Athena reads no such objects: expected data_format_conversion, or JSON lines (framing after, with a \
                           newline), uncompressed, GZIP or ZSTD";
            return Err(problem.to_owned());
        }
    };
    if format == TableFormat::JsonLines {
        if delivery.envelope.is_some() {
            return Err("delivery.envelope puts what the schema tells of into data: expected none".to_owned());
        }
        // Athena knows how a file is compressed by what its name ends with.
        let (named, is_compressed) = (delivery.extension(), delivery.lines.compression.extension());
        let known = [".gz", ".zst"].into_iter().find(|end| named.ends_with(end)).unwrap_or_default();
        if known != is_compressed {
            return Err(format!(
                "delivery.file_extension is {named:?}, by which Athena does not know how objects are compressed: expected one that \
                 ends with {is_compressed:?}"
            ));
        }
    }
    let projection = Projection::of(delivery.prefix.as_str(), first)?;
    let schema = delivery.schema.as_ref().map(|schema| schema.columns()).unwrap_or_default();
    if let Some(key) =
        projection.keys.iter().find(|key| schema.iter().any(|column| column.name().eq_ignore_ascii_case(&key.name)))
    {
        let problem =
            "is a column and a folder: expected another name for one of them, or the column among the PartitionKeys";
        return Err(format!("{} {problem}", key.name));
    }
    let keys = delivery.schema.as_ref().map(|schema| schema.partition_keys()).unwrap_or_default();
    let is_folder = |name: &str| projection.keys.iter().any(|key| key.name.eq_ignore_ascii_case(name));
    if let Some(key) = keys.iter().find(|key| !is_folder(key.name())) {
        return Err(format!("the schema has the partition key {}, and delivery.prefix has no such folder", key.name()));
    }
    Ok((format, projection))
}

impl GlueTable {
    /// The table of an environment that asks for one; its options were held against its delivery.
    pub(super) fn of(environment: &Environment) -> Option<Self> {
        let options = environment.options.glue.as_ref()?;
        let delivery = &environment.delivery;
        let (format, projection) = readable(delivery, options.first).ok()?;
        let schema = delivery.schema.as_ref()?;
        let root = format!("s3://{}/", delivery.bucket.as_str());
        let head = delivery.prefix.literal_head();
        let folder = &head[..head.rfind('/').map_or(0, |slash| slash + 1)];
        let own = [
            ("EXTERNAL".to_owned(), "TRUE".to_owned()),
            ("classification".to_owned(), format.classification().to_owned()),
            ("projection.enabled".to_owned(), "true".to_owned()),
            ("storage.location.template".to_owned(), format!("{root}{}", projection.template)),
        ];
        let of_keys = projection.keys.iter().flat_map(|key| {
            key.properties.iter().map(|(name, value)| (format!("projection.{}.{name}", key.name), value.clone()))
        });
        let named = |name: &str| schema.partition_keys().iter().find(|column| column.name().eq_ignore_ascii_case(name));
        let hive_type =
            |name: &str, default: &str| named(name).map_or(default.to_owned(), |own| own.hive_type().to_string());
        Some(Self {
            database: options.database.clone(),
            name: options.table.clone(),
            description: format!("What Penstock delivers of the stream {}", environment.stream.name),
            columns: schema
                .columns()
                .iter()
                .map(|column| (column.name().to_owned(), column.hive_type().to_string()))
                .collect(),
            partition_keys: projection
                .keys
                .iter()
                .map(|key| (key.name.clone(), hive_type(&key.name, key.hive_type)))
                .collect(),
            parameters: own.into_iter().chain(of_keys).collect(),
            location: format!("{root}{folder}"),
            format,
        })
    }
}
