//! The handler that the SDK's and the runtime's own examples add up to. Framing: a newline between records.

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_sdk_s3::Client;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

async fn deliver(client: &Client, bucket: &str, event: LambdaEvent<KinesisEvent>) -> Result<(), Error> {
    let records: Vec<Vec<u8>> = event.payload.records.into_iter().map(|record| record.kinesis.data.0).collect();
    let body = records.join(&b'\n');
    let key = format!("records/{}", uuid::Uuid::new_v4());
    client.put_object().bucket(bucket).key(key).body(body.into()).send().await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = &Client::new(&aws_config::load_from_env().await);
    let bucket = &std::env::var("BUCKET")?;
    run(service_fn(move |event| deliver(client, bucket, event))).await
}
