//! The number of an account.

use penstock_format::excerpt;

/// The number of an AWS account: 12 digits, the first of which may be zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountId(String);

impl AccountId {
    /// The number, if it is one.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{} is not the number of an account, expected 12 digits", excerpt(text)))
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
