//! The operations that are answered here and not by the emulator, in the form of the API: a JSON object in, a JSON
//! object or an error out.
//!
//! Whoever calls does not hold the gate: it is taken here, after the request was found valid.

use ferrokinesis::actions::{Operation, dispatch};
use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::validation;
use serde_json::{Value, json};

use super::reader::{GET_RECORDS_COUNT_MAX, to_request_ms};
use super::{Kinesis, ShardIteratorType, arrival, shards, token};

/// The hours that the emulator's validation takes for the longest retention, which it no longer is.
const VALIDATED_RETENTION_HOURS: u64 = 168;

/// The longest retention, in hours: 365 days.
const RETENTION_PERIOD_HOURS_MAX: u32 = 8_760;

/// The shortest retention, in hours.
const RETENTION_PERIOD_HOURS_MIN: u32 = 24;

/// Whether an operation is answered by [`Kinesis::operate`] in another way than by the emulator.
pub(super) fn answered_here(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::GetRecords
            | Operation::GetShardIterator
            | Operation::ListShards
            | Operation::SplitShard
            | Operation::MergeShards
            | Operation::UpdateShardCount
            | Operation::IncreaseStreamRetentionPeriod
            | Operation::DecreaseStreamRetentionPeriod
    )
}

impl Kinesis {
    /// One operation as the API does it, validation included, without HTTP. Null when there is nothing to say.
    pub(super) async fn operate(&self, operation: Operation, request: Value) -> Result<Value, KinesisErrorResponse> {
        let filter = request.get("ShardFilter").cloned().unwrap_or_default();
        let named = self.named(request)?;
        let hours = named["RetentionPeriodHours"].as_u64();
        let request = valid(operation, named)?;
        let text = |field: &str| request[field].as_str().unwrap_or_default();
        let _gate = self.gate.lock().await;
        match operation {
            Operation::GetShardIterator => self.answer_get_shard_iterator(&request).await,
            Operation::GetRecords => self.answer_get_records(&request).await,
            Operation::ListShards => self.answer_list_shards(&request, &filter).await,
            Operation::SplitShard => {
                self.split(text("StreamName"), text("ShardToSplit"), text("NewStartingHashKey")).await?;
                Ok(Value::Null)
            }
            Operation::MergeShards => {
                self.merge(text("StreamName"), text("ShardToMerge"), text("AdjacentShardToMerge")).await?;
                Ok(Value::Null)
            }
            Operation::UpdateShardCount => {
                let target = request["TargetShardCount"].as_u64().and_then(|target| u32::try_from(target).ok());
                self.rescale(text("StreamName"), target.unwrap_or(u32::MAX)).await
            }
            Operation::IncreaseStreamRetentionPeriod | Operation::DecreaseStreamRetentionPeriod => {
                let hours = hours.and_then(|hours| u32::try_from(hours).ok()).unwrap_or(u32::MAX);
                check_retention(hours)?;
                let request = json!({ "StreamName": text("StreamName"), "RetentionPeriodHours": hours });
                dispatch(&self.store, operation, request).await.map(Option::unwrap_or_default)
            }
            _ => dispatch(&self.store, operation, request).await.map(Option::unwrap_or_default),
        }
    }

    /// A request that names its stream by `StreamARN`, naming it by `StreamName`. What is not understood stays as it is.
    pub(super) fn named(&self, mut request: Value) -> Result<Value, KinesisErrorResponse> {
        if request["StreamARN"].is_string()
            && let Some(fields) = request.as_object()
        {
            let stream_name = self.store.resolve_stream_name(&Value::Object(fields.clone()))?;
            request["StreamName"] = json!(stream_name);
            request.as_object_mut().and_then(|request| request.remove("StreamARN"));
        }
        Ok(request)
    }

