//! One line of output: as JSON, or as text with its metrics in a JSON line of their own.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use super::fields::{DIMENSION, METRICS, NAMESPACE};

/// How grave a line is; Lambda's names, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `TRACE`.
    Trace,
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR`.
    Error,
    /// `FATAL`.
    Fatal,
}

impl Level {
    const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The level of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(name))
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object.
    Json,
    /// Words and `name=value`.
    Text,
}

impl Format {
    /// The format that Lambda calls so.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "JSON" => Some(Self::Json),
            "Text" => Some(Self::Text),
            _ => None,
        }
    }
}

/// A line that is not written yet.
pub(super) struct Line {
    level: Level,
    now_ms: i64,
    fields: Map<String, Value>,
    metrics: Map<String, Value>,
}

impl Line {
    pub(super) fn new(level: Level, message: &'static str, now: SystemTime) -> Self {
        let now_ms = now.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_millis()).ok());
        let now_ms = now_ms.unwrap_or_default();
        let timestamp = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
        let line = Self { level, now_ms, fields: Map::new(), metrics: Map::new() };
        line.with("timestamp", timestamp.to_rfc3339_opts(SecondsFormat::Millis, true))
            .with("level", level.as_str())
            .with("message", message)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        debug_assert!(super::FIELDS.iter().any(|field| field.name == name), "{name} is not in the table of fields");
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Adds metrics, and what makes CloudWatch see them. Source: CloudWatch user guide, "Embedded metric format".
    pub(super) fn put_metrics(&mut self, values: Map<String, Value>, delivery_name: &str) {
        let present = METRICS.iter().filter(|metric| values.contains_key(metric.name));
        let definitions: Vec<Value> = present.map(|m| json!({ "Name": m.name, "Unit": m.unit })).collect();
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": definitions });
        self.metrics = values;
        self.metrics.insert(DIMENSION.to_owned(), delivery_name.into());
        self.metrics.insert("_aws".to_owned(), json!({ "Timestamp": self.now_ms, "CloudWatchMetrics": [directive] }));
    }

    /// The text of the line, with its line feed; empty where the level says that nothing is to be said.
    pub(super) fn render(mut self, at_least: Level, format: Format) -> String {
        let said = self.level >= at_least;
        let mut out = String::new();
        if said && format == Format::Text {
            out.push_str(&self.text());
        }
        if said && format == Format::Json {
            self.fields.append(&mut self.metrics);
            self.metrics = self.fields;
        }
        if !self.metrics.is_empty() {
            out.push_str(&Value::Object(self.metrics).to_string());
            out.push('\n');
        }
        out
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.fields {
            match (name.as_str(), value) {
                ("timestamp" | "level" | "message", Value::String(word)) => {
                    let _ = write!(out, "{word} ");
                }
                (_, value) => {
                    let _ = write!(out, "{name}={value} ");
                }
            }
        }
        out.pop();
        out.push('\n');
        out
    }

    /// Writes the line in one call, so that it stays whole. A closed output is nobody's loss but the reader's.
    pub(super) fn write(self, at_least: Level, format: Format) {
        let rendered = self.render(at_least, format);
        let _ = std::io::stdout().lock().write_all(rendered.as_bytes());
    }
}
