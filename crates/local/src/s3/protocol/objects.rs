//! Operations on objects.

use std::io::{Seek as _, SeekFrom};
use std::ops::Range;

use http::{HeaderMap, HeaderName, header};
use s3s::dto::{
    ChecksumMode, CopyObjectInput, CopyObjectOutput, CopyObjectResult, DeleteObjectInput, DeleteObjectOutput,
    DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, ETagCondition, Error, GetObjectInput,
    GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, HeadObjectInput, HeadObjectOutput,
    MetadataDirective, ObjectIdentifier, PutObjectInput, PutObjectOutput, Tag, TaggingDirective,
};
use s3s::{S3Error, S3Request, S3Result};

use super::buckets::require as require_bucket;
use super::words::{
    ReadConditions, check_attributes, encryption, key, put_checksums, put_description, range, signed, source,
    take_attributes, take_checksums,
};
use crate::s3::checksum::{Algorithm, Declared, Digests, hex};
use crate::s3::document::{Attributes, ChecksumType, Description};
use crate::s3::error::StoreError;
use crate::s3::objects::{Commit, Condition, Opened};
use crate::s3::spool::{BODY_BYTES_MAX, Spool, blocking, receive, stream};
use crate::s3::store::FolderStore;

/// Most keys of one `DeleteObjects`, as AWS has it.
const DELETED_MAX: usize = 1000;

pub(super) async fn put(store: &FolderStore, req: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
    let S3Request { mut input, headers, trailing_headers, .. } = req;
    if input.write_offset_bytes.is_some() {
        return Err(StoreError::NotImplemented("appending to an object").into());
    }
    let key = key(input.key)?;
    let condition = Condition::new(input.if_match.take(), input.if_none_match.take())?;
    let declared = Declared::new(input.content_length, input.content_md5.as_deref(), take_checksums!(input))?
        .with_headers(&headers)?;
    let attributes = take_attributes!(input);
    check_attributes(&attributes)?;
    let (bucket, store) = (input.bucket, store.clone());
    require_bucket(&store, &bucket).await?;
    let spooled = receive(&store.temporary(), input.body, declared, trailing_headers).await?;
    let commit = Commit {
        bucket,
        key,
        etag: hex(&spooled.digested.md5),
        checksums: spooled.digested.checksums.clone(),
        checksum_type: ChecksumType::FullObject,
        part_bytes: Vec::new(),
        attributes,
        condition,
        spooled,
    };
    let description = blocking(move || store.commit(commit)).await?;
    let mut output = PutObjectOutput {
        e_tag: Some(ETag::Strong(description.etag.clone())),
        checksum_type: Some(s3s::dto::ChecksumType::from_static(description.checksum_type.name())),
        server_side_encryption: Some(encryption(&description.attributes)),
        ssekms_key_id: description.attributes.ssekms_key_id.clone(),
        bucket_key_enabled: description.attributes.bucket_key_enabled,
        ..PutObjectOutput::default()
    };
    put_checksums!(output, &description.checksums);
    Ok(output)
}

