//! A change set: what CloudFormation says that it would do, before it does it.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, ChangeAction, ChangeSetStatus, ChangeSetType, DeploymentMode, EventFilter, LiveResourceDrift,
    OnStackFailure, PolicyAction, Replacement, ResourceChange, ResourceChangeDetail,
};

use super::cause::advice;
use super::watch::Operation;
use super::{Deployed, Standing, describe};
use crate::change::{Action, Change, Changes, PropertyChange};
use crate::error::{self, Asked as _};
use crate::pause::Pauses;

/// What a stack is to be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// Its name.
    pub stack: &'w str,
    /// The template's text.
    pub template: &'w str,
    /// Parameters.
    pub parameters: &'w BTreeMap<&'static str, String>,
    /// Tags of the stack, and of everything in it that can have them.
    pub tags: &'w BTreeMap<String, String>,
    /// The role that CloudFormation takes for the resources.
    pub role_arn: Option<&'w str>,
    /// Whether something that is there already, and in no stack, is to be taken in.
    pub adopts: bool,
    /// Whether what somebody changed by hand is to be put back: the change set is then one against what is there, and not
    /// against what was deployed.
    pub reverts_drift: bool,
}

/// A change set that waits to be executed or thrown away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its ARN.
    pub id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// Whether there was no stack before.
    pub is_first: bool,
    /// Whether something that was there before becomes part of the stack.
    adopts: bool,
    /// Whether it was compared with what is there. AWS says so; who does not know of it, like an emulator, says nothing.
    pub is_against_live: bool,
    /// The stack as it was before, or the shell that this change set has made.
    before: Option<Deployed>,
    /// What it would do.
    pub changes: Changes,
}

/// A template of 51,200 bytes and more would have to come from S3. Source: `CreateChangeSet`, `TemplateBody`.
const TEMPLATE_BYTES_MAX: usize = 51_200;

impl ChangeSet {
    /// Asks for one, and waits for it. None where nothing would change.
    pub async fn create(client: &Client, wanted: Wanted<'_>) -> anyhow::Result<Option<Self>> {
        let Wanted { stack, template, .. } = wanted;
        if template.len() > TEMPLATE_BYTES_MAX {
            bail!("the template has {} bytes, and CloudFormation takes {TEMPLATE_BYTES_MAX}", template.len());
        }
        let before = describe(client, stack).await?;
        let is_first = before.as_ref().is_none_or(|found| Standing::of(&found.status) == Standing::Absent);
        let mut request = client
            .create_change_set()
            .stack_name(stack)
            .change_set_name(format!("penstock-{:016x}", fastrand::u64(..)))
            .change_set_type(if is_first { ChangeSetType::Create } else { ChangeSetType::Update })
            .template_body(template)
            .set_parameters(Some(super::parameters(wanted.parameters)))
            .set_tags(Some(super::tags(wanted.tags)))
            .set_role_arn(wanted.role_arn.map(str::to_owned))
            .capabilities(Capability::CapabilityIam);
        if wanted.adopts {
            request = request.import_existing_resources(true);
        }
        if wanted.reverts_drift && !is_first {
            request = request.deployment_mode(DeploymentMode::RevertDrift);
        }
        // Not where something is adopted: a creation that fails must never delete what was there before.
        if is_first && !wanted.adopts {
            // Else a stack would be left that can only be deleted.
            request = request.on_stack_failure(OnStackFailure::Delete);
        }
        let created = match request.clone().send().await {
            // Where AWS does not know of it yet, it is asked as it always was.
            Err(error) if wanted.reverts_drift && error::text(&error).contains("DeploymentMode") => {
                request.set_deployment_mode(None).send().await
            }
            // An emulator says at once what AWS says of the change set.
            Err(error) if changes_nothing(&error::text(&error)) => return Ok(None),
            created => created,
        };
        let created = created.asked(format_args!("ask what would change in the stack {stack}"))?;
        let id = created.id().context("the change set has no id")?.to_owned();
        let stack_id = created.stack_id().unwrap_or(stack).to_owned();
        let before = if is_first { Some(Deployed::shell(&stack_id)) } else { before };
        let changes = Changes::default();
        let own = Self { id, stack_id, is_first, adopts: wanted.adopts, is_against_live: false, before, changes };
        own.wait(client).await
    }

