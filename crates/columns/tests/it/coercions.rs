//! What the `SerDe`s make of values that are, or are not, of the column's type.

use penstock_columns::{Columns, JsonSerDe, RowErrorCode, TimestampType, UnknownFields, WriterOptions};

use crate::read_back::{layout_of, rows};

/// What a column of this type holds after it was given this value, or why it was not taken.
fn taken(serde: &JsonSerDe, hive_type: &str, json: &str) -> Result<String, String> {
    let layout = layout_of(&[("c", hive_type)], serde.clone(), UnknownFields::Ignore);
    let mut columns = Columns::new(&layout);
    let pushed = columns.push(&layout, format!("{{\"c\":{json}}}").as_bytes());
    assert_eq!(pushed.is_ok(), columns.rows() == 1, "{hive_type} {json}");
    if let Err(error) = pushed {
        assert_eq!(error.code, RowErrorCode::MalformedData, "{hive_type} {json}");
        assert_eq!(columns.buffered_bytes(), 0, "{hive_type} {json}");
        return Err(error.message);
    }
    let options = WriterOptions { timestamps: TimestampType::TimestampMicros, ..WriterOptions::default() };
    let row = rows(&layout, columns, &options).remove(0);
    Ok(row.strip_prefix("{c:").and_then(|row| row.strip_suffix('}')).unwrap().to_owned())
}

fn hold(serde: &JsonSerDe, table: &[(&str, &str, Result<&str, &str>)]) {
    for (hive_type, json, expected) in table {
        let told = taken(serde, hive_type, json);
        let expected = expected.map(str::to_owned).map_err(|held| format!("column \"c\" holds {held}, expected "));
        let fits = match (&told, &expected) {
            (Ok(told), Ok(expected)) => told == expected,
            (Err(told), Err(expected)) => told.starts_with(expected.as_str()),
            _ => false,
        };
        assert!(fits, "{hive_type} {json}: {told:?} instead of {expected:?}");
    }
}

const STRING: Result<&str, &str> = Err("a string that does not fit");
const RANGE: Result<&str, &str> = Err("a number that does not fit");

