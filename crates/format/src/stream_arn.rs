//! The ARN of the stream that an event comes from.
//!
//! Left out: ARNs of anything else.

use crate::excerpt::excerpt;
use crate::limits::STREAM_NAME_CHARACTERS_MAX;

/// What [`stream_arn_of`] refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event source {0} is not arn:<partition>:kinesis:<region>:<account>:stream/<name> or a consumer of one")]
pub struct StreamArnError(String);

/// The stream's ARN in an event's `eventSourceARN`, which names a consumer where one reads (enhanced fan-out).
///
/// So an object's identity is that of the stream, however it is read.
///
/// ```
/// # use penstock_format::stream_arn_of;
/// let consumer = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks/consumer/penstock:1545084650";
/// assert_eq!(stream_arn_of(consumer).unwrap(), "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks");
/// ```
pub fn stream_arn_of(event_source_arn: &str) -> Result<&str, StreamArnError> {
    stream_arn(event_source_arn).ok_or_else(|| StreamArnError(excerpt(event_source_arn)))
}

fn stream_arn(event_source_arn: &str) -> Option<&str> {
    let mut fields = event_source_arn.splitn(6, ':');
    let (arn, partition, service) = (fields.next()?, fields.next()?, fields.next()?);
    let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
    let (name, consumer) = match resource.strip_prefix("stream/")?.split_once('/') {
        None => (resource.strip_prefix("stream/")?, None),
        Some((name, consumer)) => (name, Some(consumer)),
    };
    let valid = arn == "arn"
        && service == "kinesis"
        && is_lower_case_word(partition)
        && is_lower_case_word(region)
        && account.len() == 12
        && is_digits(account)
        && is_name(name)
        && consumer.is_none_or(is_consumer);
    let after_name = consumer.map_or(0, |consumer| consumer.len() + 1);
    valid.then(|| &event_source_arn[..event_source_arn.len() - after_name])
}

/// `consumer/<name>:<creation time>`, the tail of a consumer's ARN.
fn is_consumer(text: &str) -> bool {
    text.strip_prefix("consumer/")
        .and_then(|consumer| consumer.split_once(':'))
        .is_some_and(|(name, created)| is_name(name) && is_digits(created))
}

fn is_lower_case_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

fn is_name(text: &str) -> bool {
    (1..=STREAM_NAME_CHARACTERS_MAX).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"_.-".contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consumer_stands_for_its_stream() {
        let stream = "arn:aws:kinesis:us-east-2:123456789012:stream/s";
        let china = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/A_b.c-9";
        for (name, arn, expected) in [
            ("stream", stream.to_owned(), Some(stream)),
            ("another partition", china.to_owned(), Some(china)),
            ("consumer", format!("{stream}/consumer/c:1545084650"), Some(stream)),
            ("consumer without a time", format!("{stream}/consumer/c"), None),
            ("consumer with a bad time", format!("{stream}/consumer/c:now"), None),
            ("something else of a stream", format!("{stream}/channel/c:1545084650"), None),
            ("deeper", format!("{stream}/consumer/c:1/x"), None),
            ("trailing slash", format!("{stream}/"), None),
            ("trailing colon", format!("{stream}:1"), None),
            ("longest name", format!("arn:aws:kinesis:r:123456789012:stream/{}", "n".repeat(129)), None),
            ("no name", "arn:aws:kinesis:us-east-2:123456789012:stream/".to_owned(), None),
            ("no account", "arn:aws:kinesis:us-east-2::stream/s".to_owned(), None),
            ("no region", "arn:aws:kinesis::123456789012:stream/s".to_owned(), None),
            ("dynamodb", "arn:aws:dynamodb:us-east-2:123456789012:table/t/stream/x".to_owned(), None),
            ("empty", String::new(), None),
        ] {
            assert_eq!(stream_arn_of(&arn).ok(), expected, "{name}");
        }
    }
}
