//! Lambda's function side with real processes: this test binary is the bootstrap, see [`fixture_bootstrap_entry`].

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bootstrap's log is its standard output")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use penstock_local::events::{Event, Events};
use penstock_local::function::{
    Faults, Function, FunctionConfiguration, FunctionError, FunctionErrorKind, FunctionStartError, Invocation, Outcome,
    RESPONSE_BYTES_MAX,
};
use tempfile::TempDir;

/// A folder with a bootstrap, and what a function of it told.
struct Fixture {
    folder: TempDir,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Fixture {
    fn new() -> Fixture {
        let folder = tempfile::tempdir().expect("a folder");
        let binary = std::env::current_exe().expect("this binary");
        let quoted = binary.to_str().expect("a UTF-8 path").replace('\'', r"'\''");
        let script = format!("#!/bin/sh\nexec '{quoted}' --exact function::fixture_bootstrap_entry --nocapture\n");
        let bootstrap = folder.path().join("bootstrap");
        std::fs::write(&bootstrap, script).expect("written");
        std::fs::set_permissions(&bootstrap, std::fs::Permissions::from_mode(0o755)).expect("made executable");
        Fixture { folder, events: Arc::default() }
    }

    fn configuration(&self, init: &str) -> FunctionConfiguration {
        FunctionConfiguration {
            function_name: "pipe".to_owned(),
            bootstrap: self.folder.path().join("bootstrap"),
            timeout: Duration::from_secs(20),
            memory_size: 256,
            variables: BTreeMap::from([("FIXTURE".to_owned(), init.to_owned())]),
            region: "eu-west-1".to_owned(),
            account_id: "123456789012".to_owned(),
            access_key_id: "local".to_owned(),
            secret_access_key: "secret".to_owned(),
            endpoint_url_s3: "http://127.0.0.1:9".to_owned(),
            faults: None,
        }
    }

    async fn start(&self, configuration: FunctionConfiguration) -> Function {
        let told = Arc::clone(&self.events);
        let events = Events::to(move |event| told.lock().expect("not poisoned").push(event));
        Function::start(configuration, events).await.expect("a function")
    }

    async fn up(&self) -> Function {
        self.start(self.configuration("up")).await
    }

    fn events(&self) -> Vec<Event> {
        self.events.lock().expect("not poisoned").clone()
    }

    /// Why environments ended, in order.
    fn ended(&self) -> Vec<(u64, String)> {
        let ended = |event| match event {
            Event::EnvironmentEnded { environment, reason } => Some((environment, reason)),
            _ => None,
        };
        self.events().into_iter().filter_map(ended).collect()
    }

    async fn until_ended(&self, environments: usize) {
        let enough = async {
            while self.ended().len() < environments {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), enough).await.expect("all environments end");
    }

    fn log(&self) -> Vec<String> {
        let line = |event| match event {
            Event::FunctionLog { line, .. } => Some(line),
            _ => None,
        };
        self.events().into_iter().filter_map(line).collect()
    }
}

fn response(invocation: &Invocation) -> &Bytes {
    match &invocation.outcome {
        Outcome::Response(body) => body,
        Outcome::FunctionError(error) => panic!("expected a response, not {error}"),
    }
}

fn error(invocation: &Invocation) -> &FunctionError {
    match &invocation.outcome {
        Outcome::Response(body) => panic!("expected an error, not {body:?}"),
        Outcome::FunctionError(error) => error,
    }
}

async fn invoke(function: &Function, payload: impl Into<Bytes>) -> Invocation {
    let invocation = function.invoke("shardId-000000000000", payload.into());
    tokio::time::timeout(Duration::from_secs(30), invocation).await.expect("an outcome in time")
}

fn unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_millis()).expect("fits")
}

#[tokio::test]
async fn an_environment_is_reused() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let large = format!("echo {}", "x".repeat(5_000_000));
    let mut request_ids = BTreeSet::new();
    for payload in ["echo 1", "echo 2", &large, "echo 3"] {
        let invocation = invoke(&function, payload.to_owned()).await;
        assert_eq!(response(&invocation), payload);
        assert_eq!(invocation.environment, 1);
        request_ids.insert(invocation.request_id);
    }
    assert_eq!(request_ids.len(), 4, "a request id each");
    function.shutdown().await;
    assert_eq!(fixture.ended(), [(1, "shut down".to_owned())]);
    assert!(matches!(fixture.events()[0], Event::EnvironmentStarted { environment: 1, pid } if pid > 0));
}

