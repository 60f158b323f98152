//! What stands around the destination: the delivery stream, its source, its key and its tags.

use penstock_format::{DeliveryName, limits::DELIVERY_NAME_CHARACTERS_MAX, stream_arn_of};
use serde_json::Value;

use super::ImportError;
use super::destination::note_start;
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::{Fields, kind, length_error, pattern_error, rule};
use crate::options::{OWN_TAGS, is_tag};

/// A delivery stream, without its destination.
#[derive(Debug, Default)]
pub(super) struct Source<'v> {
    /// `DeliveryStreamName`.
    pub(super) name: Option<&'v str>,
    /// Its ARN, and the field that tells it.
    stream: Option<(String, &'v str)>,
    is_direct: bool,
    key: Option<&'v str>,
}

/// Source: the model, `DeliveryStreamType`.
const TYPES: [&str; 4] = ["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"];

const ANOTHER_SOURCE: &str = "a Kinesis data stream is the one source that Penstock reads";

impl<'v> Source<'v> {
    /// Reads it from the input of the create call; the destination is read by others.
    pub(super) fn of_input(input: &mut Fields<'v>, draft: &mut Draft) -> Result<Self, ImportError> {
        let name = name(input)?;
        let stated = stream_type(input)?;
        let direct = "it is about records that are put to Firehose itself";
        input.not_needed(&["DirectPutSourceConfiguration"], direct, draft);
        let stream = stream(input, "KinesisStreamSourceConfiguration", draft)?;
        if stated == Some("KinesisStreamAsSource") && stream.is_none() {
            let text = "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.";
            return Err(rule(text, "KinesisStreamSourceConfiguration", "not set"));
        }
        let is_direct = stated == Some("DirectPut") || stated.is_none() && stream.is_none() && name.is_some();
        match &stream {
            Some((field, _)) if is_direct => {
                draft.note(field, Outcome::NotNeeded, "DeliveryStreamType is DirectPut: Firehose ignores it");
            }
            Some(_) if stated.is_none() => {
                let text = "not set: Firehose would ignore the source; here the stream is read";
                draft.note("DeliveryStreamType", Outcome::Adjusted, text);
            }
            Some(_) | None => {}
        }
        let encryption = input.object("DeliveryStreamEncryptionConfigurationInput")?;
        let key = encryption.map(|fields| key(fields, draft)).transpose()?.flatten();
        tags(input, draft)?;
        note_type(stated, draft);
        Ok(Self { name, stream: stream.filter(|_| !is_direct), is_direct, key })
    }

    /// Reads it from what Firehose tells of a delivery stream.
    pub(super) fn of_description(described: &mut Fields<'v>, draft: &mut Draft) -> Result<Self, ImportError> {
        let name = name(described)?;
        let stated = stream_type(described)?;
        let state = "it is the state of the Firehose stream";
        let names = [
            "DeliveryStreamARN",
            "DeliveryStreamStatus",
            "FailureDescription",
            "VersionId",
            "CreateTimestamp",
            "LastUpdateTimestamp",
            "HasMoreDestinations",
        ];
        described.not_needed(&names, state, draft);
        let mut told = None;
        if let Some(mut source) = described.object("Source")? {
            let direct = "it is about records that are put to Firehose itself";
            source.not_needed(&["DirectPutSourceDescription"], direct, draft);
            told = stream(&mut source, "KinesisStreamSourceDescription", draft)?;
            for other in ["MSKSourceDescription", "DatabaseSourceDescription"] {
                if source.value(other).is_some() {
                    return Err(ImportError::Unsupported { field: source.path_of(other), reason: ANOTHER_SOURCE });
                }
            }
            source.finish(draft);
        }
        let encryption = described.object("DeliveryStreamEncryptionConfiguration")?;
        let key = encryption.map(|fields| key(fields, draft)).transpose()?.flatten();
        note_type(stated, draft);
        let is_direct = stated == Some("DirectPut");
        Ok(Self { name, stream: told, is_direct, key })
    }

