//! The document about a batch that is given up, as Lambda sends it to an on-failure destination.
//!
//! Form: AWS Lambda guide, "Retain discarded batch records for a Kinesis Data Streams event source", and what was recorded
//! against AWS: a record that is too old has no `responseContext`, and a function that only answered that a batch is not
//! done has a null `functionError`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::events::DiscardCondition;

/// What is told of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// The request id of its last invocation; any, where there was none.
    pub request_id: &'a str,
    /// The function's ARN.
    pub function_arn: &'a str,
    /// Why it is given up. AWS documents no word for a record that no event can hold; ours is
    /// [`DiscardCondition::InvocationPayloadTooLarge`].
    pub condition: DiscardCondition,
    /// How often it was tried, as AWS counts it.
    pub approximate_invoke_count: u64,
    /// What the last invocation came to; none where that is not why the batch is given up.
    pub response: Option<ResponseContext<'a>>,
    /// Now, in milliseconds since 1970.
    pub timestamp_ms: u64,
    /// The shard.
    pub shard_id: &'a str,
    /// Sequence number of the batch's first record.
    pub start_sequence_number: &'a str,
    /// Sequence number of its last record.
    pub end_sequence_number: &'a str,
    /// Arrival of its first record, in milliseconds since 1970.
    pub first_arrival_ms: u64,
    /// Arrival of its last record, in milliseconds since 1970.
    pub last_arrival_ms: u64,
    /// Records.
    pub batch_size: usize,
    /// The stream's ARN.
    pub stream_arn: &'a str,
}

/// `responseContext`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseContext<'a> {
    /// 200: the invocation itself took place.
    pub status_code: u16,
    /// `$LATEST`.
    pub executed_version: &'a str,
    /// `Unhandled`, or null where the function answered.
    pub function_error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    request_context: RequestContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext<'a>>,
    version: &'a str,
    timestamp: String,
    #[serde(rename = "KinesisBatchInfo")]
    kinesis_batch_info: KinesisBatchInfo<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    condition: DiscardCondition,
    approximate_invoke_count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KinesisBatchInfo<'a> {
    shard_id: &'a str,
    start_sequence_number: &'a str,
    end_sequence_number: &'a str,
    approximate_arrival_of_first_record: String,
    approximate_arrival_of_last_record: String,
    batch_size: usize,
    stream_arn: &'a str,
}

impl Failure<'_> {
    /// What SQS and SNS get: metadata only. With the invocation event, which is an escaped string there, what S3 gets.
    pub fn document(&self, event: Option<&str>) -> String {
        let document = Document {
            request_context: RequestContext {
                request_id: self.request_id,
                function_arn: self.function_arn,
                condition: self.condition,
                approximate_invoke_count: self.approximate_invoke_count,
            },
            response_context: self.response,
            version: "1.0",
            timestamp: rfc3339(self.timestamp_ms),
            kinesis_batch_info: KinesisBatchInfo {
                shard_id: self.shard_id,
                start_sequence_number: self.start_sequence_number,
                end_sequence_number: self.end_sequence_number,
                approximate_arrival_of_first_record: rfc3339(self.first_arrival_ms),
                approximate_arrival_of_last_record: rfc3339(self.last_arrival_ms),
                batch_size: self.batch_size,
                stream_arn: self.stream_arn,
            },
            payload: event,
        };
        // Text and numbers have a JSON form.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// The key in the bucket: `aws/lambda/<UUID of the mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>`.
    pub fn s3_key(&self, mapping: Uuid, random: Uuid) -> String {
        let time = utc(self.timestamp_ms).format("%Y/%m/%d/%Y-%m-%dT%H.%M.%S");
        format!("aws/lambda/{mapping}/{}/{time}-{random}", self.shard_id)
    }
}

fn utc(ms: u64) -> DateTime<Utc> {
    i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default()
}

fn rfc3339(ms: u64) -> String {
    utc(ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn failure(condition: DiscardCondition, response: Option<ResponseContext<'_>>) -> Failure<'_> {
        Failure {
            request_id: "c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5",
            function_arn: "arn:aws:lambda:us-east-2:123456789012:function:f",
            condition,
            approximate_invoke_count: 4,
            response,
            timestamp_ms: 1_573_692_246_021,
            shard_id: "shardId-000000000001",
            start_sequence_number: "49601189658422359378836298521827638475320189012309704722",
            end_sequence_number: "49601189658422359378836298522902373528957594348623495186",
            first_arrival_ms: 1_573_692_244_835,
            last_arrival_ms: 1_573_692_245_580,
            batch_size: 500,
            stream_arn: "arn:aws:kinesis:us-east-2:123456789012:stream/s",
        }
    }

    fn response(function_error: Option<&str>) -> ResponseContext<'_> {
        ResponseContext { status_code: 200, executed_version: "$LATEST", function_error }
    }

    #[test]
    fn unhandled_exhaustion_says_unhandled() {
        let failure = failure(DiscardCondition::RetryAttemptsExhausted, Some(response(Some("Unhandled"))));
        let expected = concat!(
            r#"{"requestContext":{"requestId":"c9b8fa9f-5a7f-xmpl-af9c-0c604cde93a5","#,
            r#""functionArn":"arn:aws:lambda:us-east-2:123456789012:function:f","condition":"RetryAttemptsExhausted","#,
            r#""approximateInvokeCount":4},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","#,
            r#""functionError":"Unhandled"},"version":"1.0","timestamp":"2019-11-14T00:44:06.021Z","#,
            r#""KinesisBatchInfo":{"shardId":"shardId-000000000001","#,
            r#""startSequenceNumber":"49601189658422359378836298521827638475320189012309704722","#,
            r#""endSequenceNumber":"49601189658422359378836298522902373528957594348623495186","#,
            r#""approximateArrivalOfFirstRecord":"2019-11-14T00:44:04.835Z","#,
            r#""approximateArrivalOfLastRecord":"2019-11-14T00:44:05.580Z","batchSize":500,"#,
            r#""streamArn":"arn:aws:kinesis:us-east-2:123456789012:stream/s"}}"#,
        );
        assert_eq!(failure.document(None), expected);
    }

    #[test]
    fn record_age_exceeded_has_no_response_context() {
        let document = failure(DiscardCondition::RecordAgeExceeded, None).document(None);
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["requestContext"]["condition"], "RecordAgeExceeded");
        assert_eq!(document.get("responseContext"), None, "absent, not null");
    }

    #[test]
    fn partial_exhaustion_has_a_null_function_error() {
        let document = failure(DiscardCondition::RetryAttemptsExhausted, Some(response(None))).document(None);
        let document: Value = serde_json::from_str(&document).unwrap();
        let expected = json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": null });
        assert_eq!(document["responseContext"], expected);
    }

    #[test]
    fn the_payload_is_a_string_that_holds_json() {
        let event = r#"{"Records":[{"kinesis":{"partitionKey":"a \"quoted\" key"}}]}"#;
        let document = failure(DiscardCondition::RecordAgeExceeded, None).document(Some(event));
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["payload"], event);
        assert!(document.as_object().unwrap().contains_key("KinesisBatchInfo"), "beside the metadata");
    }

    #[test]
    fn keys_name_mapping_shard_and_second() {
        let failure = failure(DiscardCondition::RecordAgeExceeded, None);
        let (mapping, random) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let expected = "aws/lambda/00000000-0000-0000-0000-000000000001/shardId-000000000001/2019/11/14/\
                        2019-11-14T00.44.06-00000000-0000-0000-0000-000000000002";
        assert_eq!(failure.s3_key(mapping, random), expected);
    }
}
