//! A deployment by CloudFormation: a stack and its change sets.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_sdk_cloudformation::Client;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;

use super::Conversation;
use crate::adoption;
use crate::change::{Action, Change};
use crate::cloudformation::cause::Cause;
use crate::cloudformation::change_set::{ChangeSet, Wanted};
use crate::cloudformation::watch::{self, Ended, Operation};
use crate::cloudformation::{self, Deployed, Standing};
use crate::error::Asked as _;
use crate::mapping;
use crate::progress::Progress;
use crate::risk;
use crate::show;
use crate::terraform::state;

/// What is the same when nothing changes.
const SAME: &str = "template, parameters and code are what is deployed";

/// Carries it out.
pub(super) async fn deploy(conversation: &mut Conversation<'_>) -> anyhow::Result<Exit> {
    let client = Client::new(&conversation.deployment.aws.config);
    Stack { conversation, client }.deploy().await
}

/// The stack, and who is told.
struct Stack<'s, 'c> {
    conversation: &'s mut Conversation<'c>,
    client: Client,
}

impl Stack<'_, '_> {
    async fn deploy(mut self) -> anyhow::Result<Exit> {
        let (hash, code) = self.conversation.code().await?;
        let deployed = match self.at_rest().await? {
            Ok(deployed) => deployed,
            Err(exit) => return Ok(exit),
        };
        let (template, parameters) =
            (self.conversation.deployment.template(), self.conversation.deployment.parameters(hash));
        if let Some(deployed) = &deployed
            && !self.conversation.arguments.revert_drift
            && is_same(&self.client, deployed, &template, &parameters).await?
        {
            self.protect(deployed).await?;
            return Ok(self.conversation.nothing(&deployed.outputs, SAME));
        }
        if deployed.is_none()
            && state::is_there(&self.conversation.deployment.aws, self.conversation.deployment.name()).await?
        {
            return Ok(self.conversation.is_of_other_engine(
                "it is deployed with Terraform: pass --engine terraform, or destroy it first; what holds data stays, and \
                 is adopted",
            ));
        }
        self.conversation.upload(code.as_ref()).await?;
        let adopts = match deployed {
            Some(_) => false,
            None => self.adopts().await?,
        };
        let wanted = Wanted {
            stack: self.conversation.deployment.name(),
            template: &template,
            parameters: &parameters,
            tags: &self.conversation.deployment.stack.tags,
            role_arn: self.conversation.deployment.role_arn(),
            adopts,
            reverts_drift: self.conversation.arguments.revert_drift,
        };
        let Some(changes) = ChangeSet::create(&self.client, wanted).await? else {
            let deployed = deployed.context("a stack that is not there would not change")?;
            return Ok(self.conversation.nothing(&deployed.outputs, SAME));
        };
        self.conversation.show(&changes.changes);
        if let Some(exit) = self.conversation.refusal().await? {
            changes.discard(&self.client).await?;
            return Ok(exit);
        }
        self.execute(&changes).await
    }

    /// The stack when nothing happens to it any more; none where there is none. Else how the command ends.
    async fn at_rest(&mut self) -> anyhow::Result<Result<Option<Deployed>, Exit>> {
        loop {
            let Some(found) = cloudformation::describe(&self.client, self.conversation.deployment.name()).await? else {
                return Ok(Ok(None));
            };
            match Standing::of(&found.status) {
                Standing::Absent => return Ok(Ok(None)),
                Standing::Settled => return Ok(Ok(Some(found))),
                Standing::InProgress => {
                    if watch::attach(&self.client, &found, self.conversation.is_quiet()).await? == Ended::Detached {
                        return Ok(Err(self.detached(&found.status)));
                    }
                }
                Standing::Wreck => {
                    self.conversation.say(format_args!(
                        " rest     of a deployment that failed ({}): it can only be deleted",
                        found.status
                    ));
                    if !self.conversation.may("Delete what is left of it, and deploy anew?").await? {
                        return Ok(Err(exit::REFUSED));
                    }
                    if let Some(exit) = self.delete(&found).await? {
                        return Ok(Err(exit));
                    }
                }
                Standing::Stuck => {
                    self.conversation
                        .say(format_args!(" rest     of an update that could not be taken back ({})", found.status));
                    if !self.conversation.may("Try again to take it back, and deploy then?").await? {
                        return Ok(Err(exit::REFUSED));
                    }
                    if let Some(exit) = self.take_back(&found).await? {
                        return Ok(Err(exit));
                    }
                }
            }
        }
    }

    async fn delete(&mut self, found: &Deployed) -> anyhow::Result<Option<Exit>> {
        let operation = Operation::on(Some(found));
        let request = self.client.delete_stack().stack_name(&found.id).client_request_token(&operation.token);
        request.send().await.asked(format_args!("delete the stack {}", self.conversation.deployment.name()))?;
        let mut progress = Progress::new(self.conversation.is_quiet());
        Ok(match watch::until_rest(&self.client, &found.id, Some(&operation), &mut progress).await? {
            Ended::Detached => Some(self.detached("DELETE_IN_PROGRESS")),
            Ended::Resting { status, .. } if status == "DELETE_COMPLETE" => None,
            Ended::Resting { status, cause } => Some(self.failed(&status, cause)),
        })
    }

