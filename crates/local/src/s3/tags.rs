//! Tags as `x-amz-tagging` says them, and what S3 refuses of them.

use std::collections::BTreeMap;

use super::error::StoreError;

/// Most tags of an object, as AWS has it.
const TAGS_MAX: usize = 10;
/// Most UTF-16 code units of a key, as AWS has it.
const KEY_UNITS_MAX: usize = 128;
/// Most UTF-16 code units of a value, as AWS has it.
const VALUE_UNITS_MAX: usize = 256;

/// Keys and values of a header that is a query: `key=value&key=value`, where `+` is a space.
pub(super) fn parse(header: &str) -> Result<BTreeMap<String, String>, StoreError> {
    let mut tags = BTreeMap::new();
    for pair in header.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(key), Some(value)) = (decoded(key), decoded(value)) else { return Err(malformed()) };
        check(&key, &value)?;
        if tags.insert(key, value).is_some() {
            return Err(malformed());
        }
    }
    if tags.len() > TAGS_MAX { Err(StoreError::TooManyTags(tags.len())) } else { Ok(tags) }
}

fn malformed() -> StoreError {
    let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag \
                   name duplicates.";
    StoreError::InvalidArgument(message.to_owned())
}

fn check(key: &str, value: &str) -> Result<(), StoreError> {
    let allowed = |c: char| c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "+-=._:/@".contains(c);
    let (key_units, value_units) = (key.encode_utf16().count(), value.encode_utf16().count());
    let own = key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:"));
    if !(1..=KEY_UNITS_MAX).contains(&key_units) || !key.chars().all(allowed) || own {
        return Err(StoreError::InvalidTag("the TagKey you have provided is invalid"));
    }
    if value_units > VALUE_UNITS_MAX || !value.chars().all(allowed) {
        return Err(StoreError::InvalidTag("the TagValue you have provided is invalid"));
    }
    Ok(())
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use s3s::{S3Error, S3ErrorCode};

    use super::*;

    #[test]
    fn a_query_of_tags_is_read_as_s3_reads_it() {
        let eleven = (0..11).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join("&");
        let invalid_tag = Err(S3ErrorCode::InvalidTag);
        for (name, header, expected) in [
            ("none", "", Ok(vec![])),
            ("two", "team=data&k=", Ok(vec![("k", ""), ("team", "data")])),
            ("encoded", "cost%20center=a%2Bb&plus=a+b", Ok(vec![("cost center", "a+b"), ("plus", "a b")])),
            ("twice", "a=1&%61=2", Err(S3ErrorCode::InvalidArgument)),
            ("half a byte", "a=%4", Err(S3ErrorCode::InvalidArgument)),
            ("not UTF-8", "a=%FF", Err(S3ErrorCode::InvalidArgument)),
            ("no key", "=v", invalid_tag.clone()),
            ("AWS's own", "aws:a=v", invalid_tag.clone()),
            ("a character", "a=b%23", invalid_tag.clone()),
            ("a long key", &format!("{}=v", "k".repeat(129)), invalid_tag.clone()),
            ("a long value", &format!("k={}", "v".repeat(257)), invalid_tag),
            ("eleven", &eleven, Err(S3ErrorCode::Custom("BadRequest".into()))),
        ] {
            let parsed = parse(header).map_err(|error| S3Error::from(error).code().clone());
            let own = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
            assert_eq!(parsed, expected.map(|tags| tags.into_iter().map(own).collect()), "{name}");
        }
    }
}
