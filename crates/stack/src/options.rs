//! `[stack]`: what the infrastructure is beside stream, function, mapping and delivery.

use std::collections::BTreeMap;

use penstock_delivery::config::{BucketName, DeliveryConfig};
use toml::Value;

use crate::arn;
use crate::mapping::OnFailure;
use crate::section::{EnvironmentError, Section, invalid};
use crate::stack::{FirstDay, GlueOptions, readable};

/// What the infrastructure is beside stream, function, mapping and delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The name of the CloudFormation stack.
    pub stack_name: String,
    /// The account that it belongs into; none for whatever the credentials say.
    pub account_id: Option<String>,
    /// The region that it belongs into; none for whatever the profile says.
    pub region: Option<String>,
    /// Whether the stack refuses to be deleted until that is switched off.
    pub termination_protection: bool,
    /// The role that CloudFormation takes; none for what whoever deploys may do.
    pub service_role_arn: Option<String>,
    /// The SNS topic that alarms go to.
    pub alarm_topic_arn: Option<String>,
    /// Whether `delivery.bucket` is there already; then nothing of it is managed.
    pub existing_bucket: bool,
    /// The ARN of the KMS key of the data bucket; none for SSE-S3.
    pub bucket_kms_key_arn: Option<String>,
    /// The bucket that takes the buckets' access logs; none for no logs.
    pub access_log_bucket: Option<BucketName>,
    /// Whether the data bucket tells EventBridge of its objects.
    pub event_bridge_notifications: bool,
    /// `RetentionInDays` of the log group.
    pub log_retention_in_days: u32,
    /// The ARN of the managed policy that bounds the role.
    pub permissions_boundary: Option<String>,
    /// The table in Glue; none where there is none.
    pub glue: Option<GlueOptions>,
    /// Tags beside [`OWN_TAGS`].
    pub tags: BTreeMap<String, String>,
}

/// Keys of the tags that everything has.
pub const OWN_TAGS: [&str; 4] = ["app", "delivery", "managed-by", "version"];

/// Tags of one resource, ours among them. Source: "Tag naming limits and requirements" of the tagging guide.
const TAGS_MAX: usize = 50;

/// Days that CloudWatch Logs takes. Source: its API, `PutRetentionPolicy`.
const RETENTIONS_IN_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// A month: long enough for the batch that a person looks into, and never for ever, CloudWatch's own default.
const LOG_RETENTION_IN_DAYS_DEFAULT: u32 = 30;

impl Options {
    pub(crate) fn read(
        section: &Section<'_>,
        delivery: &DeliveryConfig,
        on_failure: &OnFailure,
        function_name: &str,
    ) -> Result<Self, EnvironmentError> {
        let data = &delivery.bucket;
        let existing_bucket = section.boolean("existing_bucket")?.unwrap_or(false);
        let event_bridge_notifications = section.boolean("event_bridge_notifications")?.unwrap_or(false);
        if existing_bucket && event_bridge_notifications {
            let path = section.path_of("event_bridge_notifications");
            let expected = "none, because existing_bucket is true: that bucket is left as it is";
            return Err(invalid(&path, &Value::Boolean(true), expected));
        }
        let days = |days: &u32| RETENTIONS_IN_DAYS.contains(days);
        let expected =
            "a number of days that CloudWatch knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 and more";
        let retention = section.integer_that("log_retention_in_days", expected, days)?;
        Ok(Self {
            stack_name: stack_name(section, function_name)?,
            account_id: text_that(section, "account_id", "an account id: 12 digits, in quotes", arn::is_account)?,
            region: text_that(section, "region", "a region, such as eu-west-1", is_region)?,
            termination_protection: section.boolean("termination_protection")?.unwrap_or(false),
            service_role_arn: arn::role(section, "service_role_arn")?,
            alarm_topic_arn: arn::sns_topic(section, "alarm_topic_arn")?,
            existing_bucket,
            bucket_kms_key_arn: arn::kms_key(section, "bucket_kms_key_arn")?,
            access_log_bucket: access_log_bucket(section, data, on_failure)?,
            event_bridge_notifications,
            log_retention_in_days: retention.unwrap_or(LOG_RETENTION_IN_DAYS_DEFAULT),
            permissions_boundary: arn::managed_policy(section, "permissions_boundary")?,
            glue: glue(section, delivery)?,
            tags: tags(section)?,
        })
    }
}

/// The function's name, where it is one for a stack.
fn stack_name(section: &Section<'_>, function_name: &str) -> Result<String, EnvironmentError> {
    let expected = "a stack name: a letter, then at most 127 letters, digits and hyphens";
    if let Some(name) = text_that(section, "name", expected, is_stack_name)? {
        return Ok(name);
    }
    let default = function_name.replace('_', "-");
    // A function's name may begin with what a stack's may not.
    Ok(if is_stack_name(&default) { default } else { format!("penstock-{default}") })
}

