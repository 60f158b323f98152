//! The function: a pool of execution environments. An invocation takes one that is idle, else a new one is started.
//!
//! When an invocation is tried again is the mapping's part.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::watch;
use uuid::Uuid;

use crate::events::{Event, Events};

use super::activity::{Activity, Stage};
use super::configuration::{FunctionConfiguration, FunctionStartError, check_variables};
use super::environment::{Environment, Ground};
use super::faults::{FaultPlan, InjectedError};
use super::idle::Idle;
use super::invocation::{FunctionError, FunctionErrorKind, Invocation, Outcome, ThrottleReason, error_type};
use super::memory::Memory;

/// How long a shutdown waits for invocations that are under way.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// How long a shutdown waits for killed processes to be gone.
const KILL_GRACE: Duration = Duration::from_secs(5);

/// A function that can be invoked. Cheap to clone; with the last clone its environments are killed.
#[derive(Clone)]
pub struct Function(Arc<Inner>);

pub(super) struct Inner {
    pub(super) configuration: FunctionConfiguration,
    bootstrap: PathBuf,
    pub(super) events: Events,
    pub(super) faults: FaultPlan,
    idle: Mutex<Idle<Environment>>,
    memory: Memory,
    environments_started: AtomicU64,
    stage: watch::Sender<Stage>,
    activity: Activity,
}

impl Function {
    /// Checks the configuration; no process is started before [`Function::warm_up`] or the first
    /// invocation.
    ///
    /// Fails when the bootstrap is not an executable file, on variables that Lambda refuses, and on faults that cannot
    /// be.
    pub async fn start(configuration: FunctionConfiguration, events: Events) -> Result<Function, FunctionStartError> {
        check_variables(&configuration.variables)?;
        let faults = configuration.faults.unwrap_or_default();
        faults.check()?;
        let bootstrap = configuration.check_bootstrap().await?;
        Ok(Function(Arc::new(Inner {
            configuration,
            bootstrap,
            events,
            faults: FaultPlan::new(faults),
            idle: Mutex::default(),
            memory: Memory::default(),
            environments_started: AtomicU64::new(0),
            stage: watch::Sender::new(Stage::Open),
            activity: Activity::default(),
        })))
    }

    /// Invokes the function with an event, and waits for its outcome: at most for the init phase (10 s), the timeout
    /// and about a second for what was killed.
    ///
    /// It runs in the idle environment that was used last, or in a new one when none is idle; so as many run at the same
    /// time as are called at the same time. What is called beyond `ReservedConcurrentExecutions` does not wait: it is
    /// [`Outcome::Throttled`]. Environments that were idle for [`IDLE_MAX`](super::IDLE_MAX) are ended on this occasion.
    /// Dropping the future kills the environment: nobody could learn what it did.
    pub async fn invoke(&self, payload: Bytes) -> Invocation {
        let inner = &self.0;
        let request_id = Uuid::new_v4().to_string();
        // Counted before the stage is looked at, so that a shutdown either sees this invocation or is seen by it.
        let counted = inner.activity.enter_invocation(inner.configuration.reserved_concurrent_executions);
        if *inner.stage.borrow() != Stage::Open {
            let outcome = Outcome::FunctionError(FunctionError::shut_down(&request_id));
            return not_started(request_id, outcome);
        }
        if let Some(nth) = inner.faults.throttle() {
            inner.events.emit(Event::FaultInjected { fault: format!("throttle {nth}: request {request_id}") });
            return not_started(request_id, Outcome::Throttled(ThrottleReason::ConcurrentInvocationLimitExceeded));
        }
        if counted.is_none() {
            let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
            return not_started(request_id, Outcome::Throttled(reason));
        }
        let injected = inner.faults.error();
        if let Some(InjectedError { nth, at_answer: false }) = injected {
            let fault = format!("error {nth}: request {request_id} before the function sees it");
            inner.events.emit(Event::FaultInjected { fault });
            let error = FunctionError::injected(&request_id, "a fault came before the function saw the event");
            return not_started(request_id, Outcome::FunctionError(error));
        }
        let (invocation, environment) = inner.invoke(request_id, payload, injected).await;
        if let Some(environment) = environment {
            inner.put_idle(environment);
        }
        invocation
    }

