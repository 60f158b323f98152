//! What is known of an object besides its bytes: one JSON document an object, in a tree beside the plain files.
//!
//! A document describes up to two bodies, the one being committed and the one before it. The body that lies in the
//! plain file says which description is in force: so replacing the plain file, one rename, is the commit, and no
//! crash leaves an object with the metadata of another. A file that fits neither description was put there by hand
//! and has S3's defaults.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::dto::Timestamp;
use serde::{Deserialize, Serialize};

use super::checksum::{Checksums, hex};
use super::key::Key;

/// The form of the documents; one of another form counts as absent.
const VERSION: u32 = 1;
/// S3's content type of a body that came without one.
pub(super) const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";
/// S3's storage class of a body that came without one.
pub(super) const DEFAULT_STORAGE_CLASS: &str = "STANDARD";

/// One metadata file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Document {
    version: u32,
    pub(super) bucket: String,
    pub(super) key: String,
    /// Where the body lies, below the bucket's folder.
    pub(super) path: String,
    pub(super) current: Description,
    /// In force until the body of `current` has taken its place.
    pub(super) previous: Option<Description>,
}

/// One body and what came with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Description {
    pub(super) fingerprint: Fingerprint,
    /// Without quotes.
    pub(super) etag: String,
    pub(super) last_modified_s: u64,
    pub(super) checksums: Checksums,
    pub(super) checksum_type: ChecksumType,
    /// Sizes of its parts, if it was uploaded in parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) part_bytes: Vec<u64>,
    pub(super) attributes: Attributes,
}

/// Whether a checksum is that of the whole body or that of its parts' checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum ChecksumType {
    FullObject,
    Composite,
}

impl ChecksumType {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::FullObject => s3s::dto::ChecksumType::FULL_OBJECT,
            Self::Composite => s3s::dto::ChecksumType::COMPOSITE,
        }
    }
}

/// Tells one body from another without reading it, or, when files were copied, by reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fingerprint {
    pub(super) bytes: u64,
    modified_ns: i128,
    inode: u64,
    md5: String,
}

impl Fingerprint {
    pub(super) fn new(file: &Metadata, md5: &[u8]) -> Self {
        Self { bytes: file.len(), modified_ns: modified_ns(file), inode: file.ino(), md5: hex(md5) }
    }

    fn is_of(&self, file: &Metadata) -> bool {
        self.bytes == file.len() && self.inode == file.ino() && self.modified_ns == modified_ns(file)
    }

    fn has_body(&self, bytes: u64, md5: &str) -> bool {
        self.bytes == bytes && self.md5 == md5
    }
}

/// What a client may say of an object and gets back with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Attributes {
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) expires: Option<Timestamp>,
    pub(super) website_redirect_location: Option<String>,
    pub(super) storage_class: Option<String>,
    pub(super) server_side_encryption: Option<String>,
    pub(super) ssekms_key_id: Option<String>,
    pub(super) bucket_key_enabled: Option<bool>,
    /// Keys and values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
    /// Without the `x-amz-meta-` prefix.
    pub(super) metadata: BTreeMap<String, String>,
}

impl Attributes {
    /// The class as `x-amz-storage-class` and a list show it.
    pub(super) fn storage_class(&self) -> &str {
        self.storage_class.as_deref().unwrap_or(DEFAULT_STORAGE_CLASS)
    }
}

impl Document {
    pub(super) fn new(bucket: &str, key: &Key, path: String, current: Description) -> Self {
        let (bucket, key) = (bucket.to_owned(), key.as_str().to_owned());
        Self { version: VERSION, bucket, key, path, current, previous: None }
    }

    /// A document of this form, or nothing.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().filter(|document: &Self| document.version == VERSION)
    }

    pub(super) fn is_of(&self, bucket: &str, key: &Key) -> bool {
        self.bucket == bucket && self.key == key.as_str()
    }

    /// The description of this very file.
    pub(super) fn exactly(&self, file: &Metadata) -> Option<&Description> {
        self.descriptions().find(|description| description.fingerprint.is_of(file))
    }

    /// The description of this body: of a file that was copied or touched, but not changed.
    pub(super) fn of_body(&self, bytes: u64, md5: &str) -> Option<&Description> {
        self.descriptions().find(|description| description.fingerprint.has_body(bytes, md5))
    }

    fn descriptions(&self) -> impl Iterator<Item = &Description> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl Description {
    /// What S3 would say of a body that came without a word: for a file put there by hand.
    pub(super) fn of_plain_file(file: &Metadata, md5: &[u8]) -> Self {
        Self {
            fingerprint: Fingerprint::new(file, md5),
            etag: hex(md5),
            last_modified_s: u64::try_from(file.mtime()).unwrap_or(0),
            checksums: Checksums::new(),
            checksum_type: ChecksumType::FullObject,
            part_bytes: Vec::new(),
            attributes: Attributes { content_type: Some(DEFAULT_CONTENT_TYPE.to_owned()), ..Attributes::default() },
        }
    }

    /// In whole seconds, as S3 keeps it.
    pub(super) fn last_modified(&self) -> Timestamp {
        timestamp(self.last_modified_s)
    }
}

/// Now, in whole seconds since 1970.
pub(super) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A time of the protocol from seconds since 1970.
pub(super) fn timestamp(seconds: u64) -> Timestamp {
    Timestamp::from(UNIX_EPOCH + Duration::from_secs(seconds))
}

fn modified_ns(file: &Metadata) -> i128 {
    i128::from(file.mtime()) * 1_000_000_000 + i128::from(file.mtime_nsec())
}
