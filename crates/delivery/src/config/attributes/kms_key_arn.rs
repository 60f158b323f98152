//! The ARN of a KMS key.

use penstock_format::excerpt;

use super::account_id::AccountId;
use crate::limits::KMS_KEY_ARN_BYTES_MAX;

/// The ARN of a KMS key. An alias does not serve: a policy that names an alias grants nothing, and who changes what an
/// alias means changes what objects are encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKeyArn(String);

impl KmsKeyArn {
    /// The ARN, if it is one.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() <= KMS_KEY_ARN_BYTES_MAX && is_key_arn(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "{} is not the ARN of a KMS key, expected arn:<partition>:kms:<region>:<account>:key/<id>; an alias does not \
             serve",
            excerpt(text)
        ))
    }

    /// The ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_key_arn(text: &str) -> bool {
    let is_word = |text: &str| {
        let is_in_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !text.is_empty() && text.bytes().all(is_in_word)
    };
    match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", partition, "kms", region, account, key] => {
            let is_partition = partition.starts_with("aws") && is_word(partition);
            let is_key = key.strip_prefix("key/").is_some_and(is_word);
            is_partition && is_word(region) && AccountId::parse(account).is_ok() && is_key
        }
        _ => false,
    }
}
