//! Between Lambda's Runtime API and [`handler::handle`]: a raw layer of `lambda_runtime`.
//!
//! The layer takes the place of the typed service below it, so that an invocation's body is walked where it lies
//! rather than copied into a tree of values. For that it answers itself: it posts the response or the error, echoes the
//! invocation id, and turns a panic into an error. After a panic the next invocation is served as any other.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context as TaskContext, Poll};
use std::time::SystemTime;

use aws_lambda_events::streams::KinesisEventResponse;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header::CONTENT_TYPE};
use lambda_runtime::{LambdaEvent, LambdaInvocation, Runtime, service_fn};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, PooledClient};
use penstock_delivery::Transform;
use serde_json::json;

use crate::environment::{self, FunctionEnvironment, StartError};
use crate::handler::{self, Context, InvocationError};
use crate::heap;
use crate::limits::{ERROR_CHARS_MAX, PANICS_TOLD_MAX};
use crate::put::{Deadline, ObjectStore, StoredKeys};
use crate::s3::S3Store;
use crate::telemetry::Telemetry;

/// Names one attempt at an invocation. When it comes with an invocation it goes back with the answer, so that Lambda
/// can tell an answer from one that is too late.
const INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");
const FUNCTION_ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");

/// The function: configuration from the environment, S3, and `transform`; until Lambda ends it.
pub fn main<T: Transform + Send + Sync + 'static>(transform: T) -> ExitCode {
    main_with(transform, S3Store::new)
}

/// The same with another store, which `make_store` makes once the configuration is known.
pub fn main_with<T, S>(
    transform: T,
    make_store: impl FnOnce(&FunctionEnvironment, &penstock_delivery::DeliveryConfig) -> S,
) -> ExitCode
where
    T: Transform + Send + Sync + 'static,
    S: ObjectStore + 'static,
{
    heap::keep();
    let lookup = |name: &str| std::env::var(name).ok();
    let telemetry = Telemetry::from_lookup(lookup);
    tell_places_of_panics(telemetry);
    let tokio = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(tokio) => tokio,
        Err(error) => {
            telemetry.error("the function cannot start", &error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let context = context(transform, telemetry, lookup, make_store);
    let ended = match context {
        Ok(context) => tokio.block_on(run(Arc::new(context))),
        Err(error) => {
            telemetry.error("the function cannot start", &error.to_string());
            tokio.block_on(report_init_error(&error))
        }
    };
    if let Err(error) = ended {
        telemetry.error("the function ends", &error.to_string());
    }
    // The Runtime API's loop has no end of its own: to be here is a failure, whatever the reason.
    ExitCode::FAILURE
}

fn context<T, S>(
    transform: T,
    telemetry: Telemetry,
    lookup: impl Fn(&str) -> Option<String>,
    make_store: impl FnOnce(&FunctionEnvironment, &penstock_delivery::DeliveryConfig) -> S,
) -> Result<Context<T, S>, StartError> {
    let config = environment::delivery_config(&lookup)?;
    let environment = FunctionEnvironment::read(&lookup)?;
    let store = make_store(&environment, &config);
    Ok(Context { config, transform, store, stored_keys: StoredKeys::default(), telemetry })
}

/// A panic's message may quote a record, and so does not belong into a log; its place in the code does. Of many, the
/// first few are told.
fn tell_places_of_panics(telemetry: Telemetry) {
    let told = AtomicU32::new(0);
    std::panic::set_hook(Box::new(move |panic| {
        if told.fetch_add(1, Ordering::Relaxed) < PANICS_TOLD_MAX {
            let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
            telemetry.error("the code panicked", &place);
        }
    }));
}

/// Serves invocations until the Runtime API fails.
async fn run<T, S>(context: Arc<Context<T, S>>) -> Result<(), BoxError>
where
    T: Transform + Send + Sync + 'static,
    S: ObjectStore + 'static,
{
    let never_called = service_fn(|_: LambdaEvent<serde::de::IgnoredAny>| async { Ok::<(), Infallible>(()) });
    let api = Arc::new(PooledClient::builder().build());
    Runtime::new(never_called).layer(RawLayer { context, api }).run().await
}

/// Puts [`Raw`] in the place of the typed service.
struct RawLayer<T, S> {
    context: Arc<Context<T, S>>,
    api: Arc<PooledClient>,
}

impl<T, S, Typed> tower::Layer<Typed> for RawLayer<T, S> {
    type Service = Raw<T, S>;

    fn layer(&self, _typed: Typed) -> Self::Service {
        Raw { context: Arc::clone(&self.context), api: Arc::clone(&self.api) }
    }
}

/// Serves raw invocations.
struct Raw<T, S> {
    context: Arc<Context<T, S>>,
    api: Arc<PooledClient>,
}

impl<T, S> tower::Service<LambdaInvocation> for Raw<T, S>
where
    T: Transform + Send + Sync + 'static,
    S: ObjectStore + 'static,
{
    type Response = ();
    type Error = BoxError;
    type Future = LocalBoxFuture<'static, Result<(), BoxError>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let (context, api) = (Arc::clone(&self.context), Arc::clone(&self.api));
        Box::pin(async move {
            let answer = answer(&context, &invocation).await;
            let request = answer.into_request(&invocation.context.request_id, &invocation.parts.headers)?;
            let status = api.call(request).await?.status();
            if status.is_server_error() {
                return Err(format!("the Runtime API failed with {status}").into());
            }
            if !status.is_success() {
                // The attempt is over, by a timeout most likely: Lambda does not want this answer any more.
                context.telemetry.error("the answer was refused", &format!("the Runtime API said {status}"));
            }
            Ok(())
        })
    }
}

/// What the Runtime API is told of an invocation.
enum Answer {
    Success,
    Error { error_type: &'static str, message: String },
}

/// Delivers the invocation's batch; an error and a panic are both an answer.
async fn answer<T: Transform, S: ObjectStore>(context: &Context<T, S>, invocation: &LambdaInvocation) -> Answer {
    let deadline = Deadline::from_lambda(invocation.context.deadline, SystemTime::now());
    let request_id = &invocation.context.request_id;
    let handled = handler::handle(context, request_id, &invocation.body, deadline);
    let (error_type, message, is_processing) = match AssertUnwindSafe(handled).catch_unwind().await {
        Ok(Ok(())) => return Answer::Success,
        // Its batch's line has told it.
        Ok(Err(error @ InvocationError::Delivery(_))) => {
            return Answer::Error { error_type: error.error_type(), message: chain(&error) };
        }
        Ok(Err(error)) => (error.error_type(), chain(&error), matches!(error, InvocationError::Plan(_))),
        Err(_) => ("Function.Panicked", "the function panicked; its log tells where".to_owned(), false),
    };
    let name = &context.config.delivery_name;
    context.telemetry.failed_invocation(name, request_id, (error_type, &message), is_processing);
    Answer::Error { error_type, message }
}

/// The error and its sources, in one bounded line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line = format!("{line}: {cause}");
        source = cause.source();
    }
    line.chars().take(ERROR_CHARS_MAX).collect()
}

