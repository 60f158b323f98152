//! Documents about batches that were given up, found in a bucket.

use anyhow::{Context as _, bail};
use aws_sdk_s3::primitives::DateTime;
use penstock_console::arguments::ReplayArguments;
use penstock_format::FailureDocument;
use penstock_stack::stack::BucketId;

use super::{Batch, Found};
use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::logs::since;

/// What keys of such documents begin with. Source: see [`FailureDocument`].
const HEAD: &str = "aws/lambda/";

/// Finds them: in the environment's failure bucket, or in `s3://BUCKET/PREFIX`.
pub async fn find(deployment: &Deployment, arguments: &ReplayArguments, source: &str) -> anyhow::Result<Found> {
    let (bucket, prefix) = match source.strip_prefix("s3://") {
        Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
        None if source == "failures" => {
            let own = deployment.stack.buckets.iter().find(|bucket| bucket.id == BucketId::Failures);
            let Some(own) = own else { bail!("the environment has no failure bucket: name one, --from s3://BUCKET/") };
            (own.name.as_str(), HEAD)
        }
        None => bail!("--from is {source:?}: expected failures, stream or s3://BUCKET/PREFIX"),
    };
    let since = arguments.since.as_deref().map(since).transpose()?;
    let s3 = deployment.aws.s3();
    let mut found = Found::default();
    let mut pages = s3.list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page.asked(format_args!("list s3://{bucket}/{prefix}"))?.contents() {
            let stored = object.last_modified().map_or(0, DateTime::secs);
            let Some(key) = object.key().filter(|_| since.is_none_or(|since| stored >= since)) else { continue };
            let text = read(&s3, bucket, key).await?;
            take(&mut found, arguments, (bucket, key), &text);
        }
    }
    Ok(found)
}

/// The event in a document.
pub async fn event(deployment: &Deployment, (bucket, key): &(String, String)) -> anyhow::Result<String> {
    let text = read(&deployment.aws.s3(), bucket, key).await?;
    let document = FailureDocument::parse(&text).map_err(|why| anyhow::anyhow!("s3://{bucket}/{key}: {why}"))?;
    document.event.with_context(|| format!("s3://{bucket}/{key} does not carry its records any more"))
}

async fn read(s3: &aws_sdk_s3::Client, bucket: &str, key: &str) -> anyhow::Result<String> {
    let answer = s3.get_object().bucket(bucket).key(key).send().await;
    let body = answer.asked(format_args!("read s3://{bucket}/{key}"))?.body.collect().await;
    let body = body.map_err(|error| anyhow::anyhow!("cannot read s3://{bucket}/{key}: {error}"))?;
    Ok(String::from_utf8_lossy(&body.into_bytes()).into_owned())
}

fn take(found: &mut Found, arguments: &ReplayArguments, (bucket, key): (&str, &str), text: &str) {
    let source = format!("s3://{bucket}/{key}");
    let document = match FailureDocument::parse(text) {
        Ok(document) => document,
        Err(why) => return found.skipped.push(format!("{source}: {why}")),
    };
    if arguments.shard.is_some() && arguments.shard != document.shard() {
        return;
    }
    match document.event {
        // A bucket may hold more of them than memory does: only what they are about is kept.
        Some(_) => found.batches.push(Batch {
            source,
            document: Some((bucket.to_owned(), key.to_owned())),
            shard_id: document.shard_id,
            records: document.records,
            event: None,
        }),
        None => found.skipped.push(format!(
            "{source}: it does not carry its records, {} of {}: replay them --from stream",
            document.records, document.shard_id
        )),
    }
}
