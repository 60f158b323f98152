//! Operations on buckets. A bucket is in whatever region asks for it: there is one machine.

use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput, DeleteBucketOutput,
    GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput,
    ListBucketsOutput, Timestamp,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result};

use super::words::owner;
use crate::s3::spool::blocking;
use crate::s3::store::FolderStore;

/// The region whose location constraint is empty, and where creating one's own bucket again is no error.
const FIRST_REGION: &str = "us-east-1";

pub(super) async fn create(store: &FolderStore, req: S3Request<CreateBucketInput>) -> S3Result<CreateBucketOutput> {
    let created = store.create_bucket(&req.input.bucket).await?;
    if !created && region(&req) != FIRST_REGION {
        return Err(S3Error::with_message(S3ErrorCode::BucketAlreadyOwnedByYou, "the bucket is there already"));
    }
    Ok(CreateBucketOutput { location: Some(format!("/{}", req.input.bucket)) })
}

pub(super) async fn head(store: &FolderStore, req: S3Request<HeadBucketInput>) -> S3Result<HeadBucketOutput> {
    let bucket_region = Some(region(&req).to_owned());
    require(store, &req.input.bucket).await?;
    Ok(HeadBucketOutput { bucket_region, ..HeadBucketOutput::default() })
}

pub(super) async fn location(
    store: &FolderStore,
    req: S3Request<GetBucketLocationInput>,
) -> S3Result<GetBucketLocationOutput> {
    let region = region(&req).to_owned();
    require(store, &req.input.bucket).await?;
    let location_constraint = (region != FIRST_REGION).then(|| BucketLocationConstraint::from(region));
    Ok(GetBucketLocationOutput { location_constraint })
}

pub(super) async fn list(store: &FolderStore, req: S3Request<ListBucketsInput>) -> S3Result<ListBucketsOutput> {
    let ListBucketsInput { prefix, continuation_token, max_buckets, .. } = req.input;
    let store = store.clone();
    let mut entries = blocking(move || store.buckets()).await?;
    entries.retain(|entry| {
        prefix.as_ref().is_none_or(|prefix| entry.name.starts_with(prefix))
            && continuation_token.as_ref().is_none_or(|after| entry.name > *after)
    });
    let entries_max = max_buckets.and_then(|entries| usize::try_from(entries).ok()).unwrap_or(usize::MAX).max(1);
    let more = entries.len() > entries_max;
    entries.truncate(entries_max);
    Ok(ListBucketsOutput {
        continuation_token: entries.last().filter(|_| more).map(|entry| entry.name.clone()),
        buckets: Some(
            entries
                .into_iter()
                .map(|entry| Bucket {
                    creation_date: Some(Timestamp::from(entry.created)),
                    name: Some(entry.name),
                    ..Bucket::default()
                })
                .collect(),
        ),
        owner: Some(owner()),
        prefix,
    })
}

pub(super) async fn delete(store: &FolderStore, req: S3Request<DeleteBucketInput>) -> S3Result<DeleteBucketOutput> {
    let store = store.clone();
    blocking(move || store.delete_bucket(&req.input.bucket)).await?;
    Ok(DeleteBucketOutput {})
}

/// Fails unless there is such a bucket.
pub(super) async fn require(store: &FolderStore, bucket: &str) -> S3Result<()> {
    let (store, bucket) = (store.clone(), bucket.to_owned());
    Ok(blocking(move || store.require_bucket(&bucket)).await?)
}

/// The region that the request is signed for.
fn region<T>(req: &S3Request<T>) -> &str {
    req.region.as_ref().map_or(FIRST_REGION, |region| region.as_str())
}
