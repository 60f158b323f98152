//! The targets. Each holds what it reads against what must be true of it, not only against panics.

#![expect(clippy::missing_panics_doc, reason = "to panic where something does not hold is what a target is for")]

use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::{DeliveryConfig, Failure, Hooks, Processed, Transform, UserRecord, invariants};
use penstock_format::{
    ArrivalTime, Compression, DeliveryName, ErrorOutputPrefix, ErrorOutputType, ErrorRecord, FailureDocument,
    FailureMessages, OBJECT_KEY_BYTES_MAX, ObjectName, ParsedErrorRecord, Prefix, RandomStrings, TimeZone,
};
use penstock_handler::event::{self, Walk};
use penstock_stack::Environment;
use penstock_stack::import::{Imported, Note};

pub use crate::apart::deaggregate;
pub use crate::queries::{partition, query};

/// What stands behind each record of an event.
const SUFFIX: &[u8] = b"\n";

/// What a decoder may make of its input here.
const BODY_BYTES_MAX: usize = 1 << 20;

/// A prefix of every plan's keys.
const PREFIX: &str = "data/";

/// Where failed records go.
const ERROR_PREFIX: &str = "failed/";

/// What the first byte of a stored body stands for. The order is the corpus's: another goes to the end.
const COMPRESSIONS: [Compression; Compression::ALL.len()] = [
    Compression::Uncompressed,
    Compression::Gzip,
    Compression::Zstd,
    Compression::Zip,
    Compression::Snappy,
    Compression::HadoopSnappy,
];

/// The bytes of an invocation.
pub fn event(bytes: &[u8]) {
    let decoded = event::decode(bytes, SUFFIX);
    for walk in [Walk::Strict, Walk::Portable] {
        match (&decoded, &event::decode_by(walk, bytes, SUFFIX)) {
            (Ok(one), Ok(other)) => assert_eq!(format!("{one:?}"), format!("{other:?}"), "{walk:?}: other records"),
            (Err(one), Err(other)) => assert_eq!(one, other, "{walk:?}: another error"),
            (one, other) => panic!("{walk:?}: {:?} and {:?}", one.as_ref().err(), other.as_ref().err()),
        }
    }
    let Ok(Some(records)) = decoded else { return };
    // Decoded base64 is shorter than what it stood in.
    assert!(records.arena().len() <= bytes.len() + records.len() * SUFFIX.len(), "more than it was given");
    let again = event::decode(bytes, SUFFIX).expect("the same bytes are as good").expect("and hold the same records");
    assert_eq!(records.arena(), again.arena(), "the same bytes are the same records");
    let config = config();
    for transform in [Outcome::Hooks, Outcome::Fails] {
        let records = event::decode(bytes, SUFFIX).expect("as before").expect("as before");
        let Ok(planned) = plan(&config, &transform, records, IdSource::Derived) else { continue };
        assert_eq!(invariants::check_plan(&planned), Ok(()));
        for object in planned.all_objects() {
            let key = object.key.as_str();
            assert!(key.starts_with(PREFIX) || key.starts_with(ERROR_PREFIX), "{key} is outside of its prefix");
            assert!(!key.contains("..") && !key.contains("//") && !key.contains(char::is_control), "{key}");
        }
    }
}

/// Hooks that do nothing, or fail everything.
enum Outcome {
    Hooks,
    Fails,
}

impl Transform for Outcome {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        match self {
            Self::Hooks => Hooks.transform(record),
            Self::Fails => Err(Failure::new("as asked")),
        }
    }
}

fn config() -> DeliveryConfig {
    let lookup = |name: &str| match name {
        "PENSTOCK_BUCKET" => Some("acme-clicks".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        "PENSTOCK_PREFIX" => Some(PREFIX.to_owned()),
        "PENSTOCK_ERROR_OUTPUT_PREFIX" => Some(ERROR_PREFIX.to_owned()),
        _ => None,
    };
    DeliveryConfig::parse(lookup).expect("these are valid")
}

/// The text of a prefix, and of an error prefix.
pub fn prefix(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let random = RandomStrings::new([7; 16]);
    let times = [0, 1_445_911_200_000, 253_402_300_799_999];
    for at in times.into_iter().filter_map(|ms| ArrivalTime::from_millis(ms).ok()) {
        if let Ok(prefix) = Prefix::parse(text)
            && let Ok(evaluated) = prefix.evaluate(at, &TimeZone::UTC, &random)
        {
            assert!(evaluated.starts_with(prefix.literal_head()), "{text:?} has another head");
            assert!(evaluated.chars().count() <= 512, "{text:?} is too long");
        }
        if let Ok(prefix) = ErrorOutputPrefix::parse(text)
            && let Ok(evaluated) = prefix.evaluate(ErrorOutputType::ProcessingFailed, at, &TimeZone::UTC, &random)
        {
            assert!(evaluated.starts_with(prefix.literal_head()), "{text:?} has another head");
        }
    }
}

/// The function's variables: a name and a value a line.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lookup = |name: &str| {
        let lines = text.split('\n').filter_map(|line| line.split_once('='));
        let mut found = lines.filter(|(own, _)| *own == name).map(|(_, value)| value.to_owned());
        found.next_back()
    };
    match DeliveryConfig::parse(lookup) {
        Ok(config) => assert!(config.bucket.as_str().len() <= 63),
        Err(error) => assert!(error.to_string().len() < 4_096, "the error quotes too much"),
    }
}

