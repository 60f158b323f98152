//! One processor of a `ProcessingConfiguration`: its type, its parameters, and the rules for both.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::ImportError;
use super::draft::{Draft, Outcome};
use super::fields::{Fields, length_error, rule, words_error};
use super::limits::{LAMBDA_INTERVAL_IN_SECONDS, LAMBDA_RETRIES, LAMBDA_SIZE_IN_MBS, PARAMETER_CHARACTERS};

/// Source: the model, `ProcessorType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    RecordDeAggregation,
    Decompression,
    CloudWatchLogProcessing,
    Lambda,
    MetadataExtraction,
    AppendDelimiterToRecord,
}

impl Kind {
    const ALL: [(&'static str, Self); 6] = [
        ("RecordDeAggregation", Self::RecordDeAggregation),
        ("Decompression", Self::Decompression),
        ("CloudWatchLogProcessing", Self::CloudWatchLogProcessing),
        ("Lambda", Self::Lambda),
        ("MetadataExtraction", Self::MetadataExtraction),
        ("AppendDelimiterToRecord", Self::AppendDelimiterToRecord),
    ];

    /// Firehose's word.
    pub(super) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// The parameters that it takes.
    const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::RecordDeAggregation => &["SubRecordType", "Delimiter"],
            Self::Decompression => &["CompressionFormat"],
            Self::CloudWatchLogProcessing => &["DataMessageExtraction"],
            Self::Lambda => &["LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds"],
            Self::MetadataExtraction => &["MetadataExtractionQuery", "JsonParsingEngine"],
            Self::AppendDelimiterToRecord => &["Delimiter"],
        }
    }
}

/// Source: the model, `ProcessorParameterName`.
const PARAMETER_NAMES: [&str; 11] = [
    "LambdaArn",
    "NumberOfRetries",
    "MetadataExtractionQuery",
    "JsonParsingEngine",
    "RoleArn",
    "BufferSizeInMBs",
    "BufferIntervalInSeconds",
    "SubRecordType",
    "Delimiter",
    "CompressionFormat",
    "DataMessageExtraction",
];

/// A processor whose parameters are within the rules.
#[derive(Debug)]
pub(super) struct Processor<'v> {
    /// Its field, as notes name it.
    pub(super) path: String,
    /// `Type`.
    pub(super) kind: Kind,
    parameters: Vec<(&'static str, &'v str)>,
}

