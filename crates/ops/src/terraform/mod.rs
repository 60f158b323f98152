//! The stack by Terraform: a root module below the build folder, made of the rendering and of what stands beside it; a
//! state in the bucket of the code; and the `terraform` program, which plans and applies.
//!
//! Nothing here destroys what holds data: it is let go of, and a plan that would destroy it is not carried out.

pub mod message;
pub mod plan;
pub mod program;
pub mod root_module;
pub mod state;
pub mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use penstock_console::paths;
use penstock_stack::terraform;

use self::plan::Plan;
use self::program::Program;
use self::root_module::Beside;
use crate::change::Changes;
use crate::cloudformation::cause::Cause;
use crate::code::CodeHash;
use crate::deployment::Deployment;
use crate::progress::Progress;
use crate::{adoption, artifact};

/// The rendering.
const MAIN: &str = "main.tf";

/// What stands beside it.
const BESIDE: &str = "penstock.tf.json";

/// Its variables.
const VARIABLES: &str = "penstock.auto.tfvars.json";

/// The versions of the provider that were chosen, with their hashes.
const LOCK: &str = ".terraform.lock.hcl";

/// The plan that was shown, and is carried out.
const PLAN: &str = "plan.bin";

/// Terraform, with the root module of a deployment.
#[derive(Debug)]
pub struct Terraform<'d> {
    deployment: &'d Deployment,
    program: Program,
}

/// What would change.
#[derive(Debug)]
pub enum Planned {
    /// Nothing.
    Nothing,
    /// This.
    Changes(Changes),
    /// Somebody interrupted it.
    Interrupted,
}

/// What came of it.
#[derive(Debug)]
pub enum Applied {
    /// All of it.
    Done,
    /// A part of it.
    Failed(Vec<Cause>),
    /// A part of it; somebody interrupted it.
    Interrupted,
}

impl<'d> Terraform<'d> {
    /// Finds the program, and makes the folder.
    pub async fn open(deployment: &'d Deployment, profile: Option<&str>) -> anyhow::Result<Self> {
        let account = deployment.account();
        let name = format!("{}-{}-{}", account.id, account.region, deployment.name());
        let folder = paths::target_dir()?.join("terraform").join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut variables = vec![("AWS_REGION", account.region.clone())];
        variables.extend(profile.map(|profile| ("AWS_PROFILE", profile.to_owned())));
        variables.extend(account.endpoint_url.clone().map(|url| ("AWS_ENDPOINT_URL", url)));
        Ok(Self { deployment, program: Program::find(folder, variables).await? })
    }

    /// Prepares the root module of the whole stack. Without a bucket for the state there is none: then all is to be made.
    pub async fn prepare(&self, code: CodeHash) -> anyhow::Result<()> {
        let there = adoption::there(&self.deployment.aws, &self.deployment.stack).await?;
        let imports: Vec<_> = there.iter().map(|own| (own.address.clone(), own.name.clone())).collect();
        self.write(MAIN, Some(&terraform::render(&self.deployment.stack)))?;
        let parameters = self.deployment.parameters(code);
        let variables: BTreeMap<&str, &String> =
            terraform::VARIABLES.iter().map(|(parameter, name)| (*name, &parameters[parameter.name()])).collect();
        self.write(VARIABLES, Some(&serde_json::to_string_pretty(&variables).context("cannot write variables")?))?;
        self.lock()?;
        let has_bucket = artifact::is_there(&self.deployment.aws).await?;
        let state_of = has_bucket.then(|| self.deployment.name());
        let account = self.deployment.account();
        self.beside(Beside { account, state_of, is_alone: false, imports: &imports, kept: &[] })?;
        self.initialize().await
    }

