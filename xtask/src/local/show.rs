//! What a person sees of a local run: where things are, one line an event, and what came of it.

use std::collections::BTreeMap;
use std::time::Duration;

use penstock_stack::Environment;
use serde_json::json;

use super::compare::Comparison;
use super::events::{Event, ObjectStored};
use super::line::Lines;
use super::outcome::Outcome;
use super::scenario::{REGION, Scenario};
use super::tree;
use crate::{paths, screen};

/// Reasons of failed records that are told.
const REASONS_SHOWN_MAX: usize = 3;

/// How to show a run.
pub struct Shown<'r> {
    /// For programs: the events as they come, then one summary object.
    pub json: bool,
    /// Nothing on the way: one of many runs.
    pub is_quiet: bool,
    /// What runs.
    pub scenario: &'r Scenario,
    /// As what.
    pub environment: &'r Environment,
}

impl Shown<'_> {
    /// One event, in a line or none.
    pub fn event(&self, event: &Event) {
        if self.is_quiet {
            return;
        }
        // A bar tells the progress of an input, and the tree its objects: no line each on top of that.
        let told_otherwise = matches!(event, Event::BatchDelivered { .. } | Event::ObjectStored(_));
        if told_otherwise && self.scenario.input.is_some() && screen::is_drawn() {
            return;
        }
        if let Event::Ready { kinesis_endpoint, s3_endpoint } = event {
            return self.ready(kinesis_endpoint, s3_endpoint);
        }
        let lanes = self.environment.event_source_mapping.parallelization_factor > 1;
        if let Some(line) = (Lines { lanes }).of(event) {
            screen::progress(line);
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
             sleep 2\n  aws --endpoint-url {s3} s3 ls --recursive s3://{bucket}/\n\nCtrl-C delivers what is left, for 10 s at most, and ends.\n"
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
                "records_filtered": outcome.records_filtered,
                "records_discarded": outcome.records_discarded,
                "records_expired": outcome.records_expired,
                "objects": outcome.objects_stored,
                "bytes": outcome.bytes_stored,
            }));
            return;
        }
        let left = match outcome.records_left {
            _ if !outcome.ended => "; it was ended at once, and what was left is not known".to_owned(),
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
        rows(&not_delivered(outcome.records_filtered, outcome.records_discarded, outcome.records_expired));
        metrics(outcome);
    }

    /// The end of a run with an input and another handler than ours.
    pub fn acknowledged(&self, sent: u64, outcome: &Outcome, elapsed: Duration) {
        if self.json {
            screen::result(json!({
                "version": 1,
                "event": "summary",
                "sent": sent,
                "acknowledged": outcome.records_delivered,
                "filtered": outcome.records_filtered,
                "discarded": outcome.records_discarded,
                "expired": outcome.records_expired,
                "objects": outcome.objects_stored,
                "bytes": outcome.bytes_stored,
                "seconds": elapsed.as_secs_f64(),
            }));
            return;
        }
        self.tree(outcome);
        rows(&[("sent", sent), ("acknowledged", outcome.records_delivered)]);
        rows(&not_delivered(outcome.records_filtered, outcome.records_discarded, outcome.records_expired));
        rows(&[("objects", outcome.objects_stored), ("bytes", outcome.bytes_stored)]);
        rows(&self.of_the_run(outcome));
        seconds(elapsed);
        metrics(outcome);
        screen::result("not compared: what another handler makes of records is its own affair");
    }

    /// What the mapping gave up although an attempt, whose answer was lost, had stored it; and where documents are.
    fn given_up(&self, outcome: &Outcome, comparison: &Comparison) {
        let stored = outcome.records_discarded.saturating_sub(comparison.discarded);
        if stored > 0 {
            screen::result(format_args!(
                "{} records were given up by the mapping although they were stored: an answer was lost",
                screen::number(stored)
            ));
        }
        let on_failure = &self.environment.event_source_mapping.on_failure;
        if outcome.records_discarded > 0
            && let Some(bucket) = on_failure.bucket()
        {
            let folder = paths::shown(&self.scenario.data_directory.join(bucket));
            screen::result(format_args!("what was given up lies in {folder}"));
        }
    }

    /// The objects of the run, the way they lie in their buckets; the data's is shown also where it has none.
    fn tree(&self, outcome: &Outcome) {
        let data = self.environment.delivery.bucket.as_str();
        let mut buckets = vec![data];
        for object in &outcome.objects {
            if !buckets.contains(&object.bucket.as_str()) {
                buckets.push(&object.bucket);
            }
        }
        let leaf = |object: &ObjectStored| {
            let records = object.metadata.get("penstock-records").and_then(|records| records.parse().ok());
            let records = records.map(|records: u64| format!("{:>7} records  ", screen::number(records)));
            (object.key.clone(), format!("{}{:>9}", records.unwrap_or_default(), screen::bytes(object.bytes)))
        };
        for bucket in buckets {
            let root = self.scenario.data_directory.join(bucket);
            let own = outcome.objects.iter().filter(|object| object.bucket == bucket);
            screen::result(tree::draw(&paths::shown(&root), own.map(leaf)));
        }
    }

    /// What is told of a run that was not smooth. A soak has its own account of retries.
    fn of_the_run(&self, outcome: &Outcome) -> Vec<(&'static str, u64)> {
        let is_told = outcome.invocations_failed > 0 && self.scenario.faults.kills.is_none();
        let retries = is_told.then_some(("retries", outcome.invocations_failed));
        let shards = outcome.shards_of_reshard().map(|shards| ("shards", shards));
        retries.into_iter().chain(shards).collect()
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
        ]);
        for (code, reason) in comparison.commonest_reasons().into_iter().take(REASONS_SHOWN_MAX) {
            let records = screen::number(reason.records);
            screen::result(format_args!("           {records} {code}: {}", reason.message));
        }
        rows(&not_delivered(comparison.filtered, comparison.discarded, comparison.expired));
        rows(&[("missing", comparison.missing), ("objects", outcome.objects_stored), ("bytes", outcome.bytes_stored)]);
        rows(&self.of_the_run(outcome));
        seconds(elapsed);
        metrics(outcome);
        if comparison.doubled > 0 {
            screen::result(format_args!("{} records lie in more than one object", screen::number(comparison.doubled)));
        }
        let lost = comparison.discarded + comparison.expired;
        if lost > 0 {
            screen::result(format_args!(
                "{} records were given up or expired, and lie in no object of the bucket",
                screen::number(lost)
            ));
        }
        self.given_up(outcome, comparison);
        let asked = self.scenario.reshards.len();
        let left = outcome.calls_left(asked);
        if left > 0 {
            screen::result(format_args!("{left} of {asked} reshards did not take place"));
        }
        for difference in &comparison.differences {
            screen::result(format_args!("differs: {difference}"));
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
        "failed_by_code": comparison.reasons.iter().map(|(code, own)| (code, own.records)).collect::<BTreeMap<_, _>>(),
        "filtered": comparison.filtered,
        "discarded": comparison.discarded,
        "expired": comparison.expired,
        "missing": comparison.missing,
        "doubled": comparison.doubled,
        "differences": comparison.differences,
        "objects": outcome.objects_stored,
        "already_stored": outcome.already_stored,
        "bytes": outcome.bytes_stored,
        "invocations_failed": outcome.invocations_failed,
        "faults": outcome.faults,
        "calls_refused": outcome.calls_refused,
        "shards": outcome.shards.len(),
        "seconds": elapsed.as_secs_f64(),
    })
}

