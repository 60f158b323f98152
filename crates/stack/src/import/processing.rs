//! `ProcessingConfiguration`: its processors together, and what they become.
//!
//! `RecordDeAggregation` is taken without dynamic partitioning as well, because it has a meaning here; Firehose takes
//! it beside that alone.

use penstock_format::Delimiter;

use super::ImportError;
use super::draft::{Draft, Outcome, Table, quoted};
use super::fields::{Fields, rule};
use super::limits::PROCESSORS;
use super::processor::{Kind, Processor};

/// The processors, and whether they run.
#[derive(Debug, Default)]
pub(super) struct Processing<'v> {
    is_enabled: bool,
    processors: Vec<Processor<'v>>,
}

/// A query of partition keys.
#[derive(Debug)]
pub(super) struct Query<'v> {
    /// Its field, as notes name it.
    pub(super) field: String,
    /// The filter.
    pub(super) text: &'v str,
}

impl<'v> Processing<'v> {
    /// Reads them. `Enabled` is off where it is not set, other than that of the format conversion.
    pub(super) fn read(
        destination: &mut Fields<'v>,
        is_partitioned: bool,
        draft: &mut Draft,
    ) -> Result<Self, ImportError> {
        let Some(mut fields) = destination.object("ProcessingConfiguration")? else { return Ok(Self::default()) };
        let mut processing = Self { is_enabled: fields.boolean("Enabled")?.unwrap_or(false), processors: Vec::new() };
        let path = fields.path_of("Processors");
        for (index, value) in fields.list("Processors")?.iter().enumerate() {
            processing.processors.push(Processor::read(&format!("{path}[{index}]"), value, draft)?);
        }
        let each = if processing.is_enabled { "each processor is told of by itself" } else { "it is off" };
        fields.not_needed(&["Enabled"], each, draft);
        fields.finish(draft);
        processing.check(&path, is_partitioned)?;
        Ok(processing)
    }

    /// The rules across processors.
    fn check(&self, path: &str, is_partitioned: bool) -> Result<(), ImportError> {
        let count = self.processors.len();
        if self.is_enabled && !PROCESSORS.contains(&count) {
            let text = "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is enabled.";
            return Err(rule(text, path, format!("a list of {count}")));
        }
        for (index, processor) in self.processors.iter().enumerate() {
            let kind = processor.kind;
            // Measured for Lambda.
            if self.processors[..index].iter().any(|other| other.kind == kind) {
                let text = format!("Cannot have more than 1 {} processor.", kind.as_str());
                return Err(rule(text, &processor.path, "another one"));
            }
            if kind == Kind::MetadataExtraction && !is_partitioned {
                let text = "class com.amazonaws.services.firehose.internal.model.MetadataExtractionProcessor can only \
                            be present when Dynamic Partitioning is enabled.";
                return Err(rule(text, &processor.path, kind.as_str()));
            }
            if kind == Kind::CloudWatchLogProcessing && self.find(Kind::Decompression).is_none() {
                let text = "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor";
                return Err(rule(text, &processor.path, kind.as_str()));
            }
        }
        Ok(())
    }

