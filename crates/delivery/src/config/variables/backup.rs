//! Settings of the source backup: records as they came, beside what the transform made of them.

use super::Variable;

/// In the order of the README.
pub(super) static BACKUP: [&Variable; 6] = [
    &S3_BACKUP_MODE,
    &S3_BACKUP_BUCKET,
    &S3_BACKUP_PREFIX,
    &S3_BACKUP_COMPRESSION_FORMAT,
    &S3_BACKUP_FRAMING,
    &S3_BACKUP_SSE_KMS_KEY_ARN,
];

/// Firehose's `S3BackupMode`.
pub static S3_BACKUP_MODE: Variable = Variable {
    name: "PENSTOCK_S3_BACKUP_MODE",
    key: "s3_backup_mode",
    default: Some("Disabled"),
    expected: "Enabled or Disabled",
    example: "Enabled",
    beside: &[PREFIX],
    doc: "`Enabled`: every record of the stream lies in the backup as well, as it came: an aggregate of the KPL as one. Unlike \
          Firehose's it can be switched off again.",
};

/// Firehose's `S3BackupConfiguration.BucketARN`.
pub static S3_BACKUP_BUCKET: Variable = Variable {
    name: "PENSTOCK_S3_BACKUP_BUCKET",
    key: "s3_backup_bucket",
    default: None,
    expected: "the name of a bucket that is there already",
    example: "acme-clicks-backup",
    beside: &[ENABLED],
    doc: "The bucket of the backup, which is there already and left as it is. Without it, `bucket`.",
};

/// Firehose's `S3BackupConfiguration.Prefix`.
pub static S3_BACKUP_PREFIX: Variable = Variable {
    name: "PENSTOCK_S3_BACKUP_PREFIX",
    key: "s3_backup_prefix",
    default: None,
    expected: "a prefix, with Firehose's expressions if any, but for partition keys",
    example: "backup/!{timestamp:yyyy/MM/dd}/",
    beside: &[ENABLED],
    doc: "`Prefix` of the backup, in the same language. Required where the backup lies in `bucket`, and another than \
          `prefix` then.",
};

/// Firehose's `S3BackupConfiguration.CompressionFormat`.
pub static S3_BACKUP_COMPRESSION_FORMAT: Variable = Variable {
    name: "PENSTOCK_S3_BACKUP_COMPRESSION_FORMAT",
    key: "s3_backup_compression_format",
    default: Some("UNCOMPRESSED"),
    expected: "a compression format, as compression_format takes it",
    example: "GZIP",
    beside: &[ENABLED, PREFIX],
    doc: "`CompressionFormat` of the backup, as `compression_format` has it.",
};

/// What stands between records of the backup.
pub static S3_BACKUP_FRAMING: Variable = Variable {
    name: "PENSTOCK_S3_BACKUP_FRAMING",
    key: "s3_backup_framing",
    default: Some("after"),
    expected: "after or none",
    example: "none",
    beside: &[ENABLED, PREFIX],
    doc: "`after`: a newline after every record of the backup; `none`: nothing between them, as in Firehose's.",
};

/// Firehose's `S3BackupConfiguration.EncryptionConfiguration`.
pub static S3_BACKUP_SSE_KMS_KEY_ARN: Variable = Variable {
    name: "PENSTOCK_S3_BACKUP_SSE_KMS_KEY_ARN",
    key: "s3_backup_sse_kms_key_arn",
    default: None,
    expected: "none, or the ARN of a key, arn:<partition>:kms:<region>:<account>:key/<id>",
    example: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    beside: &[ENABLED, PREFIX],
    doc: "ARN of the KMS key of the backup's objects, as `sse_kms_key_arn` is of all others; also where it is the default key \
          of the backup's own bucket. `none`: the puts ask for no key. Without it they are encrypted as the others are.",
};

const ENABLED: (&str, &str) = ("s3_backup_mode", "Enabled");
const PREFIX: (&str, &str) = ("s3_backup_prefix", "backup/");