impl Answer {
    fn into_request(self, request_id: &str, headers: &HeaderMap) -> Result<Request<Body>, BoxError> {
        let (route, body, error_type) = match self {
            Self::Success => ("response", serde_json::to_vec(&KinesisEventResponse::default())?, None),
            Self::Error { error_type, message } => ("error", error_body(error_type, &message)?, Some(error_type)),
        };
        let path = format!("/2018-06-01/runtime/invocation/{request_id}/{route}");
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/json");
        if let Some(error_type) = error_type {
            request = request.header(FUNCTION_ERROR_TYPE, HeaderValue::from_static(error_type));
        }
        if let Some(invocation_id) = headers.get(&INVOCATION_ID) {
            request = request.header(INVOCATION_ID, invocation_id);
        }
        Ok(request.body(Body::from(body))?)
    }
}

fn error_body(error_type: &str, message: &str) -> Result<Vec<u8>, BoxError> {
    Ok(serde_json::to_vec(&json!({ "errorMessage": message, "errorType": error_type, "stackTrace": [] }))?)
}

/// Tells Lambda why the cold start failed, so that the message stands in the invocation's error.
async fn report_init_error(error: &StartError) -> Result<(), BoxError> {
    const ERROR_TYPE: &str = "Function.Misconfigured";
    let request = Request::post("/2018-06-01/runtime/init/error")
        .header(CONTENT_TYPE, "application/json")
        .header(FUNCTION_ERROR_TYPE, HeaderValue::from_static(ERROR_TYPE))
        .body(Body::from(error_body(ERROR_TYPE, &error.to_string())?))?;
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        PooledClient::builder().build().call(request).await?;
    }
    Ok(())
}