    async fn answer_get_shard_iterator(&self, request: &Value) -> Result<Value, KinesisErrorResponse> {
        let text = |field: &str| request[field].as_str();
        let (name, shard_id) = (text("StreamName").unwrap_or_default(), text("ShardId").unwrap_or_default());
        let number = text("StartingSequenceNumber").map(str::to_owned);
        let kind = match (text("ShardIteratorType").unwrap_or_default(), number, request["Timestamp"].as_f64()) {
            ("TRIM_HORIZON", None, _) => ShardIteratorType::TrimHorizon,
            ("LATEST", None, _) => ShardIteratorType::Latest,
            ("AT_SEQUENCE_NUMBER", Some(number), _) => ShardIteratorType::AtSequenceNumber(number),
            ("AFTER_SEQUENCE_NUMBER", Some(number), _) => ShardIteratorType::AfterSequenceNumber(number),
            ("AT_TIMESTAMP", None, Some(seconds)) => ShardIteratorType::AtTimestamp(to_request_ms(seconds)),
            // What does not go together: the emulator says why.
            _ => {
                let answer = dispatch(&self.store, Operation::GetShardIterator, request.clone()).await;
                return answer.map(Option::unwrap_or_default);
            }
        };
        let place = self.place(name, shard_id, kind).await?;
        Ok(json!({ "ShardIterator": token::encode(&place, self.clock.now_ms()) }))
    }

    async fn answer_get_records(&self, request: &Value) -> Result<Value, KinesisErrorResponse> {
        let now_ms = self.clock.now_ms();
        let place = token::decode(request["ShardIterator"].as_str().unwrap_or_default(), now_ms)?;
        let shard_id = place.shard_id();
        let missing =
            || KinesisErrorResponse::shard_not_found(&shard_id, &place.stream_name, &self.store.aws_account_id);
        let stream = self.store.get_stream(&place.stream_name).await.map_err(|_| missing())?;
        if place.shard_number() >= stream.shards.len() {
            return Err(missing());
        }
        let limit = request["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
        let found = self.read(&stream, &place, limit.unwrap_or(GET_RECORDS_COUNT_MAX)).await;
        let records: Vec<_> = found
            .records
            .into_iter()
            .map(|record| {
                json!({
                    "SequenceNumber": record.sequence_number,
                    "ApproximateArrivalTimestamp": arrival::to_seconds(record.arrival_ms),
                    "Data": record.data,
                    "PartitionKey": record.partition_key,
                })
            })
            .collect();
        let mut answer = json!({ "Records": records, "MillisBehindLatest": found.millis_behind_latest });
        match found.next {
            Some(next) => answer["NextShardIterator"] = json!(token::encode(&next, now_ms)),
            None => answer["ChildShards"] = shards::children(&stream, &shard_id),
        }
        Ok(answer)
    }
}

/// Refuses a retention that AWS has not.
pub(super) fn check_retention(hours: u32) -> Result<(), KinesisErrorResponse> {
    let (border, size) = if hours < RETENTION_PERIOD_HOURS_MIN {
        (format!("Minimum allowed retention period is {RETENTION_PERIOD_HOURS_MIN} hours"), "short")
    } else if hours > RETENTION_PERIOD_HOURS_MAX {
        (format!("Maximum allowed retention period is {RETENTION_PERIOD_HOURS_MAX} hours"), "long")
    } else {
        return Ok(());
    };
    Err(invalid(&format!("{border}. Requested retention period ({hours} hours) is too {size}.")))
}

/// An argument that does not fit.
pub(super) fn invalid(message: &str) -> KinesisErrorResponse {
    KinesisErrorResponse::client_error("InvalidArgumentException", Some(message))
}

/// The fields of a request that the operation knows, with their types and limits checked.
fn valid(operation: Operation, mut request: Value) -> Result<Value, KinesisErrorResponse> {
    if let Some(hours) = request["RetentionPeriodHours"].as_u64() {
        request["RetentionPeriodHours"] = json!(hours.min(VALIDATED_RETENTION_HOURS));
    }
    let rules = operation.validation_rules();
    let rules: Vec<_> = rules.iter().map(|(field, rule)| (*field, rule)).collect();
    let request = validation::check_types(&request, &rules)?;
    validation::check_validations(&request, &rules, None)?;
    Ok(request)
}
