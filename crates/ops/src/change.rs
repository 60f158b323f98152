//! What a deployment would change, as an engine tells it: resources in AWS's words, whatever carries them out.

use serde::Serialize;

/// What would change, in the order in which it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Changes(pub Vec<Change>);

/// A resource that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name in the stack: the logical id, or the address in Terraform.
    pub name: String,
    /// Its type, as CloudFormation calls it: `AWS::S3::Bucket`.
    pub kind: String,
    /// What becomes of it.
    pub action: Action,
    /// Which properties, where it is known.
    pub properties: Vec<PropertyChange>,
}

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Add,
    /// It is there already, outside of the stack, and is taken into it.
    Import,
    /// It is changed where it is.
    Modify,
    /// Another takes its place.
    Replace,
    /// It goes.
    Remove,
    /// It stays, and no longer belongs to the stack.
    Keep,
}

/// A property that would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertyChange {
    /// Its path, as CloudFormation spells it: `Code.S3Key`.
    pub path: String,
    /// What it is; none where it is not, or is not told.
    pub before: Option<String>,
    /// What it would be.
    pub after: Option<String>,
    /// Whether somebody changed it by hand: then `before` is what it is now, and not what was deployed.
    pub is_drifted: bool,
}
