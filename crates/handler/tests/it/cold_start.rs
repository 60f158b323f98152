//! A configuration that is wrong stops the cold start, and says what to mend.

use penstock_local::events::Event;
use penstock_local::function::FunctionErrorKind;
use serde_json::Value;
use tokio::io::AsyncReadExt as _;

use crate::runtime_api::RuntimeApi;
use crate::world::{Lambda, bootstrap, event, until, within};

/// What is set wrong, and what the message names: the variable, the value, what was expected.
const WRONG: [(&str, &str, [&str; 3]); 6] = [
    ("PENSTOCK_COMPRESSION_FORMAT", "gzip", ["PENSTOCK_COMPRESSION_FORMAT", "\"gzip\"", "GZIP"]),
    ("PENSTOCK_BUCKET", "No_Bucket", ["PENSTOCK_BUCKET", "\"No_Bucket\"", "3 to 63 of a-z"]),
    ("PENSTOCK_BUCKET", "", ["PENSTOCK_BUCKET", "not set", "the name of the bucket"]),
    ("PENSTOCK_FRAMING", "before", ["PENSTOCK_FRAMING", "\"before\"", "after, between, none"]),
    ("PENSTOCK_CUSTOM_TIME_ZONE", "Mars/Olympus", ["PENSTOCK_CUSTOM_TIME_ZONE", "Mars/Olympus", "time zone"]),
    ("PENSTOCK_OBJECT_NAME", "at-{time}", ["PENSTOCK_OBJECT_NAME", "at-{time}", "{id}"]),
];

#[tokio::test]
async fn a_wrong_variable_is_an_init_error_that_names_it_and_the_process_exits_with_1() {
    within(async {
        for (variable, value, named) in WRONG {
            let lambda = Lambda::start(bootstrap(), "http://127.0.0.1:9", &[(variable, value)]).await;
            let error = lambda.fail(event(&["a"])).await;
            let expected = (FunctionErrorKind::InitError, "Function.Misconfigured");
            assert_eq!((error.kind, error.error_type.as_str()), expected, "{variable}={value}: {error}");
            for name in named {
                assert!(error.error_message.contains(name), "{variable}={value}: {name} is not in {error}");
            }
            let ended = || {
                lambda.seen.each(|event| match event {
                    Event::EnvironmentEnded { reason, .. } => Some(reason),
                    _ => None,
                })
            };
            until(|| !ended().is_empty()).await;
            assert_eq!(ended(), ["exit status 1"], "{variable}={value}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_variable_is_said_once_in_the_log_and_nothing_is_asked_for() {
    within(async {
        let api = RuntimeApi::serve(Vec::new()).await;
        let mut process = api.start(&bootstrap(), "http://127.0.0.1:9", &[("PENSTOCK_FRAMING", "before")]);
        let (mut output, mut errors) = (String::new(), String::new());
        process.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
        process.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
        assert_eq!(process.wait().await.unwrap().code(), Some(1));
        assert_eq!(errors, "");
        let line: Value = serde_json::from_str(&output).expect("one line of JSON");
        assert_eq!(
            (line["level"].as_str(), line["message"].as_str()),
            (Some("ERROR"), Some("the function cannot start"))
        );
        assert!(line["error"].as_str().unwrap().contains("PENSTOCK_FRAMING"), "{line}");

        let told = api.told();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].path, "/2018-06-01/runtime/init/error");
        assert_eq!(told[0].headers["lambda-runtime-function-error-type"], "Function.Misconfigured");
        let body: Value = serde_json::from_slice(&told[0].body).unwrap();
        assert_eq!(body["errorMessage"], line["error"]);
    })
    .await;
}

#[tokio::test]
async fn without_lambda_around_it_the_function_says_what_it_misses() {
    within(async {
        let mut command = tokio::process::Command::new(bootstrap());
        command.env_clear().envs([("PENSTOCK_BUCKET", "acme-clicks"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
        let output = command.kill_on_drop(true).output().await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            said.contains("AWS_LAMBDA_RUNTIME_API is not set: expected what Lambda sets for every function"),
            "{said}"
        );
    })
    .await;
}
