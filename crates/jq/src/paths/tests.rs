use proptest::prelude::*;

use crate::extraction::Extraction;
use crate::program::Program;

#[test]
fn programs_of_paths_are_recognised() {
    for (source, is_native) in [
        (".a", true),
        (".a.b.\"c d\".[\"e\"]", true),
        ("{customer_id: .customer.id, region: .region}", true),
        ("{a, \"b c\": .x[\"y z\"], k: \"literal\", n: 1.50}", true),
        ("{}", true),
        (".", false),
        (".a?", false),
        (".a[0]", false),
        (".[]", false),
        (".a | .b", false),
        ("{a: .b[1:]}", false),
        ("{(.a): 1}", false),
        ("{a: (.b // 1)}", false),
        ("1 as $x | {$x}", false),
        ("{\"a\\(1)\": 1}", false),
    ] {
        assert_eq!(Program::compile(source).unwrap().is_native(), is_native, "{source}");
    }
}

#[test]
fn both_ways_agree_on_the_borders() {
    for source in [
        ".a",
        ".a.b",
        ".a.b.c",
        "{a}",
        "{a, b: .a.b}",
        "{b: .a.b, a}",
        "{x: .b, y: .a.c.d, z: \"k\", n: 1e2}",
        "{a, a: .b}",
    ] {
        for input in [
            r#"{"a":{"b":{"c":1}}}"#,
            r#"{"a":1,"a":{"b":2}}"#,
            r#"{"a":{"b":2},"a":1}"#,
            r#"{"a":{"b":2},"a":{}}"#,
            r#"{"a":{"b":2},"a":null}"#,
            r#"{"\u0061":{"b\u0000":1,"\u0062":"\ud83d\ude00"}}"#,
            r#"{"a":[{"b":1}],"b":[1,{"x":"]}"}]}"#,
            r#"{"a":"\\\"","b":" {\"a\":1}"}"#,
            r#"{"a":12345678901234567890,"b":1.50}"#,
            "{}",
            "null",
            "1",
            "\"a\"",
            "[]",
            "true",
            "{\"a\":",
            "[1",
            "{\"a\":1}x",
            "",
            " { \"a\" : { \"b\" : [ 1 , 2 ] } } ",
        ] {
            agree(source, input);
        }
    }
}

#[track_caller]
fn agree(source: &str, input: &str) {
    let program = Program::compile(source).unwrap();
    assert!(program.is_native(), "{source}");
    assert_eq!(program.run(input.as_bytes()), program.interpreted().run(input.as_bytes()), "{source} on {input}");
    let query = Extraction::compile(source).unwrap();
    let interpreted = query.interpreted();
    assert_eq!(query.run(input.as_bytes()), interpreted.run(input.as_bytes()), "keys of {source} on {input}");
}

fn any_key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c d", "é"]).prop_map(str::to_owned)
}

/// White space between everything, lines and tabs among it, or none.
fn any_record() -> impl Strategy<Value = String> {
    let style = prop::sample::select(vec![(" : ", ", "), ("\t:\n", "\n,\r "), (":", ",")]);
    (any_spaced_record(), style).prop_map(|(record, (colon, comma))| record.replace(" : ", colon).replace(", ", comma))
}

fn any_spaced_record() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "1",
        "-0",
        "1.50",
        "1e300",
        "99999999999999999999",
        "\"\"",
        "\"x\\n\\u00e9\"",
        "\"é longer than what is looked at together which has sixty-four bytes\"",
        "[]",
        "{}",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            // A key may come twice, and may be written with escapes.
            prop::collection::vec((any_key(), inner, any::<bool>()), 0..5).prop_map(|entries| {
                let entry = |(key, value, is_escaped): (String, String, bool)| {
                    let escaped = if is_escaped { key.replace('a', "\\u0061").replace('é', "\\u00e9") } else { key };
                    format!("\"{escaped}\" : {value}")
                };
                format!("{{{}}}", entries.into_iter().map(entry).collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

fn any_path() -> impl Strategy<Value = String> {
    prop::collection::vec(any_key(), 1..4).prop_map(|keys| {
        let keys: Vec<_> = keys.iter().map(|key| format!("[\"{key}\"]")).collect();
        format!(".{}", keys.concat())
    })
}

fn any_program() -> impl Strategy<Value = String> {
    let value = prop_oneof![4 => any_path(), 1 => Just("\"k\"".to_owned()), 1 => Just("1.50".to_owned())];
    let entry = (any_key(), prop::option::weighted(0.8, value)).prop_map(|(key, value)| match value {
        Some(value) => format!("\"{key}\": {value}"),
        None => format!("\"{key}\""),
    });
    prop_oneof![
        any_path(),
        prop::collection::vec(entry, 0..5).prop_map(|entries| format!("{{{}}}", entries.join(", ")))
    ]
}

proptest! {
    #[test]
    fn both_ways_agree(source in any_program(), record in any_record()) {
        agree(&source, &record);
    }

    #[test]
    fn both_ways_agree_on_what_is_damaged(source in any_program(), record in any_record(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = record.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let program = Program::compile(&source).unwrap();
        prop_assert_eq!(program.run(&bytes), program.interpreted().run(&bytes));
        let query = Extraction::compile(&source).unwrap();
        let interpreted = query.interpreted();
        prop_assert_eq!(query.run(&bytes), interpreted.run(&bytes));
    }
}
