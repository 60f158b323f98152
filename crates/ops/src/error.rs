//! Errors of the SDK as one line: the service's code and words, and the id under which AWS knows the request.

use std::error::Error;
use std::fmt::Display;

use anyhow::anyhow;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::RequestId;

/// What a service said, or why it was not reached.
pub fn text<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let Some(service) = error.as_service_error() else { return chain(error) };
    let (code, message) = (service.code(), service.message().unwrap_or("without a message"));
    let Some(code) = code else {
        let status = error.raw_response().map(|answer| answer.status().as_u16().to_string()).unwrap_or_default();
        return format!("an answer with status {status}, which is none of AWS's");
    };
    let id = service.meta().request_id().map(|id| format!(" (request {id})")).unwrap_or_default();
    format!("{code}: {message}{id}")
}

/// What was asked of AWS, in words, with what it said when it refused.
pub trait Asked<T> {
    /// `what` completes "cannot ...".
    fn asked(self, what: impl Display) -> anyhow::Result<T>;
}

impl<T, E> Asked<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: Error + ProvideErrorMetadata + 'static,
{
    fn asked(self, what: impl Display) -> anyhow::Result<T> {
        self.map_err(|error| anyhow!("cannot {what}: {}", text(&error)))
    }
}

/// The code of a service's error.
pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

/// An error and its causes, each once.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text
}
