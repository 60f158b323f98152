//! `status`: whether an environment is well, on one screen, what is wrong first. What a service does not tell is
//! *unknown*, with the reason, and not a failure of the rest.

mod facts;
mod health;

use penstock_console::arguments::StatusArguments;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;

use self::facts::{Facts, Known};
use crate::deployment::Deployment;

/// Carries the command out.
pub async fn run(arguments: &StatusArguments) -> anyhow::Result<Exit> {
    let deployment = Deployment::open(&arguments.target).await?;
    let facts = Facts::gather(&deployment).await?;
    let unwell = health::of(&facts);
    let exit = if unwell.is_empty() { exit::DONE } else { exit::UNHEALTHY };
    if arguments.target.json {
        let account = deployment.account();
        screen::result(serde_json::json!({
            "version": 1,
            "command": "status",
            "environment": deployment.file.name,
            "account": account.id,
            "region": account.region,
            "stack": deployment.name(),
            "result": if unwell.is_empty() { "healthy" } else { "unhealthy" },
            "reasons": unwell,
            "facts": facts,
        }));
        return Ok(exit);
    }
    match unwell.as_slice() {
        [] => screen::result("healthy"),
        reasons => {
            screen::result("unhealthy");
            for reason in reasons {
                screen::result(format_args!("  ! {reason}"));
            }
        }
    }
    for (name, told) in facts.rows() {
        screen::result(format_args!("{name:<14} {told}"));
    }
    Ok(exit)
}

/// A known value as it is, an unknown one with its reason.
fn told<T>(known: &Known<T>, told: impl Fn(&T) -> String) -> String {
    match known {
        Known::Yes(value) => told(value),
        Known::No { unknown } => format!("unknown: {unknown}"),
    }
}
