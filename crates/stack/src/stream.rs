//! The Kinesis data stream, in AWS's words and within AWS's bounds.

use penstock_format::stream_arn_of;
use toml::Value;

use crate::arn;
use crate::section::{EnvironmentError, Section, invalid};

/// The Kinesis data stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// `StreamName`.
    pub name: String,
    /// The ARN of a stream that is there already; none where the stream belongs to the environment.
    pub arn: Option<String>,
    /// `StreamMode`.
    pub stream_mode: StreamMode,
    /// `ShardCount`; for an on-demand stream how many it begins with.
    pub shard_count: u32,
    /// `RetentionPeriodHours`.
    pub retention_period_hours: u32,
    /// The ARN of a KMS key; none for AWS's own key.
    pub kms_key_arn: Option<String>,
}

/// `StreamMode`: who says how many shards there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamMode {
    /// `ShardCount` says it.
    Provisioned,
    /// Kinesis says it, by the load.
    OnDemand,
}

impl StreamMode {
    /// AWS's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioned => "PROVISIONED",
            Self::OnDemand => "ON_DEMAND",
        }
    }
}

/// Shards that an on-demand stream begins with. Source: Kinesis's developer guide, "Choose the right mode".
const ON_DEMAND_SHARDS: u32 = 4;

impl Stream {
    pub(crate) fn read(section: &Section<'_>) -> Result<Self, EnvironmentError> {
        let arn = section.text("arn")?;
        let stream_mode = stream_mode(section)?;
        Ok(Self {
            name: name(section, arn)?,
            arn: arn.map(str::to_owned),
            stream_mode,
            shard_count: shard_count(section, stream_mode)?,
            retention_period_hours: section.integer("retention_period_hours", 24..=8_760)?.unwrap_or(168),
            kms_key_arn: arn::kms_key(section, "kms_key_arn")?,
        })
    }
}

/// The written name, which an ARN makes superfluous and must not contradict.
fn name(section: &Section<'_>, arn: Option<&str>) -> Result<String, EnvironmentError> {
    let valid = |name: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        (1..=128).contains(&name.len()) && name.chars().all(allowed)
    };
    let expected = "a stream name: 1 to 128 of a-z, A-Z, 0-9, _, . and -";
    let Some(arn) = arn else { return Ok(section.required_text("name", expected, valid)?.to_owned()) };
    let named = match stream_arn_of(arn) {
        Ok(stream) if stream == arn => arn.rsplit_once('/').map(|(_, name)| name),
        Ok(_) | Err(_) => None,
    };
    let Some(named) = named else {
        let expected = "arn:<partition>:kinesis:<region>:<account>:stream/<name>";
        return Err(invalid(&section.path_of("arn"), &Value::String(arn.to_owned()), expected));
    };
    match section.text("name")? {
        Some(other) if other != named => {
            let expected = format!("{named}, as stream.arn has it, or none");
            Err(invalid(&section.path_of("name"), &Value::String(other.to_owned()), &expected))
        }
        Some(_) | None => Ok(named.to_owned()),
    }
}

fn stream_mode(section: &Section<'_>) -> Result<StreamMode, EnvironmentError> {
    match section.text("stream_mode")? {
        None | Some("PROVISIONED") => Ok(StreamMode::Provisioned),
        Some("ON_DEMAND") => Ok(StreamMode::OnDemand),
        Some(other) => {
            let path = section.path_of("stream_mode");
            Err(invalid(&path, &Value::String(other.to_owned()), "PROVISIONED or ON_DEMAND"))
        }
    }
}

/// Kinesis refuses a count for an on-demand stream.
fn shard_count(section: &Section<'_>, mode: StreamMode) -> Result<u32, EnvironmentError> {
    let written = section.integer("shard_count", 1..=10_000)?;
    match (mode, section.get("shard_count")) {
        (StreamMode::Provisioned, _) => Ok(written.unwrap_or(1)),
        (StreamMode::OnDemand, None) => Ok(ON_DEMAND_SHARDS),
        (StreamMode::OnDemand, Some((path, value))) => {
            Err(invalid(&path, value, "none, because stream_mode is ON_DEMAND: Kinesis says how many shards there are"))
        }
    }
}
