//! Each resource with the types and attributes of Terraform's aws provider. Source: its schema, in version 5.100; only
//! what version 6 has too.

use super::bucket;
use super::hcl::Block;
use super::time;
use crate::stack::{
    Alarm, Dashboard, FunctionResource, GlueTable, KinesisStream, LogGroup, Mapping, Measure, Metric, MissingData,
    Object, Parameter, Reference, Role, Stack, StreamSource, Subject, TABLE_TYPE, Value, suppressions,
};

/// All resources, in the order in which a batch passes them.
pub(super) fn all_of(stack: &Stack) -> Vec<Block> {
    let tags = stack.tags.iter().fold(Object::new(), |all, (key, value)| all.with(key.as_str(), value.as_str()));
    let mut blocks = Vec::new();
    if let StreamSource::Own(own) = &stack.stream {
        blocks.push(stream(own, &tags));
    }
    blocks.extend(stack.buckets.iter().flat_map(|own| bucket::all_of(own, &tags)));
    blocks.push(log_group(&stack.log_group, &tags));
    blocks.extend(role(&stack.role, &stack.function.name, &tags));
    blocks.extend([function(&stack.function, &tags), mapping(&stack.mapping, &tags)]);
    blocks.extend(stack.alarms.iter().map(|own| alarm(&stack.function.name, own, &tags)));
    blocks.push(dashboard(&stack.dashboard));
    blocks.extend(stack.glue_table.as_ref().map(glue_table));
    blocks
}

fn glue_table(table: &GlueTable) -> Block {
    let columns = |block: Block, kind: &'static str, columns: &[(String, String)]| {
        columns.iter().fold(block, |all, (name, hive_type)| {
            all.block(Block::new(kind, []).with("name", name.as_str()).with("type", hive_type.as_str()))
        })
    };
    let parameters =
        table.parameters.iter().fold(Object::new(), |all, (name, value)| all.with(name.as_str(), value.as_str()));
    let serde = Block::new("ser_de_info", []).with("serialization_library", table.format.serialization_library());
    let storage = Block::new("storage_descriptor", [])
        .with("location", table.location.as_str())
        .with("input_format", table.format.input_format())
        .with("output_format", table.format.output_format())
        .block(serde);
    let own = resource("aws_glue_catalog_table", "table")
        .with("catalog_id", Reference::AccountId)
        .with("database_name", table.database.as_str())
        .with("name", table.name.as_str())
        .with("description", table.description.as_str())
        .with("table_type", TABLE_TYPE)
        .with("parameters", parameters);
    columns(own, "partition_keys", &table.partition_keys).block(columns(storage, "columns", &table.columns))
}

/// A resource of this type and name.
pub(super) fn resource(kind: &str, name: &str) -> Block {
    Block::new("resource", [kind, name])
}

/// With the rules that do not hold here.
pub(super) fn suppressing(block: Block, subject: Subject) -> Block {
    suppressions(subject)
        .into_iter()
        .fold(block, |block, own| block.comment(format!("checkov:skip={}: {}", own.id, own.reason)))
}

/// With the refusal to be destroyed.
pub(super) fn keep(block: Block) -> Block {
    block.block(Block::new("lifecycle", []).with("prevent_destroy", true))
}

fn stream(stream: &KinesisStream, tags: &Object) -> Block {
    let mode = Block::new("stream_mode_details", []).with("stream_mode", stream.stream_mode.as_str());
    keep(
        resource("aws_kinesis_stream", "stream")
            .with("name", stream.name.as_str())
            .with_some("shard_count", stream.shard_count)
            .with("retention_period", stream.retention_period_hours)
            .with("encryption_type", "KMS")
            .with("kms_key_id", stream.key_id.as_str())
            .with("tags", tags.clone())
            .block(mode),
    )
}

fn log_group(group: &LogGroup, tags: &Object) -> Block {
    let subject = Subject::LogGroup { is_kept_for_a_year: group.retention_in_days >= 365 };
    suppressing(resource("aws_cloudwatch_log_group", "log_group"), subject)
        .with("name", group.name.as_str())
        .with("retention_in_days", group.retention_in_days)
        .with("tags", tags.clone())
}

/// Characters of a role's prefix. Source: the provider's schema, `name_prefix`.
const NAME_PREFIX_CHARACTERS_MAX: usize = 38;

fn role(role: &Role, function_name: &str, tags: &Object) -> [Block; 2] {
    let name: String = function_name.chars().take(NAME_PREFIX_CHARACTERS_MAX - 1).collect();
    let own = resource("aws_iam_role", "role")
        .with("name_prefix", format!("{name}-"))
        .with("description", role.description.as_str())
        .with("assume_role_policy", Value::Json(role.trust.document()))
        .with_some("permissions_boundary", role.permissions_boundary.as_deref())
        .with("tags", tags.clone());
    let policy = resource("aws_iam_role_policy", "role")
        .with("name", "Deliver")
        .expression("role", "aws_iam_role.role.id")
        .with("policy", Value::Json(role.policy.document()));
    [own, policy]
}

