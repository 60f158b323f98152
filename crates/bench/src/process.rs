//! A process of ours: what it took, and its end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::cores::Cores;

/// A process that ends with this value.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// When it was about to be started.
    pub started: Instant,
    /// CPU time by thread, so that what a thread took stays when it ends.
    threads: BTreeMap<u64, u64>,
    log: PathBuf,
}

impl Process {
    /// Starts `command` on the functions' core, with nothing of our environment. What it says goes nowhere, its errors into
    /// `log`.
    pub fn start(command: &mut Command, cores: Cores, log: &Path) -> anyhow::Result<Self> {
        let errors = std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        cores.take_function();
        let started = Instant::now();
        let child = command.spawn();
        cores.take_server();
        let child = child.with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child, started, threads: BTreeMap::new(), log: log.to_owned() })
    }

    /// CPU time of all threads so far.
    pub fn cpu(&mut self) -> anyhow::Result<Duration> {
        let folder = format!("/proc/{}/task", self.child.id());
        let threads = std::fs::read_dir(&folder)
            .with_context(|| format!("cannot read {folder}: the bench needs Linux, and the process its life"))?;
        for thread in threads.flatten() {
            let Some(id) = thread.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // A thread may end meanwhile; what it took by then is kept.
            if let Some(taken) =
                std::fs::read_to_string(thread.path().join("schedstat")).ok().as_deref().and_then(taken)
            {
                self.threads.insert(id, taken);
            }
        }
        Ok(Duration::from_nanos(self.threads.values().sum()))
    }

    /// The most memory that it had, in bytes.
    pub fn peak_rss(&self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        peak_of(&status).with_context(|| format!("{path} has no VmHWM"))
    }

    /// `error` with what the process said last.
    pub fn blame(&self, error: anyhow::Error) -> anyhow::Error {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last: Vec<&str> = said.lines().rev().take(8).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        if last.is_empty() { error } else { error.context(format!("it said: {}", last.join("\n    "))) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Nanoseconds on a core. Source: proc(5), `schedstat`.
fn taken(schedstat: &str) -> Option<u64> {
    schedstat.split_ascii_whitespace().next()?.parse().ok()
}

/// Source: proc(5), `VmHWM`.
fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_read() {
        assert_eq!(taken("1201490 2289626 2\n"), Some(1_201_490));
        assert_eq!(taken(""), None);
        assert_eq!(peak_of("Name:\tx\nVmHWM:\t   10140 kB\nVmRSS:\t 1 kB\n"), Some(10_140 * 1024));
        assert_eq!(peak_of("Name:\tx\n"), None);
    }
}
