//! JSON objects and pieces.

use crate::batches::{DELIMITED, HASHES, JSON, alone, data_of};

#[test]
fn d1_json_objects_are_records() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let many = "{}".repeat(501);
    for (name, record, expected) in [
        ("one", "{\"a\":1}", &["{\"a\":1}"][..]),
        ("back to back", "{\"a\":1}{\"b\":2}{}", &["{\"a\":1}", "{\"b\":2}", "{}"]),
        ("one a line", "{\"a\":1}\n{\"b\":2}\r\n", &["{\"a\":1}", "{\"b\":2}"]),
        ("white space", " \t\r\n{\"a\" : 1}  \n\n {\"b\":2} ", &["{\"a\" : 1}", "{\"b\":2}"]),
        ("braces and escapes in text", r#"{"a":"}{\"\\"}{"b":2}"#, &[r#"{"a":"}{\"\\"}"#, "{\"b\":2}"]),
        ("nested", "{\"a\":{\"b\":[{}]}}{}", &["{\"a\":{\"b\":[{}]}}", "{}"]),
        ("as deep as a record is long", &deep, &[&deep]),
        ("more than Firehose takes", &many, &vec!["{}"; 501]),
        ("empty", "", &[]),
        ("white space alone", " \n", &[]),
    ] {
        assert_eq!(alone(&[JSON], record.as_bytes()), data_of(expected), "{name}");
    }
    for (name, record) in [
        ("an array", &b"[{}]"[..]),
        ("a number", b"1"),
        ("a text", b"\"secret\""),
        ("null", b"null"),
        ("no JSON", b"secret"),
        ("a comma between", b"{},{}"),
        ("something behind", b"{}{} secret"),
        ("an array behind", b"{}[]"),
        ("cut short", b"{}{\"a\":1"),
        ("a comma too many", b"{\"a\":1,}"),
        ("a mark in front", b"\xEF\xBB\xBF{}"),
        ("a zero byte behind", b"{}\0"),
        ("another white space", b"{}\x0b{}"),
    ] {
        let failed = Err("processing-failed Deaggregation.NotJsonObjects".to_owned());
        assert_eq!(alone(&[JSON], record), failed, "{name}");
    }
}

#[test]
fn d1_pieces_are_records() {
    for (name, record, expected) in [
        ("no delimiter", "a", &["a"][..]),
        ("between", "a##b", &["a", "b"]),
        ("at the end", "a##b##", &["a", "b"]),
        ("empty pieces", "##a####b", &["", "a", "", "b"]),
        ("an empty piece at the end", "a####", &["a", ""]),
        ("the delimiter alone", "##", &[""]),
        ("half a delimiter", "a#b#", &["a#b#"]),
        ("three of its bytes", "a###b", &["a", "#b"]),
        ("empty", "", &[]),
    ] {
        assert_eq!(alone(&[DELIMITED, HASHES], record.as_bytes()), data_of(expected), "{name}");
    }
    let line = ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", "\\r\\n");
    assert_eq!(alone(&[DELIMITED, line], b"a\r\nb\nc\r\n"), data_of(&["a", "b\nc"]), "an escape is one byte");
}