fn function(function: &FunctionResource, tags: &Object) -> Block {
    let variables = function.variables.iter().fold(Object::new(), |all, (name, value)| all.with(*name, value.as_str()));
    let logging = Block::new("logging_config", [])
        .with("log_format", FunctionResource::LOG_FORMAT)
        .with("log_group", Reference::LogGroupName)
        .with("application_log_level", FunctionResource::APPLICATION_LOG_LEVEL)
        .with("system_log_level", FunctionResource::SYSTEM_LOG_LEVEL);
    let subject = Subject::Function { is_reserved: function.reserved_concurrent_executions.is_some() };
    suppressing(resource("aws_lambda_function", "function"), subject)
        .with("function_name", function.name.as_str())
        .with("description", function.description.as_str())
        .with("runtime", FunctionResource::RUNTIME)
        .with("architectures", [FunctionResource::ARCHITECTURE])
        .with("handler", FunctionResource::HANDLER)
        .with("memory_size", function.memory_size)
        .with("timeout", function.timeout)
        .with_some("reserved_concurrent_executions", function.reserved_concurrent_executions)
        .with("role", Reference::RoleArn)
        .with("s3_bucket", Reference::Parameter(Parameter::CodeBucket))
        .with("s3_key", Reference::Parameter(Parameter::CodeKey))
        .with("source_code_hash", Reference::Parameter(Parameter::CodeSha256))
        .with("tags", tags.clone())
        .block(Block::new("environment", []).with("variables", variables))
        .block(logging)
}

/// Without `depends_on` it would be made before the role may read the stream, which Lambda refuses, and would still be
/// there after the role may no longer.
fn mapping(mapping: &Mapping, tags: &Object) -> Block {
    let settings = &mapping.settings;
    let filter = |pattern: &String| Block::new("filter", []).with("pattern", pattern.as_str());
    let filters = settings.filters.iter().fold(Block::new("filter_criteria", []), |all, own| all.block(filter(own)));
    let destination = mapping.destination.clone().map(|arn| {
        Block::new("destination_config", []).block(Block::new("on_failure", []).with("destination_arn", arn))
    });
    resource("aws_lambda_event_source_mapping", "mapping")
        .with("event_source_arn", mapping.event_source_arn.clone())
        .with("function_name", Reference::FunctionName)
        .with("enabled", settings.enabled)
        .with("starting_position", settings.starting_position.as_str())
        .with_some("starting_position_timestamp", settings.starting_position.timestamp().map(time::rfc3339))
        .with("batch_size", settings.batch_size)
        .with("maximum_batching_window_in_seconds", settings.maximum_batching_window_in_seconds)
        .with("parallelization_factor", settings.parallelization_factor)
        .with("maximum_retry_attempts", settings.maximum_retry_attempts)
        .with("maximum_record_age_in_seconds", settings.maximum_record_age_in_seconds)
        .with("bisect_batch_on_function_error", settings.bisect_batch_on_function_error)
        .with_some(
            "function_response_types",
            settings.report_batch_item_failures.then_some(["ReportBatchItemFailures"]),
        )
        .with("tags", tags.clone())
        .block_some((!settings.filters.is_empty()).then_some(filters))
        .block_some(destination)
        .block(Block::new("metrics_config", []).with("metrics", [Mapping::METRIC]))
        .expression("depends_on", "[aws_iam_role_policy.role]")
}

fn alarm(function_name: &str, alarm: &Alarm, tags: &Object) -> Block {
    let missing = match alarm.missing {
        MissingData::NotBreaching => "notBreaching",
        MissingData::Breaching => "breaching",
    };
    let block = resource("aws_cloudwatch_metric_alarm", &format!("{}_alarm", alarm.id))
        .with("alarm_name", format!("{function_name}-{}", alarm.id.replace('_', "-")))
        .with("alarm_description", alarm.description.as_str())
        .with("comparison_operator", "GreaterThanThreshold")
        .with("threshold", alarm.threshold)
        .with("evaluation_periods", alarm.evaluation_periods)
        .with("datapoints_to_alarm", alarm.datapoints_to_alarm)
        .with("treat_missing_data", missing)
        .with("alarm_actions", Value::ListWhereSet(Parameter::AlarmTopicArn))
        .with("ok_actions", Value::ListWhereSet(Parameter::AlarmTopicArn))
        .with("tags", tags.clone());
    match &alarm.measure {
        Measure::Metric(metric) => measured(block, metric, "statistic"),
        Measure::Expression { expression, label, metrics } => {
            let shown = Block::new("metric_query", [])
                .with("id", "result")
                .with("expression", *expression)
                .with("label", *label)
                .with("return_data", true);
            metrics.iter().fold(block.block(shown), |block, (id, metric)| {
                let query = Block::new("metric_query", []).with("id", *id).with("return_data", false);
                block.block(query.block(measured(Block::new("metric", []), metric, "stat")))
            })
        }
    }
}

fn measured(block: Block, metric: &Metric, statistic: &str) -> Block {
    let (name, value) = &metric.dimension;
    block
        .with("namespace", metric.namespace)
        .with("metric_name", metric.name)
        .with(statistic, metric.statistic)
        .with("period", metric.period_seconds)
        .with("dimensions", Object::new().with(*name, value.clone()))
}

fn dashboard(dashboard: &Dashboard) -> Block {
    resource("aws_cloudwatch_dashboard", "dashboard")
        .with("dashboard_name", dashboard.name.as_str())
        .with("dashboard_body", Value::Json(dashboard.body.clone()))
}