    /// Writes the stream, the function and where it begins. `delivery_name` is the delivery's.
    pub(super) fn write(&self, delivery_name: &str, draft: &mut Draft) {
        let stream_name = match &self.stream {
            Some((field, stream)) => write_stream(field, stream, draft).unwrap_or(delivery_name),
            None => self.write_new_stream(delivery_name, draft),
        };
        self.write_key(draft);
        let function_name = delivery_name.replace('.', "-");
        if function_name != stream_name.replace('.', "-") {
            draft.line(Table::Function, "function_name", &quoted(&function_name));
        }
    }

    /// Writes a stream that is yet to be, and tells its name: the delivery's.
    fn write_new_stream<'n>(&self, delivery_name: &'n str, draft: &mut Draft) -> &'n str {
        let text = "A new stream: Firehose tells of none. Set arn instead of name for one there is.";
        draft.comment(Table::Stream, text);
        draft.line(Table::Stream, "name", &quoted(delivery_name));
        let (outcome, text) = if self.is_direct {
            (Outcome::NoCounterpart, "producers put to Firehose itself: they must put to the Kinesis stream instead")
        } else {
            (Outcome::Adjusted, "no source is told: a new stream of the delivery's name is read")
        };
        draft.note("DeliveryStreamType", outcome, text);
        delivery_name
    }

    /// The key that Firehose keeps records under while it holds them, which a Kinesis stream now does.
    fn write_key(&self, draft: &mut Draft) {
        let field = "DeliveryStreamEncryptionConfiguration";
        match self.key {
            Some(key) if self.stream.is_none() => draft.set(field, Table::Stream, "kms_key_arn", key),
            Some(_) => draft.note(
                field,
                Outcome::NotNeeded,
                "Firehose keeps nothing of a Kinesis source; the stream has a key of its own",
            ),
            None => {}
        }
    }
}

fn name<'v>(fields: &mut Fields<'v>) -> Result<Option<&'v str>, ImportError> {
    let Some(name) = fields.text("DeliveryStreamName")? else { return Ok(None) };
    let path = fields.path_of("DeliveryStreamName");
    if let Some(error) = length_error(&path, name, &(1..=DELIVERY_NAME_CHARACTERS_MAX)) {
        return Err(error);
    }
    match DeliveryName::parse(name) {
        Ok(_) => Ok(Some(name)),
        Err(_) => Err(pattern_error(&path, name, "[a-zA-Z0-9_.-]+")),
    }
}

fn stream_type(fields: &mut Fields<'_>) -> Result<Option<&'static str>, ImportError> {
    let stated = fields.word("DeliveryStreamType", &TYPES)?;
    let others = ["MSKSourceConfiguration", "DatabaseSourceConfiguration"];
    let other = others.into_iter().find(|name| fields.has(name));
    let field = match (stated, other) {
        (Some("MSKAsSource" | "DatabaseAsSource"), _) => "DeliveryStreamType",
        (_, Some(other)) => other,
        (_, None) => return Ok(stated),
    };
    Err(ImportError::Unsupported { field: fields.path_of(field), reason: ANOTHER_SOURCE })
}

/// Writes a stream that is there, and where reading begins; tells the stream's name.
fn write_stream<'s>(field: &str, stream: &'s str, draft: &mut Draft) -> Option<&'s str> {
    draft.set(field, Table::Stream, "arn", stream);
    for line in [
        "Firehose tells no more of the stream. 24 hours is the least that one keeps records: nothing expires unseen.",
        "Set what it has; and shard_count, stream_mode and kms_key_arn, where they are not the defaults.",
    ] {
        draft.comment(Table::Stream, line);
    }
    draft.line(Table::Stream, "retention_period_hours", "24");
    draft.note(field, Outcome::Adjusted, "its retention, shards, mode and key are not told: set them in [stream]");
    note_start(field, draft);
    stream.rsplit('/').next()
}

