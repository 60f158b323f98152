//! Terraform's state of a stack, as an object: whether there is one, and its end.

use super::root_module::state_key;
use crate::artifact;
use crate::aws::Aws;
use crate::error::Asked as _;

/// Whether a stack is Terraform's.
pub async fn is_there(aws: &Aws, stack: &str) -> anyhow::Result<bool> {
    if !artifact::is_there(aws).await? {
        return Ok(false);
    }
    let (bucket, key) = (artifact::bucket_name(&aws.account), state_key(stack));
    // By a list: whoever only plans may list that bucket, and read nothing in it.
    let request = aws.s3().list_objects_v2().bucket(&bucket).prefix(&key).expected_bucket_owner(&aws.account.id);
    let page = request.send().await.asked(format_args!("look for s3://{bucket}/{key}"))?;
    Ok(page.contents().iter().any(|own| own.key() == Some(&key)))
}

/// Removes a state in which nothing is left. Its versions stay as long as those of the code.
pub async fn remove(aws: &Aws, stack: &str) -> anyhow::Result<()> {
    let (bucket, key) = (artifact::bucket_name(&aws.account), state_key(stack));
    let request = aws.s3().delete_object().bucket(&bucket).key(&key).expected_bucket_owner(&aws.account.id);
    request.send().await.asked(format_args!("remove s3://{bucket}/{key}")).map(drop)
}
