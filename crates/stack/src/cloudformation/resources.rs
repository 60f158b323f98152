//! Each resource with CloudFormation's types and properties. Source: the resource type reference.

use super::values::bucket_id;
use crate::stack::{
    ABORT_INCOMPLETE_MULTIPART_UPLOAD_IN_DAYS, Alarm, Bucket, Dashboard, FunctionResource, GlueTable, KinesisStream,
    LogGroup, Mapping, Measure, Metric, MissingData, NONCURRENT_VERSION_EXPIRATION_IN_DAYS, Object, Parameter, Policy,
    Reference, Role, Stack, StreamSource, Subject, Suppression, TABLE_TYPE, Value, suppressions,
};
use crate::stream::StreamMode;

/// A resource of a template.
pub(super) struct Resource {
    pub(super) logical_id: String,
    pub(super) kind: &'static str,
    /// Whether it stays when the stack goes, or when CloudFormation would replace it. That a first deployment which
    /// fails leaves none of it is asked for with the deployment (`RetainExceptOnCreate`), not here.
    pub(super) is_kept: bool,
    pub(super) suppressions: Vec<Suppression>,
    pub(super) properties: Object,
}

impl Resource {
    fn new(logical_id: impl Into<String>, kind: &'static str, properties: Object) -> Self {
        let logical_id = logical_id.into();
        Self { logical_id, kind, is_kept: false, suppressions: Vec::new(), properties }
    }

    fn kept(self) -> Self {
        Self { is_kept: true, ..self }
    }

    fn suppressing(self, subject: Subject) -> Self {
        Self { suppressions: suppressions(subject), ..self }
    }
}

/// All resources, in the order in which a batch passes them.
pub(super) fn all_of(stack: &Stack) -> Vec<Resource> {
    let tags = tags(stack);
    let mut resources = Vec::new();
    if let StreamSource::Own(own) = &stack.stream {
        resources.push(stream(own, &tags));
    }
    for own in &stack.buckets {
        resources.extend([bucket(own, &tags), bucket_policy(own)]);
    }
    resources.extend([
        log_group(&stack.log_group, &tags),
        role(&stack.role, &tags),
        function(&stack.function, &tags),
        mapping(&stack.mapping, &tags),
    ]);
    resources.extend(stack.alarms.iter().map(|own| alarm(&stack.function.name, own, &tags)));
    resources.push(dashboard(&stack.dashboard));
    resources.extend(stack.glue_table.as_ref().map(glue_table));
    resources
}

fn tags(stack: &Stack) -> Value {
    let tag = |(key, value): (&String, &String)| Object::new().with("Key", key.as_str()).with("Value", value.as_str());
    stack.tags.iter().map(tag).collect::<Vec<Object>>().into()
}

fn stream(stream: &KinesisStream, tags: &Value) -> Resource {
    let mode = match stream.stream_mode {
        StreamMode::Provisioned => "PROVISIONED",
        StreamMode::OnDemand => "ON_DEMAND",
    };
    let properties = Object::new()
        .with("Name", stream.name.as_str())
        .with("StreamModeDetails", Object::new().with("StreamMode", mode))
        .with_some("ShardCount", stream.shard_count)
        .with("RetentionPeriodHours", stream.retention_period_hours)
        .with("StreamEncryption", Object::new().with("EncryptionType", "KMS").with("KeyId", stream.key_id.as_str()))
        .with("Tags", tags.clone());
    Resource::new(super::stream_id(), "AWS::Kinesis::Stream", properties).kept()
}

fn bucket(bucket: &Bucket, tags: &Value) -> Resource {
    let by_default = Object::new()
        .with("SSEAlgorithm", if bucket.kms_key_arn.is_some() { "aws:kms" } else { "AES256" })
        .with_some("KMSMasterKeyID", bucket.kms_key_arn.as_deref());
    let encryption = Object::new()
        // A bucket key asks KMS once for many objects.
        .with("BucketKeyEnabled", bucket.kms_key_arn.is_some())
        .with("ServerSideEncryptionByDefault", by_default);
    let public_access = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let logging = bucket
        .access_log_bucket
        .as_deref()
        .map(|to| Object::new().with("DestinationBucketName", to).with("LogFilePrefix", bucket.access_log_prefix()));
    let event_bridge = bucket
        .event_bridge_notifications
        .then(|| Object::new().with("EventBridgeConfiguration", Object::new().with("EventBridgeEnabled", true)));
    let properties = Object::new()
        .with("BucketName", bucket.name.as_str())
        .with("BucketEncryption", Object::new().with("ServerSideEncryptionConfiguration", [encryption]))
        .with(
            "PublicAccessBlockConfiguration",
            public_access.into_iter().fold(Object::new(), |all, name| all.with(name, true)),
        )
        .with(
            "OwnershipControls",
            Object::new().with("Rules", [Object::new().with("ObjectOwnership", "BucketOwnerEnforced")]),
        )
        .with("VersioningConfiguration", Object::new().with("Status", "Enabled"))
        .with("LifecycleConfiguration", Object::new().with("Rules", lifecycle_rules(bucket)))
        .with_some("LoggingConfiguration", logging)
        .with_some("NotificationConfiguration", event_bridge)
        .with("Tags", tags.clone());
    let subject = Subject::Bucket {
        is_logged: bucket.access_log_bucket.is_some(),
        has_key: bucket.kms_key_arn.is_some(),
        notifies: bucket.event_bridge_notifications,
    };
    Resource::new(bucket_id(bucket.id), "AWS::S3::Bucket", properties).kept().suppressing(subject)
}

