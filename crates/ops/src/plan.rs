//! `plan`: what `deploy` would change, and nothing of it done: no bucket, no upload, no stack.

use anyhow::{Context as _, bail};
use aws_sdk_cloudformation::Client;
use penstock_console::arguments::{Engine, PlanArguments};
use penstock_console::exit::{self, Exit};
use penstock_console::screen;
use serde::Serialize;

use crate::adoption;
use crate::change::{Action, Change, Changes};
use crate::cloudformation::change_set::{ChangeSet, Wanted};
use crate::cloudformation::{self, Standing};
use crate::code::Code;
use crate::deploy::cloudformation::is_same;
use crate::deploy::other_engine;
use crate::deployment::Deployment;
use crate::risk::{self, Risk};
use crate::show;
use crate::terraform::{Planned, Terraform, state};
use crate::told::Head;

/// What is told to programs.
#[derive(Debug, Serialize)]
struct Told<'t> {
    #[serde(flatten)]
    head: Head,
    code_sha256: String,
    result: &'static str,
    changes: &'t Changes,
    risks: &'t [Risk],
}

/// Carries the command out.
pub async fn run(arguments: &PlanArguments) -> anyhow::Result<Exit> {
    let deployment = Deployment::open(&arguments.target).await?;
    let package = arguments.package.as_deref().context("no package: pass --package")?;
    let code = Code::read(package)?;
    code.check_files(package, &deployment.environment, &deployment.file)?;
    let found = match arguments.engine {
        Engine::Cloudformation => changes(&deployment, &code).await?,
        Engine::Terraform => {
            if let Some(words) = other_engine(&deployment).await? {
                bail!("{words}");
            }
            let terraform = Terraform::open(&deployment, arguments.target.profile.as_deref()).await?;
            terraform.prepare(code.sha256).await?;
            match terraform.plan().await? {
                Planned::Nothing => None,
                Planned::Changes(changes) => Some(changes),
                Planned::Interrupted => return Ok(exit::INTERRUPTED),
            }
        }
    };
    let is_same = found.is_none();
    let changes = found.unwrap_or_default();
    let risks = risk::of(&changes);
    if arguments.target.json {
        let told = Told {
            head: Head::of("plan", &deployment),
            code_sha256: code.sha256.hex(),
            result: if is_same { "nothing_changes" } else { "changes" },
            changes: &changes,
            risks: &risks,
        };
        screen::result(serde_json::to_string(&told).context("cannot tell the result")?);
    } else {
        // Here the plan is the result.
        if is_same {
            screen::result(" plan     nothing to change: all is as it is deployed, with this code");
        } else {
            show::lines(&changes, &risks).into_iter().for_each(screen::result);
        }
        if risk::loses_checkpoint(&risks) {
            screen::progress("`deploy` refuses this without --accept-checkpoint-loss");
        }
    }
    Ok(if is_same { exit::DONE } else { exit::DIFFERENCES })
}

/// What would change; none where nothing would. Parameters, outputs and tags may change without a resource.
async fn changes(deployment: &Deployment, code: &Code) -> anyhow::Result<Option<Changes>> {
    let client = Client::new(&deployment.aws.config);
    let (template, parameters) = (deployment.template(), deployment.parameters(code.sha256));
    let found = cloudformation::describe(&client, deployment.name()).await?;
    let Some(deployed) = found.filter(|found| Standing::of(&found.status) != Standing::Absent) else {
        if state::is_there(&deployment.aws, deployment.name()).await? {
            bail!("it is deployed with Terraform: pass --engine terraform");
        }
        return first(deployment).await.map(Some);
    };
    match Standing::of(&deployed.status) {
        Standing::Settled => {}
        Standing::Wreck => return first(deployment).await.map(Some),
        Standing::InProgress | Standing::Stuck | Standing::Absent => {
            bail!(
                "the stack is in {}: run `cargo xtask deploy`, which goes on from there, and plan then",
                deployed.status
            )
        }
    }
    let is_same = is_same(&client, &deployed, &template, &parameters).await?;
    let wanted = Wanted {
        stack: deployment.name(),
        template: &template,
        parameters: &parameters,
        tags: &deployment.stack.tags,
        role_arn: deployment.role_arn(),
        adopts: false,
        // Against what is there: what somebody changed by hand is a difference, too.
        reverts_drift: true,
    };
    let Some(changes) = ChangeSet::create(&client, wanted).await? else { return Ok(None) };
    changes.discard(&client).await?;
    Ok((changes.is_against_live || !is_same).then_some(changes.changes))
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