    fn find(&self, kind: Kind) -> Option<&Processor<'v>> {
        self.processors.iter().find(|processor| processor.kind == kind)
    }

    fn running(&self, kind: Kind) -> Option<&Processor<'v>> {
        self.find(kind).filter(|_| self.is_enabled)
    }

    /// The query of partition keys that runs, and its field.
    pub(super) fn query(&self) -> Option<Query<'v>> {
        let processor = self.running(Kind::MetadataExtraction)?;
        let text = processor.parameter("MetadataExtractionQuery")?;
        Some(Query { field: processor.path_of("MetadataExtractionQuery"), text })
    }

    /// Writes what they become, where records are lines and where they are rows.
    pub(super) fn write(&self, is_converted: bool, draft: &mut Draft) {
        if !self.is_enabled {
            for processor in &self.processors {
                let reason = "ProcessingConfiguration.Enabled is not true: Firehose does not run it";
                draft.note(&format!("{} ({})", processor.path, processor.kind.as_str()), Outcome::NotNeeded, reason);
            }
        }
        self.write_decompression(draft);
        if let Some(processor) = self.running(Kind::RecordDeAggregation) {
            write_deaggregation(processor, draft);
        }
        if !is_converted {
            self.write_framing(draft);
        } else if let Some(processor) = self.running(Kind::AppendDelimiterToRecord) {
            draft.note(&processor.path, Outcome::NotNeeded, "rows have nothing between them");
        }
        if let Some(processor) = self.running(Kind::Lambda) {
            let what = "no function of your own is invoked: its code belongs into decode and process of hooks.rs, or, as jq, \
                        into transform_query";
            let field = format!("{} ({})", processor.path, Kind::Lambda.as_str());
            draft.note(&field, Outcome::NoCounterpart, what);
        }
        if let Some(processor) = self.running(Kind::MetadataExtraction) {
            draft.note(&processor.path_of("JsonParsingEngine"), Outcome::NotNeeded, "jq is the one engine");
        }
    }

    fn write_decompression(&self, draft: &mut Draft) {
        if let Some(processor) = self.running(Kind::Decompression) {
            draft.set(&processor.path_of("CompressionFormat"), Table::Delivery, "decompression", "GZIP");
        }
        if let Some(processor) = self.running(Kind::CloudWatchLogProcessing) {
            let value = if self.extracts_messages() { "true" } else { "false" };
            let field = processor.path_of("DataMessageExtraction");
            draft.set(&field, Table::Delivery, "data_message_extraction", value);
        }
    }

    fn extracts_messages(&self) -> bool {
        let processor = self.running(Kind::CloudWatchLogProcessing);
        let value = processor.and_then(|processor| processor.parameter("DataMessageExtraction"));
        value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Firehose puts nothing between records unless it is told to. What it extracts from logs is one message a line.
    fn write_framing(&self, draft: &mut Draft) {
        const FRAMING: &str = "framing";
        let Some(processor) = self.running(Kind::AppendDelimiterToRecord) else {
            if self.extracts_messages() {
                draft.comment(Table::Delivery, "Firehose writes the messages of a log one a line.");
                draft.line(Table::Delivery, FRAMING, &quoted("after"));
            } else {
                draft.line(Table::Delivery, FRAMING, &quoted("none"));
            }
            return;
        };
        let field = processor.path_of("Delimiter");
        // The text has escapes, as Firehose's console writes it: `\n` is two characters.
        let written = processor.parameter("Delimiter").unwrap_or("\\n");
        match Delimiter::parse(written) {
            Ok(delimiter) => {
                draft.set(&processor.path, Table::Delivery, FRAMING, "after");
                if delimiter != Delimiter::NEWLINE {
                    draft.set(&field, Table::Delivery, "delimiter", &delimiter.to_string());
                }
            }
            Err(error) => {
                draft.line(Table::Delivery, FRAMING, &quoted("after"));
                draft.note(&field, Outcome::NoCounterpart, &format!("{error}; a newline is appended"));
            }
        }
    }
}

fn write_deaggregation(processor: &Processor<'_>, draft: &mut Draft) {
    const DEAGGREGATION: &str = "record_deaggregation";
    let kind = processor.parameter("SubRecordType").unwrap_or_default();
    let field = processor.path_of("Delimiter");
    let Some(written) = processor.parameter("Delimiter") else {
        draft.set(&processor.path_of("SubRecordType"), Table::Delivery, DEAGGREGATION, kind);
        return;
    };
    if kind != "DELIMITED" {
        draft.set(&processor.path_of("SubRecordType"), Table::Delivery, DEAGGREGATION, kind);
        draft.note(&field, Outcome::NotNeeded, "JSON values need no delimiter");
        return;
    }
    match delimiter_of(written) {
        Ok(delimiter) => {
            draft.set(&processor.path_of("SubRecordType"), Table::Delivery, DEAGGREGATION, kind);
            draft.set(&field, Table::Delivery, "record_deaggregation_delimiter", &delimiter);
        }
        Err(problem) => {
            draft.comment(Table::Delivery, &format!("{DEAGGREGATION} = \"DELIMITED\": {problem}."));
            draft.note(&field, Outcome::NoCounterpart, &problem);
        }
    }
}

/// The delimiter that is written in base64, with escapes as settings have them.
fn delimiter_of(base64: &str) -> Result<String, String> {
    let excerpt = penstock_format::excerpt(base64);
    let bytes = base64_simd::STANDARD.decode_to_vec(base64).map_err(|_| format!("{excerpt} is not base64"))?;
    let max = penstock_format::limits::DELIMITER_BYTES_MAX;
    if !(1..=max).contains(&bytes.len()) {
        return Err(format!("{excerpt} is a delimiter of {} bytes, not 1 to {max}", bytes.len()));
    }
    let escaped = bytes.iter().map(|byte| match byte {
        b'\n' => r"\n".to_owned(),
        b'\r' => r"\r".to_owned(),
        b'\t' => r"\t".to_owned(),
        0 => r"\0".to_owned(),
        b'\\' => r"\\".to_owned(),
        b' '..=b'~' => char::from(*byte).to_string(),
        other => format!(r"\x{other:02X}"),
    });
    Ok(escaped.collect())
}
