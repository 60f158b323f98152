//! The name of a bucket.

use penstock_format::excerpt;

/// The name of a bucket: 3 to 63 of `a-z`, `0-9`, `.` and `-`, beginning and ending with a letter or digit.
/// Source: the S3 user guide's bucket naming rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketName(String);

impl BucketName {
    /// The name, if it is one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let valid = (3..=63).contains(&text.len())
            && text.chars().all(inner)
            && text.starts_with(outer)
            && text.ends_with(outer)
            && !text.contains("..");
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            let expected = "3 to 63 of a-z, 0-9, . and -, a letter or digit at both ends";
            Err(format!("{} is not a bucket name, expected {expected}", excerpt(text)))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
