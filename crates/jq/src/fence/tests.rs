use super::*;
use crate::program::Program;

fn refusal(source: &str) -> String {
    match Program::compile(source) {
        Ok(_) => panic!("{source} is let through"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_error_names_the_thing_the_place_and_what_was_expected() {
    for (source, expected) in [
        ("", "line 1, column 1: the program ends where a term was expected"),
        (".a |\n  lenght", "line 2, column 3: there is no function lenght of 0 arguments; the nearest is length of 0"),
        ("map", "line 1, column 1: there is no function map of 0 arguments; the nearest is map of 1"),
        ("$x", "line 1, column 1: variable $x is not defined here"),
        ("break $x", "line 1, column 7: label $x is not defined here"),
        (".a[", "line 1, column 4: the program ends where a closing bracket was expected"),
        ("if 1 then 2", "line 1, column 12: the program ends where else or end was expected"),
        ("{a;}", "line 1, column 3: \";\" where comma or right brace was expected"),
        ("1 2", "line 1, column 3: \"2\" where the end or an operator was expected"),
        ("\"a", "line 1, column 3: the program ends where a closing quote was expected"),
        ("x::y", "line 1, column 1: there is no function x::y of 0 arguments"),
        (
            "strftime(\"%Y\"; \"Asia/Tokio\")",
            "line 1, column 17: \"Asia/Tokio\" is not the name of a time zone, such as Asia/Tokyo",
        ),
    ] {
        assert_eq!(refusal(source), format!("jq program, {expected}"), "{source}");
    }
}

#[test]
fn what_depends_on_more_than_the_record_is_refused_with_the_reason() {
    for (source, reason) in [
        ("{at: now}", "now is refused: it reads the clock"),
        ("localtime", "it depends on the zone of the machine"),
        ("strflocaltime(\"%Y\")", "it depends on the zone of the machine"),
        ("env.HOME", "it reads the environment"),
        ("$ENV.HOME", "it reads the environment"),
        ("[inputs]", "a record is all the input"),
        ("map(input)", "a record is all the input"),
        ("input_filename", "a record is all the input"),
        (".[input_line_number]", "a record is all the input"),
        ("\"\\(debug)\"", "a program writes nothing"),
        ("debug(.a)", "a program writes nothing"),
        ("{a: {b: stderr}}", "a program writes nothing"),
        ("if . then halt else 1 end", "a program cannot end more than its record"),
        ("halt_error(1)", "a program cannot end more than its record"),
        ("reduce now as $x (0; 1)", "it reads the clock"),
        (". as {(now): $x} | $x", "it reads the clock"),
        ("def f: now; 1", "it reads the clock"),
        (".[now:]", "it reads the clock"),
        ("try now", "it reads the clock"),
        ("label $x | now", "it reads the clock"),
        ("-now", "it reads the clock"),
        ("import \"a\" as a; 1", "import is refused: a program is one text"),
        ("include \"a\"; 1", "include is refused: a program is one text"),
        ("$__loc__", "$__loc__ is not known"),
        ("range_by(0; 1; 1)", "there is no function range_by"),
        ("error_empty", "error is what it serves"),
    ] {
        let error = refusal(source);
        assert!(error.contains(reason), "{source}: {error}");
    }
}

#[test]
fn recursion_is_refused_and_a_name_that_only_looks_like_it_is_not() {
    for source in [
        "def f: f; f",
        "def f: 1 | f; f",
        "def f: def g: f; g; f",
        "def f(x): x | f(x); f(.)",
        "def f: def f(x): f; f(1); f",
        "def f: reduce . as $x (0; f); f",
        "def f: {a: [f]}; f",
    ] {
        assert!(refusal(source).contains("calls itself"), "{source}");
    }
    for source in [
        "def f: 1; def f: f + 1; f",
        "def f(x): x; f(f(1))",
        "def f(f): f; f(1)",
        "def f: 1; def g: f; g",
        "def map(f): [f]; map(1)",
        "def f: def f: 1; f; f",
    ] {
        // The first of them calls the definition before it in jq; here a name means its own definition.
        let is_let_through = Program::compile(source).is_ok();
        assert_eq!(is_let_through, source != "def f: 1; def f: f + 1; f", "{source}");
    }
}

#[test]
fn no_source_overflows_the_stack() {
    let again = |part: &str, times: usize| part.repeat(times);
    let sources = [
        again("[", 5_120),
        again("(", 5_120),
        again("{a:", 5_000),
        again("-", 5_000) + "1",
        again("- ", 5_000) + "1",
        again(".|", 5_000) + ".",
        again("1+", 5_000) + "1",
        again("1,", 5_000) + "1",
        again("1//", 5_000) + "1",
        again(".a=", 5_000) + "1",
        again("if ", 5_000),
        again("try ", 4_000) + "1",
        again("reduce ", 2_000),
        again("label $f|", 1_500) + "1",
        again(". as $x|", 1_500) + "1",
        again("def a: ", 2_000),
        again("def a: 1;", 1_500) + "1",
        again("\"\\(", 5_000),
        again("1 as [", 2_000),
        again("x", 20_000),
        again("[1 | ", 2_000),
        again(".a", 5_000),
        again(".a?", 5_000),
        again(".[0]", 4_000),
        format!("def f({}a): 1; f({}1)", again("a;", 3_000), again("1;", 3_000)),
        format!(". as {{{}}} | 1", again("$a,", 3_000)),
        again("f(", 5_000),
        again("{(", 5_000),
        again(".[", 5_000),
        "1 as ".to_owned() + &again("[", 5_000),
    ];
    for source in sources {
        let shown = &source[..20];
        assert!(Program::compile(&source).is_err(), "{shown}");
    }
}

#[test]
fn the_deepest_sources_that_are_let_through_compile_and_run_on_a_small_stack() {
    let again = |part: &str, times: usize| part.repeat(times);
    let around = |open: &str, within: &str, close: &str, times| again(open, times) + within + &again(close, times);
    let sources = [
        around("[", "1", "]", 127),
        around("(", "1", ")", 127),
        around("{a:", "1", "}", 127),
        around("\"\\(", "1", ")\"", 60),
        around("map(", ".", ")", 120),
        around("reduce . as $x (1;", ".", ")", 40),
        around("if 1 then ", "1", " else 1 end", 60),
        again("- ", 127) + "1",
        again(".|", 112) + ".",
        again("1+", 127) + "1",
        again("1,", 127) + "1",
        again("try ", 127) + "1",
        again("label $f|", 60) + "1",
        again(". as $x|", 60) + "1",
        again("def a: 1;", 120) + "a",
        again(".a", 1_000),
        again(".a?", 1_000),
        again(".[0]", 500),
        "1".to_owned() + &again("?", 5_000),
    ];
    for source in sources {
        let small = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let ended = small.spawn(move || {
            let program = Program::compile(&source).unwrap_or_else(|error| panic!("{source}: {error}"));
            // Maybe it is jq's error; it is not the end of the process.
            let _ = program.run(b"[[[[1]]]]");
        });
        ended.unwrap().join().unwrap();
    }
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let brackets = "(".repeat(500);
    for source in [format!("\"{brackets}\""), format!("1 # {brackets}\n"), format!("\"\\\"{brackets}\"")] {
        assert!(Program::compile(&source).is_ok(), "{source}");
    }
    assert_eq!(depth(&Lexer::new("{a: 1, b: 2, c: 3}").lex().unwrap(), false), 1);
    assert_eq!(depth(&Lexer::new("1 + 2 | 3").lex().unwrap(), false), 2);
}