pub(super) async fn get(store: &FolderStore, input: GetObjectInput) -> S3Result<GetObjectOutput> {
    let Opened { mut file, description } = open(store, input.bucket, input.key).await?;
    let conditions = ReadConditions {
        matches: input.if_match,
        none_match: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.check(&description)?;
    let section = section(&description, input.range, input.part_number)?;
    let mut output = GetObjectOutput::default();
    put_description!(output, &description, wants_checksums(input.checksum_mode.as_ref()) && section.header.is_none());
    let bytes = section.range.end - section.range.start;
    if section.range.start > 0 {
        let start = section.range.start;
        file = blocking(move || match file.seek(SeekFrom::Start(start)) {
            Ok(_) => Ok(file),
            Err(error) => Err(StoreError::Body(error.to_string())),
        })
        .await?;
    }
    output.content_length = Some(signed(bytes));
    output.content_range = section.header;
    output.parts_count = section.parts;
    output.tag_count = i32::try_from(description.attributes.tags.len()).ok().filter(|count| *count > 0);
    output.body = Some(stream(file, bytes));
    Ok(output)
}

pub(super) async fn tagging(store: &FolderStore, input: GetObjectTaggingInput) -> S3Result<GetObjectTaggingOutput> {
    let Opened { description, .. } = open(store, input.bucket, input.key).await?;
    let tag = |(key, value): (String, String)| Tag { key: Some(key), value: Some(value) };
    Ok(GetObjectTaggingOutput { tag_set: description.attributes.tags.into_iter().map(tag).collect(), version_id: None })
}

pub(super) async fn head(store: &FolderStore, input: HeadObjectInput) -> S3Result<HeadObjectOutput> {
    let Opened { description, .. } = open(store, input.bucket, input.key).await?;
    let conditions = ReadConditions {
        matches: input.if_match,
        none_match: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    };
    conditions.check(&description)?;
    let section = section(&description, input.range, input.part_number)?;
    let mut output = HeadObjectOutput::default();
    put_description!(output, &description, wants_checksums(input.checksum_mode.as_ref()) && section.header.is_none());
    output.content_length = Some(signed(section.range.end - section.range.start));
    output.content_range = section.header;
    output.parts_count = section.parts;
    Ok(output)
}

pub(super) async fn delete(store: &FolderStore, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    let key = key(input.key)?;
    let condition = Condition::new(input.if_match, None)?;
    let store = store.clone();
    blocking(move || store.delete_object(&input.bucket, &key, &condition)).await?;
    Ok(DeleteObjectOutput::default())
}

pub(super) async fn delete_many(store: &FolderStore, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    if input.delete.objects.len() > DELETED_MAX {
        return Err(s3s::s3_error!(MalformedXML, "more than {DELETED_MAX} keys"));
    }
    let quiet = input.delete.quiet.unwrap_or(false);
    let store = store.clone();
    let output = blocking(move || {
        store.require_bucket(&input.bucket)?;
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in input.delete.objects {
            match delete_one(&store, &input.bucket, &object) {
                Ok(()) => deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() }),
                Err(error) => errors.push(error_of(object.key, error)),
            }
        }
        Ok(DeleteObjectsOutput { deleted: (!quiet).then_some(deleted), errors: Some(errors), request_charged: None })
    });
    Ok(output.await?)
}

pub(super) async fn copy(store: &FolderStore, req: S3Request<CopyObjectInput>) -> S3Result<CopyObjectOutput> {
    let S3Request { mut input, headers, .. } = req;
    let (source_bucket, source_key) = source(&input.copy_source)?;
    let key = key(std::mem::take(&mut input.key))?;
    let condition = Condition::new(
        etag_condition(&headers, &header::IF_MATCH)?,
        etag_condition(&headers, &header::IF_NONE_MATCH)?,
    )?;
    let replaces = input.metadata_directive.as_ref().is_some_and(|given| given.as_str() == MetadataDirective::REPLACE);
    let requested = input.checksum_algorithm.take().map(|given| Algorithm::from_name(given.as_str())).transpose()?;
    let conditions = ReadConditions {
        matches: input.copy_source_if_match.take(),
        none_match: input.copy_source_if_none_match.take(),
        modified_since: input.copy_source_if_modified_since.take(),
        unmodified_since: input.copy_source_if_unmodified_since.take(),
    };
    let replaces_tags =
        input.tagging_directive.as_ref().is_some_and(|given| given.as_str() == TaggingDirective::REPLACE);
    let given = take_attributes!(input);
    check_attributes(&given)?;
    let says_nothing_new = !replaces && given.storage_class.is_none() && given.server_side_encryption.is_none();
    if says_nothing_new && source_bucket == input.bucket && source_key == key {
        let message = "copying an object to itself needs a new metadata, storage class or encryption";
        return Err(StoreError::InvalidRequest(message.to_owned()).into());
    }
    let opened = open(store, source_bucket, source_key.to_string()).await?;
    conditions.check_source(&opened.description)?;
    if opened.description.fingerprint.bytes > BODY_BYTES_MAX {
        return Err(StoreError::EntityTooLarge(BODY_BYTES_MAX).into());
    }
    let source_attributes = &opened.description.attributes;
    let tags = if replaces_tags { given.tags.clone() } else { source_attributes.tags.clone() };
    let attributes = if replaces { given } else { inherited(source_attributes, given) };
    let attributes = Attributes { tags, ..attributes };
    let algorithm = requested.or(opened.description.checksums.keys().next().copied()).unwrap_or(Algorithm::Crc64Nvme);
    let (store, bucket) = (store.clone(), input.bucket);
    let description = blocking(move || {
        let Opened { mut file, .. } = opened;
        let mut spool = Spool::create(&store.temporary(), Digests::new(&[algorithm].into()))?;
        spool.copy(&mut file, source_key.as_str().as_ref())?;
        let spooled = spool.finish()?;
        store.commit(Commit {
            bucket,
            key,
            etag: hex(&spooled.digested.md5),
            checksums: spooled.digested.checksums.clone(),
            checksum_type: ChecksumType::FullObject,
            part_bytes: Vec::new(),
            attributes,
            condition,
            spooled,
        })
    })
    .await?;
    let mut result = CopyObjectResult {
        e_tag: Some(ETag::Strong(description.etag.clone())),
        last_modified: Some(description.last_modified()),
        checksum_type: Some(s3s::dto::ChecksumType::from_static(description.checksum_type.name())),
        ..CopyObjectResult::default()
    };
    put_checksums!(result, &description.checksums);
    Ok(CopyObjectOutput {
        copy_object_result: Some(result),
        server_side_encryption: Some(encryption(&description.attributes)),
        ..CopyObjectOutput::default()
    })
}

