//! What several operations say in the same fields: `s3s` has a type an operation, so the shared part is macros.

use std::ops::Range;

use http::{HeaderMap, HeaderValue, header};
use s3s::dto::{CopySource, ETag, ETagCondition, Owner, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::s3::document::{Attributes, Description};
use crate::s3::error::StoreError;
use crate::s3::key::Key;

/// Most bytes of user metadata, names and values, as AWS has it.
const METADATA_BYTES_MAX: usize = 2048;
/// What a general purpose bucket has.
const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
];

/// Takes the five checksums out of an input.
macro_rules! take_checksums {
    ($input:expr) => {{
        use $crate::s3::checksum::Algorithm;
        [
            (Algorithm::Crc32, $input.checksum_crc32.take()),
            (Algorithm::Crc32c, $input.checksum_crc32c.take()),
            (Algorithm::Crc64Nvme, $input.checksum_crc64nvme.take()),
            (Algorithm::Sha1, $input.checksum_sha1.take()),
            (Algorithm::Sha256, $input.checksum_sha256.take()),
        ]
        .into_iter()
        .filter_map(|(algorithm, value)| Some((algorithm, value?)))
        .collect::<$crate::s3::checksum::Checksums>()
    }};
}

/// Puts the five checksums into an output.
macro_rules! put_checksums {
    ($output:expr, $checksums:expr) => {{
        use $crate::s3::checksum::Algorithm;
        let checksums: &$crate::s3::checksum::Checksums = $checksums;
        $output.checksum_crc32 = checksums.get(&Algorithm::Crc32).cloned();
        $output.checksum_crc32c = checksums.get(&Algorithm::Crc32c).cloned();
        $output.checksum_crc64nvme = checksums.get(&Algorithm::Crc64Nvme).cloned();
        $output.checksum_sha1 = checksums.get(&Algorithm::Sha1).cloned();
        $output.checksum_sha256 = checksums.get(&Algorithm::Sha256).cloned();
    }};
}

/// Takes what is kept with an object out of the input of a write.
macro_rules! take_attributes {
    ($input:expr) => {
        $crate::s3::document::Attributes {
            content_type: Some(
                $input
                    .content_type
                    .take()
                    .map_or_else(|| $crate::s3::document::DEFAULT_CONTENT_TYPE.to_owned(), |kind| kind.to_string()),
            ),
            content_encoding: $input
                .content_encoding
                .take()
                .and_then(|text| $crate::s3::protocol::words::encoding(&text)),
            content_disposition: $input.content_disposition.take(),
            content_language: $input.content_language.take(),
            cache_control: $input.cache_control.take(),
            expires: $input.expires.take(),
            website_redirect_location: $input.website_redirect_location.take(),
            storage_class: $input.storage_class.take().map(|class| class.as_str().to_owned()),
            server_side_encryption: $input.server_side_encryption.take().map(|kind| kind.as_str().to_owned()),
            ssekms_key_id: $input.ssekms_key_id.take(),
            bucket_key_enabled: $input.bucket_key_enabled.take(),
            tags: $input.tagging.take().map(|header| $crate::s3::tags::parse(&header)).transpose()?.unwrap_or_default(),
            metadata: $input.metadata.take().unwrap_or_default().into_iter().collect(),
        }
    };
}

/// Puts what is known of an object into the output of a read.
macro_rules! put_description {
    ($output:expr, $description:expr, $with_checksums:expr) => {{
        let description: &$crate::s3::document::Description = $description;
        let attributes = &description.attributes;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.e_tag = Some(s3s::dto::ETag::Strong(description.etag.clone()));
        $output.last_modified = Some(description.last_modified());
        $output.content_type = attributes.content_type.clone();
        $output.content_encoding = attributes.content_encoding.clone();
        $output.content_disposition = attributes.content_disposition.clone();
        $output.content_language = attributes.content_language.clone();
        $output.cache_control = attributes.cache_control.clone();
        $output.expires = attributes.expires.clone();
        $output.website_redirect_location = attributes.website_redirect_location.clone();
        $output.metadata = Some(attributes.metadata.clone().into_iter().collect());
        // S3 names the class only when it is not the usual one.
        $output.storage_class = attributes.storage_class.clone().filter(|class| class != "STANDARD").map(Into::into);
        $output.server_side_encryption = Some($crate::s3::protocol::words::encryption(attributes));
        $output.ssekms_key_id = attributes.ssekms_key_id.clone();
        $output.bucket_key_enabled = attributes.bucket_key_enabled;
        if $with_checksums && !description.checksums.is_empty() {
            put_checksums!($output, &description.checksums);
            $output.checksum_type = Some(s3s::dto::ChecksumType::from_static(description.checksum_type.name()));
        }
    }};
}

