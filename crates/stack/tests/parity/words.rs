//! The root module in the template's words: resource by resource, each attribute taken exactly once. What is left over
//! is a difference, because nothing in the template could have been compared with it.

use serde_json::{Map, Value, json};

use crate::cloudformation::numbers;

/// A resource of the module: its address, and the attributes that were not taken yet.
struct Own {
    address: String,
    left: Map<String, Value>,
}

impl Own {
    fn take(&mut self, name: &str) -> Value {
        self.left.remove(name).unwrap_or(Value::Null)
    }

    /// The one block of this name.
    fn block(&mut self, name: &str) -> Self {
        let blocks = self.take(name);
        let address = format!("{}.{name}", self.address);
        let left = match blocks.as_array().map(Vec::as_slice) {
            Some([Value::Object(one)]) => one.clone(),
            _ => Map::new(),
        };
        Self { address, left }
    }

    fn blocks(&mut self, name: &str) -> Vec<Self> {
        let blocks = self.take(name);
        let of = |(place, block): (usize, &Value)| Self {
            address: format!("{}.{name}[{place}]", self.address),
            left: block.as_object().cloned().unwrap_or_default(),
        };
        blocks.as_array().into_iter().flatten().enumerate().map(of).collect()
    }

    fn json(&mut self, name: &str) -> Value {
        self.take(name).get("jsonencode").cloned().unwrap_or(Value::Null)
    }

    fn tags(&mut self) -> Value {
        let pairs = self.take("tags");
        let pair = |(key, value): (&String, &Value)| json!({ "Key": key, "Value": value });
        pairs.as_object().into_iter().flatten().map(pair).collect()
    }

    fn is_kept(&mut self) -> bool {
        self.block("lifecycle").take("prevent_destroy") == json!(true)
    }

    fn skipped(&mut self) -> Value {
        self.take("#skip")
    }
}

/// The module in the template's words, and the addresses of what could not be said in them.
#[derive(Default)]
pub struct Said {
    /// `Parameters`, `Resources`, `Outputs`; properties that are not set are not there.
    pub template: Map<String, Value>,
    /// What only Terraform has: path and value.
    pub alone: Vec<(String, Value)>,
}

/// Says it.
pub fn of(module: &Value) -> Said {
    let mut said = Said::default();
    let resources = module["resource"].as_object().cloned().unwrap_or_default();
    let mut own: Vec<Own> = Vec::new();
    for (kind, named) in &resources {
        for (name, attributes) in named.as_object().into_iter().flatten() {
            let left = attributes.as_object().cloned().unwrap_or_default();
            own.push(Own { address: format!("{kind}.{name}"), left });
        }
    }
    let mut all = json!({});
    for resource in &mut own {
        let (kind, name) = resource.address.split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let (id, part) = self::resource(&kind, &name, resource);
        merge(&mut all[id], part);
    }
    for resource in own {
        alone(&resource.address, Value::Object(resource.left), &mut said.alone);
    }
    let mut conditions = json!({});
    let variable = |(name, own): (&String, &Value)| {
        let mut own = Own { address: format!("variable.{name}"), left: own.as_object().cloned().unwrap_or_default() };
        let kind = if own.take("type") == json!("string") { json!("String") } else { Value::Null };
        let of_cloudformation =
            json!({ "Type": kind, "Description": own.take("description"), "Default": own.take("default") });
        ((pascal(name), without_nulls(of_cloudformation)), own)
    };
    let mut parameters = Map::new();
    for ((name, parameter), own) in module["variable"].as_object().into_iter().flatten().map(variable) {
        if parameter.get("Default") == Some(&json!("")) {
            conditions[format!("Has{name}")] = json!({ "Not": [{ "Equals": [format!("${{{name}}}"), ""] }] });
        }
        parameters.insert(name, parameter);
        alone(&own.address, Value::Object(own.left), &mut said.alone);
    }
    let mut outputs = Map::new();
    for (name, own) in module["output"].as_object().into_iter().flatten() {
        let mut own = Own { address: format!("output.{name}"), left: own.as_object().cloned().unwrap_or_default() };
        let output = json!({ "Description": own.take("description"), "Value": own.take("value") });
        outputs.insert(pascal(name), without_nulls(output));
        alone(&own.address, Value::Object(own.left), &mut said.alone);
    }
    alone("terraform", module["terraform"].clone(), &mut said.alone);
    data(module, &mut said.alone);
    for (kind, _) in module.as_object().into_iter().flatten() {
        if !["terraform", "variable", "data", "resource", "output"].contains(&kind.as_str()) {
            said.alone.push((kind.clone(), json!("a kind that is not known")));
        }
    }
    said.template.insert("Parameters".into(), Value::Object(parameters));
    said.template.insert("Conditions".into(), conditions);
    said.template.insert("Resources".into(), without_nulls(all));
    said.template.insert("Outputs".into(), Value::Object(outputs));
    said
}

