//! The function: one execution environment a lane, started when it is needed, replaced when it ended.
//!
//! A lane is whatever is invoked one at a time; for a stream it is a shard. What the lanes are, and when an
//! invocation is tried again, is the mapping's part.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::watch;
use uuid::Uuid;

use crate::events::{Event, Events};

use super::configuration::{FunctionConfiguration, FunctionStartError, check_variables};
use super::environment::{Environment, Ground, Run};
use super::faults::{FaultPlan, PlannedKill};
use super::invocation::{FunctionError, FunctionErrorKind, Invocation, Outcome, error_type};
use super::lifecycle::{ProcessEnd, Work};

/// How long a shutdown waits for invocations that are under way.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(2);

/// How long a shutdown waits for killed processes to be gone.
const KILL_GRACE: Duration = Duration::from_secs(5);

/// A function that can be invoked. Cheap to clone; with the last clone its environments are killed.
#[derive(Clone)]
pub struct Function(Arc<Inner>);

struct Inner {
    configuration: FunctionConfiguration,
    bootstrap: PathBuf,
    events: Events,
    faults: Option<FaultPlan>,
    lanes: Mutex<HashMap<String, Lane>>,
    /// An environment that is up and has no lane yet: the first lane without one gets it.
    spare: Mutex<Option<Environment>>,
    environments_started: AtomicU64,
    stage: watch::Sender<Stage>,
    activity: Activity,
}

/// Locked while an invocation runs; holds the environment in between.
type Lane = Arc<tokio::sync::Mutex<Option<Environment>>>;

/// How far a function is with its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It takes invocations.
    Open,
    /// It takes no more; those under way may end.
    Draining,
    /// All processes are killed.
    Killing,
}

impl Function {
    /// Checks the configuration; no process is started before [`Function::warm_up`] or the first
    /// invocation.
    ///
    /// Fails when the bootstrap is not an executable file, and on variables that Lambda refuses.
    pub async fn start(configuration: FunctionConfiguration, events: Events) -> Result<Function, FunctionStartError> {
        check_variables(&configuration.variables)?;
        let bootstrap = configuration.check_bootstrap().await?;
        let faults = configuration.faults.map(FaultPlan::new);
        Ok(Function(Arc::new(Inner {
            configuration,
            bootstrap,
            events,
            faults,
            lanes: Mutex::default(),
            spare: Mutex::default(),
            environments_started: AtomicU64::new(0),
            stage: watch::Sender::new(Stage::Open),
            activity: Activity::default(),
        })))
    }

    /// Invokes the function with an event, and waits for its outcome: at most for the init phase (10 s), the timeout
    /// and about a second for what was killed.
    ///
    /// Each lane has an environment of its own, so lanes run at the same time; two invocations of one lane wait for
    /// each other. Dropping the future kills the environment: nobody could learn what it did.
    pub async fn invoke(&self, lane: &str, payload: Bytes) -> Invocation {
        // Counted before the stage is looked at, so that a shutdown either sees this invocation or is seen by it.
        let _counted = self.0.activity.enter(|counts| &mut counts.invocations);
        let request_id = Uuid::new_v4().to_string();
        let lane = self.0.lane(lane);
        let mut lane = lane.lock().await;
        if *self.0.stage.borrow() != Stage::Open {
            let outcome = Outcome::FunctionError(FunctionError::shut_down(&request_id));
            return Invocation { request_id, environment: 0, duration: Duration::ZERO, outcome };
        }
        let warm = lane.take().or_else(|| self.0.take_spare()).filter(|environment| !environment.has_ended());
        let (invocation, environment) = self.0.invoke(warm, request_id, payload).await;
        *lane = environment;
        invocation
    }

