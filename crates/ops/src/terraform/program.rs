//! The `terraform` program: it is started, listened to and, when somebody interrupts, asked once to stop in order.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, bail, ensure};
use penstock_console::screen;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use super::message::{Diagnostic, Message};

/// The oldest that keeps a lock beside the state without a table: `use_lockfile`.
const OLDEST: (u32, u32) = (1, 11);

/// Where it is to be had.
const HOW_TO_GET: &str = "see https://developer.hashicorp.com/terraform/install";

/// Terraform in a folder.
#[derive(Debug)]
pub struct Program {
    folder: PathBuf,
    variables: Vec<(&'static str, String)>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Errors, the first one first.
    pub errors: Vec<Diagnostic>,
    /// Whether somebody interrupted it.
    pub is_interrupted: bool,
}

impl Program {
    /// Terraform in this folder, with these variables besides those of our own process. It must be there, and new
    /// enough.
    pub async fn find(folder: PathBuf, variables: Vec<(&'static str, String)>) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            terraform_version: String,
        }
        let found = Command::new("terraform").args(["version", "-json"]).stdin(Stdio::null()).output().await;
        let found = match found {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                bail!("terraform is missing: {HOW_TO_GET}, {}.{} or newer", OLDEST.0, OLDEST.1)
            }
            found => found.context("cannot start terraform")?,
        };
        let text = String::from_utf8_lossy(&found.stdout);
        let json = text.find('{').map_or("", |place| &text[place..]);
        let version: Version = serde_json::from_str(json).context("terraform does not tell its version")?;
        let mut numbers = version.terraform_version.split('.').map(|number| number.parse::<u32>().ok());
        let version_of = |number: Option<Option<u32>>| number.flatten().unwrap_or(0);
        let pair = (version_of(numbers.next()), version_of(numbers.next()));
        ensure!(
            pair >= OLDEST,
            "terraform is {}: expected {}.{} or newer, {HOW_TO_GET}",
            version.terraform_version,
            OLDEST.0,
            OLDEST.1
        );
        Ok(Self { folder, variables })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command
            .current_dir(&self.folder)
            .args(arguments)
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it to its end, and gives what it told. One that fails is an error in its own words.
    pub async fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let ended: Output =
            self.command(arguments).kill_on_drop(true).output().await.context("cannot start terraform")?;
        if !ended.status.success() {
            let words = String::from_utf8_lossy(&ended.stderr);
            bail!("terraform {} failed: {}", arguments[0], told(&words));
        }
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }

    /// Runs it with messages. A first Ctrl-C is handed to it: it finishes what is under way and writes the state. A
    /// second one is handed to it as well, which then stops where it is.
    pub async fn listen(&self, arguments: &[&str], mut told: impl FnMut(Option<&Message>)) -> anyhow::Result<Ended> {
        // In a group of its own, or a terminal would interrupt it besides us, and two of them end it at once.
        let mut child = self.command(arguments).process_group(0).spawn().context("cannot start terraform")?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let mut lines = BufReader::new(child.stdout.take().context("terraform has no output")?).lines();
        let mut complaints = child.stderr.take().context("terraform has no error output")?;
        let complained = tokio::spawn(async move {
            let mut text = String::new();
            let _ = complaints.read_to_string(&mut text).await;
            text
        });
        let (mut errors, mut is_interrupted) = (Vec::new(), false);
        let mut beat = tokio::time::interval(std::time::Duration::from_secs(1));
        loop {
            tokio::select! {
                line = lines.next_line() => match line.context("terraform's output ended")? {
                    None => break,
                    Some(line) => {
                        let Some(message) = Message::read(&line) else { continue };
                        if let Message::Diagnostic { diagnostic } = &message && diagnostic.is_error() {
                            errors.push(diagnostic.clone());
                        }
                        told(Some(&message));
                    }
                },
                _ = tokio::signal::ctrl_c() => {
                    if !is_interrupted {
                        screen::progress("interrupted: terraform finishes what is under way, and writes that down");
                    }
                    is_interrupted = true;
                    if let Some(pid) = pid {
                        // One that is gone already has ended by itself.
                        let _ = kill_process(pid, Signal::INT);
                    }
                }
                _ = beat.tick() => told(None),
            }
        }
        let status = child.wait().await.context("terraform did not end")?;
        let complaints = complained.await.unwrap_or_default();
        if !status.success() && errors.is_empty() && status.code() != Some(2) {
            errors.push(Diagnostic {
                severity: "error".into(),
                summary: format!("terraform ended with {status}"),
                detail: self::told(&complaints),
                address: None,
            });
        }
        Ok(Ended { code: status.code(), errors, is_interrupted })
    }
}

/// Words without the frame that Terraform draws around them.
fn told(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start_matches(['│', '╷', '╵', ' ']).trim_end());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_stand_without_their_frame() {
        assert_eq!(super::told("╷\n│ Error: no\n│ \n│   because\n╵\n"), "Error: no\nbecause");
    }
}
