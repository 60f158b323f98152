use proptest::prelude::*;

use super::*;

#[test]
fn delimiters_are_text_with_escapes() {
    for (name, text, expected) in [
        ("newline", r"\n", Some(&b"\n"[..])),
        ("crlf", r"\r\n", Some(b"\r\n")),
        ("tab", r"\t", Some(b"\t")),
        ("zero", r"\0", Some(b"\0")),
        ("backslash", r"\\", Some(b"\\")),
        ("record separator", r"\x1E", Some(b"\x1e")),
        ("lower case digits", r"\xff", Some(b"\xff")),
        ("plain", "#|", Some(b"#|")),
        ("a newline itself", "\n", Some(b"\n")),
        ("not ascii", "é", Some("é".as_bytes())),
        ("sixteen", "0123456789abcdef", Some(b"0123456789abcdef")),
        ("seventeen", "0123456789abcdefg", None),
        ("empty", "", None),
        ("unknown escape", r"\q", None),
        ("unfinished escape", "a\\", None),
        ("short hexadecimal", r"\x1", None),
        ("not hexadecimal", r"\xg0", None),
        ("signed hexadecimal", r"\x+1", None),
        ("begins as it ends", "||", None),
        ("begins as it ends, further in", "aba", None),
    ] {
        let parsed = Delimiter::parse(text);
        assert_eq!(parsed.as_ref().ok().map(Delimiter::as_bytes), expected, "{name}");
        if let Ok(delimiter) = parsed {
            assert_eq!(Delimiter::parse(&delimiter.to_string()), Ok(delimiter), "{name}");
        }
        // Between pieces the same text is the same bytes, and one that begins as it ends is as good as another.
        let between = PieceDelimiter::parse(text).ok();
        let refused = expected.is_none() && !name.starts_with("begins as it ends");
        assert_eq!(between.is_none(), refused, "{name}, between pieces");
        if let Some(between) = between {
            assert_eq!(between.as_bytes(), expected.unwrap_or(text.as_bytes()), "{name}, between pieces");
            assert_eq!(PieceDelimiter::parse(&between.to_string()), Ok(between), "{name}, between pieces");
        }
    }
    assert_eq!(Delimiter::parse(r"\r\n").unwrap(), Delimiter::CRLF);
    assert_eq!(Framing::default(), Framing::After(Delimiter::parse("\n").unwrap()));
    assert!(Delimiter::parse(&"x".repeat(100_000)).unwrap_err().to_string().len() < 300);
}

#[test]
fn f1_borders_of_splitting() {
    let newline = Framing::After(Delimiter::NEWLINE);
    let crlf = Framing::Between(Delimiter::CRLF);
    for (name, framing, body, expected) in [
        ("one line", newline, "a\n", Ok(vec!["a"])),
        ("an empty record", newline, "\n", Ok(vec![""])),
        ("two empty records", newline, "\n\n", Ok(vec!["", ""])),
        ("no record", newline, "", Ok(vec![])),
        ("cut short", newline, "a\nbc", Err(FramingError::Unfinished { bytes: 2, delimiter: Delimiter::NEWLINE })),
        ("one between", crlf, "a", Ok(vec!["a"])),
        ("an empty one between", crlf, "", Ok(vec![""])),
        ("two empty ones between", crlf, "\r\n", Ok(vec!["", ""])),
        ("half a delimiter", crlf, "a\rb\nc\r\nd\r", Ok(vec!["a\rb\nc", "d\r"])),
        ("nothing between", Framing::None, "ab", Err(FramingError::NoDelimiter)),
        (
            "an array",
            Framing::JsonArray,
            "[1,\n\"a,]\",\n{\"a\":[1, 2]}]\n",
            Ok(vec!["1", "\"a,]\"", "{\"a\":[1, 2]}"]),
        ),
        ("white space of records", Framing::JsonArray, "[ 1\n,\n\n2\t]\n", Ok(vec![" 1\n", "\n2\t"])),
        ("somebody else's array", Framing::JsonArray, " [1,2,[ ]]", Ok(vec!["1", "2", "[ ]"])),
        ("an array of none", Framing::JsonArray, "[ ]", Ok(vec![])),
        ("no array", Framing::JsonArray, "", Err(FramingError::NotJsonArray { at: 0 })),
        ("an array cut short", Framing::JsonArray, "[1,\n2", Err(FramingError::NotJsonArray { at: 5 })),
        ("an element cut short", Framing::JsonArray, "[1,\n\"2]", Err(FramingError::NotJsonArray { at: 4 })),
        ("a comma too many", Framing::JsonArray, "[1,\n]", Err(FramingError::NotJsonArray { at: 4 })),
        ("no comma", Framing::JsonArray, "[1 2]", Err(FramingError::NotJsonArray { at: 3 })),
        ("two arrays", Framing::JsonArray, "[1]\n[2]\n", Err(FramingError::NotJsonArray { at: 4 })),
        ("an object", Framing::JsonArray, "{}", Err(FramingError::NotJsonArray { at: 0 })),
    ] {
        let expected = expected.map(|records| records.into_iter().map(str::as_bytes).collect());
        assert_eq!(framing.split(body.as_bytes()), expected, "{name}");
    }
}

