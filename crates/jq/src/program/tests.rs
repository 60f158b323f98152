use proptest::prelude::*;

use super::*;
use crate::budget::Limit;

fn run(source: &str, input: &str) -> Result<Vec<String>, RunError> {
    let outputs = Program::compile(source).unwrap().run(input.as_bytes())?;
    Ok(outputs.into_iter().map(Output::into_json).collect())
}

#[test]
fn a_program_is_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + fmt::Debug>(_: &T) {}
    let program = Program::compile(".a").unwrap();
    shared(&program);
    assert_eq!(format!("{program:?}"), "Program(\".a\")");
    assert_eq!(program, Program::compile(".a").unwrap());
    assert_ne!(program, Program::compile(".b").unwrap());
    let other = std::thread::scope(|scope| scope.spawn(|| program.run(br#"{"a": 1}"#)).join().unwrap());
    assert_eq!(other.unwrap()[0].json(), "1");
}

#[test]
fn an_output_is_json_and_a_string_raw() {
    for (name, source, json, raw) in [
        ("string", r#""a\"\n\u00e9""#, r#""a\"\né""#, "a\"\né"),
        ("empty string", r#""""#, r#""""#, ""),
        ("number", "1.50", "1.5", "1.5"),
        ("object", r#"{b: 1, a: "x"}"#, r#"{"b":1,"a":"x"}"#, r#"{"b":1,"a":"x"}"#),
        ("null", "null", "null", "null"),
    ] {
        let outputs = Program::compile(source).unwrap().run(b"null").unwrap();
        assert_eq!((outputs[0].json(), &*outputs[0].raw()), (json, raw), "{name}");
    }
}

#[test]
fn the_input_is_one_value_of_standard_json() {
    for (name, input, reason) in [
        ("empty", "", "EOF while parsing a value"),
        ("two values", "1 2", "trailing characters"),
        ("NaN", "NaN", "expected value"),
        ("comment", "1 # one", "trailing characters"),
        ("comma", "[1,]", "expected value"),
        ("single quotes", "'a'", "expected value"),
        ("control character", "\"\t\"", "control character (\\u0000-\\u001F) found while parsing a string"),
        ("leading zero", "01", "invalid number"),
        ("no end", "{\"secret\":", "EOF while parsing a value"),
    ] {
        for source in [".", ".a"] {
            match run(source, input) {
                Err(RunError::NotJson { reason: found, .. }) => assert_eq!(found, reason, "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    let invalid = Program::compile(".").unwrap().run(b"\"\xff\"").unwrap_err();
    assert_eq!(invalid.to_string(), "the record is not one JSON value: it is not UTF-8 at line 0, column 0");
}

#[test]
fn a_failure_is_one_bounded_line() {
    for (source, message) in [
        (".a.b", "Cannot index number with string \"b\""),
        (".a[]", "Cannot iterate over number (1)"),
        ("error(\"of\\nmine\")", "of mine"),
        ("error({a: 1})", "(not a string): {\"a\":1}"),
        ("error", "(not a string): {\"a\":1}"),
        (".a + [\"secret of the record\"]", "number (1) and array ([\"secret of...) cannot be added"),
    ] {
        assert_eq!(run(source, r#"{"a":1}"#), Err(RunError::Failed { message: message.to_owned() }), "{source}");
    }
    let long = run("error(\"x\" * 1000)", "null").unwrap_err().to_string();
    assert!(long.len() < 150, "{long}");
}

#[test]
fn what_fails_after_an_output_makes_none() {
    assert!(run("1, error(\"x\")", "null").is_err());
}

#[test]
fn nothing_runs_without_bound() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let items = format!("[{}0]", "0,".repeat(100_000));
    for (source, input, limit) in [
        ("[range(1e9)]", "null", Limit::Steps),
        ("range(1e9)", "null", Limit::Outputs),
        ("\"x\" * 1e9", "null", Limit::ValueBytes),
        ("last(repeat(1))", "null", Limit::Steps),
        ("limit(1e9; repeat(.))", "null", Limit::Outputs),
        ("[limit(1e9; repeat(.))]", "null", Limit::Steps),
        ("reduce range(1e6) as $i (0; [.])", "null", Limit::ValueDepth),
        ("[recurse([.])] | length", "0", Limit::ValueDepth),
        ("until(false; .)", "null", Limit::Steps),
        ("[while(true; . + 1)]", "0", Limit::Steps),
        ("last(recurse(. + 1))", "0", Limit::Steps),
        ("last(recurse(. + 1, . + 2))", "0", Limit::Steps),
        (".[2000000] = 1", "[]", Limit::BuiltBytes),
        ("last(path(repeat(.a)))", "null", Limit::Trail),
        ("path(reduce range(100000) as $i (.; .a))", "null", Limit::Trail),
        ("path(getpath([range(100000) | \"a\"]))", "null", Limit::Trail),
        ("[limit(9000; path(repeat(.[0:])))] | length", "[]", Limit::ValueBytes),
        ("setpath([range(100000) | \"a\"]; 1)", "null", Limit::Stack),
        ("recurse(.) |= 1", "null", Limit::Stack),
        ("(reduce range(1e5) as $i (.; .)) |= 1", "null", Limit::Stack),
        ("(reduce range(1e5) as $i (.; .a)) |= 1", "null", Limit::Stack),
        ("reduce range(60) as $i (1; [., .])", "null", Limit::ValueBytes),
        ("reduce range(60) as $i (\"x\"; . + .)", "null", Limit::BuiltBytes),
        ("[range(100)] | [.[] as $a | .[] as $b | .[] as $c | .[] as $d | 1]", "null", Limit::Steps),
        ("[[range(100)] | ., ., ., ., .] | [combinations] | length", "null", Limit::Steps),
        ("fromjson", &format!("{deep:?}"), Limit::ValueDepth),
        (".", &deep, Limit::ValueDepth),
        (".a", &deep, Limit::ValueDepth),
        ("map(tostring) | join(\",\") | length", &items, Limit::Steps),
        ("(\"a\" * 30000) | [scan(\".*b|a\")] | length", "null", Limit::Steps),
        ("(\"aé\" * 30000) | [scan(\"\\\\b.*b|a\")] | length", "null", Limit::Steps),
        ("(\"a\" * 200000) | indices(\"a\" * 100000) | length", "null", Limit::Steps),
        ("(\"x\" * 5000000) | [., ., ., ., ., ., ., ., ., .] | tojson | length", "null", Limit::BuiltBytes),
        ("[limit(30; repeat(\"x\" * 1000000))] | .[]", "null", Limit::OutputBytes),
        ("foreach range(1e9) as $i (0; . + $i; empty)", "null", Limit::Steps),
        ("try last(repeat(1)) catch 2", "null", Limit::Steps),
        ("{(\"x\" * 1000000): 1} | until(. != .; .)", "null", Limit::Steps),
        ("(\"x\" * 1000000) as $k | {($k): 1} | until(.[$k] != 1; .)", "null", Limit::Steps),
    ] {
        let found = run(source, input).map(|outputs| outputs.len());
        assert_eq!(found, Err(RunError::Exhausted { limit }), "{source}");
    }
}

#[test]
fn pipes_of_nothing_are_steps() {
    let source = format!("def f(g): g | g; {}.{}", "f(".repeat(30), ")".repeat(30));
    assert_eq!(run(&source, "null"), Err(RunError::Exhausted { limit: Limit::Steps }));
}

#[test]
fn what_is_large_but_bounded_runs() {
    let items = format!("[{}0]", "0,".repeat(49_999));
    for (source, input, output) in [
        ("reduce range(100000) as $i (\"\"; . + \"xxxxxxxxxx\") | length", "null", "1000000"),
        ("reduce range(100000) as $i ([]; . + [$i]) | length", "null", "100000"),
        ("map(select(. % 2 == 0)) | length", &items, "50000"),
        ("sort | unique | length", &items, "1"),
        ("(\"x\" * 1000000) | explode | implode | length", "null", "1000000"),
        ("gsub(\"a\"; \"bb\") | length", &format!("\"{}\"", "xa".repeat(5_000)), "15000"),
        ("gsub(\"\\\\s+\"; \" \") | length", &format!("\"{}\"", "word here  and there ".repeat(1_000)), "20000"),
        ("(\"a\" * 100000) | test(\"(a*)*b\")", "null", "false"),
        ("length", "123456789012345678901234567890", "123456789012345678901234567890"),
    ] {
        assert_eq!(run(source, input), Ok(vec![output.to_owned()]), "{source}");
    }
}

#[test]
fn the_same_record_takes_the_same_steps_whatever_ran_before() {
    // So near to the bound that a regular expression which is compiled already would let it through, were it cheaper.
    let program = Program::compile("[range(.)] | map(\"a\" | test(\"a\")) | length").unwrap();
    let fits = |n: usize| program.run(n.to_string().as_bytes()).is_ok();
    let most = (0..30_000).step_by(100).take_while(|n| fits(*n)).last().unwrap();
    assert!(most > 1_000);
    assert!(fits(most) && !fits(most + 100));
}

#[test]
fn time_is_what_the_record_says() {
    for (source, input, output) in [
        ("strftime(\"%Y/%m/%d %H\"; \"Asia/Tokyo\")", "1733184000", "\"2024/12/03 09\""),
        ("strftime(\"%H%z %Z\"; \"America/New_York\")", "1720000000", "\"05-0400 EDT\""),
        ("strftime(\"%H\"; \"Europe/Berlin\")", "1720000000.9", "\"11\""),
        ("\"Asia/Tokyo\" as $zone | strftime(\"%d\"; $zone)", "1733184000", "\"03\""),
        ("todate", "1425599621", "\"2015-03-05T23:53:41Z\""),
        ("fromdate", "\"2015-03-05T23:51:47Z\"", "1425599507"),
        ("gmtime | mktime", "1425599621", "1425599621"),
        ("strptime(\"%Y-%m-%d\") | mktime", "\"2024-02-29\"", "1709164800"),
        ("strptime(\"%s\") | mktime", "\"1709164800\"", "1709164800"),
    ] {
        assert_eq!(run(source, input), Ok(vec![output.to_owned()]), "{source}");
    }
    let unknown = run("\"Asia/Tokio\" as $zone | strftime(\"%d\"; $zone)", "0").unwrap_err();
    assert_eq!(unknown.to_string(), "the jq program failed: string (\"Asia/Tokio\") is not the name of a time zone");
    assert!(run("strftime(\"%Q\")", "0").is_err());
}

/// Sources of pieces of the language, most of them no programs.
fn any_source() -> impl Strategy<Value = String> {
    let pieces = vec![
        ".",
        "..",
        ".a",
        ".[]",
        ".[0]",
        ".[1:]",
        "?",
        "|",
        ",",
        "//",
        "+",
        "-",
        "*",
        "/",
        "%",
        "=",
        "|=",
        "+=",
        "==",
        "<",
        "and",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "{a:",
        ":",
        ";",
        "1",
        "0.5",
        "\"a\"",
        "\"\\(",
        ")\"",
        "null",
        "as $x |",
        "$x",
        "reduce",
        "foreach",
        "if",
        "then",
        "else",
        "end",
        "try",
        "catch",
        "label $f |",
        "break $f",
        "def f: .;",
        "f",
        "map(",
        "path(",
        "del(",
        "recurse",
        "repeat(",
        "limit(2;",
        "length",
        "keys",
        "sort",
        "tojson",
        "fromjson",
        "explode",
        "implode",
        "@csv",
        "@base64d",
        "gmtime",
        "mktime",
        "strftime(\"%Y\")",
        "test(\"a\")",
        "gsub(\"\";\"x\")",
        "to_entries",
        "tostream",
        "flatten",
        "combinations",
        "error",
        "empty",
    ];
    prop::collection::vec(prop::sample::select(pieces), 1..12).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_given_ends_with_outputs_or_one_line(source in any_source(), input in prop::sample::select(vec!["null", "[1,[2,\"x\"]]", "{\"a\":[{\"b\":1}]}", "\"2015\"", "{"])) {
        match Program::compile(&source) {
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
            Ok(program) => match program.run(input.as_bytes()) {
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
                Ok(outputs) => for output in outputs {
                    prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(output.json()).is_ok(), "{}", output.json());
                },
            },
        }
    }
}
