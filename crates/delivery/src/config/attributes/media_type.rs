//! A media type.

use std::sync::Arc;

use penstock_format::excerpt;

use super::header_text::{HeaderText, is_token};

/// The name of a type, and of a subtype: RFC 6838, section 4.2.
const NAME_BYTES_MAX: usize = 127;

/// A media type with its parameters, as `Content-Type` has it: `type/subtype; name=value`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType(HeaderText);

impl MediaType {
    /// The type, if it is one: RFC 6838 for its names, RFC 9110, section 8.3.1, for its parameters.
    pub fn parse(text: &str) -> Result<Self, String> {
        let header = HeaderText::parse(text)?;
        let mut pieces = pieces(text);
        let names = pieces.next().and_then(|names| names.split_once('/'));
        let valid = names.is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype)) && pieces.all(is_parameter);
        if valid {
            Ok(Self(header))
        } else {
            Err(format!("{} is not a media type, expected type/subtype", excerpt(text)))
        }
    }

    /// Of bytes of which nothing is said; what Firehose sends.
    #[expect(clippy::missing_panics_doc, reason = "the text is a constant")]
    pub fn octet_stream() -> Self {
        Self::parse("application/octet-stream").expect("it is a media type")
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) const fn shared(&self) -> &Arc<str> {
        self.0.shared()
    }
}

/// What stands between the semicolons that are not in quotes.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c: char| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return c == ';' && !quoted,
        }
        false
    })
}

fn is_name(text: &str) -> bool {
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
    text.len() <= NAME_BYTES_MAX
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_in_name)
}

/// `name=value` after spaces, the value a token or in quotes.
fn is_parameter(text: &str) -> bool {
    let Some((name, value)) = text.trim_start_matches(' ').split_once('=') else { return false };
    is_token(name) && (is_token(value) || is_quoted(value))
}

fn is_quoted(value: &str) -> bool {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return false };
    let mut escaped = false;
    let plain = inner.chars().all(|c| {
        let was = escaped;
        escaped = c == '\\' && !was;
        was || c != '"'
    });
    plain && !escaped
}
