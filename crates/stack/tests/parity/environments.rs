//! Environments that together use every option.

use penstock_stack::{Environment, Stack};

/// Names and texts.
pub fn all() -> Vec<(&'static str, String)> {
    let arn = "arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/clicks";
    let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
    let own = "[stream]\nname = 'clicks'\n[delivery]\nbucket = 'acme-clicks'\n";
    let with = |more: &str| format!("{own}{more}");
    vec![
        ("dev", include_str!("../../../../infra/environments/dev.toml").to_owned()),
        ("prod", include_str!("../../../../infra/environments/prod.toml").to_owned()),
        ("least", own.to_owned()),
        ("on demand", own.replace("'clicks'", "'clicks'\nstream_mode = 'ON_DEMAND'")),
        ("existing stream", format!("[stream]\narn = '{arn}'\n[delivery]\nbucket = 'acme-clicks'\n")),
        ("existing bucket", with("[stack]\nexisting_bucket = true\n")),
        ("queue", with("[event_source_mapping]\non_failure = 'arn:aws:sqs:eu-west-1:123456789012:failures'\n")),
        ("topic", with("[event_source_mapping]\non_failure = 'arn:aws:sns:eu-west-1:123456789012:failures'\n")),
        ("another bucket", with("[event_source_mapping]\non_failure = 'arn:aws:s3:::acme-failures'\n")),
        ("backup", with("s3_backup_mode = 'Enabled'\ns3_backup_prefix = 'backup/'\nprefix = 'data/'\n")),
        ("backup elsewhere", with("s3_backup_mode = 'Enabled'\ns3_backup_bucket = 'acme-backup'\n")),
        (
            "backup's own key",
            with(&format!(
                "prefix = 'data/'\nsse_kms_key_arn = '{key}'\ns3_backup_mode = 'Enabled'\ns3_backup_prefix = 'backup/'\n\
                 s3_backup_sse_kms_key_arn = '{key}3'\n"
            )),
        ),
        (
            "backup's own key elsewhere",
            with(&format!(
                "s3_backup_mode = 'Enabled'\ns3_backup_bucket = 'acme-backup'\ns3_backup_sse_kms_key_arn = '{key}3'\n"
            )),
        ),
        (
            "partitions",
            with(
                "dynamic_partitioning = 'Enabled'\nprefix = 'data/!{partitionKeyFromLambda:c}/'\n\
                 error_output_prefix = 'failed/!{firehose:error-output-type}/'\n",
            ),
        ),
        ("nowhere", with("[event_source_mapping]\non_failure = 'none'\n")),
        (
            "all attributes",
            own.to_owned()
                + "content_type = 'text/csv; header=absent'\ncontent_encoding = 'firehose'\ncompression_format = 'GZIP'\n\
                   cache_control = 'max-age=60'\ncontent_disposition = 'attachment; filename=\"a ${b}.csv\"'\n\
                   content_language = 'ja'\nstorage_class = 'STANDARD_IA'\nobject_tags = 'cost center=7&team=%E6%B0%B4'\n\
                   sse_kms_key_arn = 'arn:aws:kms:eu-west-1:123456789012:key/o'\n\
                   expected_bucket_owner = '123456789012'\nchecksum_algorithm = 'SHA256'\n",
        ),
        (
            "a table of lines",
            with(
                "schema = '[{\"Name\": \"id\", \"Type\": \"bigint\"}]'\nprefix = 'clicks/'\n[stack]\n\
                 glue_database = 'web'\nglue_projection_from = '2024-02-29'\n",
            ),
        ),
        (
            "a table of columns",
            with(
                "schema = '[{\"Name\": \"id\", \"Type\": \"bigint\"}, {\"Name\": \"at\", \"Type\": \
                 \"struct<a:array<string>,b:decimal(10,2)>\"}]'\ndata_format_conversion = 'Enabled'\n\
                 dynamic_partitioning = 'Enabled'\nmetadata_extraction_query = '{c}'\n\
                 prefix = 'c=!{partitionKeyFromQuery:c}/day=!{timestamp:yyyy-MM-dd}/'\n\
                 error_output_prefix = 'failed/!{firehose:error-output-type}/'\n[stack]\n\
                 glue_database = 'web'\nglue_table = 'columns'\nglue_projection_from = '2026-01-01'\n",
            ),
        ),
        ("one key twice", with(&format!("sse_kms_key_arn = '{key}'\n[stack]\nbucket_kms_key_arn = '{key}'\n"))),
        (
            "two keys",
            with(&format!("sse_kms_key_arn = '{key}'\n[stack]\nbucket_kms_key_arn = '{key}2'\nexisting_bucket = true\n")),
        ),
        (
            "everything",
            "[stream]\nname = 'clicks.eu'\nshard_count = 8\nretention_period_hours = 48\n\
             kms_key_arn = 'arn:aws:kms:eu-west-1:123456789012:key/s'\n\
             [function]\nfunction_name = 'clicks_eu'\nmemory_size = 1024\ntimeout = 60\nreserved_concurrent_executions = 16\n\
             [event_source_mapping]\nbatch_size = 500\nmaximum_batching_window_in_seconds = 300\nparallelization_factor = 2\n\
             starting_position = 'AT_TIMESTAMP'\nstarting_position_timestamp = 2026-11-23T20:00:00.5Z\n\
             maximum_retry_attempts = 7\nmaximum_record_age_in_seconds = 3600\nbisect_batch_on_function_error = true\n\
             report_batch_item_failures = false\nenabled = false\nfilters = [{ data = { level = ['ERROR'] } }, '{\"partitionKey\":[\"${a}\"]}']\n\
             failure_bucket = 'acme-given-up'\n\
             [delivery]\nbucket = 'acme-clicks'\nprefix = 'a$b/${c}/*/!{timestamp:yyyy}/'\nerror_output_prefix = 'errors/!{firehose:error-output-type}/'\n\
             [stack]\nname = 'clicks'\naccount_id = '123456789012'\nregion = 'eu-west-1'\ntermination_protection = true\n\
             alarm_topic_arn = 'arn:aws:sns:eu-west-1:123456789012:alarms'\n\
             bucket_kms_key_arn = 'arn:aws:kms:eu-west-1:123456789012:key/b'\naccess_log_bucket = 'acme-logs'\n\
             event_bridge_notifications = true\nlog_retention_in_days = 400\n\
             permissions_boundary = 'arn:aws:iam::123456789012:policy/bound'\ntags = { team = 'data', 'cost center' = '7' }\n"
                .to_owned(),
        ),
    ]
}

/// Their stacks.
pub fn stacks() -> Vec<(&'static str, Stack)> {
    let stack = |(name, text): (&'static str, String)| {
        let environment = Environment::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, Stack::of(&environment))
    };
    all().into_iter().map(stack).collect()
}
