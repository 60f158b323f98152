//! Values in Terraform's words: what refers to something becomes a traversal, alone or within a text.

use super::hcl::{self, Block};
use crate::stack::{BucketId, Object, Parameter, Part, Reference, Text, Value};

impl Block {
    /// With an attribute.
    pub(super) fn with(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.expression(name, expression(&value.into()))
    }

    /// With an attribute, where there is one.
    pub(super) fn with_some(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

/// A value as an expression.
pub(super) fn expression(value: &Value) -> String {
    match value {
        Value::Text(value) => text(value),
        Value::Number(number) => number.to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::List(values) => hcl::list(&values.iter().map(expression).collect::<Vec<_>>()),
        Value::Object(entries) => object(entries),
        // Not a data source: that would be unknown, and with it every policy, whenever anything it names changes.
        Value::Json(document) => format!("jsonencode({})", object(document)),
        Value::ListWhereSet(parameter) => {
            let name = format!("var.{}", variable(*parameter));
            format!("{name} == \"\" ? [] : [{name}]")
        }
    }
}

fn object(object: &Object) -> String {
    let entry = |(key, value): &(String, Value)| (self::key(key), expression(value));
    hcl::object(&object.entries().iter().map(entry).collect::<Vec<_>>())
}

/// A name of an object: bare where it is a plain word.
fn key(name: &str) -> String {
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_word { name.to_owned() } else { hcl::quoted(name) }
}

/// The name of a parameter's variable.
pub(super) const fn variable(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::CodeBucket => "code_bucket",
        Parameter::CodeKey => "code_key",
        Parameter::CodeSha256 => "code_sha256",
        Parameter::AlarmTopicArn => "alarm_topic_arn",
    }
}

/// The name of a bucket and of everything that belongs to it.
pub(super) const fn bucket_name(bucket: BucketId) -> &'static str {
    match bucket {
        BucketId::Data => "data_bucket",
        BucketId::Failures => "failure_bucket",
    }
}

/// The traversal of a reference, and what stands behind it.
fn traversal(reference: Reference) -> (String, &'static str) {
    let plain = |traversal: &str| (traversal.to_owned(), "");
    match reference {
        Reference::Partition => plain("data.aws_partition.current.partition"),
        // Provider 5 calls it `name` and 6 `region`; both know `id`.
        Reference::Region => plain("data.aws_region.current.id"),
        Reference::AccountId => plain("data.aws_caller_identity.current.account_id"),
        Reference::UrlSuffix => plain("data.aws_partition.current.dns_suffix"),
        Reference::Parameter(parameter) => (format!("var.{}", variable(parameter)), ""),
        Reference::StreamArn => plain("aws_kinesis_stream.stream.arn"),
        Reference::BucketArn(bucket) => (format!("aws_s3_bucket.{}.arn", bucket_name(bucket)), ""),
        Reference::LogGroupName => plain("aws_cloudwatch_log_group.log_group.name"),
        // Here the ARN of a log group does not end in `:*`.
        Reference::LogStreamsArn => ("aws_cloudwatch_log_group.log_group.arn".to_owned(), ":*"),
        Reference::RoleArn => plain("aws_iam_role.role.arn"),
        Reference::FunctionName => plain("aws_lambda_function.function.function_name"),
        Reference::MappingUuid => plain("aws_lambda_event_source_mapping.mapping.uuid"),
    }
}

fn text(text: &Text) -> String {
    if let [Part::Reference(reference)] = text.parts()
        && let (traversal, "") = traversal(*reference)
    {
        return traversal;
    }
    let part = |part: &Part| match part {
        Part::Literal(literal) => hcl::escaped(literal),
        Part::Reference(reference) => {
            let (traversal, behind) = traversal(*reference);
            format!("${{{traversal}}}{behind}")
        }
    };
    format!("\"{}\"", text.parts().iter().map(part).collect::<String>())
}
