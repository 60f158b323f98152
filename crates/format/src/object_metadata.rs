//! What an object says of itself: S3 user metadata, so that overlaps can be found without reading bodies.

use std::fmt;
use std::str::FromStr;

use crate::excerpt::excerpt;
use crate::{Digest128, ObjectRole, SequenceNumber};

/// The version of what lies in objects: framing, compression, error records, metadata. It rises when a reader must
/// do something else than before.
pub const FORMAT_VERSION: u32 = 1;

/// The exact range, counts and digest of an object, and what became of the batch it was made from.
///
/// | header, after `x-amz-meta-` | value |
/// | --- | --- |
/// | `penstock-role` | what the object holds: `data`, or `error:` and the error output type |
/// | `penstock-first-sequence-number` | of the object's first record |
/// | `penstock-last-sequence-number` | of its last |
/// | `penstock-records` | outputs in this object |
/// | `penstock-digest` | of these outputs, [`crate::RecordSetDigest`] |
/// | `penstock-key-scheme` | [`crate::KEY_SCHEME_VERSION`] of the writer |
/// | `penstock-format-version` | [`FORMAT_VERSION`] of the writer |
/// | `penstock-batch-first-sequence-number` | of the batch's first record |
/// | `penstock-batch-last-sequence-number` | of its last |
/// | `penstock-batch-records` | user records in the batch |
/// | `penstock-batch-kinesis-records` | records of the stream in the batch; only where records were taken apart |
/// | `penstock-batch-dropped` | of these, dropped by the transform |
/// | `penstock-batch-failed` | of these, failed |
/// | `penstock-object-index` | which of the batch's objects this is, from 1 |
/// | `penstock-object-count` | how many objects the batch has |
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectMetadata {
    /// What the object holds.
    pub role: ObjectRole,
    /// The sequence number of the object's first record.
    pub first: SequenceNumber,
    /// The sequence number of the object's last record.
    pub last: SequenceNumber,
    /// How many outputs are in this object.
    pub records: u64,
    /// The digest of these outputs.
    pub digest: Digest128,
    /// The key scheme of the writer.
    pub key_scheme: u32,
    /// The format version of the writer.
    pub format_version: u32,
    /// The sequence number of the batch's first record.
    pub batch_first: SequenceNumber,
    /// The sequence number of the batch's last record.
    pub batch_last: SequenceNumber,
    /// How many user records the batch had.
    pub batch_records: u64,
    /// How many records of the stream it had: as many, unless they were taken apart.
    pub batch_kinesis_records: u64,
    /// How many of them the transform dropped.
    pub batch_dropped: u64,
    /// How many of them failed.
    pub batch_failed: u64,
    /// Which of the batch's objects this is, from 1.
    pub object_index: u32,
    /// How many objects the batch has.
    pub object_count: u32,
}

/// Why metadata could not be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// An entry is not there.
    #[error("object metadata has no {name}")]
    Missing {
        /// The entry, without `x-amz-meta-`.
        name: &'static str,
    },
    /// An entry holds something else than it should.
    #[error("object metadata {name} is {value}, expected {expected}")]
    Value {
        /// The entry, without `x-amz-meta-`.
        name: &'static str,
        /// Its value, quoted and bounded.
        value: String,
        /// What was expected.
        expected: String,
    },
}

const ROLE: &str = "penstock-role";
const FIRST: &str = "penstock-first-sequence-number";
const LAST: &str = "penstock-last-sequence-number";
const RECORDS: &str = "penstock-records";
const DIGEST: &str = "penstock-digest";
const KEY_SCHEME: &str = "penstock-key-scheme";
const FORMAT: &str = "penstock-format-version";
const BATCH_FIRST: &str = "penstock-batch-first-sequence-number";
const BATCH_LAST: &str = "penstock-batch-last-sequence-number";
const BATCH_RECORDS: &str = "penstock-batch-records";
const BATCH_KINESIS_RECORDS: &str = "penstock-batch-kinesis-records";
const BATCH_DROPPED: &str = "penstock-batch-dropped";
const BATCH_FAILED: &str = "penstock-batch-failed";
const OBJECT_INDEX: &str = "penstock-object-index";
const OBJECT_COUNT: &str = "penstock-object-count";