/// What is looked up must be exactly what something refers to: the template has it as pseudo parameters.
fn data(module: &Value, alone: &mut Vec<(String, Value)>) {
    let text = format!("{}{}", module["resource"], module["output"]);
    for (kind, pseudo) in [
        ("aws_caller_identity", &["${AWS::AccountId}"][..]),
        ("aws_partition", &["${AWS::Partition}", "${AWS::URLSuffix}"]),
        ("aws_region", &["${AWS::Region}"]),
    ] {
        let is_there = module["data"][kind]["current"].is_object();
        if is_there != pseudo.iter().any(|name| text.contains(name)) {
            alone.push((format!("data.{kind}"), json!(is_there)));
        }
    }
}

/// Every leaf that is left.
fn alone(path: &str, value: Value, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            entries.into_iter().for_each(|(key, value)| alone(&format!("{path}.{key}"), value, out));
        }
        Value::Null | Value::Object(_) => {}
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.into_iter().enumerate().for_each(|(place, item)| alone(&format!("{path}[{place}]"), item, out));
        }
        value => out.push((path.to_owned(), value)),
    }
}

/// What one resource is in the template: its logical id, and its part of what is there.
fn resource(kind: &str, name: &str, own: &mut Own) -> (String, Value) {
    let of = |id: &str, kind: &str, own: &mut Own, properties: Value| {
        let skipped = own.skipped();
        let metadata = if skipped.is_null() { Value::Null } else { json!({ "checkov": { "skip": skipped } }) };
        (id.to_owned(), json!({ "Type": kind, "kept": own.is_kept(), "Metadata": metadata, "Properties": properties }))
    };
    let bucket = pascal(name);
    match kind {
        "aws_kinesis_stream" => {
            let properties = json!({
                "Name": own.take("name"),
                "ShardCount": own.take("shard_count"),
                "StreamModeDetails": { "StreamMode": own.block("stream_mode_details").take("stream_mode") },
                "RetentionPeriodHours": own.take("retention_period"),
                "StreamEncryption": { "EncryptionType": own.take("encryption_type"), "KeyId": own.take("kms_key_id") },
                "Tags": own.tags(),
            });
            of("Stream", "AWS::Kinesis::Stream", own, properties)
        }
        "aws_s3_bucket" => {
            let properties = json!({ "BucketName": own.take("bucket"), "Tags": own.tags() });
            of(&bucket, "AWS::S3::Bucket", own, properties)
        }
        "aws_s3_bucket_policy" => {
            let properties = json!({ "Bucket": own.take("bucket"), "PolicyDocument": own.json("policy") });
            of(&format!("{bucket}Policy"), "AWS::S3::BucketPolicy", own, properties)
        }
        kind if kind.starts_with("aws_s3_bucket_") => {
            let properties = of_bucket(kind, own);
            // What belongs to a bucket is kept as the bucket is.
            let kept = if own.is_kept() { Value::Null } else { json!("not all of it") };
            let of_whole = own.take("bucket") == json!(format!("${{{bucket}}}"));
            let properties = if of_whole { properties } else { json!({ kind: "is of another bucket" }) };
            (bucket, json!({ "kept_apart": kept, "Properties": properties }))
        }
        "aws_cloudwatch_log_group" => {
            let properties = json!({
                "LogGroupName": own.take("name"),
                "RetentionInDays": own.take("retention_in_days"),
                "Tags": own.tags(),
            });
            of("LogGroup", "AWS::Logs::LogGroup", own, properties)
        }
        "aws_iam_role" => {
            let properties = json!({
                "Description": own.take("description"),
                "AssumeRolePolicyDocument": own.json("assume_role_policy"),
                "PermissionsBoundary": own.take("permissions_boundary"),
                "Tags": own.tags(),
            });
            of("Role", "AWS::IAM::Role", own, properties)
        }
        "aws_iam_role_policy" => {
            let policy = json!({ "PolicyName": own.take("name"), "PolicyDocument": own.json("policy") });
            ("Role".to_owned(), json!({ "Properties": { "Policies": [policy] } }))
        }
        "aws_lambda_function" => {
            let properties = function(own);
            of("Function", "AWS::Lambda::Function", own, properties)
        }
        "aws_lambda_event_source_mapping" => {
            let properties = mapping(own);
            of("Mapping", "AWS::Lambda::EventSourceMapping", own, properties)
        }
        "aws_cloudwatch_metric_alarm" => {
            let properties = alarm(own);
            of(&pascal(name), "AWS::CloudWatch::Alarm", own, properties)
        }
        "aws_cloudwatch_dashboard" => {
            let body = numbers(own.json("dashboard_body"));
            let properties = json!({ "DashboardName": own.take("dashboard_name"), "DashboardBody": body });
            of("Dashboard", "AWS::CloudWatch::Dashboard", own, properties)
        }
        "aws_glue_catalog_table" => {
            let properties = table(own);
            of("Table", "AWS::Glue::Table", own, properties)
        }
        other => (other.to_owned(), json!({ "Type": "not known" })),
    }
}

