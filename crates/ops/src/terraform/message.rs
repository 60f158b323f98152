//! What Terraform tells while it works, a JSON object a line. Source: "Machine-readable UI" of its documentation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::words;
use crate::cloudformation::cause::{self, Cause};
use crate::progress::{Progress, Step, Verb};

/// A line.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Something is begun with a resource.
    ApplyStart {
        /// Which, and what.
        hook: Hook,
    },
    /// It is done.
    ApplyComplete {
        /// Which, and what.
        hook: Hook,
    },
    /// It failed.
    ApplyErrored {
        /// Which, and what.
        hook: Hook,
    },
    /// A warning or an error.
    Diagnostic {
        /// It.
        diagnostic: Diagnostic,
    },
    /// What nobody here asks for.
    #[serde(other)]
    Other,
}

/// What happens to a resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hook {
    /// The resource.
    pub resource: Resource,
    /// `create`, `update`, `delete` or others.
    pub action: String,
}

/// A resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Resource {
    /// Its address.
    pub addr: String,
    /// Its type.
    pub resource_type: String,
}

/// A warning or an error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// In a few words.
    pub summary: String,
    /// In more.
    #[serde(default)]
    pub detail: String,
    /// Which resource it is about.
    pub address: Option<String>,
}

impl Message {
    /// Reads a line; what is no message is none.
    pub fn read(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// Tells it as a step of a resource.
    pub fn show(&self, progress: &mut Progress) {
        let (hook, step): (&Hook, fn(Verb) -> Step) = match self {
            Self::ApplyStart { hook } => (hook, Step::Started),
            Self::ApplyComplete { hook } => (hook, Step::Done),
            Self::ApplyErrored { hook } => (hook, Step::Failed),
            Self::Diagnostic { .. } | Self::Other => return,
        };
        let verb = match hook.action.as_str() {
            "create" => Verb::Create,
            "delete" => Verb::Delete,
            "update" => Verb::Update,
            _ => return,
        };
        progress.resource(&hook.resource.addr, words::kind(&hook.resource.resource_type), step(verb), None);
    }
}

impl Diagnostic {
    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// Terraform's own words on one line.
    pub fn text(&self) -> String {
        let detail = self.detail.split_whitespace().collect::<Vec<_>>().join(" ");
        if detail.is_empty() { self.summary.clone() } else { format!("{}: {detail}", self.summary) }
    }

    /// As the cause of a failure.
    pub fn cause(&self) -> Cause {
        let address = self.address.clone().unwrap_or_else(|| "Terraform".to_owned());
        let reason = self.text();
        let advice = if reason.contains("state lock") {
            Some("another run holds the state, or one was killed: wait for it, or see `terraform force-unlock`".into())
        } else {
            cause::advice(&reason)
        };
        Cause {
            kind: words::kind(words::type_of(&address)).to_owned(),
            resource: address,
            reason,
            advice,
            cancelled: 0,
        }
    }
}

/// `terraform output -json`: names and values. A value that is no text is told as JSON.
pub fn outputs(text: &str) -> serde_json::Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Output {
        value: Value,
    }
    let read: BTreeMap<String, Output> = serde_json::from_str(text)?;
    let told = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(read.into_iter().map(|(name, output)| (name, told(output.value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_what_is_unknown_is_passed_over() {
        let start = r#"{"@level":"info","@message":"aws_iam_role.role: Creating...","@module":"terraform.ui","hook":{"resource":{"addr":"aws_iam_role.role","module":"","resource":"aws_iam_role.role","implied_provider":"aws","resource_type":"aws_iam_role","resource_name":"role","resource_key":null},"action":"create"},"type":"apply_start"}"#;
        let resource = Resource { addr: "aws_iam_role.role".into(), resource_type: "aws_iam_role".into() };
        assert_eq!(
            Message::read(start),
            Some(Message::ApplyStart { hook: Hook { resource, action: "create".into() } })
        );
        assert_eq!(Message::read(r#"{"type":"version","terraform":"1.11.4","ui":"1.2"}"#), Some(Message::Other));
        assert_eq!(Message::read("Warning: something"), None);
        let failed = r#"{"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"creating IAM Role (a): operation error IAM: CreateRole, AccessDenied: User: u is not authorized to perform: iam:CreateRole on resource: r","detail":"","address":"aws_iam_role.role","range":{"filename":"main.tf"}}}"#;
        let Some(Message::Diagnostic { diagnostic }) = Message::read(failed) else { panic!("it is a diagnostic") };
        assert!(diagnostic.is_error());
        let cause = diagnostic.cause();
        assert_eq!((cause.resource.as_str(), cause.kind.as_str()), ("aws_iam_role.role", "AWS::IAM::Role"));
        assert_eq!(cause.advice.as_deref(), Some("allow iam:CreateRole to whoever deploys, and deploy again"));
    }

    #[test]
    fn a_lock_has_advice_and_lines_become_one() {
        let diagnostic = Diagnostic {
            severity: "error".into(),
            summary: "Error acquiring the state lock".into(),
            detail: "Error message:\n  412\nLock Info:".into(),
            address: None,
        };
        let cause = diagnostic.cause();
        assert_eq!(cause.reason, "Error acquiring the state lock: Error message: 412 Lock Info:");
        assert_eq!(cause.resource, "Terraform");
        assert!(cause.advice.is_some_and(|advice| advice.contains("force-unlock")));
    }

    #[test]
    fn outputs_are_names_and_values() {
        let read = outputs(r#"{"a":{"sensitive":false,"type":"string","value":"x"},"b":{"type":"number","value":3}}"#);
        assert_eq!(read.unwrap(), BTreeMap::from([("a".into(), "x".into()), ("b".into(), "3".into())]));
    }
}