    /// Starts an environment before there is work, so that a function that cannot start is known at once. The first
    /// lane that needs an environment gets this one. Takes as long as the init phase, 10 s at most.
    ///
    /// Fails when the environment does not come up; it is gone then.
    pub async fn warm_up(&self) -> Result<(), FunctionError> {
        let request_id = Uuid::new_v4().to_string();
        let environment = self.0.start_environment(&request_id).await.map_err(|(_, error)| error)?;
        *self.0.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(environment);
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

impl Inner {
    fn lane(&self, name: &str) -> Lane {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = lanes.get(name) {
            return Arc::clone(lane);
        }
        Arc::clone(lanes.entry(name.to_owned()).or_default())
    }

    fn take_spare(&self) -> Option<Environment> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Runs an invocation in the warm environment if there is one, else in a new one; gives back the environment if
    /// it can be used again.
    async fn invoke(
        &self,
        mut warm: Option<Environment>,
        request_id: String,
        payload: Bytes,
    ) -> (Invocation, Option<Environment>) {
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
            let (outcome, environment) = self.run(environment, &request_id, payload.clone()).await;
            let Some(outcome) = outcome else {
                // It ended without the event while it was idle, as an environment may: the next one gets it.
                if was_warm {
                    continue;
                }
                let what = "Runtime exited without taking the event";
                let error =
                    FunctionError::worded(FunctionErrorKind::Crashed, error_type::RUNTIME_EXIT, &request_id, what);
                let duration = handed_over.elapsed();
                let outcome = Outcome::FunctionError(error);
                return (Invocation { request_id, environment: number, duration, outcome }, None);
            };
            let duration = handed_over.elapsed();
            if let (Some(faults), Outcome::Response(_)) = (&self.faults, &outcome) {
                faults.observe(duration);
            }
            return (Invocation { request_id, environment: number, duration, outcome }, environment);
        }
    }

    /// A new environment that is up, or the number of the one that is not and why.
    async fn start_environment(&self, request_id: &str) -> Result<Environment, (u64, FunctionError)> {
        let number = self.environments_started.fetch_add(1, Ordering::Relaxed) + 1;
        let ground = Ground {
            configuration: &self.configuration,
            bootstrap: &self.bootstrap,
            events: &self.events,
            stage: self.stage.subscribe(),
        };
        let guard = self.activity.enter(|counts| &mut counts.environments);
        let mut environment =
            Environment::start(number, &ground, guard, request_id).await.map_err(|error| (number, error))?;
        environment.init(request_id).await.map_err(|error| (number, error))?;
        Ok(environment)
    }

    /// The outcome, and the environment if it can be used again; no outcome if the process ended without the event.
    async fn run(
        &self,
        mut environment: Environment,
        request_id: &str,
        payload: Bytes,
    ) -> (Option<Outcome>, Option<Environment>) {
        let timeout = self.configuration.timeout;
        let kill = self.faults.as_ref().and_then(FaultPlan::draw);
        let work = self.work(request_id, payload);
        let ended = match environment.run(work, timeout, kill.as_ref().and_then(PlannedKill::delay)).await {
            Run::Answered(_) if kill.as_ref().is_some_and(PlannedKill::is_at_answer) => Run::Interrupted,
            ended => ended,
        };
        let error = match ended {
            Run::Answered(outcome) => return (Some(outcome), Some(environment)),
            Run::Exited { taken: false, end: ProcessEnd::Exited(_) } => return (None, None),
            Run::Exited { taken: true, end: ProcessEnd::Exited(words) } => {
                FunctionError::worded(FunctionErrorKind::Crashed, error_type::RUNTIME_EXIT, request_id, words)
            }
            Run::Exited { end: ProcessEnd::Stopped, .. } => FunctionError::shut_down(request_id),
            Run::TimedOut => {
                environment.stop("timed out").await;
                FunctionError::timed_out(request_id, timeout)
            }
            Run::Interrupted => {
                if let Some(kill) = kill {
                    let at_answer = kill.is_at_answer();
                    let (nth, of) = kill.land();
                    let number = environment.number();
                    let moment = if at_answer { "with its answer to" } else { "during" };
                    let fault = format!("kill {nth} of {of}: environment {number} {moment} request {request_id}");
                    self.events.emit(Event::FaultInjected { fault });
                }
                environment.stop("killed by a fault").await;
                let words = "Runtime exited with error: signal: killed";
                FunctionError::worded(FunctionErrorKind::Crashed, error_type::RUNTIME_EXIT, request_id, words)
            }
        };
        (Some(Outcome::FunctionError(error)), None)
    }

    fn work(&self, request_id: &str, payload: Bytes) -> Work {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline = now.saturating_add(self.configuration.timeout);
        Work {
            request_id: request_id.to_owned(),
            invocation_id: Uuid::new_v4().to_string(),
            deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            invoked_function_arn: self.configuration.function_arn(),
            trace_id: trace_id(now.as_secs()),
            payload,
        }
    }
}

/// X-Ray's header: the time of the request and random digits; `Sampled=0`, as nothing records it.
fn trace_id(now_s: u64) -> String {
    let digits = Uuid::new_v4().simple().to_string();
    let parent = Uuid::new_v4().simple().to_string();
    format!("Root=1-{now_s:08x}-{};Parent={};Sampled=0", &digits[..24], &parent[..16])
}

/// What goes on, counted, so that a shutdown knows when nothing does.
#[derive(Clone)]
struct Activity(Arc<watch::Sender<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    invocations: usize,
    environments: usize,
}

impl Default for Activity {
    fn default() -> Activity {
        Activity(Arc::new(watch::Sender::new(Counts::default())))
    }
}

impl Activity {
    fn enter(&self, which: fn(&mut Counts) -> &mut usize) -> Guard {
        self.0.send_modify(|counts| *which(counts) += 1);
        Guard { activity: self.clone(), which }
    }

    async fn until(&self, wanted: impl FnMut(&Counts) -> bool) {
        // It fails when the sender is gone, and `self` holds it.
        let _ = self.0.subscribe().wait_for(wanted).await;
    }
}

/// Counts as one as long as it lives.
pub(super) struct Guard {
    activity: Activity,
    which: fn(&mut Counts) -> &mut usize,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.activity.0.send_modify(|counts| *(self.which)(counts) -= 1);
    }
}