fn of_bucket(kind: &str, own: &mut Own) -> Value {
    match kind {
        "aws_s3_bucket_server_side_encryption_configuration" => {
            let rules = own.blocks("rule").into_iter().map(|mut rule| {
                let mut default = rule.block("apply_server_side_encryption_by_default");
                json!({
                    "BucketKeyEnabled": rule.take("bucket_key_enabled"),
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": default.take("sse_algorithm"),
                        "KMSMasterKeyID": default.take("kms_master_key_id"),
                    },
                })
            });
            json!({ "BucketEncryption": { "ServerSideEncryptionConfiguration": rules.collect::<Vec<_>>() } })
        }
        "aws_s3_bucket_public_access_block" => json!({ "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": own.take("block_public_acls"),
            "BlockPublicPolicy": own.take("block_public_policy"),
            "IgnorePublicAcls": own.take("ignore_public_acls"),
            "RestrictPublicBuckets": own.take("restrict_public_buckets"),
        } }),
        "aws_s3_bucket_ownership_controls" => {
            let ownership = own.block("rule").take("object_ownership");
            json!({ "OwnershipControls": { "Rules": [{ "ObjectOwnership": ownership }] } })
        }
        "aws_s3_bucket_versioning" => {
            json!({ "VersioningConfiguration": { "Status": own.block("versioning_configuration").take("status") } })
        }
        "aws_s3_bucket_logging" => json!({ "LoggingConfiguration": {
            "DestinationBucketName": own.take("target_bucket"),
            "LogFilePrefix": own.take("target_prefix"),
        } }),
        "aws_s3_bucket_notification" => json!({ "NotificationConfiguration": {
            "EventBridgeConfiguration": { "EventBridgeEnabled": own.take("eventbridge") },
        } }),
        "aws_s3_bucket_lifecycle_configuration" => {
            let rules = own.blocks("rule").into_iter().map(|mut rule| {
                // The whole bucket is an empty filter here and none there.
                let filter = rule.take("filter");
                let days = rule.block("abort_incomplete_multipart_upload").take("days_after_initiation");
                let noncurrent = rule.block("noncurrent_version_expiration").take("noncurrent_days");
                let some = |name: &str, days: Value| if days.is_null() { Value::Null } else { json!({ name: days }) };
                json!({
                    "Id": rule.take("id"),
                    "Status": rule.take("status"),
                    "not the whole bucket": if filter == json!([{}]) { Value::Null } else { filter },
                    "AbortIncompleteMultipartUpload": some("DaysAfterInitiation", days),
                    "NoncurrentVersionExpiration": some("NoncurrentDays", noncurrent),
                    "ExpirationInDays": rule.block("expiration").take("days"),
                })
            });
            json!({ "LifecycleConfiguration": { "Rules": rules.collect::<Vec<_>>() } })
        }
        other => json!({ other: "not known" }),
    }
}

