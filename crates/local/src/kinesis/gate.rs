//! One data operation at a time, and what is done while no other runs.
//!
//! The store gives a put its sequence numbers first and inserts the records after. Two puts at once may so insert in
//! another order than they are numbered, and a reader between them goes past the lower numbers for ever: a lost record
//! that real Kinesis does not lose. So puts, reads and iterators exclude each other. The body of a request is complete
//! before it enters, so a slow client holds nobody up.
//!
//! What is not done here is refused: `SubscribeToShard`, and a reshard of a stream that keeps its shards.

use std::sync::PoisonError;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::{Kinesis, arrival, reader};

/// A request's largest body: 10 MiB of data in base64 and what is around it.
const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An answer's largest body: 10 MiB of data in base64 and what is around up to 10,000 records.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The API's routes, with the gate before them.
pub(super) fn router(kinesis: &Kinesis) -> Router {
    ferrokinesis::create_router(kinesis.store.clone())
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(kinesis.clone(), pass))
}

/// What a request wants, as far as the gate treats it differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Put,
    GetRecords,
    GetShardIterator,
    SubscribeToShard,
    Reshard,
    /// What takes a `StreamARN` at AWS and only a `StreamName` in the emulator.
    Described,
    Other,
}

impl Wanted {
    fn of(headers: &HeaderMap) -> Self {
        let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        match target.split_once('.').map_or("", |(_, operation)| operation) {
            "PutRecord" | "PutRecords" => Self::Put,
            "GetRecords" => Self::GetRecords,
            "GetShardIterator" => Self::GetShardIterator,
            "SubscribeToShard" => Self::SubscribeToShard,
            "SplitShard" | "MergeShards" | "UpdateShardCount" => Self::Reshard,
            "DescribeStream" | "DescribeStreamSummary" | "ListShards" => Self::Described,
            _ => Self::Other,
        }
    }
}

async fn pass(State(kinesis): State<Kinesis>, request: Request, next: Next) -> Response {
    let wanted = Wanted::of(request.headers());
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        let message = format!("the request body is incomplete or larger than {REQUEST_BYTES_MAX} bytes");
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "SerializationException", "Message", &message);
    };
    match wanted {
        Wanted::Reshard if keeps_shards(&kinesis, &body) => {
            // Not LimitExceededException, which SDKs take for throttling and send again.
            let message = "The mapping at the desk does not follow a reshard yet: \
                           stop the run and start it with another ShardCount.";
            refuse(StatusCode::BAD_REQUEST, "InvalidArgumentException", "message", message)
        }
        Wanted::Reshard | Wanted::Other => next.run(Request::from_parts(parts, Body::from(body))).await,
        Wanted::SubscribeToShard => {
            let message = "SubscribeToShard is not supported here: read with GetRecords.";
            refuse(StatusCode::BAD_REQUEST, "InvalidArgumentException", "message", message)
        }
        Wanted::Described => next.run(with_body(parts, named(&kinesis, body))).await,
        Wanted::GetShardIterator => {
            let _gate = kinesis.gate.lock().await;
            next.run(with_body(parts, named(&kinesis, body))).await
        }
        Wanted::GetRecords => {
            let _gate = kinesis.gate.lock().await;
            let (body, millis_behind_latest) = bounded(&kinesis, body).await;
            told_behind(next.run(with_body(parts, body)).await, millis_behind_latest).await
        }
        Wanted::Put => {
            let _gate = kinesis.gate.lock().await;
            let stream_name = stream_name(&kinesis, &body);
            let response = next.run(Request::from_parts(parts, Body::from(body))).await;
            stamped(&kinesis, stream_name, response).await
        }
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
    let Ok(Value::Object(mut request)) = serde_json::from_slice::<Value>(&body) else { return body };
    if request.contains_key("StreamName") || !request.contains_key("StreamARN") {
        return body;
    }
    let Some(stream_name) = stream_name(kinesis, &body) else { return body };
    request.remove("StreamARN");
    request.insert("StreamName".to_owned(), json!(stream_name));
    Bytes::from(Value::Object(request).to_string())
}

/// The answer of `GetRecords` with how far its reader is behind, which the emulator does not compute.
async fn told_behind(response: Response, millis_behind_latest: u64) -> Response {
    if millis_behind_latest == 0 || !response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_BYTES_MAX).await else {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "message", "the answer was lost");
    };
    // An answer in CBOR is passed on as it is.
    let Ok(Value::Object(mut answer)) = serde_json::from_slice::<Value>(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    answer.insert("MillisBehindLatest".to_owned(), json!(millis_behind_latest));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Value::Object(answer).to_string()))
}

/// An error in the form of the API.
fn refuse(status: StatusCode, error_type: &str, field: &str, message: &str) -> Response {
    let body = json!({ "__type": error_type, field: message }).to_string();
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amzn-errortype", error_type)];
    (status, headers, body).into_response()
}

/// Whether a reshard is asked of a stream that keeps its shards. A request in CBOR is not understood here, and is
/// taken to be one as soon as there is such a stream; what is wrong with a request in JSON is told by the API.
fn keeps_shards(kinesis: &Kinesis, body: &[u8]) -> bool {
    let kept = kinesis.kept.lock().unwrap_or_else(PoisonError::into_inner);
    match stream_name(kinesis, body) {
        Some(stream_name) => kept.contains(&stream_name),
        None => !kept.is_empty() && serde_json::from_slice::<IgnoredAny>(body).is_err(),
    }
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
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "message", "the answer was lost");
    };
    match arrival::stamp(&kinesis.store, &stream_name, &body, arrival::now_ms()).await {
        Ok(()) => Response::from_parts(parts, Body::from(body)),
        Err(error) => {
            let message = error.body.message.unwrap_or_default();
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "message", &message)
        }
    }
}

/// A `GetRecords` request that asks for no more records than 10 MiB hold, and how far its reader is behind after it.
/// What is not understood is passed on as it is: the API tells what is wrong with it.
async fn bounded(kinesis: &Kinesis, body: Bytes) -> (Bytes, u64) {
    let Ok(Value::Object(mut request)) = serde_json::from_slice::<Value>(&body) else { return (body, 0) };
    let Some(iterator) = request.get("ShardIterator").and_then(Value::as_str).and_then(reader::decode) else {
        return (body, 0);
    };
    let limit = match request.get("Limit") {
        None | Some(Value::Null) => reader::GET_RECORDS_COUNT_MAX,
        Some(limit) => match limit.as_u64().and_then(|limit| usize::try_from(limit).ok()) {
            Some(limit) if (1..=reader::GET_RECORDS_COUNT_MAX).contains(&limit) => limit,
            _ => return (body, 0),
        },
    };
    let found = kinesis.read(&iterator, limit).await;
    request.insert("Limit".to_owned(), json!(found.records.len().max(1)));
    (Bytes::from(Value::Object(request).to_string()), found.millis_behind_latest)
}
