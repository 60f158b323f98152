//! Operations on multipart uploads.

use std::io::{Read as _, Seek as _, SeekFrom};

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumType as TypeName, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CopyPartResult, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag,
    Initiator, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload,
    StorageClass, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Result};

use super::lists::{Encoding, algorithm};
use super::objects::open;
use super::words::{
    ReadConditions, check_attributes, encryption, key, owner, put_checksums, range, signed, source, take_attributes,
    take_checksums,
};
use crate::s3::checksum::{Algorithm, Declared, Digests};
use crate::s3::document::{ChecksumType, timestamp};
use crate::s3::error::StoreError;
use crate::s3::objects::{Condition, Opened};
use crate::s3::spool::{BODY_BYTES_MAX, Spool, blocking, receive};
use crate::s3::store::FolderStore;
use crate::s3::uploads::{Completion, NamedPart, PART_NUMBER_MAX, Part, Upload};

/// Most entries of a page, as AWS has it.
const PAGE_ENTRIES_MAX: usize = 1000;

pub(super) async fn create(
    store: &FolderStore,
    mut input: CreateMultipartUploadInput,
) -> S3Result<CreateMultipartUploadOutput> {
    let target = key(input.key.clone())?;
    let asked = input.checksum_algorithm.as_ref().map(|name| Algorithm::from_name(name.as_str())).transpose()?;
    let checksum_type = checksum_type(asked, input.checksum_type.as_ref())?;
    let attributes = take_attributes!(input);
    check_attributes(&attributes)?;
    let server_side_encryption = Some(encryption(&attributes));
    let (store, bucket) = (store.clone(), input.bucket.clone());
    let used = asked.unwrap_or(Algorithm::Crc64Nvme);
    let upload = blocking(move || store.create_upload(&bucket, &target, used, checksum_type, attributes)).await?;
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload.id),
        checksum_algorithm: asked.map(algorithm),
        checksum_type: asked.map(|_| TypeName::from_static(checksum_type.name())),
        server_side_encryption,
        ..CreateMultipartUploadOutput::default()
    })
}

pub(super) async fn part(store: &FolderStore, req: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
    let S3Request { mut input, headers, trailing_headers, .. } = req;
    let number = part_number(input.part_number)?;
    let upload = find(store, input.bucket, input.key, input.upload_id).await?;
    let declared = Declared::new(input.content_length, input.content_md5.as_deref(), take_checksums!(input))?
        .with_headers(&headers)?
        .with_requested(Some(upload.algorithm));
    let spooled = receive(&store.temporary(), input.body, declared, trailing_headers).await?;
    let (store, attributes) = (store.clone(), upload.attributes.clone());
    let part = blocking(move || store.commit_part(&upload, number, spooled)).await?;
    let mut output = UploadPartOutput {
        e_tag: Some(ETag::Strong(part.etag)),
        server_side_encryption: Some(encryption(&attributes)),
        ..UploadPartOutput::default()
    };
    put_checksums!(output, &part.checksums);
    Ok(output)
}

pub(super) async fn part_copy(store: &FolderStore, input: UploadPartCopyInput) -> S3Result<UploadPartCopyOutput> {
    let number = part_number(input.part_number)?;
    let (source_bucket, source_key) = source(&input.copy_source)?;
    let upload = find(store, input.bucket, input.key, input.upload_id).await?;
    let Opened { mut file, description } = open(store, source_bucket, source_key.to_string()).await?;
    let conditions = ReadConditions {
        matches: input.copy_source_if_match,
        none_match: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    conditions.check_source(&description)?;
    let mut section = 0..description.fingerprint.bytes;
    if let Some(text) = input.copy_source_range {
        let asked = s3s::dto::Range::parse(&text).map_err(|_| {
            StoreError::InvalidArgument(format!("range {text:?} is not valid: expected bytes=FIRST-LAST"))
        })?;
        section = range(asked, description.fingerprint.bytes)?.0;
    }
    let bytes = section.end - section.start;
    if bytes > BODY_BYTES_MAX {
        return Err(StoreError::EntityTooLarge(BODY_BYTES_MAX).into());
    }
    let store = store.clone();
    let part = blocking(move || {
        let mut spool = Spool::create(&store.temporary(), Digests::new(&[upload.algorithm].into()))?;
        let path = source_key.as_str().as_ref();
        file.seek(SeekFrom::Start(section.start)).map_err(StoreError::io("read", path))?;
        spool.copy(&mut file.take(bytes), path)?;
        store.commit_part(&upload, number, spool.finish()?)
    })
    .await?;
    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(timestamp(part.last_modified_s)),
        ..CopyPartResult::default()
    };
    put_checksums!(result, &part.checksums);
    Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() })
}

