//! The infrastructure of an environment as one typed value: what is there, with every property that differs from AWS's
//! default, and why.
//!
//! Left out: how a rendering spells it ([`cloudformation`](crate::cloudformation), [`terraform`](crate::terraform)), and
//! anything that is known only when it is deployed: the code, the account, the region.

mod alarm;
mod bucket;
mod dashboard;
mod glue;
mod output;
mod policy;
mod projection;
mod suppression;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::collections::BTreeMap;

use crate::environment::Environment;
use crate::mapping::{EventSourceMapping, OnFailure};
use crate::stream::StreamMode;
pub use alarm::{Alarm, Measure, Metric, MissingData};
pub use bucket::{ABORT_INCOMPLETE_MULTIPART_UPLOAD_IN_DAYS, Bucket, NONCURRENT_VERSION_EXPIRATION_IN_DAYS};
pub(crate) use glue::readable;
pub use glue::{GlueOptions, GlueTable, TABLE_TYPE, TableFormat};
pub use output::Output;
pub use policy::{Effect, Policy, Principal, Statement};
pub use projection::{FirstDay, ProjectedKey, Projection};
pub use suppression::{Subject, Suppression, suppressions};
pub use text::{BucketId, Parameter, Part, Reference, Text};
pub use value::{Object, Value};

/// What rendered a stack.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The infrastructure of one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// What it is, in a sentence.
    pub description: String,
    /// Tags of everything that can have them.
    pub tags: BTreeMap<String, String>,
    /// The stream.
    pub stream: StreamSource,
    /// The buckets that belong to it.
    pub buckets: Vec<Bucket>,
    /// The log group.
    pub log_group: LogGroup,
    /// The role.
    pub role: Role,
    /// The function.
    pub function: FunctionResource,
    /// The event source mapping.
    pub mapping: Mapping,
    /// The alarms.
    pub alarms: Vec<Alarm>,
    /// The dashboard.
    pub dashboard: Dashboard,
    /// The table in Glue, where it is asked for.
    pub glue_table: Option<GlueTable>,
    /// The outputs.
    pub outputs: Vec<Output>,
}

/// Where the records come from.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamSource {
    /// A stream of the stack's own. It is kept when the stack is removed: unread data lies in it.
    Own(KinesisStream),
    /// One that is there already, by its ARN.
    Existing(String),
}

/// A stream.
#[derive(Debug, Clone, PartialEq)]
pub struct KinesisStream {
    /// `Name`, a literal, so that a stream that was kept can be adopted by name.
    pub name: String,
    /// `ShardCount`; none for an on-demand stream.
    pub shard_count: Option<u32>,
    /// `StreamMode`.
    pub stream_mode: StreamMode,
    /// `RetentionPeriodHours`.
    pub retention_period_hours: u32,
    /// `KeyId` of the encryption, which is never off.
    pub key_id: String,
}

/// The function's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogGroup {
    /// `LogGroupName`.
    pub name: String,
    /// `RetentionInDays`.
    pub retention_in_days: u32,
}

/// The function's role. Its name is AWS's choice, so that no stack needs the right to name roles.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// What it is.
    pub description: String,
    /// Who may take it.
    pub trust: Policy,
    /// What it may do. It is part of the role, so that nothing that has the role is there before what it may do.
    pub policy: Policy,
    /// The managed policy that bounds it.
    pub permissions_boundary: Option<String>,
}

/// The function.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionResource {
    /// `FunctionName`.
    pub name: String,
    /// `Description`.
    pub description: String,
    /// `MemorySize`, in MB.
    pub memory_size: u32,
    /// `Timeout`, in seconds.
    pub timeout: u32,
    /// `ReservedConcurrentExecutions`.
    pub reserved_concurrent_executions: Option<u32>,
    /// Its variables.
    pub variables: BTreeMap<&'static str, String>,
}

impl FunctionResource {
    /// Amazon Linux 2023: the function is a program of its own.
    pub const RUNTIME: &'static str = "provided.al2023";
    /// What is cheaper and quicker for what this does.
    pub const ARCHITECTURE: &'static str = "arm64";
    /// The program's name, which Lambda fixes.
    pub const HANDLER: &'static str = "bootstrap";
    /// One JSON document a line, so that metrics and errors can be read by programs.
    pub const LOG_FORMAT: &'static str = "JSON";
    /// A line a batch.
    pub const APPLICATION_LOG_LEVEL: &'static str = "INFO";
    /// Without the lines of every invocation, which would cost more than the function's own.
    pub const SYSTEM_LOG_LEVEL: &'static str = "WARN";
}

