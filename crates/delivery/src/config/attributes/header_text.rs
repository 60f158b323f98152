//! A text that can be the value of a header.

use std::sync::Arc;

use penstock_format::excerpt;

use crate::limits::HEADER_TEXT_BYTES_MAX;

/// 1 to [`HEADER_TEXT_BYTES_MAX`] visible ASCII characters and spaces, none of the latter at either end.
///
/// HTTP allows more, but not every client, proxy and signature agrees on what it means (RFC 9110, section 5.5). Cheap to
/// clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderText(Arc<str>);

impl HeaderText {
    /// The text, if it is one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let valid = (1..=HEADER_TEXT_BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            && !text.starts_with(' ')
            && !text.ends_with(' ');
        if valid {
            return Ok(Self(text.into()));
        }
        Err(format!(
            "{} cannot be sent in a header, expected 1 to {HEADER_TEXT_BYTES_MAX} visible ASCII characters and spaces, \
             no space at either end",
            excerpt(text)
        ))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) const fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

/// Whether it is a token of RFC 9110, section 5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    let is_in_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_in_token)
}
