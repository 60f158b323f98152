//! Documents about batches that were given up, as a queue or a topic hands them over: what is wrapped around them is taken
//! off.
//!
//! | what it may be | from |
//! | --- | --- |
//! | a document | a bucket, a subscription with raw delivery |
//! | `{"Type":"Notification","Message":"…"}` | a topic |
//! | `{"Messages":[{"Body":"…"}]}`, or a message alone | `aws sqs receive-message` |
//! | `["…"]`, or a text alone | the same with `--query Messages[].Body` |
//!
//! Any of these within another, one after the other, a line each or over several lines.
//!
//! Source: the AWS CLI's reference of `sqs receive-message`; Amazon SNS guide, "HTTP/HTTPS headers and JSON formats".

use serde_json::Value;

use crate::FailureDocument;
use crate::excerpt::excerpt;
use crate::limits::ENVELOPES_DEPTH_MAX;

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FailureMessages {
    /// The documents, in their order.
    pub documents: Vec<FailureDocument>,
    /// What is none, and why, in words; nothing is passed over in silence.
    pub wrong: Vec<String>,
}

impl FailureMessages {
    /// Reads all of a text. What cannot be read ends at its line; the lines after it are read.
    pub fn parse(text: &str) -> Self {
        let mut found = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            let read = values.next();
            let end = values.byte_offset();
            rest = match read {
                Some(Ok(value)) => {
                    found.take(value, ENVELOPES_DEPTH_MAX);
                    rest[end..].trim_start()
                }
                Some(Err(error)) => {
                    let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
                    found.wrong.push(format!("{} is no JSON: {error}", excerpt(line)));
                    after.trim_start()
                }
                None => "",
            };
        }
        found
    }

    fn take(&mut self, value: Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else {
            return self.wrong.push(format!("more than {ENVELOPES_DEPTH_MAX} envelopes around a document"));
        };
        match value {
            Value::Array(values) => values.into_iter().for_each(|value| self.take(value, depth)),
            Value::String(text) => match serde_json::from_str(&text) {
                Ok(value) => self.take(value, depth),
                Err(error) => self.wrong.push(format!("{} is no JSON: {error}", excerpt(&text))),
            },
            Value::Object(mut object) => {
                let inner = match () {
                    () if object.contains_key("KinesisBatchInfo") => None,
                    () if object.get("Type").is_some_and(|kind| kind == "Notification") => object.remove("Message"),
                    () => object.remove("Messages").or_else(|| object.remove("Body")),
                };
                match inner {
                    Some(inner) => self.take(inner, depth),
                    None => match FailureDocument::parse(&Value::Object(object).to_string()) {
                        Ok(document) => self.documents.push(document),
                        Err(why) => self.wrong.push(why),
                    },
                }
            }
            other => self.wrong.push(format!("{} is no document of a batch", excerpt(&other.to_string()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn document(first: u64) -> Value {
        json!({"KinesisBatchInfo": {
            "shardId": "shardId-000000000001", "startSequenceNumber": first.to_string(),
            "endSequenceNumber": (first + 8).to_string(), "batchSize": 9,
            "streamArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
        }})
    }

    fn firsts(text: &str) -> (Vec<String>, usize) {
        let found = FailureMessages::parse(text);
        (found.documents.into_iter().map(|own| own.first).collect(), found.wrong.len())
    }

    #[test]
    fn whatever_is_wrapped_around_a_document_is_taken_off() {
        let (one, two) = (document(1), document(2));
        let notification = json!({"Type": "Notification", "MessageId": "m", "Message": one.to_string()});
        let body = |value: &Value| json!({"MessageId": "m", "ReceiptHandle": "r", "Body": value.to_string()});
        for (name, text, expected) in [
            ("nothing", String::new(), &[][..]),
            ("an empty queue", "{}\n".replace("{}", &json!({"Messages": []}).to_string()), &[]),
            ("bare", one.to_string(), &["1"]),
            ("over several lines", serde_json::to_string_pretty(&one).unwrap(), &["1"]),
            ("a line each", format!("{one}\n\n{two}\r\n"), &["1", "2"]),
            ("a topic's", notification.to_string(), &["1"]),
            ("a queue's", json!({"Messages": [body(&one), body(&two)]}).to_string(), &["1", "2"]),
            ("a message", body(&two).to_string(), &["2"]),
            ("bodies alone", json!([one.to_string(), two.to_string()]).to_string(), &["1", "2"]),
            ("a body alone", json!(two.to_string()).to_string(), &["2"]),
            ("a topic's in a queue", json!({"Messages": [body(&notification)]}).to_string(), &["1"]),
        ] {
            let expected: Vec<String> = expected.iter().map(|own: &&str| (*own).to_owned()).collect();
            assert_eq!(firsts(&text), (expected, 0), "{name}");
        }
        let read = &FailureMessages::parse(&one.to_string()).documents[0];
        assert_eq!(read.stream_arn.as_deref(), Some("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"));
    }

    #[test]
    fn what_is_none_is_told_and_the_rest_is_read() {
        let one = document(1);
        for (name, text, expected) in [
            ("a broken line", format!("{{\"a\n{one}"), (vec!["1".to_owned()], 1)),
            ("a number", format!("7 {one}"), (vec!["1".to_owned()], 1)),
            ("another object", format!("{{}}\n{one}"), (vec!["1".to_owned()], 1)),
            ("a text that is none", "\"hello\"".to_owned(), (vec![], 1)),
            ("cut short", one.to_string()[..20].to_owned(), (vec![], 1)),
        ] {
            assert_eq!(firsts(&text), expected, "{name}");
        }
    }

    #[test]
    fn l1_envelopes_end() {
        let nested = (0..=ENVELOPES_DEPTH_MAX).fold(document(1), |inner, _| json!([inner]));
        assert_eq!(firsts(&nested.to_string()), (vec![], 1));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_told(text in ".{0,200}") {
            let found = FailureMessages::parse(&text);
            prop_assert!(found.documents.is_empty());
        }
    }
}
