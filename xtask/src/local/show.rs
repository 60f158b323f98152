//! What a person sees of a local run: where things are, one line an event, and what came of it.

use std::time::Duration;

use penstock_stack::Environment;
use serde_json::json;

use super::compare::Comparison;
use super::events::{Event, ObjectStored, Outcome};
use super::scenario::{REGION, Scenario};
use super::tree;
use crate::{paths, screen};

/// How to show a run.
pub struct Shown<'r> {
    /// For programs: the events as they come, then one summary object.
    pub json: bool,
    /// What runs.
    pub scenario: &'r Scenario,
    /// As what.
    pub environment: &'r Environment,
}

impl Shown<'_> {
    /// One event, in a line or none.
    pub fn event(&self, event: &Event) {
        // A bar tells the progress of an input, and the tree its objects: no line each on top of that.
        let told_otherwise = matches!(event, Event::BatchDelivered { .. } | Event::ObjectStored(_));
        if told_otherwise && self.scenario.input.is_some() && screen::is_drawn() {
            return;
        }
        match event {
            Event::Ready { kinesis_endpoint, s3_endpoint } => self.ready(kinesis_endpoint, s3_endpoint),
            Event::BatchDelivered { shard_id, records, payload_bytes, attempt, duration_ms, iterator_age_ms } => {
                let again = if *attempt > 1 { format!("  attempt {attempt}") } else { String::new() };
                screen::progress(format_args!(
                    "batch   {}  {:>6} records  event {:>9}  {duration_ms} ms  lag {iterator_age_ms} ms{again}",
                    short(shard_id),
                    screen::number(*records),
                    screen::bytes(*payload_bytes),
                ));
            }
            Event::BatchFailed { shard_id, records, attempt, error, retry_in_ms } => screen::progress(format_args!(
                "failed  {}  {:>6} records  attempt {attempt}, again in {retry_in_ms} ms: {error}",
                short(shard_id),
                screen::number(*records),
            )),
            Event::ObjectStored(object) => screen::progress(format_args!(
                "object  {}/{}  {}",
                object.bucket,
                object.key,
                screen::bytes(object.bytes)
            )),
            Event::ObjectPresent { bucket, key } => {
                screen::progress(format_args!("object  {bucket}/{key}  was stored already"));
            }
            Event::FaultInjected { fault } => screen::progress(format_args!("fault   {fault}")),
            // That environments end with the run is no news.
            Event::EnvironmentEnded { environment, reason } if reason != "shut down" => {
                screen::progress(format_args!("ended   execution environment {environment}: {reason}"));
            }
            Event::InputSent { records, retried } if *retried > 0 => screen::progress(format_args!(
                "sent    {} records, {} of them again after a refusal",
                screen::number(*records),
                screen::number(*retried)
            )),
            Event::FunctionLog { line, .. } => function_log(line),
            Event::RecordDiscarded { shard_id, sequence_number } => screen::progress(format_args!(
                "lost    {}  record {sequence_number} is larger than any event of Lambda can be",
                short(shard_id)
            )),
            Event::RecordsPut { .. }
            | Event::InputSent { .. }
            | Event::EnvironmentStarted { .. }
            | Event::EnvironmentEnded { .. }
            | Event::Ended { .. }
            | Event::Other => {}
        }
    }

    /// Where things are, and commands to copy. They work with version 1 and 2 of the AWS CLI alike.
    fn ready(&self, kinesis: &str, s3: &str) {
        if self.scenario.input.is_some() {
            return;
        }
        let (stream, bucket) = (&self.environment.stream.name, self.environment.delivery.bucket.as_str());
        screen::progress(format_args!(
            "Kinesis  {kinesis}\nS3       {s3}\nobjects  {}\n",
            paths::shown(&self.scenario.data_directory.join(bucket))
        ));
        screen::progress(format_args!(
            "Put a record from another terminal, and see it arrive:\n\n  \
             export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION={REGION}\n  \
             printf 'hello world!' > record.txt\n  \
             aws --endpoint-url {kinesis} kinesis put-record --stream-name {stream} --partition-key 1 \
             --data fileb://record.txt\n  \
             sleep 2\n  aws --endpoint-url {s3} s3 ls --recursive s3://{bucket}/\n\nCtrl-C delivers what is left, and ends.\n"
        ));
    }

    /// The end of a run without an input, or of one that was interrupted.
    pub fn drained(&self, outcome: &Outcome) {
        if self.json {
            screen::result(json!({
                "version": 1,
                "event": "summary",
                "records_delivered": outcome.records_delivered,
                "records_left": outcome.records_left,
                "objects": outcome.objects_stored,
                "bytes": outcome.bytes_stored,
            }));
            return;
        }
        let left = match outcome.records_left {
            0 => String::new(),
            left => format!("; {} records were not delivered", screen::number(left)),
        };
        screen::result(format_args!(
            "delivered {} records in {} batches, {} objects, {}{left}",
            screen::number(outcome.records_delivered),
            screen::number(outcome.batches),
            screen::number(outcome.objects_stored),
            screen::bytes(outcome.bytes_stored),
        ));
    }

    /// The end of a run with an input and another handler than ours.
    pub fn acknowledged(&self, sent: u64, outcome: &Outcome, elapsed: Duration) {
        if self.json {
            screen::result(json!({
                "version": 1,
                "event": "summary",
                "sent": sent,
                "acknowledged": outcome.records_delivered,
                "objects": outcome.objects_stored,
                "bytes": outcome.bytes_stored,
                "seconds": elapsed.as_secs_f64(),
            }));
            return;
        }
        self.tree(outcome);
        rows(&[
            ("sent", sent),
            ("acknowledged", outcome.records_delivered),
            ("objects", outcome.objects_stored),
            ("bytes", outcome.bytes_stored),
        ]);
        seconds(elapsed);
        screen::result("not compared: what another handler makes of records is its own affair");
    }

    /// The objects of the run, the way they lie in the bucket.
    fn tree(&self, outcome: &Outcome) {
        let root = self.scenario.data_directory.join(self.environment.delivery.bucket.as_str());
        let leaf = |object: &ObjectStored| {
            let records = object.metadata.get("penstock-records").and_then(|records| records.parse().ok());
            let records = records.map(|records: u64| format!("{:>7} records  ", screen::number(records)));
            (object.key.clone(), format!("{}{:>9}", records.unwrap_or_default(), screen::bytes(object.bytes)))
        };
        screen::result(tree::draw(&paths::shown(&root), outcome.objects.iter().map(leaf)));
    }

    /// The end of a run with an input: the tree, and the summary.
    pub fn compared(&self, outcome: &Outcome, comparison: &Comparison, elapsed: Duration) {
        if self.json {
            screen::result(summary(outcome, comparison, elapsed));
            return;
        }
        self.tree(outcome);
        rows(&[
            ("sent", comparison.sent),
            ("kept", comparison.kept),
            ("dropped", comparison.dropped),
            ("failed", comparison.failed),
            ("missing", comparison.missing),
            ("objects", outcome.objects_stored),
            ("bytes", outcome.bytes_stored),
        ]);
        seconds(elapsed);
        if comparison.doubled > 0 {
            screen::result(format_args!("{} records lie in more than one object", screen::number(comparison.doubled)));
        }
        for difference in &comparison.differences {
            screen::result(format_args!("differs: {difference}"));
        }
    }
}

