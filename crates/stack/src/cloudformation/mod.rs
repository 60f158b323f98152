//! The stack as a CloudFormation template in YAML.
//!
//! Names of streams and buckets stand in it as literals: CloudFormation adopts what an earlier stack left behind only
//! by such a name. Below 51,200 bytes it needs no bucket to be handed over.

mod resources;
mod values;
pub(crate) mod yaml;

use resources::Resource;
pub use values::bucket_id;
use yaml::Node;

use crate::stack::{Parameter, Stack, Suppression, Text, Value};

const HEADER: &str = "# Rendered by `cargo xtask render` from an environment file; a change here is lost.\n";

/// The template.
pub fn render(stack: &Stack) -> String {
    let parameters = Parameter::ALL.into_iter().map(|parameter| (parameter.name(), self::parameter(parameter)));
    let resources = resources::all_of(stack);
    let outputs = stack.outputs.iter().map(|output| {
        let value = values::node(&Value::Text(output.value.clone()));
        (output.name, map([("Description", literal(output.description)), ("Value", value)]))
    });
    let document = map([
        ("AWSTemplateFormatVersion", literal("2010-09-09")),
        ("Description", literal(&stack.description)),
        ("Parameters", map(parameters)),
        ("Conditions", map(conditions().iter().map(|(name, node)| (name.as_str(), node.clone())))),
        ("Resources", map(resources.iter().map(|own| (own.logical_id.as_str(), resource(own))))),
        ("Outputs", map(outputs)),
    ]);
    format!("{HEADER}{}", document.document())
}

/// The logical ids of all resources and their types, in the order of the template.
pub fn logical_ids(stack: &Stack) -> Vec<(String, &'static str)> {
    resources::all_of(stack).into_iter().map(|own| (own.logical_id, own.kind)).collect()
}

/// The logical id of the stream.
pub const fn stream_id() -> &'static str {
    "Stream"
}

/// The logical id of the event source mapping.
pub const fn mapping_id() -> &'static str {
    "Mapping"
}

fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Node)>) -> Node {
    Node::Map(entries.into_iter().map(|(key, node)| (key.to_owned(), node)).collect())
}

fn literal(text: &str) -> Node {
    values::node(&Value::Text(Text::from(text)))
}

fn parameter(parameter: Parameter) -> Node {
    let default = parameter.default().map(|default| ("Default", literal(default)));
    let entries = [("Type", literal("String")), ("Description", literal(parameter.description()))];
    map(entries.into_iter().chain(default))
}

/// A condition for each parameter that may be empty.
fn conditions() -> Vec<(String, Node)> {
    let may_be_empty = Parameter::ALL.into_iter().filter(|parameter| parameter.default().is_some());
    let is_not_empty = |parameter: Parameter| {
        let is_empty = Node::List(vec![Node::function("Ref", parameter.name()), literal("")]);
        let is_empty = Node::Function("Equals", Box::new(is_empty));
        (values::condition(parameter), Node::Function("Not", Box::new(Node::List(vec![is_empty]))))
    };
    may_be_empty.map(is_not_empty).collect()
}

fn resource(resource: &Resource) -> Node {
    let suppression = |own: &Suppression| map([("id", literal(own.id)), ("comment", literal(own.reason))]);
    let metadata = (!resource.suppressions.is_empty()).then(|| {
        let skip = Node::List(resource.suppressions.iter().map(suppression).collect());
        ("Metadata", map([("checkov", map([("skip", skip)]))]))
    });
    let policies = if resource.is_kept { ("Retain", "Retain") } else { ("Delete", "Delete") };
    let entries = [
        Some(("Type", literal(resource.kind))),
        Some(("DeletionPolicy", literal(policies.0))),
        Some(("UpdateReplacePolicy", literal(policies.1))),
        metadata,
        Some(("Properties", values::object(&resource.properties))),
    ];
    map(entries.into_iter().flatten())
}
