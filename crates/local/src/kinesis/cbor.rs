//! CBOR, which Java's clients of Kinesis speak unless told otherwise: requests become JSON, answers become CBOR.
//!
//! Two things differ from JSON besides the form: bytes are bytes, not base64, and a time is whole milliseconds, not
//! seconds. Source: the CBOR protocol of the AWS SDK for Java 2 (`AwsCborProtocolFactory`).

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use ciborium::Value as Cbor;
use serde_json::{Value, json};

/// What a CBOR request and its answer say they are.
const CONTENT_TYPE: &str = "application/x-amz-cbor-1.1";

/// What they say when they are JSON.
pub(super) const JSON_CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// A time in a request that is later than this is in milliseconds. In seconds it is the year 5138.
const SECONDS_MAX: f64 = 1e11;

/// Whether a request is in CBOR.
pub(super) fn is(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().is_some_and(|content_type| content_type.trim() == CONTENT_TYPE)
}

/// The JSON of a request, if it is an object.
pub(super) fn request(body: &[u8]) -> Option<Value> {
    let request = ciborium::from_reader::<Cbor, _>(body).ok()?;
    let mut request = ferrokinesis::server::cbor_to_json(&request);
    let filter = request.get_mut("ShardFilter").map(std::mem::take);
    if let Some(mut filter) = filter {
        in_seconds(&mut filter);
        request["ShardFilter"] = filter;
    }
    in_seconds(&mut request);
    request.is_object().then_some(request)
}

/// The answer in CBOR. One that is not JSON, such as an empty one, stays as it is.
pub(super) async fn response(response: Response, bytes_max: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, bytes_max).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    let body = serde_json::from_slice(&body).map_or(body, |answer| Bytes::from(written(&encoded("", answer))));
    Response::from_parts(parts, Body::from(body))
}

fn written(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A Vec takes every byte.
    let _ = ciborium::into_writer(value, &mut bytes);
    bytes
}

fn in_seconds(fields: &mut Value) {
    let Some(fields) = fields.as_object_mut() else { return };
    for (_, value) in fields.iter_mut().filter(|(field, _)| field.ends_with("Timestamp")) {
        if let Some(time) = value.as_f64().filter(|time| *time > SECONDS_MAX) {
            *value = json!(time / 1_000.0);
        }
    }
}

fn encoded(field: &str, value: Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(bool) => Cbor::Bool(bool),
        Value::Number(number) => match number.as_f64() {
            Some(seconds) if field.ends_with("Timestamp") => Cbor::from(super::arrival::to_ms(seconds)),
            _ => number.as_i64().map_or_else(|| Cbor::from(number.as_f64().unwrap_or_default()), Cbor::from),
        },
        Value::String(text) if field == "Data" => match base64_simd::STANDARD.decode_to_vec(&text) {
            Ok(bytes) => Cbor::Bytes(bytes),
            Err(_) => Cbor::Text(text),
        },
        Value::String(text) => Cbor::Text(text),
        Value::Array(values) => Cbor::Array(values.into_iter().map(|value| encoded("", value)).collect()),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(field, value)| {
                let value = encoded(&field, value);
                (Cbor::Text(field), value)
            });
            Cbor::Map(fields.collect())
        }
    }
}
