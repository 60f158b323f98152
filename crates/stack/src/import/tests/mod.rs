//! The import, rule by rule and field by field.

mod documents;
mod fields;
mod refusals;
mod rendered;

use super::{Beside, ImportError, Imported, Outcome};

/// A destination with these fields, as JSON, beside its bucket.
fn destination(fields: &str) -> Result<Imported, ImportError> {
    let comma = if fields.is_empty() { "" } else { "," };
    Imported::read(&format!("{{ \"BucketARN\": \"arn:aws:s3:::acme-clicks\"{comma} {fields} }}"), "clicks")
}

/// The same, where it must be taken.
fn taken(name: &str, fields: &str) -> Imported {
    destination(fields).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What became of a field.
fn outcome(imported: &Imported, field: &str) -> Option<Outcome> {
    imported.notes.iter().find(|note| note.field == field).map(|note| note.outcome)
}

/// Whether the file has this line.
fn has_line(imported: &Imported, line: &str) -> bool {
    imported.file.lines().any(|own| own == line)
}

/// A `ProcessingConfiguration` that runs these processors: their types, and names and values of their parameters.
fn processing(processors: &[(&str, &[(&str, &str)])]) -> String {
    let parameter = |(name, value): &(&str, &str)| {
        format!("{{ \"ParameterName\": \"{name}\", \"ParameterValue\": {} }}", serde_json::Value::from(*value))
    };
    let processors: Vec<String> = processors
        .iter()
        .map(|(kind, parameters)| {
            let parameters: Vec<String> = parameters.iter().map(parameter).collect();
            format!("{{ \"Type\": \"{kind}\", \"Parameters\": [{}] }}", parameters.join(","))
        })
        .collect();
    format!("\"ProcessingConfiguration\": {{ \"Enabled\": true, \"Processors\": [{}] }}", processors.join(","))
}

/// Dynamic partitioning as Firehose takes it.
const PARTITIONED: &str = r#""DynamicPartitioningConfiguration": { "Enabled": true },
    "Prefix": "c=!{partitionKeyFromLambda:c}/", "ErrorOutputPrefix": "e/!{firehose:error-output-type}/""#;
