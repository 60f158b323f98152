//! What a function's answer means for its batch.
//!
//! Without `ReportBatchItemFailures` Lambda does not look at the answer. With it, the table is the one that AWS shows
//! in its guide ("Configuring partial batch response") and that was observed against AWS:
//!
//! | answer | meaning |
//! | --- | --- |
//! | `""`, `[]`, `null`, `{}`, an object without `batchItemFailures`, its list empty or null | success |
//! | numbers of records in the batch | what is before the lowest of them is acknowledged, the rest failed |
//! | a number that is empty, null, under another name or not in the batch | the whole batch failed |
//! | anything else, such as text that is not JSON | the whole batch failed |

use std::collections::HashMap;

use serde_json::Value;

use crate::kinesis::Record;

/// The meaning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// All records are done.
    Success,
    /// The records before this index are done, the others are not. Never 0.
    FailedFrom(usize),
    /// No record is done, for this reason.
    Failed(String),
}

/// Reads the answer to a batch of `records` when `ReportBatchItemFailures` is enabled.
pub fn read<'r>(answer: &[u8], records: &(impl ExactSizeIterator<Item = &'r Record> + Clone)) -> Answer {
    if answer.trim_ascii().is_empty() {
        return Answer::Success;
    }
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return Answer::Failed("the response is not JSON".to_owned());
    };
    let failures = match answer {
        Value::Null => return Answer::Success,
        Value::String(text) if text.is_empty() => return Answer::Success,
        Value::Array(list) if list.is_empty() => return Answer::Success,
        Value::Object(mut object) => object.remove("batchItemFailures").unwrap_or_default(),
        _ => return Answer::Failed("the response is no object with batchItemFailures".to_owned()),
    };
    match failures {
        Value::Null => Answer::Success,
        Value::Array(failures) => lowest(&failures, records),
        _ => Answer::Failed("batchItemFailures is not a list".to_owned()),
    }
}

fn lowest<'r>(failures: &[Value], records: &(impl ExactSizeIterator<Item = &'r Record> + Clone)) -> Answer {
    if failures.is_empty() {
        return Answer::Success;
    }
    let places: HashMap<&str, usize> =
        records.clone().enumerate().map(|(index, record)| (record.sequence_number.as_str(), index)).collect();
    let mut lowest = records.len();
    for failure in failures {
        let number = failure.get("itemIdentifier").and_then(Value::as_str).unwrap_or_default();
        let Some(&index) = places.get(number) else {
            return Answer::Failed("batchItemFailures holds an itemIdentifier that is not in the batch".to_owned());
        };
        lowest = lowest.min(index);
    }
    match lowest {
        0 => Answer::Failed("batchItemFailures holds the first record".to_owned()),
        index => Answer::FailedFrom(index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer, and whether it was read as it should.
    type Case<'a> = (&'a str, &'a dyn Fn(&Answer) -> bool);

    #[test]
    fn means_what_lambda_takes_it_for() {
        let records: Vec<_> = ["10", "11", "12", "13"]
            .map(|number| Record {
                sequence_number: number.to_owned(),
                partition_key: "k".to_owned(),
                data: String::new(),
                arrival_ms: 0,
            })
            .into();
        let whole = |answer: &Answer| matches!(answer, Answer::Failed(_));
        let success = |answer: &Answer| *answer == Answer::Success;
        let from = |index| move |answer: &Answer| *answer == Answer::FailedFrom(index);
        let cases: [Case<'_>; 22] = [
            ("", &success),
            (r#""""#, &success),
            ("[]", &success),
            ("null", &success),
            ("{}", &success),
            (r#"{"statusCode":200}"#, &success),
            (r#"{"batchItemFailures":[]}"#, &success),
            (r#"{"batchItemFailures":null}"#, &success),
            (r#"{"batchItemFailures":[{"itemIdentifier":"11"}]}"#, &from(1)),
            (r#"{"batchItemFailures":[{"itemIdentifier":"13"},{"itemIdentifier":"12"}]}"#, &from(2)),
            (r#"{"batchItemFailures":[{"itemIdentifier":"11"},{"itemIdentifier":"13"}]}"#, &from(1)),
            (r#"{"batchItemFailures":[{"itemIdentifier":"10"}]}"#, &whole),
            (r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, &whole),
            (r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#, &whole),
            (r#"{"batchItemFailures":[{"itemIdentifier":12}]}"#, &whole),
            (r#"{"batchItemFailures":[{"wrongKey":"11"}]}"#, &whole),
            (r#"{"batchItemFailures":[{"itemIdentifier":"123"}]}"#, &whole),
            (r#"{"batchItemFailures":[{"itemIdentifier":"11"},{"itemIdentifier":"123"}]}"#, &whole),
            (r#"{"batchItemFailures":{}}"#, &whole),
            (r#""text""#, &whole),
            ("[1]", &whole),
            ("not json", &whole),
        ];
        for (text, expected) in cases {
            let answer = read(text.as_bytes(), &records.iter());
            assert!(expected(&answer), "{text} was taken for {answer:?}");
        }
    }
}
