//! What AWS tells of an environment, each service asked by itself.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::types::StateValue;
use penstock_stack::stack::BucketId;
use serde::Serialize;

use super::told;
use crate::cloudformation::{self, Standing};
use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::keys;
use crate::terraform::state;
use crate::{iterator_age, mapping};

/// A fact, or why it is not known.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Known<T> {
    /// It is this.
    Yes(T),
    /// It was not told.
    No {
        /// Why.
        unknown: String,
    },
}

impl<T> From<anyhow::Result<T>> for Known<T> {
    fn from(asked: anyhow::Result<T>) -> Self {
        match asked {
            Ok(value) => Self::Yes(value),
            Err(error) => Self::No { unknown: format!("{error:#}") },
        }
    }
}

/// All facts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    /// The stack; none where it is not deployed.
    pub stack: Known<Option<StackFacts>>,
    /// `State` of the function.
    pub function: Known<String>,
    /// The function's mappings.
    pub mappings: Known<Vec<MappingFacts>>,
    /// The stream.
    pub stream: Known<StreamFacts>,
    /// How far the function was behind at last, in seconds; none where nothing was delivered of late.
    pub iterator_age_seconds: Known<Option<f64>>,
    /// From when on that is too late, in seconds: as the alarm has it.
    pub behind_seconds: f64,
    /// The newest object, as far as the prefixes of the last hours tell.
    pub newest: Known<Option<String>>,
    /// Objects in the failure bucket.
    pub failures: Known<u64>,
    /// The alarms that are on.
    pub alarms: Known<Vec<String>>,
}

/// The stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StackFacts {
    /// `StackStatus`.
    pub status: String,
    /// Whether it needs somebody.
    pub is_failed: bool,
    /// When it was last changed, in RFC 3339.
    pub changed_at: Option<String>,
    /// The code that is deployed, in base64.
    pub code_sha256: Option<String>,
}

/// A mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MappingFacts {
    /// `UUID`.
    pub id: String,
    /// `State`.
    pub state: String,
    /// Whether the environment wants it enabled.
    pub is_wanted: bool,
    /// `LastProcessingResult`.
    pub last_result: Option<String>,
}

/// The stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamFacts {
    /// `StreamStatus`.
    pub status: String,
    /// `StreamMode`.
    pub mode: String,
    /// `OpenShardCount`.
    pub open_shards: i32,
}

/// Keys that are looked at for the newest: one page.
const KEYS_MAX: i32 = 1_000;

/// Hours that are looked into for the newest object.
const HOURS_BACK: i64 = 24;

/// The window in which deliveries are looked for, in seconds.
const OF_LATE_SECONDS: i64 = 3_600;

impl Facts {
    /// Asks every service.
    pub async fn gather(deployment: &Deployment) -> anyhow::Result<Self> {
        let window = deployment.environment.event_source_mapping.maximum_batching_window_in_seconds;
        Ok(Self {
            stack: stack(deployment).await.into(),
            function: function(deployment).await.into(),
            mappings: mappings(deployment).await.into(),
            stream: stream(deployment).await.into(),
            iterator_age_seconds: iterator_age(deployment).await.into(),
            behind_seconds: f64::from(window * 5).max(300.0),
            newest: newest(deployment).await.into(),
            failures: failures(deployment).await.into(),
            alarms: alarms(deployment).await.into(),
        })
    }

    /// What is shown, a line each.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let none = || "none".to_owned();
        let stack = |stack: &Option<StackFacts>| match stack {
            None => "not deployed".to_owned(),
            Some(own) => format!(
                "{}{}",
                own.status,
                own.changed_at.as_ref().map_or(String::new(), |at| format!(", changed {at}"))
            ),
        };
        let code =
            |stack: &Option<StackFacts>| stack.as_ref().and_then(|own| own.code_sha256.clone()).unwrap_or_else(none);
        let mappings = |all: &Vec<MappingFacts>| {
            let one = |own: &MappingFacts| {
                format!("{} {} {}", own.state, own.id, own.last_result.clone().unwrap_or_default())
            };
            all.iter().map(one).collect::<Vec<_>>().join("; ")
        };
        let age = |age: &Option<f64>| {
            age.map_or_else(|| "nothing was delivered in the last hour".to_owned(), |age| format!("{age:.0} s"))
        };
        vec![
            ("stack", told(&self.stack, stack)),
            ("code", told(&self.stack, code)),
            ("function", told(&self.function, Clone::clone)),
            ("mapping", told(&self.mappings, mappings)),
            (
                "stream",
                told(&self.stream, |own| format!("{} {}, {} open shards", own.status, own.mode, own.open_shards)),
            ),
            ("behind", told(&self.iterator_age_seconds, age)),
            ("newest object", told(&self.newest, |key| key.clone().unwrap_or_else(none))),
            ("given up", told(&self.failures, u64::to_string)),
            ("alarms on", told(&self.alarms, |all| if all.is_empty() { none() } else { all.join(", ") })),
        ]
    }
}

async fn stack(deployment: &Deployment) -> anyhow::Result<Option<StackFacts>> {
    let client = aws_sdk_cloudformation::Client::new(&deployment.aws.config);
    let found = cloudformation::describe(&client, deployment.name()).await?;
    let found = found.filter(|found| Standing::of(&found.status) != Standing::Absent);
    if found.is_none() && state::is_there(&deployment.aws, deployment.name()).await? {
        return by_terraform(deployment).await.map(Some);
    }
    Ok(found.map(|found| StackFacts {
        is_failed: matches!(Standing::of(&found.status), Standing::Wreck | Standing::Stuck),
        changed_at: found.changed_at.and_then(|at| chrono::DateTime::from_timestamp(at, 0)).map(|at| at.to_rfc3339()),
        code_sha256: found.parameters.get("CodeSha256").cloned(),
        status: found.status,
    }))
}

