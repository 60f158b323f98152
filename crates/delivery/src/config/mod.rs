//! How to deliver: parsed once, complete and valid.
//!
//! [`DeliveryConfig::parse`] takes a lookup. In the function it is the environment, at the desk the environment file,
//! in tests a map; the same code checks all three. What is written lies in [`variables`], what it means in here.

pub mod attributes;
mod backup;
mod body;
mod bucket_name;
#[cfg(feature = "columns")]
mod conversion;
mod error;
mod files;
#[cfg(not(feature = "columns"))]
mod no_conversion;
mod partitioning;
mod queries;
mod records;
pub mod variables;
mod written;

use std::sync::Arc;

use penstock_format::limits::EVALUATED_PREFIX_CHARACTERS_MAX;
use penstock_format::{
    ArrivalTime, Codec, DeliveryName, Envelope, ErrorOutputPrefix, ErrorOutputType, FileExtension, Framing, Lines,
    NameParts, OBJECT_KEY_BYTES_MAX, ObjectName, Prefix, PrefixError, RandomStrings, SEQUENCE_NUMBER_DIGITS_MAX,
    SequenceNumber, ShardId, TimeZone, Uuid, check_prefixes,
};

use crate::query::TransformQuery;
pub use attributes::ObjectAttributes;
pub use backup::Backup;
pub use bucket_name::BucketName;
#[cfg(feature = "columns")]
pub use conversion::Conversion;
pub use error::ConfigError;
pub use files::{SCHEME as FILE_SCHEME, files_of};
#[cfg(not(feature = "columns"))]
pub use no_conversion::{Conversion, Schema};
pub use partitioning::{PartitionOverflow, Partitioning, Room, ValueEscaping};
#[cfg(feature = "columns")]
pub use penstock_columns::Schema;
pub use records::{Deaggregation, Decompression, SubRecords};
use variables as v;
use variables::Variable;
use written::{Written, one_of};

/// How to deliver. Every field is valid, and all of them fit together.
#[derive(Debug, Clone)]
pub struct DeliveryConfig {
    /// The bucket that takes data and error objects.
    pub bucket: BucketName,
    /// The delivery's name, Firehose's `DeliveryStreamName`: the first part of every object's name.
    pub delivery_name: DeliveryName,
    /// What stands before the name of a data object.
    pub prefix: Prefix,
    /// What stands before the name of an error object.
    pub error_output_prefix: ErrorOutputPrefix,
    /// The zone that keys tell their time in.
    pub time_zone: TimeZone,
    /// What lies in a data object.
    pub lines: Lines,
    /// What stands around each record of a data object; none where records are as they are.
    pub envelope: Option<Envelope>,
    /// The columns of records, where they are known.
    pub schema: Option<Arc<Schema>>,
    /// Data objects as columns; none where they are lines. With it [`Self::lines`] are bare: nothing between records, and
    /// nothing compressed.
    pub conversion: Option<Conversion>,
    /// The extension of data objects, where it is not the format's own.
    pub file_extension: Option<FileExtension>,
    /// The shape of an object's name.
    pub object_name: ObjectName,
    /// Where the ids in the names come from.
    pub object_ids: ObjectIds,
    /// What S3 is told of every object.
    pub attributes: ObjectAttributes,
    /// What becomes of a record without code, after the hooks; none where they alone say it.
    pub transform_query: Option<TransformQuery>,
    /// Objects by what records hold; none where that is off.
    pub partitioning: Option<Partitioning>,
    /// The source backup; none where it is off.
    pub backup: Option<Backup>,
    /// How records are taken apart before the transform.
    pub deaggregation: Deaggregation,
}

/// What objects of columns end with. Source: Firehose's, as measured.
const PARQUET_EXTENSION: &str = ".parquet";

/// What a function may have built in, or not.
pub const FEATURES: [&str; 2] = ["jq", "parquet"];

/// Where the ids in object names come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectIds {
    /// From what the object holds: a retry writes the same key.
    Derived,
    /// Random, as in the post of 2015: a retry writes another key, and doubles.
    Random,
}

