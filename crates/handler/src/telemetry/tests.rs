use std::time::UNIX_EPOCH;

use serde_json::{Map, Value};

use super::*;

fn line(level: Level) -> Line {
    let mut line = Line::new(level, "batch delivered", UNIX_EPOCH + Duration::from_millis(1_545_084_650_987));
    line = line.with("records", 3).with("shardId", "shardId-000000000006");
    let mut values = Map::new();
    values.insert("DeliveryToS3.Records".to_owned(), 3.into());
    line.put_metrics(values, "clicks");
    line
}

#[test]
fn a_json_line_is_one_object_with_fields_and_metrics() {
    let rendered = line(Level::Info).render(Level::Info, Format::Json);
    assert_eq!(rendered.matches('\n').count(), 1);
    let value: Value = serde_json::from_str(&rendered).unwrap();
    assert_eq!(value["timestamp"], "2018-12-17T22:10:50.987Z");
    assert_eq!(value["message"], "batch delivered");
    assert_eq!(value["records"], 3);
    assert_eq!(value["DeliveryToS3.Records"], 3);
    assert_eq!(value["DeliveryStreamName"], "clicks");
    let directive = &value["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "Penstock");
    assert_eq!(directive["Dimensions"][0][0], "DeliveryStreamName");
    assert_eq!(directive["Metrics"], serde_json::json!([{ "Name": "DeliveryToS3.Records", "Unit": "Count" }]));
    assert_eq!(value["_aws"]["Timestamp"], 1_545_084_650_987_i64);
}

#[test]
fn a_text_line_has_its_metrics_beside_it() {
    let rendered = line(Level::Info).render(Level::Info, Format::Text);
    let mut lines = rendered.lines();
    let text = lines.next().unwrap();
    assert!(text.contains("INFO") && text.contains("batch delivered") && text.contains("records=3"), "{text}");
    assert!(lines.next().unwrap().starts_with('{'));
}

#[test]
fn above_the_level_only_metrics_are_said() {
    let rendered = line(Level::Info).render(Level::Warn, Format::Json);
    let value: Value = serde_json::from_str(&rendered).unwrap();
    assert_eq!(value["DeliveryToS3.Records"], 3);
    assert!(value.get("records").is_none() && value.get("message").is_none());
    assert_eq!(Line::new(Level::Info, "x", UNIX_EPOCH).render(Level::Warn, Format::Json), "");
}

#[test]
fn lambda_names_the_levels_and_formats() {
    let lookup = |level: &'static str, format: &'static str| {
        let telemetry = Telemetry::from_lookup(|name| match name {
            "AWS_LAMBDA_LOG_LEVEL" => Some(level.to_owned()),
            "AWS_LAMBDA_LOG_FORMAT" => Some(format.to_owned()),
            _ => None,
        });
        (telemetry.level, telemetry.format)
    };
    assert_eq!(lookup("WARN", "Text"), (Level::Warn, Format::Text));
    assert_eq!(lookup("debug", "JSON"), (Level::Debug, Format::Json));
    assert_eq!(lookup("loud", "XML"), (Level::Info, Format::Json));
}

#[test]
fn the_tables_name_each_thing_once() {
    let mut names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    names.extend(METRICS.iter().map(|metric| metric.name));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
