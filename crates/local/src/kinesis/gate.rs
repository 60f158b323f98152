//! The API over HTTP: one data operation at a time, and who answers which.
//!
//! The store gives a put its sequence numbers first and inserts the records after. Two puts at once may so insert in
//! another order than they are numbered, and a reader between them goes past the lower numbers for ever: a lost record
//! that real Kinesis does not lose. So puts, reads and reshards exclude each other. The body of a request is complete
//! before it enters, so a slow client holds nobody up.
//!
//! The emulator takes all requests but those of [`operations`], which are answered there; it says only whether the one
//! who asks may. `SubscribeToShard` is refused.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use ferrokinesis::actions::Operation;
use ferrokinesis::error::KinesisErrorResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Kinesis, arrival, cbor, operations};

/// A request's largest body: 10 MiB of data in base64 and what is around it.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An answer's largest body: 10 MiB of data in base64 and what is around up to 10,000 records.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

const TARGET: &str = "x-amz-target";

/// An operation that changes nothing and needs nothing: the emulator does it for everybody whom it lets in.
const PROBE: &str = "Kinesis_20131202.DescribeLimits";

/// The API's routes, with the gate before them.
pub(super) fn router(kinesis: &Kinesis) -> Router {
    ferrokinesis::create_router(kinesis.store.clone())
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(kinesis.clone(), pass))
}

async fn pass(State(kinesis): State<Kinesis>, request: Request, next: Next) -> Response {
    let (mut parts, mut body) = {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else {
            let message = format!("the request body is incomplete or larger than {REQUEST_BYTES_MAX} bytes");
            return refuse(&KinesisErrorResponse::new(413, "SerializationException", Some(&message)));
        };
        (parts, body)
    };
    let is_cbor = cbor::is(&parts.headers);
    if is_cbor {
        let Some(request) = cbor::request(&body) else {
            // The emulator says what is wrong with it.
            return next.run(Request::from_parts(parts, Body::from(body))).await;
        };
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(cbor::JSON_CONTENT_TYPE));
        parts.headers.remove(header::CONTENT_LENGTH);
        body = Bytes::from(request.to_string());
    }
    let response = through(&kinesis, parts, body, next).await;
    if is_cbor { cbor::response(response, ANSWER_BYTES_MAX).await } else { response }
}

/// A request in JSON, or in something that the emulator refuses.
async fn through(kinesis: &Kinesis, parts: Parts, body: Bytes, next: Next) -> Response {
    match operation(&parts.headers) {
        Some(Operation::PutRecord | Operation::PutRecords) => {
            let _gate = kinesis.gate.lock().await;
            let stream_name = stream_name(kinesis, &body);
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            stamped(kinesis, stream_name, response).await
        }
        Some(Operation::SubscribeToShard) => {
            refuse(&operations::invalid("SubscribeToShard is not supported here: read with GetRecords."))
        }
        Some(operation) if operations::answered_here(operation) => {
            answered(kinesis, operation, parts, body, next).await
        }
        Some(Operation::DescribeStream | Operation::DescribeStreamSummary | Operation::DeleteStream) => {
            next.run(with_body(parts, named(kinesis, body))).await
        }
        _ => next.run(Request::from_parts(parts, Body::from(body))).await,
    }
}

fn operation(headers: &HeaderMap) -> Option<Operation> {
    headers.get(TARGET)?.to_str().ok()?.split_once('.')?.1.parse().ok()
}

/// The answer to an operation that the emulator does not do.
async fn answered(kinesis: &Kinesis, operation: Operation, parts: Parts, body: Bytes, next: Next) -> Response {
    let request = match serde_json::from_slice::<Value>(&body) {
        Ok(request) if request.is_object() => request,
        _ => return next.run(Request::from_parts(parts, Body::from(body))).await,
    };
    let mut probe = parts;
    probe.headers.insert(TARGET, HeaderValue::from_static(PROBE));
    let admitted = next.run(with_body(probe, Bytes::from_static(b"{}"))).await;
    if !admitted.status().is_success() {
        return admitted;
    }
    match kinesis.operate(operation, request).await {
        Ok(answer) => {
            let (mut parts, _) = admitted.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            let body = if answer.is_null() { Body::empty() } else { Body::from(answer.to_string()) };
            Response::from_parts(parts, body)
        }
        Err(error) => refuse(&error),
    }
}

/// The request with another body than it came with.
fn with_body(mut parts: Parts, body: Bytes) -> Request {
    parts.headers.remove(header::CONTENT_LENGTH);
    Request::from_parts(parts, Body::from(body))
}

/// A request that names its stream by `StreamARN`, naming it by `StreamName`. What is not understood is passed on as it
/// is.
fn named(kinesis: &Kinesis, body: Bytes) -> Bytes {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else { return body };
    match kinesis.named(request) {
        Ok(request) if request.is_object() => Bytes::from(request.to_string()),
        _ => body,
    }
}

/// An error in the form of the API.
fn refuse(error: &KinesisErrorResponse) -> Response {
    let status = StatusCode::from_u16(error.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!(error.body).to_string();
    let headers = [("content-type", cbor::JSON_CONTENT_TYPE), ("x-amzn-errortype", error.body.error_type.as_str())];
    (status, headers, body).into_response()
}

/// The stream a request is about, when it is well formed.
fn stream_name(kinesis: &Kinesis, body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Target {
        #[serde(rename = "StreamName")]
        name: Option<String>,
        #[serde(rename = "StreamARN")]
        arn: Option<String>,
    }
    let Target { name, arn } = serde_json::from_slice(body).ok()?;
    let mut target = json!({});
    if let Some(name) = name {
        target["StreamName"] = json!(name);
    }
    if let Some(arn) = arn {
        target["StreamARN"] = json!(arn);
    }
    kinesis.store.resolve_stream_name(&target).ok()
}

/// The response of a put, after its records got their arrival time.
async fn stamped(kinesis: &Kinesis, stream_name: Option<String>, response: Response) -> Response {
    let Some(stream_name) = stream_name.filter(|_| response.status().is_success()) else { return response };
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        return refuse(&KinesisErrorResponse::server_error(None, Some("the answer was lost")));
    };
    match arrival::stamp(&kinesis.store, &stream_name, &body, kinesis.clock.now_ms()).await {
        Ok(()) => Response::from_parts(parts, Body::from(body)),
        Err(error) => refuse(&error),
    }
}
