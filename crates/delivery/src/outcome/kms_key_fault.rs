//! What is wrong with the KMS key that S3 was to encrypt with.

/// Why S3 could not use the key. Each stands until somebody changes the key or who may use it; the names are those of
/// Firehose's metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KmsKeyFault {
    /// The function's role, or the key's policy, does not allow its use.
    AccessDenied,
    /// It is disabled.
    Disabled,
    /// It is in another state that forbids its use, such as waiting for its deletion.
    InvalidState,
    /// There is no such key.
    NotFound,
}

impl KmsKeyFault {
    /// Every variant.
    pub const ALL: [Self; 4] = [Self::AccessDenied, Self::Disabled, Self::InvalidState, Self::NotFound];

    /// The `errorType` that Lambda sees.
    pub const fn error_type(self) -> &'static str {
        match self {
            Self::AccessDenied => "Delivery.KMSKeyAccessDenied",
            Self::Disabled => "Delivery.KMSKeyDisabled",
            Self::InvalidState => "Delivery.KMSKeyInvalidState",
            Self::NotFound => "Delivery.KMSKeyNotFound",
        }
    }

    /// What is wrong, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AccessDenied => "the KMS key may not be used",
            Self::Disabled => "the KMS key is disabled",
            Self::InvalidState => "the KMS key is in a state that forbids its use",
            Self::NotFound => "the KMS key does not exist",
        }
    }
}
