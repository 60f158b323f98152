//! What one environment does with what its process does.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use penstock_local::events::{Event, Events};
use penstock_local::function::{Function, FunctionError, FunctionErrorKind, FunctionStartError, RESPONSE_BYTES_MAX};

use super::{Fixture, error, invoke, response};

fn unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_millis()).expect("fits")
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
