//! The parts of the function side that need no process: the protocol, the states, the variables, the lines.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use proptest::prelude::*;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::configuration::{VARIABLES_BYTES_MAX, check_variables};
use super::invocation::{FunctionErrorKind, Outcome};
use super::lifecycle::{Lifecycle, ProcessEnd, Refusal, Report, Work};
use super::log_lines::{LINE_BYTES_MAX, read_lines};
use super::runtime_api::RuntimeApi;
use super::variables::{Place, RESERVED_VARIABLES, variables};
use super::{FunctionConfiguration, RESPONSE_BYTES_MAX};

/// A runtime's view of its API: a client, and the state behind it.
struct Runtime {
    api: RuntimeApi,
    address: SocketAddr,
    server: JoinHandle<()>,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    fn error_type(&self) -> String {
        let document: Value = serde_json::from_slice(&self.body).expect("an error document");
        assert!(document["errorMessage"].is_string(), "{document}");
        document["errorType"].as_str().expect("errorType").to_owned()
    }
}

impl Runtime {
    async fn start() -> Runtime {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let api = RuntimeApi::new();
        let server = tokio::spawn(api.clone().serve(listener));
        Runtime { api, address, server }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let exchange = async {
            let (parts, body) = client.request(request).await.expect("a reply").into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            Reply { status: parts.status, headers: parts.headers, body }
        };
        tokio::time::timeout(Duration::from_secs(20), exchange).await.expect("a reply in time")
    }

    async fn next(&self) -> Reply {
        self.send(Method::GET, "/2018-06-01/runtime/invocation/next", &[], "").await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
        self.send(Method::POST, &format!("/2018-06-01/runtime/{path}"), headers, body).await
    }

    fn offer(&self, request_id: &str) {
        self.api.change(|lifecycle| lifecycle.offer(work(request_id)));
    }

