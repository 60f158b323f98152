//! Converts records for a test in another language: settings and records on standard input, what failed on standard output,
//! an object of JSON a line; the Parquet file goes to the path that is the one argument.
//!
//! ```text
//! {"schema": [{"Name": "a", "Type": "int"}], "OpenXJsonSerDe": {}, "ParquetSerDe": {}, "unknownFields": "count"}
//! 7b2261223a317d
//! ```
//!
//! The first line is the settings, of which the schema alone must be there; each other one is the data of a record in
//! hexadecimal digits. The last line that is written tells rows and unknown fields.

#![expect(clippy::disallowed_methods, reason = "a shell around a pure crate: it has arguments, and writes a file")]

use std::io::{self, BufWriter, Read as _, Write as _};

use penstock_columns::{Columns, JsonSerDe, Layout, Schema, UnknownFields, WriterOptions};
use serde_json::Value;

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let path = std::env::args_os().nth(1).ok_or("expected the path of the file to write")?;
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let mut lines = input.lines();
    let settings: Value = serde_json::from_str(lines.next().ok_or("expected settings in the first line")?)?;
    let schema = Schema::parse(&settings["schema"].to_string())?;
    let serde = match &settings["HiveJsonSerDe"] {
        Value::Null => JsonSerDe::OpenX(serde_json::from_value(or_empty(&settings["OpenXJsonSerDe"]))?),
        hive => JsonSerDe::Hive(serde_json::from_value(hive.clone())?),
    };
    let options: WriterOptions = serde_json::from_value(or_empty(&settings["ParquetSerDe"]))?;
    let unknown: UnknownFields = settings["unknownFields"].as_str().unwrap_or("ignore").parse()?;
    let layout = Layout::new(schema, serde, unknown)?;
    let mut output = BufWriter::new(io::stdout().lock());
    let mut columns = Columns::new(&layout);
    let mut unknown_fields = 0;
    for (record, line) in lines.enumerate() {
        match columns.push(&layout, &bytes(line)?) {
            Ok(pushed) => unknown_fields += pushed.unknown_fields,
            Err(error) => {
                let told =
                    serde_json::json!({ "record": record, "code": error.code.as_str(), "message": error.message });
                writeln!(output, "{told}")?;
            }
        }
    }
    writeln!(output, "{}", serde_json::json!({ "rows": columns.rows(), "unknownFields": unknown_fields }))?;
    std::fs::write(path, columns.finish(&layout, &options)?)?;
    output.flush()?;
    Ok(())
}

fn or_empty(value: &Value) -> Value {
    if value.is_null() { serde_json::json!({}) } else { value.clone() }
}

fn bytes(digits: &str) -> Result<Vec<u8>, Error> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}
