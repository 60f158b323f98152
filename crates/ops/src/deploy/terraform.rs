//! A deployment by Terraform: a plan that is shown is the plan that is applied. Nothing is taken back when it fails; what
//! was made is in the state, and the next run goes on from there.

use anyhow::Context as _;
use aws_sdk_cloudformation::Client;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;

use super::Conversation;
use crate::cloudformation::{self, Standing};
use crate::deployment::Deployment;
use crate::progress::Progress;
use crate::show;
use crate::terraform::{Applied, Planned, Terraform};

/// Carries it out.
pub(super) async fn deploy(conversation: &mut Conversation<'_>) -> anyhow::Result<Exit> {
    let deployment = conversation.deployment;
    let (hash, code) = conversation.code().await?;
    if let Some(words) = other_engine(deployment).await? {
        return Ok(conversation.is_of_other_engine(&words));
    }
    let terraform = Terraform::open(deployment, conversation.arguments.target.profile.as_deref()).await?;
    conversation.upload(code.as_ref()).await?;
    terraform.prepare(hash).await?;
    match terraform.plan().await? {
        Planned::Interrupted => {
            conversation.told.result = "interrupted";
            Ok(exit::INTERRUPTED)
        }
        Planned::Nothing => {
            let outputs = terraform.outputs().await?;
            Ok(conversation.nothing(&outputs, "all is as the state has it, with this code"))
        }
        Planned::Changes(changes) => {
            conversation.show(&changes);
            match conversation.refusal().await? {
                Some(exit) => Ok(exit),
                None => apply(conversation, &terraform).await,
            }
        }
    }
}

/// Why Terraform must not begin here; none where it may.
pub async fn other_engine(deployment: &Deployment) -> anyhow::Result<Option<String>> {
    let client = Client::new(&deployment.aws.config);
    let found = cloudformation::describe(&client, deployment.name()).await?;
    Ok(found.filter(|found| Standing::of(&found.status) != Standing::Absent).map(|found| {
        format!(
            "the stack {} is deployed with CloudFormation ({}): go on with that, or destroy it first; what holds data \
             stays, and is adopted",
            deployment.name(),
            found.status
        )
    }))
}

async fn apply(conversation: &mut Conversation<'_>, terraform: &Terraform<'_>) -> anyhow::Result<Exit> {
    match terraform.apply(&mut Progress::new(conversation.is_quiet())).await? {
        Applied::Done => {
            let outputs = terraform.outputs().await.context("it is deployed, but what was made cannot be told")?;
            Ok(conversation.done(&outputs))
        }
        Applied::Interrupted => {
            conversation.told.result = "interrupted";
            screen::progress("interrupted: run the same command again for the rest");
            Ok(exit::INTERRUPTED)
        }
        Applied::Failed(causes) => {
            causes.iter().for_each(show::cause);
            screen::progress("what was made until then stays: mend what it names, and deploy again");
            conversation.told.cause = causes.into_iter().next();
            conversation.told.result = "failed";
            Ok(exit::FAILED)
        }
    }
}
