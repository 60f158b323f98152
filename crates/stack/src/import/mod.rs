//! Moving in from Firehose: what Firehose tells of a delivery stream, or what it was made from, becomes an environment
//! file.
//!
//! Three shapes are read: what `aws firehose describe-delivery-stream` prints, the input of the create call, and a bare
//! `ExtendedS3DestinationConfiguration` or `S3DestinationConfiguration`. What breaks a rule of Firehose's is refused in
//! its words. Every field is set, set otherwise, not needed, without counterpart, or unknown; a [`Note`] says which, and
//! none is dropped in silence.
//!
//! Where the rules are from: Firehose's API model and guide, and error texts that were measured by its users. Left out:
//! whether anything that is named exists, and roles, which the stack makes itself.

mod arn;
mod backup;
mod buffering;
mod conversion;
mod destination;
mod draft;
mod encryption;
mod error;
mod fields;
mod limits;
mod partitioning;
mod prefixes;
mod processing;
mod processor;
mod source;
#[cfg(test)]
mod tests;

use penstock_format::DeliveryName;
use serde_json::Value;

pub use draft::{Note, Outcome};
pub use error::ImportError;
pub use limits::DOCUMENT_BYTES_MAX;

use crate::{Environment, EnvironmentError};
use destination::Destination;
use draft::{Draft, Table};
use fields::{Fields, rule};
use source::Source;

/// What an import makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What the environment may be called: the delivery stream's name in lower-case letters, digits and hyphens.
    pub name: String,
    /// The text of the environment file.
    pub file: String,
    /// Files that the environment file names, by their path beside it.
    pub files: Vec<(String, String)>,
    /// What became of each field, by outcome.
    pub notes: Vec<Note>,
}

/// What is known beside a configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'b> {
    /// What the environment is to be called; by default as the delivery stream. Files beside it bear this name.
    pub environment: Option<&'b str>,
    /// The table whose columns a conversion takes, as `aws glue get-table` prints it.
    pub schema: Option<&'b str>,
}

impl Imported {
    /// Reads a configuration of Firehose's, as JSON. `name` is the delivery's name where the configuration tells none,
    /// and so must be one: 1 to 64 characters of `a-z A-Z 0-9 _ . -`.
    ///
    /// The first rule of Firehose's that is broken is the error. The file is what it should be as far as this crate
    /// knows; [`Imported::environment`] says whether it is.
    pub fn read(document: &str, name: &str) -> Result<Self, ImportError> {
        Self::read_beside(document, name, &Beside::default())
    }

    /// The same, with what is known beside the configuration.
    pub fn read_beside(document: &str, name: &str, beside: &Beside<'_>) -> Result<Self, ImportError> {
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(ImportError::TooLong { bytes: document.len() });
        }
        let document: Value = serde_json::from_str(document).map_err(|error| ImportError::Syntax(error.to_string()))?;
        let mut draft = Draft::default();
        let (source, destination) = located(&document, &mut draft)?;
        let destination = Destination::read(destination, &mut draft)?;
        let told = source.name;
        let delivery_name = told.unwrap_or(name);
        if DeliveryName::parse(delivery_name).is_err() {
            return Err(fields::pattern_error("DeliveryStreamName", delivery_name, "[a-zA-Z0-9_.-]+"));
        }
        source.write(delivery_name, &mut draft);
        match told {
            Some(told) => draft.set("DeliveryStreamName", Table::Delivery, "name", told),
            None => draft.line(Table::Delivery, "name", &draft::quoted(delivery_name)),
        }
        let name = beside.environment.map_or_else(|| environment_name(delivery_name), str::to_owned);
        destination.write(&name, beside, &mut draft);
        let from = told.map_or_else(|| "a destination".to_owned(), |told| format!("the stream {told}"));
        let files = draft.take_files();
        let (file, notes) = draft.finish(&from);
        Ok(Self { name, file, files, notes })
    }

    /// The file read back as whatever deploys it reads it.
    pub fn environment(&self) -> Result<Environment, EnvironmentError> {
        let read = |path: &str| {
            let file = self.files.iter().find(|(own, _)| own == path);
            file.map(|(_, text)| text.clone()).ok_or_else(|| "there is no such file".to_owned())
        };
        Environment::parse_with(&self.file, read)
    }

    /// Whether something was asked for that is not done.
    pub fn is_different(&self) -> bool {
        self.notes.iter().any(|note| note.outcome.is_difference())
    }
}

