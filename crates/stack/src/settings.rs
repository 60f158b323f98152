//! The keys of an environment file beside those of `[delivery]`, as the README shows them.

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub key: &'static str,
    /// What holds when it is not set, in words; `required` where it must be set.
    pub default: &'static str,
    /// One line.
    pub doc: &'static str,
}

/// All keys beside those of `[delivery]`, in the order of the README.
pub const SETTINGS: [Setting; 39] = [
    setting("stream", "name", "required", "Name of the Kinesis data stream."),
    setting(
        "stream",
        "arn",
        "none",
        "ARN of a stream that is there already: it is read and left as it is, and the other keys say what it is. `name` \
         then follows from it.",
    ),
    setting(
        "stream",
        "stream_mode",
        "`PROVISIONED`",
        "`StreamMode`: or `ON_DEMAND`, which begins with 4 shards, scales itself and costs more at a steady load.",
    ),
    setting("stream", "shard_count", "`1`", "`ShardCount`: shards of a provisioned stream, 1 to 10,000."),
    setting("stream", "retention_period_hours", "`168`", "`RetentionPeriodHours`: 24 to 8,760."),
    setting(
        "stream",
        "kms_key_arn",
        "AWS's own key",
        "ARN of the KMS key that the stream is encrypted with; the function may then decrypt with it.",
    ),
    setting(
        "function",
        "function_name",
        "the stream's name, `.` as `-`",
        "`FunctionName`, 1 to 64 characters. Another one is another function, in place of the first.",
    ),
    setting("function", "memory_size", "`512`", "`MemorySize` in MB, 128 to 10,240."),
    setting("function", "timeout", "`120`", "`Timeout` in seconds, 3 to 900."),
    setting(
        "function",
        "reserved_concurrent_executions",
        "none",
        "`ReservedConcurrentExecutions`: at least `shard_count` times `parallelization_factor`, below which Lambda \
         throttles.",
    ),
    mapping("batch_size", "`10000`", "`BatchSize`: records of one batch, 1 to 10,000."),
    mapping(
        "maximum_batching_window_in_seconds",
        "`60`",
        "`MaximumBatchingWindowInSeconds`: how long a batch gathers, 0 to 300. `local` waits 1 second at most.",
    ),
    mapping("starting_position", "`TRIM_HORIZON`", "`StartingPosition`: or `LATEST`, or `AT_TIMESTAMP`."),
    mapping(
        "starting_position_timestamp",
        "none",
        "`StartingPositionTimestamp` of `AT_TIMESTAMP`: a time with its zone, such as `2026-11-23T20:00:00Z`.",
    ),
    mapping(
        "parallelization_factor",
        "`1`",
        "`ParallelizationFactor`: batches of one shard at once, 1 to 10. Above 1 only the records of one partition key \
         keep their order.",
    ),
    mapping("maximum_retry_attempts", "`-1`", "`MaximumRetryAttempts`: 0 to 10,000, or -1 for ever."),
    mapping(
        "maximum_record_age_in_seconds",
        "6 days, or an hour less than the retention",
        "`MaximumRecordAgeInSeconds`: 60 to 604,800, or -1 for ever.",
    ),
    mapping(
        "bisect_batch_on_function_error",
        "`false`",
        "`BisectBatchOnFunctionError`: whether a batch is halved when the function fails.",
    ),
    mapping("report_batch_item_failures", "`true`", "`ReportBatchItemFailures` in `FunctionResponseTypes`."),
    mapping("enabled", "`true`", "`Enabled`: whether the mapping polls."),
    mapping(
        "filters",
        "`[]`",
        "`FilterCriteria`: at most 5 patterns of which a record must match one, each a text with JSON or a table, such \
         as `{ data = { level = [\"ERROR\"] } }`.",
    ),
    mapping(
        "on_failure",
        "`s3`",
        "`OnFailure`: where batches go that are given up. `s3` is `failure_bucket`; or the ARN of a bucket, an SQS \
         queue or an SNS topic; or `none`.",
    ),
    mapping(
        "failure_bucket",
        "`<delivery.bucket>-failures`",
        "The bucket of `on_failure = \"s3\"`; another one than `delivery.bucket`.",
    ),
    stack("name", "the function's name", "Name of the CloudFormation stack: letters, digits and hyphens."),
    stack("account_id", "any", "The account that it belongs into, 12 digits: `deploy` and `destroy` refuse any other."),
    stack("region", "the profile's", "The region that it belongs into; `--region` may not say another."),
    stack("termination_protection", "`false`", "Whether the stack refuses to be deleted until `destroy` is confirmed."),
    stack(
        "service_role_arn",
        "none",
        "ARN of the role that CloudFormation takes for the resources, which `render github-oidc` makes; without it, \
         whoever deploys must be allowed all of it.",
    ),
    stack(
        "alarm_topic_arn",
        "none",
        "ARN of the SNS topic that alarms go to; without it they only change their colour.",
    ),
    stack(
        "existing_bucket",
        "`false`",
        "Whether `delivery.bucket` is there already: it is written to and left as it is.",
    ),
    stack("bucket_kms_key_arn", "none", "ARN of the KMS key that objects are encrypted with; without it SSE-S3."),
    stack("access_log_bucket", "none", "A bucket that is there already and takes the access logs of both buckets."),
    stack(
        "event_bridge_notifications",
        "`false`",
        "Whether the data bucket tells EventBridge of each object, for what comes after.",
    ),
    stack("log_retention_in_days", "`30`", "`RetentionInDays` of the function's log: a number that CloudWatch knows."),
    stack("permissions_boundary", "none", "ARN of the managed policy that bounds the function's role."),
    stack(
        "glue_database",
        "none",
        "A database of Glue's that is there already: both templates then have a table of the bucket, with partition projection \
         by the folders of `prefix`, so that Athena reads it at once. Needs `schema`.",
    ),
    stack("glue_table", "the delivery's name", "Name of the table: lower-case letters, digits and `_`."),
    stack(
        "glue_projection_from",
        "none",
        "The first day that queries look for, `yyyy-MM-dd`: that of the oldest object. Required with `glue_database`.",
    ),
    stack(
        "tags",
        "`{}`",
        "Tags of everything that can have them, such as `{ team = \"data\" }`; `app`, `delivery`, `version` and \
         `managed-by` are there already.",
    ),
];

const fn stack(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    setting("stack", key, default, doc)
}

const fn mapping(key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    setting("event_source_mapping", key, default, doc)
}

const fn setting(table: &'static str, key: &'static str, default: &'static str, doc: &'static str) -> Setting {
    Setting { table, key, default, doc }
}
