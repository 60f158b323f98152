//! `ListObjects` in both versions: one page each from the store, in the words of each.

use base64_simd::URL_SAFE_NO_PAD;
use s3s::S3Result;
use s3s::dto::{
    CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output,
    Object, ObjectStorageClass,
};

use super::words::{owner, signed};
use crate::s3::checksum::Algorithm;
use crate::s3::error::StoreError;
use crate::s3::listing::{ListedObject, PAGE_ENTRIES_MAX, Page, Query};
use crate::s3::spool::blocking;
use crate::s3::store::FolderStore;

/// Version 1: continues behind a marker that is a key.
pub(super) async fn first(store: &FolderStore, input: ListObjectsInput) -> S3Result<ListObjectsOutput> {
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let query = Query {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().unwrap_or_default(),
        after: input.marker.clone().unwrap_or_default(),
        entries_max: entries_max(input.max_keys)?,
    };
    let has_delimiter = !query.delimiter.is_empty();
    let max_keys = query.entries_max;
    let page = page(store, input.bucket.clone(), query).await?;
    Ok(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.unwrap_or_default())),
        marker: Some(encoding.text(input.marker.unwrap_or_default())),
        max_keys: i32::try_from(max_keys).ok(),
        is_truncated: Some(page.next.is_some()),
        // Without a delimiter the last key says where to go on, and S3 leaves this out.
        next_marker: page.next.filter(|_| has_delimiter).map(|next| encoding.text(next)),
        contents: Some(page.objects.into_iter().map(|object| encoding.object(object, true)).collect()),
        common_prefixes: Some(encoding.common_prefixes(page.common_prefixes)),
        delimiter: input.delimiter.map(|delimiter| encoding.text(delimiter)),
        encoding_type: input.encoding_type,
        ..ListObjectsOutput::default()
    })
}

/// Version 2: continues behind a token.
pub(super) async fn second(store: &FolderStore, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let after = match &input.continuation_token {
        Some(token) => from_token(token)?,
        None => input.start_after.clone().unwrap_or_default(),
    };
    let query = Query {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().unwrap_or_default(),
        after,
        entries_max: entries_max(input.max_keys)?,
    };
    let max_keys = query.entries_max;
    let with_owner = input.fetch_owner.unwrap_or(false);
    let page = page(store, input.bucket.clone(), query).await?;
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.unwrap_or_default())),
        max_keys: i32::try_from(max_keys).ok(),
        key_count: i32::try_from(page.objects.len() + page.common_prefixes.len()).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(page.next.is_some()),
        next_continuation_token: page.next.map(|next| URL_SAFE_NO_PAD.encode_to_string(next)),
        contents: Some(page.objects.into_iter().map(|object| encoding.object(object, with_owner)).collect()),
        common_prefixes: Some(encoding.common_prefixes(page.common_prefixes)),
        delimiter: input.delimiter.map(|delimiter| encoding.text(delimiter)),
        encoding_type: input.encoding_type,
        start_after: input.start_after.map(|after| encoding.text(after)),
        ..ListObjectsV2Output::default()
    })
}

async fn page(store: &FolderStore, bucket: String, query: Query) -> Result<Page, StoreError> {
    let store = store.clone();
    blocking(move || store.list(&bucket, &query)).await
}

fn entries_max(asked: Option<i32>) -> Result<usize, StoreError> {
    match asked.map(usize::try_from) {
        None => Ok(PAGE_ENTRIES_MAX),
        Some(Ok(entries)) => Ok(entries.min(PAGE_ENTRIES_MAX)),
        Some(Err(_)) => Err(StoreError::InvalidArgument("max-keys is negative: expected 0 to 2147483647".to_owned())),
    }
}

fn from_token(token: &str) -> Result<String, StoreError> {
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| StoreError::InvalidArgument("the continuation token provided is incorrect".to_owned()))
}

/// How texts of keys are written: XML cannot hold every character.
#[derive(Debug, Clone, Copy)]
pub(super) enum Encoding {
    Plain,
    Url,
}

impl Encoding {
    pub(super) fn new(asked: Option<&EncodingType>) -> Result<Self, StoreError> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(_) => Err(StoreError::InvalidArgument("invalid encoding method specified in request".to_owned())),
        }
    }

    pub(super) fn text(self, text: String) -> String {
        match self {
            Self::Plain => text,
            Self::Url => percent_encode(&text),
        }
    }

    fn common_prefixes(self, prefixes: Vec<String>) -> Vec<CommonPrefix> {
        prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(self.text(prefix)) }).collect()
    }

    fn object(self, object: ListedObject, with_owner: bool) -> Object {
        let description = object.description;
        let algorithms: Vec<_> = description.checksums.keys().map(|known| algorithm(*known)).collect();
        Object {
            checksum_type: (!algorithms.is_empty())
                .then(|| s3s::dto::ChecksumType::from_static(description.checksum_type.name())),
            checksum_algorithm: Some(algorithms),
            last_modified: Some(description.last_modified()),
            size: Some(signed(description.fingerprint.bytes)),
            storage_class: Some(ObjectStorageClass::from(description.attributes.storage_class().to_owned())),
            e_tag: Some(ETag::Strong(description.etag)),
            key: Some(self.text(object.key)),
            owner: with_owner.then(owner),
            ..Object::default()
        }
    }
}

pub(super) fn algorithm(algorithm: Algorithm) -> s3s::dto::ChecksumAlgorithm {
    s3s::dto::ChecksumAlgorithm::from_static(algorithm.name())
}

/// Everything but RFC 3986's unreserved characters and `/`.
fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;

    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("a String takes every write"),
        }
        encoded
    })
}
