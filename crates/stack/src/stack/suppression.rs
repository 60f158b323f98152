//! What the scanner `checkov` says of this design, and why it stays as it is. Each travels in both renderings, so that
//! nobody who scans them has to guess.

/// What a suppression is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A bucket, and whether it has logs of access, a key of its own, and notifications.
    Bucket {
        /// Whether access is logged.
        is_logged: bool,
        /// Whether a KMS key encrypts it.
        has_key: bool,
        /// Whether EventBridge is told of its objects.
        notifies: bool,
    },
    /// The function, and whether it has reserved concurrency.
    Function {
        /// Whether it has.
        is_reserved: bool,
    },
    /// The log group, and whether it is kept for a year.
    LogGroup {
        /// Whether it is.
        is_kept_for_a_year: bool,
    },
}

/// A rule that does not hold here, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suppression {
    /// Its id.
    pub id: &'static str,
    /// Why.
    pub reason: &'static str,
}

const ACCESS_LOGS: Suppression =
    suppression("CKV_AWS_18", "access logs need a bucket of their own: stack.access_log_bucket");
const BUCKET_KEY: Suppression = suppression("CKV_AWS_145", "SSE-S3 encrypts; a KMS key is stack.bucket_kms_key_arn");
const REPLICATION: Suppression = suppression("CKV_AWS_144", "a second region is the choice of whoever owns the data");
const NOTIFICATIONS: Suppression =
    suppression("CKV2_AWS_62", "nobody listens by default; stack.event_bridge_notifications");
const DEAD_LETTERS: Suppression = suppression(
    "CKV_AWS_116",
    "that queue is for asynchronous invocations; batches that are given up go where the mapping sends them",
);
const VPC: Suppression = suppression("CKV_AWS_117", "it speaks to S3 and Kinesis alone, whose endpoints are public");
const CONCURRENCY: Suppression = suppression(
    "CKV_AWS_115",
    "shards bound its concurrency; a reservation is function.reserved_concurrent_executions",
);
const VARIABLES_KEY: Suppression = suppression("CKV_AWS_173", "its variables hold no secret");
const CODE_SIGNING: Suppression =
    suppression("CKV_AWS_272", "its code is named by its hash and uploaded by whoever deploys it");
const TRACING: Suppression = suppression("CKV_AWS_50", "tracing needs a right on every resource");
const LOG_KEY: Suppression = suppression("CKV_AWS_158", "no record content is ever in a line of the log");
const LOG_RETENTION: Suppression = suppression("CKV_AWS_338", "a month by choice: stack.log_retention_in_days");

/// What is suppressed on a resource, and why.
pub fn suppressions(subject: Subject) -> Vec<Suppression> {
    match subject {
        Subject::Bucket { is_logged, has_key, notifies } => [
            (!is_logged).then_some(ACCESS_LOGS),
            (!has_key).then_some(BUCKET_KEY),
            Some(REPLICATION),
            (!notifies).then_some(NOTIFICATIONS),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Subject::Function { is_reserved } => {
            let reserved = (!is_reserved).then_some(CONCURRENCY);
            [DEAD_LETTERS, VPC, VARIABLES_KEY, CODE_SIGNING, TRACING].into_iter().chain(reserved).collect()
        }
        Subject::LogGroup { is_kept_for_a_year } => {
            let retention = (!is_kept_for_a_year).then_some(LOG_RETENTION);
            [LOG_KEY].into_iter().chain(retention).collect()
        }
    }
}

const fn suppression(id: &'static str, reason: &'static str) -> Suppression {
    Suppression { id, reason }
}
