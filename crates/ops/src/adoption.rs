//! What an earlier stack left behind, and a new one takes in: buckets and a stream of its names. Without that it would
//! fail, because they are there already.

use std::fmt;

use penstock_stack::Stack;
use penstock_stack::cloudformation::{bucket_id, stream_id};
use penstock_stack::stack::StreamSource;
use penstock_stack::terraform::{bucket_address, stream_address};

use crate::aws::Aws;
use crate::error;

/// A resource that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct There {
    /// What it is called in the stack.
    pub logical_id: String,
    /// What it is called in the root module.
    pub address: String,
    /// What it is, in words.
    kind: &'static str,
    /// Its own name.
    pub name: String,
}

impl fmt::Display for There {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.kind, self.name)
    }
}

/// What of a stack is there already.
pub async fn there(aws: &Aws, stack: &Stack) -> anyhow::Result<Vec<There>> {
    let mut found = Vec::new();
    if let StreamSource::Own(stream) = &stack.stream {
        let client = aws_sdk_kinesis::Client::new(&aws.config);
        match client.describe_stream_summary().stream_name(&stream.name).send().await {
            Ok(_) => {
                let (logical_id, address) = (stream_id().to_owned(), stream_address().to_owned());
                found.push(There { logical_id, address, kind: "stream", name: stream.name.clone() });
            }
            Err(error) if error::code(&error) == Some("ResourceNotFoundException") => {}
            Err(error) => anyhow::bail!("cannot look for the stream {}: {}", stream.name, error::text(&error)),
        }
    }
    for bucket in &stack.buckets {
        let request = aws.s3().head_bucket().bucket(&bucket.name).expected_bucket_owner(&aws.account.id);
        match request.send().await {
            Ok(_) => {
                let (logical_id, address) = (bucket_id(bucket.id).to_owned(), bucket_address(bucket.id));
                found.push(There { logical_id, address, kind: "bucket", name: bucket.name.clone() });
            }
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_s3::operation::head_bucket::HeadBucketError::is_not_found) => {}
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 403) => {
                anyhow::bail!("the bucket {} is somebody else's, or these credentials may not look at it", bucket.name)
            }
            Err(error) => anyhow::bail!("cannot look for the bucket {}: {}", bucket.name, error::text(&error)),
        }
    }
    Ok(found)
}
