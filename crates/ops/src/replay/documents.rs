//! Objects of a bucket: documents about batches that were given up, and error objects, each told by what it holds.

use anyhow::{Context as _, bail};
use penstock_console::arguments::ReplayArguments;
use penstock_format::{ErrorSource, FailureDocument, FailureMessages};
use penstock_stack::stack::BucketId;

use super::ranges::GivenUp;
use super::{Batch, Found, Origin, Source, errors, object, ranges};
use crate::deployment::Deployment;
use crate::logs::since;

/// What keys of such documents begin with. Source: see [`FailureDocument`].
const HEAD: &str = "aws/lambda/";

/// Finds them: in the environment's failure bucket, or in `s3://BUCKET/PREFIX`.
pub async fn find(deployment: &Deployment, arguments: &ReplayArguments, source: &str) -> anyhow::Result<Found> {
    let (bucket, prefix) = if let Some(rest) = source.strip_prefix("s3://") {
        rest.split_once('/').unwrap_or((rest, ""))
    } else {
        let own = deployment.stack.buckets.iter().find(|bucket| bucket.id == BucketId::Failures);
        let Some(own) = own else { bail!("the environment has no failure bucket: name one, --from s3://BUCKET/") };
        (own.name.as_str(), HEAD)
    };
    let since = arguments.since.as_deref().map(since).transpose()?;
    let s3 = deployment.aws.s3();
    let (mut found, mut given_up, mut failed) = (Found::default(), Vec::new(), Vec::new());
    for key in object::keys(&s3, bucket, prefix, since).await? {
        let object = match object::read(&s3, bucket, &key).await {
            Ok(object) => object,
            Err(why) => {
                found.skipped.push(format!("{why:#}"));
                continue;
            }
        };
        if ErrorSource::records(&object.content).any(|(_, record)| record.is_ok()) {
            failed.push(key);
            continue;
        }
        let messages = FailureMessages::parse(&String::from_utf8_lossy(&object.content));
        let source = found.source(Source::object(bucket, &key));
        for wrong in messages.wrong {
            found.keep(source, "not all of it was understood");
            found.skipped.push(format!("s3://{bucket}/{key}: {wrong}"));
        }
        if messages.documents.is_empty() {
            found.keep(source, "it holds no document");
        }
        for (index, document) in messages.documents.into_iter().enumerate() {
            if arguments.shard.is_some() && arguments.shard != document.shard() {
                found.keep(source, "--shard left a document in it out");
                continue;
            }
            take(&mut found, &mut given_up, document, source, |_| Origin::Document { source, index });
        }
    }
    ranges::find(deployment, arguments, &given_up, &mut found).await?;
    errors::add(deployment, arguments, (bucket, &failed), &mut found).await?;
    Ok(found)
}

/// Adds a document's batch, or, where it does not carry its records, what is to be read from the stream.
pub fn take(
    found: &mut Found,
    given_up: &mut Vec<GivenUp>,
    mut document: FailureDocument,
    source: usize,
    origin: impl FnOnce(String) -> Origin,
) {
    let name = found.sources[source].name.clone();
    match document.event.take() {
        Some(event) => found.batches.push(Batch {
            name,
            shard_id: document.shard_id,
            records: document.records,
            origin: origin(event),
            sources: vec![source],
        }),
        None => match GivenUp::of(&document, source) {
            Ok(one) => given_up.push(one),
            Err(why) => {
                found.keep(source, "not all of it was understood");
                found.skipped.push(format!("{name}: {why}"));
            }
        },
    }
}

/// The event in a document.
pub async fn event(deployment: &Deployment, source: &Source, index: usize) -> anyhow::Result<String> {
    let (bucket, key) = source.place.as_ref().context("a document that is read later lies in a bucket")?;
    let object = object::read(&deployment.aws.s3(), bucket, key).await?;
    let messages = FailureMessages::parse(&String::from_utf8_lossy(&object.content));
    let document = messages.documents.into_iter().nth(index).and_then(|document| document.event);
    document.with_context(|| format!("{} does not carry its records any more", source.name))
}
