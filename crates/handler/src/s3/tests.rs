use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{DeliveryConfig, Hooks, RecordsBuilder};
use penstock_format::{ArrivalTime, SequenceNumber, ShardId};

use super::*;

/// Answers every request with the same status and body, and keeps the requests.
#[derive(Debug, Clone)]
struct Answering {
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl Answering {
    fn with(status: u16, headers: &'static [(&'static str, &'static str)], body: &'static str) -> Self {
        Self { status, headers, body, requests: Arc::default() }
    }

    /// One attempt at one object against `endpoint`, and what came of it.
    async fn attempt(&self, endpoint: Option<&str>) -> Attempt {
        let environment = FunctionEnvironment {
            region: "eu-west-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: Some("token".to_owned()),
            endpoint_url_s3: endpoint.map(str::to_owned),
        };
        let connector = SharedHttpConnector::new(self.clone());
        let http = http_client_fn(move |_, _| connector.clone());
        let store = S3Store::with_http_client(&environment, http);
        store.put(&object()).await
    }

    fn header(&self, name: &str) -> Option<String> {
        let requests = self.requests.lock().unwrap();
        requests.last().and_then(|request| request.headers().get(name)).map(str::to_owned)
    }
}

impl HttpConnector for Answering {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.requests.lock().unwrap().push(request);
        let status = self.status.try_into().unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(self.body));
        for (name, value) in self.headers {
            response.headers_mut().insert(*name, *value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn object() -> PlannedObject {
    let config = DeliveryConfig::parse(|name| match name {
        "PENSTOCK_BUCKET" => Some("a-bucket".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        _ => None,
    });
    let shard = ShardId::parse("shardId-000000000006").unwrap();
    let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"\n", 0);
    let arrival = ArrivalTime::from_millis(1_445_910_456_980).unwrap();
    let lay = |arena: &mut Vec<u8>| {
        arena.extend_from_slice(b"1,2,3");
        Ok(())
    };
    builder.push::<TooManyRecords>(SequenceNumber::parse("7").unwrap(), "k".into(), arrival, lay).unwrap();
    let plan = plan(&config.unwrap(), &Hooks, builder.finish(), IdSource::Derived).unwrap();
    plan.objects.into_iter().next().unwrap()
}

#[tokio::test]
async fn under_tls_the_body_is_not_signed_and_has_a_checksum() {
    let s3 = Answering::with(200, &[], "");
    assert_eq!(s3.attempt(None).await, Attempt::Stored);
    assert_eq!(s3.header("x-amz-content-sha256").as_deref(), Some("UNSIGNED-PAYLOAD"));
    // CRC32 of "1,2,3\n", as Python's zlib computes it.
    assert_eq!(s3.header("x-amz-checksum-crc32").as_deref(), Some("BR60Lg=="));
    assert_eq!(s3.header("if-none-match").as_deref(), Some("*"));
    assert_eq!(s3.header("x-amz-meta-penstock-records").as_deref(), Some("1"));
    assert_eq!(s3.header("x-amz-security-token").as_deref(), Some("token"));
    let uri = s3.requests.lock().unwrap()[0].uri().to_owned();
    assert!(uri.starts_with("https://a-bucket.s3.eu-west-1.amazonaws.com/2015/10/27/01/clicks-6-"), "{uri}");
}

#[tokio::test]
async fn without_tls_the_body_is_signed() {
    let s3 = Answering::with(200, &[], "");
    assert_eq!(s3.attempt(Some("http://127.0.0.1:9")).await, Attempt::Stored);
    let signed = s3.header("x-amz-content-sha256").unwrap();
    assert!(signed.len() == 64 && signed.bytes().all(|byte| byte.is_ascii_hexdigit()), "{signed}");
    let uri = s3.requests.lock().unwrap()[0].uri().to_owned();
    assert!(uri.starts_with("http://127.0.0.1:9/a-bucket/"), "{uri}");
}

#[tokio::test]
async fn answers_of_s3_mean_what_they_say() {
    let error = |code: &'static str| -> &'static str {
        format!("<Error><Code>{code}</Code><Message>because</Message></Error>").leak()
    };
    let s3 = Answering::with(412, &[], error("PreconditionFailed"));
    assert_eq!(s3.attempt(None).await, Attempt::AlreadyStored);
    let s3 = Answering::with(409, &[], error("ConditionalRequestConflict"));
    let message = "409 ConditionalRequestConflict: because".to_owned();
    assert_eq!(s3.attempt(None).await, Attempt::Again { message, after: None });
    let s3 = Answering::with(503, &[("retry-after", "2")], error("SlowDown"));
    let message = "503 SlowDown: because".to_owned();
    assert_eq!(s3.attempt(None).await, Attempt::Again { message, after: Some(Duration::from_secs(2)) });
    let s3 = Answering::with(403, &[], error("AccessDenied"));
    assert_eq!(s3.attempt(None).await, Attempt::Refused { message: "403 AccessDenied: because".to_owned() });
    assert_eq!(s3.requests.lock().unwrap().len(), 1, "the SDK does not retry by itself");
}

#[test]
fn what_may_pass_is_tried_again_and_what_will_not_is_refused() {
    for (status, code, again) in [
        (409, "ConditionalRequestConflict", true),
        (409, "OperationAborted", true),
        (503, "SlowDown", true),
        (500, "InternalError", true),
        (400, "KMS.ThrottlingException", true),
        (400, "RequestTimeout", true),
        (403, "AccessDenied", false),
        (404, "NoSuchBucket", false),
        (400, "KMS.DisabledException", false),
        (301, "PermanentRedirect", false),
        (400, "KeyTooLongError", false),
    ] {
        assert_eq!(is_transient(status, code), again, "{status} {code}");
    }
}