pub(super) use {put_checksums, put_description, take_attributes, take_checksums};

/// The object's encoding, without the one of the transfer: `aws-chunked` is taken off before anything is stored.
pub(super) fn encoding(header: &str) -> Option<String> {
    let kept: Vec<&str> = header.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    let kept = kept.join(",");
    (!kept.is_empty()).then_some(kept)
}

/// S3 encrypts whatever it is told nothing about.
pub(super) fn encryption(attributes: &Attributes) -> s3s::dto::ServerSideEncryption {
    let named = attributes.server_side_encryption.clone().map(Into::into);
    named.unwrap_or_else(|| s3s::dto::ServerSideEncryption::from_static(s3s::dto::ServerSideEncryption::AES256))
}

/// Fails on more user metadata than S3 takes, on a storage class that a general purpose bucket has not, and on a key
/// without the encryption that it is for.
pub(super) fn check_attributes(attributes: &Attributes) -> Result<(), StoreError> {
    if let Some(class) = attributes.storage_class.as_ref().filter(|class| !STORAGE_CLASSES.contains(&class.as_str())) {
        return Err(StoreError::InvalidStorageClass(class.clone()));
    }
    let kind = attributes.server_side_encryption.as_deref();
    if attributes.ssekms_key_id.is_some() && !kind.is_some_and(|kind| kind.starts_with("aws:kms")) {
        let message = "Server Side Encryption with AWS KMS managed key requires HTTP header \
                       x-amz-server-side-encryption : aws:kms";
        return Err(StoreError::InvalidArgument(message.to_owned()));
    }
    let bytes = attributes.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > METADATA_BYTES_MAX { Err(StoreError::MetadataTooLarge(bytes)) } else { Ok(()) }
}

pub(super) fn key(text: impl Into<String>) -> Result<Key, StoreError> {
    Ok(Key::new(text)?)
}

/// Lengths are signed in the protocol.
pub(super) fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// There is one owner of everything.
pub(super) fn owner() -> Owner {
    Owner { display_name: Some("local".to_owned()), id: Some("0".repeat(64)) }
}

/// Bucket and key of a copy's source.
pub(super) fn source(source: &CopySource) -> Result<(String, Key), StoreError> {
    match source {
        CopySource::Bucket { bucket, key: text, version_id: None } => Ok((bucket.to_string(), key(text.to_string())?)),
        _ => Err(StoreError::NotImplemented("copying from an access point or a version")),
    }
}

/// The conditions of a read, as RFC 9110 orders them.
#[derive(Debug, Default)]
pub(super) struct ReadConditions {
    pub(super) matches: Option<ETagCondition>,
    pub(super) none_match: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// Fails with 412, or with 304 and the headers that go with it.
    pub(super) fn check(&self, description: &Description) -> S3Result<()> {
        let modified = description.last_modified();
        if let Some(condition) = &self.matches {
            if !is_of(condition, &description.etag) {
                return Err(StoreError::PreconditionFailed("If-Match").into());
            }
        } else if self.unmodified_since.as_ref().is_some_and(|since| modified > *since) {
            return Err(StoreError::PreconditionFailed("If-Unmodified-Since").into());
        }
        let unchanged = match &self.none_match {
            Some(condition) => is_of(condition, &description.etag),
            None => self.modified_since.as_ref().is_some_and(|since| modified <= *since),
        };
        if unchanged { Err(not_modified(description)) } else { Ok(()) }
    }

    /// The same conditions on the source of a copy: S3 answers 412 to each.
    pub(super) fn check_source(&self, description: &Description) -> S3Result<()> {
        self.check(description).map_err(|error| match error.code() {
            S3ErrorCode::NotModified => StoreError::PreconditionFailed("x-amz-copy-source-if").into(),
            _ => error,
        })
    }
}

/// Resolves a range of `bytes` bytes, and its `Content-Range`.
pub(super) fn range(range: s3s::dto::Range, bytes: u64) -> Result<(Range<u64>, String), StoreError> {
    let range = range.check(bytes).map_err(|_| StoreError::InvalidRange(bytes))?;
    let header = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
    Ok((range, header))
}

fn is_of(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|given| given.value() == etag)
}

fn not_modified(description: &Description) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    let mut headers = HeaderMap::new();
    if let Ok(etag) = ETag::Strong(description.etag.clone()).to_http_header() {
        headers.insert(header::ETAG, etag);
    }
    let mut date = Vec::new();
    if description.last_modified().format(TimestampFormat::HttpDate, &mut date).is_ok()
        && let Ok(date) = HeaderValue::from_bytes(&date)
    {
        headers.insert(header::LAST_MODIFIED, date);
    }
    error.set_headers(headers);
    error
}
