//! Between Lambda's Runtime API and [`handler::handle`]: the loop of a function, with `lambda_runtime`'s client and context.
//!
//! `lambda_runtime`'s own loop joins the pieces of an event into a copy, so that for a while it is in memory twice. Here an event is
//! received into one buffer that the next event is received into as well, and walked where it lies. An invocation is answered with its
//! response or its error, with its invocation id; a panic is an error, after which the next invocation is served as any other.
//!
//! A function has one invocation at a time, and no `SnapStart`: its credentials are those that it begins with.

mod answer;
mod invocations;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use futures::FutureExt;
use lambda_runtime_api_client::{BoxError, PooledClient};
use penstock_delivery::Transform;

use crate::environment::{self, FunctionEnvironment, StartError};
use crate::handler::{self, Context, InvocationError};
use crate::heap;
use crate::limits::PANICS_TOLD_MAX;
use crate::put::{Deadline, ObjectStore, StoredKeys};
use crate::s3::{S3Store, TRACE_ID};
use crate::telemetry::Telemetry;
use answer::{Answer, chain, init_error};
use invocations::{Invocation, Invocations};

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
        Ok(context) => tokio.block_on(run(&context)),
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
async fn run<T: Transform, S: ObjectStore>(context: &Context<T, S>) -> Result<(), BoxError> {
    let api = PooledClient::builder().build();
    let mut invocations = Invocations::of(&api);
    loop {
        let invocation = invocations.next().await?;
        let answer = TRACE_ID.scope(invocation.trace_id(), answer(context, &invocation)).await;
        let status = api.call(answer.into_request(invocation.request_id(), invocation.id())?).await?.status();
        if status.is_server_error() {
            return Err(format!("the Runtime API failed with {status}").into());
        }
        if !status.is_success() {
            // The attempt is over, by a timeout most likely: Lambda does not want this answer any more.
            context.telemetry.error("the answer was refused", &format!("the Runtime API said {status}"));
        }
    }
}

/// Delivers the invocation's batch; an error and a panic are both an answer.
async fn answer<T: Transform, S: ObjectStore>(context: &Context<T, S>, invocation: &Invocation<'_>) -> Answer {
    let deadline = Deadline::from_lambda(invocation.deadline_ms(), SystemTime::now());
    let request_id = invocation.request_id();
    let handled = handler::handle(context, request_id, invocation.event(), deadline);
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

/// Tells Lambda why the cold start failed, so that the message stands in the invocation's error.
async fn report_init_error(error: &StartError) -> Result<(), BoxError> {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        PooledClient::builder().build().call(init_error("Function.Misconfigured", &error.to_string())?).await?;
    }
    Ok(())
}