#[tokio::test]
async fn an_invocation_tells_its_context() {
    let fixture = Fixture::new();
    let configuration = fixture.configuration("up");
    let timeout_ms = u64::try_from(configuration.timeout.as_millis()).expect("fits");
    let function = fixture.start(configuration).await;
    let before_ms = unix_ms();
    let first = invoke(&function, "headers").await;
    let after_ms = unix_ms();
    let headers: BTreeMap<String, String> = serde_json::from_slice(response(&first)).expect("headers");
    let second = invoke(&function, "headers").await;
    let other: BTreeMap<String, String> = serde_json::from_slice(response(&second)).expect("headers");

    assert_eq!(headers["lambda-runtime-aws-request-id"], first.request_id);
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], "arn:aws:lambda:eu-west-1:123456789012:function:pipe");
    let deadline_ms: u64 = headers["lambda-runtime-deadline-ms"].parse().expect("milliseconds");
    assert!((before_ms + timeout_ms..=after_ms + timeout_ms).contains(&deadline_ms), "{deadline_ms}");
    assert_eq!(headers["content-type"], "application/json");
    let trace_id = &headers["lambda-runtime-trace-id"];
    let parts: Vec<usize> = trace_id.split(['-', ';', '=']).map(str::len).collect();
    assert_eq!(parts, [4, 1, 8, 24, 6, 16, 7, 1], "{trace_id}");
    assert_ne!(headers["lambda-runtime-invocation-id"], other["lambda-runtime-invocation-id"]);
    function.shutdown().await;
}

#[tokio::test]
async fn a_reported_error_leaves_the_environment() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let invocation = invoke(&function, "error").await;
    let reported = FunctionError {
        kind: FunctionErrorKind::Reported,
        error_type: "Fixture.Error".to_owned(),
        error_message: "as asked".to_owned(),
    };
    assert_eq!(error(&invocation), &reported);
    assert_eq!(invoke(&function, "echo").await.environment, 1);
    function.shutdown().await;
}

#[tokio::test]
async fn a_response_over_the_limit_is_an_error() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let fits = invoke(&function, format!("bytes {RESPONSE_BYTES_MAX}")).await;
    assert_eq!(response(&fits).len(), RESPONSE_BYTES_MAX);
    let invocation = invoke(&function, format!("bytes {}", RESPONSE_BYTES_MAX + 1)).await;
    assert_eq!(error(&invocation).kind, FunctionErrorKind::ResponseTooLarge);
    assert_eq!(invoke(&function, "echo").await.environment, 1);
    function.shutdown().await;
}

#[tokio::test]
async fn a_wrong_invocation_id_is_refused() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let invocation = invoke(&function, "zombie").await;
    assert_eq!(response(&invocation), "400 InvalidInvocationId, 400 InvalidRequestID");
    function.shutdown().await;
}

#[tokio::test]
async fn a_late_function_is_killed_with_all_it_started() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.timeout = Duration::from_millis(700);
    let function = fixture.start(configuration).await;
    let marker = fixture.folder.path().join("marker");
    let invocation = invoke(&function, format!("outlive {}", marker.display())).await;
    assert_eq!(
        error(&invocation),
        &FunctionError {
            kind: FunctionErrorKind::TimedOut,
            error_type: "Sandbox.Timedout".to_owned(),
            error_message: format!("RequestId: {} Error: Task timed out after 0.70 seconds", invocation.request_id),
        }
    );
    assert!(invocation.duration >= Duration::from_millis(700), "{:?}", invocation.duration);
    assert_eq!(invoke(&function, "echo").await.environment, 2);
    function.shutdown().await;
    assert_eq!(fixture.ended(), [(1, "timed out".to_owned()), (2, "shut down".to_owned())]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(!marker.exists(), "the function's own process was killed too");
}

