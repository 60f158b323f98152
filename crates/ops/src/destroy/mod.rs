//! `destroy`: what holds data stays, unless its own flag says otherwise; all else goes, in an order in which nothing is
//! lost on the way. Run again it goes on where it was.

mod inventory;
mod mapping;

use std::fmt::Display;

use anyhow::{Context as _, bail};
use aws_sdk_cloudformation::Client;
use penstock_console::arguments::{DestroyArguments, Engine};
use penstock_console::exit::{self, Exit};
use penstock_console::question::{self, Answer};
use penstock_console::screen;
use penstock_stack::stack::StreamSource;
use serde::Serialize;

use self::inventory::{Built, Inventory};
use crate::cloudformation::cause::Cause;
use crate::cloudformation::watch::{self, Ended, Operation};
use crate::cloudformation::{self, Deployed, Standing};
use crate::deployment::Deployment;
use crate::error::{self, Asked as _};
use crate::pause::Pauses;
use crate::progress::Progress;
use crate::terraform::{Applied, Planned, Terraform, state};
use crate::told::Head;
use crate::{artifact, bucket, show};

/// What is told at the end, to programs.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    head: Head,
    result: &'static str,
    removed: Vec<String>,
    left: Vec<Left>,
    cause: Option<Cause>,
}

/// Something that was left.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Left {
    /// What it is.
    what: String,
    /// What removes it.
    remove_with: String,
}

/// Carries the command out.
pub async fn run(arguments: &DestroyArguments) -> anyhow::Result<Exit> {
    if !arguments.yes && !question::can_ask() {
        screen::progress("nobody can be asked here: pass --yes to remove without a question what holds no data");
        return Ok(exit::REFUSED);
    }
    let deployment = Deployment::open(&arguments.target).await?;
    let own: Vec<&str> = deployment.stack.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
    if let Some(other) = arguments.purge.iter().find(|name| !own.contains(&name.as_str())) {
        screen::progress(format_args!(
            "--purge is {other}: expected a bucket of this environment, one of {}",
            own.join(", ")
        ));
        return Ok(exit::USAGE);
    }
    Removal::new(arguments, &deployment).run().await
}

/// What work comes to; none where somebody interrupted it. What is watched ends by itself, in words of its own, and comes
/// first; all else ends where it is, and is looked at anew the next time.
async fn or_interrupted<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<Option<T>> {
    tokio::select! {
        biased;
        done = work => done.map(Some),
        _ = tokio::signal::ctrl_c() => Ok(None),
    }
}

/// One run of the command.
struct Removal<'r> {
    arguments: &'r DestroyArguments,
    deployment: &'r Deployment,
    client: Client,
    told: Told,
}

impl<'r> Removal<'r> {
    fn new(arguments: &'r DestroyArguments, deployment: &'r Deployment) -> Self {
        let told = Told {
            head: Head::of("destroy", deployment),
            result: "",
            removed: Vec::new(),
            left: Vec::new(),
            cause: None,
        };
        Self { arguments, deployment, client: Client::new(&deployment.aws.config), told }
    }

    fn say(&self, line: impl Display) {
        if !self.arguments.target.json {
            screen::progress(line);
        }
    }

    async fn run(mut self) -> anyhow::Result<Exit> {
        let exit = self.remove().await?;
        if self.arguments.target.json {
            screen::result(serde_json::to_string(&self.told).context("cannot tell the result")?);
        }
        Ok(exit)
    }

    async fn remove(&mut self) -> anyhow::Result<Exit> {
        let inventory = Inventory::take(self.deployment).await?;
        for line in inventory.lines(self.arguments) {
            self.say(line);
        }
        if let Some(words) = inventory.is_of_other_engine(self.arguments.engine) {
            screen::progress(format_args!("refused: {words}"));
            self.told.result = "refused";
            return Ok(exit::REFUSED);
        }
        if !inventory.removes_anything(self.arguments, self.purges_data()) {
            self.told.result = "nothing_to_remove";
            self.say("nothing to remove");
            return self.left().await;
        }
        if !self.is_confirmed(&inventory)? {
            self.told.result = "declined";
            self.say("nothing was removed");
            return Ok(exit::REFUSED);
        }
        if let Some(Built::State) = &inventory.built {
            let Some(()) = or_interrupted(Box::pin(mapping::disable(self.deployment, self.arguments))).await? else {
                return Ok(self.interrupted());
            };
            // Terraform is interrupted in a way of its own: what it has begun it must write down.
            if let Some(exit) = self.state().await? {
                return Ok(exit);
            }
        }
        let ended = or_interrupted(Box::pin(self.carry_out(&inventory))).await?;
        Ok(ended.unwrap_or_else(|| self.interrupted()))
    }

    fn interrupted(&mut self) -> Exit {
        screen::progress("interrupted: run the same command again for the rest");
        self.told.result = "interrupted";
        exit::INTERRUPTED
    }

