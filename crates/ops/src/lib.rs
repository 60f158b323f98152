//! What talks to AWS: the conversations of `plan`, `deploy`, `status`, `logs`, `doctor` and `destroy`.
//!
//! What is decided is decided by pure functions beside the calls: what a change does to data (`risk`), what came first
//! when something failed (`cloudformation::cause`). The calls themselves are small.

pub mod aws;
pub mod change;
pub mod error;

use anyhow::Context as _;
use penstock_console::arguments::AwsCommand;
use penstock_console::exit::Exit;

/// Carries a command out.
pub fn run(command: &AwsCommand) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(carry_out(command))
}

async fn carry_out(command: &AwsCommand) -> anyhow::Result<Exit> {
    match command {
        AwsCommand::Plan(_)
        | AwsCommand::Deploy(_)
        | AwsCommand::Status(_)
        | AwsCommand::Logs(_)
        | AwsCommand::Destroy(_)
        | AwsCommand::Doctor(_) => anyhow::bail!("this command is being built"),
    }
}