fn table(own: &mut Own) -> Value {
    let mut storage = own.block("storage_descriptor");
    let columns = |own: &mut Own, name: &str| -> Value {
        let column = |mut column: Own| json!({ "Name": column.take("name"), "Type": column.take("type") });
        own.blocks(name).into_iter().map(column).collect()
    };
    let input = json!({
        "Name": own.take("name"),
        "Description": own.take("description"),
        "TableType": own.take("table_type"),
        "Parameters": own.take("parameters"),
        "PartitionKeys": columns(own, "partition_keys"),
        "StorageDescriptor": {
            "Location": storage.take("location"),
            "InputFormat": storage.take("input_format"),
            "OutputFormat": storage.take("output_format"),
            "SerdeInfo": {
                "SerializationLibrary": storage.block("ser_de_info").take("serialization_library"),
            },
            "Columns": columns(&mut storage, "columns"),
        },
    });
    json!({ "CatalogId": own.take("catalog_id"), "DatabaseName": own.take("database_name"), "TableInput": input })
}

fn function(own: &mut Own) -> Value {
    let mut logging = own.block("logging_config");
    json!({
        "FunctionName": own.take("function_name"),
        "Description": own.take("description"),
        "Runtime": own.take("runtime"),
        "Architectures": own.take("architectures"),
        "Handler": own.take("handler"),
        "MemorySize": own.take("memory_size"),
        "Timeout": own.take("timeout"),
        "ReservedConcurrentExecutions": own.take("reserved_concurrent_executions"),
        "Role": own.take("role"),
        "Code": { "S3Bucket": own.take("s3_bucket"), "S3Key": own.take("s3_key") },
        "Environment": { "Variables": own.block("environment").take("variables") },
        "LoggingConfig": {
            "LogFormat": logging.take("log_format"),
            "LogGroup": logging.take("log_group"),
            "ApplicationLogLevel": logging.take("application_log_level"),
            "SystemLogLevel": logging.take("system_log_level"),
        },
        "Tags": own.tags(),
    })
}

fn mapping(own: &mut Own) -> Value {
    let filters = own.block("filter_criteria").blocks("filter");
    let filters: Vec<Value> =
        filters.into_iter().map(|mut filter| json!({ "Pattern": filter.take("pattern") })).collect();
    let filters = if filters.is_empty() { Value::Null } else { json!({ "Filters": filters }) };
    let destination = own.block("destination_config").block("on_failure").take("destination_arn");
    // Seconds there, a calendar's text here.
    let timestamp = own.take("starting_position_timestamp");
    json!({
        "EventSourceArn": own.take("event_source_arn"),
        "FunctionName": own.take("function_name"),
        "Enabled": own.take("enabled"),
        "StartingPosition": own.take("starting_position"),
        "StartingPositionTimestamp": timestamp.as_str().map(seconds),
        "BatchSize": own.take("batch_size"),
        "MaximumBatchingWindowInSeconds": own.take("maximum_batching_window_in_seconds"),
        "ParallelizationFactor": own.take("parallelization_factor"),
        "MaximumRetryAttempts": own.take("maximum_retry_attempts"),
        "MaximumRecordAgeInSeconds": own.take("maximum_record_age_in_seconds"),
        "BisectBatchOnFunctionError": own.take("bisect_batch_on_function_error"),
        "FunctionResponseTypes": own.take("function_response_types"),
        "FilterCriteria": filters,
        "DestinationConfig": { "OnFailure": { "Destination": destination } },
        "MetricsConfig": { "Metrics": own.block("metrics_config").take("metrics") },
        "Tags": own.tags(),
    })
}