/// What the type says is in `[stream]` already; that of direct puts is told where the stream is written.
fn note_type(stated: Option<&str>, draft: &mut Draft) {
    if stated == Some("KinesisStreamAsSource") {
        draft.note("DeliveryStreamType", Outcome::NotNeeded, "a Kinesis data stream is what is read");
    }
}

/// The stream's ARN, and the field that tells it.
fn stream<'v>(
    fields: &mut Fields<'v>,
    name: &'static str,
    draft: &mut Draft,
) -> Result<Option<(String, &'v str)>, ImportError> {
    let Some(mut source) = fields.object(name)? else { return Ok(None) };
    let path = source.path_of("KinesisStreamARN");
    let expected = "the ARN of a Kinesis data stream";
    let arn = source.text("KinesisStreamARN")?;
    let arn = arn.ok_or_else(|| ImportError::Missing { field: path.clone(), expected })?;
    if stream_arn_of(arn) != Ok(arn) {
        return Err(pattern_error(&path, arn, r"arn:.*:kinesis:[a-zA-Z0-9\-]+:\d{12}:stream/[a-zA-Z0-9_.-]+"));
    }
    source.not_needed(&["RoleARN"], "the stack makes the function's role", draft);
    source.not_needed(&["DeliveryStartTimestamp"], "it is the state of the Firehose stream", draft);
    source.finish(draft);
    Ok(Some((path, arn)))
}

/// The key of the delivery stream, where it is one of the account's own.
fn key<'v>(mut fields: Fields<'v>, draft: &mut Draft) -> Result<Option<&'v str>, ImportError> {
    let path = fields.path_of("KeyARN");
    let key_type = fields.word("KeyType", &["AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"])?;
    let arn = fields.filled("KeyARN")?;
    fields.not_needed(&["Status", "FailureDescription"], "it is the state of the Firehose stream", draft);
    let text = match (key_type, arn) {
        (Some("CUSTOMER_MANAGED_CMK"), None) => "KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK",
        (Some("AWS_OWNED_CMK"), Some(_)) => "KeyARN cannot be specified when KeyType is AWS_OWNED_CMK",
        _ => {
            if let Some(arn) = arn {
                super::arn::kms_key(&path, arn)?;
            } else if key_type.is_some() {
                draft.note(&fields.path_of("KeyType"), Outcome::NotNeeded, "AWS's own key is the stream's default");
            }
            fields.finish(draft);
            return Ok(arn);
        }
    };
    Err(rule(text, &path, arn.unwrap_or("not set")))
}

/// Tags become those of the whole stack.
fn tags(input: &mut Fields<'_>, draft: &mut Draft) -> Result<(), ImportError> {
    let path = input.path_of("Tags");
    let mut pairs = Vec::new();
    for (index, value) in input.list("Tags")?.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let mut fields = Fields::of(&path, value)?;
        let key = fields.text("Key")?.ok_or_else(|| kind(&path, &Value::Null, "a tag with a Key"))?;
        let value = fields.text("Value")?.unwrap_or_default();
        fields.finish(draft);
        let is_own = OWN_TAGS.contains(&key);
        if is_own || key.is_empty() || !is_tag(key, 128) || !is_tag(value, 256) {
            let reason = if is_own {
                "Penstock's own tag has this key"
            } else {
                "characters that not every service's tags take"
            };
            draft.note(&path, Outcome::NoCounterpart, reason);
        } else if pairs.iter().any(|(own, _): &(&str, &str)| *own == key) {
            draft.note(&path, Outcome::NoCounterpart, "another tag has the same key");
        } else {
            pairs.push((key, value));
        }
    }
    if !pairs.is_empty() {
        let pairs: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{} = {}", quoted(key), quoted(value))).collect();
        draft.set_value(&path, Table::Stack, "tags", &format!("{{ {} }}", pairs.join(", ")));
    }
    Ok(())
}