/// Numbers in a column.
pub fn rows(rows: &[(&str, u64)]) {
    for (name, value) in rows {
        screen::result(format_args!("{name:<12} {:>14}", screen::number(*value)));
    }
}

/// Records that were not delivered by what the mapping is set to; told only where there are some.
fn not_delivered(filtered: u64, discarded: u64, expired: u64) -> Vec<(&'static str, u64)> {
    let all = [("filtered", filtered), ("discarded", discarded), ("expired", expired)];
    all.into_iter().filter(|(_, records)| *records > 0).collect()
}

/// What the mapping counted, by AWS's names, in a table of its own.
fn metrics(outcome: &Outcome) {
    if outcome.metrics.is_empty() {
        return;
    }
    screen::result("");
    for line in metric_lines(&outcome.metrics) {
        screen::result(line);
    }
}

fn metric_lines(metrics: &BTreeMap<String, u64>) -> Vec<String> {
    let name_width = metrics.keys().map(String::len).max().unwrap_or(0);
    let numbers: Vec<String> = metrics.values().map(|value| screen::number(*value)).collect();
    let number_width = numbers.iter().map(String::len).max().unwrap_or(0);
    let line = |(name, number): (&String, &String)| format!("{name:<name_width$}  {number:>number_width$}");
    metrics.keys().zip(&numbers).map(line).collect()
}

fn seconds(elapsed: Duration) {
    screen::result(format_args!("{:<12} {:>14.1}", "seconds", elapsed.as_secs_f64()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_stand_in_columns() {
        let metrics = [("PolledEventCount", 4_000), ("IteratorAge", 12)].map(|(name, value)| (name.to_owned(), value));
        let lines = metric_lines(&BTreeMap::from(metrics));
        assert_eq!(lines, ["IteratorAge          12", "PolledEventCount  4,000"]);
        assert_eq!(metric_lines(&BTreeMap::new()), [""; 0]);
    }

    #[test]
    fn rows_of_what_did_not_happen_are_left_out() {
        assert_eq!(not_delivered(0, 0, 0), []);
        assert_eq!(not_delivered(1, 0, 2), [("filtered", 1), ("expired", 2)]);
    }
}
