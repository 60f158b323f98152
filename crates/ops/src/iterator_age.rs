//! How far behind the function is, as CloudWatch was told.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Datapoint, Dimension, Statistic};

use crate::deployment::Deployment;
use crate::error::Asked as _;

/// The newest `IteratorAge` of the last `seconds`, in milliseconds; none where nothing was delivered.
pub async fn newest(deployment: &Deployment, seconds: i64) -> anyhow::Result<Option<f64>> {
    let client = aws_sdk_cloudwatch::Client::new(&deployment.aws.config);
    let now = chrono::Utc::now().timestamp();
    let function = &deployment.environment.function.function_name;
    let request = client
        .get_metric_statistics()
        .namespace("AWS/Lambda")
        .metric_name("IteratorAge")
        .dimensions(Dimension::builder().name("FunctionName").value(function).build())
        .start_time(DateTime::from_secs(now - seconds))
        .end_time(DateTime::from_secs(now))
        .period(60)
        .statistics(Statistic::Maximum);
    let answer = request.send().await.asked("read how far behind the function is")?;
    let newest = answer.datapoints().iter().max_by_key(|point| point.timestamp().map(DateTime::secs));
    Ok(newest.and_then(Datapoint::maximum))
}
