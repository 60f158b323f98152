//! `EncryptionConfiguration`: what objects are encrypted with.

use super::ImportError;
use super::arn::{KmsKey, kms_key};
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::Fields;

/// The setting of the key of all objects.
pub(super) const KEY: &str = "sse_kms_key_arn";
/// The setting of the key of backup objects.
pub(super) const BACKUP_KEY: &str = "s3_backup_sse_kms_key_arn";

/// Why an alias does not serve.
const ALIAS: &str = "an alias: a policy that names one grants nothing. Set it to the ARN of the key";

/// The key's ARN, where there is one, and what it names.
pub(super) fn read<'v>(fields: &mut Fields<'v>, draft: &mut Draft) -> Result<Option<(&'v str, KmsKey)>, ImportError> {
    let Some(mut encryption) = fields.object("EncryptionConfiguration")? else { return Ok(None) };
    let reason = "objects are encrypted as the bucket says";
    encryption.word("NoEncryptionConfig", &["NoEncryption"])?;
    encryption.not_needed(&["NoEncryptionConfig"], reason, draft);
    let mut key = None;
    if let Some(mut kms) = encryption.object("KMSEncryptionConfig")? {
        let path = kms.path_of("AWSKMSKeyARN");
        let expected = "the ARN of a KMS key";
        let arn = kms.text("AWSKMSKeyARN")?.ok_or_else(|| ImportError::Missing { field: path.clone(), expected })?;
        key = Some((arn, kms_key(&path, arn)?));
        kms.finish(draft);
    }
    encryption.finish(draft);
    Ok(key)
}

/// Where the key of a destination or of its backup stands, for notes.
pub(super) fn field_of(fields: &Fields<'_>) -> String {
    fields.path_of("EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN")
}

/// Sets the key of objects under `setting`.
pub(super) fn write(field: &str, setting: &str, key: Option<(&str, KmsKey)>, draft: &mut Draft) {
    match key {
        None => {}
        Some((arn, KmsKey::Key)) => draft.set(field, Table::Delivery, setting, arn),
        Some((arn, KmsKey::Alias)) => {
            draft.comment(Table::Delivery, &format!("{setting} = {}: {ALIAS}.", quoted(arn)));
            draft.note(field, Outcome::NoCounterpart, ALIAS);
        }
    }
}
