//! `deploy` with CloudFormation: a conversation. What is there, what would change, what that does to data, a yes, and
//! then what happens while it happens.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_sdk_cloudformation::Client;
use penstock_console::arguments::DeployArguments;
use penstock_console::exit::{self, Exit};
use penstock_console::question::{self, Answer};
use penstock_console::screen;
use serde::Serialize;

use crate::adoption;
use crate::artifact::{self, Upload};
use crate::change::{Action, Change, Changes};
use crate::cloudformation::cause::Cause;
use crate::cloudformation::change_set::{ChangeSet, Wanted};
use crate::cloudformation::watch::{self, Ended, Operation};
use crate::cloudformation::{self, Deployed, Standing};
use crate::code::{Code, CodeHash};
use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::mapping;
use crate::progress::Progress;
use crate::risk::{self, Risk};
use crate::show;

/// What is told at the end, to programs.
#[derive(Debug, Default, Serialize)]
struct Told {
    version: u32,
    command: &'static str,
    environment: String,
    account: String,
    region: String,
    stack: String,
    result: &'static str,
    code_sha256: String,
    changes: Changes,
    risks: Vec<Risk>,
    cause: Option<Cause>,
    outputs: BTreeMap<String, String>,
}

/// Carries the command out.
pub async fn run(arguments: &DeployArguments) -> anyhow::Result<Exit> {
    if !arguments.yes && !question::can_ask() {
        screen::progress("nobody can be asked here: pass --yes to deploy without a question");
        return Ok(exit::REFUSED);
    }
    let deployment = Deployment::open(&arguments.target).await?;
    Conversation::new(arguments, &deployment).run().await
}

/// One run of the command.
struct Conversation<'c> {
    arguments: &'c DeployArguments,
    deployment: &'c Deployment,
    client: Client,
    told: Told,
}

impl<'c> Conversation<'c> {
    fn new(arguments: &'c DeployArguments, deployment: &'c Deployment) -> Self {
        let account = deployment.account();
        let told = Told {
            version: 1,
            command: "deploy",
            environment: deployment.file.name.clone(),
            account: account.id.clone(),
            region: account.region.clone(),
            stack: deployment.name().to_owned(),
            ..Told::default()
        };
        Self { arguments, deployment, client: Client::new(&deployment.aws.config), told }
    }

    const fn is_quiet(&self) -> bool {
        self.arguments.target.json
    }

    fn say(&self, line: impl std::fmt::Display) {
        if !self.is_quiet() {
            screen::progress(line);
        }
    }

    async fn run(mut self) -> anyhow::Result<Exit> {
        let exit = self.talk().await?;
        if self.is_quiet() {
            screen::result(serde_json::to_string(&self.told).context("cannot tell the result")?);
        }
        Ok(exit)
    }

    async fn talk(&mut self) -> anyhow::Result<Exit> {
        let (hash, code) = self.code().await?;
        self.told.code_sha256 = hash.hex();
        let deployed = match self.at_rest().await? {
            Ok(deployed) => deployed,
            Err(exit) => return Ok(exit),
        };
        let (template, parameters) = (self.deployment.template(), self.deployment.parameters(hash));
        if let Some(deployed) = &deployed
            && is_same(&self.client, deployed, &template, &parameters).await?
        {
            self.protect(deployed).await?;
            return Ok(self.nothing(deployed));
        }
        artifact::ensure(&self.deployment.aws, self.deployment.role_arn(), self.is_quiet()).await?;
        if let Some(code) = &code {
            match artifact::upload(&self.deployment.aws, self.deployment.name(), code).await? {
                Upload::Done => self.say(format_args!(" upload   {}", screen::bytes(code.bytes.len() as u64))),
                Upload::AlreadyThere => self.say(" upload   already there"),
            }
        }
        let adopts = match deployed {
            Some(_) => false,
            None => self.adopts().await?,
        };
        let wanted = Wanted {
            stack: self.deployment.name(),
            template: &template,
            parameters: &parameters,
            tags: &self.deployment.stack.tags,
            role_arn: self.deployment.role_arn(),
            adopts,
        };
        let Some(changes) = ChangeSet::create(&self.client, wanted).await? else {
            let deployed = deployed.context("a stack that is not there would not change")?;
            return Ok(self.nothing(&deployed));
        };
        self.told.changes = changes.changes.clone();
        self.told.risks = risk::of(&changes.changes);
        if !self.is_quiet() {
            show::changes(&self.told.changes, &self.told.risks);
        }
        if let Some(exit) = self.refusal()? {
            changes.discard(&self.client).await?;
            return Ok(exit);
        }
        self.execute(&changes).await
    }

    /// The code, and what is to be uploaded of it.
    async fn code(&self) -> anyhow::Result<(CodeHash, Option<Code>)> {
        if let Some(digits) = &self.arguments.rollback {
            let hash = artifact::find(&self.deployment.aws, self.deployment.name(), digits).await?;
            self.say(format_args!(" code     sha256 {}, uploaded earlier", hash.short()));
            return Ok((hash, None));
        }
        let path = self.arguments.package.as_deref().context("no package: pass --package, or --rollback")?;
        let code = Code::read(path)?;
        self.say(format_args!(" code     {}  sha256 {}", screen::bytes(code.bytes.len() as u64), code.sha256.short()));
        Ok((code.sha256, Some(code)))
    }

