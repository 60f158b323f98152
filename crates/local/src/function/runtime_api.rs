//! Lambda's Runtime API, version 2018-06-01, over HTTP/1.1: one listener an execution environment.
//!
//! It turns requests into steps of a [`Lifecycle`] and refusals into AWS's answers. It starts and ends no process.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::invocation::{FunctionError, FunctionErrorKind, Outcome, error_type};
use super::lifecycle::{Lifecycle, Refusal, Report, Work};

/// The most a response may have: 6 MiB and 100 bytes, the number that Lambda's own error message names.
pub const RESPONSE_BYTES_MAX: usize = 6 * 1024 * 1024 + 100;

/// How much of an oversized body is read and thrown away, so that the client gets to read why it is refused.
const DRAINED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How much of an error document that is not JSON becomes the error message.
const MESSAGE_BYTES_MAX: usize = 2048;

const INVOCATION_ID: &str = "lambda-runtime-invocation-id";
const FUNCTION_ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// The state of a runtime, shared by its API and whoever invokes it. Cheap to clone.
#[derive(Clone)]
pub(super) struct RuntimeApi(Arc<watch::Sender<Lifecycle>>);

impl RuntimeApi {
    pub(super) fn new() -> RuntimeApi {
        RuntimeApi(Arc::new(watch::Sender::new(Lifecycle::new())))
    }

    /// Changes the state and wakes those who wait for it.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Lifecycle) -> R) -> R {
        let mut result = None;
        self.0.send_modify(|lifecycle| result = Some(change(lifecycle)));
        result.expect("send_modify calls its closure exactly once")
    }

    /// Looks at the state.
    pub(super) fn look<R>(&self, look: impl FnOnce(&Lifecycle) -> R) -> R {
        look(&self.0.borrow())
    }

    /// Waits until the state is as `wanted`; safe to drop.
    pub(super) async fn until(&self, wanted: impl FnMut(&Lifecycle) -> bool) {
        let mut changes = self.0.subscribe();
        // It fails when the sender is gone, and `self` holds it.
        let _ = changes.wait_for(wanted).await;
    }

    /// Answers the runtime until dropped; then all its connections are cut.
    pub(super) async fn serve(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        // The answers are small and waited for.
                        let _ = stream.set_nodelay(true);
                        let api = self.clone();
                        let service = service_fn(move |request| {
                            let api = api.clone();
                            async move { Ok::<_, Infallible>(api.respond(request).await) }
                        });
                        connections.spawn(
                            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                        );
                    }
                    // Out of file descriptors, most likely: it passes, and a hot loop would not help.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let segments: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
        let answer = match (&parts.method, segments.as_slice()) {
            (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => self.next().await,
            (&Method::POST, ["2018-06-01", "runtime", "invocation", request_id, "response"]) => {
                self.response(request_id, &parts.headers, body).await
            }
            (&Method::POST, ["2018-06-01", "runtime", "invocation", request_id, "error"]) => {
                self.error(request_id, &parts.headers, body).await
            }
            (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => self.init_error(&parts.headers, body).await,
            (
                method,
                ["2018-06-01", "runtime", "invocation", "next"]
                | ["2018-06-01", "runtime", "invocation", _, "response" | "error"]
                | ["2018-06-01", "runtime", "init", "error"],
            ) => Err(Problem::MethodNotAllowed(method.clone())),
            // `restore/next` and `restore/error` among them: Lambda routes them for SnapStart only.
            (_, _) => Err(Problem::NotFound(parts.uri.path().to_owned())),
        };
        answer.unwrap_or_else(Problem::response)
    }

    async fn next(&self) -> Result<Response<Full<Bytes>>, Problem> {
        self.change(Lifecycle::ask)?;
        loop {
            self.until(Lifecycle::has_news).await;
            if let Some(work) = self.change(Lifecycle::take)? {
                return Ok(event(&work));
            }
        }
    }

    async fn response(
        &self,
        request_id: &str,
        headers: &HeaderMap,
        body: Incoming,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let (outcome, too_large) = match read(body).await? {
            Body::Whole(bytes) => (Outcome::Response(bytes), false),
            Body::TooLarge { bytes } => (
                Outcome::FunctionError(FunctionError {
                    kind: FunctionErrorKind::ResponseTooLarge,
                    error_type: error_type::RESPONSE_SIZE_TOO_LARGE.to_owned(),
                    error_message: format!(
                        "Response payload size ({bytes} bytes) exceeded maximum allowed payload size \
                         ({RESPONSE_BYTES_MAX} bytes)."
                    ),
                }),
                true,
            ),
        };
        let invocation_id = text(headers, INVOCATION_ID);
        self.change(|lifecycle| lifecycle.answer(request_id, invocation_id, "InvocationResponse", outcome))?;
        if too_large { Err(Problem::TooLarge) } else { Ok(accepted()) }
    }

    async fn error(
        &self,
        request_id: &str,
        headers: &HeaderMap,
        body: Incoming,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let (report, too_large) = report(headers, &read(body).await?);
        let outcome = Outcome::FunctionError(FunctionError {
            kind: FunctionErrorKind::Reported,
            error_type: report.error_type,
            error_message: report.error_message,
        });
        let invocation_id = text(headers, INVOCATION_ID);
        self.change(|lifecycle| lifecycle.answer(request_id, invocation_id, "InvocationErrorResponse", outcome))?;
        if too_large { Err(Problem::TooLarge) } else { Ok(accepted()) }
    }

    async fn init_error(&self, headers: &HeaderMap, body: Incoming) -> Result<Response<Full<Bytes>>, Problem> {
        let (report, too_large) = report(headers, &read(body).await?);
        self.change(|lifecycle| lifecycle.fail_init(report))?;
        if too_large { Err(Problem::TooLarge) } else { Ok(accepted()) }
    }
}