impl ObjectMetadata {
    /// Names without `x-amz-meta-`, and values, in a fixed order. Together below S3's limit of 2 KB.
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        let mut entries = vec![
            (ROLE, self.role.to_string()),
            (FIRST, self.first.to_string()),
            (LAST, self.last.to_string()),
            (RECORDS, self.records.to_string()),
            (DIGEST, self.digest.to_string()),
            (KEY_SCHEME, self.key_scheme.to_string()),
            (FORMAT, self.format_version.to_string()),
            (BATCH_FIRST, self.batch_first.to_string()),
            (BATCH_LAST, self.batch_last.to_string()),
            (BATCH_RECORDS, self.batch_records.to_string()),
            (BATCH_DROPPED, self.batch_dropped.to_string()),
            (BATCH_FAILED, self.batch_failed.to_string()),
            (OBJECT_INDEX, self.object_index.to_string()),
            (OBJECT_COUNT, self.object_count.to_string()),
        ];
        if self.batch_kinesis_records != self.batch_records {
            entries.push((BATCH_KINESIS_RECORDS, self.batch_kinesis_records.to_string()));
        }
        entries
    }

    /// Reads metadata back; `lookup` takes a name without `x-amz-meta-`.
    ///
    /// Fails if an entry is missing or malformed, if the first sequence number is above the last, if the object's
    /// index is not from 1 to the count, and if the format is newer than this build knows.
    pub fn parse<'m>(lookup: impl Fn(&str) -> Option<&'m str>) -> Result<Self, MetadataError> {
        let lookup = &lookup;
        let batch_records = entry(lookup, BATCH_RECORDS, "a count")?;
        let batch_kinesis_records = match lookup(BATCH_KINESIS_RECORDS) {
            Some(_) => entry(lookup, BATCH_KINESIS_RECORDS, "a count")?,
            None => batch_records,
        };
        let metadata = Self {
            role: entry(lookup, ROLE, "data, or error: and an error output type")?,
            first: entry(lookup, FIRST, "a sequence number")?,
            last: entry(lookup, LAST, "a sequence number")?,
            records: entry(lookup, RECORDS, "a count")?,
            digest: entry(lookup, DIGEST, "32 hexadecimal digits")?,
            key_scheme: entry(lookup, KEY_SCHEME, "a version")?,
            format_version: entry(lookup, FORMAT, "a version")?,
            batch_first: entry(lookup, BATCH_FIRST, "a sequence number")?,
            batch_last: entry(lookup, BATCH_LAST, "a sequence number")?,
            batch_records,
            batch_kinesis_records,
            batch_dropped: entry(lookup, BATCH_DROPPED, "a count")?,
            batch_failed: entry(lookup, BATCH_FAILED, "a count")?,
            object_index: entry(lookup, OBJECT_INDEX, "a number from 1")?,
            object_count: entry(lookup, OBJECT_COUNT, "a number from 1")?,
        };
        metadata.check().map(|()| metadata)
    }

    fn check(&self) -> Result<(), MetadataError> {
        let wrong = |name, value: &dyn fmt::Display, expected: String| {
            Err(MetadataError::Value { name, value: excerpt(&value.to_string()), expected })
        };
        if self.format_version == 0 || self.format_version > FORMAT_VERSION {
            return wrong(FORMAT, &self.format_version, format!("1 to {FORMAT_VERSION}, which this build reads"));
        }
        if self.first > self.last {
            return wrong(FIRST, &self.first, format!("at most {LAST}, {}", self.last));
        }
        if self.batch_first > self.batch_last {
            return wrong(BATCH_FIRST, &self.batch_first, format!("at most {BATCH_LAST}, {}", self.batch_last));
        }
        if self.object_index == 0 || self.object_index > self.object_count {
            return wrong(OBJECT_INDEX, &self.object_index, format!("1 to {OBJECT_COUNT}, {}", self.object_count));
        }
        Ok(())
    }
}

