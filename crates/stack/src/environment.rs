//! An environment file, read whole.

use std::collections::BTreeMap;

use penstock_delivery::config::{files_of, variables};
use penstock_delivery::{ConfigError, DeliveryConfig};
use toml::{Table, Value};

use crate::function::Function;
use crate::known;
use crate::mapping::EventSourceMapping;
use crate::options::Options;
use crate::section::{EnvironmentError, Section, invalid};
use crate::stream::Stream;

/// What one environment is.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The stream.
    pub stream: Stream,
    /// The function.
    pub function: Function,
    /// How the stream is cut into batches for the function.
    pub event_source_mapping: EventSourceMapping,
    /// What the infrastructure is beside these.
    pub options: Options,
    /// How the function delivers.
    pub delivery: DeliveryConfig,
    /// The same as the function's environment variables; what is not set is not there.
    pub variables: BTreeMap<&'static str, String>,
    /// Files that the delivery's settings name, which are packaged with the function: paths below the environment file's folder.
    pub files: Vec<String>,
}

impl Environment {
    /// Reads the text of an environment file. The first problem is the error.
    pub fn parse(text: &str) -> Result<Self, EnvironmentError> {
        Self::parse_with(text, |_| Err("there is no folder to read it from".to_owned()))
    }

    /// The same where settings may name files, which `read` reads: by its path below the folder of the environment file, or
    /// its reason in words why it cannot.
    pub fn parse_with(text: &str, read: impl Fn(&str) -> Result<String, String>) -> Result<Self, EnvironmentError> {
        let file: Table = text
            .parse()
            .map_err(|error: toml::de::Error| EnvironmentError::Syntax(error.to_string().trim_end().to_owned()))?;
        known::check_tables(&file)?;
        let stream = Stream::read(&Section::of(&file, "stream")?)?;
        let function = Section::of(&file, "function")?;
        let mapping = Section::of(&file, "event_source_mapping")?;
        let variables = variables_of(&Section::of(&file, "delivery")?, &stream)?;
        let lookup = |name: &'static str| variables.get(name).cloned();
        let in_file = |error: ConfigError| {
            EnvironmentError::Delivery(error.message_for(&format!("delivery.{}", error.variable().key)))
        };
        let files = files_of(lookup).map_err(in_file)?;
        let delivery = DeliveryConfig::parse_with(lookup, read).map_err(in_file)?;
        let event_source_mapping = EventSourceMapping::read(&mapping, &stream, &delivery.bucket)?;
        let function = Function::read(&function, &stream, &event_source_mapping)?;
        let options = Options::read(
            &Section::of(&file, "stack")?,
            &delivery,
            &event_source_mapping.on_failure,
            &function.function_name,
        )?;
        check_size(&variables)?;
        Ok(Self { stream, function, event_source_mapping, options, delivery, variables, files })
    }
}

/// Bytes of all variables, names and values. Source: "Lambda quotas", environment variables: 4 KB.
const VARIABLES_BYTES_MAX: usize = 4 * 1024;

/// Refuses at the desk what Lambda would refuse in the middle of a deployment.
fn check_size(variables: &BTreeMap<&'static str, String>) -> Result<(), EnvironmentError> {
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes <= VARIABLES_BYTES_MAX {
        return Ok(());
    }
    Err(EnvironmentError::Invalid {
        key: "[delivery]".to_owned(),
        value: format!("{bytes} bytes as variables of the function"),
        expected: format!("at most {VARIABLES_BYTES_MAX}, Lambda's limit"),
    })
}

/// `[delivery]` as variables. The delivery is called like the stream unless it has a name of its own.
fn variables_of(section: &Section<'_>, stream: &Stream) -> Result<BTreeMap<&'static str, String>, EnvironmentError> {
    let mut variables = BTreeMap::new();
    for variable in variables::all() {
        // A number and a switch may stand in the file as what they are.
        let value = match section.get(variable.key) {
            Some((_, Value::Integer(number))) if variable.example.parse::<i64>().is_ok() => Some(number.to_string()),
            Some((_, Value::Boolean(is_on))) if variable.example.parse::<bool>().is_ok() => Some(is_on.to_string()),
            _ => section.text(variable.key)?.map(str::to_owned),
        };
        if let Some(value) = value {
            // An empty prefix is one; anything else that is empty would silently be its default.
            if value.is_empty() && *variable != variables::PREFIX {
                let key = section.path_of(variable.key);
                return Err(invalid(&key, &Value::String(String::new()), variable.expected));
            }
            variables.insert(variable.name, escaped(variable, &value));
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
