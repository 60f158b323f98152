//! How many records a stream took, as CloudWatch was told.

use anyhow::Context as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};

use super::objects::Read;
use crate::deployment::Deployment;
use crate::error::Asked as _;

/// Seconds that CloudWatch sums up in one number: as few numbers as it gives in one answer for the time that is asked.
const PERIODS: [i64; 3] = [60, 300, 3_600];

/// Numbers that one answer has at most. Source: `GetMetricStatistics`.
const POINTS_MAX: i64 = 1_440;

/// The sum of `IncomingRecords` over the time in which the objects were stored, a batching window earlier.
pub async fn incoming(deployment: &Deployment, read: &Read) -> anyhow::Result<u64> {
    let (oldest, newest) = read.stored.context("there are no objects")?;
    let window = i64::from(deployment.environment.event_source_mapping.maximum_batching_window_in_seconds);
    let from = oldest - window - 60;
    let period = PERIODS.into_iter().find(|period| (newest - from) / period < POINTS_MAX);
    let period = period.context("CloudWatch is not asked for more than two months: see --since")?;
    let client = aws_sdk_cloudwatch::Client::new(&deployment.aws.config);
    let stream = &deployment.environment.stream.name;
    let request = client
        .get_metric_statistics()
        .namespace("AWS/Kinesis")
        .metric_name("IncomingRecords")
        .dimensions(Dimension::builder().name("StreamName").value(stream).build())
        .start_time(DateTime::from_secs(from))
        .end_time(DateTime::from_secs(newest))
        .period(i32::try_from(period).unwrap_or(i32::MAX))
        .statistics(Statistic::Sum);
    let answer = request.send().await.asked("read what the stream took")?;
    if answer.datapoints().is_empty() {
        anyhow::bail!("CloudWatch has no numbers of the stream {stream} for that time");
    }
    let sum: f64 = answer.datapoints().iter().filter_map(aws_sdk_cloudwatch::types::Datapoint::sum).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, told as a float")]
    Ok(sum.max(0.0) as u64)
}
