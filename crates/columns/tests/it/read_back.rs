//! A file as the `parquet` crate's own reader of records tells it, and as a text that tests compare.

use std::fmt::Write as _;

use bytes::Bytes;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use parquet::record::{Field, Row};
use penstock_columns::{Columns, JsonSerDe, Layout, Schema, UnknownFields, WriterOptions};

/// A layout of these columns, with the default `SerDe`.
pub fn layout(columns: &[(&str, &str)]) -> Layout {
    layout_of(columns, JsonSerDe::default(), UnknownFields::Ignore)
}

/// A layout of these columns.
pub fn layout_of(columns: &[(&str, &str)], serde: JsonSerDe, unknown_fields: UnknownFields) -> Layout {
    let columns: Vec<_> = columns.iter().map(|(n, t)| serde_json::json!({ "Name": n, "Type": t })).collect();
    let schema = Schema::parse(&serde_json::Value::Array(columns).to_string()).unwrap();
    Layout::new(schema, serde, unknown_fields).unwrap()
}

/// The rows that a file of these columns has, each as a text.
pub fn rows(layout: &Layout, columns: Columns, options: &WriterOptions) -> Vec<String> {
    rows_of(columns.finish(layout, options).unwrap())
}

/// The rows of a file, each as a text.
pub fn rows_of(file: Vec<u8>) -> Vec<String> {
    let options = ReadOptionsBuilder::new().build();
    let reader = SerializedFileReader::new_with_options(Bytes::from(file), options).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row_text(&row.unwrap())).collect()
}

fn row_text(row: &Row) -> String {
    let mut text = String::new();
    write_row(row, &mut text);
    text
}

fn write_row(row: &Row, text: &mut String) {
    text.push('{');
    for (index, (name, field)) in row.get_column_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}{name}:").unwrap();
        write_field(field, text);
    }
    text.push('}');
}

fn write_field(field: &Field, text: &mut String) {
    match field {
        Field::Null => text.push_str("null"),
        Field::Bool(value) => write!(text, "{value}").unwrap(),
        Field::Byte(value) => write!(text, "{value}").unwrap(),
        Field::Short(value) => write!(text, "{value}").unwrap(),
        Field::Int(value) | Field::Date(value) => write!(text, "{value}").unwrap(),
        Field::Long(value) | Field::TimestampMillis(value) | Field::TimestampMicros(value) => {
            write!(text, "{value}").unwrap();
        }
        Field::Float(value) => write!(text, "{value:?}").unwrap(),
        Field::Double(value) => write!(text, "{value:?}").unwrap(),
        Field::Decimal(decimal) => {
            let negative = decimal.data().first().is_some_and(|byte| byte & 0x80 != 0);
            let start = if negative { -1 } else { 0 };
            let number = decimal.data().iter().fold(start, |number: i128, byte| (number << 8) | i128::from(*byte));
            write!(text, "{number}e-{}", decimal.scale()).unwrap();
        }
        Field::Str(value) => write!(text, "{value:?}").unwrap(),
        Field::Bytes(value) => write!(text, "{:?}", String::from_utf8_lossy(value.data())).unwrap(),
        Field::Group(row) => write_row(row, text),
        Field::ListInternal(list) => {
            text.push('[');
            for (index, element) in list.elements().iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_field(element, text);
            }
            text.push(']');
        }
        Field::MapInternal(map) => {
            text.push('<');
            for (index, (key, value)) in map.entries().iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_field(key, text);
                text.push('=');
                write_field(value, text);
            }
            text.push('>');
        }
        other => panic!("a kind that no column has: {other:?}"),
    }
}
