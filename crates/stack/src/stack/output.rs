//! What a stack tells about itself once it is there.

use super::text::{Parameter, Reference, Text};
use crate::environment::Environment;
use crate::mapping::OnFailure;

/// An output.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub description: &'static str,
    /// The value.
    pub value: Text,
}

/// All outputs of an environment.
pub(super) fn all_of(environment: &Environment, stream_arn: &Text, destination: Option<&Text>) -> Vec<Output> {
    let bucket = environment.delivery.bucket.as_str();
    let prefix = environment.delivery.prefix.as_str();
    let listing = format!("aws s3 ls --recursive s3://{bucket}/{}", environment.delivery.prefix.literal_head());
    let failures = match &environment.event_source_mapping.on_failure {
        OnFailure::FailureBucket(bucket) => {
            Some(output("FailureBucketName", "Takes batches that were given up", bucket.as_str()))
        }
        OnFailure::Arn(_) | OnFailure::Nowhere => {
            destination.map(|arn| output("FailureDestinationArn", "Takes batches that were given up", arn.clone()))
        }
    };
    let mut outputs = vec![
        output("StreamName", "The stream", environment.stream.name.as_str()),
        output("StreamArn", "The stream's ARN", stream_arn.clone()),
        output("DataBucketName", "Takes data and error objects", bucket),
    ];
    // CloudFormation refuses an output that is empty.
    if !prefix.is_empty() {
        outputs.push(output("DataPrefix", "What keys of data objects begin with", prefix));
    }
    outputs.extend(failures);
    let dashboard = Text::from("https://")
        .then(Reference::Region)
        .then(".console.aws.amazon.com/cloudwatch/home?region=")
        .then(Reference::Region)
        .then(format!("#dashboards/dashboard/{}", environment.function.function_name));
    outputs.extend([
        output("FunctionName", "The function", Reference::FunctionName),
        output("LogGroupName", "The function's log", Reference::LogGroupName),
        output("EventSourceMappingId", "UUID of the event source mapping", Reference::MappingUuid),
        output("DashboardUrl", "The dashboard", dashboard),
        output("CodeSha256", "SHA-256 of the code, in base64", Reference::Parameter(Parameter::CodeSha256)),
        output("PenstockVersion", "What rendered this", super::VERSION),
        output("ListObjects", "Lists what was delivered", listing),
    ]);
    outputs
}

fn output(name: &'static str, description: &'static str, value: impl Into<Text>) -> Output {
    Output { name, description, value: value.into() }
}