    /// Starts an environment before there is work, so that a function that cannot start is known at once. It is idle
    /// then, and the next invocation gets it. Takes as long as the init phase, 10 s at most.
    ///
    /// Fails when the environment does not come up; it is gone then.
    pub async fn warm_up(&self) -> Result<(), FunctionError> {
        let request_id = Uuid::new_v4().to_string();
        let environment = self.0.start_environment(&request_id).await.map_err(|(_, error)| error)?;
        self.0.put_idle(environment);
        Ok(())
    }

    /// Takes no more invocations, gives those under way 2 s to end, then kills all environments and waits until they
    /// are gone. As on Lambda without extensions, no SIGTERM comes before the kill.
    pub async fn shutdown(&self) {
        let inner = &self.0;
        inner.stage.send_if_modified(|stage| {
            let open = *stage == Stage::Open;
            if open {
                *stage = Stage::Draining;
            }
            open
        });
        let _ = tokio::time::timeout(SHUTDOWN_GRACE, inner.activity.until(|counts| counts.invocations == 0)).await;
        inner.stage.send_replace(Stage::Killing);
        let gone = inner.activity.until(|counts| counts.invocations == 0 && counts.environments == 0);
        let _ = tokio::time::timeout(KILL_GRACE, gone).await;
    }
}

/// What came of a call that no environment saw.
fn not_started(request_id: String, outcome: Outcome) -> Invocation {
    Invocation { request_id, environment: 0, duration: Duration::ZERO, outcome }
}

impl Inner {
    /// Runs an invocation in an idle environment if there is one, else in a new one; gives back the environment if
    /// it can be used again.
    async fn invoke(
        &self,
        request_id: String,
        payload: Bytes,
        injected: Option<InjectedError>,
    ) -> (Invocation, Option<Environment>) {
        let mut warm = self.take_idle();
        loop {
            let was_warm = warm.is_some();
            let started = Instant::now();
            let environment = match warm.take() {
                Some(environment) => environment,
                None => match self.start_environment(&request_id).await {
                    Ok(environment) => environment,
                    Err((environment, error)) => {
                        let (duration, outcome) = (started.elapsed(), Outcome::FunctionError(error));
                        return (Invocation { request_id, environment, duration, outcome }, None);
                    }
                },
            };
            let number = environment.number();
            let handed_over = Instant::now();
            let (outcome, environment) = self.attempt(environment, &request_id, payload.clone(), injected).await;
            let duration = handed_over.elapsed();
            let outcome = match outcome {
                Some(outcome) => outcome,
                // It ended without the event while it was idle, as an environment may: the next one gets it.
                None if was_warm => continue,
                None => {
                    let (kind, what) = (FunctionErrorKind::Crashed, "Runtime exited without taking the event");
                    Outcome::FunctionError(FunctionError::worded(kind, error_type::RUNTIME_EXIT, &request_id, what))
                }
            };
            if let Outcome::Response(_) = outcome {
                self.faults.observe(duration);
            }
            return (Invocation { request_id, environment: number, duration, outcome }, environment);
        }
    }

    /// The idle environment that was used last and lives; ends those that were idle for too long.
    fn take_idle(&self) -> Option<Environment> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for environment in idle.expire(tokio::time::Instant::now()) {
            environment.retire("idle for too long");
        }
        std::iter::from_fn(|| idle.take()).find(|environment| !environment.has_ended())
    }

    fn put_idle(&self, environment: Environment) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.put(tokio::time::Instant::now(), environment);
    }

    /// A new environment that is up, or the number of the one that is not and why.
    async fn start_environment(&self, request_id: &str) -> Result<Environment, (u64, FunctionError)> {
        let number = self.environments_started.fetch_add(1, Ordering::Relaxed) + 1;
        let ground = Ground {
            configuration: &self.configuration,
            bootstrap: &self.bootstrap,
            events: &self.events,
            memory: &self.memory,
            stage: self.stage.subscribe(),
        };
        let guard = self.activity.enter_environment();
        let mut environment =
            Environment::start(number, &ground, guard, request_id).await.map_err(|error| (number, error))?;
        environment.init(request_id).await.map_err(|error| (number, error))?;
        Ok(environment)
    }
}
