//! A document about a batch that Lambda gave up. With the event, as S3 gets it, in a string or, from emulators, as an
//! object; without it, as SQS and SNS get it. `responseContext` may be absent, and its `functionError` null.
//! Source: AWS Lambda guide, "Retain discarded batch records for a Kinesis Data Streams event source".

use serde::Deserialize;
use serde_json::Value;

/// What a document says of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureDocument {
    /// `condition`.
    pub condition: String,
    /// `streamArn`, where the document tells it.
    pub stream_arn: Option<String>,
    /// `shardId`.
    pub shard_id: String,
    /// `startSequenceNumber`.
    pub first: String,
    /// `endSequenceNumber`.
    pub last: String,
    /// The invocation event, where the document carries it.
    pub event: Option<String>,
    /// Records in the event, else what the document says.
    pub records: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    request_context: Option<RequestContext>,
    #[serde(rename = "KinesisBatchInfo")]
    kinesis_batch_info: KinesisBatchInfo,
    payload: Option<Value>,
}

#[derive(Deserialize)]
struct RequestContext {
    condition: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KinesisBatchInfo {
    stream_arn: Option<String>,
    shard_id: String,
    start_sequence_number: String,
    end_sequence_number: String,
    batch_size: u64,
}

impl FailureDocument {
    /// Reads one; what is wrong with it is told in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Read = serde_json::from_str(text).map_err(|error| format!("no document of a batch: {error}"))?;
        let event = match read.payload {
            None | Some(Value::Null) => None,
            Some(Value::String(event)) => Some(event),
            Some(object @ Value::Object(_)) => Some(object.to_string()),
            Some(_) => return Err("its payload is neither a text nor an object".to_owned()),
        };
        let records = match &event {
            None => read.kinesis_batch_info.batch_size,
            Some(event) => {
                let event: Value =
                    serde_json::from_str(event).map_err(|error| format!("its payload is no event: {error}"))?;
                event["Records"].as_array().ok_or("its payload has no Records")?.len() as u64
            }
        };
        let info = read.kinesis_batch_info;
        Ok(Self {
            condition: read.request_context.and_then(|own| own.condition).unwrap_or_default(),
            stream_arn: info.stream_arn,
            shard_id: info.shard_id,
            first: info.start_sequence_number,
            last: info.end_sequence_number,
            event,
            records,
        })
    }

    /// The shard's number.
    pub fn shard(&self) -> Option<u64> {
        self.shard_id.rsplit('-').next()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(payload: &Value) -> String {
        let mut document = json!({
            "requestContext": {"condition": "RecordAgeExceeded"},
            "KinesisBatchInfo": {
                "shardId": "shardId-000000000006", "startSequenceNumber": "1", "endSequenceNumber": "2", "batchSize": 9,
            },
        });
        if !payload.is_null() {
            document["payload"] = payload.clone();
        }
        document.to_string()
    }

    #[test]
    fn a_payload_is_a_text_or_an_object_or_absent() {
        let event = r#"{"Records":[{},{}]}"#;
        for (payload, records, carried) in
            [(json!(event), 2, true), (json!({"Records": [{}, {}]}), 2, true), (Value::Null, 9, false)]
        {
            let read = FailureDocument::parse(&document(&payload)).unwrap();
            assert_eq!((read.records, read.event.is_some(), read.shard()), (records, carried, Some(6)), "{payload}");
            assert_eq!(read.condition, "RecordAgeExceeded");
        }
    }

    #[test]
    fn what_is_no_document_is_refused_in_words() {
        for (text, words) in [
            ("[]".to_owned(), "no document of a batch"),
            ("{}".to_owned(), "no document of a batch"),
            (document(&json!(7)), "neither a text nor an object"),
            (document(&json!("{")), "its payload is no event"),
            (document(&json!({})), "has no Records"),
        ] {
            assert!(FailureDocument::parse(&text).unwrap_err().contains(words), "{text}");
        }
    }
}
