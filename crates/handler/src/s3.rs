//! S3 as an [`ObjectStore`]: one conditional `PutObject` an attempt, and what its answer means.
//!
//! The SDK's own retry is off, because it does not know our deadline and does not retry 409.

mod roots;
mod trace;

use std::sync::{Arc, OnceLock};
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
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ServerSideEncryption, StorageClass};
use penstock_delivery::config::attributes::{KmsKeyArn, StorageClass as ConfiguredClass};
use penstock_delivery::config::{BucketName, ObjectAttributes};
use penstock_delivery::{DeliveryConfig, KmsKeyFault, PlannedObject};
use penstock_format::ObjectRole;

use crate::environment::FunctionEnvironment;
use crate::limits::{CONNECT, ERROR_CHARS_MAX};
use crate::put::{Attempt, ObjectStore};
use roots::{Roots, is_unknown_issuer};
pub use trace::TRACE_ID;

/// S3, whose buckets the objects name.
#[derive(Debug)]
pub struct S3Store {
    client: Client,
    roots: Roots,
    /// What knows all authorities of the system, once a server showed a certificate of another than Amazon's.
    fallback: OnceLock<Client>,
    environment: FunctionEnvironment,
    /// The bucket of the data.
    bucket: BucketName,
    attributes: ObjectAttributes,
    /// The key of backup objects.
    backup_key: Option<KmsKeyArn>,
    sign_payload: bool,
}

impl S3Store {
    /// S3, reached as the function's environment says; objects get the configured attributes.
    pub fn new(environment: &FunctionEnvironment, config: &DeliveryConfig) -> Self {
        Self::with_roots(environment, config, Roots::of(environment))
    }

    fn with_roots(environment: &FunctionEnvironment, config: &DeliveryConfig, roots: Roots) -> Self {
        Self { roots, ..Self::with_http_client(environment, config, roots.http_client()) }
    }

    fn with_http_client(environment: &FunctionEnvironment, delivery: &DeliveryConfig, http: SharedHttpClient) -> Self {
        // Under TLS the body need not be signed: the channel guards it, and the checksum finds what is broken.
        let sign_payload = environment.endpoint_url_s3.as_ref().is_some_and(|url| !url.starts_with("https://"));
        Self {
            client: client(environment, http),
            roots: Roots::System,
            fallback: OnceLock::new(),
            environment: environment.clone(),
            bucket: delivery.bucket.clone(),
            attributes: delivery.attributes.clone(),
            backup_key: delivery.backup.as_ref().and_then(|backup| backup.sse_kms_key_arn.clone()),
            sign_payload,
        }
    }

    /// The put of an object, with everything that S3 is told of it.
    fn request(&self, object: &PlannedObject) -> PutObjectFluentBuilder {
        let attributes = &self.attributes;
        let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
        let client = self.fallback.get().unwrap_or(&self.client);
        let mut request = client
            .put_object()
            .bucket(object.bucket.as_str())
            .key(object.key.as_str())
            .if_none_match("*")
            .checksum_algorithm(ChecksumAlgorithm::from(attributes.checksum_algorithm.as_str()))
            .content_type(&*object.content_type)
            .set_content_encoding(text(&object.content_encoding))
            .set_content_disposition(text(&object.content_disposition))
            .set_content_language(text(&object.content_language))
            .set_cache_control(attributes.cache_control.as_ref().map(|text| text.as_str().to_owned()))
            .set_tagging(attributes.tags.as_ref().map(|tags| tags.as_header().to_owned()))
            .body(ByteStream::from(object.body.clone()));
        // A backup may lie in a bucket of somebody else's.
        if let Some(owner) = attributes.expected_bucket_owner.as_ref().filter(|_| object.bucket == self.bucket) {
            request = request.expected_bucket_owner(owner.as_str());
        }
        // Where nothing is said it is this one.
        if attributes.storage_class != ConfiguredClass::Standard {
            request = request.storage_class(StorageClass::from(attributes.storage_class.as_str()));
        }
        let is_backup = object.role == ObjectRole::Backup;
        if let Some(key) = if is_backup { &self.backup_key } else { &attributes.sse_kms_key_arn } {
            // The bucket's key in between: a call of KMS every now and then, not one an object.
            let encryption = ServerSideEncryption::AwsKms;
            request = request.server_side_encryption(encryption).ssekms_key_id(key.as_str()).bucket_key_enabled(true);
        }
        for (name, value) in object.metadata.entries() {
            request = request.metadata(name, value);
        }
        request
    }
}

/// A client of S3, reached as the environment says. Nothing is retried in it.
fn client(environment: &FunctionEnvironment, http: SharedHttpClient) -> Client {
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
    Client::from_conf(config.build())
}

impl ObjectStore for S3Store {
    async fn put(&self, object: &PlannedObject) -> Attempt {
        let request = self.request(object).customize();
        let request = if self.sign_payload { request } else { request.disable_payload_signing() };
        let request = trace::traced(request);
        match request.send().await {
            Ok(_) => Attempt::Stored,
            Err(error) => {
                if self.roots == Roots::Amazon && is_unknown_issuer(&error) {
                    self.fallback.get_or_init(|| client(&self.environment, Roots::System.http_client()));
                }
                judge(&error)
            }
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
    let status = answer.status().as_u16();
    let said = service.err().message().unwrap_or("S3 gave no message");
    let fault = key_fault(code, said);
    let words = fault.map_or(String::new(), |fault| format!(" ({})", fault.words()));
    let said: String = said.chars().take(ERROR_CHARS_MAX).collect();
    let message = format!("{status} {code}{words}: {said}");
    match (status, fault) {
        (412, _) => Attempt::AlreadyStored,
        (status, _) if is_transient(status, code) => Attempt::Again { message, after: retry_after(answer) },
        (_, Some(fault)) => Attempt::KeyRefused { fault, message },
        (_, None) => Attempt::Refused { message },
    }
}

/// What is wrong with the KMS key, if that is why. S3 hands KMS's own codes on behind `KMS.`; that the role may not use
/// the key comes as its own 403, whose message names the action. Source: S3 API reference, "Error responses";
/// KMS API reference, `GenerateDataKey`, for the exceptions.
fn key_fault(code: &str, said: &str) -> Option<KmsKeyFault> {
    match code {
        "KMS.AccessDenied" | "KMS.AccessDeniedException" => Some(KmsKeyFault::AccessDenied),
        "AccessDenied" if said.contains("perform: kms:") => Some(KmsKeyFault::AccessDenied),
        "KMS.DisabledException" => Some(KmsKeyFault::Disabled),
        "KMS.KMSInvalidStateException" | "KMS.InvalidStateException" | "KMSInvalidStateException" => {
            Some(KmsKeyFault::InvalidState)
        }
        "KMS.NotFoundException" => Some(KmsKeyFault::NotFound),
        _ => None,
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
