//! The destination: an `ExtendedS3DestinationConfiguration` or a plain `S3DestinationConfiguration`, as it is given to
//! Firehose or as Firehose describes it.

use penstock_format::{FileExtension, TimeZone};

use super::Beside;
use super::arn::{self, KmsKey};
use super::backup::{self, Backup};
use super::buffering::{self, Hints};
use super::conversion::Conversion;
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::{Fields, constraint, length_error, pattern_error, rule};
use super::limits::{BUCKET_NAME_CHARACTERS_MAX, TIME_ZONE_CHARACTERS_MAX};
use super::prefixes::Prefixes;
use super::processing::Processing;
use super::{ImportError, conversion, encryption, partitioning};

/// Source: the model, `CompressionFormat`. Case matters.
pub(super) const COMPRESSION_FORMATS: &[&str] = &["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"];

/// Fields of a destination and of its backup that nothing has to be set for, and why.
pub(super) const NOT_NEEDED: [(&[&str], &str); 2] = [
    (&["RoleARN"], "the stack makes the function's role"),
    (
        &["CloudWatchLoggingOptions"],
        "the stack makes the function's log group, and the function says every batch there",
    ),
];

/// A destination that is within Firehose's rules.
#[derive(Debug)]
pub(super) struct Destination<'v> {
    bucket: &'v str,
    prefixes: Prefixes,
    hints: Option<Hints>,
    compression: Option<&'static str>,
    key: Option<(&'v str, KmsKey)>,
    key_field: String,
    time_zone: Option<&'v str>,
    file_extension: Option<&'v str>,
    is_partitioned: bool,
    conversion: Option<Conversion<'v>>,
    processing: Processing<'v>,
    backup: Option<Backup<'v>>,
}

impl<'v> Destination<'v> {
    /// Reads it whole, and tells what needs no counterpart.
    pub(super) fn read(mut fields: Fields<'v>, draft: &mut Draft) -> Result<Self, ImportError> {
        let at_bucket = fields.path_of("BucketARN");
        let expected = "the ARN of a bucket";
        let arn = fields.text("BucketARN")?;
        let arn = arn.ok_or_else(|| ImportError::Missing { field: at_bucket.clone(), expected })?;
        let bucket = arn::bucket(&at_bucket, arn)?;
        let is_partitioned = partitioning::read(&mut fields, draft)?;
        let prefixes = Prefixes::read(&mut fields, is_partitioned)?;
        let conversion = conversion::read(&mut fields, draft)?;
        let is_converted = conversion.is_some();
        let hints = buffering::read(&mut fields, draft)?;
        buffering::check(hints, is_partitioned, is_converted)?;
        let compression = fields.word("CompressionFormat", COMPRESSION_FORMATS)?;
        check_conversion(compression, is_converted)?;
        let destination = Self {
            bucket,
            prefixes,
            hints,
            compression,
            key: encryption::read(&mut fields, draft)?,
            key_field: encryption::field_of(&fields),
            time_zone: time_zone(&mut fields)?,
            file_extension: file_extension(&mut fields)?,
            is_partitioned,
            conversion,
            processing: Processing::read(&mut fields, is_partitioned, draft)?,
            backup: backup::read(&mut fields, draft)?,
        };
        for (names, reason) in NOT_NEEDED {
            fields.not_needed(names, reason, draft);
        }
        fields.finish(draft);
        Ok(destination)
    }

    /// Writes what it becomes, for an environment of this name.
    pub(super) fn write(&self, name: &str, beside: &Beside<'_>, draft: &mut Draft) {
        buffering::write(self.hints, draft);
        draft.set("BucketARN", Table::Delivery, "bucket", self.bucket);
        let query = self.processing.query();
        let prefix = partitioning::write(&self.prefixes.prefix, self.is_partitioned, query.as_ref(), name, draft);
        if let Some(error) = &self.prefixes.error_output_prefix {
            draft.set("ErrorOutputPrefix", Table::Delivery, "error_output_prefix", error.as_str());
        }
        if let Some(zone) = self.time_zone {
            draft.set("CustomTimeZone", Table::Delivery, "custom_time_zone", zone);
        }
        if let Some(extension) = self.file_extension {
            draft.set("FileExtension", Table::Delivery, "file_extension", extension);
        }
        draft.comment(Table::Delivery, "As Firehose names objects and heads them, so that readers see the same.");
        draft.line(Table::Delivery, "object_name", &quoted("firehose"));
        draft.line(Table::Delivery, "content_encoding", &quoted("firehose"));
        if let Some(format) = self.compression {
            draft.set("CompressionFormat", Table::Delivery, "compression_format", format);
        }
        let conversion = self.conversion.as_ref();
        let is_converted = conversion.is_some_and(|own| conversion::write(own, name, beside.schema, draft));
        self.processing.write(is_converted, draft);
        encryption::write(&self.key_field, encryption::KEY, self.key, draft);
        if let Some(backup) = &self.backup {
            backup::write(backup, self.bucket, prefix, self.key, draft);
        }
        draft.line(Table::Stack, "existing_bucket", "true");
        self.write_failure_bucket(draft);
    }

