//! What is said of a batch: one structured line, and CloudWatch metrics in the embedded metric format within it.
//!
//! Names and meanings lie in one table, [`fields`]. No record content is ever among them. Level and format come from
//! the variables that Lambda sets, `AWS_LAMBDA_LOG_LEVEL` and `AWS_LAMBDA_LOG_FORMAT`; metrics are said at any level.

mod fields;
mod line;
mod values;

use std::time::{Duration, Instant, SystemTime};

use penstock_delivery::{DeliveryError, DeliveryPlan, KinesisRecords, PutOutcome};
use penstock_format::{DeliveryName, SequenceNumber};

pub use fields::{FIELDS, Field, METRICS, Metric, NAMESPACE};
use line::Line;
pub use line::{Format, Level};

/// Says things on the standard output, where Lambda collects them.
#[derive(Debug, Clone, Copy)]
pub struct Telemetry {
    level: Level,
    format: Format,
}

/// What a batch was, noted before its records are given away.
#[derive(Debug, Clone)]
pub struct BatchReport {
    request_id: String,
    stream: String,
    shard_id: String,
    ends: Option<(SequenceNumber, SequenceNumber)>,
    started: SystemTime,
    decoded: Instant,
    processing: Duration,
}

impl BatchReport {
    /// Notes what `records` are; `started` is when the invocation began.
    pub fn of(request_id: &str, records: &KinesisRecords<'_>, started: SystemTime) -> Self {
        let stream = records.stream_arn().rsplit('/').next().unwrap_or_default();
        Self {
            request_id: request_id.to_owned(),
            stream: stream.to_owned(),
            shard_id: records.shard_id().to_string(),
            ends: records.range(),
            started,
            decoded: Instant::now(),
            processing: Duration::ZERO,
        }
    }

    /// Notes that what becomes of the records is known.
    pub fn planned(&mut self) {
        self.processing = self.decoded.elapsed();
    }
}

impl Telemetry {
    /// As Lambda's variables say: level `INFO` and format `JSON` where they say nothing.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let level = lookup("AWS_LAMBDA_LOG_LEVEL").and_then(|name| Level::parse(&name)).unwrap_or(Level::Info);
        let format = lookup("AWS_LAMBDA_LOG_FORMAT").and_then(|name| Format::parse(&name)).unwrap_or(Format::Json);
        Self { level, format }
    }

    /// One line for a batch that was planned, delivered or not.
    pub fn batch(
        &self,
        delivery_name: &DeliveryName,
        batch: &BatchReport,
        plan: &DeliveryPlan,
        outcomes: &[PutOutcome],
        error: Option<&DeliveryError>,
    ) {
        let now = SystemTime::now();
        let mut line = match error {
            None => Line::new(Level::Info, "batch delivered", now),
            Some(error) => Line::new(Level::Error, "batch not delivered", now)
                .with("errorType", error.class.error_type())
                .with("error", error.to_string()),
        };
        line = describe(line, batch, plan, now);
        let mut metrics = values::of_batch(plan, outcomes, error.is_none(), now);
        metrics.extend(values::of_processing(plan, batch.processing));
        line.put_metrics(metrics, delivery_name.as_str());
        line.write(self.level, self.format);
    }

    /// One line for an invocation that did not come as far as a plan.
    ///
    /// `is_processing` where the batch's records were known and could not be planned.
    pub fn failed_invocation(
        &self,
        delivery_name: &DeliveryName,
        request_id: &str,
        (error_type, error): (&str, &str),
        is_processing: bool,
    ) {
        let mut line = Line::new(Level::Error, "invocation failed", SystemTime::now())
            .with("requestId", request_id)
            .with("errorType", error_type)
            .with("error", error);
        let steps = [Some(&fields::SUCCESS), is_processing.then_some(&fields::PROCESSING_SUCCESS)];
        let failed = steps.into_iter().flatten().map(|metric| (metric.name.to_owned(), 0.into())).collect();
        line.put_metrics(failed, delivery_name.as_str());
        line.write(self.level, self.format);
    }

    /// One line for what is wrong with the function itself.
    pub fn error(&self, message: &'static str, error: &str) {
        Line::new(Level::Error, message, SystemTime::now()).with("error", error).write(self.level, self.format);
    }
}

/// The fields of a batch.
fn describe(line: Line, batch: &BatchReport, plan: &DeliveryPlan, now: SystemTime) -> Line {
    let bytes: usize = plan.all_objects().map(|object| object.body.len()).sum();
    let duration_ms = now.duration_since(batch.started).unwrap_or_default().as_millis();
    let mut line = line
        .with("requestId", batch.request_id.as_str())
        .with("stream", batch.stream.as_str())
        .with("shardId", batch.shard_id.as_str())
        .with("records", plan.counts.records)
        .with("kept", plan.counts.kept)
        .with("outputs", plan.counts.outputs)
        .with("dropped", plan.counts.dropped)
        .with("failed", plan.counts.failed)
        .with("objects", plan.all_objects().count())
        .with("bodyBytes", bytes)
        .with("durationMs", u64::try_from(duration_ms).unwrap_or(u64::MAX));
    if let Some((first, last)) = &batch.ends {
        line = line.with("firstSequenceNumber", first.as_str()).with("lastSequenceNumber", last.as_str());
    }
    line
}

#[cfg(test)]
mod tests;