#[tokio::test]
async fn a_crash_ends_the_invocation_and_the_next_one_gets_a_new_environment() {
    for (payload, words, reason) in [
        ("exit 3", "Runtime exited with error: exit status 3", "exit status 3"),
        ("exit 0", "Runtime exited without providing a reason", "exit status 0"),
        ("abort", "Runtime exited with error: signal: aborted", "signal: aborted"),
    ] {
        let fixture = Fixture::new();
        let function = fixture.up().await;
        let invocation = invoke(&function, payload).await;
        let expected = FunctionError {
            kind: FunctionErrorKind::Crashed,
            error_type: "Runtime.ExitError".to_owned(),
            error_message: format!("RequestId: {} Error: {words}", invocation.request_id),
        };
        assert_eq!(error(&invocation), &expected, "{payload}");
        assert_eq!(fixture.ended(), [(1, reason.to_owned())], "{payload}");
        assert!(fixture.log().iter().any(|line| line == "last words"), "{payload}: {:?}", fixture.log());
        let next = invoke(&function, "echo").await;
        assert_eq!((response(&next).as_ref(), next.environment), (b"echo".as_slice(), 2), "{payload}");
        function.shutdown().await;
    }
}

#[tokio::test]
async fn an_environment_that_ends_while_idle_is_replaced_unseen() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    for environment in 1..=5 {
        // Some of the next invocations come before the end is seen, some after; none of them may fail.
        let invocation = invoke(&function, "answer-and-exit").await;
        assert_eq!((response(&invocation).as_ref(), invocation.environment), (b"done".as_slice(), environment));
        if environment % 2 == 0 {
            fixture.until_ended(usize::try_from(environment).expect("small")).await;
        }
    }
    function.shutdown().await;
}

#[tokio::test]
async fn an_environment_that_does_not_come_up_is_an_init_error() {
    for (init, error_type, words) in [
        ("exit 3", "Runtime.ExitError", Some("Runtime exited with error: exit status 3")),
        ("exit 0", "Runtime.ExitError", Some("Runtime exited without providing a reason")),
        ("report", "Fixture.Init", None),
    ] {
        let fixture = Fixture::new();
        let function = fixture.start(fixture.configuration(init)).await;
        for environment in 1..=2 {
            let invocation = invoke(&function, "echo").await;
            let words = match words {
                Some(words) => format!("RequestId: {} Error: {words}", invocation.request_id),
                None => "cannot come up".to_owned(),
            };
            let expected = FunctionError {
                kind: FunctionErrorKind::InitError,
                error_type: error_type.to_owned(),
                error_message: words,
            };
            assert_eq!(error(&invocation), &expected, "{init}");
            assert_eq!(invocation.environment, environment, "{init}: tried again with the next invocation");
        }
        function.shutdown().await;
        assert_eq!(fixture.ended().len(), 2, "{init}: {:?}", fixture.ended());
    }
}

#[tokio::test]
async fn a_silent_init_has_ten_seconds() {
    let fixture = Fixture::new();
    let function = fixture.start(fixture.configuration("silent")).await;
    let invocation = invoke(&function, "echo").await;
    assert_eq!(error(&invocation).kind, FunctionErrorKind::InitError);
    let words = format!("RequestId: {} Error: Init phase timed out after 10.00 seconds", invocation.request_id);
    assert_eq!(error(&invocation).error_message, words);
    assert!((10..15).contains(&invocation.duration.as_secs()), "{:?}", invocation.duration);
    assert_eq!(fixture.ended(), [(1, "init timed out".to_owned())]);
    function.shutdown().await;
}

#[tokio::test]
async fn a_bootstrap_that_cannot_be_executed_is_an_init_error() {
    let fixture = Fixture::new();
    let configuration = fixture.configuration("up");
    std::fs::write(&configuration.bootstrap, "#!/nonexistent/interpreter\n").expect("written");
    let function = fixture.start(configuration).await;
    let invocation = invoke(&function, "echo").await;
    let error = error(&invocation);
    assert_eq!((error.kind, error.error_type.as_str()), (FunctionErrorKind::InitError, "Runtime.InvalidEntrypoint"));
    let words = format!("RequestId: {} Error: fork/exec ", invocation.request_id);
    assert!(error.error_message.starts_with(&words), "{}", error.error_message);
    function.shutdown().await;
    assert_eq!(fixture.events(), []);
}

