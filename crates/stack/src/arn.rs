//! ARNs of what is there already and is only named: keys and policies, by their shape.

use toml::Value;

use crate::section::{EnvironmentError, Section, invalid};

/// The ARN of a KMS key. An alias does not serve: a policy that names an alias grants nothing.
pub(crate) fn kms_key(section: &Section<'_>, key: &str) -> Result<Option<String>, EnvironmentError> {
    let expected = "the ARN of a key, arn:<partition>:kms:<region>:<account>:key/<id>";
    read(section, key, expected, |service, region, account, resource| {
        service == "kms" && !region.is_empty() && is_account(account) && named(resource, "key/")
    })
}

/// The ARN of a managed policy, of an account or of AWS.
pub(crate) fn managed_policy(section: &Section<'_>, key: &str) -> Result<Option<String>, EnvironmentError> {
    let expected = "the ARN of a managed policy, arn:<partition>:iam::<account>:policy/<name>";
    read(section, key, expected, |service, region, account, resource| {
        service == "iam" && region.is_empty() && (is_account(account) || account == "aws") && named(resource, "policy/")
    })
}

/// The ARN of a role.
pub(crate) fn role(section: &Section<'_>, key: &str) -> Result<Option<String>, EnvironmentError> {
    let expected = "the ARN of a role, arn:<partition>:iam::<account>:role/<name>";
    read(section, key, expected, |service, region, account, resource| {
        service == "iam" && region.is_empty() && is_account(account) && named(resource, "role/")
    })
}

/// The ARN of an SNS topic.
pub(crate) fn sns_topic(section: &Section<'_>, key: &str) -> Result<Option<String>, EnvironmentError> {
    let expected = "the ARN of a topic, arn:<partition>:sns:<region>:<account>:<name>";
    read(section, key, expected, |service, region, account, resource| {
        service == "sns" && !region.is_empty() && is_account(account) && named(resource, "")
    })
}

fn read(
    section: &Section<'_>,
    key: &str,
    expected: &str,
    valid: impl Fn(&str, &str, &str, &str) -> bool,
) -> Result<Option<String>, EnvironmentError> {
    let Some(text) = section.text(key)? else { return Ok(None) };
    let is_valid = match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, service, region, account, resource] if partition.starts_with("aws") => {
            valid(service, region, account, resource)
        }
        _ => false,
    };
    if is_valid {
        return Ok(Some(text.to_owned()));
    }
    Err(invalid(&section.path_of(key), &Value::String(text.to_owned()), expected))
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn named(resource: &str, kind: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@/-".contains(c);
    resource.strip_prefix(kind).is_some_and(|name| !name.is_empty() && name.chars().all(allowed))
}
