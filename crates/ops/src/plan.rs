//! `plan`: what `deploy` would change, and nothing of it done: no bucket, no upload, no stack.

use anyhow::{Context as _, bail};
use aws_sdk_cloudformation::Client;
use penstock_console::arguments::{Engine, PlanArguments};
use penstock_console::exit::{self, Exit};
use penstock_console::screen;

use crate::adoption;
use crate::change::{Action, Change, Changes};
use crate::cloudformation::change_set::{ChangeSet, Wanted};
use crate::cloudformation::{self, Standing};
use crate::code::Code;
use crate::deploy::is_same;
use crate::deployment::Deployment;
use crate::{risk, show};

/// Carries the command out.
pub async fn run(arguments: &PlanArguments) -> anyhow::Result<Exit> {
    let deployment = Deployment::open(&arguments.target).await?;
    if arguments.engine == Engine::Terraform {
        bail!("--engine terraform is not there yet: `terraform` itself takes infra/terraform");
    }
    let code = Code::read(arguments.package.as_deref().context("no package: pass --package")?)?;
    let changes = changes(&deployment, &code).await?;
    let risks = risk::of(&changes);
    if arguments.target.json {
        let account = deployment.account();
        screen::result(serde_json::json!({
            "version": 1,
            "command": "plan",
            "environment": deployment.file.name,
            "account": account.id,
            "region": account.region,
            "stack": deployment.name(),
            "code_sha256": code.sha256.hex(),
            "changes": changes,
            "risks": risks,
        }));
    } else {
        // Here the plan is the result.
        for line in show::lines(&changes, &risks) {
            screen::result(line);
        }
        if risk::loses_checkpoint(&risks) {
            screen::progress("`deploy` refuses this without --accept-checkpoint-loss");
        }
    }
    Ok(if changes.0.is_empty() { exit::DONE } else { exit::DIFFERENCES })
}

async fn changes(deployment: &Deployment, code: &Code) -> anyhow::Result<Changes> {
    let client = Client::new(&deployment.aws.config);
    let (template, parameters) = (deployment.template(), deployment.parameters(code.sha256));
    let found = cloudformation::describe(&client, deployment.name()).await?;
    let Some(deployed) = found.filter(|found| Standing::of(&found.status) != Standing::Absent) else {
        return first(deployment).await;
    };
    match Standing::of(&deployed.status) {
        Standing::Settled => {}
        Standing::Wreck => return first(deployment).await,
        Standing::InProgress | Standing::Stuck | Standing::Absent => {
            bail!(
                "the stack is in {}: run `cargo xtask deploy`, which goes on from there, and plan then",
                deployed.status
            )
        }
    }
    if is_same(&client, &deployed, &template, &parameters).await? {
        return Ok(Changes::default());
    }
    let wanted = Wanted {
        stack: deployment.name(),
        template: &template,
        parameters: &parameters,
        tags: &deployment.stack.tags,
        adopts: false,
    };
    let Some(changes) = ChangeSet::create(&client, wanted).await? else { return Ok(Changes::default()) };
    changes.discard(&client).await?;
    Ok(changes.changes)
}

/// All of it. A change set would leave an empty stack behind while it is looked at, so none is asked for.
async fn first(deployment: &Deployment) -> anyhow::Result<Changes> {
    let there = adoption::there(&deployment.aws, &deployment.stack).await?;
    let change = |(name, kind): (String, &'static str)| {
        let is_there = there.iter().any(|own| own.logical_id == name);
        let action = if is_there { Action::Import } else { Action::Add };
        Change { name, kind: kind.to_owned(), action, properties: Vec::new() }
    };
    Ok(Changes(penstock_stack::cloudformation::logical_ids(&deployment.stack).into_iter().map(change).collect()))
}
