//! A root module, read by a reader of HCL. What refers to something becomes the text that the template has for it.

use hcl::expr::{ObjectKey, TemplateExpr};
use hcl::template::{Element, Template};
use hcl::{Body, Expression, Structure};
use serde_json::{Map, Value, json};

/// What a traversal is in the template, by its beginning.
const REFERENCES: [(&str, &str); 17] = [
    ("data.aws_partition.current.partition", "AWS::Partition"),
    ("data.aws_partition.current.dns_suffix", "AWS::URLSuffix"),
    ("data.aws_region.current.id", "AWS::Region"),
    ("data.aws_caller_identity.current.account_id", "AWS::AccountId"),
    ("aws_kinesis_stream.stream.arn", "Stream.Arn"),
    ("aws_s3_bucket.data_bucket.arn", "DataBucket.Arn"),
    ("aws_s3_bucket.data_bucket.id", "DataBucket"),
    ("aws_s3_bucket.failure_bucket.arn", "FailureBucket.Arn"),
    ("aws_s3_bucket.failure_bucket.id", "FailureBucket"),
    ("aws_cloudwatch_log_group.log_group.name", "LogGroup"),
    ("aws_cloudwatch_log_group.log_group.arn", "LogGroup.Arn"),
    ("aws_iam_role.role.arn", "Role.Arn"),
    ("aws_iam_role.role.id", "Role"),
    ("aws_lambda_function.function.function_name", "Function"),
    ("aws_lambda_event_source_mapping.mapping.uuid", "Mapping"),
    ("var.code_bucket", "CodeBucket"),
    ("var.code_key", "CodeKey"),
];

/// The module as a tree: kinds, labels, attributes and blocks, the latter always as lists. What is said to the scanner
/// in comments is there as `#skip`.
pub fn read(text: &str) -> Value {
    let body: Body = hcl::parse(text).expect("the module is HCL");
    let mut root = Map::new();
    for structure in body {
        let Structure::Block(block) = structure else { panic!("an attribute at the top") };
        let mut at = root.entry(block.identifier.to_string()).or_insert_with(|| json!({}));
        for label in &block.labels {
            let entries = at.as_object_mut().expect("blocks hold blocks");
            at = entries.entry(label.as_str().to_owned()).or_insert_with(|| json!({}));
        }
        let skipped = skipped(text, &block);
        *at = self::body(&block.body);
        if !skipped.is_empty() {
            at["#skip"] = Value::Array(skipped);
        }
    }
    Value::Object(root)
}

/// `# checkov:skip=<id>: <reason>` at a block's beginning.
fn skipped(text: &str, block: &hcl::Block) -> Vec<Value> {
    let labels = block.labels.iter().fold(String::new(), |all, label| all + &format!(" \"{}\"", label.as_str()));
    let head = format!("\n{}{labels} {{\n", block.identifier);
    let Some((_, rest)) = text.split_once(&head) else { return Vec::new() };
    let comments = rest.lines().map_while(|line| line.trim().strip_prefix("# checkov:skip="));
    let skip = |comment: &str| {
        let (id, reason) = comment.split_once(": ").expect("an id and a reason");
        json!({ "id": id, "comment": reason })
    };
    comments.map(skip).collect()
}

fn body(body: &Body) -> Value {
    let mut entries = Map::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                entries.insert(attribute.key.to_string(), expression(&attribute.expr));
            }
            Structure::Block(block) => {
                let list = entries.entry(block.identifier.to_string()).or_insert_with(|| json!([]));
                list.as_array_mut().expect("a block is no attribute").push(self::body(&block.body));
            }
        }
    }
    Value::Object(entries)
}

fn expression(own: &Expression) -> Value {
    match own {
        Expression::Null => Value::Null,
        Expression::Bool(yes) => (*yes).into(),
        Expression::Number(number) => json!(number.as_f64().expect("a number")),
        Expression::String(text) => text.replace("${", "$${").into(),
        Expression::Array(items) => items.iter().map(expression).collect(),
        Expression::Object(entries) => {
            let name = |key: &ObjectKey| match key {
                ObjectKey::Identifier(name) => name.to_string(),
                ObjectKey::Expression(Expression::String(name)) => name.clone(),
                other => panic!("{other:?} is no name"),
            };
            Value::Object(entries.iter().map(|(key, value)| (name(key), expression(value))).collect())
        }
        Expression::TemplateExpr(template) => text(template).into(),
        Expression::Traversal(_) => reference(own).into(),
        Expression::Variable(name) => name.to_string().into(),
        Expression::FuncCall(call) if call.name.name.as_str() == "jsonencode" => {
            json!({ "jsonencode": expression(&call.args[0]) })
        }
        Expression::Conditional(own) => {
            let condition = hcl::format::to_string(&own.cond_expr).expect("a condition");
            json!({ "if": [condition, expression(&own.true_expr), expression(&own.false_expr)] })
        }
        other => panic!("{other:?} is not known"),
    }
}

fn text(template: &TemplateExpr) -> String {
    let template = Template::from_expr(template).expect("a template");
    let element = |element: &Element| match element {
        Element::Literal(text) => text.replace("${", "$${"),
        Element::Interpolation(inner) => reference(&inner.expr),
        Element::Directive(other) => panic!("{other:?} is not known"),
    };
    template.elements().iter().map(element).collect()
}

fn reference(own: &Expression) -> String {
    let traversal = hcl::format::to_string(own).expect("a traversal");
    let rest = [("var.code_sha256", "CodeSha256"), ("var.alarm_topic_arn", "AlarmTopicArn")];
    let known = REFERENCES.iter().chain(&rest).find(|(name, _)| *name == traversal);
    // `depends_on` names resources; nothing in the template is like it.
    known.map_or_else(|| traversal.clone(), |(_, name)| format!("${{{name}}}"))
}