/// Seconds since 1970 of a text of RFC 3339, read by TOML's reader of dates and a count of days.
fn seconds(text: &str) -> Value {
    let (date, time) = text.trim_end_matches('Z').split_once('T').unwrap_or((text, "0:0:0"));
    let parts: Vec<i64> = date.split('-').filter_map(|part| part.parse().ok()).collect();
    let clock: Vec<f64> = time.split(':').filter_map(|part| part.parse().ok()).collect();
    let ([year, month, day], [hour, minute, second]) = (&parts[..], &clock[..]) else { return text.into() };
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_month = |month: i64| match month {
        2 if is_leap(*year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let years: i64 = (1970..*year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let days = years + (1..*month).map(of_month).sum::<i64>() + day - 1;
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand days")]
    let seconds = days as f64 * 86_400.0 + hour * 3_600.0 + minute * 60.0 + second;
    json!(seconds)
}

fn alarm(own: &mut Own) -> Value {
    let queries = own.blocks("metric_query").into_iter().map(|mut query| {
        let mut metric = query.block("metric");
        let stat = json!({
            "Metric": {
                "Namespace": metric.take("namespace"),
                "MetricName": metric.take("metric_name"),
                "Dimensions": dimensions(&mut metric),
            },
            "Stat": metric.take("stat"),
            "Period": metric.take("period"),
        });
        json!({
            "Id": query.take("id"),
            "Expression": query.take("expression"),
            "Label": query.take("label"),
            "ReturnData": query.take("return_data"),
            "MetricStat": stat,
        })
    });
    let queries: Vec<Value> = queries.collect();
    json!({
        "AlarmName": own.take("alarm_name"),
        "AlarmDescription": own.take("alarm_description"),
        "ComparisonOperator": own.take("comparison_operator"),
        "Threshold": own.take("threshold"),
        "EvaluationPeriods": own.take("evaluation_periods"),
        "DatapointsToAlarm": own.take("datapoints_to_alarm"),
        "TreatMissingData": own.take("treat_missing_data"),
        "Namespace": own.take("namespace"),
        "MetricName": own.take("metric_name"),
        "Dimensions": dimensions(own),
        "Statistic": own.take("statistic"),
        "Period": own.take("period"),
        "Metrics": if queries.is_empty() { Value::Null } else { Value::Array(queries) },
        "AlarmActions": where_set(&own.take("alarm_actions")),
        "OKActions": where_set(&own.take("ok_actions")),
        "Tags": own.tags(),
    })
}

fn dimensions(own: &mut Own) -> Value {
    let dimensions = own.take("dimensions");
    let one = |(name, value): (&String, &Value)| json!({ "Name": name, "Value": value });
    dimensions.as_object().map(|all| all.iter().map(one).collect()).unwrap_or_default()
}

/// A list that is empty where a parameter is.
fn where_set(value: &Value) -> Value {
    let Some([Value::String(condition), Value::Array(nothing), list]) = value["if"].as_array().map(Vec::as_slice)
    else {
        return value.clone();
    };
    let variable = condition.strip_prefix("var.").and_then(|rest| rest.strip_suffix(" == \"\""));
    match variable {
        Some(name) if nothing.is_empty() => json!({ "If": [format!("Has{}", pascal(name)), list, "${AWS::NoValue}"] }),
        _ => value.clone(),
    }
}

/// `data_bucket` as `DataBucket`.
fn pascal(snake: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    snake.split('_').filter(|part| !part.is_empty()).map(word).collect()
}

/// Without what is not set, and without what then holds nothing.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.into_iter().map(|(key, value)| (key, without_nulls(value)));
            let is_set = |(_, value): &(String, Value)| !value.is_null() && *value != json!({});
            Value::Object(kept.filter(is_set).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

fn merge(into: &mut Value, part: Value) {
    match (into, part) {
        (Value::Object(into), Value::Object(part)) => {
            for (key, value) in part {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (into, part) => *into = part,
    }
}