#[tokio::test]
async fn lanes_run_at_the_same_time() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let (left, right) = (fixture.folder.path().join("left"), fixture.folder.path().join("right"));
    // Each answers only when the other one runs.
    let meet = |mine: &Path, other: &Path| Bytes::from(format!("meet {} {}", mine.display(), other.display()));
    let both = async {
        tokio::join!(function.invoke("left", meet(&left, &right)), function.invoke("right", meet(&right, &left)))
    };
    let (one, other) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("both end");
    assert_eq!((response(&one).as_ref(), response(&other).as_ref()), (b"met".as_slice(), b"met".as_slice()));
    assert_eq!(BTreeSet::from([one.environment, other.environment]), BTreeSet::from([1, 2]));
    function.shutdown().await;
    assert_eq!(fixture.ended().len(), 2);
}

#[tokio::test]
async fn one_lane_runs_one_invocation_at_a_time() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let (one, other) = tokio::join!(invoke(&function, "wait 50"), invoke(&function, "wait 50"));
    assert_eq!((response(&one).as_ref(), response(&other).as_ref()), (b"waited".as_slice(), b"waited".as_slice()));
    assert_eq!((one.environment, other.environment), (1, 1));
    function.shutdown().await;
}

#[tokio::test]
async fn all_faults_are_injected_and_each_is_one_crash() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.faults = Some(Faults { seed: 42, kills: 5 });
    let function = fixture.start(configuration).await;
    let mut crashed = Vec::new();
    for _ in 0..40 {
        let invocation = invoke(&function, "wait 5").await;
        if let Outcome::FunctionError(error) = &invocation.outcome {
            assert_eq!(error.kind, FunctionErrorKind::Crashed);
            let words =
                format!("RequestId: {} Error: Runtime exited with error: signal: killed", invocation.request_id);
            assert_eq!(error.error_message, words);
            crashed.push(invocation);
        }
    }
    function.shutdown().await;
    let faults: Vec<String> = fixture
        .events()
        .into_iter()
        .filter_map(|event| if let Event::FaultInjected { fault } = event { Some(fault) } else { None })
        .collect();
    let expected: Vec<String> = crashed
        .iter()
        .zip(1..)
        .map(|(invocation, nth)| {
            let (environment, request_id) = (invocation.environment, &invocation.request_id);
            format!("kill {nth} of 5: environment {environment} during request {request_id}")
        })
        .collect();
    assert_eq!(faults.len(), 5);
    let without_moment: Vec<String> =
        faults.iter().map(|fault| fault.replace("with its answer to", "during")).collect();
    assert_eq!(without_moment, expected);
    assert_ne!(faults, expected, "seed 42 draws both moments");
    assert_eq!(fixture.ended().iter().filter(|(_, reason)| reason == "killed by a fault").count(), 5);
}

#[tokio::test]
async fn the_process_sees_lambdas_variables_and_no_others() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let invocation = invoke(&function, "variables").await;
    let variables: BTreeMap<String, String> = serde_json::from_slice(response(&invocation)).expect("variables");
    // The shell that starts this binary may add these of its own.
    let of_the_shell = ["OLDPWD", "PWD", "SHLVL", "_"];
    let names: Vec<&str> = variables.keys().map(String::as_str).filter(|name| !of_the_shell.contains(name)).collect();
    assert_eq!(
        names,
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL_S3",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            "AWS_LAMBDA_LOG_FORMAT",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_LEVEL",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_XRAY_CONTEXT_MISSING",
            "FIXTURE",
            "LAMBDA_RUNTIME_DIR",
            "LAMBDA_TASK_ROOT",
            "LANG",
            "LD_LIBRARY_PATH",
            "PATH",
            "TZ",
            "_HANDLER",
        ]
    );
    assert_eq!(variables["LAMBDA_TASK_ROOT"], fixture.folder.path().to_str().expect("UTF-8"));
    assert_eq!(variables.get("PATH"), std::env::var("PATH").ok().as_ref(), "interpreters are found");
    assert!(variables["AWS_LAMBDA_RUNTIME_API"].starts_with("127.0.0.1:"), "host and port, no scheme and no path");
    function.shutdown().await;
}

#[tokio::test]
async fn what_the_process_writes_is_told() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    assert_eq!(response(&invoke(&function, "log").await), "logged");
    function.shutdown().await;
    for line in ["to stdout", "to stderr", "without an end"] {
        assert!(fixture.log().iter().any(|told| told == line), "{line}: {:?}", fixture.log());
    }
    let events = fixture.events();
    assert!(matches!(events.last(), Some(Event::EnvironmentEnded { .. })), "the log ends before the environment");
}

