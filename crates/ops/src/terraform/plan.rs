//! A saved plan, as `terraform show -json` tells it, in AWS's words. Source: "JSON Output Format" of its documentation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::words;
use crate::change::{Action, Change, Changes, PropertyChange};

/// What of a plan is read.
#[derive(Debug, Deserialize)]
pub struct Plan {
    #[serde(default)]
    resource_changes: Vec<ResourceChange>,
    #[serde(default)]
    configuration: Configuration,
}

#[derive(Debug, Deserialize)]
struct ResourceChange {
    address: String,
    mode: String,
    #[serde(rename = "type")]
    resource_type: String,
    change: Difference,
}

#[derive(Debug, Deserialize)]
struct Difference {
    actions: Vec<String>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    #[serde(default)]
    after_unknown: Value,
    #[serde(default)]
    before_sensitive: Value,
    #[serde(default)]
    after_sensitive: Value,
    importing: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct Configuration {
    #[serde(default)]
    root_module: RootModule,
}

#[derive(Debug, Default, Deserialize)]
struct RootModule {
    #[serde(default)]
    resources: Vec<Configured>,
}

#[derive(Debug, Deserialize)]
struct Configured {
    address: String,
    #[serde(default)]
    expressions: Map<String, Value>,
}

impl Plan {
    /// Reads it. Terraform may say something before it, which is no JSON.
    pub fn read(text: &str) -> serde_json::Result<Self> {
        let json = text.lines().find(|line| line.starts_with('{')).unwrap_or(text);
        serde_json::from_str(json)
    }

    /// What would change.
    pub fn changes(&self) -> Changes {
        let configured: BTreeMap<&str, &Map<String, Value>> = self
            .configuration
            .root_module
            .resources
            .iter()
            .map(|own| (own.address.as_str(), &own.expressions))
            .collect();
        let managed = self.resource_changes.iter().filter(|own| own.mode == "managed");
        Changes(
            managed
                .filter_map(|own| {
                    let action = own.change.action()?;
                    let properties = match action {
                        Action::Modify | Action::Replace | Action::Import => {
                            own.properties(configured.get(own.address.as_str()).copied())
                        }
                        Action::Add | Action::Remove | Action::Keep => Vec::new(),
                    };
                    let kind = words::kind(&own.resource_type).to_owned();
                    Some(Change { name: own.address.clone(), kind, action, properties })
                })
                .collect(),
        )
    }

    /// Addresses of what holds data and would be destroyed all the same. None in a plan that may be carried out.
    pub fn destroyed_data(&self) -> Vec<&str> {
        let is_destroyed = |own: &&ResourceChange| {
            own.change.actions.iter().any(|action| action == "delete") && words::is_kept(&own.resource_type)
        };
        self.resource_changes.iter().filter(is_destroyed).map(|own| own.address.as_str()).collect()
    }
}

impl Difference {
    /// What becomes of the resource; none where nothing does.
    fn action(&self) -> Option<Action> {
        let has = |name: &str| self.actions.iter().any(|action| action == name);
        match () {
            () if has("create") && (has("delete") || has("forget")) => Some(Action::Replace),
            () if has("create") => Some(Action::Add),
            () if has("delete") => Some(Action::Remove),
            () if has("forget") => Some(Action::Keep),
            () if self.importing.is_some() => Some(Action::Import),
            () if has("update") => Some(Action::Modify),
            () => None,
        }
    }
}

impl ResourceChange {
    /// The properties that the configuration names and that would change. What AWS alone decides would be noise.
    fn properties(&self, configured: Option<&Map<String, Value>>) -> Vec<PropertyChange> {
        let mut found = Vec::new();
        let change = &self.change;
        for name in configured.into_iter().flat_map(Map::keys) {
            let side = |of: &Value| of.get(name).cloned().unwrap_or(Value::Null);
            // The provider calls a function's variables sensitive. Ours are the environment file's, which the template
            // holds as well.
            let is_secret = name != "environment"
                && (holds_true(&side(&change.before_sensitive)) || holds_true(&side(&change.after_sensitive)));
            let walk = Walk { resource_type: &self.resource_type, is_secret };
            walk.compare(
                &mut vec![name],
                &side(&change.before),
                &side(&change.after),
                &side(&change.after_unknown),
                &mut found,
            );
        }
        found.dedup_by(|later, earlier| later.path == earlier.path);
        found
    }
}

/// Through a resource's two sides.
struct Walk<'w> {
    resource_type: &'w str,
    is_secret: bool,
}

impl Walk<'_> {
    fn compare<'p>(
        &self,
        path: &mut Vec<&'p str>,
        before: &'p Value,
        after: &'p Value,
        unknown: &'p Value,
        found: &mut Vec<PropertyChange>,
    ) {
        match (before, after) {
            _ if before == after && !holds_true(unknown) => {}
            (Value::Object(left), Value::Object(right)) => {
                let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
                names.sort();
                names.dedup();
                for name in names {
                    path.push(name);
                    let of = |side: &'p Map<String, Value>| side.get(name).unwrap_or(&Value::Null);
                    self.compare(path, of(left), of(right), unknown.get(name).unwrap_or(&Value::Null), found);
                    path.pop();
                }
            }
            // A block that may stand once is a list of one.
            (Value::Array(left), Value::Array(right))
                if left.len() == 1 && right.len() == 1 && left[0].is_object() && right[0].is_object() =>
            {
                self.compare(path, &left[0], &right[0], unknown.get(0).unwrap_or(&Value::Null), found);
            }
            _ => found.push(PropertyChange {
                path: words::path(self.resource_type, path),
                before: self.told(before),
                after: if holds_true(unknown) { Some("known after apply".to_owned()) } else { self.told(after) },
                is_drifted: false,
            }),
        }
    }

    fn told(&self, value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            _ if self.is_secret => Some("(sensitive)".to_owned()),
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

/// Whether a tree of marks has one that is set.
fn holds_true(marks: &Value) -> bool {
    match marks {
        Value::Bool(yes) => *yes,
        Value::Array(items) => items.iter().any(holds_true),
        Value::Object(items) => items.values().any(holds_true),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
