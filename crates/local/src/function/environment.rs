//! An execution environment: one process of the function, its Runtime API, its log, from start to end.
//!
//! It runs one invocation after another. Which one, and what is done about a failure, is the caller's part. An
//! environment that holds too much memory is ended here, by the [`Supervisor`].

use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::{AsyncRead, BufReader};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::events::{Event, Events};

use super::activity::{Guard, Stage};
use super::configuration::FunctionConfiguration;
use super::invocation::{FunctionError, FunctionErrorKind, Outcome, error_type};
use super::lifecycle::{Lifecycle, ProcessEnd, Work};
use super::log_lines::read_lines;
use super::memory::{self, LOOK_EVERY, Memory};
use super::process::{self, ProcessGroup};
use super::runtime_api::RuntimeApi;
use super::variables::{Place, variables};

/// Lambda's limit on the init phase: from the start of the process to its first question.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a runtime may take to end by itself after it reported that it cannot come up.
const INIT_ERROR_GRACE: Duration = Duration::from_secs(1);

/// How long the log is read on after the end. Only a process that left the group can hold it open that long.
const LOG_GRACE: Duration = Duration::from_secs(1);

/// A running environment. Dropped, it is killed.
pub(super) struct Environment {
    number: u64,
    api: RuntimeApi,
    stop: Option<oneshot::Sender<&'static str>>,
}

/// What an invocation in an environment came to.
pub(super) enum Run {
    /// It was answered; the environment lives on.
    Answered(Outcome),
    /// The process ended first. `taken` says whether it had the event.
    Exited { end: ProcessEnd, taken: bool },
    /// The time was up. The environment is to be stopped.
    TimedOut,
    /// The moment for the fault came. The environment is to be stopped.
    Interrupted,
}

/// What every environment of a function is started with.
pub(super) struct Ground<'a> {
    pub(super) configuration: &'a FunctionConfiguration,
    /// Absolute.
    pub(super) bootstrap: &'a Path,
    pub(super) events: &'a Events,
    pub(super) memory: &'a Memory,
    pub(super) stage: watch::Receiver<Stage>,
}

