//! The calls of a scenario's timeline, strict.

use serde_json::{Map, Value, json};

use super::{ScenarioError, TimelineEntry, validation::error};

/// A call and its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// So many records of the input were taken.
    pub after_records: Option<u64>,
    /// Seconds to wait then.
    pub after_seconds: f64,
    /// What to do.
    pub call: Call,
}

/// An operation of Kinesis or Lambda.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `UpdateShardCount`, uniform.
    UpdateShardCount {
        /// `TargetShardCount`.
        target_shard_count: u32,
    },
    /// `SplitShard`.
    SplitShard {
        /// `ShardToSplit`.
        shard_to_split: String,
        /// `NewStartingHashKey`.
        new_starting_hash_key: String,
    },
    /// `MergeShards`.
    MergeShards {
        /// `ShardToMerge`.
        shard_to_merge: String,
        /// `AdjacentShardToMerge`.
        adjacent_shard_to_merge: String,
    },
    /// `UpdateEventSourceMapping` with `Enabled`.
    SetEnabled(bool),
    /// `DeleteEventSourceMapping`.
    DeleteEventSourceMapping,
    /// `CreateEventSourceMapping` with the scenario's mapping.
    CreateEventSourceMapping,
}

/// The longest wait of an entry, in seconds: a day.
const AFTER_SECONDS_MAX: f64 = 86_400.0;

const CALLS: &str = "UpdateShardCount, SplitShard, MergeShards, UpdateEventSourceMapping, \
                     DeleteEventSourceMapping or CreateEventSourceMapping";

impl Call {
    /// The operation's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::UpdateShardCount { .. } => "UpdateShardCount",
            Self::SplitShard { .. } => "SplitShard",
            Self::MergeShards { .. } => "MergeShards",
            Self::SetEnabled(_) => "UpdateEventSourceMapping",
            Self::DeleteEventSourceMapping => "DeleteEventSourceMapping",
            Self::CreateEventSourceMapping => "CreateEventSourceMapping",
        }
    }

    /// Its parameters.
    pub fn parameters(&self) -> Value {
        match self {
            Self::UpdateShardCount { target_shard_count } => json!({ "TargetShardCount": target_shard_count }),
            Self::SplitShard { shard_to_split, new_starting_hash_key } => {
                json!({ "ShardToSplit": shard_to_split, "NewStartingHashKey": new_starting_hash_key })
            }
            Self::MergeShards { shard_to_merge, adjacent_shard_to_merge } => {
                json!({ "ShardToMerge": shard_to_merge, "AdjacentShardToMerge": adjacent_shard_to_merge })
            }
            Self::SetEnabled(enabled) => json!({ "Enabled": enabled }),
            Self::DeleteEventSourceMapping | Self::CreateEventSourceMapping => json!({}),
        }
    }
}

/// Reads the entries of a scenario; one after records needs an input.
pub(super) fn read(entries: &[TimelineEntry], has_input: bool) -> Result<Vec<Entry>, ScenarioError> {
    let numbered = entries.iter().enumerate();
    numbered.map(|(index, entry)| read_entry(&format!("Timeline[{index}]"), entry, has_input)).collect()
}

fn read_entry(field: &str, entry: &TimelineEntry, has_input: bool) -> Result<Entry, ScenarioError> {
    if let Some(records) = entry.after_records.filter(|_| !has_input) {
        return Err(error(&format!("{field}.AfterRecords"), records, "an Input, whose records are counted"));
    }
    let after_seconds = entry.after_seconds.unwrap_or_default();
    if !(0.0..=AFTER_SECONDS_MAX).contains(&after_seconds) {
        return Err(error(&format!("{field}.AfterSeconds"), after_seconds, "0 to 86400"));
    }
    let mut parameters = Parameters { field, call: &entry.call, left: entry.parameters.clone() };
    let call = match entry.call.as_str() {
        "UpdateShardCount" => {
            parameters.skip("ScalingType", "UNIFORM_SCALING")?;
            Call::UpdateShardCount { target_shard_count: parameters.count("TargetShardCount")? }
        }
        "SplitShard" => Call::SplitShard {
            shard_to_split: parameters.text("ShardToSplit")?,
            new_starting_hash_key: parameters.text("NewStartingHashKey")?,
        },
        "MergeShards" => Call::MergeShards {
            shard_to_merge: parameters.text("ShardToMerge")?,
            adjacent_shard_to_merge: parameters.text("AdjacentShardToMerge")?,
        },
        "UpdateEventSourceMapping" => Call::SetEnabled(parameters.flag("Enabled")?),
        "DeleteEventSourceMapping" => Call::DeleteEventSourceMapping,
        "CreateEventSourceMapping" => Call::CreateEventSourceMapping,
        other => return Err(error(&format!("{field}.Call"), other, CALLS)),
    };
    parameters.nothing_left()?;
    Ok(Entry { after_records: entry.after_records, after_seconds, call })
}

/// A call's parameters, taken one by one.
struct Parameters<'a> {
    field: &'a str,
    call: &'a str,
    left: Map<String, Value>,
}

impl Parameters<'_> {
    fn take<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, ScenarioError> {
        let value = self.left.remove(name).unwrap_or_default();
        read(&value).ok_or_else(|| self.error(name, &value, expected))
    }

    fn error(&self, name: &str, value: &Value, expected: &str) -> ScenarioError {
        let value = if value.is_null() { "missing".to_owned() } else { value.to_string() };
        error(&format!("{}.Parameters.{name}", self.field), value, expected)
    }

    fn count(&mut self, name: &str) -> Result<u32, ScenarioError> {
        let read =
            |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok()).filter(|&count| count > 0);
        self.take(name, "a number from 1", read)
    }

    fn text(&mut self, name: &str) -> Result<String, ScenarioError> {
        self.take(name, "a text", |value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
    }

    fn flag(&mut self, name: &str) -> Result<bool, ScenarioError> {
        self.take(name, "true or false", Value::as_bool)
    }

    /// A parameter that may be there with one value only.
    fn skip(&mut self, name: &str, only: &str) -> Result<(), ScenarioError> {
        match self.left.remove(name) {
            None => Ok(()),
            Some(Value::String(text)) if text == only => Ok(()),
            Some(other) => Err(self.error(name, &other, only)),
        }
    }

    fn nothing_left(&self) -> Result<(), ScenarioError> {
        match self.left.iter().next() {
            None => Ok(()),
            Some((name, value)) => {
                let expected = format!("no such parameter of {} here", self.call);
                Err(self.error(name, value, &expected))
            }
        }
    }
}