impl ObjectIds {
    const ALL: [(&'static str, Self); 2] = [("derived", Self::Derived), ("random", Self::Random)];
}

impl DeliveryConfig {
    /// The configuration that `lookup` holds under the names of [`variables::all`].
    ///
    /// An absent variable and an empty one are the same: the default, or an error where there is none. The first
    /// problem is the error; it names the variable, the value and what was expected.
    pub fn parse(lookup: impl Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::parse_with(lookup, |_| Err("there is no folder to read it from".to_owned()))
    }

    /// The same where values may be files, which `read` reads: by its path below the folder of the environment file, or its
    /// reason in words why it cannot. [`files_of`] tells which.
    pub fn parse_with(
        lookup: impl Fn(&'static str) -> Option<String>,
        read: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Self, ConfigError> {
        let texts = files::read(&lookup, read)?;
        let written = Written(|name| texts.get(name).cloned().or_else(|| lookup(name)));
        Self::of(&written).map_err(|error| match files::path_set(&lookup, error.variable()) {
            Ok(Some(path)) => error.in_file(&path),
            _ => error,
        })
    }

    /// What is written, each value as it is meant.
    fn of<L: Fn(&'static str) -> Option<String>>(written: &Written<L>) -> Result<Self, ConfigError> {
        let mut lines = written.lines()?;
        let (envelope, schema) = (written.envelope()?, written.schema()?);
        let conversion = written.conversion(schema.as_ref(), &lines, envelope)?;
        if conversion.is_some() {
            lines = Lines { framing: Framing::None, compression: Codec::default() };
        }
        let prefix = written.parse(&v::PREFIX, Prefix::parse)?;
        let error_output_prefix = written.error_output_prefix(&prefix)?;
        let bucket = written.parse(&v::BUCKET, BucketName::parse)?;
        let partitioning = Partitioning::parse(written, &prefix)?;
        let attributes = written.attributes()?;
        let backup = Backup::parse(written, &bucket, &prefix, attributes.sse_kms_key_arn.as_ref())?;
        let mut config = Self {
            bucket,
            delivery_name: written.parse(&v::DELIVERY_NAME, DeliveryName::parse)?,
            prefix,
            error_output_prefix,
            time_zone: written.parse(&v::CUSTOM_TIME_ZONE, TimeZone::parse)?,
            lines,
            envelope,
            schema,
            conversion,
            file_extension: written.optional(&v::FILE_EXTENSION, FileExtension::parse)?,
            object_name: written.parse(&v::OBJECT_NAME, ObjectName::parse)?,
            object_ids: written.parse(&v::OBJECT_ID, |text| one_of(text, &ObjectIds::ALL))?,
            attributes,
            transform_query: written.transform_query()?,
            partitioning,
            backup,
            deaggregation: Deaggregation::parse(written)?,
        };
        let room = config.check_longest_key()?;
        if let Some(partitioning) = &mut config.partitioning {
            partitioning.room = room;
            partitioning.check_overflow()?;
        }
        Ok(config)
    }

    /// The extension of data objects, with its dot; empty for none.
    pub fn extension(&self) -> &str {
        let default = if self.conversion.is_some() { PARQUET_EXTENSION } else { self.lines.compression.extension() };
        self.file_extension.as_ref().map_or(default, FileExtension::as_str)
    }

    /// Features of the function that this delivery needs, of [`FEATURES`].
    pub fn features(&self) -> impl Iterator<Item = &'static str> {
        let queries =
            self.transform_query.is_some() || self.partitioning.as_ref().is_some_and(|own| own.query.is_some());
        let needed = [queries, self.conversion.is_some()];
        FEATURES.into_iter().zip(needed).filter(|(_, is_needed)| *is_needed).map(|(feature, _)| feature)
    }

    /// Refuses at the start what would fail on some record later, a key that may become too long, and tells what the
    /// longest one leaves for the values of partition keys.
    ///
    /// No sequence number has more digits than the one tried, and [`long_times`] are as long as times get.
    fn check_longest_key(&self) -> Result<Room, ConfigError> {
        let Lines { compression, .. } = &self.lines;
        let extension = self.extension();
        let random = RandomStrings::new([0; 16]);
        let mut room = Room { characters: EVALUATED_PREFIX_CHARACTERS_MAX, bytes: OBJECT_KEY_BYTES_MAX };
        let longest = ErrorOutputType::ALL.into_iter().max_by_key(|kind| kind.as_str().len());
        for at in long_times() {
            let data = self.prefix.evaluate(at, &self.time_zone, &random);
            let left = self.check_key(&v::PREFIX, data, at, extension)?;
            room = Room { characters: room.characters.min(left.characters), bytes: room.bytes.min(left.bytes) };
            if let Some(kind) = longest {
                let error = self.error_output_prefix.evaluate(kind, at, &self.time_zone, &random);
                self.check_key(&v::ERROR_OUTPUT_PREFIX, error, at, compression.extension())?;
            }
            if let Some(backup) = &self.backup {
                let backed_up = backup.prefix.evaluate(at, &self.time_zone, &random);
                self.check_key(&v::S3_BACKUP_PREFIX, backed_up, at, backup.compression.extension())?;
            }
        }
        Ok(room)
    }

    /// What a key with this prefix leaves of its limits.
    fn check_key(
        &self,
        variable: &'static Variable,
        prefix: Result<String, PrefixError>,
        at: ArrivalTime,
        extension: &str,
    ) -> Result<Room, ConfigError> {
        let number = SequenceNumber::parse(&"9".repeat(SEQUENCE_NUMBER_DIGITS_MAX)).expect("nines are a number");
        let parts = NameParts {
            delivery_name: &self.delivery_name,
            shard: ShardId::parse("shardId-999999999999").expect("twelve digits are a shard id"),
            at,
            zone: &self.time_zone,
            first: &number,
            last: &number,
            id: Uuid::nil(),
        };
        let prefix = prefix.map_err(|error| ConfigError::invalid(variable, &error))?;
        let key = self.object_name.key(&prefix, &parts, extension);
        let key = key.map_err(|error| ConfigError::invalid(variable, &error))?;
        Ok(Room {
            characters: EVALUATED_PREFIX_CHARACTERS_MAX - prefix.chars().count(),
            bytes: OBJECT_KEY_BYTES_MAX - key.as_str().len(),
        })
    }
}

/// Times whose texts are as long as can be: the last Wednesday of each month of 2024 (the longest names, two digits of
/// a day), at hours of every kind, summer and winter, a millisecond before the next.
fn long_times() -> impl Iterator<Item = ArrivalTime> {
    /// Day of the year, from 0, of the last Wednesday of each month.
    const WEDNESDAYS: [i64; 12] = [30, 58, 86, 114, 149, 177, 212, 240, 268, 303, 331, 359];
    /// Days from 1970 to 2024.
    const DAYS_TO_2024: i64 = 19_723;
    const HOUR_MS: i64 = 3_600_000;
    let days = WEDNESDAYS.into_iter().map(|day| (DAYS_TO_2024 + day) * 24 * HOUR_MS);
    let times = days.flat_map(|day| (0..24).step_by(3).map(move |hour| day + (hour + 1) * HOUR_MS - 1));
    times.map(|ms| ArrivalTime::from_millis(ms).expect("2024 is a year that keys can hold"))
}

impl<L: Fn(&'static str) -> Option<String>> Written<L> {
    /// What is set, else Firehose's rule: required when the prefix has an expression, derived from it when not.
    fn error_output_prefix(&self, prefix: &Prefix) -> Result<ErrorOutputPrefix, ConfigError> {
        let variable = &v::ERROR_OUTPUT_PREFIX;
        let written = self.optional(variable, ErrorOutputPrefix::parse)?;
        check_prefixes(prefix, written.as_ref()).map_err(|error| ConfigError::invalid(variable, &error))?;
        Ok(written.unwrap_or_else(|| ErrorOutputPrefix::default_for(prefix)))
    }
}

#[cfg(test)]
mod tests;