pub(super) async fn complete(
    store: &FolderStore,
    mut input: CompleteMultipartUploadInput,
) -> S3Result<CompleteMultipartUploadOutput> {
    let condition = Condition::new(input.if_match.take(), input.if_none_match.take())?;
    let mut parts = Vec::new();
    for mut part in input.multipart_upload.take().and_then(|upload| upload.parts).unwrap_or_default() {
        let number = part_number(part.part_number.unwrap_or(0))?;
        let etag = part.e_tag.take().map(ETag::into_value);
        parts.push(NamedPart { number, etag, checksums: take_checksums!(part) });
    }
    let bytes = input.mpu_object_size.and_then(|bytes| u64::try_from(bytes).ok());
    let completion = Completion { parts, checksums: take_checksums!(input), bytes, condition };
    let location = format!("/{}/{}", input.bucket, input.key);
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let upload = find(store, input.bucket, input.key, input.upload_id).await?;
    let store = store.clone();
    let description = blocking(move || store.complete(upload, &completion)).await?;
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(bucket),
        key: Some(key),
        location: Some(location),
        e_tag: Some(ETag::Strong(description.etag.clone())),
        checksum_type: Some(TypeName::from_static(description.checksum_type.name())),
        server_side_encryption: Some(encryption(&description.attributes)),
        ..CompleteMultipartUploadOutput::default()
    };
    put_checksums!(output, &description.checksums);
    Ok(output)
}

pub(super) async fn abort(
    store: &FolderStore,
    input: AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    let upload = find(store, input.bucket, input.key, input.upload_id).await?;
    let store = store.clone();
    blocking(move || store.remove_upload(&upload.id)).await?;
    Ok(AbortMultipartUploadOutput::default())
}

pub(super) async fn list_parts(store: &FolderStore, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let marker = input.part_number_marker.and_then(|marker| u32::try_from(marker).ok()).unwrap_or(0);
    let parts_max = page_entries(input.max_parts);
    let upload = find(store, input.bucket.clone(), input.key.clone(), input.upload_id).await?;
    let (store, asked) = (store.clone(), upload.clone());
    let parts = blocking(move || store.parts(&asked)).await?;
    let mut page: Vec<Part> = parts.into_values().filter(|part| part.number > marker).collect();
    let more = page.len() > parts_max;
    page.truncate(parts_max);
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        checksum_algorithm: Some(algorithm(upload.algorithm)),
        checksum_type: Some(TypeName::from_static(upload.checksum_type.name())),
        initiator: Some(initiator()),
        owner: Some(owner()),
        is_truncated: Some(more),
        max_parts: i32::try_from(parts_max).ok(),
        part_number_marker: input.part_number_marker.or(Some(0)),
        next_part_number_marker: page.last().and_then(|part| i32::try_from(part.number).ok()),
        parts: Some(page.into_iter().map(listed_part).collect()),
        storage_class: Some(StorageClass::from(upload.attributes.storage_class().to_owned())),
        upload_id: Some(upload.id),
        ..ListPartsOutput::default()
    })
}