    /// Prepares the root module of nothing: what is in the state goes, but for what holds data, which is let go of.
    pub async fn prepare_removal(&self) -> anyhow::Result<()> {
        self.write(MAIN, None)?;
        self.write(VARIABLES, None)?;
        self.lock()?;
        let account = self.deployment.account();
        let beside =
            Beside { account, state_of: Some(self.deployment.name()), is_alone: true, imports: &[], kept: &[] };
        self.beside(beside)?;
        self.initialize().await?;
        let listed = self.program.run(&["state", "list"]).await?;
        let is_kept = |address: &&str| words::is_kept(words::type_of(address));
        let kept: Vec<String> = listed.lines().filter(is_kept).map(str::to_owned).collect();
        self.beside(Beside { kept: &kept, ..beside })
    }

    fn beside(&self, beside: Beside<'_>) -> anyhow::Result<()> {
        self.write(BESIDE, Some(&beside.text()))
    }

    /// Writes a file of the root module, or sees to it that there is none.
    fn write(&self, name: &str, text: Option<&str>) -> anyhow::Result<()> {
        let path = self.program.folder().join(name);
        match text {
            Some(text) => std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display())),
            None if path.exists() => {
                std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
            }
            None => Ok(()),
        }
    }

    /// Whoever keeps a lock file beside the rendering has chosen the provider.
    fn lock(&self) -> anyhow::Result<()> {
        let kept: PathBuf = paths::root().join("infra/terraform").join(&self.deployment.file.name).join(LOCK);
        match std::fs::read_to_string(&kept) {
            Ok(text) => self.write(LOCK, Some(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", kept.display())),
        }
    }

    async fn initialize(&self) -> anyhow::Result<()> {
        self.program.run(&["init", "-input=false", "-no-color", "-reconfigure"]).await.map(drop)
    }

    /// Plans, and keeps the plan.
    pub async fn plan(&self) -> anyhow::Result<Planned> {
        let out = format!("-out={PLAN}");
        let arguments = ["plan", out.as_str(), "-input=false", "-detailed-exitcode", "-json"];
        let ended = self.program.listen(&arguments, |_| {}).await?;
        if ended.is_interrupted {
            return Ok(Planned::Interrupted);
        }
        match (ended.code, ended.errors.first()) {
            (Some(0), _) => Ok(Planned::Nothing),
            (Some(2), _) => {
                let plan = self.program.run(&["show", "-json", PLAN]).await?;
                let plan = Plan::read(&plan).context("terraform's plan is not in the form that is known")?;
                if let [first, ..] = plan.destroyed_data()[..] {
                    bail!("terraform would destroy {first}, which holds or protects data: nothing was changed");
                }
                Ok(Planned::Changes(plan.changes()))
            }
            (_, Some(_)) => {
                let words: Vec<String> = ended
                    .errors
                    .iter()
                    .map(|own| {
                        let cause = own.cause();
                        cause.advice.map_or(cause.reason.clone(), |advice| format!("{}\n  {advice}", cause.reason))
                    })
                    .collect();
                bail!("terraform cannot plan: {}", words.join("\n"))
            }
            (code, None) => bail!("terraform's plan ended with {code:?}"),
        }
    }

    /// Carries the plan out that was made last.
    pub async fn apply(&self, progress: &mut Progress) -> anyhow::Result<Applied> {
        let arguments = ["apply", "-input=false", "-json", PLAN];
        let ended = self
            .program
            .listen(&arguments, |message| match message {
                Some(message) => message.show(progress),
                None => progress.beat(),
            })
            .await?;
        progress.finish();
        Ok(match ended.code {
            Some(0) => Applied::Done,
            _ if ended.is_interrupted => Applied::Interrupted,
            _ => Applied::Failed(ended.errors.iter().map(message::Diagnostic::cause).collect()),
        })
    }

    /// What was made, by name.
    pub async fn outputs(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let text = self.program.run(&["output", "-json", "-no-color"]).await?;
        let json = text.find('{').map_or("{}", |place| &text[place..]);
        message::outputs(json).context("terraform's outputs are not in the form that is known")
    }
}