fn lifecycle_rules(bucket: &Bucket) -> Vec<Object> {
    let days = |days: u32| Object::new().with("DaysAfterInitiation", days);
    let rule = |id: &str| Object::new().with("Id", id).with("Status", "Enabled");
    let abort = rule("AbortIncompleteMultipartUpload")
        .with("AbortIncompleteMultipartUpload", days(ABORT_INCOMPLETE_MULTIPART_UPLOAD_IN_DAYS));
    let noncurrent = rule("NoncurrentVersionExpiration").with(
        "NoncurrentVersionExpiration",
        Object::new().with("NoncurrentDays", NONCURRENT_VERSION_EXPIRATION_IN_DAYS),
    );
    let expiration = bucket.expiration_in_days.map(|days| rule("Expiration").with("ExpirationInDays", days));
    [abort, noncurrent].into_iter().chain(expiration).collect()
}

/// It stays with its bucket, and names it by a literal, so that both can be adopted.
fn bucket_policy(bucket: &Bucket) -> Resource {
    let properties = Object::new()
        .with("Bucket", bucket.name.as_str())
        .with("PolicyDocument", Policy::of_bucket(bucket.id).document());
    // It waits for its bucket, because it refers to the bucket's ARN.
    Resource::new(format!("{}Policy", bucket_id(bucket.id)), "AWS::S3::BucketPolicy", properties).kept()
}

fn log_group(group: &LogGroup, tags: &Value) -> Resource {
    let properties = Object::new()
        .with("LogGroupName", group.name.as_str())
        .with("RetentionInDays", group.retention_in_days)
        .with("Tags", tags.clone());
    let subject = Subject::LogGroup { is_kept_for_a_year: group.retention_in_days >= 365 };
    Resource::new("LogGroup", "AWS::Logs::LogGroup", properties).suppressing(subject)
}

fn role(role: &Role, tags: &Value) -> Resource {
    let policy = Object::new().with("PolicyName", "Deliver").with("PolicyDocument", role.policy.document());
    let properties = Object::new()
        .with("Description", role.description.as_str())
        .with("AssumeRolePolicyDocument", role.trust.document())
        .with("Policies", [policy])
        .with_some("PermissionsBoundary", role.permissions_boundary.as_deref())
        .with("Tags", tags.clone());
    Resource::new("Role", "AWS::IAM::Role", properties)
}

fn function(function: &FunctionResource, tags: &Value) -> Resource {
    let code = Object::new()
        .with("S3Bucket", Reference::Parameter(Parameter::CodeBucket))
        .with("S3Key", Reference::Parameter(Parameter::CodeKey));
    let variables = function.variables.iter().fold(Object::new(), |all, (name, value)| all.with(*name, value.as_str()));
    let logging = Object::new()
        .with("LogFormat", FunctionResource::LOG_FORMAT)
        .with("LogGroup", Reference::LogGroupName)
        .with("ApplicationLogLevel", FunctionResource::APPLICATION_LOG_LEVEL)
        .with("SystemLogLevel", FunctionResource::SYSTEM_LOG_LEVEL);
    let properties = Object::new()
        .with("FunctionName", function.name.as_str())
        .with("Description", function.description.as_str())
        .with("Runtime", FunctionResource::RUNTIME)
        .with("Architectures", [FunctionResource::ARCHITECTURE])
        .with("Handler", FunctionResource::HANDLER)
        .with("MemorySize", function.memory_size)
        .with("Timeout", function.timeout)
        .with_some("ReservedConcurrentExecutions", function.reserved_concurrent_executions)
        .with("Role", Reference::RoleArn)
        .with("Code", code)
        .with("Environment", Object::new().with("Variables", variables))
        .with("LoggingConfig", logging)
        .with("Tags", tags.clone());
    let subject = Subject::Function { is_reserved: function.reserved_concurrent_executions.is_some() };
    Resource::new("Function", "AWS::Lambda::Function", properties).suppressing(subject)
}

