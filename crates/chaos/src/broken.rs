//! Builds that are broken on purpose, to see that chaos catches them. They are switches of this harness alone: the
//! product has none.

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// 412 is an error, and not the sign that this very set is stored.
    PreconditionFailedIsAnError,
    /// An object is known by its first sequence number alone.
    FirstSequenceNumberOnly,
    /// An output's index is not in the identity.
    NoOutputIndex,
    /// A batch that failed is acknowledged up to its middle.
    PartialAcknowledgement,
    /// A random id in place of a derived one.
    RandomId,
    /// The answer does not wait for the objects of what failed.
    ErrorObjectNotAwaited,
    /// A put that was not answered counts as stored.
    TimeoutIsSuccess,
    /// An answer of S3 that says `later` is not waited for: the batch is acknowledged without the object.
    ThrottledIsSuccess,
}

impl Broken {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::PreconditionFailedIsAnError,
        Self::FirstSequenceNumberOnly,
        Self::NoOutputIndex,
        Self::PartialAcknowledgement,
        Self::RandomId,
        Self::ErrorObjectNotAwaited,
        Self::TimeoutIsSuccess,
        Self::ThrottledIsSuccess,
    ];
}