    /// The stack when nothing happens to it any more; none where there is none. Else how the command ends.
    async fn at_rest(&mut self) -> anyhow::Result<Result<Option<Deployed>, Exit>> {
        loop {
            let Some(found) = cloudformation::describe(&self.client, self.deployment.name()).await? else {
                return Ok(Ok(None));
            };
            match Standing::of(&found.status) {
                Standing::Absent => return Ok(Ok(None)),
                Standing::Settled => return Ok(Ok(Some(found))),
                Standing::InProgress => {
                    if watch::attach(&self.client, &found, self.is_quiet()).await? == Ended::Detached {
                        return Ok(Err(self.detached(&found.status)));
                    }
                }
                Standing::Wreck => {
                    self.say(format_args!(
                        " rest     of a deployment that failed ({}): it can only be deleted",
                        found.status
                    ));
                    if !self.may("Delete what is left of it, and deploy anew?")? {
                        return Ok(Err(exit::REFUSED));
                    }
                    if let Some(exit) = self.delete(&found).await? {
                        return Ok(Err(exit));
                    }
                }
                Standing::Stuck => {
                    self.say(format_args!(" rest     of an update that could not be taken back ({})", found.status));
                    if !self.may("Try again to take it back, and deploy then?")? {
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
        request.send().await.asked(format_args!("delete the stack {}", self.deployment.name()))?;
        let mut progress = Progress::new(self.is_quiet());
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
        let mut progress = Progress::new(self.is_quiet());
        Ok(match watch::until_rest(&self.client, &found.id, Some(&operation), &mut progress).await? {
            Ended::Detached => Some(self.detached("UPDATE_ROLLBACK_IN_PROGRESS")),
            Ended::Resting { status, .. } if Standing::of(&status) == Standing::Settled => None,
            Ended::Resting { status, cause } => Some(self.failed(&status, cause)),
        })
    }

    /// Whether what an earlier stack left is to be taken in.
    async fn adopts(&self) -> anyhow::Result<bool> {
        let there = adoption::there(&self.deployment.aws, &self.deployment.stack).await?;
        for what in &there {
            self.say(format_args!(" adopt    {what} is there already, and becomes part of the stack"));
        }
        Ok(!there.is_empty())
    }

    /// Why the changes are not carried out; none where they may be.
    fn refusal(&mut self) -> anyhow::Result<Option<Exit>> {
        if risk::loses_checkpoint(&self.told.risks) && !self.arguments.accept_checkpoint_loss {
            self.told.result = "refused";
            screen::progress("refused: the place in the stream would be lost; pass --accept-checkpoint-loss to go on");
            return Ok(Some(exit::REFUSED));
        }
        if self.may("Deploy?")? {
            return Ok(None);
        }
        self.told.result = "declined";
        self.say("nothing was changed");
        Ok(Some(exit::REFUSED))
    }

    fn may(&self, question: &str) -> anyhow::Result<bool> {
        Ok(self.arguments.yes || question::confirm(question)? == Answer::Yes)
    }

    /// Lambda allows one mapping of a function and a stream, and CloudFormation makes the new one before it deletes the
    /// old one: a replacement could never succeed. So the old one goes first.
    async fn make_way(&self, changes: &ChangeSet) -> anyhow::Result<()> {
        let client = aws_sdk_lambda::Client::new(&self.deployment.aws.config);
        let is_replaced = |change: &Change| change.kind == risk::MAPPING && change.action == Action::Replace;
        if changes.changes.0.iter().any(is_replaced) {
            let function = &self.deployment.environment.function.function_name;
            for old in mapping::of_function(&client, function).await? {
                let id = old.uuid().unwrap_or_default();
                let asked = client.delete_event_source_mapping().uuid(id).send().await;
                asked.asked(format_args!("delete the event source mapping {id}"))?;
                self.say(format_args!(" mapping  {id} is deleted, so that another can take its place"));
            }
        }
        Ok(())
    }

    async fn execute(&mut self, changes: &ChangeSet) -> anyhow::Result<Exit> {
        self.make_way(changes).await?;
        let operation = changes.execute(&self.client).await?;
        let mut progress = Progress::new(self.is_quiet());
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
                self.told.result = "deployed";
                self.outputs(&found);
                self.say("done; next: send records to the stream, then `cargo xtask status`");
                Ok(exit::DONE)
            }
            Ended::Resting { status, cause } => Ok(self.failed(&status, cause)),
        }
    }

    /// Termination protection as the environment wants it. Switching it off is left to `destroy`.
    async fn protect(&self, found: &Deployed) -> anyhow::Result<()> {
        if self.deployment.environment.options.termination_protection && !found.is_protected {
            let request = self.client.update_termination_protection().stack_name(&found.id);
            let asked = request.enable_termination_protection(true).send().await;
            asked.asked("protect the stack from deletion")?;
            self.say(" protect  the stack refuses to be deleted until `cargo xtask destroy` is confirmed");
        }
        Ok(())
    }

    fn nothing(&mut self, found: &Deployed) -> Exit {
        self.told.result = "nothing_changed";
        self.say("nothing changed: template, parameters and code are what is deployed");
        self.outputs(found);
        exit::DONE
    }

    fn outputs(&mut self, found: &Deployed) {
        self.told.outputs.clone_from(&found.outputs);
        if !self.is_quiet() {
            show::outputs(&found.outputs);
        }
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
        self.told.cause = cause;
        self.told.result = if is_back { "rolled_back" } else { "failed" };
        if is_back { exit::ROLLED_BACK } else { exit::FAILED }
    }

    fn detached(&mut self, status: &str) -> Exit {
        self.told.result = "detached";
        let name = self.deployment.name();
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
