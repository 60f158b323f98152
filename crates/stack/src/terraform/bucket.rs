//! A bucket in Terraform: one resource for the bucket and one for each thing that protects it.
//!
//! Every one of them refuses to be destroyed. A `terraform destroy` would else remove what protects a bucket first, and
//! then fail at the bucket, because objects lie in it: it would stay, bare.

use super::hcl::Block;
use super::resources::{keep, resource, suppressing};
use super::values::bucket_name;
use crate::stack::{
    ABORT_INCOMPLETE_MULTIPART_UPLOAD_IN_DAYS, Bucket, NONCURRENT_VERSION_EXPIRATION_IN_DAYS, Object, Policy, Subject,
    Value,
};

/// The bucket and its satellites.
pub(super) fn all_of(bucket: &Bucket, tags: &Object) -> Vec<Block> {
    let subject = Subject::Bucket {
        is_logged: bucket.access_log_bucket.is_some(),
        has_key: bucket.kms_key_arn.is_some(),
        notifies: bucket.event_bridge_notifications,
    };
    let own = suppressing(resource("aws_s3_bucket", bucket_name(bucket.id)), subject)
        .with("bucket", bucket.name.as_str())
        .with("tags", tags.clone());
    let mut blocks = vec![own, encryption(bucket), public_access(bucket), ownership(bucket), versioning(bucket)];
    blocks.push(lifecycle(bucket));
    blocks.extend(bucket.access_log_bucket.as_deref().map(|to| {
        satellite("aws_s3_bucket_logging", bucket)
            .with("target_bucket", to)
            .with("target_prefix", bucket.access_log_prefix())
    }));
    if bucket.event_bridge_notifications {
        blocks.push(satellite("aws_s3_bucket_notification", bucket).with("eventbridge", true));
    }
    blocks.push(policy(bucket));
    blocks.into_iter().map(keep).collect()
}

fn satellite(kind: &str, bucket: &Bucket) -> Block {
    let name = bucket_name(bucket.id);
    resource(kind, name).expression("bucket", format!("aws_s3_bucket.{name}.id"))
}

fn encryption(bucket: &Bucket) -> Block {
    let by_default = Block::new("apply_server_side_encryption_by_default", [])
        .with("sse_algorithm", if bucket.kms_key_arn.is_some() { "aws:kms" } else { "AES256" })
        .with_some("kms_master_key_id", bucket.kms_key_arn.as_deref());
    let rule = Block::new("rule", []).with("bucket_key_enabled", bucket.kms_key_arn.is_some()).block(by_default);
    satellite("aws_s3_bucket_server_side_encryption_configuration", bucket).block(rule)
}

fn public_access(bucket: &Bucket) -> Block {
    let names = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
    let block = satellite("aws_s3_bucket_public_access_block", bucket);
    names.into_iter().fold(block, |block, name| block.with(name, true))
}

fn ownership(bucket: &Bucket) -> Block {
    let rule = Block::new("rule", []).with("object_ownership", "BucketOwnerEnforced");
    satellite("aws_s3_bucket_ownership_controls", bucket).block(rule)
}

fn versioning(bucket: &Bucket) -> Block {
    let configuration = Block::new("versioning_configuration", []).with("status", "Enabled");
    satellite("aws_s3_bucket_versioning", bucket).block(configuration)
}

/// Rules of a bucket that has versions come after these.
fn lifecycle(bucket: &Bucket) -> Block {
    let rule = |id: &str, action: Block| {
        let whole_bucket = Block::new("filter", []);
        Block::new("rule", []).with("id", id).with("status", "Enabled").block(whole_bucket).block(action)
    };
    let abort = Block::new("abort_incomplete_multipart_upload", [])
        .with("days_after_initiation", ABORT_INCOMPLETE_MULTIPART_UPLOAD_IN_DAYS);
    let noncurrent =
        Block::new("noncurrent_version_expiration", []).with("noncurrent_days", NONCURRENT_VERSION_EXPIRATION_IN_DAYS);
    let expiration =
        bucket.expiration_in_days.map(|days| rule("Expiration", Block::new("expiration", []).with("days", days)));
    satellite("aws_s3_bucket_lifecycle_configuration", bucket)
        .block(rule("AbortIncompleteMultipartUpload", abort))
        .block(rule("NoncurrentVersionExpiration", noncurrent))
        .block_some(expiration)
        .expression("depends_on", format!("[aws_s3_bucket_versioning.{}]", bucket_name(bucket.id)))
}

/// S3 refuses a policy and a change of public access at the same moment.
fn policy(bucket: &Bucket) -> Block {
    satellite("aws_s3_bucket_policy", bucket)
        .with("policy", Value::Json(Policy::of_bucket(bucket.id).document()))
        .expression("depends_on", format!("[aws_s3_bucket_public_access_block.{}]", bucket_name(bucket.id)))
}
