//! `cargo xtask`: everything that is done with Penstock. `cargo xtask --help` is the table of contents.

mod aws;
mod bench;
mod build;
mod cargo;
mod check;
mod github_oidc;
mod import;
mod init;
mod local;
mod package;
mod render;
mod soak;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use penstock_console::arguments::AwsCommand;
use penstock_console::{exit, paths, screen};

/// Carries a Kinesis data stream to S3 through a Lambda function of your own.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
#[command(after_help = "Exit: 0 done or nothing to do, 1 failed, 2 differences found, 3 refused or declined, \
                        4 rolled back, 5 unhealthy, 6 loss or overlap suspected, 7 promise \
                        broken, 64 usage, 130 interrupted.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start Kinesis, S3 and Lambda on loopback, and the real function between them
    Local(local::Arguments),
    /// Run every test that needs only Rust and a C compiler
    Test(test::Arguments),
    /// Run everything that CI runs
    Check(check::Arguments),
    /// Write an environment file, in a few questions
    Init(init::Arguments),
    /// Make an environment file of what Firehose tells of a delivery stream
    Import(import::Arguments),
    /// Build the function for Lambda: aarch64 Linux, glibc 2.34 at most
    Build(build::Arguments),
    /// Package the function for Lambda
    Package(package::Arguments),
    /// Render what is rendered from the code, or check that it is up to date
    Render(render::Arguments),
    /// Send records of every size through `local` while the function is killed, and prove that none is lost
    Soak(soak::Arguments),
    /// Measure Penstock beside handlers in Python, Node and idiomatic Rust, as ratios, with a chart
    Bench(bench::Arguments),
    #[command(flatten)]
    Aws(AwsCommand),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE.into() } else { exit::DONE.into() };
        }
    };
    let ended = match arguments.command {
        Command::Local(arguments) => local::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Check(arguments) => Ok(check::run(&arguments)),
        Command::Init(arguments) => init::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Package(arguments) => package::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Aws(command) => aws::run(&command),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            screen::error(&error);
            exit::FAILED.into()
        }
    }
}
