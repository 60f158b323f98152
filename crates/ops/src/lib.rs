//! What talks to AWS: the conversations of `plan`, `deploy`, `status`, `logs`, `doctor` and `destroy`.
//!
//! What is decided is decided by pure functions beside the calls: what a change does to data (`risk`), what came first
//! when something failed (`cloudformation::cause`). The calls themselves are small.

pub mod adoption;
pub mod artifact;
pub mod aws;
pub mod banner;
pub mod bucket;
pub mod change;
pub mod cloudformation;
pub mod code;
pub mod cost;
pub mod deploy;
pub mod deployment;
pub mod destroy;
pub mod doctor;
pub mod error;
pub mod iterator_age;
pub mod keys;
pub mod logs;
pub mod mapping;
pub mod pause;
pub mod plan;
pub mod progress;
pub mod put_records;
pub mod replay;
pub mod risk;
pub mod send;
pub mod show;
pub mod status;
pub mod terraform;
pub mod told;
pub mod verify;

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
        AwsCommand::Plan(arguments) => plan::run(arguments).await,
        AwsCommand::Deploy(arguments) => deploy::run(arguments).await,
        AwsCommand::Destroy(arguments) => destroy::run(arguments).await,
        AwsCommand::Status(arguments) => status::run(arguments).await,
        AwsCommand::Logs(arguments) => logs::run(arguments).await,
        AwsCommand::Send(arguments) => send::run(arguments).await,
        AwsCommand::Verify(arguments) => verify::run(arguments).await,
        AwsCommand::Replay(arguments) => replay::run(arguments).await,
        AwsCommand::Cost(arguments) => cost::run(arguments).await,
        AwsCommand::Doctor(arguments) => doctor::run(arguments).await,
    }
}
