//! Whatever comes from outside: a failed row at most, never a panic, and nothing left of it.

use std::fmt::Write as _;

use penstock_columns::{Columns, RowErrorCode, WriterOptions};
use proptest::prelude::*;

use crate::read_back::{layout, rows_of};

const COLUMNS: [(&str, &str); 6] = [
    ("i", "int"),
    ("d", "decimal(20,3)"),
    ("s", "string"),
    ("t", "timestamp"),
    ("l", "array<struct<x:double,y:map<bigint,varchar(3)>>>"),
    ("n", "struct<a:struct<b:array<date>>>"),
];

const RECORD: &str = r#"{"i":-12,"d":"1.5e2","s":"a\ud83d\ude00\n","t":"2018-02-07T19:58:48.5Z",
    "l":[{"x":1.5e-3,"y":{"1":"abcd","2":null}},null],"n":{"a":{"b":["2020-02-29"]}},"other":[{"deep":[1,2]}]}"#;

#[test]
fn d1_what_is_large_or_deep_is_a_row_or_none() {
    let layout = layout(&COLUMNS);
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
    let mut fields = String::new();
    for index in 0..10_000 {
        write!(fields, "\"f{index}\":{index},").unwrap();
    }
    let large = "x".repeat(6 << 20);
    for (name, record, fits) in [
        ("unknown and deep", format!("{{\"z\":{}}}", deep("[", "]")), true),
        ("text and deep", format!("{{\"s\":{}}}", deep("{\"a\":", "}")), true),
        ("list and deep", format!("{{\"l\":{}}}", deep("[", "]")), false),
        ("never closed", "[{\"a\":".repeat(500_000), false),
        ("large text", format!("{{\"s\":\"{large}\"}}"), true),
        ("large escapes", format!("{{\"s\":\"{}\"}}", "\\u00e9".repeat(1 << 20)), true),
        ("large key", format!("{{\"{}\":1}}", "K".repeat(1 << 20)), true),
        ("many fields", format!("{{{fields}\"i\":1}}"), true),
        ("many digits", format!("{{\"i\":{}}}", "9".repeat(1 << 20)), false),
        ("many zeros", format!("{{\"d\":0.{}}}", "0".repeat(1 << 20)), true),
        ("many digits of a double", format!("{{\"l\":[{{\"x\":0.{}}}]}}", "3".repeat(1 << 20)), true),
        ("huge", "{\"d\":1e999999999}".to_owned(), false),
        ("huge and unknown", "{\"z\":1e999999999}".to_owned(), true),
        ("tiny", "{\"d\":1e-999999999,\"t\":1e-999999999}".to_owned(), true),
        ("half a pair", r#"{"s":"\ud800"}"#.to_owned(), false),
        ("half a pair in a key", r#"{"\ud800":1}"#.to_owned(), false),
        ("half a pair that nobody reads", r#"{"z":"\ud800"}"#.to_owned(), true),
        ("many objects", "{\"i\":1}".repeat(200_000), true),
        ("too large", format!("{{\"s\":\"{}\"}}", "x".repeat(32 << 20)), false),
    ] {
        let mut columns = Columns::new(&layout);
        columns.push(&layout, RECORD.as_bytes()).unwrap();
        let before = columns.buffered_bytes();
        let pushed = columns.push(&layout, record.as_bytes());
        assert_eq!(pushed.is_ok(), fits, "{name}: {pushed:?}");
        if let Err(error) = pushed {
            assert!(error.message.len() < 1_024, "{name}: {} bytes", error.message.len());
            assert_eq!((columns.rows(), columns.buffered_bytes()), (1, before), "{name}");
        }
    }
}

#[test]
fn empty_columns_are_small() {
    let wide: Vec<_> = (0..50).map(|index| (format!("c{index}"), "string")).collect();
    let wide: Vec<_> = wide.iter().map(|(name, of)| (name.as_str(), *of)).collect();
    let layout = layout(&wide);
    let all: Vec<_> = (0..1_000).map(|_| Columns::new(&layout)).collect();
    assert!(all.iter().all(|columns| columns.is_empty() && columns.buffered_bytes() == 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn d1_damaged_records_leave_no_trace(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let layout = layout(&COLUMNS);
        let mut record = RECORD.as_bytes().to_vec();
        for (index, byte, change) in changes {
            let at = index.index(record.len());
            match change {
                0 => record[at] = byte,
                1 => record.insert(at, byte),
                2 => record[at] = b"\"\\{}[],:0eE.-u \n"[usize::from(byte % 16)],
                _ => drop(record.remove(at)),
            }
        }
        let mut columns = Columns::new(&layout);
        let pushed = columns.push(&layout, &record);
        let rows = pushed.as_ref().map_or(0, |pushed| pushed.rows);
        // Whoever takes only JSON of JSON's kind takes no more than we do of its syntax.
        let is_json = std::str::from_utf8(&record).is_ok()
            && serde_json::Deserializer::from_slice(&record)
                .into_iter::<serde::de::IgnoredAny>()
                .all(|value| value.is_ok());
        if pushed.is_ok() {
            prop_assert!(is_json);
        }
        if let Err(error) = pushed
            && !is_json
            && error.code == RowErrorCode::MalformedData
        {
            // It failed for what stood before the damage.
            prop_assert!(error.message.contains("column") || error.message.contains("record"));
        }
        columns.push(&layout, RECORD.as_bytes()).unwrap();
        let file = columns.finish(&layout, &WriterOptions::default()).unwrap();
        prop_assert_eq!(rows_of(file).len(), rows + 1);
    }

    #[test]
    fn d1_bytes_of_any_kind_are_no_rows(record in prop::collection::vec(any::<u8>(), 0..64)) {
        let layout = layout(&COLUMNS);
        let mut columns = Columns::new(&layout);
        let pushed = columns.push(&layout, &record);
        prop_assert_eq!(pushed.map_or(0, |pushed| pushed.rows), columns.rows());
    }
}
