//! ARNs, by the patterns of Firehose's model.

use super::ImportError;
use super::fields::{length_error, pattern_error};
use super::limits::BUCKET_CHARACTERS;

/// The name of the bucket in `arn:.*:s3:::[\w\.\-]{1,255}`.
pub(super) fn bucket<'v>(path: &str, arn: &'v str) -> Result<&'v str, ImportError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let name = arn.strip_prefix("arn:").and_then(|rest| rest.rsplit_once(":s3:::")).map(|(_, name)| name);
    match name {
        Some(name) if BUCKET_CHARACTERS.contains(&name.len()) && name.chars().all(allowed) => Ok(name),
        Some(_) | None => Err(pattern_error(path, arn, r"arn:.*:s3:::[\w\.\-]{1,255}")),
    }
}

/// What `arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\-_/]+` names: a key, or an alias of one.
pub(super) fn kms_key(path: &str, arn: &str) -> Result<KmsKey, ImportError> {
    let wrong = || pattern_error(path, arn, r"arn:.*:kms:[a-zA-Z0-9\-]+:\d{12}:(key|alias)/[a-zA-Z_0-9+=,.@\-_/]+");
    if let Some(error) = length_error(path, arn, &(1..=512)) {
        return Err(error);
    }
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "kms", region, account, resource] = fields[..] else { return Err(wrong()) };
    let word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let (kind, name) = resource.split_once('/').ok_or_else(wrong)?;
    if !word(region, "-") || !crate::arn::is_account(account) || !word(name, "_+=,.@-/") {
        return Err(wrong());
    }
    match kind {
        "key" => Ok(KmsKey::Key),
        "alias" => Ok(KmsKey::Alias),
        _ => Err(wrong()),
    }
}

/// What the ARN of a KMS key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KmsKey {
    /// The key itself.
    Key,
    /// A name of it. A policy that names an alias grants nothing.
    Alias,
}
