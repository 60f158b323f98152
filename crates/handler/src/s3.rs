//! S3 as an [`ObjectStore`]: one conditional `PutObject` an attempt, and what its answer means.
//!
//! The SDK's own retry is off, because it does not know our deadline and does not retry 409.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Config, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use penstock_delivery::PlannedObject;

use crate::environment::FunctionEnvironment;
use crate::limits::{CONNECT, ERROR_CHARS_MAX};
use crate::put::{Attempt, ObjectStore};

/// S3, whose buckets the objects name.
#[derive(Debug)]
pub struct S3Store {
    client: Client,
    sign_payload: bool,
}

impl S3Store {
    /// S3, reached as the function's environment says.
    pub fn new(environment: &FunctionEnvironment) -> Self {
        let http = aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring));
        Self::with_http_client(environment, http.build_https())
    }

    fn with_http_client(environment: &FunctionEnvironment, http: SharedHttpClient) -> Self {
        let credentials = Credentials::new(
            environment.access_key_id.clone(),
            environment.secret_access_key.clone(),
            environment.session_token.clone(),
            None,
            "Lambda",
        );
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(environment.region.clone()))
            .credentials_provider(credentials)
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(endpoint) = &environment.endpoint_url_s3 {
            config = config.endpoint_url(endpoint);
        }
        // Under TLS the body need not be signed: the channel guards it, and the checksum finds what is broken.
        let sign_payload = environment.endpoint_url_s3.as_ref().is_some_and(|url| !url.starts_with("https://"));
        Self { client: Client::from_conf(config.build()), sign_payload }
    }
}

impl ObjectStore for S3Store {
    async fn put(&self, object: &PlannedObject) -> Attempt {
        let mut request = self
            .client
            .put_object()
            .bucket(object.bucket.as_str())
            .key(object.key.as_str())
            .if_none_match("*")
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .content_type(object.content_type)
            .set_content_encoding(object.content_encoding.map(str::to_owned))
            .body(ByteStream::from(object.body.clone()));
        for (name, value) in object.metadata.entries() {
            request = request.metadata(name, value);
        }
        let request = request.customize();
        let request = if self.sign_payload { request } else { request.disable_payload_signing() };
        match request.send().await {
            Ok(_) => Attempt::Stored,
            Err(error) => judge(&error),
        }
    }
}

/// What an error means for the object.
fn judge(error: &SdkError<PutObjectError, HttpResponse>) -> Attempt {
    let message: String = DisplayErrorContext(error).to_string().chars().take(ERROR_CHARS_MAX).collect();
    let SdkError::ServiceError(service) = error else {
        // Not an answer of S3: a connection that broke, or that was never made.
        let again = !matches!(error, SdkError::ConstructionFailure(_));
        return if again { Attempt::Again { message, after: None } } else { Attempt::Refused { message } };
    };
    let answer = service.raw();
    let code = service.err().code().unwrap_or_default();
    let message = format!(
        "{} {}: {}",
        answer.status().as_u16(),
        code,
        service.err().message().unwrap_or("S3 gave no message").chars().take(ERROR_CHARS_MAX).collect::<String>()
    );
    match answer.status().as_u16() {
        412 => Attempt::AlreadyStored,
        status if is_transient(status, code) => Attempt::Again { message, after: retry_after(answer) },
        _ => Attempt::Refused { message },
    }
}

/// 409 is a race of conditional writes; throttling comes under several codes, of S3 and of KMS behind it, and KMS's
/// arrive as 400. Source: S3 user guide, "Conditional writes"; S3 API reference, "Error responses".
fn is_transient(status: u16, code: &str) -> bool {
    const CODES: [&str; 8] = [
        "RequestTimeout",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "KMS.ThrottlingException",
        "BadDigest",
    ];
    matches!(status, 408 | 409 | 429 | 500..=599) || CODES.contains(&code)
}

/// When S3 says not before when.
fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    if let Some(millis) = answer.headers().get("x-amz-retry-after") {
        return millis.parse().ok().map(Duration::from_millis);
    }
    answer.headers().get("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs)
}

#[cfg(test)]
mod tests;
