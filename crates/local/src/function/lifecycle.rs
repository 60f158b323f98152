//! The states of a runtime between its start and its end, and what each lets it do. Pure: no I/O, no clock.
//!
//! The states and their names are those of AWS's runtime interface emulator; a runtime sees the names when it does
//! what its state does not allow.

use std::sync::Arc;

use bytes::Bytes;

use super::invocation::Outcome;

/// An invocation as it is handed to the runtime.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) request_id: String,
    /// Unique to this attempt: it tells a late reply from a valid one.
    pub(super) invocation_id: String,
    /// When the answer is due, in Unix milliseconds.
    pub(super) deadline_ms: u64,
    pub(super) invoked_function_arn: String,
    pub(super) trace_id: String,
    pub(super) payload: Bytes,
}

/// What a runtime said of its own failure, or what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) error_type: String,
    pub(super) error_message: String,
}

/// How the process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProcessEnd {
    /// By itself, in Lambda's words: `Runtime exited with error: exit status 1`.
    Exited(String),
    /// Because we ended it.
    Stopped,
    /// Because we ended it for the memory that it held.
    OutOfMemory,
}

#[derive(Debug)]
enum State {
    /// The process runs and has not asked for anything.
    Started,
    /// It reported that it cannot come up.
    InitError(Report),
    /// It waits for an invocation.
    Ready,
    /// It has one.
    Running(Arc<Work>),
    /// It answered and has not asked for the next.
    ResponseSent { request_id: String },
    /// Whatever comes now comes too late.
    Ended,
}

/// Why a runtime's request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The request id is not that of the current invocation.
    RequestId,
    /// The invocation id is not that of the current attempt.
    InvocationId,
    /// The state does not allow it.
    StateTransition { from: &'static str, to: &'static str },
}

/// Where a runtime is.
#[derive(Debug)]
pub(super) struct Lifecycle {
    state: State,
    offered: Option<Arc<Work>>,
    outcome: Option<Outcome>,
    end: Option<ProcessEnd>,
}

impl Lifecycle {
    pub(super) fn new() -> Lifecycle {
        Lifecycle { state: State::Started, offered: None, outcome: None, end: None }
    }

    // What the runtime does.

    /// It asks for the next invocation: it is up, and done with the last one.
    ///
    /// With one unanswered it is given that one again, as on Lambda: its connection may have broken on the way.
    pub(super) fn ask(&mut self) -> Result<(), Refusal> {
        match self.state {
            State::Started | State::ResponseSent { .. } => self.state = State::Ready,
            State::Ready | State::Running(_) => {}
            State::InitError(_) | State::Ended => return Err(self.refuse("Ready")),
        }
        Ok(())
    }

    /// What it asked for, when it is there.
    pub(super) fn take(&mut self) -> Result<Option<Arc<Work>>, Refusal> {
        match &self.state {
            State::Running(work) => return Ok(Some(Arc::clone(work))),
            State::InitError(_) | State::Ended => return Err(self.refuse("Running")),
            State::Started | State::Ready | State::ResponseSent { .. } => {}
        }
        let work = self.offered.take();
        if let Some(work) = &work {
            self.state = State::Running(Arc::clone(work));
        }
        Ok(work)
    }

    /// It answers. Only the first answer to the current attempt counts; a runtime may leave the invocation id out.
    pub(super) fn answer(
        &mut self,
        request_id: &str,
        invocation_id: Option<&str>,
        to: &'static str,
        outcome: Outcome,
    ) -> Result<(), Refusal> {
        match &self.state {
            State::Running(work) if work.request_id == request_id => {
                if invocation_id.is_some_and(|id| id != work.invocation_id) {
                    return Err(Refusal::InvocationId);
                }
            }
            State::ResponseSent { request_id: answered } if answered == request_id => return Err(self.refuse(to)),
            State::Started
            | State::InitError(_)
            | State::Ready
            | State::Running(_)
            | State::ResponseSent { .. }
            | State::Ended => return Err(Refusal::RequestId),
        }
        self.outcome = Some(outcome);
        self.state = State::ResponseSent { request_id: request_id.to_owned() };
        Ok(())
    }

    /// It reports that it cannot come up; only possible before it asked for an invocation.
    pub(super) fn fail_init(&mut self, report: Report) -> Result<(), Refusal> {
        if !matches!(self.state, State::Started) {
            return Err(self.refuse("InitError"));
        }
        self.state = State::InitError(report);
        Ok(())
    }

    // What we do.

    /// Hands an invocation in. The last one's outcome must have been taken.
    pub(super) fn offer(&mut self, work: Work) {
        debug_assert!(self.offered.is_none() && self.outcome.is_none(), "one invocation at a time");
        self.offered = Some(Arc::new(work));
    }

    /// Gives the invocation up, unless it is settled; from then on the runtime is refused everything.
    pub(super) fn abandon(&mut self) -> bool {
        if self.is_settled() {
            return false;
        }
        self.offered = None;
        self.state = State::Ended;
        true
    }

    /// The process is gone.
    pub(super) fn end(&mut self, end: ProcessEnd) {
        self.state = State::Ended;
        self.end = Some(end);
    }

    /// The outcome, if there is one, and only once.
    pub(super) fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcome.take()
    }

    // What can be seen.

    /// The runtime asked for an invocation, so it is up.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, State::Ready | State::Running(_) | State::ResponseSent { .. })
    }

    /// The runtime's report that it cannot come up.
    pub(super) fn init_error(&self) -> Option<&Report> {
        match &self.state {
            State::InitError(report) => Some(report),
            State::Started | State::Ready | State::Running(_) | State::ResponseSent { .. } | State::Ended => None,
        }
    }

    /// There is something to wait for no longer: an invocation to take, or a reason for a refusal.
    pub(super) fn has_news(&self) -> bool {
        self.offered.is_some() || matches!(self.state, State::Running(_) | State::InitError(_) | State::Ended)
    }

    /// The invocation was handed over and is not answered.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// It comes up, or has an invocation to take or to answer.
    pub(super) fn is_busy(&self) -> bool {
        self.offered.is_some() || matches!(self.state, State::Started | State::Running(_))
    }

    /// The invocation was not handed over.
    pub(super) fn is_offered(&self) -> bool {
        self.offered.is_some()
    }

    /// The invocation was answered, or never will be.
    pub(super) fn is_settled(&self) -> bool {
        self.outcome.is_some() || self.end.is_some()
    }

    /// How the process ended, if it has.
    pub(super) fn process_end(&self) -> Option<&ProcessEnd> {
        self.end.as_ref()
    }

    fn refuse(&self, to: &'static str) -> Refusal {
        let from = match self.state {
            State::Started => "Started",
            State::InitError(_) => "InitError",
            State::Ready => "Ready",
            State::Running(_) => "Running",
            State::ResponseSent { .. } => "RuntimeResponseSentState",
            State::Ended => "Ended",
        };
        Refusal::StateTransition { from, to }
    }
}
