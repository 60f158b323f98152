//! The program around a run: what it prints, how it is told to end, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use penstock_local::events::{Event, Line};
use serde_json::{Value, json};

use super::{Fixture, TIMEOUT, lines};

/// The program, with its scenario in a file.
struct Program {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Program {
    fn start(fixture: &Fixture, scenario: &Value, options: &[&str]) -> Self {
        let path = fixture.path("scenario.json");
        std::fs::write(&path, scenario.to_string()).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_penstock-local"))
            .arg(path)
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let lines = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, lines }
    }

    fn line(&mut self) -> Line {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("an event")
    }

    fn signal(&self) {
        let killed = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(killed.expect("kill").success());
    }

    /// The exit code, and what it said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let give_up = Instant::now() + TIMEOUT;
        let status = loop {
            match self.child.try_wait().expect("a child") {
                Some(status) => break status,
                None if Instant::now() > give_up => panic!("the program does not end"),
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let mut said = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        (status.code(), said)
    }
}

impl Program {
    /// Reads up to the line that says that it is ready; its first environment has started by then, and may have spoken.
    fn ready(&mut self) {
        let mut started = false;
        loop {
            let Line { version, event } = self.line();
            assert_eq!(version, 1, "{event:?}");
            match event {
                Event::EnvironmentStarted { environment: 1, .. } => started = true,
                Event::FunctionLog { .. } | Event::MappingState { .. } | Event::ShardStarted { .. } => {}
                Event::Ready { .. } => break assert!(started, "the function is known to start"),
                other => panic!("before it is ready: {other:?}"),
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_program_prints_events_and_ends_with_its_input() {
    let fixture = Fixture::new();
    let scenario = fixture.with_input(fixture.scenario("takes", &json!({})), &lines(20));
    let mut program = Program::start(&fixture, &scenario, &["--json"]);
    program.ready();
    let last = program.lines.by_ref().lines().last().expect("more lines").expect("text");
    assert!(last.contains(r#""event":"ended","records_delivered":20"#), "{last}");
    assert_eq!(program.end(), (Some(0), String::new()));
    assert_eq!(fixture.lines_taken(), lines(20));
}

#[test]
fn the_program_ends_when_it_is_told_to() {
    type Telling = fn(&mut Program);
    let cases: [(&str, &[&str], Telling); 3] = [
        ("a signal", &[], |program| program.signal()),
        ("standard input", &["--stop-on-stdin-close"], |program| drop(program.child.stdin.take())),
        ("standard output", &[], |program| {
            // The next event finds nobody.
            let mut other = Command::new("true").stdout(Stdio::piped()).spawn().expect("started");
            program.lines = BufReader::new(other.stdout.take().expect("piped"));
            other.wait().expect("ended");
        }),
    ];
    for (name, options, tell) in cases {
        let fixture = Fixture::new();
        let mut scenario = fixture.scenario("takes", &json!({}));
        if name == "standard output" {
            // Something has to be printed for the program to notice.
            scenario = fixture.with_input(scenario, &lines(5_000));
        }
        let mut program = Program::start(&fixture, &scenario, options);
        program.ready();
        tell(&mut program);
        let (code, said) = program.end();
        let expected = if name == "standard output" { [Some(130), Some(0)] } else { [Some(0); 2] };
        assert!(expected.contains(&code), "{name}: {code:?} {said}");
        assert_eq!(said, "", "{name}");
    }
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let fixture = Fixture::new();
    let scenario = fixture.with_input(fixture.scenario("hangs", &json!({})), &lines(5));
    let mut program = Program::start(&fixture, &scenario, &[]);
    while !matches!(program.line().event, Event::FunctionLog { line, .. } if line == "hanging") {}
    program.signal();
    std::thread::sleep(Duration::from_millis(300));
    assert!(program.child.try_wait().expect("a child").is_none(), "the first signal waits for the function");
    program.signal();
    let began = Instant::now();
    assert_eq!(program.end().0, Some(130));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_function_that_hangs_does_not_keep_the_program() {
    let fixture = Fixture::new();
    let mut scenario = fixture.with_input(fixture.scenario("hangs", &json!({})), &lines(5));
    scenario["Function"]["Timeout"] = json!(900);
    scenario["Streams"][0]["ShardCount"] = json!(1);
    let mut program = Program::start(&fixture, &scenario, &["--stop-on-stdin-close"]);
    let Event::EnvironmentStarted { pid, .. } = program.line().event else { panic!("it is started first") };
    while !matches!(program.line().event, Event::FunctionLog { line, .. } if line == "hanging") {}
    drop(program.child.stdin.take());
    let began = Instant::now();
    let last = program.lines.by_ref().lines().last().expect("more lines").expect("text");
    let ended = json!({
        "version": 1, "event": "ended",
        "records_delivered": 0, "batches_delivered": 0, "invocations_failed": 1, "records_left": 5
    });
    assert_eq!(serde_json::from_str::<Value>(&last).expect("an event"), ended);
    assert_eq!(program.end(), (Some(130), String::new()));
    let took = began.elapsed();
    assert!((Duration::from_secs(9)..Duration::from_secs(15)).contains(&took), "{took:?}");
    let there = Command::new("kill").arg("-0").arg(pid.to_string()).stderr(Stdio::null()).status();
    assert!(!there.expect("kill").success(), "the function is gone");
}

#[test]
fn the_program_tells_what_is_wrong() {
    let fixture = Fixture::new();
    let mut scenario = fixture.scenario("takes", &json!({}));
    scenario["EventSourceMapping"]["ParallelizationFactor"] = json!(11);
    let program = Program::start(&fixture, &scenario, &[]);
    let expected = "penstock-local: EventSourceMapping.ParallelizationFactor is 11: expected 1 to 10\n";
    assert_eq!(program.end(), (Some(1), expected.to_owned()));
    let (code, said) = Program::start(&fixture, &scenario, &["--what"]).end();
    assert_eq!(code, Some(64));
    assert!(said.starts_with("penstock-local: unknown option --what; usage: penstock-local SCENARIO.json"), "{said}");
}
