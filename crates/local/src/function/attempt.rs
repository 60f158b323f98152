//! One event handed to one environment: what comes back, and the faults on the way.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use uuid::Uuid;

use crate::events::Event;

use super::environment::{Environment, Run};
use super::faults::InjectedError;
use super::invocation::{FunctionError, FunctionErrorKind, Outcome, error_type};
use super::kills::PlannedKill;
use super::lifecycle::{ProcessEnd, Work};
use super::pool::Inner;

impl Inner {
    /// The outcome, and the environment if it can be used again; no outcome if the process ended without the event.
    pub(super) async fn attempt(
        &self,
        mut environment: Environment,
        request_id: &str,
        payload: Bytes,
        injected: Option<InjectedError>,
    ) -> (Option<Outcome>, Option<Environment>) {
        let timeout = self.configuration.timeout;
        let kill = if injected.is_some() { None } else { self.faults.kill() };
        let work = self.work(request_id, payload);
        let ended = environment.run(work, timeout, kill.as_ref().and_then(PlannedKill::delay)).await;
        let error = match (ended, kill) {
            (ended @ (Run::Answered(_) | Run::Interrupted), Some(kill)) => {
                // A kill at work that comes too late comes with the answer.
                let at_answer = matches!(ended, Run::Answered(_));
                self.land(kill, environment.number(), request_id, at_answer);
                environment.stop("killed by a fault").await;
                let words = "Runtime exited with error: signal: killed";
                FunctionError::worded(FunctionErrorKind::Crashed, error_type::RUNTIME_EXIT, request_id, words)
            }
            (Run::Answered(outcome), None) => {
                let outcome = match injected {
                    Some(injected) => self.throw_away(injected, environment.number(), request_id),
                    None => outcome,
                };
                return (Some(outcome), Some(environment));
            }
            (Run::Exited { taken: false, end: ProcessEnd::Exited(_) }, _) => return (None, None),
            (Run::Exited { taken: true, end: ProcessEnd::Exited(words) }, _) => {
                FunctionError::worded(FunctionErrorKind::Crashed, error_type::RUNTIME_EXIT, request_id, words)
            }
            (Run::Exited { end: ProcessEnd::OutOfMemory, .. }, _) => FunctionError::out_of_memory(request_id),
            (Run::Exited { end: ProcessEnd::Stopped, .. } | Run::Interrupted, _) => {
                FunctionError::shut_down(request_id)
            }
            (Run::TimedOut, _) => {
                environment.stop("timed out").await;
                FunctionError::timed_out(request_id, timeout)
            }
        };
        (Some(Outcome::FunctionError(error)), None)
    }

    fn land(&self, kill: PlannedKill, environment: u64, request_id: &str, at_answer: bool) {
        let (nth, of) = kill.land();
        let moment = if at_answer { "with its answer to" } else { "during" };
        let fault = format!("kill {nth} of {of}: environment {environment} {moment} request {request_id}");
        self.events.emit(Event::FaultInjected { fault });
    }

    fn throw_away(&self, injected: InjectedError, environment: u64, request_id: &str) -> Outcome {
        let nth = injected.nth;
        let fault = format!("error {nth}: the answer of environment {environment} to request {request_id}");
        self.events.emit(Event::FaultInjected { fault });
        let what = "a fault took the place of the function's answer";
        Outcome::FunctionError(FunctionError::injected(request_id, what))
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