    /// The bucket of batches that are given up has the data bucket's name and a suffix, where there is room for one.
    fn write_failure_bucket(&self, draft: &mut Draft) {
        const SUFFIX: &str = "-failures";
        if self.bucket.len() + SUFFIX.len() <= BUCKET_NAME_CHARACTERS_MAX {
            return;
        }
        // The name in the ARN is ASCII.
        let head = &self.bucket[..BUCKET_NAME_CHARACTERS_MAX - SUFFIX.len()];
        draft.comment(Table::Mapping, "The default would be longer than a bucket's name may be.");
        draft.line(
            Table::Mapping,
            "failure_bucket",
            &quoted(&format!("{}{SUFFIX}", head.trim_end_matches(['.', '-']))),
        );
    }
}

fn check_conversion(compression: Option<&str>, is_converted: bool) -> Result<(), ImportError> {
    match compression {
        Some(format) if is_converted && format != "UNCOMPRESSED" => {
            let text = "The S3 destination's compression format must be set to UNCOMPRESSED when data format \
                        conversion is enabled";
            Err(rule(text, "CompressionFormat", format))
        }
        Some(_) | None => Ok(()),
    }
}

/// `CustomTimeZone`; UTC is the default. Firehose's list has fewer names than the database here.
fn time_zone<'v>(fields: &mut Fields<'v>) -> Result<Option<&'v str>, ImportError> {
    let path = fields.path_of("CustomTimeZone");
    let Some(name) = fields.filled("CustomTimeZone")? else { return Ok(None) };
    if let Some(error) = length_error(&path, name, &(0..=TIME_ZONE_CHARACTERS_MAX)) {
        return Err(error);
    }
    if !name.chars().all(|c| c.is_ascii_alphabetic() || "/_".contains(c)) {
        return Err(pattern_error(&path, name, "^$|[a-zA-Z/_]+"));
    }
    if name == "UTC" {
        return Ok(Some(name));
    }
    if let Err(error) = TimeZone::parse(name) {
        let text = "Provided custom time zone is not supported. Custom time zones are limited to UTC and non-3-letter \
                    IANA time zones.";
        return Err(rule(text, &path, error.to_string()));
    }
    Ok(Some(name))
}

/// `FileExtension`; an empty one is none.
fn file_extension<'v>(fields: &mut Fields<'v>) -> Result<Option<&'v str>, ImportError> {
    let path = fields.path_of("FileExtension");
    let Some(text) = fields.filled("FileExtension")? else { return Ok(None) };
    let max = penstock_format::limits::FILE_EXTENSION_CHARACTERS_MAX;
    if let Some(error) = length_error(&path, text, &(0..=max)) {
        return Err(error);
    }
    match FileExtension::parse(text) {
        Ok(_) => Ok(Some(text)),
        Err(penstock_format::FileExtensionError::Pattern(_)) => {
            Err(pattern_error(&path, text, r"^$|\.[0-9a-z!\-_.*'()]+"))
        }
        Err(error @ penstock_format::FileExtensionError::Uuid(_)) => {
            Err(constraint(&path, &text.into(), format!("be another: {error}")))
        }
    }
}

/// Where reading begins. Firehose has one way, and no field for it.
pub(super) fn note_start(field: &str, draft: &mut Draft) {
    for line in [
        "Firehose began at LATEST. TRIM_HORIZON skips nothing: what Firehose delivered of what the stream still holds is",
        "delivered once more. AT_TIMESTAMP begins where Firehose ended.",
    ] {
        draft.comment(Table::Mapping, line);
    }
    draft.line(Table::Mapping, "starting_position", &quoted("TRIM_HORIZON"));
    let text = "Firehose began at LATEST; starting_position is TRIM_HORIZON, which skips nothing";
    draft.note(field, Outcome::Adjusted, text);
}
