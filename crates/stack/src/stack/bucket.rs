//! The buckets, each with all that protects it. What is the same of both is the same for a reason, said once.

use super::text::BucketId;
use crate::environment::Environment;
use crate::mapping::OnFailure;

/// A bucket of the stack's own. It is kept when the stack is removed, and so is its policy: a bucket that stays must
/// not lose what protects it. Public access is blocked, ACLs are off, TLS is demanded, versions are kept; these are no
/// choices and so no fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    /// Which of the two.
    pub id: BucketId,
    /// `BucketName`, a literal, so that a bucket that was kept can be adopted by name.
    pub name: String,
    /// The KMS key; none for SSE-S3.
    pub kms_key_arn: Option<String>,
    /// Days after which objects go; none where they stay.
    pub expiration_in_days: Option<u32>,
    /// The bucket that takes the access logs.
    pub access_log_bucket: Option<String>,
    /// Whether EventBridge is told of objects.
    pub event_bridge_notifications: bool,
}

/// Days that a deleted or replaced object can still be had back. Keys are derived and conditional, so nothing is
/// replaced; what this keeps is what somebody deleted.
pub const NONCURRENT_VERSION_EXPIRATION_IN_DAYS: u32 = 30;

/// Days after which an unfinished upload goes. The function makes none; what another tool left is paid for unseen.
pub const ABORT_INCOMPLETE_MULTIPART_UPLOAD_IN_DAYS: u32 = 1;

/// Days that a batch that was given up is kept: it is there to be replayed, not to be archived.
const FAILURES_EXPIRATION_IN_DAYS: u32 = 90;

impl Bucket {
    /// The buckets that belong to the environment: those that are there already are left as they are.
    pub(super) fn all_of(environment: &Environment) -> Vec<Self> {
        let options = &environment.options;
        let access_log_bucket = options.access_log_bucket.as_ref().map(|bucket| bucket.as_str().to_owned());
        let data = (!options.existing_bucket).then(|| Self {
            id: BucketId::Data,
            name: environment.delivery.bucket.as_str().to_owned(),
            kms_key_arn: options.bucket_kms_key_arn.clone(),
            expiration_in_days: None,
            access_log_bucket: access_log_bucket.clone(),
            event_bridge_notifications: options.event_bridge_notifications,
        });
        let failures = match &environment.event_source_mapping.on_failure {
            OnFailure::FailureBucket(bucket) => Some(Self {
                id: BucketId::Failures,
                name: bucket.as_str().to_owned(),
                // Never the data's key: trouble with that is a reason to give a batch up.
                kms_key_arn: None,
                expiration_in_days: Some(FAILURES_EXPIRATION_IN_DAYS),
                access_log_bucket,
                event_bridge_notifications: false,
            }),
            OnFailure::Arn(_) | OnFailure::Nowhere => None,
        };
        data.into_iter().chain(failures).collect()
    }

    /// What access logs of this bucket begin with in the bucket that takes them.
    pub fn access_log_prefix(&self) -> String {
        format!("{}/", self.name)
    }
}
