//! Terraform's names in AWS's words, so that a plan reads the same whatever carries it out.

/// A resource's type as CloudFormation calls it; Terraform's own where it has no counterpart, as what protects a bucket
/// is a property there and a resource here.
pub fn kind(resource_type: &str) -> &str {
    match resource_type {
        "aws_kinesis_stream" => "AWS::Kinesis::Stream",
        "aws_s3_bucket" => "AWS::S3::Bucket",
        "aws_s3_bucket_policy" => "AWS::S3::BucketPolicy",
        "aws_cloudwatch_log_group" => "AWS::Logs::LogGroup",
        "aws_iam_role" => "AWS::IAM::Role",
        "aws_iam_role_policy" => "AWS::IAM::RolePolicy",
        "aws_lambda_function" => "AWS::Lambda::Function",
        "aws_lambda_event_source_mapping" => "AWS::Lambda::EventSourceMapping",
        "aws_cloudwatch_metric_alarm" => "AWS::CloudWatch::Alarm",
        "aws_cloudwatch_dashboard" => "AWS::CloudWatch::Dashboard",
        other => other,
    }
}

/// Whether a resource of this type holds data, or protects it: no run of ours ever destroys one.
pub fn is_kept(resource_type: &str) -> bool {
    resource_type == "aws_kinesis_stream"
        || resource_type == "aws_s3_bucket"
        || resource_type.starts_with("aws_s3_bucket_")
}

/// The type in an address of the root module: `aws_s3_bucket` of `aws_s3_bucket.data_bucket`.
pub fn type_of(address: &str) -> &str {
    address.split_once('.').map_or(address, |(resource_type, _)| resource_type)
}

/// A property's path as CloudFormation spells it. What it names otherwise is in a table; the rest differs in its letters
/// alone. Names below a map, which are the user's own, are left as they are.
pub fn path(resource_type: &str, segments: &[&str]) -> String {
    let known = match (resource_type, segments) {
        ("aws_kinesis_stream", ["retention_period"]) => Some("RetentionPeriodHours"),
        ("aws_kinesis_stream", ["kms_key_id"]) => Some("StreamEncryption.KeyId"),
        ("aws_kinesis_stream", ["encryption_type"]) => Some("StreamEncryption.EncryptionType"),
        ("aws_lambda_function", ["s3_bucket"]) => Some("Code.S3Bucket"),
        ("aws_lambda_function", ["s3_key"]) => Some("Code.S3Key"),
        ("aws_lambda_function", ["source_code_hash"]) => Some("Code.SourceCodeHash"),
        ("aws_lambda_event_source_mapping", ["filter_criteria", ..]) => Some("FilterCriteria"),
        _ => None,
    };
    if let Some(known) = known {
        return known.to_owned();
    }
    let mut words = Vec::new();
    let mut is_map = false;
    for segment in segments {
        words.push(if is_map { (*segment).to_owned() } else { pascal(segment) });
        is_map = is_map || matches!(*segment, "tags" | "variables" | "dimensions");
    }
    words.join(".")
}

/// `batch_size` as `BatchSize`.
fn pascal(snake: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    snake.split('_').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_aws() {
        for (resource_type, segments, told) in [
            ("aws_kinesis_stream", &["retention_period"][..], "RetentionPeriodHours"),
            ("aws_kinesis_stream", &["shard_count"], "ShardCount"),
            ("aws_kinesis_stream", &["stream_mode_details", "stream_mode"], "StreamModeDetails.StreamMode"),
            ("aws_lambda_function", &["s3_key"], "Code.S3Key"),
            (
                "aws_lambda_function",
                &["environment", "variables", "PENSTOCK_PREFIX"],
                "Environment.Variables.PENSTOCK_PREFIX",
            ),
            ("aws_lambda_event_source_mapping", &["batch_size"], "BatchSize"),
            (
                "aws_lambda_event_source_mapping",
                &["maximum_batching_window_in_seconds"],
                "MaximumBatchingWindowInSeconds",
            ),
            ("aws_lambda_event_source_mapping", &["filter_criteria", "filter", "pattern"], "FilterCriteria"),
            ("aws_s3_bucket", &["tags", "cost_center"], "Tags.cost_center"),
        ] {
            assert_eq!(path(resource_type, segments), told);
        }
        assert_eq!(kind("aws_s3_bucket"), "AWS::S3::Bucket");
        assert_eq!(kind("aws_s3_bucket_versioning"), "aws_s3_bucket_versioning");
        assert_eq!(type_of("aws_s3_bucket.data_bucket"), "aws_s3_bucket");
    }

    #[test]
    fn what_holds_data_is_kept_with_what_protects_it() {
        for kept in ["aws_kinesis_stream", "aws_s3_bucket", "aws_s3_bucket_policy", "aws_s3_bucket_versioning"] {
            assert!(is_kept(kept), "{kept}");
        }
        for goes in ["aws_lambda_function", "aws_iam_role", "aws_cloudwatch_log_group", "aws_kinesis_stream_consumer"] {
            assert!(!is_kept(goes), "{goes}");
        }
    }
}
