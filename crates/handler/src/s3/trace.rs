//! Which invocation a request to S3 is of.
//!
//! Lambda finds functions that call themselves, over S3 and other services, by X-Ray's header, and stops them. Runtimes keep it in
//! the variable `_X_AMZN_TRACE_ID`, from which the SDK sends it on; a variable cannot be changed while there are threads that read
//! others. Source: Lambda developer guide, "Recursive loop detection".

use aws_sdk_s3::client::customize::CustomizableOperation;
use http::HeaderValue;

const HEADER: &str = "x-amzn-trace-id";

tokio::task_local! {
    /// X-Ray's header of the invocation that is being served.
    pub static TRACE_ID: Option<HeaderValue>;
}

/// The request with the header, where it is known.
pub(super) fn traced<T, E, B>(request: CustomizableOperation<T, E, B>) -> CustomizableOperation<T, E, B> {
    let trace_id = TRACE_ID.try_with(Clone::clone).ok().flatten();
    match trace_id.and_then(|id| id.to_str().map(str::to_owned).ok()) {
        Some(id) => request.mutate_request(move |request| {
            request.headers_mut().insert(HEADER, id.clone());
        }),
        None => request,
    }
}
