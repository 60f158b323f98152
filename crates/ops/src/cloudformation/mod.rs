//! A stack in CloudFormation: what is there, what would change, and what happens to it.

pub mod cause;
pub mod change_set;
pub mod watch;

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{Parameter, Tag, TemplateStage};

use crate::error::{self, Asked as _};

/// A stack as it is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Its ARN, which also names it after it was deleted.
    pub id: String,
    /// `StackStatus`.
    pub status: String,
    /// Why it has that status.
    pub reason: Option<String>,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Whether it refuses to be deleted.
    pub is_protected: bool,
    /// When it was last made or changed, in seconds since 1970.
    pub changed_at: Option<i64>,
}

impl Deployed {
    /// What a first change set makes: a stack with nothing in it.
    fn shell(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            status: "REVIEW_IN_PROGRESS".to_owned(),
            reason: None,
            parameters: BTreeMap::new(),
            outputs: BTreeMap::new(),
            is_protected: false,
            changed_at: None,
        }
    }
}

/// What can be done with a stack, by its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is there, or the empty shell of a change set that nobody executed.
    Absent,
    /// It can be updated.
    Settled,
    /// Something is happening to it.
    InProgress,
    /// Its creation, or its deletion, failed: it can only be deleted.
    Wreck,
    /// An update failed and could not be taken back.
    Stuck,
}

impl Standing {
    /// What a `StackStatus` allows. Source: "Stack status codes" of the user guide.
    pub fn of(status: &str) -> Self {
        match status {
            "DELETE_COMPLETE" | "REVIEW_IN_PROGRESS" => Self::Absent,
            "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => Self::Wreck,
            "UPDATE_ROLLBACK_FAILED" => Self::Stuck,
            status if status.ends_with("_IN_PROGRESS") => Self::InProgress,
            _ => Self::Settled,
        }
    }
}

/// The stack of this name or id, where there is one.
pub async fn describe(client: &Client, stack: &str) -> anyhow::Result<Option<Deployed>> {
    let answer = match client.describe_stacks().stack_name(stack).send().await {
        // A stack that is not there is a validation error, and only its words say so.
        Err(error)
            if error::code(&error) == Some("ValidationError") && error::text(&error).contains("does not exist") =>
        {
            return Ok(None);
        }
        answer => answer.asked(format_args!("look at the stack {stack}"))?,
    };
    let Some(found) = answer.stacks().first() else { return Ok(None) };
    let parameter = |own: &Parameter| Some((own.parameter_key()?.to_owned(), own.parameter_value()?.to_owned()));
    let outputs = found.outputs().iter();
    Ok(Some(Deployed {
        id: found.stack_id().unwrap_or(stack).to_owned(),
        status: found.stack_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        reason: found.stack_status_reason().map(str::to_owned),
        parameters: found.parameters().iter().filter_map(parameter).collect(),
        outputs: outputs.filter_map(|own| Some((own.output_key()?.into(), own.output_value()?.into()))).collect(),
        is_protected: found.enable_termination_protection().unwrap_or(false),
        changed_at: found.last_updated_time().or(found.creation_time()).map(aws_sdk_s3::primitives::DateTime::secs),
    }))
}

/// The template as it was sent.
pub async fn template(client: &Client, stack: &str) -> anyhow::Result<String> {
    let asked = client.get_template().stack_name(stack).template_stage(TemplateStage::Original).send().await;
    Ok(asked
        .asked(format_args!("read the template of the stack {stack}"))?
        .template_body()
        .unwrap_or_default()
        .to_owned())
}

/// Parameters, as CloudFormation takes them.
pub(crate) fn parameters(parameters: &BTreeMap<&'static str, String>) -> Vec<Parameter> {
    let one = |(key, value): (&&str, &String)| Parameter::builder().parameter_key(*key).parameter_value(value).build();
    parameters.iter().map(one).collect()
}

/// Tags, as CloudFormation takes them.
pub(crate) fn tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_done_follows_from_the_status() {
        for (status, standing) in [
            ("REVIEW_IN_PROGRESS", Standing::Absent),
            ("DELETE_COMPLETE", Standing::Absent),
            ("CREATE_COMPLETE", Standing::Settled),
            ("UPDATE_COMPLETE", Standing::Settled),
            ("UPDATE_ROLLBACK_COMPLETE", Standing::Settled),
            ("IMPORT_COMPLETE", Standing::Settled),
            ("CREATE_IN_PROGRESS", Standing::InProgress),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Standing::InProgress),
            ("DELETE_IN_PROGRESS", Standing::InProgress),
            ("ROLLBACK_COMPLETE", Standing::Wreck),
            ("ROLLBACK_FAILED", Standing::Wreck),
            ("DELETE_FAILED", Standing::Wreck),
            ("UPDATE_ROLLBACK_FAILED", Standing::Stuck),
        ] {
            assert_eq!(Standing::of(status), standing, "{status}");
        }
    }
}
