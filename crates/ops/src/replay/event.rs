//! The invocation event that Lambda would have sent for some records.

use aws_sdk_kinesis::types::Record;
use serde_json::{Value, json};

use crate::deployment::Deployment;

/// A record, as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Where it stands in the shard.
    pub sequence_number: String,
    /// The partition key that its producer gave.
    pub partition_key: String,
    /// When it arrived, in milliseconds since 1970.
    pub arrival_ms: i64,
    /// Its data.
    pub data: Vec<u8>,
}

impl From<Record> for EventRecord {
    fn from(record: Record) -> Self {
        let arrival_ms = record.approximate_arrival_timestamp().and_then(|at| at.to_millis().ok()).unwrap_or(0);
        Self {
            arrival_ms,
            sequence_number: record.sequence_number,
            partition_key: record.partition_key.unwrap_or_default(),
            data: record.data.into_inner(),
        }
    }
}

/// The event of these records of the environment's stream.
pub fn event(deployment: &Deployment, shard_id: &str, records: &[EventRecord]) -> String {
    let account = deployment.account();
    let own = format!(
        "arn:{}:kinesis:{}:{}:stream/{}",
        account.partition, account.region, account.id, deployment.environment.stream.name
    );
    let stream_arn = deployment.environment.stream.arn.clone().unwrap_or(own);
    let one = |record: &EventRecord| -> Value {
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.partition_key,
                "sequenceNumber": record.sequence_number,
                "data": aws_smithy_types::base64::encode(&record.data),
                // In seconds, with milliseconds, as Lambda writes it.
                "approximateArrivalTimestamp": seconds(record.arrival_ms),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("{shard_id}:{}", record.sequence_number),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": account.caller_arn,
            "awsRegion": account.region,
            "eventSourceARN": stream_arn,
        })
    };
    json!({"Records": records.iter().map(one).collect::<Vec<_>>()}).to_string()
}

/// Milliseconds as a JSON number of seconds: exact, as no float would be.
fn seconds(milliseconds: i64) -> Value {
    let text = format!("{}.{:03}", milliseconds.div_euclid(1_000), milliseconds.rem_euclid(1_000));
    serde_json::from_str(&text).unwrap_or_else(|_| Value::from(milliseconds / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_become_seconds_exactly() {
        for (milliseconds, told) in [(1_545_084_650_987, "1545084650.987"), (1_000, "1.0"), (1_050, "1.05")] {
            assert_eq!(seconds(milliseconds).to_string(), told);
        }
    }
}
