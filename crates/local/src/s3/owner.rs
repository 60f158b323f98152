//! Whose the buckets are, for requests that expect somebody.

use s3s::access::{S3Access, S3AccessContext};
use s3s::{S3Result, s3_error};

/// Headers that name the account which the bucket, or the bucket of a copy's source, must belong to.
const HEADERS: [&str; 2] = ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"];

/// The account of all buckets.
pub(super) struct Owner(pub(super) String);

#[async_trait::async_trait]
impl S3Access for Owner {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        if cx.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "Signature is required"));
        }
        for expected in HEADERS.into_iter().flat_map(|name| cx.headers().get_all(name)) {
            let expected = expected.as_bytes();
            if expected.len() != 12 || !expected.iter().all(u8::is_ascii_digit) {
                let message = "the expected bucket owner must be an account, 12 digits";
                return Err(s3_error!(InvalidBucketOwnerAWSAccountID, "{message}"));
            }
            if expected != self.0.as_bytes() {
                return Err(s3_error!(AccessDenied, "Access Denied"));
            }
        }
        Ok(())
    }
}