/// What the function says of itself is in the batch's line already, unless it is an error or no line of ours.
fn function_log(line: &str) {
    let parsed: Option<serde_json::Value> = serde_json::from_str(line).ok();
    let level = parsed.as_ref().and_then(|line| line.get("level")).and_then(|level| level.as_str());
    if !matches!(level, Some("INFO" | "DEBUG" | "TRACE")) {
        let field = |name: &str| parsed.as_ref().and_then(|line| line.get(name)).and_then(|field| field.as_str());
        match (field("message"), field("error")) {
            (Some(message), Some(error)) => screen::progress(format_args!("log     {message}: {error}")),
            _ => screen::progress(format_args!("log     {line}")),
        }
    }
}

fn summary(outcome: &Outcome, comparison: &Comparison, elapsed: Duration) -> serde_json::Value {
    json!({
        "version": 1,
        "event": "summary",
        "sent": comparison.sent,
        "kept": comparison.kept,
        "dropped": comparison.dropped,
        "failed": comparison.failed,
        "missing": comparison.missing,
        "doubled": comparison.doubled,
        "differences": comparison.differences,
        "objects": outcome.objects_stored,
        "already_stored": outcome.already_stored,
        "bytes": outcome.bytes_stored,
        "invocations_failed": outcome.invocations_failed,
        "faults": outcome.faults,
        "seconds": elapsed.as_secs_f64(),
    })
}

/// Numbers in a column.
pub fn rows(rows: &[(&str, u64)]) {
    for (name, value) in rows {
        screen::result(format_args!("{name:<12} {:>14}", screen::number(*value)));
    }
}

fn seconds(elapsed: Duration) {
    screen::result(format_args!("{:<12} {:>14.1}", "seconds", elapsed.as_secs_f64()));
}

/// `shardId-000000000006` as `shard 6`.
fn short(shard_id: &str) -> String {
    let number = shard_id.strip_prefix("shardId-").map(|digits| digits.trim_start_matches('0'));
    number
        .map_or_else(|| shard_id.to_owned(), |number| format!("shard {}", if number.is_empty() { "0" } else { number }))
}
