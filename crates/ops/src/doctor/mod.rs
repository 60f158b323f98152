//! `doctor`: what is missing on this machine or in the account, a line each, with the way to get it.

mod account;
mod machine;

use anyhow::Context as _;
use penstock_console::arguments::DoctorArguments;
use penstock_console::environment_file::EnvironmentFile;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;
use penstock_stack::Environment;
use serde::Serialize;

use crate::aws::Aws;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    what: &'static str,
    /// How it is.
    state: State,
    /// What was seen.
    seen: String,
    /// What to do; none where all is well.
    fix: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there.
    Well,
    /// It is missing, and only some commands need it.
    Note,
    /// It is missing.
    Missing,
    /// It was not told.
    Unknown,
}

impl Finding {
    fn well(what: &'static str, seen: impl Into<String>) -> Self {
        Self { what, state: State::Well, seen: seen.into(), fix: None }
    }

    fn note(what: &'static str, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, state: State::Note, seen: seen.into(), fix: Some(fix.into()) }
    }

    fn missing(what: &'static str, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, state: State::Missing, seen: seen.into(), fix: Some(fix.into()) }
    }

    fn unknown(what: &'static str, error: &anyhow::Error) -> Self {
        Self { what, state: State::Unknown, seen: format!("{error:#}"), fix: None }
    }

    fn line(&self) -> String {
        let mark = match self.state {
            State::Well => '✓',
            State::Note => '·',
            State::Missing => '✗',
            State::Unknown => '?',
        };
        let fix = self.fix.as_ref().map(|fix| format!("\n      {fix}")).unwrap_or_default();
        format!("  {mark} {:<20} {}{fix}", self.what, self.seen)
    }
}

/// Carries the command out.
pub async fn run(arguments: &DoctorArguments) -> anyhow::Result<Exit> {
    let file = EnvironmentFile::read(&arguments.target.environment)?;
    let environment =
        Environment::parse_with(&file.text, |path| file.read_beside(path)).with_context(|| file.shown())?;
    let mut findings = machine::look();
    match Aws::connect(&arguments.target, &environment).await {
        Err(error) => {
            let fix = "give credentials and a region; all below them in the account is not looked at";
            findings.push(Finding::missing("credentials", format!("{error:#}"), fix));
        }
        Ok(aws) => {
            let seen = format!("{} in {}, as {}", aws.account.id, aws.account.region, aws.account.caller_arn);
            findings.push(Finding::well("credentials", seen));
            findings.extend(account::look(&aws, &environment).await);
        }
    }
    let is_missing = findings.iter().any(|finding| finding.state == State::Missing);
    if arguments.target.json {
        screen::result(serde_json::json!({
            "version": 1,
            "command": "doctor",
            "environment": file.name,
            "result": if is_missing { "missing" } else { "well" },
            "findings": findings,
        }));
    } else {
        for finding in &findings {
            screen::result(finding.line());
        }
    }
    Ok(if is_missing { exit::FAILED } else { exit::DONE })
}
