//! The commands that talk to AWS: they are `penstock-ops`, a program of its own, because the SDK is slow to compile.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Context as _;
use penstock_console::arguments::AwsCommand;
use penstock_console::exit::Exit;

use crate::package::Content;
use crate::{cargo, package};

/// Builds what talks to AWS where it is not up to date, and the function's zip where the command needs one, and hands
/// the arguments over as they were given.
pub fn run(command: &AwsCommand) -> anyhow::Result<Exit> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(environment) = wants_package(command) {
        let content = Content::of_all(Some(environment))?;
        arguments.extend(["--package".into(), package::ensure(&content, false)?.into()]);
    }
    let program = cargo::build_ops()?;
    let mut ops = Command::new(&program);
    let status = ops.args(arguments).status().with_context(|| format!("cannot start {}", program.display()))?;
    let code = status.code().with_context(|| format!("it was ended by a signal ({status})"))?;
    Exit::of_code(code).with_context(|| format!("it ended with {code}, which is none of our exit codes"))
}

/// The environment, where the command is about code and was not told which.
fn wants_package(command: &AwsCommand) -> Option<&str> {
    match command {
        AwsCommand::Plan(arguments) if arguments.package.is_none() => Some(&arguments.target.environment),
        AwsCommand::Deploy(arguments) if arguments.package.is_none() && arguments.rollback.is_none() => {
            Some(&arguments.target.environment)
        }
        AwsCommand::Plan(_)
        | AwsCommand::Deploy(_)
        | AwsCommand::Status(_)
        | AwsCommand::Logs(_)
        | AwsCommand::Send(_)
        | AwsCommand::Verify(_)
        | AwsCommand::Replay(_)
        | AwsCommand::Cost(_)
        | AwsCommand::Destroy(_)
        | AwsCommand::Doctor(_) => None,
    }
}