/// As the plan does it.
fn lay_down(framing: &Framing, records: &[Vec<u8>]) -> Vec<u8> {
    let mut body = Vec::new();
    for record in records {
        body.extend_from_slice(record);
        body.extend_from_slice(framing.suffix());
    }
    framing.trim(&mut body);
    body
}

fn any_records() -> impl Strategy<Value = Vec<Vec<u8>>> {
    // Few different bytes, so that parts of delimiters abound.
    proptest::collection::vec(proptest::collection::vec(proptest::sample::select(&b"\r\nab#"[..]), 0..6), 1..8)
}

/// JSON as producers write it: with white space around it, and with what separates elements inside.
fn any_json() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        "-?[1-9][0-9]{0,8}(\\.[0-9]{1,4})?",
        Just("true".to_owned()),
        Just("null".to_owned()),
        proptest::collection::vec(any::<char>(), 0..12).prop_map(|text| serde_json::json!(text).to_string()),
        "[,\n\\]\\[a\"]{0,8}".prop_map(|text| serde_json::json!({ "k": text, "l": [1, {}] }).to_string()),
        Just("[1,\n2]".to_owned()),
    ];
    ("[ \n\t\r]{0,2}", value, "[ \n\t\r]{0,2}")
        .prop_map(|(before, value, after)| format!("{before}{value}{after}").into())
}

proptest! {
    #[test]
    fn f1_records_without_the_delimiter_come_back(
        records in any_records(),
        delimiter in proptest::sample::select(vec![r"\n", r"\r\n", "#", "ab#", "aab", r"\x00"]),
    ) {
        let delimiter = Delimiter::parse(delimiter).unwrap();
        let holds = |record: &Vec<u8>| record.windows(delimiter.as_bytes().len()).any(|w| w == delimiter.as_bytes());
        let records: Vec<_> = records.into_iter().map(|r| if holds(&r) { Vec::new() } else { r }).collect();
        for framing in [Framing::After(delimiter), Framing::Between(delimiter)] {
            let body = lay_down(&framing, &records);
            prop_assert_eq!(framing.split(&body).unwrap(), records.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
    }

    #[test]
    fn f1_elements_of_an_array_come_back(records in proptest::collection::vec(any_json(), 1..8)) {
        let body = lay_down(&Framing::JsonArray, &records);
        prop_assert_eq!(Framing::JsonArray.split(&body).unwrap(), records.iter().map(Vec::as_slice).collect::<Vec<_>>());
        // What any other reader of JSON sees: as many values, and the same ones.
        let read: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap();
        let alone = records.iter().map(|record| serde_json::from_slice(record).unwrap());
        prop_assert_eq!(read, alone.collect::<Vec<serde_json::Value>>());
    }

    #[test]
    fn no_bytes_make_an_array_panic(body in proptest::collection::vec(proptest::sample::select(&b"[]{},:\"\\1e\n \xff"[..]), 0..24)) {
        if let Ok(records) = Framing::JsonArray.split(&body) {
            let again = lay_down(&Framing::JsonArray, &records.iter().map(|record| record.to_vec()).collect::<Vec<_>>());
            if !records.is_empty() {
                prop_assert_eq!(Framing::JsonArray.split(&again).unwrap(), records);
            }
        }
    }

    #[test]
    fn f1_otherwise_the_bytes_come_back(records in any_records()) {
        prop_assert_eq!(lay_down(&Framing::None, &records), records.concat());
        for delimiter in [Delimiter::NEWLINE, Delimiter::CRLF] {
            let between = lay_down(&Framing::Between(delimiter), &records);
            prop_assert_eq!(&between, &records.join(delimiter.as_bytes()));
            let pieces = Framing::Between(delimiter).split(&between).unwrap();
            prop_assert_eq!(pieces.join(delimiter.as_bytes()), between);
        }
    }

    #[test]
    fn every_delimiter_reads_back(bytes in proptest::collection::vec(any::<u8>(), 1..=16)) {
        use std::fmt::Write as _;
        let text = bytes.iter().fold(String::new(), |mut text, byte| { write!(text, r"\x{byte:02x}").unwrap(); text });
        if let Ok(delimiter) = Delimiter::parse(&text) {
            prop_assert_eq!(delimiter.as_bytes(), bytes.as_slice());
            prop_assert_eq!(Delimiter::parse(&delimiter.to_string()).unwrap(), delimiter);
        }
    }
}