fn entry<'m, T: FromStr + fmt::Display>(
    lookup: &impl Fn(&str) -> Option<&'m str>,
    name: &'static str,
    expected: &str,
) -> Result<T, MetadataError> {
    let text = lookup(name).ok_or(MetadataError::Missing { name })?;
    // Only the canonical form: no sign, no leading zero, no space.
    text.parse().ok().filter(|value: &T| value.to_string() == text).ok_or_else(|| MetadataError::Value {
        name,
        value: excerpt(text),
        expected: expected.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::limits::OBJECT_METADATA_BYTES_MAX;

    fn largest() -> ObjectMetadata {
        let seq = SequenceNumber::parse(&"9".repeat(129)).unwrap();
        ObjectMetadata {
            role: ObjectRole::Error(crate::ErrorOutputType::ProcessingFailed),
            first: seq,
            last: seq,
            records: u64::MAX,
            digest: Digest128::parse(&"f".repeat(32)).unwrap(),
            key_scheme: u32::MAX,
            format_version: FORMAT_VERSION,
            batch_first: seq,
            batch_last: seq,
            batch_records: u64::MAX,
            batch_kinesis_records: u64::MAX - 1,
            batch_dropped: u64::MAX,
            batch_failed: u64::MAX,
            object_index: u32::MAX,
            object_count: u32::MAX,
        }
    }

    #[test]
    fn l1_the_largest_metadata_is_within_the_limit_of_s3() {
        // S3 counts names and values; with the header's own head it still fits.
        let entries = largest().entries();
        let bytes: usize = entries.iter().map(|(name, value)| "x-amz-meta-".len() + name.len() + value.len()).sum();
        assert!(bytes <= OBJECT_METADATA_BYTES_MAX, "{bytes}");
        assert!(entries.iter().all(|(name, _)| name.starts_with("penstock-") && name.to_lowercase() == *name));
        let names: std::collections::BTreeSet<_> = entries.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), entries.len());
    }

    #[test]
    fn f1_metadata_reads_back() {
        let written = largest();
        let entries: BTreeMap<_, _> = written.entries().into_iter().collect();
        assert_eq!(ObjectMetadata::parse(|name| entries.get(name).map(String::as_str)).unwrap(), written);
        for name in entries.keys().filter(|name| **name != BATCH_KINESIS_RECORDS) {
            let without =
                ObjectMetadata::parse(|asked| entries.get(asked).filter(|_| asked != *name).map(String::as_str));
            assert_eq!(without, Err(MetadataError::Missing { name }));
        }
    }

    #[test]
    fn wrong_metadata_is_refused() {
        let entries: BTreeMap<_, _> = largest().entries().into_iter().collect();
        for (name, entry, value) in [
            ("no number", RECORDS, "many"),
            ("unknown role", ROLE, "error:unheard-of"),
            ("sign", RECORDS, "+1"),
            ("leading zero", BATCH_FAILED, "01"),
            ("empty", BATCH_DROPPED, ""),
            ("too large", OBJECT_INDEX, "4294967296"),
            ("index from 0", OBJECT_INDEX, "0"),
            ("index above the count", OBJECT_COUNT, "4"),
            ("not a sequence number", FIRST, "0x1"),
            ("first above last", LAST, "1"),
            ("batch's first above its last", BATCH_LAST, "1"),
            ("short digest", DIGEST, "ff"),
            ("format of the future", FORMAT, "2"),
            ("no format", FORMAT, "0"),
        ] {
            let parsed = ObjectMetadata::parse(|asked| {
                if asked == entry { Some(value) } else { entries.get(asked).map(String::as_str) }
            });
            assert!(matches!(parsed, Err(MetadataError::Value { .. })), "{name}: {parsed:?}");
        }
        let error =
            ObjectMetadata::parse(
                |asked| if asked == FORMAT { Some("2") } else { entries.get(asked).map(String::as_str) },
            );
        assert_eq!(
            error.unwrap_err().to_string(),
            "object metadata penstock-format-version is \"2\", expected 1 to 1, which this build reads"
        );
    }
}
