//! Values in CloudFormation's words: what refers to something becomes `Ref`, `GetAtt` or `Sub`.

use std::fmt::Write as _;

use super::yaml::Node;
use crate::stack::{BucketId, Object, Parameter, Part, Reference, Text, Value};

/// A value as a node.
pub(super) fn node(value: &Value) -> Node {
    match value {
        Value::Text(value) => text(value),
        Value::Number(number) => Node::Plain(number.to_string()),
        Value::Boolean(yes) => Node::Plain(yes.to_string()),
        Value::List(values) => Node::List(values.iter().map(node).collect()),
        Value::Object(entries) => object(entries),
        Value::Json(document) => Node::Block("Sub", json(&Value::Object(document.clone()), 0)),
        Value::ListWhereSet(parameter) => {
            let list = Node::List(vec![Node::function("Ref", parameter.name())]);
            let nothing = Node::function("Ref", "AWS::NoValue");
            Node::Function("If", Box::new(Node::List(vec![Node::Text(condition(*parameter)), list, nothing])))
        }
    }
}

/// Names and values as a node.
pub(super) fn object(object: &Object) -> Node {
    Node::Map(object.entries().iter().map(|(key, value)| (key.clone(), node(value))).collect())
}

/// The condition that a parameter is not empty.
pub(super) fn condition(parameter: Parameter) -> String {
    format!("Has{}", parameter.name())
}

/// The logical id of a bucket.
pub const fn bucket_id(bucket: BucketId) -> &'static str {
    match bucket {
        BucketId::Data => "DataBucket",
        BucketId::Failures => "FailureBucket",
    }
}

/// How a reference is said: by `Ref`, or by `GetAtt` with the name of an attribute.
enum Said {
    Ref(&'static str),
    GetAtt(&'static str, &'static str),
}

const fn said(reference: Reference) -> Said {
    match reference {
        Reference::Partition => Said::Ref("AWS::Partition"),
        Reference::Region => Said::Ref("AWS::Region"),
        Reference::AccountId => Said::Ref("AWS::AccountId"),
        Reference::UrlSuffix => Said::Ref("AWS::URLSuffix"),
        Reference::Parameter(parameter) => Said::Ref(parameter.name()),
        Reference::StreamArn => Said::GetAtt("Stream", "Arn"),
        Reference::BucketArn(bucket) => Said::GetAtt(bucket_id(bucket), "Arn"),
        Reference::LogGroupName => Said::Ref("LogGroup"),
        // Here the ARN of a log group ends in `:*`.
        Reference::LogStreamsArn => Said::GetAtt("LogGroup", "Arn"),
        Reference::RoleArn => Said::GetAtt("Role", "Arn"),
        Reference::FunctionName => Said::Ref("Function"),
        Reference::MappingUuid => Said::Ref("Mapping"),
    }
}

fn text(text: &Text) -> Node {
    if let Some(literal) = text.literal() {
        return Node::Text(literal.to_owned());
    }
    match text.parts() {
        [Part::Reference(reference)] => match said(*reference) {
            Said::Ref(name) => Node::function("Ref", name),
            Said::GetAtt(name, attribute) => Node::function("GetAtt", format!("{name}.{attribute}")),
        },
        _ => Node::function("Sub", substituted(text, str::to_owned)),
    }
}

/// A text for `Sub`, whose own `${` is written `${!`.
fn substituted(text: &Text, quoted: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    for part in text.parts() {
        let _ = match part {
            Part::Literal(literal) => write!(out, "{}", quoted(literal).replace("${", "${!")),
            Part::Reference(reference) => match said(*reference) {
                Said::Ref(name) => write!(out, "${{{name}}}"),
                Said::GetAtt(name, attribute) => write!(out, "${{{name}.{attribute}}}"),
            },
        };
    }
    out
}

/// JSON for `Sub`: objects over several lines, lists of scalars on one. What is referred to are names and ids, which
/// hold nothing that JSON escapes.
fn json(value: &Value, indent: usize) -> String {
    let inner = indent + 2;
    let over_lines = |open: char, close: char, entries: Vec<String>| {
        let lines: Vec<String> = entries.iter().map(|entry| format!("\n{:inner$}{entry}", "")).collect();
        format!("{open}{}\n{:indent$}{close}", lines.join(","), "")
    };
    match value {
        Value::Text(text) => {
            let inside = |literal: &str| {
                let quoted = serde_json::Value::from(literal).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            };
            format!("\"{}\"", substituted(text, inside))
        }
        Value::Number(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::List(values) if values.iter().any(|value| matches!(value, Value::Object(_) | Value::List(_))) => {
            let is_line = values.iter().any(|value| matches!(value, Value::Text(_)));
            let entries: Vec<String> =
                values.iter().map(|value| json(value, if is_line { 0 } else { inner })).collect();
            if is_line { format!("[{}]", one_line(&entries)) } else { over_lines('[', ']', entries) }
        }
        Value::List(values) => {
            format!("[{}]", one_line(&values.iter().map(|value| json(value, 0)).collect::<Vec<_>>()))
        }
        Value::Object(object) | Value::Json(object) => {
            let entry = |(key, value): &(String, Value)| {
                format!("{}: {}", serde_json::Value::from(key.as_str()), json(value, inner))
            };
            over_lines('{', '}', object.entries().iter().map(entry).collect())
        }
        Value::ListWhereSet(_) => unreachable!("a document has no list that depends on a parameter"),
    }
}

/// Entries on one line, whatever lines they had.
fn one_line(entries: &[String]) -> String {
    let joined: Vec<String> =
        entries.iter().map(|entry| entry.lines().map(str::trim).collect::<Vec<_>>().join(" ")).collect();
    joined.join(", ")
}