#[test]
fn open_x_takes_what_says_the_same() {
    hold(
        &JsonSerDe::default(),
        &[
            ("boolean", "true", Ok("true")),
            ("boolean", "\"FALSE\"", Ok("false")),
            ("boolean", "\"\"", STRING),
            ("boolean", "1", Err("a number")),
            ("tinyint", "-128", Ok("-128")),
            ("tinyint", "128", RANGE),
            ("smallint", "\"32767\"", Ok("32767")),
            ("smallint", "32768", RANGE),
            ("int", "\"12\"", Ok("12")),
            ("int", "\"+12\"", Ok("12")),
            ("int", "\"1\\u0032\"", Ok("12")),
            ("int", "\"12 \"", STRING),
            ("int", "\"\"", STRING),
            ("int", "\"0x1f\"", STRING),
            ("int", "2.0", Ok("2")),
            ("int", "2e1", Ok("20")),
            ("int", "2.5", RANGE),
            ("int", "1e999999999", RANGE),
            ("int", "2147483648", RANGE),
            ("int", "true", Err("a boolean")),
            ("int", "[1]", Err("an array")),
            ("int", "{}", Err("an object")),
            ("bigint", "9223372036854775807", Ok("9223372036854775807")),
            ("bigint", "-9.223372036854775808e18", Ok("-9223372036854775808")),
            ("bigint", "9223372036854775808", RANGE),
            ("float", "0.1", Ok("0.1")),
            ("float", "1e39", RANGE),
            ("double", "\"1.5e3\"", Ok("1500.0")),
            ("double", "\"NaN\"", Ok("NaN")),
            ("double", "\"-Infinity\"", Ok("-inf")),
            ("float", "\"Infinity\"", Ok("inf")),
            ("float", "\"NaN\"", Ok("NaN")),
            ("double", "\"inf\"", STRING),
            ("double", "1e999", RANGE),
            ("double", "5e-324", Ok("5e-324")),
            ("double", "0.1000000000000000055511151231257827021181583404541015625", Ok("0.1")),
            ("decimal(5,2)", "12.345", Ok("1235e-2")),
            ("decimal(5,2)", "-12.345", Ok("-1235e-2")),
            ("decimal(5,2)", "999.994", Ok("99999e-2")),
            ("decimal(5,2)", "999.995", RANGE),
            ("decimal(5,2)", "\"1.5\"", Ok("150e-2")),
            ("decimal(5,2)", "\"x\"", STRING),
            ("decimal(5,2)", "1e999999999", RANGE),
            (
                "decimal(38,0)",
                "-99999999999999999999999999999999999999",
                Ok("-99999999999999999999999999999999999999e-0"),
            ),
            (
                "decimal(38,10)",
                "1234567890123456789012345678.0123456789",
                Ok("12345678901234567890123456780123456789e-10"),
            ),
            ("string", "12345678901234567890123.10", Ok("\"12345678901234567890123.10\"")),
            ("string", "false", Ok("\"false\"")),
            ("string", "[1, {\"a b\" : null}]", Ok(r#""[1,{\"a b\":null}]""#)),
            ("string", "{ }", Ok("\"{}\"")),
            ("string", "null", Ok("null")),
            ("string", "\"null\"", Ok("\"null\"")),
            ("string", "\"\\ud83d\\ude00\\n\"", Ok("\"😀\\n\"")),
            ("string", "\"\\ud83d\"", Err("a string with half of a surrogate pair")),
            ("char(2)", "\"é日x\"", Ok("\"é日\"")),
            ("varchar(3)", "12345", Ok("\"123\"")),
            ("binary", "\"aGk=\"", Ok("\"aGk=\"")),
            ("binary", "1", Err("a number")),
            ("date", "\"1970-01-02\"", Ok("1")),
            ("date", "\"1970-13-02\"", STRING),
            ("date", "1", Err("a number")),
            ("timestamp", "1", Ok("1000000")),
            ("timestamp", "\"1970-01-01T00:00:01.5Z\"", Ok("1500000")),
            ("timestamp", "\"soon\"", STRING),
            ("timestamp", "1e30", RANGE),
            ("timestamp", "true", Err("a boolean")),
            ("array<int>", "{}", Err("an object")),
            ("array<int>", "true", Err("a boolean")),
        ],
    );
}

#[test]
fn hive_takes_what_is_of_the_type() {
    let read = |text: &str| JsonSerDe::Hive(serde_json::from_str(text).unwrap());
    hold(
        &read("{}"),
        &[
            ("int", "\"12\"", Err("a string")),
            ("boolean", "\"true\"", Err("a string")),
            ("decimal(5,2)", "\"1\"", Err("a string")),
            ("double", "\"NaN\"", Err("a string")),
            ("int", "12", Ok("12")),
            ("string", "12", Ok("\"12\"")),
            ("string", "[1]", Err("an array")),
            ("string", "{}", Err("an object")),
            ("date", "\"1970-01-02\"", Ok("1")),
            ("timestamp", "\"1970-1-1 00:00:01.5\"", Ok("1500000")),
            ("timestamp", "\"1970-01-01T00:00:01Z\"", STRING),
            ("timestamp", "1", Err("a number")),
            ("map<int,int>", "{\"7\": 1}", Ok("<7=1>")),
        ],
    );
    hold(
        &read(r#"{"TimestampFormats": ["dd.MM.yyyy HH:mm", "millis"]}"#),
        &[
            ("timestamp", "\"02.01.1970 00:01\"", Ok("86460000000")),
            ("timestamp", "1500", Ok("1500000")),
            ("timestamp", "\"1500\"", Ok("1500000")),
            ("timestamp", "\"1970-01-01 00:00:00\"", STRING),
        ],
    );
    hold(&read(r#"{"TimestampFormats": ["yyyy"]}"#), &[("timestamp", "1970", Err("a number"))]);
}

#[test]
fn messages_name_the_place_and_what_was_expected() {
    let layout = layout_of(
        &[("a", "struct<b:array<map<string,decimal(5,2)>>>"), ("t", "timestamp")],
        JsonSerDe::default(),
        UnknownFields::Ignore,
    );
    for (json, message) in [
        (
            r#"{"a": {"b": [null, {"x": 1}, {"y": [2]}]}}"#,
            "column \"a.b[]{}\" holds an array, expected a decimal(5,2): at most 3 digits before the point",
        ),
        (r#"{"a": 1}"#, "column \"a\" holds a number, expected an object"),
        (r#"{"a": {"b": "x"}}"#, "column \"a.b\" holds a string, expected an array"),
        (r#"{"a": {"b": [[]]}}"#, "column \"a.b[]\" holds an array, expected an object"),
        (
            r#"{"t": "x"}"#,
            "column \"t\" holds a string that does not fit, expected a timestamp, yyyy-MM-dd'T'HH:mm:ss[.S]'Z', \
             yyyy-[M]M-[d]d HH:mm:ss[.S], or seconds or milliseconds since 1970",
        ),
    ] {
        let error = Columns::new(&layout).push(&layout, json.as_bytes()).expect_err(json);
        assert_eq!(error.to_string(), format!("DataFormatConversion.MalformedData: {message}"), "{json}");
    }
}