fn mapping(mapping: &Mapping, tags: &Value) -> Resource {
    let settings = &mapping.settings;
    let filters = settings.filters.iter().map(|pattern| Object::new().with("Pattern", pattern.as_str()));
    let filters: Vec<Object> = filters.collect();
    let on_failure =
        mapping.destination.clone().map(|arn| Object::new().with("OnFailure", Object::new().with("Destination", arn)));
    let properties = Object::new()
        .with("EventSourceArn", mapping.event_source_arn.clone())
        .with("FunctionName", Reference::FunctionName)
        .with("Enabled", settings.enabled)
        .with("StartingPosition", settings.starting_position.as_str())
        .with_some("StartingPositionTimestamp", settings.starting_position.timestamp())
        .with("BatchSize", settings.batch_size)
        .with("MaximumBatchingWindowInSeconds", settings.maximum_batching_window_in_seconds)
        .with("ParallelizationFactor", settings.parallelization_factor)
        .with("MaximumRetryAttempts", settings.maximum_retry_attempts)
        .with("MaximumRecordAgeInSeconds", settings.maximum_record_age_in_seconds)
        .with("BisectBatchOnFunctionError", settings.bisect_batch_on_function_error)
        .with_some("FunctionResponseTypes", settings.report_batch_item_failures.then_some(["ReportBatchItemFailures"]))
        .with_some("FilterCriteria", (!filters.is_empty()).then(|| Object::new().with("Filters", filters)))
        .with_some("DestinationConfig", on_failure)
        .with("MetricsConfig", Object::new().with("Metrics", [Mapping::METRIC]))
        .with("Tags", tags.clone());
    Resource::new(super::mapping_id(), "AWS::Lambda::EventSourceMapping", properties)
}

fn alarm(function_name: &str, alarm: &Alarm, tags: &Value) -> Resource {
    let missing = match alarm.missing {
        MissingData::NotBreaching => "notBreaching",
        MissingData::Breaching => "breaching",
    };
    let properties = Object::new()
        .with("AlarmName", format!("{function_name}-{}", alarm.id.replace('_', "-")))
        .with("AlarmDescription", alarm.description.as_str())
        .with("ComparisonOperator", "GreaterThanThreshold")
        .with("Threshold", alarm.threshold)
        .with("EvaluationPeriods", alarm.evaluation_periods)
        .with("DatapointsToAlarm", alarm.datapoints_to_alarm)
        .with("TreatMissingData", missing);
    let properties = match &alarm.measure {
        Measure::Metric(metric) => properties
            .with("Namespace", metric.namespace)
            .with("MetricName", metric.name)
            .with("Dimensions", dimensions(metric))
            .with("Statistic", metric.statistic)
            .with("Period", metric.period_seconds),
        Measure::Expression { expression, label, metrics } => {
            let shown = Object::new()
                .with("Id", "result")
                .with("Expression", *expression)
                .with("Label", *label)
                .with("ReturnData", true);
            let metrics = metrics.iter().map(|(id, metric)| query(id, metric));
            properties.with("Metrics", [shown].into_iter().chain(metrics).collect::<Vec<Object>>())
        }
    };
    let properties = properties
        .with("AlarmActions", Value::ListWhereSet(Parameter::AlarmTopicArn))
        .with("OKActions", Value::ListWhereSet(Parameter::AlarmTopicArn))
        .with("Tags", tags.clone());
    Resource::new(format!("{}Alarm", pascal(alarm.id)), "AWS::CloudWatch::Alarm", properties)
}

fn query(id: &str, metric: &Metric) -> Object {
    let named = Object::new()
        .with("Namespace", metric.namespace)
        .with("MetricName", metric.name)
        .with("Dimensions", dimensions(metric));
    let stat = Object::new().with("Metric", named).with("Stat", metric.statistic).with("Period", metric.period_seconds);
    Object::new().with("Id", id).with("MetricStat", stat).with("ReturnData", false)
}

fn dimensions(metric: &Metric) -> Vec<Object> {
    let (name, value) = &metric.dimension;
    vec![Object::new().with("Name", *name).with("Value", value.clone())]
}

fn dashboard(dashboard: &Dashboard) -> Resource {
    let properties = Object::new()
        .with("DashboardName", dashboard.name.as_str())
        .with("DashboardBody", Value::Json(dashboard.body.clone()));
    Resource::new("Dashboard", "AWS::CloudWatch::Dashboard", properties)
}

fn glue_table(table: &GlueTable) -> Resource {
    let columns = |columns: &[(String, String)]| -> Vec<Object> {
        columns
            .iter()
            .map(|(name, kind)| Object::new().with("Name", name.as_str()).with("Type", kind.as_str()))
            .collect()
    };
    let parameters =
        table.parameters.iter().fold(Object::new(), |all, (name, value)| all.with(name.as_str(), value.as_str()));
    let serde = Object::new().with("SerializationLibrary", table.format.serialization_library());
    let storage = Object::new()
        .with("Location", table.location.as_str())
        .with("InputFormat", table.format.input_format())
        .with("OutputFormat", table.format.output_format())
        .with("SerdeInfo", serde)
        .with("Columns", columns(&table.columns));
    let input = Object::new()
        .with("Name", table.name.as_str())
        .with("Description", table.description.as_str())
        .with("TableType", TABLE_TYPE)
        .with("Parameters", parameters)
        .with("PartitionKeys", columns(&table.partition_keys))
        .with("StorageDescriptor", storage);
    let properties = Object::new()
        .with("CatalogId", Reference::AccountId)
        .with("DatabaseName", table.database.as_str())
        .with("TableInput", input);
    Resource::new("Table", "AWS::Glue::Table", properties)
}

/// `close_to_loss` as `CloseToLoss`.
fn pascal(snake: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    snake.split('_').map(word).collect()
}