impl<'v> Processor<'v> {
    /// Reads one and checks it alone.
    pub(super) fn read(path: &str, value: &'v Value, draft: &mut Draft) -> Result<Self, ImportError> {
        let mut fields = Fields::of(path, value)?;
        let at_type = fields.path_of("Type");
        let expected = "the type of a processor";
        let word = fields.text("Type")?.ok_or_else(|| ImportError::Missing { field: at_type.clone(), expected })?;
        let kind = Kind::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, kind)| kind);
        let words = Kind::ALL.map(|(name, _)| name);
        let kind = kind.ok_or_else(|| words_error(&at_type, word, &words))?;
        let mut processor = Self { path: path.to_owned(), kind, parameters: Vec::new() };
        let at_parameters = fields.path_of("Parameters");
        for (index, parameter) in fields.list("Parameters")?.iter().enumerate() {
            processor.add(&format!("{at_parameters}[{index}]"), parameter, draft)?;
        }
        fields.finish(draft);
        processor.check()?;
        Ok(processor)
    }

    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&'v str> {
        self.parameters.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    /// A parameter as errors and notes name it.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn add(&mut self, path: &str, value: &'v Value, draft: &mut Draft) -> Result<(), ImportError> {
        let mut fields = Fields::of(path, value)?;
        let missing = |field: String| ImportError::Missing { field, expected: "the name and the value of a parameter" };
        let (at_name, at_value) = (fields.path_of("ParameterName"), fields.path_of("ParameterValue"));
        let name = fields.word("ParameterName", &PARAMETER_NAMES)?.ok_or_else(|| missing(at_name))?;
        let value = fields.text("ParameterValue")?.ok_or_else(|| missing(at_value.clone()))?;
        fields.finish(draft);
        if let Some(error) = length_error(&at_value, value, &PARAMETER_CHARACTERS) {
            return Err(error);
        }
        if !self.kind.parameters().contains(&name) {
            draft.note(&self.path_of(name), Outcome::Unknown, &format!("no parameter of {}", self.kind.as_str()));
        } else if self.parameter(name).is_some() {
            draft.note(&self.path_of(name), Outcome::Unknown, "given twice: the first one is taken");
        }
        self.parameters.push((name, value));
        Ok(())
    }

    fn check(&self) -> Result<(), ImportError> {
        match self.kind {
            Kind::RecordDeAggregation => {
                self.one_of("SubRecordType", &["JSON", "DELIMITED"], "SubRecordType has to be one of JSON, DELIMITED")?;
                if self.parameter("SubRecordType") == Some("DELIMITED") && self.parameter("Delimiter").is_none() {
                    let text = "Delimiter should be present for DELIMITED";
                    return Err(rule(text, &self.path_of("Delimiter"), "not set"));
                }
                Ok(())
            }
            Kind::Decompression => {
                self.one_of("CompressionFormat", &["GZIP"], "CompressionFormat has to be one of GZIP")
            }
            Kind::CloudWatchLogProcessing => self.one_of(
                "DataMessageExtraction",
                &["True", "False", "true", "false", "TRUE", "FALSE"],
                "Invalid parameter value for DataMessageExtraction. Allowed values are True and False.",
            ),
            Kind::Lambda => self.check_lambda(),
            Kind::MetadataExtraction => {
                let text = "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6";
                self.one_of("JsonParsingEngine", &["JQ-1.6"], text)?;
                let (field, expected) = (self.path_of("MetadataExtractionQuery"), "a jq query");
                self.parameter("MetadataExtractionQuery").map(drop).ok_or(ImportError::Missing { field, expected })
            }
            Kind::AppendDelimiterToRecord => Ok(()),
        }
    }

    fn one_of(&self, name: &str, words: &[&str], text: &str) -> Result<(), ImportError> {
        match self.parameter(name) {
            Some(value) if words.contains(&value) => Ok(()),
            Some(value) => Err(rule(text, &self.path_of(name), penstock_format::excerpt(value))),
            None => Err(rule(text, &self.path_of(name), "not set")),
        }
    }

    fn check_lambda(&self) -> Result<(), ImportError> {
        let (size, interval) = (self.parameter("BufferSizeInMBs"), self.parameter("BufferIntervalInSeconds"));
        if size.is_some() != interval.is_some() {
            let text = "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for \
                        lambda processor.";
            let absent = if size.is_some() { "BufferIntervalInSeconds" } else { "BufferSizeInMBs" };
            return Err(rule(text, &self.path_of(absent), "not set"));
        }
        let retries = "Number of retries for lambda must be between 0 and 300.";
        self.number("NumberOfRetries", &LAMBDA_RETRIES, retries)?;
        let intervals = "BufferIntervalInSeconds for lambda must be between 0 and 900.";
        self.number("BufferIntervalInSeconds", &LAMBDA_INTERVAL_IN_SECONDS, intervals)?;
        let sizes = "BufferSizeInMBs for lambda must be between 0.2 and 3.";
        self.number("BufferSizeInMBs", &LAMBDA_SIZE_IN_MBS, sizes)
    }

    fn number<N: std::str::FromStr + PartialOrd>(
        &self,
        name: &str,
        range: &RangeInclusive<N>,
        text: &str,
    ) -> Result<(), ImportError> {
        let Some(value) = self.parameter(name) else { return Ok(()) };
        match value.parse::<N>() {
            Ok(number) if range.contains(&number) => Ok(()),
            Ok(_) | Err(_) => Err(rule(text, &self.path_of(name), penstock_format::excerpt(value))),
        }
    }
}