    async fn take_back(&mut self, found: &Deployed) -> anyhow::Result<Option<Exit>> {
        let operation = Operation::on(Some(found));
        let request =
            self.client.continue_update_rollback().stack_name(&found.id).client_request_token(&operation.token);
        request.send().await.asked("take the update back")?;
        let mut progress = Progress::new(self.conversation.is_quiet());
        Ok(match watch::until_rest(&self.client, &found.id, Some(&operation), &mut progress).await? {
            Ended::Detached => Some(self.detached("UPDATE_ROLLBACK_IN_PROGRESS")),
            Ended::Resting { status, .. } if Standing::of(&status) == Standing::Settled => None,
            Ended::Resting { status, cause } => Some(self.failed(&status, cause)),
        })
    }

    /// Whether what an earlier stack left is to be taken in.
    async fn adopts(&self) -> anyhow::Result<bool> {
        let there = adoption::there(&self.conversation.deployment.aws, &self.conversation.deployment.stack).await?;
        for what in &there {
            self.conversation.say(format_args!(" adopt    {what} is there already, and becomes part of the stack"));
        }
        Ok(!there.is_empty())
    }

    /// Lambda allows one mapping of a function and a stream, and CloudFormation makes the new one before it deletes the
    /// old one: a replacement could never succeed. So the old one goes first.
    async fn make_way(&self, changes: &ChangeSet) -> anyhow::Result<()> {
        let client = aws_sdk_lambda::Client::new(&self.conversation.deployment.aws.config);
        let is_replaced = |change: &Change| change.kind == risk::MAPPING && change.action == Action::Replace;
        if changes.changes.0.iter().any(is_replaced) {
            let function = &self.conversation.deployment.environment.function.function_name;
            for old in mapping::of_function(&client, function).await? {
                let id = old.uuid().unwrap_or_default();
                let asked = client.delete_event_source_mapping().uuid(id).send().await;
                asked.asked(format_args!("delete the event source mapping {id}"))?;
                self.conversation.say(format_args!(" mapping  {id} is deleted, so that another can take its place"));
            }
        }
        Ok(())
    }

    async fn execute(&mut self, changes: &ChangeSet) -> anyhow::Result<Exit> {
        self.make_way(changes).await?;
        let operation = changes.execute(&self.client).await?;
        let mut progress = Progress::new(self.conversation.is_quiet());
        let ended = watch::until_rest(&self.client, &changes.stack_id, Some(&operation), &mut progress).await?;
        match ended {
            Ended::Detached => {
                Ok(self.detached(if changes.is_first { "CREATE_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" }))
            }
            Ended::Resting { status, .. }
                if matches!(status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE") =>
            {
                let found = cloudformation::describe(&self.client, &changes.stack_id).await?;
                let found = found.context("the stack is gone although it was deployed")?;
                self.protect(&found).await?;
                Ok(self.conversation.done(&found.outputs))
            }
            Ended::Resting { status, cause } => Ok(self.failed(&status, cause)),
        }
    }

    /// Termination protection as the environment wants it. Switching it off is left to `destroy`.
    async fn protect(&self, found: &Deployed) -> anyhow::Result<()> {
        if self.conversation.deployment.environment.options.termination_protection && !found.is_protected {
            let request = self.client.update_termination_protection().stack_name(&found.id);
            let asked = request.enable_termination_protection(true).send().await;
            asked.asked("protect the stack from deletion")?;
            self.conversation.say(" protect  the stack refuses to be deleted until `cargo xtask destroy` is confirmed");
        }
        Ok(())
    }

    fn failed(&mut self, status: &str, cause: Option<Cause>) -> Exit {
        let is_back = status.contains("ROLLBACK_COMPLETE") || status == "DELETE_COMPLETE";
        if let Some(cause) = &cause {
            show::cause(cause);
        }
        let remains = match status {
            "DELETE_COMPLETE" => "nothing of the stack is left",
            _ if is_back => "the stack is as it was before",
            _ => "deploy again, or `cargo xtask destroy`",
        };
        screen::progress(format_args!("the stack is in {status}: {remains}"));
        self.conversation.told.cause = cause;
        self.conversation.told.result = if is_back { "rolled_back" } else { "failed" };
        if is_back { exit::ROLLED_BACK } else { exit::FAILED }
    }

    fn detached(&mut self, status: &str) -> Exit {
        self.conversation.told.result = "detached";
        let name = self.conversation.deployment.name();
        screen::progress(format_args!("detached: the stack {name} goes on; run the same command again to watch"));
        if status == "UPDATE_IN_PROGRESS" {
            screen::progress(format_args!(
                "to take it back: aws cloudformation cancel-update-stack --stack-name {name}"
            ));
        }
        exit::INTERRUPTED
    }
}

/// Whether the same template and the same parameters are deployed.
pub async fn is_same(
    client: &Client,
    deployed: &Deployed,
    template: &str,
    parameters: &BTreeMap<&'static str, String>,
) -> anyhow::Result<bool> {
    let same = deployed.parameters.len() == parameters.len()
        && parameters.iter().all(|(key, value)| deployed.parameters.get(*key) == Some(value));
    // CloudFormation gives a template back without the last line's end.
    Ok(same && cloudformation::template(client, &deployed.id).await?.trim_end() == template.trim_end())
}
