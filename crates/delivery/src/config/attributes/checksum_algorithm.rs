//! The checksum of a put.

/// What S3 verifies a body with, and keeps beside it. Source: the S3 API reference, `PutObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumAlgorithm {
    /// `CRC32`.
    Crc32,
    /// `CRC32C`.
    Crc32c,
    /// `CRC64NVME`.
    Crc64Nvme,
    /// `SHA1`.
    Sha1,
    /// `SHA256`.
    Sha256,
}

impl ChecksumAlgorithm {
    /// Every variant with S3's word.
    pub const ALL: [(&'static str, Self); 5] = [
        ("CRC32", Self::Crc32),
        ("CRC32C", Self::Crc32c),
        ("CRC64NVME", Self::Crc64Nvme),
        ("SHA1", Self::Sha1),
        ("SHA256", Self::Sha256),
    ];

    /// S3's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }
}
