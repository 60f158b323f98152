//! The process of an execution environment: how it is started, how all of it is killed, and how its end is worded.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};

/// How often a bootstrap that somebody holds open for writing is tried again, and after how long.
const BUSY_RETRIES: u32 = 50;
const BUSY_WAIT: Duration = Duration::from_millis(20);

/// Starts the bootstrap in `folder` with `variables` and nothing else of our environment, in a process group of its
/// own: Ctrl-C in a terminal does not reach it, and a kill reaches all that it started.
///
/// A process cannot be made to die with us without unsafe code. When we are killed, its Runtime API is gone, and a
/// runtime that cannot reach it exits.
pub(super) async fn start(
    bootstrap: &Path,
    folder: &Path,
    variables: &BTreeMap<String, String>,
) -> io::Result<(Child, ProcessGroup)> {
    let mut command = Command::new(bootstrap);
    command
        .env_clear()
        .envs(variables)
        .current_dir(folder)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut retries = 0;
    let child = loop {
        match command.spawn() {
            // A bootstrap that was just written: any process that is being started at this moment, by whomever, may
            // still hold the writer's descriptor for an instant.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && retries < BUSY_RETRIES => {
                retries += 1;
                tokio::time::sleep(BUSY_WAIT).await;
            }
            result => break result?,
        }
    };
    let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    Ok((child, ProcessGroup { leader }))
}

/// All that the bootstrap started, as long as it stays in its group. Killed when dropped.
pub(super) struct ProcessGroup {
    leader: Option<Pid>,
}

impl ProcessGroup {
    /// Its number; none if the leader was gone at once.
    pub(super) fn number(&self) -> Option<i32> {
        self.leader.map(Pid::as_raw_pid)
    }

    /// SIGKILL to all of the group. The kernel keeps the group's number as long as it has a member, so after the
    /// leader's end this reaches what it left behind, or nothing.
    pub(super) fn kill(&self) {
        if let Some(leader) = self.leader {
            // It fails when nobody is left, which is what is wanted.
            let _ = rustix::process::kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended: `exit status 3` or `signal: killed`.
pub(super) fn exit_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => match signal_words(signal) {
            Some(words) => format!("signal: {words}"),
            None => format!("signal: signal {signal}"),
        },
        (None, None) => "unknown".to_owned(),
    }
}

/// What Lambda says of a runtime that ended: an exit without an error is one too.
pub(super) fn runtime_exit_words(status: ExitStatus) -> String {
    if status.success() {
        "Runtime exited without providing a reason".to_owned()
    } else {
        format!("Runtime exited with error: {}", exit_words(status))
    }
}

/// Lambda's words for signals are those of Go's `syscall` package on Linux.
fn signal_words(signal: i32) -> Option<&'static str> {
    Some(match Signal::from_named_raw(signal)? {
        Signal::HUP => "hangup",
        Signal::INT => "interrupt",
        Signal::QUIT => "quit",
        Signal::ILL => "illegal instruction",
        Signal::TRAP => "trace/breakpoint trap",
        Signal::ABORT => "aborted",
        Signal::BUS => "bus error",
        Signal::FPE => "floating point exception",
        Signal::KILL => "killed",
        Signal::SEGV => "segmentation fault",
        Signal::PIPE => "broken pipe",
        Signal::ALARM => "alarm clock",
        Signal::TERM => "terminated",
        _ => return None,
    })
}