    fn outcome(&self) -> Option<Outcome> {
        self.api.change(Lifecycle::take_outcome)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn work(request_id: &str) -> Work {
    Work {
        request_id: request_id.to_owned(),
        invocation_id: format!("attempt-of-{request_id}"),
        deadline_ms: 1_700_000_000_123,
        invoked_function_arn: "arn:aws:lambda:eu-west-1:123456789012:function:f".to_owned(),
        trace_id: "Root=1-65565c00-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0".to_owned(),
        payload: Bytes::from_static(br#"{"Records":[]}"#),
    }
}

#[tokio::test]
async fn next_blocks_until_there_is_work_and_tells_all_about_it() {
    let runtime = Runtime::start().await;
    let early = tokio::time::timeout(Duration::from_millis(100), runtime.next()).await;
    assert!(early.is_err(), "nothing to do yet");
    assert!(runtime.api.look(Lifecycle::is_up));

    runtime.offer("a");
    let reply = runtime.next().await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body, r#"{"Records":[]}"#);
    for (name, value) in [
        ("Lambda-Runtime-Aws-Request-Id", "a"),
        ("Lambda-Runtime-Invocation-Id", "attempt-of-a"),
        ("Lambda-Runtime-Deadline-Ms", "1700000000123"),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f"),
        ("Lambda-Runtime-Trace-Id", "Root=1-65565c00-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"),
        ("Content-Type", "application/json"),
    ] {
        assert_eq!(reply.headers.get(name).map(|value| value.to_str().expect("text")), Some(value), "{name}");
    }
}

#[tokio::test]
async fn an_unanswered_invocation_is_given_again() {
    let runtime = Runtime::start().await;
    runtime.offer("a");
    let (first, second) = (runtime.next().await, runtime.next().await);
    assert_eq!(first.headers["lambda-runtime-invocation-id"], second.headers["lambda-runtime-invocation-id"]);
    assert_eq!(first.body, second.body);
}

#[tokio::test]
async fn replies_are_checked() {
    let (response, error) = ("invocation/a/response", "invocation/a/error");
    let mine: &[(&str, &str)] = &[("Lambda-Runtime-Invocation-Id", "attempt-of-a")];
    let other: &[(&str, &str)] = &[("Lambda-Runtime-Invocation-Id", "attempt-of-b")];
    for (name, path, headers, status, error_type) in [
        ("with the invocation id", response, mine, 202, None),
        ("without it", response, &[], 202, None),
        ("error with it", error, mine, 202, None),
        ("error without it", error, &[], 202, None),
        ("another invocation id", response, other, 400, Some("InvalidInvocationId")),
        ("error, another invocation id", error, other, 400, Some("InvalidInvocationId")),
        ("unknown request id", "invocation/b/response", &[], 400, Some("InvalidRequestID")),
        ("error, unknown request id", "invocation/b/error", mine, 400, Some("InvalidRequestID")),
        ("init error while running", "init/error", &[], 403, Some("InvalidStateTransition")),
        ("snapstart", "restore/error", &[], 404, Some("NotFound")),
        ("nonsense", "invocation/a/answer", &[], 404, Some("NotFound")),
        ("wrong method", "invocation/next", &[], 405, Some("MethodNotAllowed")),
    ] {
        let runtime = Runtime::start().await;
        runtime.offer("a");
        runtime.next().await;
        let reply = runtime.post(path, headers, "{}").await;
        assert_eq!(reply.status, status, "{name}");
        assert_eq!(reply.headers["content-type"], "application/json", "{name}");
        match error_type {
            None => assert_eq!(reply.body, r#"{"status":"OK"}"#, "{name}"),
            Some(error_type) => assert_eq!(reply.error_type(), error_type, "{name}"),
        }
        assert_eq!(runtime.outcome().is_some(), error_type.is_none(), "{name}");
    }
}

#[tokio::test]
async fn only_the_first_reply_counts() {
    let runtime = Runtime::start().await;
    runtime.offer("a");
    runtime.next().await;
    assert_eq!(runtime.post("invocation/a/response", &[], "1").await.status, 202);
    let second = runtime.post("invocation/a/response", &[], "2").await;
    assert_eq!((second.status.as_u16(), second.error_type().as_str()), (403, "InvalidStateTransition"));
    assert_eq!(runtime.outcome(), Some(Outcome::Response(Bytes::from_static(b"1"))));

    runtime.offer("b");
    runtime.next().await;
    let late = runtime.post("invocation/a/error", &[], "{}").await;
    assert_eq!((late.status.as_u16(), late.error_type().as_str()), (400, "InvalidRequestID"));
    assert_eq!(runtime.outcome(), None);
}

#[tokio::test]
async fn a_given_up_invocation_takes_no_reply() {
    let runtime = Runtime::start().await;
    runtime.offer("a");
    runtime.next().await;
    assert!(runtime.api.change(Lifecycle::abandon));
    assert_eq!(runtime.post("invocation/a/response", &[], "1").await.status, 400);
    assert_eq!(runtime.next().await.status, 403);
    assert_eq!(runtime.outcome(), None);
}

#[tokio::test]
async fn what_a_runtime_reports_becomes_the_error() {
    let typed: &[(&str, &str)] = &[("Lambda-Runtime-Function-Error-Type", "Runtime.Stated")];
    let text = "x".repeat(5000);
    for (name, headers, body, error_type, error_message) in [
        ("document", typed, r#"{"errorType":"Mine","errorMessage":"no","stackTrace":[]}"#, "Mine", "no"),
        ("document without a type", typed, r#"{"errorMessage":"no"}"#, "Runtime.Stated", "no"),
        ("empty document", &[], "{}", "Runtime.Unknown", ""),
        ("nulls", typed, r#"{"errorMessage":null,"errorType":null}"#, "Runtime.Stated", ""),
        ("text", typed, "it broke", "Runtime.Stated", "it broke"),
        ("long text", &[], text.as_str(), "Runtime.Unknown", &text[..2048]),
        ("nothing", &[], "", "Runtime.Unknown", ""),
    ] {
        let runtime = Runtime::start().await;
        runtime.offer("a");
        runtime.next().await;
        assert_eq!(runtime.post("invocation/a/error", headers, body.to_owned()).await.status, 202, "{name}");
        let Some(Outcome::FunctionError(error)) = runtime.outcome() else { panic!("{name}: no error") };
        assert_eq!(error.kind, FunctionErrorKind::Reported, "{name}");
        assert_eq!((error.error_type.as_str(), error.error_message.as_str()), (error_type, error_message), "{name}");
    }
}

#[tokio::test]
async fn responses_have_a_limit() {
    for (name, bytes, status, fits) in
        [("at the limit", RESPONSE_BYTES_MAX, 202, true), ("one more", RESPONSE_BYTES_MAX + 1, 413, false)]
    {
        let runtime = Runtime::start().await;
        runtime.offer("a");
        runtime.next().await;
        let reply = runtime.post("invocation/a/response", &[], vec![b'x'; bytes]).await;
        assert_eq!(reply.status, status, "{name}");
        match runtime.outcome() {
            Some(Outcome::Response(body)) => assert!(fits && body.len() == bytes, "{name}"),
            Some(Outcome::FunctionError(error)) => {
                assert!(!fits, "{name}");
                assert_eq!(error.kind, FunctionErrorKind::ResponseTooLarge, "{name}");
                assert_eq!(error.error_type, "Function.ResponseSizeTooLarge", "{name}");
                assert_eq!(
                    error.error_message,
                    "Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).",
                    "{name}"
                );
            }
            Some(Outcome::Throttled(_)) | None => panic!("{name}: no outcome"),
        }
        // Either way the runtime goes on.
        runtime.offer("b");
        assert_eq!(runtime.next().await.headers["lambda-runtime-aws-request-id"], "b", "{name}");
    }
}

#[tokio::test]
async fn an_init_error_ends_the_environment() {
    let runtime = Runtime::start().await;
    let reply = runtime.post("init/error", &[], r#"{"errorType":"Config","errorMessage":"no bucket"}"#).await;
    assert_eq!(reply.status, 202);
    let report = Report { error_type: "Config".to_owned(), error_message: "no bucket".to_owned() };
    assert_eq!(runtime.api.look(|lifecycle| lifecycle.init_error().cloned()), Some(report));
    for reply in [runtime.next().await, runtime.post("init/error", &[], "{}").await] {
        assert_eq!((reply.status.as_u16(), reply.error_type().as_str()), (403, "InvalidStateTransition"));
    }
}

#[tokio::test]
async fn a_truncated_reply_is_none() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let runtime = Runtime::start().await;
    runtime.offer("a");
    runtime.next().await;
    let mut stream = tokio::net::TcpStream::connect(runtime.address).await.expect("a connection");
    let head = "POST /2018-06-01/runtime/invocation/a/response HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
    stream.write_all(format!("{head}half").as_bytes()).await.expect("written");
    stream.shutdown().await.expect("closed");
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
    assert!(read.is_ok(), "the server closes");
    assert_eq!(runtime.outcome(), None);
    assert_eq!(runtime.post("invocation/a/response", &[], "whole").await.status, 202);
}

/// What can happen to a lifecycle, in any order.
#[derive(Debug, Clone, Copy)]
enum Step {
    Ask,
    Take,
    AnswerCurrent,
    AnswerOther,
    FailInit,
    Offer,
    Abandon,
    End,
    TakeOutcome,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Ask),
        4 => Just(Step::Take),
        3 => Just(Step::AnswerCurrent),
        1 => Just(Step::AnswerOther),
        1 => Just(Step::FailInit),
        4 => Just(Step::Offer),
        1 => Just(Step::Abandon),
        1 => Just(Step::End),
        3 => Just(Step::TakeOutcome),
    ]
}

proptest! {
    /// Whatever a runtime does, an invocation has at most one outcome, and none once it was given up.
    #[test]
    fn an_invocation_has_at_most_one_outcome(steps in prop::collection::vec(any_step(), 0..60)) {
        let mut lifecycle = Lifecycle::new();
        let (mut offered, mut outcomes, mut given_up) = (0_u32, 0_u32, false);
        let mut busy = false;
        for step in steps {
            let current = offered.to_string();
            match step {
                Step::Ask => drop(lifecycle.ask()),
                Step::Take => if let Ok(Some(work)) = lifecycle.take() {
                    prop_assert_eq!(&work.request_id, &current);
                    prop_assert!(!given_up);
                },
                Step::AnswerCurrent => {
                    let taken = lifecycle.is_running();
                    let answered = lifecycle.answer(&current, None, "InvocationResponse", Outcome::Response(Bytes::new()));
                    prop_assert_eq!(answered.is_ok(), taken);
                }
                Step::AnswerOther => {
                    let answered = lifecycle.answer("other", None, "InvocationResponse", Outcome::Response(Bytes::new()));
                    prop_assert_eq!(answered, Err(Refusal::RequestId));
                }
                Step::FailInit => {
                    let up = lifecycle.is_up();
                    let failed = lifecycle.fail_init(Report { error_type: String::new(), error_message: String::new() });
                    prop_assert!(!(up && failed.is_ok()));
                }
                Step::Offer => if !busy {
                    offered += 1;
                    busy = true;
                    lifecycle.offer(work(&offered.to_string()));
                },
                Step::Abandon => given_up |= lifecycle.abandon(),
                Step::End => lifecycle.end(ProcessEnd::Stopped),
                Step::TakeOutcome => if lifecycle.take_outcome().is_some() {
                    prop_assert!(busy && !given_up);
                    busy = false;
                    outcomes += 1;
                },
            }
            prop_assert!(outcomes <= offered);
        }
    }

    /// The lines are those of the text, but for a cut every 256 KiB.
    #[test]
    fn lines_are_told_as_they_are(text in "[a-c\n]{0,200}", buffer in 1_usize..20) {
        let mut told = Vec::new();
        let reader = tokio::io::BufReader::with_capacity(buffer, text.as_bytes());
        read_lines(reader, |line| told.push(line)).now_or_never().expect("a slice is always ready");
        prop_assert_eq!(told, text.lines().map(str::to_owned).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn lines_are_bounded_and_lossy() {
    let long = "x".repeat(LINE_BYTES_MAX + 10);
    let piece = "x".repeat(LINE_BYTES_MAX);
    for (name, text, lines) in [
        ("long", long.as_bytes(), vec![piece.as_str(), "xxxxxxxxxx"]),
        ("not utf-8", b"a\xffb\n".as_slice(), vec!["a\u{fffd}b"]),
        ("carriage returns", b"a\r\nb\r\n".as_slice(), vec!["a", "b"]),
        ("no end", b"a\nb".as_slice(), vec!["a", "b"]),
        ("empty lines", b"\n\na\n".as_slice(), vec!["", "", "a"]),
        ("nothing", b"".as_slice(), vec![]),
    ] {
        let mut told = Vec::new();
        read_lines(text, |line| told.push(line)).await;
        assert_eq!(told, lines, "{name}");
    }
}

fn configuration() -> FunctionConfiguration {
    FunctionConfiguration {
        function_name: "pipe".to_owned(),
        bootstrap: PathBuf::from("/bin/sh"),
        task_root: None,
        timeout: Duration::from_secs(3),
        memory_size: 512,
        reserved_concurrent_executions: None,
        variables: BTreeMap::new(),
        region: "eu-west-1".to_owned(),
        account_id: "123456789012".to_owned(),
        access_key_id: "local".to_owned(),
        secret_access_key: "secret".to_owned(),
        endpoint_url_s3: "http://127.0.0.1:9000".to_owned(),
        faults: None,
    }
}

#[test]
fn variables_are_those_of_lambda_and_the_functions_own() {
    let mut configuration = configuration();
    for (name, value) in [("TZ", "Asia/Tokyo"), ("AWS_LAMBDA_LOG_LEVEL", "DEBUG"), ("MINE", "1")] {
        configuration.variables.insert(name.to_owned(), value.to_owned());
    }
    let place = Place {
        runtime_api: "127.0.0.1:9001",
        log_stream_name: "2026/01/02/[$LATEST]0",
        task_root: Path::new("/task"),
        path: None,
    };
    let all: Vec<String> = variables(&configuration, &place).iter().map(|(n, v)| format!("{n}={v}")).collect();
    assert_eq!(
        all,
        [
            "AWS_ACCESS_KEY_ID=local",
            "AWS_DEFAULT_REGION=eu-west-1",
            "AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512",
            "AWS_LAMBDA_FUNCTION_NAME=pipe",
            "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
            "AWS_LAMBDA_LOG_FORMAT=JSON",
            "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/pipe",
            "AWS_LAMBDA_LOG_LEVEL=DEBUG",
            "AWS_LAMBDA_LOG_STREAM_NAME=2026/01/02/[$LATEST]0",
            "AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001",
            "AWS_REGION=eu-west-1",
            "AWS_SECRET_ACCESS_KEY=secret",
            "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
            "LAMBDA_RUNTIME_DIR=/var/runtime",
            "LAMBDA_TASK_ROOT=/task",
            "LANG=en_US.UTF-8",
            "LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/task:/task/lib:/opt/lib",
            "MINE=1",
            "PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin",
            "TZ=Asia/Tokyo",
            "_HANDLER=bootstrap",
        ]
    );
}

#[test]
fn variables_are_checked_as_lambda_does() {
    let long = "x".repeat(VARIABLES_BYTES_MAX);
    let full = "x".repeat(VARIABLES_BYTES_MAX - r#"{"AB":""}"#.len());
    for (name, key, value, expect) in [
        ("plain", "PREFIX", "a/", Ok(())),
        ("at the limit", "AB", full.as_str(), Ok(())),
        ("over the limit", "ABC", full.as_str(), Err("variables take 4097 bytes as json, expected 4096 at most")),
        ("far over the limit", "AB", long.as_str(), Err("variables take 4105 bytes as json, expected 4096 at most")),
        (
            "reserved",
            "AWS_REGION",
            "x",
            Err("variable AWS_REGION is reserved by lambda and cannot be set, expected a name of the function's own"),
        ),
        ("unreserved", "AWS_LAMBDA_LOG_FORMAT", "Text", Ok(())),
        (
            "digit first",
            "1A",
            "",
            Err(
                "variable name \"1A\" is not valid, expected a letter, then one or more letters, digits or underscores",
            ),
        ),
        (
            "one letter",
            "A",
            "",
            Err("variable name \"A\" is not valid, expected a letter, then one or more letters, digits or underscores"),
        ),
        ("zero byte", "AB", "a\0b", Err("value of variable AB contains a zero byte, expected text without one")),
    ] {
        let mut configuration = configuration();
        configuration.variables.insert(key.to_owned(), value.to_owned());
        let checked = check_variables(&configuration.variables).map_err(|error| error.to_string());
        assert_eq!(checked, expect.map_err(str::to_owned), "{name}");
    }
    assert!(RESERVED_VARIABLES.is_sorted_by_key(|name| name.to_ascii_lowercase()), "a list that is easy to check");
}
