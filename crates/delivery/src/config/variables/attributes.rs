//! Settings of what S3 is told of an object beside its bytes.

use super::Variable;

/// In the order of the README.
pub(super) static ATTRIBUTES: [&Variable; 10] = [
    &CONTENT_TYPE,
    &CONTENT_ENCODING,
    &CACHE_CONTROL,
    &CONTENT_DISPOSITION,
    &CONTENT_LANGUAGE,
    &STORAGE_CLASS,
    &OBJECT_TAGS,
    &SSE_KMS_KEY_ARN,
    &EXPECTED_BUCKET_OWNER,
    &CHECKSUM_ALGORITHM,
];

/// `Content-Type` of data objects.
pub static CONTENT_TYPE: Variable = Variable {
    name: "PENSTOCK_CONTENT_TYPE",
    key: "content_type",
    default: Some("application/octet-stream"),
    expected: "a media type",
    example: "application/x-ndjson",
    beside: &[],
    doc: "`Content-Type` of data objects; the default is what Firehose sends. Error and backup objects keep the \
          default: they are not what the transform makes.",
};

/// `Content-Encoding`.
pub static CONTENT_ENCODING: Variable = Variable {
    name: "PENSTOCK_CONTENT_ENCODING",
    key: "content_encoding",
    default: Some("none"),
    expected: "none, firehose or a content coding",
    example: "firehose",
    beside: &[],
    doc: "`Content-Encoding`: `none`, so that clients leave the bytes as they are; `firehose`, Firehose's own for the \
          compression (`gzip` for `GZIP`; `zstd` for `ZSTD`, which Firehose has not), on all objects; or a coding such \
          as `gzip`, on data objects.",
};

/// `Cache-Control`.
pub static CACHE_CONTROL: Variable = Variable {
    name: "PENSTOCK_CACHE_CONTROL",
    key: "cache_control",
    default: None,
    expected: "1 to 512 visible ASCII characters and spaces",
    example: "max-age=31536000, immutable",
    beside: &[],
    doc: "`Cache-Control` of all objects.",
};

/// `Content-Disposition`.
pub static CONTENT_DISPOSITION: Variable = Variable {
    name: "PENSTOCK_CONTENT_DISPOSITION",
    key: "content_disposition",
    default: None,
    expected: "1 to 512 visible ASCII characters and spaces",
    example: "attachment",
    beside: &[],
    doc: "`Content-Disposition` of data objects.",
};

/// `Content-Language`.
pub static CONTENT_LANGUAGE: Variable = Variable {
    name: "PENSTOCK_CONTENT_LANGUAGE",
    key: "content_language",
    default: None,
    expected: "1 to 512 visible ASCII characters and spaces",
    example: "ja",
    beside: &[],
    doc: "`Content-Language` of data objects.",
};

/// S3's `StorageClass`.
pub static STORAGE_CLASS: Variable = Variable {
    name: "PENSTOCK_STORAGE_CLASS",
    key: "storage_class",
    default: Some("STANDARD"),
    expected: "a storage class of S3",
    example: "STANDARD_IA",
    beside: &[],
    doc: "`StorageClass` of all objects: `STANDARD`, `STANDARD_IA`, `ONEZONE_IA`, `INTELLIGENT_TIERING`, `GLACIER_IR`, \
          `GLACIER`, `DEEP_ARCHIVE` or `REDUCED_REDUNDANCY`. From `GLACIER` and `DEEP_ARCHIVE` nothing is read, error \
          objects neither, before it is restored.",
};

/// Tags.
pub static OBJECT_TAGS: Variable = Variable {
    name: "PENSTOCK_OBJECT_TAGS",
    key: "object_tags",
    default: None,
    expected: "at most 10 tags, key=value&key=value",
    example: "team=data&cost center=7",
    beside: &[],
    doc: "Tags of all objects, `key=value&key=value`, at most 10: letters, digits, spaces and `+ - = . _ : / @`, as they \
          are or as `%XX`. The function may then `s3:PutObjectTagging`.",
};

/// SSE-KMS.
pub static SSE_KMS_KEY_ARN: Variable = Variable {
    name: "PENSTOCK_SSE_KMS_KEY_ARN",
    key: "sse_kms_key_arn",
    default: None,
    expected: "the ARN of a key, arn:<partition>:kms:<region>:<account>:key/<id>",
    example: "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    beside: &[],
    doc: "ARN of the KMS key that every put asks for (SSE-KMS with a bucket key), whatever the bucket's own encryption \
          is; the function may then use it.",
};

/// `x-amz-expected-bucket-owner`.
pub static EXPECTED_BUCKET_OWNER: Variable = Variable {
    name: "PENSTOCK_EXPECTED_BUCKET_OWNER",
    key: "expected_bucket_owner",
    default: None,
    expected: "the number of an account, 12 digits",
    example: "123456789012",
    beside: &[],
    doc: "The account that the bucket must belong to: S3 refuses to put into another's.",
};

/// The checksum of each put.
pub static CHECKSUM_ALGORITHM: Variable = Variable {
    name: "PENSTOCK_CHECKSUM_ALGORITHM",
    key: "checksum_algorithm",
    default: Some("CRC32"),
    expected: "CRC32, CRC32C, CRC64NVME, SHA1 or SHA256",
    example: "SHA256",
    beside: &[],
    doc: "The checksum that S3 verifies at every put and keeps: `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.",
};
