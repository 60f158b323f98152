//! What S3 is told of an object beside its bytes: headers, storage class, tags, encryption, owner and checksum.
//!
//! What describes the bytes (`content_*`) is said of data objects; what concerns how they are stored, of all. Error
//! objects are JSON lines and backup objects records as they came, whatever the transform makes of the data.
//!
//! Left out: the metadata by which an object tells what it holds; that is [`penstock_format::ObjectMetadata`].

mod account_id;
mod checksum_algorithm;
mod content_encoding;
mod header_text;
mod kms_key_arn;
mod media_type;
mod object_tags;
mod storage_class;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use penstock_format::{Compression, ObjectRole};

use super::written::{Written, one_of};
use super::{ConfigError, variables as v};
use crate::limits::ATTRIBUTE_BYTES_MAX;

pub use account_id::AccountId;
pub use checksum_algorithm::ChecksumAlgorithm;
pub use content_encoding::ContentEncoding;
pub use header_text::HeaderText;
pub use kms_key_arn::KmsKeyArn;
pub use media_type::MediaType;
pub use object_tags::ObjectTags;
pub use storage_class::StorageClass;

/// What S3 is told of every object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectAttributes {
    /// `Content-Type` of data objects.
    pub content_type: MediaType,
    /// `Content-Encoding`.
    pub content_encoding: ContentEncoding,
    /// `Cache-Control`.
    pub cache_control: Option<HeaderText>,
    /// `Content-Disposition` of data objects.
    pub content_disposition: Option<HeaderText>,
    /// `Content-Language` of data objects.
    pub content_language: Option<HeaderText>,
    /// Where in S3 it is kept.
    pub storage_class: StorageClass,
    /// Its tags.
    pub tags: Option<ObjectTags>,
    /// The key that it is encrypted with; none for the bucket's own encryption.
    pub sse_kms_key_arn: Option<KmsKeyArn>,
    /// The account that the bucket must belong to.
    pub expected_bucket_owner: Option<AccountId>,
    /// The checksum that goes with every put.
    pub checksum_algorithm: ChecksumAlgorithm,
}

/// The headers that say what an object's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentHeaders {
    /// `Content-Type`.
    pub content_type: Arc<str>,
    /// `Content-Encoding`, if any.
    pub content_encoding: Option<Arc<str>>,
    /// `Content-Disposition`, if any.
    pub content_disposition: Option<Arc<str>>,
    /// `Content-Language`, if any.
    pub content_language: Option<Arc<str>>,
}

impl ObjectAttributes {
    /// What is said of the bytes of an object of this role, compressed so.
    pub fn content_headers(&self, role: ObjectRole, compression: Compression) -> ContentHeaders {
        let text = |text: &Option<HeaderText>| text.as_ref().map(|text| Arc::clone(text.shared()));
        match role {
            ObjectRole::Data => ContentHeaders {
                content_type: Arc::clone(self.content_type.shared()),
                content_encoding: self.content_encoding.of_data(compression),
                content_disposition: text(&self.content_disposition),
                content_language: text(&self.content_language),
            },
            ObjectRole::Error(_) | ObjectRole::Backup => ContentHeaders {
                content_type: Arc::clone(MediaType::octet_stream().shared()),
                content_encoding: self.content_encoding.of_other(compression),
                content_disposition: None,
                content_language: None,
            },
        }
    }

    /// Bytes of all values as they are sent, whatever the object.
    fn bytes(&self) -> usize {
        let texts = [&self.cache_control, &self.content_disposition, &self.content_language];
        let texts: usize = texts.into_iter().flatten().map(|text| text.as_str().len()).sum();
        let encoding = match &self.content_encoding {
            ContentEncoding::Literal(coding) => coding.as_str().len(),
            ContentEncoding::None | ContentEncoding::Firehose => 0,
        };
        let tags = self.tags.as_ref().map_or(0, |tags| tags.as_header().len());
        let key = self.sse_kms_key_arn.as_ref().map_or(0, |key| key.as_str().len());
        self.content_type.as_str().len() + encoding + texts + tags + key
    }
}

impl<L: Fn(&'static str) -> Option<String>> Written<L> {
    /// All attributes. Too much of them is too many tags: all else together is below the limit.
    pub(super) fn attributes(&self) -> Result<ObjectAttributes, ConfigError> {
        let attributes = ObjectAttributes {
            content_type: self.parse(&v::CONTENT_TYPE, MediaType::parse)?,
            content_encoding: self.parse(&v::CONTENT_ENCODING, ContentEncoding::parse)?,
            cache_control: self.optional(&v::CACHE_CONTROL, HeaderText::parse)?,
            content_disposition: self.optional(&v::CONTENT_DISPOSITION, HeaderText::parse)?,
            content_language: self.optional(&v::CONTENT_LANGUAGE, HeaderText::parse)?,
            storage_class: self.parse(&v::STORAGE_CLASS, StorageClass::parse)?,
            tags: self.optional(&v::OBJECT_TAGS, ObjectTags::parse)?,
            sse_kms_key_arn: self.optional(&v::SSE_KMS_KEY_ARN, KmsKeyArn::parse)?,
            expected_bucket_owner: self.optional(&v::EXPECTED_BUCKET_OWNER, AccountId::parse)?,
            checksum_algorithm: self.parse(&v::CHECKSUM_ALGORITHM, |text| one_of(text, &ChecksumAlgorithm::ALL))?,
        };
        let bytes = attributes.bytes();
        if bytes > ATTRIBUTE_BYTES_MAX {
            let problem = format!(
                "with them the headers of an object have {bytes} bytes, expected at most {ATTRIBUTE_BYTES_MAX}: S3 takes \
                 no more than 8 KB with its own"
            );
            return Err(ConfigError::invalid(&v::OBJECT_TAGS, &problem));
        }
        Ok(attributes)
    }
}
