//! The dashboard: one page that tells whether records arrive, how late, how large and at what cost in time.

use super::text::{Reference, Text};
use super::value::{Object, Value};
use crate::environment::Environment;

/// Columns of a dashboard, and of a widget: two stand side by side.
const WIDGET_WIDTH: u32 = 12;
const WIDGET_HEIGHT: u32 = 6;

/// A line of a graph: namespace, metric, dimension, statistic.
struct Line(&'static str, &'static str, (&'static str, Text), &'static str);

/// The body of the dashboard, as CloudWatch takes it.
pub(super) fn body(environment: &Environment) -> Object {
    let function = || ("FunctionName", Text::from(Reference::FunctionName));
    let mapping = || ("EventSourceMappingUUID", Text::from(Reference::MappingUuid));
    let stream = || ("StreamName", Text::from(environment.stream.name.as_str()));
    let own = || ("DeliveryStreamName", Text::from(environment.delivery.delivery_name.as_str()));
    let duration = format!("Duration of an invocation in ms; the timeout is {} s", environment.function.timeout);
    let graphs = [
        (
            "Age of records in ms".to_owned(),
            vec![
                Line("AWS/Lambda", "IteratorAge", function(), "Maximum"),
                Line("AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", stream(), "Maximum"),
            ],
        ),
        (
            "Records in and out".to_owned(),
            vec![
                Line("AWS/Kinesis", "IncomingRecords", stream(), "Sum"),
                Line("AWS/Lambda", "PolledEventCount", mapping(), "Sum"),
                Line("Penstock", "DeliveryToS3.Records", own(), "Sum"),
                Line("Penstock", "DroppedRecords", own(), "Sum"),
            ],
        ),
        (
            "Objects".to_owned(),
            vec![
                Line("Penstock", "DeliveryToS3.ObjectCount", own(), "Sum"),
                Line("Penstock", "AlreadyStored", own(), "Sum"),
            ],
        ),
        (
            "Bytes in and out".to_owned(),
            vec![
                Line("AWS/Kinesis", "IncomingBytes", stream(), "Sum"),
                Line("Penstock", "DeliveryToS3.Bytes", own(), "Sum"),
            ],
        ),
        (
            duration,
            vec![
                Line("AWS/Lambda", "Duration", function(), "p50"),
                Line("AWS/Lambda", "Duration", function(), "p99"),
                Line("AWS/Lambda", "Duration", function(), "Maximum"),
            ],
        ),
        (
            "What fails".to_owned(),
            vec![
                Line("AWS/Lambda", "Errors", function(), "Sum"),
                Line("AWS/Lambda", "Throttles", function(), "Sum"),
                Line("AWS/Lambda", "DroppedEventCount", mapping(), "Sum"),
                Line("Penstock", "FailedRecords", own(), "Sum"),
            ],
        ),
    ];
    let places = (0..).flat_map(|row: u32| [(0, row * WIDGET_HEIGHT), (WIDGET_WIDTH, row * WIDGET_HEIGHT)]);
    let widgets = graphs.into_iter().zip(places).map(|((title, lines), (x, y))| widget(title, lines, x, y));
    Object::new().with("widgets", widgets.collect::<Vec<Object>>())
}

fn widget(title: String, lines: Vec<Line>, x: u32, y: u32) -> Object {
    let line = |Line(namespace, name, (dimension, value), statistic)| {
        let shown = Object::new().with("stat", statistic);
        Value::List(vec![namespace.into(), Value::from(name), dimension.into(), value.into(), shown.into()])
    };
    let properties = Object::new()
        .with("title", title)
        .with("region", Reference::Region)
        .with("period", 60)
        .with("metrics", lines.into_iter().map(line).collect::<Vec<Value>>());
    Object::new()
        .with("type", "metric")
        .with("x", x)
        .with("y", y)
        .with("width", WIDGET_WIDTH)
        .with("height", WIDGET_HEIGHT)
        .with("properties", properties)
}
