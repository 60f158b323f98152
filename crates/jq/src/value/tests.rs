use proptest::prelude::*;

use super::*;

fn read(json: &str) -> Value {
    Value::from_json(json.as_bytes()).unwrap()
}

#[test]
fn a_value_knows_its_depth_and_measure() {
    for (json, depth, bytes) in [
        ("null", 0, 24),
        ("\"abc\"", 0, 27),
        ("[]", 1, 24),
        ("[1,2]", 1, 72),
        ("[[[]]]", 3, 72),
        ("{\"ab\":1}", 1, 24 + 24 + 50),
    ] {
        assert_eq!((read(json).depth(), read(json).bytes()), (depth, bytes), "{json}");
    }
}

#[test]
fn a_value_is_measured_as_a_tree() {
    let mut value = Value::from(1_usize);
    for _ in 0..10 {
        value = Value::array([value.clone(), value]);
    }
    assert!(value.bytes() > 1_024 * SCALAR_BYTES);
}

#[test]
fn entries_keep_their_order_and_the_last_of_a_key_counts() {
    let many: Vec<_> = (0..100).map(|n| format!("\"k{}\":{n}", (n * 37) % 101)).collect();
    let text = format!("{{{}}}", many.join(","));
    assert_eq!(read(&text).to_json(usize::MAX).unwrap(), text);
    assert_eq!(read(r#"{"a":1,"b":2,"a":3}"#).to_json(usize::MAX).unwrap(), r#"{"a":3,"b":2}"#);
}

#[test]
fn the_measure_stays_right_through_updates() {
    for (source, input) in [
        (".a = [1]", r#"{"a":"x"}"#),
        ("del(.a)", r#"{"a":"x","b":1}"#),
        (".[5] = \"x\"", "[1]"),
        ("del(.[0])", "[\"x\",2]"),
        (".[1:] = [9,9,9]", "[1,2]"),
        (". + {b: [1]}", r#"{"a":"x","b":2}"#),
        (". * {a: {c: 1}}", r#"{"a":{"b":1}}"#),
        (".[] |= [.]", r#"{"a":"x","b":[1]}"#),
        (".[] |= empty", "[1,2]"),
    ] {
        let program = crate::Program::compile(source).unwrap();
        program
            .evaluate(input.as_bytes(), |value| {
                let again = read(&value.to_json(usize::MAX).unwrap());
                assert_eq!(value.bytes(), again.bytes(), "{source}");
                assert!(value.depth() >= again.depth(), "{source}");
                true
            })
            .unwrap();
    }
}

#[test]
fn json_is_written_as_jq_does() {
    for (json, written) in [
        (r#""\u0000\u001f\u007f\b\f\n\r\t\"\\\/é""#, "\"\\u0000\\u001f\\u007f\\b\\f\\n\\r\\t\\\"\\\\/é\""),
        (r#""\ud83d\ude00\ud800x""#, "\"😀\u{fffd}x\""),
        (" [ 1 , { \"a\" : null } ] ", "[1,{\"a\":null}]"),
    ] {
        assert_eq!(read(json).to_json(usize::MAX).unwrap(), written, "{json}");
    }
    assert_eq!(read("[1,2]").to_json(4), None);
}

#[test]
fn a_dump_shows_eleven_bytes_at_most() {
    for (json, shown) in [
        ("\"abcdefghijkl\"", "\"abcdefghijkl\""),
        ("\"abcdefghijklm\"", "\"abcdefghij..."),
        ("\"ééééééééé\"", "\"ééééé..."),
    ] {
        assert_eq!(Dump(&read(json)).to_string(), shown, "{json}");
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(value in any_value()) {
        let json = value.to_json(usize::MAX).unwrap();
        prop_assert_eq!(read(&json), value);
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok());
    }

    #[test]
    fn the_order_is_total(a in any_value(), b in any_value(), c in any_value()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::NULL),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(|int| Value::number(Number::Int(int))),
        (-1e15..1e15_f64).prop_map(Value::from),
        ".{0,6}".prop_map(Value::text),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::array),
            prop::collection::vec((".{0,3}", inner), 0..4).prop_map(Value::object),
        ]
    })
}