#[tokio::test]
async fn a_shutdown_waits_a_little_and_then_kills() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let quick = tokio::spawn({
        let function = function.clone();
        async move { function.invoke("quick", Bytes::from_static(b"wait 500")).await }
    });
    let hung = tokio::spawn({
        let function = function.clone();
        async move { function.invoke("hung", Bytes::from_static(b"hang")).await }
    });
    // Both run when both have said so.
    let both_run = async {
        while fixture.log().iter().filter(|line| line.starts_with("invoked")).count() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), both_run).await.expect("both run");

    let started = Instant::now();
    function.shutdown().await;
    let took = started.elapsed();
    assert!((Duration::from_millis(1900)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert_eq!(response(&quick.await.expect("no panic")), "waited");
    let hung = hung.await.expect("no panic");
    assert_eq!(error(&hung).kind, FunctionErrorKind::Shutdown);
    assert_eq!(fixture.ended().len(), 2);

    let late = invoke(&function, "echo").await;
    assert_eq!((error(&late).kind, late.environment), (FunctionErrorKind::Shutdown, 0));
    let again = Instant::now();
    function.shutdown().await;
    assert!(again.elapsed() < Duration::from_secs(1), "nothing is left to wait for");
}

#[tokio::test]
async fn what_nobody_waits_for_is_killed() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    assert_eq!(response(&invoke(&function, "echo").await), "echo");
    let given_up = tokio::time::timeout(Duration::from_millis(200), invoke(&function, "hang")).await;
    assert!(given_up.is_err());
    fixture.until_ended(1).await;
    assert_eq!(invoke(&function, "echo").await.environment, 2);
    drop(function);
    fixture.until_ended(2).await;
}

#[tokio::test]
async fn a_bootstrap_is_checked_before_anything_starts() {
    let fixture = Fixture::new();
    let folder = fixture.folder.path();
    let plain = folder.join("plain");
    std::fs::write(&plain, "x").expect("written");
    let shown = |path: &Path| path.display().to_string();
    for (name, bootstrap, message) in [
        (
            "missing",
            folder.join("none"),
            format!("bootstrap {} does not exist, expected an executable file", shown(&folder.join("none"))),
        ),
        (
            "directory",
            folder.to_owned(),
            format!("bootstrap {} is a directory, expected an executable file", shown(folder)),
        ),
        (
            "below a file",
            plain.join("bootstrap"),
            format!("bootstrap {} cannot be read", shown(&plain.join("bootstrap"))),
        ),
        (
            "not executable",
            plain.clone(),
            format!("bootstrap {} is not executable, expected a file with an execute bit (chmod +x)", shown(&plain)),
        ),
    ] {
        let mut configuration = fixture.configuration("up");
        configuration.bootstrap = bootstrap;
        let refused = Function::start(configuration, Events::none()).await.err();
        assert_eq!(refused.map(|error: FunctionStartError| error.to_string()), Some(message), "{name}");
    }
}

/// The bootstrap of these tests: they start this binary with this test alone, and `FIXTURE` says how it comes up.
/// Each invocation's payload then says what it does. Without the variable there is nothing to do, and it passes.
#[test]
fn fixture_bootstrap_entry() {
    let Ok(init) = std::env::var("FIXTURE") else { return };
    let runtime = FixtureRuntime { api: std::env::var("AWS_LAMBDA_RUNTIME_API").expect("Lambda sets it") };
    match init.split_once(' ') {
        Some(("exit", code)) => std::process::exit(code.parse().expect("a code")),
        _ if init == "report" => {
            let report = r#"{"errorMessage":"cannot come up","errorType":"Fixture.Init"}"#;
            assert_eq!(runtime.send("POST", "init/error", &[], report.as_bytes()).status, 202);
            std::process::exit(1);
        }
        _ if init == "silent" => std::thread::sleep(Duration::from_mins(1)),
        _ => runtime.run(),
    }
}

struct FixtureRuntime {
    api: String,
}

struct FixtureReply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl FixtureReply {
    fn error(&self) -> String {
        let document: serde_json::Value = serde_json::from_slice(&self.body).expect("an error document");
        format!("{} {}", self.status, document["errorType"].as_str().expect("a type"))
    }
}