    async fn wait(mut self, client: &Client) -> anyhow::Result<Option<Self>> {
        let mut pauses = Pauses::default();
        loop {
            let mut next = None;
            let mut changes = Vec::new();
            let (mut status, mut reason) = (None, String::new());
            loop {
                let request = client.describe_change_set().change_set_name(&self.id).stack_name(&self.stack_id);
                let request = request.include_property_values(true).set_next_token(next);
                let page = request.send().await.asked("read what would change")?;
                changes.extend(
                    page.changes().iter().filter_map(|change| change.resource_change()).filter_map(of_resource),
                );
                self.is_against_live |= page.deployment_mode() == Some(&DeploymentMode::RevertDrift);
                status = page.status().cloned().or(status);
                reason = page.status_reason().map_or(reason, str::to_owned);
                next = page.next_token().map(str::to_owned);
                if next.is_none() {
                    break;
                }
            }
            match status {
                Some(ChangeSetStatus::CreateComplete) => {
                    self.changes = Changes(changes);
                    return Ok(Some(self));
                }
                Some(ChangeSetStatus::Failed) => {
                    if changes_nothing(&reason) {
                        self.discard(client).await?;
                        return Ok(None);
                    }
                    let told = self.refusals(client).await;
                    self.discard(client).await?;
                    let told = if told.is_empty() { reason } else { format!("{reason}\n{}", told.join("\n")) };
                    let advice = advice(&told).map(|advice| format!("\n  {advice}")).unwrap_or_default();
                    bail!("CloudFormation refuses the change: {told}{advice}");
                }
                _ => pauses.pause().await,
            }
        }
    }

    /// What the early validation found. It is asked for the words alone: who does not know this call says nothing.
    async fn refusals(&self, client: &Client) -> Vec<String> {
        let filter = EventFilter::builder().failed_events(true).build();
        let asked = client.describe_events().change_set_name(&self.id).filters(filter).send().await;
        let Ok(answer) = asked else { return Vec::new() };
        let told = |event: &aws_sdk_cloudformation::types::OperationEvent| {
            let what = event.logical_resource_id().unwrap_or_default();
            let why = event.validation_status_reason().or(event.resource_status_reason())?;
            Some(format!("  {what}: {why}"))
        };
        answer.operation_events().iter().filter_map(told).collect()
    }

    /// Throws it away, and the empty shell of a stack that a first one leaves.
    pub async fn discard(&self, client: &Client) -> anyhow::Result<()> {
        let request = client.delete_change_set().change_set_name(&self.id).stack_name(&self.stack_id);
        request.send().await.asked("delete the change set")?;
        if self.is_first
            && let Some(found) = describe(client, &self.stack_id).await?
            && found.status == "REVIEW_IN_PROGRESS"
        {
            client.delete_stack().stack_name(&self.stack_id).send().await.asked("delete the empty stack")?;
        }
        Ok(())
    }

    /// Begins to do what it says.
    pub async fn execute(&self, client: &Client) -> anyhow::Result<Operation> {
        let operation = Operation::on(self.before.as_ref());
        let request = client.execute_change_set().change_set_name(&self.id).stack_name(&self.stack_id);
        // What is kept is kept once it is there; a creation that fails leaves none of it, but for what was there before.
        let request = request.retain_except_on_create(!self.adopts);
        request.client_request_token(&operation.token).send().await.asked("begin the change")?;
        Ok(operation)
    }
}

/// The two texts of an empty change set.
fn changes_nothing(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

fn of_resource(change: &ResourceChange) -> Option<Change> {
    let replaces = change.replacement() == Some(&Replacement::True);
    let keeps = matches!(change.policy_action(), Some(PolicyAction::Retain));
    let action = match change.action()? {
        ChangeAction::Add => Action::Add,
        ChangeAction::Import => Action::Import,
        ChangeAction::Remove if keeps => Action::Keep,
        ChangeAction::Remove => Action::Remove,
        ChangeAction::Modify | ChangeAction::Dynamic if replaces => Action::Replace,
        _ => Action::Modify,
    };
    let mut properties: Vec<PropertyChange> = change.details().iter().filter_map(of_property).collect();
    properties.sort_by(|a, b| a.path.cmp(&b.path));
    properties.dedup_by(|a, b| a.path == b.path);
    Some(Change {
        name: change.logical_resource_id()?.to_owned(),
        kind: change.resource_type()?.to_owned(),
        action,
        properties,
    })
}

fn of_property(detail: &ResourceChangeDetail) -> Option<PropertyChange> {
    let target = detail.target()?;
    let path = match (target.path(), target.name()) {
        (Some(path), _) => path.strip_prefix("/Properties/").unwrap_or(path).trim_start_matches('/').replace('/', "."),
        (None, Some(name)) => name.to_owned(),
        (None, None) => return None,
    };
    let drift = target.drift();
    let before = drift.map_or(target.before_value(), LiveResourceDrift::actual_value);
    let value = |value: Option<&str>| value.map(str::to_owned);
    Some(PropertyChange {
        path,
        before: value(before),
        after: value(target.after_value()),
        is_drifted: drift.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_texts_of_an_empty_change_set_are_known() {
        for (reason, nothing) in [
            (
                "The submitted information didn't contain changes. Submit different information to create a change set.",
                true,
            ),
            ("No updates are to be performed.", true),
            ("Template error: instance of Fn::GetAtt references undefined resource", false),
        ] {
            assert_eq!(changes_nothing(reason), nothing, "{reason}");
        }
    }
}