pub(super) async fn list(
    store: &FolderStore,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    if input.delimiter.as_ref().is_some_and(|delimiter| !delimiter.is_empty()) {
        return Err(StoreError::NotImplemented("a delimiter in a list of uploads").into());
    }
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let uploads_max = page_entries(input.max_uploads);
    let prefix = input.prefix.clone().unwrap_or_default();
    let key_marker = input.key_marker.clone().unwrap_or_default();
    let id_marker = input.upload_id_marker.clone();
    let (store, bucket) = (store.clone(), input.bucket.clone());
    let mut uploads = blocking(move || store.list_uploads(&bucket)).await?;
    // Without an upload's id the marker stands for all uploads of its key.
    let marked = uploads.iter().position(|upload| upload.key == key_marker && Some(&upload.id) == id_marker.as_ref());
    uploads = match marked {
        Some(at) => uploads.split_off(at + 1),
        None => uploads.into_iter().filter(|upload| upload.key > key_marker).collect(),
    };
    uploads.retain(|upload| upload.key.starts_with(&prefix));
    let more = uploads.len() > uploads_max;
    uploads.truncate(uploads_max);
    let last = uploads.last().filter(|_| more);
    Ok(ListMultipartUploadsOutput {
        bucket: Some(input.bucket),
        is_truncated: Some(more),
        key_marker: Some(encoding.text(key_marker)),
        upload_id_marker: input.upload_id_marker,
        next_key_marker: last.map(|upload| encoding.text(upload.key.clone())),
        next_upload_id_marker: last.map(|upload| upload.id.clone()),
        max_uploads: i32::try_from(uploads_max).ok(),
        prefix: input.prefix.map(|prefix| encoding.text(prefix)),
        encoding_type: input.encoding_type,
        uploads: Some(uploads.into_iter().map(|upload| listed_upload(upload, encoding)).collect()),
        ..ListMultipartUploadsOutput::default()
    })
}

/// S3's table of what goes with what; a whole-object checksum needs one that can be joined.
fn checksum_type(asked: Option<Algorithm>, kind: Option<&TypeName>) -> Result<ChecksumType, StoreError> {
    match (asked, kind.map(TypeName::as_str)) {
        (None | Some(Algorithm::Crc64Nvme), None | Some(TypeName::FULL_OBJECT))
        | (Some(Algorithm::Crc32 | Algorithm::Crc32c), Some(TypeName::FULL_OBJECT)) => Ok(ChecksumType::FullObject),
        (
            Some(Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Sha1 | Algorithm::Sha256),
            None | Some(TypeName::COMPOSITE),
        ) => Ok(ChecksumType::Composite),
        (asked, Some(kind)) => {
            let name = asked.map_or("CRC64NVME", Algorithm::name);
            Err(StoreError::InvalidRequest(format!("checksum type {kind:?} cannot be used with {name}")))
        }
    }
}

async fn find(store: &FolderStore, bucket: String, text: String, id: String) -> S3Result<Upload> {
    let key = key(text)?;
    let store = store.clone();
    Ok(blocking(move || store.upload(&bucket, &key, &id)).await?)
}

fn part_number(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).ok().filter(|number| (1..=PART_NUMBER_MAX).contains(number)).ok_or_else(|| {
        StoreError::InvalidArgument(format!("part number {number} is not valid: expected 1 to {PART_NUMBER_MAX}"))
    })
}

fn page_entries(asked: Option<i32>) -> usize {
    asked.and_then(|entries| usize::try_from(entries).ok()).unwrap_or(PAGE_ENTRIES_MAX).clamp(1, PAGE_ENTRIES_MAX)
}

fn listed_part(part: Part) -> s3s::dto::Part {
    let mut listed = s3s::dto::Part {
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(timestamp(part.last_modified_s)),
        part_number: i32::try_from(part.number).ok(),
        size: Some(signed(part.bytes)),
        ..s3s::dto::Part::default()
    };
    put_checksums!(listed, &part.checksums);
    listed
}

fn listed_upload(upload: Upload, encoding: Encoding) -> MultipartUpload {
    MultipartUpload {
        checksum_algorithm: Some(algorithm(upload.algorithm)),
        checksum_type: Some(TypeName::from_static(upload.checksum_type.name())),
        initiated: Some(timestamp(upload.initiated_s)),
        initiator: Some(initiator()),
        key: Some(encoding.text(upload.key)),
        owner: Some(owner()),
        storage_class: Some(StorageClass::from(upload.attributes.storage_class().to_owned())),
        upload_id: Some(upload.id),
    }
}

fn initiator() -> Initiator {
    let owner = owner();
    Initiator { display_name: owner.display_name, id: owner.id }
}