    async fn carry_out(&mut self, inventory: &Inventory) -> anyhow::Result<Exit> {
        if let Some(Built::Stack(found)) = &inventory.built
            && let Some(exit) = self.stack(found).await?
        {
            return Ok(exit);
        }
        self.buckets(inventory).await?;
        self.stream(inventory).await?;
        if self.purges_data() && inventory.has_artifacts {
            let is_gone = artifact::remove(&self.deployment.aws, self.deployment.name()).await?;
            self.removed(if is_gone { "the code, its bucket and its stack" } else { "the code" });
        }
        self.told.result = "removed";
        self.left().await
    }

    fn is_confirmed(&self, inventory: &Inventory) -> anyhow::Result<bool> {
        if self.arguments.yes {
            return Ok(true);
        }
        let name = &self.deployment.file.name;
        if question::typed(&format!("This removes the environment {name}."), name)? != Answer::Yes {
            return Ok(false);
        }
        for bucket in inventory.purged(self.arguments) {
            let question = format!("This deletes all that lies in the bucket {bucket}, for ever.");
            if question::typed(&question, bucket)? != Answer::Yes {
                return Ok(false);
            }
        }
        if self.arguments.delete_stream && inventory.has_stream {
            let stream = &self.deployment.environment.stream.name;
            if question::typed(&format!("This deletes the stream {stream}, with its records."), stream)? != Answer::Yes
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the data goes, too: then nothing is left that the code could be deployed to again.
    fn purges_data(&self) -> bool {
        self.arguments.purge.iter().any(|name| name == self.deployment.environment.delivery.bucket.as_str())
    }

    /// Removes the stack; tells how the command ends where it cannot go on.
    async fn stack(&mut self, found: &Deployed) -> anyhow::Result<Option<Exit>> {
        // What still happens to it is waited for: in the middle of it AWS refuses, or leaves halves.
        if Standing::of(&found.status) == Standing::InProgress
            && watch::attach(&self.client, found, self.arguments.target.json).await? == Ended::Detached
        {
            return Ok(Some(self.detached()));
        }
        let now = cloudformation::describe(&self.client, &found.id).await?;
        let Some(found) = now.filter(|now| now.status != "DELETE_COMPLETE") else {
            self.removed(format_args!("the stack {}", self.deployment.name()));
            return Ok(None);
        };
        let found = &found;
        mapping::disable(self.deployment, self.arguments).await?;
        if found.is_protected {
            let request = self.client.update_termination_protection().stack_name(&found.id);
            let asked = request.enable_termination_protection(false).send().await;
            asked.asked("switch the stack's termination protection off")?;
            self.say(" protect  switched off, as was confirmed");
        }
        let operation = Operation::on(Some(found));
        let request = self.client.delete_stack().stack_name(&found.id).client_request_token(&operation.token);
        request.send().await.asked(format_args!("delete the stack {}", self.deployment.name()))?;
        let mut progress = Progress::new(self.arguments.target.json);
        match watch::until_rest(&self.client, &found.id, Some(&operation), &mut progress).await? {
            Ended::Resting { status, .. } if status == "DELETE_COMPLETE" => {
                self.removed(format_args!("the stack {}", self.deployment.name()));
                Ok(None)
            }
            Ended::Resting { status, cause } => {
                if let Some(cause) = &cause {
                    show::cause(cause);
                }
                screen::progress(format_args!("the stack is in {status}: mend what it names, and destroy again"));
                self.told.result = "failed";
                self.told.cause = cause;
                Ok(Some(exit::FAILED))
            }
            Ended::Detached => Ok(Some(self.detached())),
        }
    }

    /// Removes what Terraform made; tells how the command ends where it cannot go on.
    async fn state(&mut self) -> anyhow::Result<Option<Exit>> {
        let terraform = Terraform::open(self.deployment, self.arguments.target.profile.as_deref()).await?;
        terraform.prepare_removal().await?;
        let applied = match terraform.plan().await? {
            Planned::Nothing => Applied::Done,
            Planned::Interrupted => Applied::Interrupted,
            Planned::Changes(_) => terraform.apply(&mut Progress::new(self.arguments.target.json)).await?,
        };
        match applied {
            Applied::Done => {
                state::remove(&self.deployment.aws, self.deployment.name()).await?;
                self.removed(format_args!("what Terraform made for {}, and its state", self.deployment.name()));
                Ok(None)
            }
            Applied::Interrupted => Ok(Some(self.interrupted())),
            Applied::Failed(causes) => {
                causes.iter().for_each(show::cause);
                screen::progress("what is left is in Terraform's state: mend what it names, and destroy again");
                self.told.result = "failed";
                self.told.cause = causes.into_iter().next();
                Ok(Some(exit::FAILED))
            }
        }
    }

    fn detached(&mut self) -> Exit {
        screen::progress("detached: the stack goes on; run the same command again for the rest");
        self.told.result = "detached";
        exit::INTERRUPTED
    }

    async fn buckets(&mut self, inventory: &Inventory) -> anyhow::Result<()> {
        let s3 = self.deployment.aws.s3();
        for (name, _) in &inventory.buckets {
            let is_purged = self.arguments.purge.contains(name);
            // Looked at again: the last batches came while the mapping was drained.
            let Some(content) = bucket::content(&s3, name).await? else { continue };
            let mut deleted = 0;
            if is_purged {
                let bar = (!self.arguments.target.json).then(|| screen::bar(content.versions, "versions deleted"));
                let told = |count| {
                    deleted += count;
                    if let Some(bar) = &bar {
                        bar.set_length(content.versions.max(deleted));
                        bar.set_position(deleted);
                    }
                };
                bucket::empty(&s3, name, None, told).await?;
                bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
            }
            let is_of_failures = name != self.deployment.environment.delivery.bucket.as_str();
            if is_purged || (content.is_empty() && is_of_failures) {
                bucket::delete(&s3, name).await?;
                let versions = screen::number(deleted);
                self.removed(format_args!("the bucket {name}, with {versions} versions of objects"));
            }
        }
        Ok(())
    }

    async fn stream(&mut self, inventory: &Inventory) -> anyhow::Result<()> {
        if !(self.arguments.delete_stream && inventory.has_stream) {
            return Ok(());
        }
        let name = &self.deployment.environment.stream.name;
        let client = aws_sdk_kinesis::Client::new(&self.deployment.aws.config);
        match client.delete_stream().stream_name(name).enforce_consumer_deletion(true).send().await {
            Err(error) if error::code(&error) == Some("ResourceNotFoundException") => {}
            asked => asked.asked(format_args!("delete the stream {name}")).map(drop)?,
        }
        let mut pauses = Pauses::default();
        loop {
            match client.describe_stream_summary().stream_name(name).send().await {
                Ok(_) => pauses.pause().await,
                Err(error) if error::code(&error) == Some("ResourceNotFoundException") => break,
                Err(error) => bail!("cannot look for the stream {name}: {}", error::text(&error)),
            }
        }
        self.removed(format_args!("the stream {name}"));
        Ok(())
    }

    fn removed(&mut self, what: impl Display) {
        self.say(format_args!(" removed  {what}"));
        self.told.removed.push(what.to_string());
    }

    /// The command that was given, without its answers: what it removes must lie where this one looked.
    fn again(&self) -> String {
        let target = &self.arguments.target;
        let given = [("profile", &target.profile), ("region", &target.region), ("endpoint-url", &target.endpoint_url)];
        let engine = self.arguments.engine.map(|engine| match engine {
            Engine::Cloudformation => "cloudformation".to_owned(),
            Engine::Terraform => "terraform".to_owned(),
        });
        let given =
            given.into_iter().chain([("engine", &engine)]).filter_map(|(flag, value)| Some((flag, value.as_ref()?)));
        let command = format!("cargo xtask destroy --environment {}", target.environment);
        given.fold(command, |command, (flag, value)| format!("{command} --{flag} {value}"))
    }

    /// Says what is left, each with what would remove it. Looked at, not remembered.
    async fn left(&mut self) -> anyhow::Result<Exit> {
        let now = Inventory::take(self.deployment).await?;
        let again = self.again();
        let mut left = Vec::new();
        for (name, content) in now.buckets.iter().filter_map(|(name, content)| Some((name, content.as_ref()?))) {
            left.push(Left {
                what: format!("the bucket {name}: {}", inventory::told(content)),
                remove_with: format!("{again} --purge={name}"),
            });
        }
        if now.has_stream && matches!(self.deployment.stack.stream, StreamSource::Own(_)) {
            left.push(Left {
                what: format!("the stream {}, with its records", self.deployment.environment.stream.name),
                remove_with: format!("{again} --delete-stream"),
            });
        }
        if now.has_artifacts {
            let data = self.deployment.environment.delivery.bucket.as_str();
            let code = artifact::bucket_name(self.deployment.account());
            // Where the data's bucket is somebody else's, no flag of ours stands for all of it.
            let is_own = now.buckets.iter().any(|(name, _)| name == data);
            let by_hand = format!("aws s3 rm --recursive s3://{code}/{}/", self.deployment.name());
            left.push(Left {
                what: format!("the code, in the bucket {code}"),
                remove_with: if is_own { format!("{again} --purge={data}") } else { by_hand },
            });
        }
        if left.is_empty() {
            self.say("nothing is left");
        } else {
            self.say("what is left, and what removes it:");
        }
        for own in &left {
            if !self.arguments.target.json {
                screen::result(format_args!("{}\n    {}", own.what, own.remove_with));
            }
        }
        self.told.left = left;
        Ok(exit::DONE)
    }
}