/// An environment file.
pub fn environment(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(environment) = Environment::parse(text) {
        let stack = penstock_stack::Stack::of(&environment);
        assert!(!penstock_stack::cloudformation::render(&stack).is_empty());
        assert!(!penstock_stack::terraform::render(&stack).is_empty());
    }
}

/// A configuration of Firehose's. No field of it is dropped in silence, and what is written of it is a file that is read, or
/// refused with its reason.
pub fn import(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(imported) = Imported::read(text, "clicks") else { return };
    let document: serde_json::Value = serde_json::from_str(text).expect("it was read");
    let fields = document.as_object().expect("it was read").iter().filter(|(_, value)| !value.is_null());
    // Any other name is told in an excerpt.
    for (field, _) in fields.filter(|(field, _)| field.len() < 40 && field.bytes().all(|b| b.is_ascii_alphanumeric())) {
        let is_told = |note: &Note| note.field == *field || note.field.starts_with(&format!("{field}."));
        // What holds a whole configuration is told by its fields.
        let is_outer = ["Configuration", "Description", "Destinations"].iter().any(|end| field.ends_with(end));
        assert!(is_outer || imported.notes.iter().any(is_told), "{field} is dropped in silence");
    }
    match imported.environment() {
        Ok(environment) => assert!(!penstock_stack::Stack::of(&environment).description.is_empty()),
        Err(error) => assert!(!error.to_string().contains("not TOML"), "it is no file at all: {error}"),
    }
}

/// A stored body; its first byte says how it is compressed.
pub fn compressed(bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    let compression = COMPRESSIONS[usize::from(*kind) % COMPRESSIONS.len()];
    if let Ok(read) = compression.decompress(body, BODY_BYTES_MAX) {
        assert!(read.len() <= BODY_BYTES_MAX, "more than the limit");
        let stored = compression.compress(read.clone());
        assert_eq!(compression.decompress(&stored, BODY_BYTES_MAX).ok(), Some(read), "it does not come back");
    }
}

/// A line of an error object.
pub fn error_record(bytes: &[u8]) {
    let Ok(read) = ParsedErrorRecord::parse(bytes) else { return };
    let (Some(shard_id), Some(sequence_number)) = (read.shard_id, read.sequence_number) else { return };
    let record = ErrorRecord {
        output_type: if bytes.len().is_multiple_of(2) {
            ErrorOutputType::ProcessingFailed
        } else {
            ErrorOutputType::FormatConversionFailed
        },
        arrival: read.arrival,
        error_code: &read.error_code,
        error_message: &read.error_message,
        raw_data: &read.raw_data,
        shard_id,
        sequence_number: sequence_number.digits(),
        sub_sequence_number: read.sub_sequence_number.unwrap_or_default(),
        partition_key: read.partition_key.as_deref().unwrap_or_default(),
    };
    let mut line = Vec::new();
    record.write(&mut line);
    let again = ParsedErrorRecord::parse(&line).expect("what we write we read");
    assert_eq!((again.raw_data, again.sequence_number), (read.raw_data.clone(), read.sequence_number));
}

/// A document about a batch that was given up.
pub fn failure_document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let messages = FailureMessages::parse(text);
    assert!(messages.documents.len() <= bytes.len(), "more than it was given");
    let Ok(document) = FailureDocument::parse(text) else { return };
    let _ = document.shard();
    if let Some(carried) = document.event {
        event(carried.as_bytes());
    }
}

/// The shape of a name in the first line, and a key in the second.
pub fn key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (shape, key) = text.split_once('\n').unwrap_or(("penstock", text));
    let Ok(name) = ObjectName::parse(shape) else { return };
    let delivery = DeliveryName::parse("clicks").expect("it is a name");
    if let Ok(parts) = name.parse_key(&delivery, key) {
        assert!(key.starts_with(&parts.prefix) && key.len() <= OBJECT_KEY_BYTES_MAX, "{key:?}");
        assert!(key.contains(&parts.id.to_string()) || key.to_lowercase().contains(&parts.id.to_string()), "{key:?}");
    }
}
