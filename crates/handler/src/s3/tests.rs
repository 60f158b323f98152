use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{DeliveryConfig, DeliveryPlan, Failure, Processed, RecordsBuilder, Transform, UserRecord};
use penstock_format::{ArrivalTime, SequenceDigits, ShardId};

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
        let config = config(&[]);
        self.attempt_at(endpoint, &config, &planned(&config, b"1,2,3").objects[0]).await
    }

    /// The same with an object of a configuration.
    async fn attempt_at(&self, endpoint: Option<&str>, config: &DeliveryConfig, object: &PlannedObject) -> Attempt {
        let environment = FunctionEnvironment {
            region: "eu-west-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: Some("token".to_owned()),
            endpoint_url_s3: endpoint.map(str::to_owned),
            has_own_roots: false,
        };
        let connector = SharedHttpConnector::new(self.clone());
        let http = http_client_fn(move |_, _| connector.clone());
        S3Store::with_http_client(&environment, config, http).put(object).await
    }

    /// Names and values of all headers of the last request that S3 keeps or acts on, without the metadata.
    fn told(&self) -> BTreeMap<String, String> {
        let requests = self.requests.lock().unwrap();
        let own = |name: &str| {
            let kept = name.starts_with("content-") || name.starts_with("cache-") || name.starts_with("x-amz-");
            let of_every_request = ["content-length", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
            kept && !name.starts_with("x-amz-meta-") && !of_every_request.contains(&name) && name != "x-amz-user-agent"
        };
        let headers = requests.last().unwrap().headers().iter();
        headers.filter(|(name, _)| own(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
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

fn config(set: &[(&str, &str)]) -> DeliveryConfig {
    let lookup = |name: &'static str| match name {
        "PENSTOCK_BUCKET" => Some("a-bucket".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        _ => set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    DeliveryConfig::parse(lookup).unwrap()
}

/// What becomes of one record whose data is `data`; one that begins with `bad` fails.
fn planned(config: &DeliveryConfig, data: &[u8]) -> DeliveryPlan {
    let shard = ShardId::parse("shardId-000000000006").unwrap();
    let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"\n", 0);
    let arrival = ArrivalTime::from_millis(1_445_910_456_980).unwrap();
    let lay = |arena: &mut Vec<u8>| {
        arena.extend_from_slice(data);
        Ok(())
    };
    builder.push::<TooManyRecords>(SequenceDigits::parse("7").unwrap(), "k".into(), arrival, lay).unwrap();
    plan(config, &BadFails, builder.finish(), IdSource::Derived).unwrap()
}

struct BadFails;

impl Transform for BadFails {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        if record.data.starts_with(b"bad") { Err(Failure::new("bad")) } else { Ok(Processed::Keep(record.data.into())) }
    }
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

/// All attributes that there are.
const ALL: [(&str, &str); 11] = [
    ("PENSTOCK_CONTENT_TYPE", "text/csv; header=absent"),
    ("PENSTOCK_CONTENT_ENCODING", "firehose"),
    ("PENSTOCK_COMPRESSION_FORMAT", "GZIP"),
    ("PENSTOCK_CACHE_CONTROL", "max-age=60"),
    ("PENSTOCK_CONTENT_DISPOSITION", "attachment; filename=\"a b.csv\""),
    ("PENSTOCK_CONTENT_LANGUAGE", "ja"),
    ("PENSTOCK_STORAGE_CLASS", "STANDARD_IA"),
    ("PENSTOCK_OBJECT_TAGS", "cost center=7&team=data+ops"),
    ("PENSTOCK_SSE_KMS_KEY_ARN", "arn:aws:kms:eu-west-1:123456789012:key/k"),
    ("PENSTOCK_EXPECTED_BUCKET_OWNER", "123456789012"),
    ("PENSTOCK_CHECKSUM_ALGORITHM", "SHA256"),
];

/// What is sent of an object, without its checksum, which the caller is told of.
async fn told(config: &DeliveryConfig, object: &PlannedObject) -> (BTreeMap<String, String>, Vec<String>) {
    let s3 = Answering::with(200, &[], "");
    assert_eq!(s3.attempt_at(None, config, object).await, Attempt::Stored);
    let mut told = s3.told();
    let checksums: Vec<String> = told.keys().filter(|name| name.starts_with("x-amz-checksum-")).cloned().collect();
    for name in &checksums {
        assert!(!told.remove(name).unwrap().is_empty(), "{name}");
    }
    (told, checksums)
}

fn headers(own: &[(&str, &str)]) -> BTreeMap<String, String> {
    own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn nothing_is_said_that_is_not_set() {
    let config = config(&[]);
    let (told, checksums) = told(&config, &planned(&config, b"1,2,3").objects[0]).await;
    let expected = [("content-type", "application/octet-stream"), ("x-amz-sdk-checksum-algorithm", "CRC32")];
    assert_eq!(told, headers(&expected));
    assert_eq!(checksums, ["x-amz-checksum-crc32"]);
}

#[tokio::test]
async fn a_backup_asks_for_its_own_key() {
    const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
    let (data, own) = ("arn:aws:kms:eu-west-1:123456789012:key/d", "arn:aws:kms:eu-west-1:123456789012:key/b");
    for (name, keys, expected) in [
        ("no key", ["", ""], [None, None]),
        ("the data's", [data, ""], [Some(data), Some(data)]),
        ("its own", ["", own], [None, Some(own)]),
        ("none of its own", [data, "none"], [Some(data), None]),
    ] {
        let config = config(&[
            ("PENSTOCK_S3_BACKUP_MODE", "Enabled"),
            ("PENSTOCK_S3_BACKUP_PREFIX", "backup/"),
            ("PENSTOCK_SSE_KMS_KEY_ARN", keys[0]),
            ("PENSTOCK_S3_BACKUP_SSE_KMS_KEY_ARN", keys[1]),
        ]);
        let plan = planned(&config, b"1,2,3");
        for (object, expected) in [&plan.objects[0], &plan.backup_objects[0]].into_iter().zip(expected) {
            let (told, _) = told(&config, object).await;
            assert_eq!(told.get(KEY).map(String::as_str), expected, "{name}, {}", object.role);
            assert_eq!(told.contains_key("x-amz-server-side-encryption"), expected.is_some(), "{name}");
        }
    }
}

#[tokio::test]
async fn every_attribute_is_on_the_wire() {
    let config = config(&ALL);
    let of_all = [
        ("cache-control", "max-age=60"),
        ("content-encoding", "gzip"),
        ("x-amz-expected-bucket-owner", "123456789012"),
        ("x-amz-sdk-checksum-algorithm", "SHA256"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:eu-west-1:123456789012:key/k"),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-tagging", "cost%20center=7&team=data%2Bops"),
    ];
    let of_data = [
        ("content-disposition", "attachment; filename=\"a b.csv\""),
        ("content-language", "ja"),
        ("content-type", "text/csv; header=absent"),
    ];
    let of_errors = [("content-type", "application/octet-stream")];
    let data = planned(&config, b"1,2,3");
    let error = planned(&config, b"bad");
    for (name, object, own) in
        [("data", &data.objects[0], &of_data[..]), ("error", &error.error_objects[0], &of_errors[..])]
    {
        let (told, checksums) = told(&config, object).await;
        assert_eq!(told, headers(&[&of_all, own].concat()), "{name}");
        assert_eq!(checksums, ["x-amz-checksum-sha256"], "{name}");
    }
}

#[tokio::test]
async fn the_sdk_computes_each_checksum() {
    // Of "1,2,3\n", as Python's zlib and hashlib compute them, and, where it has none, as the definitions have it: the
    // Castagnoli polynomial, and that of CRC-64/NVME, bit by bit.
    for (algorithm, header, value) in [
        ("CRC32", "x-amz-checksum-crc32", "BR60Lg=="),
        ("CRC32C", "x-amz-checksum-crc32c", "Gs5EiA=="),
        ("CRC64NVME", "x-amz-checksum-crc64nvme", "rchf/8CyISU="),
        ("SHA1", "x-amz-checksum-sha1", "WTcGgxrmdgvYuamLkgSICnL4CMY="),
        ("SHA256", "x-amz-checksum-sha256", "eomI6V41bitbj+z14x98Ln6PtEpc2dieuw0eYLH1xok="),
    ] {
        let config = config(&[("PENSTOCK_CHECKSUM_ALGORITHM", algorithm)]);
        let s3 = Answering::with(200, &[], "");
        let stored = s3.attempt_at(None, &config, &planned(&config, b"1,2,3").objects[0]).await;
        assert_eq!(stored, Attempt::Stored, "{algorithm}");
        assert_eq!(s3.header(header).as_deref(), Some(value), "{algorithm}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_key_is_told_by_name() {
    let denied = "User: arn:aws:sts::123456789012:assumed-role/clicks/clicks is not authorized to perform: \
                  kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:123456789012:key/k";
    let other =
        "User: a is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::b/kms:GenerateDataKey\"";
    for (status, code, said, fault) in [
        (403, "AccessDenied", denied, Some(KmsKeyFault::AccessDenied)),
        (400, "KMS.AccessDeniedException", "because", Some(KmsKeyFault::AccessDenied)),
        (400, "KMS.DisabledException", "because", Some(KmsKeyFault::Disabled)),
        (400, "KMS.NotFoundException", "because", Some(KmsKeyFault::NotFound)),
        (400, "KMS.KMSInvalidStateException", "because", Some(KmsKeyFault::InvalidState)),
        (400, "KMSInvalidStateException", "because", Some(KmsKeyFault::InvalidState)),
        (403, "AccessDenied", other, None),
        (400, "KMS.InvalidKeyUsageException", "because", None),
    ] {
        let body = format!("<Error><Code>{code}</Code><Message>{said}</Message></Error>").leak();
        let attempt = Answering::with(status, &[], body).attempt(None).await;
        let expected = match fault {
            Some(fault) => {
                let message = format!("{status} {code} ({}): {said}", fault.words());
                Attempt::KeyRefused { fault, message }
            }
            None => Attempt::Refused { message: format!("{status} {code}: {said}") },
        };
        assert_eq!(attempt, expected, "{code}");
    }
    let busy = "<Error><Code>KMS.ThrottlingException</Code><Message>because</Message></Error>";
    assert!(matches!(Answering::with(400, &[], busy).attempt(None).await, Attempt::Again { .. }));
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

/// A server on loopback whose certificate nobody vouches for. It ends with its first connection.
fn nobodys_server() -> (String, std::thread::JoinHandle<()>) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        // The client ends it: that is what is looked for.
        let _ = tls.complete_io(&mut connection);
    });
    (endpoint, server)
}

#[tokio::test]
async fn a_server_of_another_authority_is_asked_again_with_all_of_the_systems() {
    let (endpoint, server) = nobodys_server();
    let config = config(&[]);
    let environment = FunctionEnvironment {
        region: "eu-west-1".to_owned(),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: None,
        endpoint_url_s3: Some(endpoint),
        has_own_roots: false,
    };
    let store = S3Store::with_roots(&environment, &config, Roots::Amazon);
    assert!(store.fallback.get().is_none(), "the system's are not read before they are needed");
    let attempt = store.put(&planned(&config, b"1,2,3").objects[0]).await;
    server.join().unwrap();
    assert!(matches!(&attempt, Attempt::Again { message, .. } if message.contains("UnknownIssuer")), "{attempt:?}");
    assert!(store.fallback.get().is_some());
}
