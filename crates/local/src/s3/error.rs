//! What the store refuses, and how S3 says it.

use std::io;
use std::path::{Path, PathBuf};

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

use super::key::KeyError;

/// Why the store did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name breaks AWS's rules for general purpose buckets.
    #[error("bucket name {0:?} is not valid: expected 3 to 63 lower-case letters, digits, dots and hyphens")]
    InvalidBucketName(String),
    /// There is no such bucket.
    #[error("bucket {0:?} does not exist")]
    NoSuchBucket(String),
    /// The bucket still has objects.
    #[error("bucket {0:?} is not empty")]
    BucketNotEmpty(String),
    /// There is no such object.
    #[error("key {0:?} does not exist")]
    NoSuchKey(String),
    /// The key is empty or too long.
    #[error("the key is empty")]
    KeyEmpty,
    /// The key is too long.
    #[error("the key has {0} bytes, more than 1024")]
    KeyTooLong(usize),
    /// A condition of the request, in the header's name, does not hold.
    #[error("precondition {0} does not hold")]
    PreconditionFailed(&'static str),
    /// A checksum of the body, by name, is not the one declared.
    #[error("the declared {0} is not that of the body")]
    BadDigest(&'static str),
    /// `Content-MD5` is no base64 of 16 bytes.
    #[error("Content-MD5 {0:?} is not valid: expected 16 bytes in base64")]
    InvalidDigest(String),
    /// A checksum header has a value that is no digest.
    #[error("value for {header} header is invalid")]
    InvalidChecksum {
        /// The header's name.
        header: &'static str,
    },
    /// A trailer was announced and did not come.
    #[error("trailer {0} was announced and did not come")]
    MissingTrailer(&'static str),
    /// The body has another length than was declared, or broke off.
    #[error("the body has {received} bytes where {declared} were declared")]
    IncompleteBody {
        /// Bytes declared.
        declared: u64,
        /// Bytes received.
        received: u64,
    },
    /// The body could not be read: the connection broke, or a signature in it is wrong.
    #[error("the body could not be read: {0}")]
    Body(String),
    /// More than 5 GiB in one request.
    #[error("the body has more than {0} bytes")]
    EntityTooLarge(u64),
    /// A part that is not the last has less than 5 MiB.
    #[error("part {0} is smaller than 5 MiB and not the last")]
    EntityTooSmall(u32),
    /// User metadata above 2 KB.
    #[error("user metadata has {0} bytes, more than 2048")]
    MetadataTooLarge(usize),
    /// A tag breaks AWS's rules.
    #[error("{0}")]
    InvalidTag(&'static str),
    /// More tags than an object may have.
    #[error("Object tags cannot be greater than 10; there are {0}")]
    TooManyTags(usize),
    /// There is no such storage class.
    #[error("the storage class {0:?} is not valid")]
    InvalidStorageClass(String),
    /// There is no such multipart upload.
    #[error("upload {0:?} does not exist")]
    NoSuchUpload(String),
    /// A part is missing or its entity tag or checksum is another.
    #[error("part {0} does not exist or is another")]
    InvalidPart(u32),
    /// The parts are not in ascending order.
    #[error("the parts are not in ascending order")]
    InvalidPartOrder,
    /// No byte of the object is in the range.
    #[error("the range is outside of the object's {0} bytes")]
    InvalidRange(u64),
    /// The request makes no sense.
    #[error("{0}")]
    InvalidRequest(String),
    /// A value of the request makes no sense.
    #[error("{0}")]
    InvalidArgument(String),
    /// S3 has it and this store has not.
    #[error("{0} is not implemented")]
    NotImplemented(&'static str),
    /// The folder.
    #[error("{action} {path} failed")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A task of the store did not come to its end.
    #[error("a task of the store did not finish")]
    Task(#[source] tokio::task::JoinError),
}

impl StoreError {
    /// For `map_err`: what was done to which path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    fn code(&self) -> S3ErrorCode {
        match self {
            Self::InvalidBucketName(_) => S3ErrorCode::InvalidBucketName,
            Self::NoSuchBucket(_) => S3ErrorCode::NoSuchBucket,
            Self::BucketNotEmpty(_) => S3ErrorCode::BucketNotEmpty,
            Self::NoSuchKey(_) => S3ErrorCode::NoSuchKey,
            Self::KeyEmpty => S3ErrorCode::UserKeyMustBeSpecified,
            Self::KeyTooLong(_) => S3ErrorCode::KeyTooLongError,
            Self::PreconditionFailed(_) => S3ErrorCode::PreconditionFailed,
            Self::BadDigest(_) => S3ErrorCode::BadDigest,
            Self::InvalidDigest(_) => S3ErrorCode::InvalidDigest,
            Self::InvalidChecksum { .. } | Self::InvalidRequest(_) => S3ErrorCode::InvalidRequest,
            Self::MissingTrailer(_) => S3ErrorCode::Custom("MalformedTrailerError".into()),
            Self::IncompleteBody { .. } => S3ErrorCode::IncompleteBody,
            Self::Body(reason) => body_code(reason),
            Self::EntityTooLarge(_) => S3ErrorCode::EntityTooLarge,
            Self::EntityTooSmall(_) => S3ErrorCode::EntityTooSmall,
            Self::MetadataTooLarge(_) => S3ErrorCode::MetadataTooLarge,
            Self::InvalidTag(_) => S3ErrorCode::InvalidTag,
            Self::TooManyTags(_) => S3ErrorCode::Custom("BadRequest".into()),
            Self::InvalidStorageClass(_) => S3ErrorCode::InvalidStorageClass,
            Self::NoSuchUpload(_) => S3ErrorCode::NoSuchUpload,
            Self::InvalidPart(_) => S3ErrorCode::InvalidPart,
            Self::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            Self::InvalidRange(_) => S3ErrorCode::InvalidRange,
            Self::InvalidArgument(_) => S3ErrorCode::InvalidArgument,
            Self::NotImplemented(_) => S3ErrorCode::NotImplemented,
            Self::Io { .. } | Self::Task(_) => S3ErrorCode::InternalError,
        }
    }
}

/// `s3s` keeps the types of what a body stream can say to itself; their names are in the text.
fn body_code(reason: &str) -> S3ErrorCode {
    if reason.contains("Sha256Mismatch") {
        S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into())
    } else if reason.contains("SignatureMismatch") {
        S3ErrorCode::SignatureDoesNotMatch
    } else {
        S3ErrorCode::IncompleteBody
    }
}

impl From<KeyError> for StoreError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Empty => Self::KeyEmpty,
            KeyError::TooLong(bytes) => Self::KeyTooLong(bytes),
        }
    }
}

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let code = error.code();
        let custom = matches!(code, S3ErrorCode::Custom(_));
        let mut message = error.to_string();
        if let Some(source) = std::error::Error::source(&error) {
            message = format!("{message}: {source}");
        }
        let mut answer = Self::with_message(code, message);
        if custom {
            answer.set_status_code(StatusCode::BAD_REQUEST);
        }
        answer
    }
}