/// The event source mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// `EventSourceArn`.
    pub event_source_arn: Text,
    /// `DestinationConfig.OnFailure.Destination`.
    pub destination: Option<Text>,
    /// All else.
    pub settings: EventSourceMapping,
}

impl Mapping {
    /// `MetricsConfig.Metrics`: what alarms on loss are made of; off unless asked for.
    pub const METRIC: &'static str = "EventCount";
}

/// The dashboard.
#[derive(Debug, Clone, PartialEq)]
pub struct Dashboard {
    /// `DashboardName`.
    pub name: String,
    /// `DashboardBody`.
    pub body: Object,
}

impl Stack {
    /// The infrastructure of an environment.
    pub fn of(environment: &Environment) -> Self {
        let name = environment.function.function_name.clone();
        let stream = StreamSource::of(environment);
        let stream_arn = stream.arn();
        let destination = destination(environment);
        let description = format!("Penstock: the stream {} to s3://{}", environment.stream.name, bucket(environment));
        Self {
            tags: tags(environment),
            buckets: Bucket::all_of(environment),
            log_group: LogGroup {
                name: format!("/aws/lambda/{name}"),
                retention_in_days: environment.options.log_retention_in_days,
            },
            role: Role {
                description: format!("What the function {name} may do"),
                trust: Policy::trust_of_role(),
                policy: Policy::of_role(environment, &stream_arn),
                permissions_boundary: environment.options.permissions_boundary.clone(),
            },
            function: FunctionResource {
                name: name.clone(),
                description: description.chars().take(DESCRIPTION_CHARACTERS_MAX).collect(),
                memory_size: environment.function.memory_size,
                timeout: environment.function.timeout,
                reserved_concurrent_executions: environment.function.reserved_concurrent_executions,
                variables: environment.variables.clone(),
            },
            alarms: alarm::all_of(environment),
            glue_table: GlueTable::of(environment),
            dashboard: Dashboard { name, body: dashboard::body(environment) },
            outputs: output::all_of(environment, &stream_arn, destination.as_ref()),
            mapping: Mapping {
                event_source_arn: stream_arn,
                destination,
                settings: environment.event_source_mapping.clone(),
            },
            stream,
            description,
        }
    }
}

/// Characters of a function's description. Source: Lambda's API, `CreateFunction`.
const DESCRIPTION_CHARACTERS_MAX: usize = 256;

impl StreamSource {
    fn of(environment: &Environment) -> Self {
        let stream = &environment.stream;
        if let Some(arn) = &stream.arn {
            return Self::Existing(arn.clone());
        }
        Self::Own(KinesisStream {
            name: stream.name.clone(),
            shard_count: (stream.stream_mode == StreamMode::Provisioned).then_some(stream.shard_count),
            stream_mode: stream.stream_mode,
            retention_period_hours: stream.retention_period_hours,
            key_id: stream.kms_key_arn.clone().unwrap_or_else(|| "alias/aws/kinesis".to_owned()),
        })
    }

    /// The stream's ARN.
    pub fn arn(&self) -> Text {
        match self {
            Self::Own(_) => Reference::StreamArn.into(),
            Self::Existing(arn) => arn.as_str().into(),
        }
    }
}

fn bucket(environment: &Environment) -> &str {
    environment.delivery.bucket.as_str()
}

fn destination(environment: &Environment) -> Option<Text> {
    match &environment.event_source_mapping.on_failure {
        OnFailure::FailureBucket(_) => Some(Reference::BucketArn(BucketId::Failures).into()),
        OnFailure::Arn(arn) => Some(arn.as_str().into()),
        OnFailure::Nowhere => None,
    }
}

/// Tags of everything: whose it is, what made it, and what the environment says.
fn tags(environment: &Environment) -> BTreeMap<String, String> {
    let delivery = environment.delivery.delivery_name.as_str();
    // In the order of `OWN_TAGS`.
    let own = crate::OWN_TAGS.into_iter().zip(["penstock", delivery, "penstock", VERSION]);
    let own = own.map(|(key, value)| (key.to_owned(), value.to_owned()));
    environment.options.tags.clone().into_iter().chain(own).collect()
}