/// Opens an object for any operation that reads one.
pub(super) async fn open(store: &FolderStore, bucket: String, text: String) -> S3Result<Opened> {
    let key = key(text)?;
    let store = store.clone();
    Ok(blocking(move || store.open_object(&bucket, &key)).await?)
}

/// What of an object is asked for.
struct Section {
    range: Range<u64>,
    /// `Content-Range`, if it is not all.
    header: Option<String>,
    /// How many parts there are, if one was asked for by number.
    parts: Option<i32>,
}

fn section(
    description: &Description,
    asked: Option<s3s::dto::Range>,
    part_number: Option<i32>,
) -> Result<Section, StoreError> {
    let bytes = description.fingerprint.bytes;
    match (asked, part_number) {
        (None, None) => Ok(Section { range: 0..bytes, header: None, parts: None }),
        (Some(asked), None) => {
            let (range, header) = range(asked, bytes)?;
            Ok(Section { range, header: Some(header), parts: None })
        }
        (None, Some(number)) => part(&description.part_bytes, bytes, number),
        (Some(_), Some(_)) => Err(StoreError::InvalidRequest(
            "cannot specify both Range header and partNumber query parameter".to_owned(),
        )),
    }
}

/// The bytes of a part by number; an object that came in one piece is its part 1.
fn part(part_bytes: &[u64], bytes: u64, number: i32) -> Result<Section, StoreError> {
    let whole = [bytes];
    let sizes = if part_bytes.is_empty() { &whole } else { part_bytes };
    let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let at = at.filter(|at| *at < sizes.len()).ok_or(StoreError::InvalidRange(bytes))?;
    let start: u64 = sizes[..at].iter().sum();
    let end = start + sizes[at];
    let header = (end > start).then(|| format!("bytes {start}-{}/{bytes}", end - 1));
    let parts = (!part_bytes.is_empty()).then(|| i32::try_from(sizes.len()).unwrap_or(i32::MAX));
    Ok(Section { range: start..end, header, parts })
}

fn wants_checksums(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

/// A copy takes what describes the body from its source, and what concerns the storing from the request.
fn inherited(source: &Attributes, given: Attributes) -> Attributes {
    Attributes {
        storage_class: given.storage_class,
        server_side_encryption: given.server_side_encryption,
        ssekms_key_id: given.ssekms_key_id,
        bucket_key_enabled: given.bucket_key_enabled,
        website_redirect_location: given.website_redirect_location,
        ..source.clone()
    }
}

fn delete_one(store: &FolderStore, bucket: &str, object: &ObjectIdentifier) -> Result<(), StoreError> {
    let condition = Condition::new(object.e_tag.clone().map(ETagCondition::ETag), None)?;
    store.delete_object(bucket, &key(object.key.clone())?, &condition)
}

fn error_of(key: String, error: StoreError) -> Error {
    let error = S3Error::from(error);
    Error {
        code: Some(error.code().as_str().to_owned()),
        message: error.message().map(str::to_owned),
        key: Some(key),
        version_id: None,
    }
}

/// `CopyObject` has conditions on its target which this version of the protocol's types leaves out.
fn etag_condition(headers: &HeaderMap, name: &HeaderName) -> Result<Option<ETagCondition>, StoreError> {
    let parsed = headers.get(name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
    parsed.transpose().map_err(|_| StoreError::InvalidArgument(format!("{name} is neither * nor an entity tag")))
}
