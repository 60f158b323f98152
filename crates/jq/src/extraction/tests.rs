use super::*;

fn keys(source: &str, input: &str) -> Result<Keys<'static>, RunError> {
    let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    let query = Extraction::compile(source).unwrap();
    let keys = query.run(input.as_bytes())?;
    Ok(keys.into_iter().map(|(name, value)| (owned(name), value.map(owned))).collect())
}

#[test]
fn values_are_texts_or_none() {
    let record = r#"{"s": "a b", "n": 1.50, "i": 9007199254740993, "t": true, "z": null, "e": ""}"#;
    let expected = [
        ("s", Some("a b")),
        ("n", Some("1.5")),
        ("i", Some("9007199254740993")),
        ("t", Some("true")),
        ("z", None),
        ("e", Some("")),
        ("missing", None),
    ];
    let expected: Keys<'_> = expected.map(|(name, value)| (name.into(), value.map(Into::into))).to_vec();
    assert_eq!(keys("{s, n, i, t, z, e, missing}", record), Ok(expected.clone()));
    assert_eq!(keys(". + {missing}", record), Ok(expected));
}

#[test]
fn what_is_no_object_of_texts_fails() {
    for (name, source, message) in [
        ("none", "empty", "the jq program made 0 outputs, one object was expected"),
        ("two", "{a: 1}, {a: 2}", "the jq program made 2 outputs, one object was expected"),
        ("two by a value", "{a: (1, 2)}", "the jq program made 2 outputs, one object was expected"),
        ("string", "\"a\"", "the jq program made a string, an object was expected"),
        ("array", "[1]", "the jq program made an array, an object was expected"),
        ("array within", "{a: []}", "the value of a is an array, a string, number or boolean was expected"),
        ("object within", "{a: {}}", "the value of a is an object, a string, number or boolean was expected"),
        ("failure", "{a: (1 | .b)}", "the jq program failed: Cannot index number with string \"b\""),
        ("path to an array", "{x}", "the value of x is an array, a string, number or boolean was expected"),
    ] {
        assert_eq!(keys(source, r#"{"x": [1]}"#).unwrap_err().to_string(), message, "{name}");
    }
}

#[test]
fn names_are_told_where_they_are_written() {
    for (source, expected) in [
        ("{a: .x, \"b c\": 1, \"d\\u00e9\": 2, if: 3}", Some(&["a", "b c", "dé", "if"][..])),
        ("{a}", Some(&["a"])),
        ("{a: 1, a: 2}", Some(&["a"])),
        ("1 as $x | {$x}", Some(&["x"])),
        (".detail | {a: .b}", Some(&["a"])),
        ("def f: 1; {a: f}", Some(&["a"])),
        ("{}", Some(&[])),
        ("({a: 1})", Some(&["a"])),
        ("{(.a): 1}", None),
        ("{\"x\\(.a)\": 1}", None),
        ("{a: 1} + {b: 2}", None),
        (".", None),
    ] {
        let query = Extraction::compile(source).unwrap();
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(query.keys(), expected.as_deref(), "{source}");
    }
}
