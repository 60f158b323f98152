//! `penstock-ops`: the commands that talk to AWS. `cargo xtask` starts it with the arguments that it was given.

use std::process::ExitCode;

use clap::Parser;
use penstock_console::arguments::AwsCommand;
use penstock_console::{exit, screen};

/// The commands that talk to AWS.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: AwsCommand,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE.into() } else { exit::DONE.into() };
        }
    };
    match penstock_ops::run(&arguments.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            screen::error(&error);
            exit::FAILED.into()
        }
    }
}
