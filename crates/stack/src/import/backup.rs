//! `S3BackupMode` and `S3BackupConfiguration`: the records as they came, beside what was made of them.

use penstock_format::Prefix;

use super::ImportError;
use super::arn::{self, KmsKey};
use super::destination::{COMPRESSION_FORMATS, NOT_NEEDED};
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::{Fields, rule};
use super::prefixes::Prefixes;
use super::{buffering, encryption};

/// A backup that is on.
#[derive(Debug)]
pub(super) struct Backup<'v> {
    /// The configuration's field, as notes name it.
    path: String,
    bucket: &'v str,
    prefix: Prefix,
    compression: &'static str,
    key: Option<(&'v str, KmsKey)>,
}

/// Where the backup goes when it would lie among the data.
const OWN_PREFIX: &str = "backup/";

/// The backup; none where it is off. Its configuration is checked in either case.
pub(super) fn read<'v>(destination: &mut Fields<'v>, draft: &mut Draft) -> Result<Option<Backup<'v>>, ImportError> {
    let mode = destination.word("S3BackupMode", &["Disabled", "Enabled"])?;
    // The configuration has one name where it is given and another where it is described.
    let configured = destination.object("S3BackupConfiguration")?;
    let described = destination.object("S3BackupDescription")?;
    let backup = configured.or(described).map(|fields| of(fields, mode == Some("Enabled"), draft)).transpose()?;
    match (mode, backup) {
        (Some("Enabled"), Some(backup)) => Ok(Some(backup)),
        (Some("Enabled"), None) => {
            Err(rule("S3BackupConfiguration is required when S3BackupMode is Enabled", "S3BackupMode", "Enabled"))
        }
        (_, backup) => {
            let off = "Disabled is the default";
            if mode.is_some() {
                draft.note("S3BackupMode", Outcome::NotNeeded, off);
            }
            if let Some(backup) = backup {
                draft.note(&backup.path, Outcome::NotNeeded, "S3BackupMode is not Enabled");
            }
            Ok(None)
        }
    }
}

fn of<'v>(mut fields: Fields<'v>, is_enabled: bool, draft: &mut Draft) -> Result<Backup<'v>, ImportError> {
    // What is off is told in one note; its fields are checked all the same.
    let mut silent = Draft::default();
    let notes = if is_enabled { &mut *draft } else { &mut silent };
    let path = fields.path().to_owned();
    let at_bucket = fields.path_of("BucketARN");
    let expected = "the ARN of a bucket";
    let bucket = fields.text("BucketARN")?;
    let bucket = bucket.ok_or_else(|| ImportError::Missing { field: at_bucket.clone(), expected })?;
    let bucket = arn::bucket(&at_bucket, bucket)?;
    let prefixes = Prefixes::read(&mut fields, false)?;
    let errors = "nothing of the backup fails: an object is stored, or its batch comes again";
    fields.not_needed(&["ErrorOutputPrefix"], errors, notes);
    buffering::read_backup(&mut fields, notes)?;
    let compression = fields.word("CompressionFormat", COMPRESSION_FORMATS)?.unwrap_or("UNCOMPRESSED");
    let key = encryption::read(&mut fields, notes)?;
    for (names, reason) in NOT_NEEDED {
        fields.not_needed(names, reason, notes);
    }
    fields.finish(draft);
    Ok(Backup { path, bucket, prefix: prefixes.prefix, compression, key })
}

/// Writes the backup beside a delivery to `bucket` under `prefix`, whose objects are encrypted with `key`.
pub(super) fn write(backup: &Backup<'_>, bucket: &str, prefix: &str, key: Option<(&str, KmsKey)>, draft: &mut Draft) {
    let field = |name: &str| format!("{}.{name}", backup.path);
    draft.set("S3BackupMode", Table::Delivery, "s3_backup_mode", "Enabled");
    if backup.bucket == bucket {
        draft.note(&field("BucketARN"), Outcome::Set, "delivery.bucket, which the backup shares");
    } else {
        draft.set(&field("BucketARN"), Table::Delivery, "s3_backup_bucket", backup.bucket);
    }
    let own = backup.prefix.as_str();
    if backup.bucket == bucket && (own == prefix || own.is_empty()) {
        let moved = format!("{OWN_PREFIX}{own}");
        draft.comment(Table::Delivery, "Firehose: the backup lies among the data. Here it has a prefix of its own.");
        draft.line(Table::Delivery, "s3_backup_prefix", &quoted(&moved));
        draft.note(&field("Prefix"), Outcome::Adjusted, &format!("{OWN_PREFIX} stands before it, apart from the data"));
    } else if !own.is_empty() {
        draft.set(&field("Prefix"), Table::Delivery, "s3_backup_prefix", own);
    }
    draft.set(&field("CompressionFormat"), Table::Delivery, "s3_backup_compression_format", backup.compression);
    draft.line(Table::Delivery, "s3_backup_framing", &quoted("none"));
    let at = field("EncryptionConfiguration");
    if key == backup.key {
        if key.is_some() {
            draft.note(&at, Outcome::Set, "sse_kms_key_arn is that of all objects");
        }
        return;
    }
    match backup.key {
        None => draft.set(&at, Table::Delivery, encryption::BACKUP_KEY, "none"),
        own => encryption::write(&at, encryption::BACKUP_KEY, own, draft),
    }
}
