//! An environment file, read whole.

use std::collections::BTreeMap;

use penstock_delivery::DeliveryConfig;
use penstock_delivery::config::variables::{self, VARIABLES};
use toml::{Table, Value};

use crate::mapping::EventSourceMapping;
use crate::section::{EnvironmentError, Section, check_known, invalid};
use crate::settings::keys_of;

/// The tables of a file.
const TABLES: [&str; 4] = ["stream", "function", "event_source_mapping", "delivery"];

/// What one environment is.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The stream.
    pub stream: Stream,
    /// The function.
    pub function: Function,
    /// How the stream is cut into batches for the function.
    pub event_source_mapping: EventSourceMapping,
    /// How the function delivers.
    pub delivery: DeliveryConfig,
    /// The same as the function's environment variables; what is not set is not there.
    pub variables: BTreeMap<&'static str, String>,
}

/// The Kinesis data stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// `StreamName`.
    pub name: String,
    /// `ShardCount`.
    pub shard_count: u32,
    /// `RetentionPeriodHours`.
    pub retention_period_hours: u32,
}

/// The Lambda function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `MemorySize`, in MB.
    pub memory_size: u32,
    /// `Timeout`, in seconds.
    pub timeout: u32,
}

impl Environment {
    /// Reads the text of an environment file. The first problem is the error.
    pub fn parse(text: &str) -> Result<Self, EnvironmentError> {
        let file: Table = text
            .parse()
            .map_err(|error: toml::de::Error| EnvironmentError::Syntax(error.to_string().trim_end().to_owned()))?;
        for key in file.keys() {
            check_known(key, TABLES.into_iter(), |key| format!("[{key}]"))?;
        }
        let stream = Stream::read(&Section::of(&file, "stream", &keys_of("stream"))?)?;
        let function = Function::read(&Section::of(&file, "function", &keys_of("function"))?)?;
        let mapping = Section::of(&file, "event_source_mapping", &keys_of("event_source_mapping"))?;
        let event_source_mapping = EventSourceMapping::read(&mapping, stream.retention_period_hours)?;
        let delivery_keys = VARIABLES.iter().map(|variable| variable.key);
        let variables = variables_of(&Section::of(&file, "delivery", &delivery_keys)?, &stream)?;
        let delivery = DeliveryConfig::parse(|name| variables.get(name).cloned()).map_err(|error| {
            EnvironmentError::Delivery(error.message_for(&format!("delivery.{}", error.variable().key)))
        })?;
        Ok(Self { stream, function, event_source_mapping, delivery, variables })
    }
}

impl Stream {
    fn read(section: &Section<'_>) -> Result<Self, EnvironmentError> {
        let valid = |name: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
            (1..=128).contains(&name.len()) && name.chars().all(allowed)
        };
        let expected = "a stream name: 1 to 128 of a-z, A-Z, 0-9, _, . and -";
        Ok(Self {
            name: section.required_text("name", expected, valid)?.to_owned(),
            shard_count: section.integer("shard_count", 1..=10_000, 1)?,
            retention_period_hours: section.integer("retention_period_hours", 24..=8_760, 168)?,
        })
    }
}

impl Function {
    fn read(section: &Section<'_>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            memory_size: section.integer("memory_size", 128..=10_240, 512)?,
            timeout: section.integer("timeout", 3..=900, 120)?,
        })
    }
}

/// `[delivery]` as variables. The delivery is called like the stream unless it has a name of its own.
fn variables_of(section: &Section<'_>, stream: &Stream) -> Result<BTreeMap<&'static str, String>, EnvironmentError> {
    let mut variables = BTreeMap::new();
    for variable in VARIABLES {
        if let Some(value) = section.text(variable.key)? {
            // An empty prefix is one; anything else that is empty would silently be its default.
            if value.is_empty() && *variable != variables::PREFIX {
                let key = format!("delivery.{}", variable.key);
                return Err(invalid(&key, &Value::String(String::new()), variable.expected));
            }
            variables.insert(variable.name, escaped(variable, value));
        }
    }
    variables.entry(variables::DELIVERY_NAME.name).or_insert_with(|| stream.name.clone());
    Ok(variables)
}

/// A delimiter's own bytes may stand in a TOML text ("\r\n" is two bytes there); as a variable they are escaped.
fn escaped(variable: &variables::Variable, value: &str) -> String {
    if *variable == variables::DELIMITER {
        value.replace('\r', "\\r").replace('\n', "\\n").replace('\t', "\\t").replace('\0', "\\0")
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests;