/// What stands for a stack where there is only Terraform's state: that says nothing of how the last run ended, and the
/// function itself tells its code.
async fn by_terraform(deployment: &Deployment) -> anyhow::Result<StackFacts> {
    let client = aws_sdk_lambda::Client::new(&deployment.aws.config);
    let name = &deployment.environment.function.function_name;
    let asked = client.get_function_configuration().function_name(name).send().await;
    let code_sha256 = asked.ok().and_then(|found| found.code_sha256().map(str::to_owned));
    Ok(StackFacts { status: "in Terraform's state".to_owned(), is_failed: false, changed_at: None, code_sha256 })
}

async fn function(deployment: &Deployment) -> anyhow::Result<String> {
    let client = aws_sdk_lambda::Client::new(&deployment.aws.config);
    let name = &deployment.environment.function.function_name;
    let found = client.get_function_configuration().function_name(name).send().await;
    let found = found.asked(format_args!("look at the function {name}"))?;
    Ok(found.state().map_or("of no state", |state| state.as_str()).to_owned())
}

async fn mappings(deployment: &Deployment) -> anyhow::Result<Vec<MappingFacts>> {
    let client = aws_sdk_lambda::Client::new(&deployment.aws.config);
    let found = mapping::of_function(&client, &deployment.environment.function.function_name).await?;
    let is_wanted = deployment.environment.event_source_mapping.enabled;
    let of = |own: aws_sdk_lambda::types::EventSourceMappingConfiguration| MappingFacts {
        id: own.uuid().unwrap_or_default().to_owned(),
        state: own.state().unwrap_or_default().to_owned(),
        is_wanted,
        last_result: own.last_processing_result().map(str::to_owned),
    };
    Ok(found.into_iter().map(of).collect())
}

async fn stream(deployment: &Deployment) -> anyhow::Result<StreamFacts> {
    let client = aws_sdk_kinesis::Client::new(&deployment.aws.config);
    let name = &deployment.environment.stream.name;
    let mut request = client.describe_stream_summary();
    request = match &deployment.environment.stream.arn {
        Some(arn) => request.stream_arn(arn),
        None => request.stream_name(name),
    };
    let found = request.send().await.asked(format_args!("look at the stream {name}"))?;
    let summary = found.stream_description_summary();
    let status = summary.map(|own| own.stream_status().as_str().to_owned()).unwrap_or_default();
    let mode = summary.and_then(|own| own.stream_mode_details()).map(|own| own.stream_mode().as_str().to_owned());
    let open_shards = summary.map_or(0, aws_sdk_kinesis::types::StreamDescriptionSummary::open_shard_count);
    Ok(StreamFacts { status, mode: mode.unwrap_or_default(), open_shards })
}

async fn iterator_age(deployment: &Deployment) -> anyhow::Result<Option<f64>> {
    Ok(iterator_age::newest(deployment, OF_LATE_SECONDS).await?.map(|milliseconds| milliseconds / 1_000.0))
}

/// The newest object that can be found without listing all: in the prefix of this hour, else of those before it; where
/// there is none in them, or one of them has more than a list tells at once, of what was seen.
async fn newest(deployment: &Deployment) -> anyhow::Result<Option<String>> {
    let delivery = &deployment.environment.delivery;
    let now = chrono::Utc::now().timestamp_millis();
    let mut looked = BTreeSet::new();
    let prefixes = (0..HOURS_BACK).map(|hours| keys::of_data(delivery, now - hours * 3_600_000));
    for prefix in prefixes.chain([delivery.prefix.literal_head().to_owned()]) {
        if !looked.insert(prefix.clone()) {
            continue;
        }
        let request = deployment.aws.s3().list_objects_v2().bucket(delivery.bucket.as_str()).prefix(&prefix);
        let page = request.max_keys(KEYS_MAX).send().await;
        let page = page.asked(format_args!("list the bucket {}", delivery.bucket.as_str()))?;
        let newest =
            page.contents().iter().max_by_key(|own| own.last_modified().map(aws_sdk_s3::primitives::DateTime::secs));
        if let Some(key) = newest.and_then(|own| own.key()) {
            let is_all = page.is_truncated() != Some(true);
            let more = if is_all { String::new() } else { format!(" (of the first {KEYS_MAX} below {prefix})") };
            return Ok(Some(format!("{key}{more}")));
        }
    }
    Ok(None)
}

async fn failures(deployment: &Deployment) -> anyhow::Result<u64> {
    let own = deployment.stack.buckets.iter().find(|bucket| bucket.id == BucketId::Failures);
    let Some(bucket) = own else { return Ok(0) };
    let request = deployment.aws.s3().list_objects_v2().bucket(&bucket.name).max_keys(KEYS_MAX);
    let page = request.send().await.asked(format_args!("list the bucket {}", bucket.name))?;
    Ok(page.contents().len() as u64)
}

async fn alarms(deployment: &Deployment) -> anyhow::Result<Vec<String>> {
    let client = aws_sdk_cloudwatch::Client::new(&deployment.aws.config);
    let prefix = format!("{}-", deployment.environment.function.function_name);
    let request = client.describe_alarms().alarm_name_prefix(prefix).state_value(StateValue::Alarm);
    let answer = request.send().await.asked("look at the alarms")?;
    Ok(answer.metric_alarms().iter().filter_map(|alarm| alarm.alarm_name()).map(str::to_owned).collect())
}
