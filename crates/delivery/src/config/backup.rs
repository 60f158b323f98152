//! How the source backup is set.

use penstock_format::{Compression, Delimiter, Framing, Prefix, excerpt};

use super::attributes::KmsKeyArn;
use super::partitioning::SWITCH;
use super::variables as v;
use super::written::{Written, one_of};
use super::{BucketName, ConfigError, Variable};

/// The source backup: records as they came.
#[derive(Debug, Clone)]
pub struct Backup {
    /// The bucket.
    pub bucket: BucketName,
    /// What stands before the names of its objects.
    pub prefix: Prefix,
    /// How its objects are compressed.
    pub compression: Compression,
    /// What stands between its records.
    pub framing: Framing,
    /// The key that its objects are encrypted with; none for the bucket's own encryption.
    pub sse_kms_key_arn: Option<KmsKeyArn>,
}

/// What is set for the backup alone.
const SETTINGS: [&Variable; 5] = [
    &v::S3_BACKUP_BUCKET,
    &v::S3_BACKUP_PREFIX,
    &v::S3_BACKUP_COMPRESSION_FORMAT,
    &v::S3_BACKUP_FRAMING,
    &v::S3_BACKUP_SSE_KMS_KEY_ARN,
];

impl Backup {
    /// What is set beside a delivery to `bucket` under `prefix` whose objects are encrypted with `data_key`; none where the
    /// backup is off.
    pub(super) fn parse<L: Fn(&'static str) -> Option<String>>(
        written: &Written<L>,
        bucket: &BucketName,
        prefix: &Prefix,
        data_key: Option<&KmsKeyArn>,
    ) -> Result<Option<Self>, ConfigError> {
        let is_enabled = written.parse(&v::S3_BACKUP_MODE, |text| one_of(text, &SWITCH))?;
        let own_bucket = written.optional(&v::S3_BACKUP_BUCKET, BucketName::parse)?;
        let own_prefix = written.optional(&v::S3_BACKUP_PREFIX, without_partition_keys)?;
        let compression = written.parse(&v::S3_BACKUP_COMPRESSION_FORMAT, Compression::parse)?;
        let framings = [("after", Framing::After(Delimiter::NEWLINE)), ("none", Framing::None)];
        let framing = written.parse(&v::S3_BACKUP_FRAMING, |text| one_of(text, &framings))?;
        let own_key = written.optional(&v::S3_BACKUP_SSE_KMS_KEY_ARN, own_key)?;
        if !is_enabled {
            written.needs(&v::S3_BACKUP_MODE, &SETTINGS)?;
            return Ok(None);
        }
        let is_elsewhere = own_bucket.as_ref().is_some_and(|own| own != bucket);
        match &own_prefix {
            None if !is_elsewhere => return Err(ConfigError::missing(&v::S3_BACKUP_PREFIX)),
            Some(own) if !is_elsewhere && own.as_str() == prefix.as_str() => {
                let problem = format!("{} is the prefix of the data, expected another", excerpt(own.as_str()));
                return Err(ConfigError::invalid(&v::S3_BACKUP_PREFIX, &problem));
            }
            _ => {}
        }
        let nothing = || Prefix::parse("").expect("no text is a prefix");
        Ok(Some(Self {
            bucket: own_bucket.unwrap_or_else(|| bucket.clone()),
            prefix: own_prefix.unwrap_or_else(nothing),
            compression,
            framing,
            sse_kms_key_arn: own_key.unwrap_or_else(|| data_key.cloned()),
        }))
    }
}

/// A key, or the word for none.
fn own_key(text: &str) -> Result<Option<KmsKeyArn>, String> {
    if text == "none" {
        return Ok(None);
    }
    KmsKeyArn::parse(text).map(Some)
}

fn without_partition_keys(text: &str) -> Result<Prefix, String> {
    let prefix = Prefix::parse(text).map_err(|error| error.to_string())?;
    penstock_format::check_partitioning(&prefix, false).map_err(|error| error.to_string())?;
    Ok(prefix)
}
