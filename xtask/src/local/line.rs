//! One event as one line for a person, or none where another line tells it.

use super::events::{Batch, Discarded, Event, Expired};
use crate::screen;

/// How lines are told.
#[derive(Debug, Clone, Copy)]
pub struct Lines {
    /// Whether shards have more than one lane, so that a batch's lane is worth a word.
    pub lanes: bool,
}

impl Lines {
    /// The line of an event.
    pub fn of(self, event: &Event) -> Option<String> {
        Some(match event {
            Event::BatchDelivered { .. }
            | Event::BatchFailed { .. }
            | Event::BatchThrottled { .. }
            | Event::BatchCut { .. }
            | Event::BatchDiscarded(_)
            | Event::RecordsExpired(_)
            | Event::RecordsFilteredOut(_) => return self.of_records(event),
            Event::ShardStarted { shard_id, parent_shard_ids } if !parent_shard_ids.is_empty() => {
                let parents: Vec<_> = parent_shard_ids.iter().map(|id| short(id)).collect();
                format!("began   {}  after {}", short(shard_id), parents.join(" and "))
            }
            Event::ShardEnded { shard_id } => format!("closed  {}  read to its end", short(shard_id)),
            Event::MappingState { state } => format!("mapping {state}"),
            Event::TimelineCall { call, parameters, error } => {
                let parameters: Vec<_> = parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
                let refused = error.as_ref().map(|error| format!("  refused: {error}"));
                format!("call    {call}  {}{}", parameters.join(", "), refused.unwrap_or_default())
            }
            Event::ObjectStored(object) => {
                format!("object  {}/{}  {}", object.bucket, object.key, screen::bytes(object.bytes))
            }
            Event::ObjectPresent { bucket, key } => format!("object  {bucket}/{key}  was stored already"),
            Event::FaultInjected { fault } => format!("fault   {fault}"),
            // That environments end with the run is no news.
            Event::EnvironmentEnded { environment, reason } if reason != "shut down" => {
                format!("ended   execution environment {environment}: {reason}")
            }
            Event::InputSent { records, retried } if *retried > 0 => format!(
                "sent    {} records, {} of them again after a refusal",
                screen::number(*records),
                screen::number(*retried)
            ),
            Event::FunctionLog { line } => return function_log(line),
            Event::Ready { .. }
            | Event::RecordsPut { .. }
            | Event::InputSent { .. }
            | Event::ShardStarted { .. }
            | Event::Metrics { .. }
            | Event::EnvironmentStarted {}
            | Event::EnvironmentEnded { .. }
            | Event::Ended { .. }
            | Event::Other => return None,
        })
    }

    fn of_records(self, event: &Event) -> Option<String> {
        Some(match event {
            Event::BatchDelivered { batch, duration_ms, iterator_age_ms } => {
                let again = if batch.attempt > 1 { format!("  attempt {}", batch.attempt) } else { String::new() };
                format!(
                    "batch   {}  event {:>9}  {duration_ms} ms  lag {iterator_age_ms} ms{again}",
                    self.batch(batch),
                    screen::bytes(batch.payload_bytes),
                )
            }
            Event::BatchFailed { batch, error, retry_in_ms } => {
                // Without a next time it is given up or cut, which has a line of its own.
                let again = if *retry_in_ms > 0 { format!(", again in {retry_in_ms} ms") } else { String::new() };
                format!("failed  {}  attempt {}{again}: {error}", self.batch(batch), batch.attempt)
            }
            Event::BatchThrottled { batch, error, retry_in_ms } => {
                format!("waits   {}  again in {retry_in_ms} ms: {error}", self.batch(batch))
            }
            Event::BatchCut { shard_id, lane, reason, records_before, records_after, cut_at } => format!(
                "cut     {}  {} records at {cut_at}: {}, {} and {}",
                self.shard(shard_id, *lane),
                screen::number(records_before + records_after),
                cut_reason(reason),
                screen::number(*records_before),
                screen::number(*records_after),
            ),
            Event::BatchDiscarded(discarded) => self.discarded(discarded),
            Event::RecordsExpired(Expired { shard_id, lane, records, .. }) => format!(
                "expired {}  {:>6} records left the stream before they were delivered",
                self.shard(shard_id, *lane),
                screen::number(*records),
            ),
            Event::RecordsFilteredOut(filtered) => format!(
                "filtered {}  {:>6} records match no filter",
                short(&filtered.shard_id),
                screen::number(filtered.sequence_numbers.len() as u64),
            ),
            _ => return None,
        })
    }

    fn discarded(self, discarded: &Discarded) -> String {
        let Discarded { batch, condition, destination, destination_error, .. } = discarded;
        let count = batch.attempt;
        let attempts = if count == 1 { "attempt" } else { "attempts" };
        let to = match (destination, destination_error) {
            (_, Some(error)) => format!(", and not told: {error}"),
            (Some(place), None) => format!(" -> {place}"),
            (None, None) => ", without a destination".to_owned(),
        };
        format!("given up  {}  {condition} after {count} {attempts}{to}", self.batch(batch))
    }

    fn batch(self, batch: &Batch) -> String {
        format!("{}  {:>6} records", self.shard(&batch.shard_id, batch.lane), screen::number(batch.records))
    }

    fn shard(self, shard_id: &str, lane: u32) -> String {
        if self.lanes { format!("{} lane {lane}", short(shard_id)) } else { short(shard_id) }
    }
}

/// Why a batch was cut, in words.
fn cut_reason(reason: &str) -> &str {
    match reason {
        "batch_item_failures" => "the function named the first record that failed",
        "record_age" => "the first ones are too old",
        "retention" => "the first ones left the stream",
        other => other,
    }
}

