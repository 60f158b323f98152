//! How a GitHub repository gets into the account without a key: the roles that its workflows take, as a template.
//!
//! Three roles. *plan* looks, and can carry nothing out: whoever opens a pull request has it. *deploy* talks to
//! CloudFormation, and hands it the third role, which alone may touch resources; GitHub itself never holds what that may
//! do. Nobody may act on anything but what the environment names, except where AWS knows no resource for an action.

mod permissions;
#[cfg(test)]
mod tests;

use crate::cloudformation::yaml::Node;
use crate::environment::Environment;
use permissions::Grant;

/// A repository, as GitHub's tokens name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `organization/name`.
    name: String,
    /// The ids of both. Tokens of repositories that were made since 2026-07-15, or that asked for it, have them in their
    /// subject.
    ids: Option<(u64, u64)>,
}

/// What is wrong with a repository's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the repository is {0:?}: expected organization/name, of letters, digits, -, _ and .")]
pub struct RepositoryError(String);

impl Repository {
    /// A repository by its name, and by the ids of organization and repository where they are known.
    pub fn new(name: &str, ids: Option<(u64, u64)>) -> Result<Self, RepositoryError> {
        let is_word = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match name.split_once('/') {
            Some((organization, own)) if is_word(organization) && is_word(own) => {
                Ok(Self { name: name.to_owned(), ids })
            }
            _ => Err(RepositoryError(name.to_owned())),
        }
    }

    /// The subjects of tokens for one of its occasions, in the form without ids and, where they are known, with them.
    fn subjects(&self, occasion: &str) -> Vec<String> {
        let with_ids = self.ids.and_then(|(of_organization, of_repository)| {
            let (organization, name) = self.name.split_once('/')?;
            Some(format!("repo:{organization}@{of_organization}/{name}@{of_repository}:{occasion}"))
        });
        std::iter::once(format!("repo:{}:{occasion}", self.name)).chain(with_ids).collect()
    }
}

/// What tokens are for, as AWS is told.
const AUDIENCE: &str = "sts.amazonaws.com";

/// Who makes them.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// The template of the roles of an environment, called `environment_name` in GitHub, too. `has_provider` says that the
/// account has GitHub's provider already: there can be one alone.
pub fn render(
    environment: &Environment,
    environment_name: &str,
    repository: &Repository,
    has_provider: bool,
) -> String {
    let stack = &environment.options.stack_name;
    let of_plan = ["pull_request", "ref:refs/heads/main"];
    let plan: Vec<String> = of_plan.iter().flat_map(|occasion| repository.subjects(occasion)).collect();
    let deploy = repository.subjects(&format!("environment:{environment_name}"));
    let mut resources = Vec::new();
    if !has_provider {
        let properties =
            map([("Url", text(format!("https://{ISSUER}"))), ("ClientIdList", Node::List(vec![text(AUDIENCE)]))]);
        resources.push(("Provider".to_owned(), resource("AWS::IAM::OIDCProvider", properties)));
    }
    let roles = [
        ("PlanRole", "plan", trust_of_github(&plan, has_provider), permissions::of_plan(environment)),
        ("DeployRole", "deploy", trust_of_github(&deploy, has_provider), permissions::of_deploy(environment)),
        ("ServiceRole", "cloudformation", trust_of_cloudformation(), permissions::of_service(environment)),
    ];
    for (id, name, trust, grants) in roles {
        resources.push((id.to_owned(), role(&format!("{stack}-{name}"), trust, &grants)));
    }
    let output = |(name, id, words): (&str, &str, &str)| {
        let value = Node::function("GetAtt", format!("{id}.Arn"));
        (name.to_owned(), map([("Description", text(words)), ("Value", value)]))
    };
    let outputs = [
        ("PlanRoleArn", "PlanRole", "The repository's variable PENSTOCK_PLAN_ROLE"),
        ("DeployRoleArn", "DeployRole", "The repository's variable PENSTOCK_DEPLOY_ROLE"),
        ("ServiceRoleArn", "ServiceRole", "stack.service_role_arn in the environment file"),
    ];
    let document = map([
        ("AWSTemplateFormatVersion", text("2010-09-09")),
        ("Description", text(format!("Penstock: the roles that GitHub's workflows take for {stack}"))),
        ("Resources", Node::Map(resources)),
        ("Outputs", Node::Map(outputs.into_iter().map(output).collect())),
    ]);
    format!("# Rendered by `cargo xtask render github-oidc`.\n{}", document.document())
}

fn text(text: impl Into<String>) -> Node {
    Node::Text(text.into())
}

/// A text in which something may be referred to.
fn substituted(own: &String) -> Node {
    if own.contains("${") { Node::function("Sub", own) } else { text(own) }
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::Map(entries.into_iter().map(|(key, node)| (key.to_owned(), node)).collect())
}

fn resource(kind: &str, properties: Node) -> Node {
    map([("Type", text(kind)), ("Properties", properties)])
}

fn document(statements: Vec<Node>) -> Node {
    map([("Version", text("2012-10-17")), ("Statement", Node::List(statements))])
}

/// Its name is literal, because the others name it in what they may do.
fn role(name: &str, trust: Node, grants: &[Grant]) -> Node {
    let statements = grants.iter().map(statement).collect();
    let policy = map([("PolicyName", text("Penstock")), ("PolicyDocument", document(statements))]);
    let properties = map([
        ("RoleName", text(name)),
        ("AssumeRolePolicyDocument", document(vec![trust])),
        ("Policies", Node::List(vec![policy])),
    ]);
    resource("AWS::IAM::Role", properties)
}

fn statement(grant: &Grant) -> Node {
    let mut entries = vec![
        ("Sid".to_owned(), text(grant.sid)),
        ("Effect".to_owned(), text("Allow")),
        ("Action".to_owned(), Node::List(grant.actions.iter().copied().map(text).collect())),
        ("Resource".to_owned(), Node::List(grant.resources.iter().map(substituted).collect())),
    ];
    if let Some((key, value)) = &grant.string_equals {
        let condition = map([("StringEquals", map([(*key, substituted(value))]))]);
        entries.push(("Condition".to_owned(), condition));
    }
    Node::Map(entries)
}

/// Whoever has a token of GitHub's for exactly one of these subjects. No pattern: one would let others in.
fn trust_of_github(subjects: &[String], has_provider: bool) -> Node {
    let provider = if has_provider {
        Node::function("Sub", format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{ISSUER}"))
    } else {
        Node::function("Ref", "Provider")
    };
    let audience = format!("{ISSUER}:aud");
    let subject = format!("{ISSUER}:sub");
    let subjects = Node::List(subjects.iter().cloned().map(text).collect());
    let equals = map([(audience.as_str(), text(AUDIENCE)), (subject.as_str(), subjects)]);
    map([
        ("Effect", text("Allow")),
        ("Principal", map([("Federated", provider)])),
        ("Action", text("sts:AssumeRoleWithWebIdentity")),
        ("Condition", map([("StringEquals", equals)])),
    ])
}

fn trust_of_cloudformation() -> Node {
    map([
        ("Effect", text("Allow")),
        ("Principal", map([("Service", text("cloudformation.amazonaws.com"))])),
        ("Action", text("sts:AssumeRole")),
        ("Condition", map([("StringEquals", map([("aws:SourceAccount", Node::function("Ref", "AWS::AccountId"))]))])),
    ])
}
