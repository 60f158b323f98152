use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn criteria(patterns: &[&str]) -> Result<FilterCriteria, FilterError> {
    FilterCriteria::parse(&patterns.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>())
}

/// Of a pattern for `data`.
fn of_data(pattern: &str) -> FilterCriteria {
    let pattern = format!(r#"{{"data":{pattern}}}"#);
    criteria(&[&pattern]).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

fn check(cases: &[(&str, &str, &str, bool)]) {
    for (name, pattern, data, expected) in cases {
        assert_eq!(of_data(pattern).matches(data.as_bytes()), *expected, "{name}: {pattern} on {data}");
    }
}

#[test]
fn without_patterns_everything_matches() {
    let criteria = criteria(&[]).expect("no pattern is none too many");
    assert!(criteria.is_empty());
    for data in [b"".as_slice(), b"plain", b"{}", b"\xff\x00"] {
        assert!(criteria.matches(data), "{data:?}");
    }
}

#[test]
fn values_are_compared_exactly() {
    check(&[
        ("a text", r#"{"city":["Oslo"]}"#, r#"{"city":"Oslo","size":1}"#, true),
        ("another case", r#"{"city":["Oslo"]}"#, r#"{"city":"oslo"}"#, false),
        ("an escape is the character", r#"{"city":["Osl\u006f"]}"#, r#"{"city":"\u004fslo"}"#, true),
        ("an alternative", r#"{"city":["Rome","Oslo"]}"#, r#"{"city":"Oslo"}"#, true),
        ("no alternative", r#"{"city":["Rome","Bern"]}"#, r#"{"city":"Oslo"}"#, false),
        ("no field", r#"{"city":["Oslo"]}"#, r#"{"town":"Oslo"}"#, false),
        ("both fields", r#"{"a":[1],"b":[2]}"#, r#"{"a":1,"b":2}"#, true),
        ("one field of two", r#"{"a":[1],"b":[2]}"#, r#"{"a":1,"b":3}"#, false),
        ("nested", r#"{"a":{"b":{"c":["x"]}}}"#, r#"{"a":{"b":{"c":"x"}}}"#, true),
        ("nested elsewhere", r#"{"a":{"b":["x"]}}"#, r#"{"a":{"c":"x"}}"#, false),
        ("a leaf where an object is wanted", r#"{"a":{"b":["x"]}}"#, r#"{"a":"x"}"#, false),
        ("an object where a leaf is wanted", r#"{"a":["x"]}"#, r#"{"a":{"x":"x"}}"#, false),
        ("empty", r#"{"a":[""]}"#, r#"{"a":""}"#, true),
        ("empty is not null", r#"{"a":[""]}"#, r#"{"a":null}"#, false),
        ("null", r#"{"a":[null]}"#, r#"{"a":null}"#, true),
        ("null is not absent", r#"{"a":[null]}"#, "{}", false),
        ("true", r#"{"a":[true]}"#, r#"{"a":true}"#, true),
        ("true is no text", r#"{"a":[true]}"#, r#"{"a":"true"}"#, false),
        ("a number", r#"{"a":[300]}"#, r#"{"a":300}"#, true),
        ("a number is no text", r#"{"a":[300]}"#, r#"{"a":"300"}"#, false),
        ("a number of another text", r#"{"a":[300]}"#, r#"{"a":300.0}"#, false),
        ("an exponent", r#"{"a":[300]}"#, r#"{"a":3.0e2}"#, false),
        ("the same exponent", r#"{"a":[3.0e2]}"#, r#"{"a":3.0e2}"#, true),
        (
            "more digits than a double has",
            r#"{"a":[12345678901234567890123]}"#,
            r#"{"a":12345678901234567890123}"#,
            true,
        ),
        ("the last of them", r#"{"a":[12345678901234567890123]}"#, r#"{"a":12345678901234567890124}"#, false),
        ("a dot in a key is a dot", r#"{"a.b":[1]}"#, r#"{"a":{"b":1}}"#, false),
    ]);
}

#[test]
fn texts_are_compared_in_part() {
    check(&[
        ("prefix", r#"{"a":[{"prefix":"eu-"}]}"#, r#"{"a":"eu-west-1"}"#, true),
        ("no prefix", r#"{"a":[{"prefix":"eu-"}]}"#, r#"{"a":"us-eu-"}"#, false),
        ("prefix of a number", r#"{"a":[{"prefix":"1"}]}"#, r#"{"a":12}"#, false),
        ("prefix, another case", r#"{"a":[{"prefix":"eu-"}]}"#, r#"{"a":"EU-west-1"}"#, false),
        ("prefix, any case", r#"{"a":[{"prefix":{"equals-ignore-case":"eU-"}}]}"#, r#"{"a":"Eu-west-1"}"#, true),
        ("suffix", r#"{"a":[{"suffix":".png"}]}"#, r#"{"a":"x.png"}"#, true),
        ("no suffix", r#"{"a":[{"suffix":".png"}]}"#, r#"{"a":".png.gz"}"#, false),
        ("suffix, any case", r#"{"a":[{"suffix":{"equals-ignore-case":".PNG"}}]}"#, r#"{"a":"x.png"}"#, true),
        ("any case", r#"{"a":[{"equals-ignore-case":"ÉTÉ"}]}"#, r#"{"a":"été"}"#, true),
        ("any case, in part", r#"{"a":[{"equals-ignore-case":"été"}]}"#, r#"{"a":"l'été"}"#, false),
        ("beside a value", r#"{"a":[1,{"prefix":"x"}]}"#, r#"{"a":"xy"}"#, true),
    ]);
}

#[test]
fn anything_but_wants_a_value() {
    check(&[
        ("another text", r#"{"a":[{"anything-but":"x"}]}"#, r#"{"a":"y"}"#, true),
        ("this text", r#"{"a":[{"anything-but":"x"}]}"#, r#"{"a":"x"}"#, false),
        ("no field", r#"{"a":[{"anything-but":"x"}]}"#, "{}", false),
        ("another kind", r#"{"a":[{"anything-but":"x"}]}"#, r#"{"a":null}"#, true),
        ("one of a list", r#"{"a":[{"anything-but":["x","y"]}]}"#, r#"{"a":"y"}"#, false),
        ("none of a list", r#"{"a":[{"anything-but":["x","y"]}]}"#, r#"{"a":"z"}"#, true),
        ("this number", r#"{"a":[{"anything-but":5}]}"#, r#"{"a":5}"#, false),
        ("one of the numbers", r#"{"a":[{"anything-but":[5,6]}]}"#, r#"{"a":6}"#, false),
        ("none of the numbers", r#"{"a":[{"anything-but":[5,6]}]}"#, r#"{"a":7}"#, true),
        ("this prefix", r#"{"a":[{"anything-but":{"prefix":"x"}}]}"#, r#"{"a":"xy"}"#, false),
        ("another prefix", r#"{"a":[{"anything-but":{"prefix":"x"}}]}"#, r#"{"a":"yx"}"#, true),
        ("one of the prefixes", r#"{"a":[{"anything-but":{"prefix":["x","y"]}}]}"#, r#"{"a":"yx"}"#, false),
        ("this suffix", r#"{"a":[{"anything-but":{"suffix":"x"}}]}"#, r#"{"a":"yx"}"#, false),
        ("this text in any case", r#"{"a":[{"anything-but":{"equals-ignore-case":"X"}}]}"#, r#"{"a":"x"}"#, false),
        ("a text in part", r#"{"a":[{"anything-but":{"equals-ignore-case":["X"]}}]}"#, r#"{"a":"xy"}"#, true),
    ]);
}

#[test]
fn numbers_are_compared_as_numbers() {
    let between = r#"{"a":[{"numeric":[">",10,"<=",20]}]}"#;
    check(&[
        ("the lower bound", between, r#"{"a":10}"#, false),
        ("above it", between, r#"{"a":10.000001}"#, true),
        ("below a millionth above it", between, r#"{"a":10.0000001}"#, false),
        ("the upper bound", between, r#"{"a":20.0}"#, true),
        ("above the upper bound", between, r#"{"a":20.000001}"#, false),
        ("a text", between, r#"{"a":"15"}"#, false),
        ("no field", between, "{}", false),
        ("equal", r#"{"a":[{"numeric":["=",300]}]}"#, r#"{"a":3.0e2}"#, true),
        ("unequal", r#"{"a":[{"numeric":["=",300]}]}"#, r#"{"a":300.5}"#, false),
        ("less", r#"{"a":[{"numeric":["<",0]}]}"#, r#"{"a":-0.5}"#, true),
        ("not less", r#"{"a":[{"numeric":["<",0]}]}"#, r#"{"a":0}"#, false),
        ("at least", r#"{"a":[{"numeric":[">=",0]}]}"#, r#"{"a":0}"#, true),
        ("the largest", r#"{"a":[{"numeric":["<=",5e9]}]}"#, r#"{"a":5000000000}"#, true),
        ("too large to compare", r#"{"a":[{"numeric":[">",0]}]}"#, r#"{"a":5000000001}"#, false),
        ("infinite", r#"{"a":[{"numeric":[">",0]}]}"#, r#"{"a":1e999}"#, false),
    ]);
}

#[test]
fn existence_is_that_of_a_leaf() {
    let (there, absent) = (r#"{"a":{"b":[{"exists":true}]}}"#, r#"{"a":{"b":[{"exists":false}]}}"#);
    check(&[
        ("there", there, r#"{"a":{"b":0}}"#, true),
        ("there, null", there, r#"{"a":{"b":null}}"#, true),
        ("an object is no leaf", there, r#"{"a":{"b":{"c":0}}}"#, false),
        ("no field", there, r#"{"a":{}}"#, false),
        ("absent, there", absent, r#"{"a":{"b":null}}"#, false),
        ("absent, no field", absent, r#"{"a":{"c":1}}"#, true),
        ("absent, no object", absent, "{}", true),
        ("absent, a leaf above", absent, r#"{"a":1}"#, true),
        ("absent, an object", absent, r#"{"a":{"b":{"c":0}}}"#, true),
        ("absent, in an element", absent, r#"{"a":[{"b":1},{"c":1}]}"#, false),
        ("absent, in no element", absent, r#"{"a":[{"d":1},{"c":1}]}"#, true),
        ("absent or a value, absent", r#"{"a":[{"exists":false},1]}"#, "{}", true),
        ("absent or a value, the value", r#"{"a":[{"exists":false},1]}"#, r#"{"a":1}"#, true),
        ("absent or a value, another", r#"{"a":[{"exists":false},1]}"#, r#"{"a":2}"#, false),
    ]);
}

#[test]
fn an_array_stands_for_its_elements() {
    let person = r#"{"people":{"first":["Ada"],"last":["Byron"]}}"#;
    check(&[
        ("one element", r#"{"a":["x"]}"#, r#"{"a":["y","x"]}"#, true),
        ("no element", r#"{"a":["x"]}"#, r#"{"a":["y","z"]}"#, false),
        ("arrays in arrays", r#"{"a":["x"]}"#, r#"{"a":[["y"],[["x"]]]}"#, true),
        ("an empty array", r#"{"a":[{"exists":true}]}"#, r#"{"a":[]}"#, false),
        ("anything but, of some", r#"{"a":[{"anything-but":"x"}]}"#, r#"{"a":["x","y"]}"#, true),
        ("anything but, of none", r#"{"a":[{"anything-but":"x"}]}"#, r#"{"a":["x"]}"#, false),
        ("one object", person, r#"{"people":[{"first":"Ada","last":"Byron"},{"first":"Eve"}]}"#, true),
        ("two objects", person, r#"{"people":[{"first":"Ada","last":"X"},{"first":"Y","last":"Byron"}]}"#, false),
        ("the data itself", r#"{"a":[1]}"#, r#"[{"b":1},{"a":1}]"#, true),
    ]);
}

#[test]
fn or_is_one_of_its_objects_and_the_rest() {
    let or = r#"{"k":[1],"$or":[{"a":[1]},{"b":{"c":[2]}},{"d":[3],"e":[3]}]}"#;
    check(&[
        ("the first", or, r#"{"k":1,"a":1}"#, true),
        ("the second", or, r#"{"k":1,"b":{"c":2}}"#, true),
        ("the third", or, r#"{"k":1,"d":3,"e":3}"#, true),
        ("half of the third", or, r#"{"k":1,"d":3}"#, false),
        ("none", or, r#"{"k":1}"#, false),
        ("not the rest", or, r#"{"a":1}"#, false),
        ("nested", r#"{"x":{"$or":[{"a":[1]},{"$or":[{"b":[1]},{"c":[1]}]}]}}"#, r#"{"x":{"c":1}}"#, true),
        ("absent", r#"{"$or":[{"a":[{"exists":false}]},{"b":[1]}]}"#, r#"{"a":1,"b":1}"#, true),
    ]);
    let top = criteria(&[r#"{"$or":[{"data":{"a":[1]}},{"data":{"b":[1]}}]}"#]).expect("it is a pattern");
    assert!(top.matches(br#"{"b":1}"#) && !top.matches(br#"{"b":2}"#));
}

#[test]
fn data_that_is_not_json_does_not_match() {
    let absent = of_data(r#"{"a":[{"exists":false}]}"#);
    for (name, data, expected) in [
        ("an object", b"{}".as_slice(), true),
        ("with space around", b" {\n} ", true),
        ("a number", b"5", true),
        ("a string", b"\"text\"", true),
        ("nothing", b"", false),
        ("text", b"text", false),
        ("two values", b"{} {}", false),
        ("broken", b"{\"a\":", false),
        ("not UTF-8", b"{\"b\":\"\xff\"}", false),
        ("zeros", b"\0\0", false),
    ] {
        assert_eq!(absent.matches(data), expected, "{name}");
    }
}

#[test]
fn nesting_has_a_bound_and_breaks_nothing() {
    let pattern = of_data(r#"{"a":[1]}"#);
    let nested = |levels: usize| format!(r#"{{"a":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert!(pattern.matches(nested(128).as_bytes()));
    assert!(!pattern.matches(nested(129).as_bytes()));
    assert!(!pattern.matches(nested(100_000).as_bytes()));
    assert!(!pattern.matches("[".repeat(100_000).as_bytes()));
    let deep = format!("{}[1]{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    let error = criteria(&[&format!(r#"{{"data":{deep}}}"#)]).expect_err("it is too deep").to_string();
    assert!(error.ends_with("expected at most 128 levels"), "{error}");
}

#[test]
fn five_patterns_are_alternatives() {
    let patterns: Vec<_> = (1..=6).map(|n| format!(r#"{{"data":{{"a":[{n}]}}}}"#)).collect();
    let five = FilterCriteria::parse(&patterns[..5]).expect("five are not too many");
    assert!(five.matches(br#"{"a":5}"#) && !five.matches(br#"{"a":6}"#));
    let error = FilterCriteria::parse(&patterns).expect_err("six are").to_string();
    assert_eq!(error, "there are 6 filter patterns, expected at most 5");
}

#[test]
fn a_pattern_has_at_most_4096_characters() {
    let pattern = |characters: usize| format!(r#"{{"data":{{"a":["{}"]}}}}"#, "é".repeat(characters - 19));
    assert_eq!(pattern(4096).chars().count(), 4096);
    assert!(criteria(&[&pattern(4096)]).is_ok());
    let error = criteria(&[&pattern(4097)]).expect_err("it is too long").to_string();
    assert_eq!(error, "filter pattern 1 has 4097 characters, expected at most 4096");
}

#[test]
fn errors_name_the_place_the_value_and_what_was_expected() {
    let ok = r#"{"data":{"a":[1]}}"#;
    for (pattern, expected) in [
        (r#"{"data":{"a":{"b":["x",{"prefix":5}]}}}"#, "5 at data.a.b[1].prefix, expected a string, or an object"),
        (r#"{"partitionKey":["1"]}"#, r#"["1"] at partitionKey, expected data alone: Lambda filters"#),
        (r#"{"$or":[{"data":{"a":[1]}},{"eventID":["1"]}]}"#, r#"["1"] at $or[1].eventID, expected data alone"#),
        (r#"{"data":["text"]}"#, r#"["text"] at data, expected an object: Lambda filters Kinesis data as JSON only"#),
        (r#"{"data":"text"}"#, r#""text" at data, expected an object"#),
        (r#""text""#, r#""text" at the top, expected an object with the key data"#),
        ("{}", "{} at the top, expected an object with the key data"),
    ] {
        let error = criteria(&[ok, pattern]).expect_err(pattern).to_string();
        let start = format!("filter pattern 2 has {expected}");
        assert!(error.starts_with(&start), "{pattern}: {error}");
    }
    let long = criteria(&[&format!(r#"{{"data":"{}"}}"#, "x".repeat(500))]).expect_err("a text").to_string();
    assert!(long.len() < 200, "{long}");
}

#[test]
fn what_can_never_match_is_refused() {
    for (name, pattern, expected) in [
        ("an empty object", "{}", "a field"),
        ("a bare value", r#"{"a":1}"#, "an object, or a list"),
        ("an empty list", r#"{"a":[]}"#, "at least one value"),
        ("a list in a list", r#"{"a":[[1]]}"#, "a string, a number"),
        ("an empty operator", r#"{"a":[{}]}"#, "a string, a number"),
        ("two operators", r#"{"a":[{"prefix":"x","suffix":"y"}]}"#, "a string, a number"),
        ("an unknown operator", r#"{"a":[{"contains":"x"}]}"#, "one of exists"),
        ("wildcard", r#"{"a":[{"wildcard":"x*"}]}"#, "one of exists"),
        ("cidr", r#"{"a":[{"cidr":"10.0.0.0/8"}]}"#, "one of exists"),
        ("exists of a text", r#"{"a":[{"exists":"true"}]}"#, "true or false"),
        ("suffix of an unknown operator", r#"{"a":[{"suffix":{"prefix":"x"}}]}"#, "a string, or an object with equals"),
        ("ignore case of a number", r#"{"a":[{"equals-ignore-case":1}]}"#, "a string"),
        ("anything but null", r#"{"a":[{"anything-but":null}]}"#, "a string, a number, a list"),
        ("anything but nothing", r#"{"a":[{"anything-but":[]}]}"#, "a string, a number, a list"),
        ("anything but two kinds", r#"{"a":[{"anything-but":["x",1]}]}"#, "a string, a number, a list"),
        ("anything but a list in a list", r#"{"a":[{"anything-but":[["x"]]}]}"#, "a string or a number"),
        ("anything but wildcard", r#"{"a":[{"anything-but":{"wildcard":"x*"}}]}"#, "a string, a number, a list"),
        ("anything but a prefix of a number", r#"{"a":[{"anything-but":{"prefix":1}}]}"#, "a string or a list"),
        ("numeric of a number", r#"{"a":[{"numeric":1}]}"#, "\"=\" and a number"),
        ("numeric of nothing", r#"{"a":[{"numeric":[]}]}"#, "\"=\" and a number"),
        ("numeric of half a pair", r#"{"a":[{"numeric":["="]}]}"#, "\"=\" and a number"),
        ("numeric of an unknown sign", r#"{"a":[{"numeric":["!=",1]}]}"#, "\"=\" and a number"),
        ("numeric of a text", r#"{"a":[{"numeric":["=","1"]}]}"#, "a number from"),
        ("numeric too large", r#"{"a":[{"numeric":["=",5000000001]}]}"#, "a number from"),
        ("numeric upper bound first", r#"{"a":[{"numeric":["<",5,">",1]}]}"#, "\"=\" and a number"),
        ("numeric of nothing between", r#"{"a":[{"numeric":[">",5,"<",5]}]}"#, "\"=\" and a number"),
        ("numeric three times", r#"{"a":[{"numeric":[">",1,"<",5,"<",6]}]}"#, "\"=\" and a number"),
        ("or of one", r#"{"$or":[{"a":[1]}]}"#, "a list of at least two objects"),
        ("or of no list", r#"{"$or":{"a":[1]}}"#, "a list of at least two objects"),
        ("or of values", r#"{"$or":["a","b"]}"#, "an object"),
        ("or of operators", r#"{"$or":[{"numeric":["=",1]},{"prefix":["x"]}]}"#, "no operator's name"),
    ] {
        let pattern = format!(r#"{{"data":{pattern}}}"#);
        match criteria(&[&pattern]) {
            Err(FilterError::Invalid { expected: said, .. }) => {
                assert!(said.starts_with(expected), "{name}: expected {said}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    for (name, pattern) in
        [("nothing", ""), ("broken", r#"{"data":{"a":[1]}"#), ("half a surrogate pair", r#"{"data":{"a":["\ud800"]}}"#)]
    {
        assert!(matches!(criteria(&[pattern]), Err(FilterError::NotJson { number: 1, .. })), "{name}");
    }
}

fn any_document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "(?s).{0,6}".prop_map(Value::from),
    ];
    let value =
        leaf.prop_recursive(4, 24, 4, |inner| prop::collection::vec(("[a-d.]{1,3}", inner), 1..4).prop_map(object));
    prop::collection::vec(("[a-d.]{1,3}", value), 1..4).prop_map(object)
}

fn object(fields: Vec<(String, Value)>) -> Value {
    Value::Object(fields.into_iter().collect::<Map<_, _>>())
}

/// The pattern that asks for every leaf of the document, and for nothing at a field it has not.
fn pattern_of(document: &Value) -> Value {
    match document {
        Value::Object(fields) => {
            let mut pattern: Map<_, _> = fields.iter().map(|(name, value)| (name.clone(), pattern_of(value))).collect();
            pattern.insert("e".to_owned(), json!([{ "exists": false }]));
            Value::Object(pattern)
        }
        leaf => json!([leaf]),
    }
}

proptest! {
    #[test]
    fn a_document_matches_the_pattern_made_of_it(document in any_document()) {
        let text = json!({ "data": pattern_of(&document) }).to_string();
        prop_assume!(text.chars().count() <= PATTERN_CHARACTERS_MAX);
        let criteria = criteria(&[&text]).unwrap();
        prop_assert!(criteria.matches(document.to_string().as_bytes()));
        prop_assert!(criteria.matches(json!([1, document]).to_string().as_bytes()));
        let mut other = document;
        other["e"] = json!(1);
        prop_assert!(!criteria.matches(other.to_string().as_bytes()));
    }

    #[test]
    fn criteria_are_the_or_of_their_patterns(document in any_document(), others in prop::collection::vec(any_document(), 0..4)) {
        let patterns: Vec<_> = others.iter().map(|other| json!({ "data": pattern_of(other) }).to_string()).collect();
        prop_assume!(patterns.iter().all(|pattern| pattern.chars().count() <= PATTERN_CHARACTERS_MAX));
        for data in others.iter().chain([&document]).map(Value::to_string) {
            let one_by_one = patterns.iter().any(|pattern| criteria(&[pattern]).unwrap().matches(data.as_bytes()));
            let all = FilterCriteria::parse(&patterns).unwrap();
            prop_assert_eq!(all.matches(data.as_bytes()), one_by_one || patterns.is_empty());
        }
    }

    #[test]
    fn no_bytes_and_no_pattern_panic(data in prop::collection::vec(any::<u8>(), 0..64), pattern in r#"[\[\]{}":,a$or0-9e.-]{0,40}"#) {
        let all = of_data(r#"{"a":[{"exists":false},{"anything-but":"x"}],"$or":[{"b":[1]},{"c":{"d":[null]}}]}"#);
        all.matches(&data);
        all.matches(pattern.as_bytes());
        if let Ok(criteria) = criteria(&[&pattern, &format!(r#"{{"data":{pattern}}}"#)]) {
            criteria.matches(&data);
        }
    }
}
