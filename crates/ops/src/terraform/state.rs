//! Terraform's state of a stack, as an object: whether there is one, and its end.

use aws_sdk_s3::operation::head_object::HeadObjectError;

use super::root_module::state_key;
use crate::artifact;
use crate::aws::Aws;
use crate::error::{self, Asked as _};

/// Whether a stack is Terraform's.
pub async fn is_there(aws: &Aws, stack: &str) -> anyhow::Result<bool> {
    if !artifact::is_there(aws).await? {
        return Ok(false);
    }
    let (bucket, key) = (artifact::bucket_name(&aws.account), state_key(stack));
    match aws.s3().head_object().bucket(&bucket).key(&key).expected_bucket_owner(&aws.account.id).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(false),
        Err(error) => anyhow::bail!("cannot look for s3://{bucket}/{key}: {}", error::text(&error)),
    }
}

/// Removes a state in which nothing is left. Its versions stay as long as those of the code.
pub async fn remove(aws: &Aws, stack: &str) -> anyhow::Result<()> {
    let (bucket, key) = (artifact::bucket_name(&aws.account), state_key(stack));
    let request = aws.s3().delete_object().bucket(&bucket).key(&key).expected_bucket_owner(&aws.account.id);
    request.send().await.asked(format_args!("remove s3://{bucket}/{key}")).map(drop)
}
