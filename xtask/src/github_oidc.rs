//! `cargo xtask render github-oidc`: the roles that GitHub's workflows take, as a template to deploy once.

use anyhow::{Context as _, bail};
use penstock_console::environment_file::EnvironmentFile;
use penstock_stack::Environment;
use penstock_stack::github_oidc::{self, Repository};

use crate::exit::{self, Exit};
use crate::screen;

/// Print a CloudFormation template of the roles that GitHub's workflows take
#[derive(Debug, clap::Args)]
#[command(after_help = "Deploy it once, with rights over roles:
  cargo xtask render github-oidc --environment prod --repository ORG/REPO > github-oidc.yaml
  aws cloudformation deploy --stack-name penstock-github --template-file github-oidc.yaml \\
    --capabilities CAPABILITY_NAMED_IAM
Its outputs say which variables of the repository, and which key of the environment file, take the roles.")]
pub struct Arguments {
    /// The environment: a name below infra/environments, or a path to a .toml; GitHub's has the same name
    #[arg(long, default_value = "prod", value_name = "NAME")]
    environment: String,
    /// The repository, as organization/name
    #[arg(long, value_name = "ORG/REPO")]
    repository: String,
    /// The organization's id, which the tokens of newer repositories name, too
    #[arg(long, value_name = "ID", requires = "repository_id")]
    organization_id: Option<u64>,
    /// The repository's id
    #[arg(long, value_name = "ID", requires = "organization_id")]
    repository_id: Option<u64>,
    /// The account has GitHub's OIDC provider already; there can be one alone
    #[arg(long)]
    existing_provider: bool,
}

/// Prints it.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let file = EnvironmentFile::read(&arguments.environment)?;
    let environment =
        Environment::parse_with(&file.text, |path| file.read_beside(path)).with_context(|| file.shown())?;
    let repository =
        match Repository::new(&arguments.repository, arguments.organization_id.zip(arguments.repository_id)) {
            Ok(repository) => repository,
            Err(error) => bail!(error),
        };
    let template = github_oidc::render(&environment, &file.name, &repository, arguments.existing_provider);
    screen::result(template.trim_end());
    Ok(exit::DONE)
}
