//! What the Runtime API is told.

use aws_lambda_events::streams::KinesisEventResponse;
use http::{HeaderName, HeaderValue, Method, Request, header::CONTENT_TYPE};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, build_request};
use serde_json::json;

use super::invocations::INVOCATION_ID;
use crate::limits::ERROR_CHARS_MAX;

const FUNCTION_ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");

/// What the Runtime API is told of an invocation.
pub(super) enum Answer {
    Success,
    Error { error_type: &'static str, message: String },
}

impl Answer {
    /// The request that tells it; `invocation_id` goes back as it came.
    pub(super) fn into_request(
        self,
        request_id: &str,
        invocation_id: Option<&HeaderValue>,
    ) -> Result<Request<Body>, BoxError> {
        let (route, body, error_type) = match self {
            Self::Success => ("response", serde_json::to_vec(&KinesisEventResponse::default())?, None),
            Self::Error { error_type, message } => ("error", error_body(error_type, &message)?, Some(error_type)),
        };
        let path = format!("/2018-06-01/runtime/invocation/{request_id}/{route}");
        let mut request = build_request().method(Method::POST).uri(path).header(CONTENT_TYPE, "application/json");
        if let Some(error_type) = error_type {
            request = request.header(FUNCTION_ERROR_TYPE, HeaderValue::from_static(error_type));
        }
        if let Some(invocation_id) = invocation_id {
            request = request.header(INVOCATION_ID, invocation_id);
        }
        Ok(request.body(Body::from(body))?)
    }
}

fn error_body(error_type: &str, message: &str) -> Result<Vec<u8>, BoxError> {
    Ok(serde_json::to_vec(&json!({ "errorMessage": message, "errorType": error_type, "stackTrace": [] }))?)
}

/// That the cold start failed.
pub(super) fn init_error(error_type: &'static str, message: &str) -> Result<Request<Body>, BoxError> {
    let request = build_request().method(Method::POST).uri("/2018-06-01/runtime/init/error");
    let request = request
        .header(CONTENT_TYPE, "application/json")
        .header(FUNCTION_ERROR_TYPE, HeaderValue::from_static(error_type));
    Ok(request.body(Body::from(error_body(error_type, message)?))?)
}

/// The error and its sources, in one bounded line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line = format!("{line}: {cause}");
        source = cause.source();
    }
    line.chars().take(ERROR_CHARS_MAX).collect()
}
