//! `deploy`: a conversation. What is there, what would change, what that does to data, a yes, and then what happens
//! while it happens. What both engines say is here; how each goes about it is in a file of its own.

pub mod cloudformation;
mod terraform;

pub use terraform::other_engine;

use std::collections::BTreeMap;
use std::fmt::Display;

use anyhow::Context as _;
use penstock_console::arguments::{DeployArguments, Engine};
use penstock_console::exit::{self, Exit};
use penstock_console::question::{self, Answer};
use penstock_console::screen;
use serde::Serialize;

use crate::artifact::{self, Upload};
use crate::change::Changes;
use crate::cloudformation::cause::Cause;
use crate::code::{Code, CodeHash};
use crate::deployment::Deployment;
use crate::risk::{self, Risk};
use crate::show;
use crate::told::Head;

/// What is told at the end, to programs.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    head: Head,
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
    let mut conversation = Conversation::new(arguments, &deployment);
    let exit = match arguments.engine {
        Engine::Cloudformation => cloudformation::deploy(&mut conversation).await?,
        Engine::Terraform => terraform::deploy(&mut conversation).await?,
    };
    if arguments.target.json {
        screen::result(serde_json::to_string(&conversation.told).context("cannot tell the result")?);
    }
    Ok(exit)
}

/// Asks on a thread of its own: once something was watched, Ctrl-C is ours to hear, and at a question it is a no.
async fn confirm(question: &str) -> anyhow::Result<Answer> {
    let question = question.to_owned();
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || tell.send(question::confirm(&question)));
    tokio::select! {
        biased;
        answer = told => answer.context("the question was lost")?,
        _ = tokio::signal::ctrl_c() => Ok(Answer::No),
    }
}

/// One run of the command.
struct Conversation<'c> {
    arguments: &'c DeployArguments,
    deployment: &'c Deployment,
    told: Told,
}

impl<'c> Conversation<'c> {
    fn new(arguments: &'c DeployArguments, deployment: &'c Deployment) -> Self {
        let told = Told {
            head: Head::of("deploy", deployment),
            result: "",
            code_sha256: String::new(),
            changes: Changes::default(),
            risks: Vec::new(),
            cause: None,
            outputs: BTreeMap::new(),
        };
        Self { arguments, deployment, told }
    }

    const fn is_quiet(&self) -> bool {
        self.arguments.target.json
    }

    fn say(&self, line: impl Display) {
        if !self.is_quiet() {
            screen::progress(line);
        }
    }

    /// The code, and what is to be uploaded of it.
    async fn code(&mut self) -> anyhow::Result<(CodeHash, Option<Code>)> {
        let (hash, code) = if let Some(digits) = &self.arguments.rollback {
            let hash = artifact::find(&self.deployment.aws, self.deployment.name(), digits).await?;
            self.say(format_args!(" code     sha256 {}, uploaded earlier", hash.short()));
            (hash, None)
        } else {
            let path = self.arguments.package.as_deref().context("no package: pass --package, or --rollback")?;
            let code = Code::read(path)?;
            code.check_files(path, &self.deployment.environment, &self.deployment.file)?;
            let size = screen::bytes(code.bytes.len() as u64);
            self.say(format_args!(" code     {size}  sha256 {}", code.sha256.short()));
            (code.sha256, Some(code))
        };
        self.told.code_sha256 = hash.hex();
        Ok((hash, code))
    }

    /// Sees to it that the bucket of the code is there, and the code in it.
    async fn upload(&self, code: Option<&Code>) -> anyhow::Result<()> {
        artifact::ensure(&self.deployment.aws, self.deployment.role_arn(), self.is_quiet()).await?;
        let Some(code) = code else { return Ok(()) };
        match artifact::upload(&self.deployment.aws, self.deployment.name(), code).await? {
            Upload::Done => self.say(format_args!(" upload   {}", screen::bytes(code.bytes.len() as u64))),
            Upload::AlreadyThere => self.say(" upload   already there"),
        }
        Ok(())
    }

    /// Says what would change, and what that does to data.
    fn show(&mut self, changes: &Changes) {
        self.told.changes = changes.clone();
        self.told.risks = risk::of(changes);
        if !self.is_quiet() {
            show::changes(&self.told.changes, &self.told.risks);
        }
    }

    /// Why the changes are not carried out; none where they may be.
    async fn refusal(&mut self) -> anyhow::Result<Option<Exit>> {
        if risk::loses_checkpoint(&self.told.risks) && !self.arguments.accept_checkpoint_loss {
            self.told.result = "refused";
            screen::progress("refused: the place in the stream would be lost; pass --accept-checkpoint-loss to go on");
            return Ok(Some(exit::REFUSED));
        }
        if self.may("Deploy?").await? {
            return Ok(None);
        }
        self.told.result = "declined";
        self.say("nothing was changed");
        Ok(Some(exit::REFUSED))
    }

    async fn may(&self, question: &str) -> anyhow::Result<bool> {
        Ok(self.arguments.yes || confirm(question).await? == Answer::Yes)
    }

    /// The other engine has it: both would fight over the same names.
    fn is_of_other_engine(&mut self, words: &str) -> Exit {
        self.told.result = "refused";
        screen::progress(format_args!("refused: {words}"));
        exit::REFUSED
    }

    fn nothing(&mut self, outputs: &BTreeMap<String, String>, words: &str) -> Exit {
        self.told.result = "nothing_changed";
        self.say(format_args!("nothing changed: {words}"));
        self.outputs(outputs);
        exit::DONE
    }

    fn done(&mut self, outputs: &BTreeMap<String, String>) -> Exit {
        self.told.result = "deployed";
        self.outputs(outputs);
        self.say("done; next: send records to the stream, then `cargo xtask status`");
        exit::DONE
    }

    fn outputs(&mut self, outputs: &BTreeMap<String, String>) {
        self.told.outputs.clone_from(outputs);
        if !self.is_quiet() {
            show::outputs(outputs);
        }
    }
}