/// Why a request is not accepted.
enum Problem {
    Refused(Refusal),
    TooLarge,
    Truncated,
    MethodNotAllowed(Method),
    NotFound(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        Problem::Refused(refusal)
    }
}

impl Problem {
    /// AWS's status and error document.
    fn response(self) -> Response<Full<Bytes>> {
        let (status, error_type, error_message) = match self {
            Problem::Refused(Refusal::RequestId) => {
                (StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID".to_owned())
            }
            Problem::Refused(Refusal::InvocationId) => {
                (StatusCode::BAD_REQUEST, "InvalidInvocationId", "Invalid invocation ID".to_owned())
            }
            Problem::Refused(Refusal::StateTransition { from, to }) => (
                StatusCode::FORBIDDEN,
                "InvalidStateTransition",
                format!(
                    "State transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
                ),
            ),
            Problem::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."),
            ),
            Problem::Truncated => {
                (StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", "HTTP request detected as truncated".to_owned())
            }
            Problem::MethodNotAllowed(method) => {
                (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", format!("Method {method} is not allowed here"))
            }
            Problem::NotFound(path) => {
                (StatusCode::NOT_FOUND, "NotFound", format!("The Runtime API has no resource {path}"))
            }
        };
        let document = serde_json::json!({ "errorMessage": error_message, "errorType": error_type });
        json(status, Bytes::from(document.to_string()))
    }
}

fn event(work: &Work) -> Response<Full<Bytes>> {
    let mut response = json(StatusCode::OK, work.payload.clone());
    for (name, value) in [
        ("lambda-runtime-aws-request-id", work.request_id.clone()),
        (INVOCATION_ID, work.invocation_id.clone()),
        ("lambda-runtime-deadline-ms", work.deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", work.invoked_function_arn.clone()),
        ("lambda-runtime-trace-id", work.trace_id.clone()),
    ] {
        // All are ours but the ARN, which holds what the scenario says: what no header can hold is left out.
        if let Ok(value) = value.try_into() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn accepted() -> Response<Full<Bytes>> {
    json(StatusCode::ACCEPTED, Bytes::from_static(br#"{"status":"OK"}"#))
}

fn json(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // A value that is not text can match no id: it must not pass for a missing one.
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

enum Body {
    Whole(Bytes),
    TooLarge { bytes: usize },
}

async fn read(mut body: Incoming) -> Result<Body, Problem> {
    let mut whole = BytesMut::new();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Problem::Truncated)?.into_data() else { continue };
        bytes += data.len();
        if bytes <= RESPONSE_BYTES_MAX {
            whole.extend_from_slice(&data);
        } else if bytes > DRAINED_BYTES_MAX {
            break;
        }
    }
    if bytes > RESPONSE_BYTES_MAX { Ok(Body::TooLarge { bytes }) } else { Ok(Body::Whole(whole.freeze())) }
}

/// Lambda's error document; all of it optional, as runtimes are free to send anything.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorDocument {
    error_message: Option<String>,
    error_type: Option<String>,
}

/// The error that a runtime reports, and whether its document was too large to be read.
fn report(headers: &HeaderMap, body: &Body) -> (Report, bool) {
    let stated_type = text(headers, FUNCTION_ERROR_TYPE).filter(|stated| !stated.is_empty()).map(str::to_owned);
    let or_unknown = |named: Option<String>| {
        named
            .filter(|named| !named.is_empty())
            .or(stated_type)
            .unwrap_or_else(|| error_type::RUNTIME_UNKNOWN.to_owned())
    };
    match body {
        Body::Whole(bytes) => {
            if let Ok(document) = serde_json::from_slice::<ErrorDocument>(bytes) {
                let error_message = document.error_message.unwrap_or_default();
                return (Report { error_type: or_unknown(document.error_type), error_message }, false);
            }
            let shown = &bytes[..bytes.len().min(MESSAGE_BYTES_MAX)];
            let error_message = String::from_utf8_lossy(shown).into_owned();
            (Report { error_type: or_unknown(None), error_message }, false)
        }
        Body::TooLarge { bytes } => {
            let error_message = format!("the error document has {bytes} bytes, expected {RESPONSE_BYTES_MAX} at most");
            (Report { error_type: or_unknown(None), error_message }, true)
        }
    }
}