impl Environment {
    /// Starts the process. `guard` is held until all of it is gone. The error is one of the init phase.
    pub(super) async fn start(
        number: u64,
        ground: &Ground<'_>,
        guard: Guard,
        request_id: &str,
    ) -> Result<Environment, FunctionError> {
        let failed = |error_type: &str, what: String| {
            FunctionError::worded(FunctionErrorKind::InitError, error_type, request_id, what)
        };
        let no_listener =
            |error| failed(error_type::SANDBOX_FAILURE, format!("the Runtime API could not be opened: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(no_listener)?;
        let runtime_api = listener.local_addr().map_err(no_listener)?.to_string();
        let folder = ground.bootstrap.parent().unwrap_or(Path::new("/"));
        let path = std::env::var("PATH").ok();
        let place = Place {
            runtime_api: &runtime_api,
            log_stream_name: &log_stream_name(),
            task_root: ground.configuration.task_root.as_deref().unwrap_or(folder),
            path: path.as_deref(),
        };
        let variables = variables(ground.configuration, &place);
        let (child, group) = process::start(ground.bootstrap, folder, &variables).await.map_err(|error| {
            let what = format!("fork/exec {}: {error}", ground.bootstrap.display());
            failed(error_type::INVALID_ENTRYPOINT, what)
        })?;

        let (stop, stopped) = oneshot::channel();
        let api = RuntimeApi::new();
        ground.events.emit(Event::EnvironmentStarted { environment: number, pid: child.id().unwrap_or_default() });
        let supervisor = Supervisor {
            number,
            api: api.clone(),
            events: ground.events.clone(),
            group,
            memory: ground.memory.clone(),
            memory_size: ground.configuration.memory_size,
        };
        tokio::spawn(supervisor.run(child, listener, stopped, ground.stage.clone(), guard));
        Ok(Environment { number, api, stop: Some(stop) })
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn has_ended(&self) -> bool {
        self.api.look(|lifecycle| lifecycle.process_end().is_some())
    }

    /// Waits for the runtime's first question. After an error the environment is gone.
    pub(super) async fn init(&mut self, request_id: &str) -> Result<(), FunctionError> {
        let settled = |lifecycle: &Lifecycle| {
            lifecycle.is_up() || lifecycle.init_error().is_some() || lifecycle.process_end().is_some()
        };
        let in_time = tokio::time::timeout(INIT_TIMEOUT, self.api.until(settled)).await.is_ok();
        if self.api.look(Lifecycle::is_up) {
            return Ok(());
        }
        let failed = |error_type: &str, what: String| {
            Err(FunctionError::worded(FunctionErrorKind::InitError, error_type, request_id, what))
        };
        let report = self.api.look(|lifecycle| lifecycle.init_error().cloned());
        if let Some(report) = report {
            let _ = tokio::time::timeout(INIT_ERROR_GRACE, self.ended()).await;
            self.stop("init error").await;
            return Err(FunctionError {
                kind: FunctionErrorKind::InitError,
                error_type: report.error_type,
                error_message: report.error_message,
            });
        }
        if !in_time {
            self.stop("init timed out").await;
            let what = format!("Init phase timed out after {:.2} seconds", INIT_TIMEOUT.as_secs_f64());
            return failed(error_type::TIMED_OUT, what);
        }
        match self.api.look(|lifecycle| lifecycle.process_end().cloned()) {
            Some(ProcessEnd::Exited(words)) => failed(error_type::RUNTIME_EXIT, words),
            Some(ProcessEnd::OutOfMemory) => Err(FunctionError::out_of_memory(request_id)),
            Some(ProcessEnd::Stopped) | None => Err(FunctionError::shut_down(request_id)),
        }
    }

    /// Hands the invocation over and waits for its outcome, at most `timeout`, or until `interrupt_after` the
    /// hand-over.
    pub(super) async fn run(&self, work: Work, timeout: Duration, interrupt_after: Option<Duration>) -> Run {
        self.api.change(|lifecycle| lifecycle.offer(work));
        let interrupt = async {
            match interrupt_after {
                Some(delay) => {
                    self.api.until(Lifecycle::is_running).await;
                    tokio::time::sleep(delay).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.api.until(Lifecycle::is_settled) => {}
            () = tokio::time::sleep(timeout) => {
                if self.api.change(Lifecycle::abandon) {
                    return Run::TimedOut;
                }
            }
            () = interrupt => {
                if self.api.change(Lifecycle::abandon) {
                    return Run::Interrupted;
                }
            }
        }
        // Settled: an answer that came before the end counts.
        self.api.change(|lifecycle| match (lifecycle.take_outcome(), lifecycle.process_end()) {
            (Some(outcome), _) => Run::Answered(outcome),
            (None, Some(end)) => Run::Exited { end: end.clone(), taken: !lifecycle.is_offered() },
            (None, None) => Run::Exited { end: ProcessEnd::Stopped, taken: true },
        })
    }

    /// Kills all of it and waits until it is gone.
    pub(super) async fn stop(&mut self, reason: &'static str) {
        if let Some(stop) = self.stop.take() {
            // It fails when the process has ended by itself.
            let _ = stop.send(reason);
        }
        self.ended().await;
    }

    /// Kills all of it and does not wait.
    pub(super) fn retire(mut self, reason: &'static str) {
        if let Some(stop) = self.stop.take() {
            // It fails when the process has ended by itself.
            let _ = stop.send(reason);
        }
    }

    async fn ended(&self) {
        self.api.until(|lifecycle| lifecycle.process_end().is_some()).await;
    }
}

/// Watches over the process, in a task of its own, so that its end is seen whether or not somebody invokes it.
struct Supervisor {
    number: u64,
    api: RuntimeApi,
    events: Events,
    /// Killed with the supervisor: when the program ends before the function is shut down.
    group: ProcessGroup,
    memory: Memory,
    /// The limit, in MB.
    memory_size: u32,
}

impl Supervisor {
    async fn run(
        self,
        mut child: Child,
        listener: TcpListener,
        stopped: oneshot::Receiver<&'static str>,
        mut stage: watch::Receiver<Stage>,
        guard: Guard,
    ) {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.api.clone().serve(listener));
        let mut logs = JoinSet::new();
        if let Some(output) = child.stdout.take() {
            logs.spawn(self.tell_log(output));
        }
        if let Some(output) = child.stderr.take() {
            logs.spawn(self.tell_log(output));
        }

        let (end, reason) = tokio::select! {
            status = child.wait() => exited(status.ok()),
            reason = stopped => (ProcessEnd::Stopped, reason.unwrap_or("no longer needed").to_owned()),
            reason = self.out_of_memory() => (ProcessEnd::OutOfMemory, reason),
            // It fails when the function is gone, and so should be its environments.
            _ = stage.wait_for(|stage| *stage == Stage::Killing) => (ProcessEnd::Stopped, "shut down".to_owned()),
        };
        self.group.kill();
        // It fails only when the process is known to be gone.
        let _ = child.wait().await;
        let _ = tokio::time::timeout(LOG_GRACE, async { while logs.join_next().await.is_some() {} }).await;
        drop(logs);
        drop(tasks);
        self.events.emit(Event::EnvironmentEnded { environment: self.number, reason });
        self.api.change(|lifecycle| lifecycle.end(end));
        drop(guard);
    }

    /// Waits until the processes hold more than they may, and tells how much.
    async fn out_of_memory(&self) -> String {
        let Some(group) = self.group.number() else { return std::future::pending().await };
        loop {
            // At its start too: what short invocations leave behind is seen, however short they are.
            self.api.until(Lifecycle::is_busy).await;
            if let Some(reason) = memory::excess(self.memory.of(group).await, self.memory_size) {
                return reason;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn tell_log(&self, output: impl AsyncRead + Unpin + Send + 'static) -> impl Future<Output = ()> + Send + 'static {
        let (environment, events) = (self.number, self.events.clone());
        read_lines(BufReader::new(output), move |line| events.emit(Event::FunctionLog { environment, line }))
    }
}

fn exited(status: Option<ExitStatus>) -> (ProcessEnd, String) {
    match status {
        Some(status) => (ProcessEnd::Exited(process::runtime_exit_words(status)), process::exit_words(status)),
        None => (ProcessEnd::Exited("Runtime exited with error: unknown".to_owned()), "unknown".to_owned()),
    }
}

/// Lambda's form: the day, the version, 32 hexadecimal digits.
fn log_stream_name() -> String {
    format!("{}/[$LATEST]{}", chrono::Utc::now().format("%Y/%m/%d"), uuid::Uuid::new_v4().simple())
}