impl FixtureRuntime {
    fn run(&self) -> ! {
        loop {
            let event = self.send("GET", "invocation/next", &[], b"");
            assert_eq!(event.status, 200);
            let request_id = event.headers["lambda-runtime-aws-request-id"].clone();
            let payload = String::from_utf8(event.body.clone()).expect("text");
            println!("invoked {payload:.20}");
            let (word, rest) = payload.split_once(' ').unwrap_or((&payload, ""));
            let answer = match word {
                "echo" => payload.clone().into_bytes(),
                "headers" => serde_json::to_vec(&event.headers).expect("a document"),
                "variables" => serde_json::to_vec(&std::env::vars().collect::<BTreeMap<_, _>>()).expect("a document"),
                "bytes" => vec![b'x'; rest.parse().expect("a number")],
                "wait" => {
                    std::thread::sleep(Duration::from_millis(rest.parse().expect("milliseconds")));
                    b"waited".to_vec()
                }
                "meet" => meet(rest),
                "log" => log(),
                "zombie" => self.reply_as_a_zombie(&request_id),
                "answer-and-exit" => {
                    self.answer(&event, b"done");
                    std::process::exit(0);
                }
                "error" => {
                    let report = br#"{"errorMessage":"as asked","errorType":"Fixture.Error"}"#;
                    let reply = self.send("POST", &format!("invocation/{request_id}/error"), &[], report);
                    assert_eq!(reply.status, 202);
                    continue;
                }
                "exit" => {
                    println!("last words");
                    std::process::exit(rest.parse().expect("a code"));
                }
                "abort" => {
                    println!("last words");
                    std::process::abort();
                }
                "outlive" => outlive(rest),
                "hang" => hang(),
                _ => panic!("unknown command {payload}"),
            };
            self.answer(&event, &answer);
        }
    }

    fn answer(&self, event: &FixtureReply, body: &[u8]) {
        let path = format!("invocation/{}/response", event.headers["lambda-runtime-aws-request-id"]);
        let invocation_id = event.headers["lambda-runtime-invocation-id"].as_str();
        let reply = self.send("POST", &path, &[("Lambda-Runtime-Invocation-Id", invocation_id)], body);
        assert!([202, 413].contains(&reply.status), "{}", reply.status);
    }

    fn reply_as_a_zombie(&self, request_id: &str) -> Vec<u8> {
        let other = [("Lambda-Runtime-Invocation-Id", "of-another-attempt")];
        let attempt = self.send("POST", &format!("invocation/{request_id}/response"), &other, b"late");
        let request = self.send("POST", "invocation/of-another-request/response", &[], b"late");
        format!("{}, {}", attempt.error(), request.error()).into_bytes()
    }

    /// One connection a request; the API's replies all have a length, and it closes when asked to.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> FixtureReply {
        let mut stream = TcpStream::connect(&self.api).expect("the Runtime API");
        let mut head = format!("{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nHost: {}\r\n", self.api);
        let length = body.len().to_string();
        for (name, value) in headers.iter().chain(&[("Content-Length", length.as_str()), ("Connection", "close")]) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        stream.write_all(body).expect("sent");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("a reply");
        let end = reply.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the head");
        let head = std::str::from_utf8(&reply[..end]).expect("text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(": "));
        FixtureReply {
            status: status.parse().expect("a number"),
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: reply[end + 4..].to_vec(),
        }
    }
}

fn hang() -> ! {
    // Longer than any test, and not for ever.
    std::thread::sleep(Duration::from_mins(1));
    std::process::exit(99);
}

/// Starts a process that would write a file after a while, and hangs.
fn outlive(marker: &str) -> ! {
    let script = format!("sleep 1.5; : > '{marker}'");
    let mut shell = std::process::Command::new("/bin/sh").args(["-c", &script]).spawn().expect("a shell");
    // Longer than the timeout of the test that asks for it.
    shell.wait().expect("its end");
    hang()
}

fn meet(files: &str) -> Vec<u8> {
    let (mine, other) = files.split_once(' ').expect("two files");
    std::fs::write(mine, "").expect("written");
    for _ in 0..1000 {
        if Path::new(other).exists() {
            return b"met".to_vec();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    b"nobody came".to_vec()
}

fn log() -> Vec<u8> {
    println!("to stdout");
    eprintln!("to stderr");
    eprint!("without an end");
    b"logged".to_vec()
}
