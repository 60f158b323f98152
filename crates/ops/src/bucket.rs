//! A bucket that is to go: what lies in it, and how it gets empty.

use anyhow::bail;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::error::{self, Asked as _};

/// Pages of a thousand that are counted. Of a bucket with more it is said that there are more: to look at all of them
/// would take hours before a question is asked.
const COUNTED_PAGES_MAX: usize = 100;

/// What lies in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Content {
    /// Objects that a list shows.
    pub objects: u64,
    /// All versions of all objects, and the marks that say that one was deleted.
    pub versions: u64,
    /// Bytes of all versions.
    pub bytes: u64,
    /// Uploads that were begun and not ended.
    pub uploads: u64,
    /// Whether there is more than what was counted.
    pub is_more: bool,
}

impl Content {
    /// Whether nothing lies in it.
    pub const fn is_empty(&self) -> bool {
        self.versions == 0 && self.uploads == 0 && !self.is_more
    }
}

/// What lies in a bucket; none where there is no such bucket.
pub async fn content(s3: &Client, bucket: &str) -> anyhow::Result<Option<Content>> {
    let mut content = Content::default();
    let mut markers: (Option<String>, Option<String>) = (None, None);
    for counted in 1.. {
        let request = s3.list_object_versions().bucket(bucket).set_key_marker(markers.0.take());
        let page = match request.set_version_id_marker(markers.1.take()).send().await {
            Err(error) if error::code(&error) == Some("NoSuchBucket") => return Ok(None),
            answer => answer.asked(format_args!("list the versions in the bucket {bucket}"))?,
        };
        for version in page.versions() {
            content.objects += u64::from(version.is_latest() == Some(true));
            content.versions += 1;
            content.bytes += version.size().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        }
        content.versions += page.delete_markers().len() as u64;
        content.is_more = page.is_truncated() == Some(true);
        if !content.is_more || counted == COUNTED_PAGES_MAX {
            break;
        }
        markers = (page.next_key_marker().map(str::to_owned), page.next_version_id_marker().map(str::to_owned));
    }
    let uploads = s3.list_multipart_uploads().bucket(bucket).send().await;
    let uploads = uploads.asked(format_args!("list the uploads into the bucket {bucket}"))?;
    content.uploads = uploads.uploads().len() as u64;
    Ok(Some(content))
}

/// Deletes every version of every object, and every upload that was not ended; below `prefix` where there is one.
/// `deleted` is told how many went.
pub async fn empty(
    s3: &Client,
    bucket: &str,
    prefix: Option<&str>,
    mut deleted: impl FnMut(u64),
) -> anyhow::Result<()> {
    loop {
        let request = s3.list_multipart_uploads().bucket(bucket).set_prefix(prefix.map(str::to_owned));
        let page = request.send().await.asked(format_args!("list the uploads into the bucket {bucket}"))?;
        for upload in page.uploads() {
            let request = s3.abort_multipart_upload().bucket(bucket);
            let request = request.set_key(upload.key().map(str::to_owned));
            let request = request.set_upload_id(upload.upload_id().map(str::to_owned));
            match request.send().await {
                // Ended or aborted since it was listed, by whoever began it or by the lifecycle.
                Err(error) if error::code(&error) == Some("NoSuchUpload") => {}
                answer => answer.asked(format_args!("abort an upload into the bucket {bucket}")).map(drop)?,
            }
        }
        if page.is_truncated() != Some(true) || page.uploads().is_empty() {
            break;
        }
    }
    loop {
        // Always from the beginning: what was deleted is no longer there.
        let request = s3.list_object_versions().bucket(bucket).set_prefix(prefix.map(str::to_owned));
        let page = request.send().await.asked(format_args!("list the versions in the bucket {bucket}"))?;
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let marks = page.delete_markers().iter().map(|mark| (mark.key(), mark.version_id()));
        let all: Vec<ObjectIdentifier> = versions.chain(marks).filter_map(identifier).collect();
        if all.is_empty() {
            return Ok(());
        }
        // As many as a page has, a thousand at most, is as many as one request takes.
        let count = all.len() as u64;
        let Ok(delete) = Delete::builder().set_objects(Some(all)).quiet(true).build() else {
            bail!("cannot name what is to be deleted in the bucket {bucket}");
        };
        let answer = s3.delete_objects().bucket(bucket).delete(delete).send().await;
        let answer = answer.asked(format_args!("delete objects in the bucket {bucket}"))?;
        if let Some(refused) = answer.errors().first() {
            bail!(
                "the bucket {bucket} keeps {}: {}",
                refused.key().unwrap_or("an object"),
                refused.message().or(refused.code()).unwrap_or("it did not say why")
            );
        }
        deleted(count);
    }
}

fn identifier((key, version): (Option<&str>, Option<&str>)) -> Option<ObjectIdentifier> {
    ObjectIdentifier::builder().key(key?).set_version_id(version.map(str::to_owned)).build().ok()
}

/// Deletes a bucket in which nothing lies; one that is not there is as good.
pub async fn delete(s3: &Client, bucket: &str) -> anyhow::Result<()> {
    match s3.delete_bucket().bucket(bucket).send().await {
        Err(error) if error::code(&error) == Some("NoSuchBucket") => Ok(()),
        answer => answer.asked(format_args!("delete the bucket {bucket}")).map(drop),
    }
}