/// What the function says of itself is in the batch's line already, unless it is an error or no line of ours.
fn function_log(line: &str) -> Option<String> {
    let parsed: Option<serde_json::Value> = serde_json::from_str(line).ok();
    let field = |name: &str| parsed.as_ref().and_then(|line| line.get(name)).and_then(|field| field.as_str());
    if matches!(field("level"), Some("INFO" | "DEBUG" | "TRACE")) {
        return None;
    }
    Some(match (field("message"), field("error")) {
        (Some(message), Some(error)) => format!("log     {message}: {error}"),
        _ => format!("log     {line}"),
    })
}

/// `shardId-000000000006` as `shard 6`.
fn short(shard_id: &str) -> String {
    let number = shard_id.strip_prefix("shardId-").map(|digits| digits.trim_start_matches('0'));
    number
        .map_or_else(|| shard_id.to_owned(), |number| format!("shard {}", if number.is_empty() { "0" } else { number }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: &str = r#""shard_id":"shardId-000000000001","lane":2,"request_id":"r","records":3000,
        "payload_bytes":1500000,"first_sequence_number":"1","last_sequence_number":"9","attempt":4"#;

    fn line(lanes: bool, event: &str) -> Option<String> {
        let event = event.replace("$BATCH", BATCH);
        Lines { lanes }.of(&serde_json::from_str(&event).unwrap_or_else(|error| panic!("{event}: {error}")))
    }

    #[test]
    fn each_recorded_event_is_one_short_line() {
        for (event, expected) in [
            (
                r#"{"version":1,"event":"shard_started","shard_id":"shardId-000000000003",
                    "parent_shard_ids":["shardId-000000000000","shardId-000000000001"]}"#,
                Some("began   shard 3  after shard 0 and shard 1"),
            ),
            (r#"{"event":"shard_started","shard_id":"shardId-000000000000","parent_shard_ids":[]}"#, None),
            (r#"{"event":"shard_ended","shard_id":"shardId-000000000000"}"#, Some("closed  shard 0  read to its end")),
            (
                r#"{"event":"records_filtered_out","shard_id":"shardId-000000000001","sequence_numbers":["1","2"]}"#,
                Some("filtered shard 1       2 records match no filter"),
            ),
            (
                r#"{"event":"batch_delivered",$BATCH,"duration_ms":12,"iterator_age_ms":34}"#,
                Some("batch   shard 1   3,000 records  event    1.5 MB  12 ms  lag 34 ms  attempt 4"),
            ),
            (
                r#"{"event":"batch_failed",$BATCH,"error":"no","retry_in_ms":900}"#,
                Some("failed  shard 1   3,000 records  attempt 4, again in 900 ms: no"),
            ),
            (
                r#"{"event":"batch_failed",$BATCH,"error":"no","retry_in_ms":0}"#,
                Some("failed  shard 1   3,000 records  attempt 4: no"),
            ),
            (
                r#"{"event":"batch_throttled",$BATCH,"error":"TooManyRequestsException","retry_in_ms":5}"#,
                Some("waits   shard 1   3,000 records  again in 5 ms: TooManyRequestsException"),
            ),
            (
                r#"{"event":"batch_cut","shard_id":"shardId-000000000001","lane":0,"reason":"bisect",
                    "records_before":1500,"records_after":1500,"cut_at":"4959"}"#,
                Some("cut     shard 1  3,000 records at 4959: bisect, 1,500 and 1,500"),
            ),
            (
                r#"{"event":"batch_cut","shard_id":"shardId-000000000001","lane":0,"reason":"record_age",
                    "records_before":1,"records_after":2,"cut_at":"4959"}"#,
                Some("cut     shard 1  3 records at 4959: the first ones are too old, 1 and 2"),
            ),
            (
                r#"{"event":"batch_discarded",$BATCH,"condition":"RetryAttemptsExhausted",
                    "approximate_invoke_count":4,"destination":"s3://b/k","destination_error":null}"#,
                Some("given up  shard 1   3,000 records  RetryAttemptsExhausted after 4 attempts -> s3://b/k"),
            ),
            (
                r#"{"event":"batch_discarded",$BATCH,"condition":"RecordAgeExceeded",
                    "approximate_invoke_count":1,"destination":null,"destination_error":"NoSuchBucket"}"#,
                Some(
                    "given up  shard 1   3,000 records  RecordAgeExceeded after 4 attempts, and not told: NoSuchBucket",
                ),
            ),
            (
                r#"{"event":"records_expired","shard_id":"shardId-000000000001","lane":0,"records":20,
                    "first_sequence_number":"1","last_sequence_number":"9"}"#,
                Some("expired shard 1      20 records left the stream before they were delivered"),
            ),
            (r#"{"event":"mapping_state","state":"Disabled"}"#, Some("mapping Disabled")),
            (
                r#"{"event":"timeline_call","call":"UpdateShardCount","parameters":{"TargetShardCount":4},"error":null}"#,
                Some("call    UpdateShardCount  TargetShardCount 4"),
            ),
            (
                r#"{"event":"timeline_call","call":"UpdateShardCount","parameters":{"TargetShardCount":40},
                    "error":"LimitExceededException"}"#,
                Some("call    UpdateShardCount  TargetShardCount 40  refused: LimitExceededException"),
            ),
            (r#"{"event":"metrics","metrics":{"PolledEventCount":4000}}"#, None),
            (r#"{"event":"of_tomorrow","field":1}"#, None),
        ] {
            assert_eq!(line(false, event).as_deref(), expected, "{event}");
        }
        let with_lanes = line(true, r#"{"event":"batch_failed",$BATCH,"error":"no","retry_in_ms":900}"#);
        let expected = "failed  shard 1 lane 2   3,000 records  attempt 4, again in 900 ms: no";
        assert_eq!(with_lanes.as_deref(), Some(expected));
    }
}