/// A name in lower-case letters, digits and hyphens.
fn environment_name(delivery_name: &str) -> String {
    delivery_name.to_ascii_lowercase().replace(['_', '.'], "-")
}

const EXTENDED: &str = "ExtendedS3DestinationConfiguration";
const PLAIN: &str = "S3DestinationConfiguration";
const EXTENDED_DESCRIPTION: &str = "ExtendedS3DestinationDescription";
const PLAIN_DESCRIPTION: &str = "S3DestinationDescription";

const ANOTHER_DESTINATION: &str = "an S3 destination is the one that Penstock delivers to";

/// The delivery stream and its destination, wherever they stand in the document.
fn located<'v>(document: &'v Value, draft: &mut Draft) -> Result<(Source<'v>, Fields<'v>), ImportError> {
    let mut fields = Fields::of("", document)?;
    if let Some(description) = fields.value("DeliveryStreamDescription") {
        fields.not_needed(&["ResponseMetadata"], "it is about the call", draft);
        fields.finish(draft);
        return described(Fields::of("", description)?, draft);
    }
    if fields.has("Destinations") {
        return described(fields, draft);
    }
    if fields.has("BucketARN") {
        return Ok((Source::default(), fields));
    }
    if fields.has(EXTENDED_DESCRIPTION) || fields.has(PLAIN_DESCRIPTION) {
        return Ok((Source::default(), described_destination(fields, draft)?));
    }
    created(fields, draft)
}

/// What Firehose prints of a delivery stream.
fn described<'v>(mut fields: Fields<'v>, draft: &mut Draft) -> Result<(Source<'v>, Fields<'v>), ImportError> {
    let source = Source::of_description(&mut fields, draft)?;
    let destinations = fields.list("Destinations")?;
    fields.finish(draft);
    let [destination] = destinations else {
        let text = "Exactly one destination configuration is supported for a Firehose";
        return Err(rule(text, "Destinations", format!("a list of {}", destinations.len())));
    };
    let destination = described_destination(Fields::of("Destinations[0]", destination)?, draft)?;
    Ok((source, destination))
}

/// One of the destinations that Firehose prints: an extended one is printed a second time as a plain one.
fn described_destination<'v>(mut fields: Fields<'v>, draft: &mut Draft) -> Result<Fields<'v>, ImportError> {
    fields.not_needed(&["DestinationId"], "it is the state of the Firehose stream", draft);
    let own = if fields.has(EXTENDED_DESCRIPTION) { EXTENDED_DESCRIPTION } else { PLAIN_DESCRIPTION };
    let Some(destination) = fields.value(own) else {
        let other = fields.names().find(|name| name.ends_with("DestinationDescription"));
        let field = fields.path_of(other.unwrap_or(EXTENDED_DESCRIPTION));
        return Err(ImportError::Unsupported { field, reason: ANOTHER_DESTINATION });
    };
    fields.not_needed(&[PLAIN_DESCRIPTION], "it is a part of ExtendedS3DestinationDescription", draft);
    fields.finish(draft);
    Fields::of("", destination)
}

/// The input of the create call, or a part of it.
fn created<'v>(mut fields: Fields<'v>, draft: &mut Draft) -> Result<(Source<'v>, Fields<'v>), ImportError> {
    let destinations: Vec<&str> =
        fields.names().filter(|name| name.ends_with("DestinationConfiguration") && fields.has(name)).collect();
    let name = match destinations[..] {
        [EXTENDED] => EXTENDED,
        [PLAIN] => PLAIN,
        [other] => {
            return Err(ImportError::Unsupported { field: other.to_owned(), reason: ANOTHER_DESTINATION });
        }
        [] => {
            let names: Vec<&str> = fields.names().take(3).collect();
            let found = match names[..] {
                [] => "an empty object".to_owned(),
                [..] => format!("an object of {}", penstock_format::excerpt(&names.join(", "))),
            };
            return Err(ImportError::Shape { found });
        }
        [..] => {
            let text = "Exactly one destination configuration is supported for a Firehose";
            return Err(rule(text, "the configuration", destinations.join(", ")));
        }
    };
    let source = Source::of_input(&mut fields, draft)?;
    let destination = fields.value(name);
    fields.finish(draft);
    Ok((source, Fields::of("", destination.unwrap_or(&Value::Null))?))
}