/// Source: `CreateStack`, `StackName`. The artifacts' stack is not an environment's.
fn is_stack_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && name != "penstock-artifacts"
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() >= 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
        && parts.last().is_some_and(|last| last.parse::<u8>().is_ok())
}

fn text_that(
    section: &Section<'_>,
    key: &str,
    expected: &str,
    valid: impl Fn(&str) -> bool,
) -> Result<Option<String>, EnvironmentError> {
    match section.text(key)? {
        Some(text) if !valid(text) => Err(invalid(&section.path_of(key), &Value::String(text.to_owned()), expected)),
        text => Ok(text.map(str::to_owned)),
    }
}

/// A bucket that logged into itself would log its logs.
fn access_log_bucket(
    section: &Section<'_>,
    data: &BucketName,
    on_failure: &OnFailure,
) -> Result<Option<BucketName>, EnvironmentError> {
    let Some(text) = section.text("access_log_bucket")? else { return Ok(None) };
    let refuse =
        |expected| Err(invalid(&section.path_of("access_log_bucket"), &Value::String(text.to_owned()), expected));
    let Ok(bucket) = BucketName::parse(text) else { return refuse("a bucket name") };
    if bucket.as_str() == data.as_str() || on_failure.bucket() == Some(bucket.as_str()) {
        return refuse("another bucket than delivery.bucket and the failure bucket: it would log its own logs");
    }
    Ok(Some(bucket))
}

/// The table, where a database is named for it; a delivery of which no table can be read is refused.
fn glue(section: &Section<'_>, delivery: &DeliveryConfig) -> Result<Option<GlueOptions>, EnvironmentError> {
    let expected = "a name of Glue's: 1 to 255 lower-case letters, digits and _";
    let database = text_that(section, "glue_database", expected, is_glue_name)?;
    let table = text_that(section, "glue_table", expected, is_glue_name)?;
    let first = section.text("glue_projection_from")?;
    let Some(database) = database else {
        let others = [("glue_table", table.is_some()), ("glue_projection_from", first.is_some())];
        return match others.into_iter().find(|(_, is_set)| *is_set) {
            None => Ok(None),
            Some((key, _)) => {
                Err(section.missing("glue_database", &format!("the database of the table, because {key} is set")))
            }
        };
    };
    let first = match first {
        None => {
            let expected = "the day of the oldest object, such as \"2026-01-01\": queries look for no older ones";
            return Err(section.missing("glue_projection_from", expected));
        }
        Some(text) => FirstDay::parse(text).ok_or_else(|| {
            let value = Value::String(text.to_owned());
            invalid(&section.path_of("glue_projection_from"), &value, "a day, such as \"2026-01-01\"")
        })?,
    };
    readable(delivery, first).map_err(|problem| {
        let reason = problem.into();
        EnvironmentError::Refused { key: section.path_of("glue_database"), reason }
    })?;
    let default = delivery.delivery_name.as_str().to_ascii_lowercase().replace(['-', '.'], "_");
    Ok(Some(GlueOptions { database, table: table.unwrap_or(default), first }))
}

/// Source: Athena user guide, "Name databases, tables, and columns".
fn is_glue_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn tags(section: &Section<'_>) -> Result<BTreeMap<String, String>, EnvironmentError> {
    let Some((path, value)) = section.get("tags") else { return Ok(BTreeMap::new()) };
    let Value::Table(table) = value else { return Err(invalid(&path, value, "a table of texts")) };
    if table.len() + OWN_TAGS.len() > TAGS_MAX {
        let expected = format!("at most {} tags", TAGS_MAX - OWN_TAGS.len());
        let value = format!("a table of {}", table.len());
        return Err(EnvironmentError::Invalid { key: path, value, expected });
    }
    let read = |(key, value): (&String, &Value)| {
        let path = format!("{path}.{key}");
        if OWN_TAGS.contains(&key.as_str()) {
            return Err(invalid(&path, value, "another key: this one is Penstock's own"));
        }
        if !is_tag(key, 128) || key.is_empty() || key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(&path, value, "a key of 1 to 128 letters, digits, spaces and _.:/=+-@, not aws:"));
        }
        match value.as_str().filter(|text| is_tag(text, 256)) {
            Some(text) => Ok((key.clone(), text.to_owned())),
            None => Err(invalid(&path, value, "a text of at most 256 letters, digits, spaces and _.:/=+-@")),
        }
    };
    table.iter().map(read).collect()
}

pub(crate) fn is_tag(text: &str, characters_max: usize) -> bool {
    text.chars().count() <= characters_max && text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c))
}
