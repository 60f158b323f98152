//! The Runtime API's side of the function: what is answered, and that one bad invocation spoils no other.

use penstock_local::function::FunctionErrorKind;
use serde_json::{Value, json};

use crate::runtime_api::{Given, RuntimeApi, Told, trace_id};
use crate::stub_s3::{Reply, StubS3};
use crate::world::{Bucket, Lambda, bootstrap, event, hooks_example, until, within};

fn given(request_id: &'static str, invocation_id: Option<&'static str>, event: String) -> Given {
    Given { request_id, invocation_id, is_traced: true, event, status: 202 }
}

/// Starts the function, waits until all invocations are answered, and tells the answers.
async fn answers(invocations: Vec<Given>, bucket: &Bucket) -> Vec<Told> {
    let count = invocations.len();
    let api = RuntimeApi::serve(invocations).await;
    let _process = api.start(&bootstrap(), &bucket.endpoint, &[]);
    until(|| api.told().len() >= count).await;
    api.told()
}

#[tokio::test]
async fn the_invocation_id_goes_back_with_the_answer() {
    within(async {
        let bucket = Bucket::serve().await;
        let invocations = vec![
            given("first", Some("attempt-1"), event(&["a"])),
            given("second", None, event(&["a"])),
            given("third", Some("attempt-3"), "{}".to_owned()),
        ];
        let told = answers(invocations, &bucket).await;
        for (told, path, invocation_id) in [
            (&told[0], "/2018-06-01/runtime/invocation/first/response", Some("attempt-1")),
            (&told[1], "/2018-06-01/runtime/invocation/second/response", None),
            (&told[2], "/2018-06-01/runtime/invocation/third/error", Some("attempt-3")),
        ] {
            assert_eq!(told.path, path);
            let echoed = told.headers.get("lambda-runtime-invocation-id").map(|id| id.to_str().unwrap());
            assert_eq!(echoed, invocation_id, "{path}");
            assert_eq!(told.headers["content-type"], "application/json", "{path}");
        }
        assert_eq!(told[0].body, r#"{"batchItemFailures":[]}"#);
        assert_eq!(told[2].headers["lambda-runtime-function-error-type"], "Event.Malformed");
        let error: Value = serde_json::from_slice(&told[2].body).unwrap();
        let message = "malformed event: it has no Records: this is not an event of a Kinesis event source mapping";
        assert_eq!(error, json!({ "errorMessage": message, "errorType": "Event.Malformed", "stackTrace": [] }));
    })
    .await;
}

#[tokio::test]
async fn each_put_names_its_own_invocation_so_that_lambda_finds_loops() {
    within(async {
        let bucket = Bucket::serve().await;
        let s3 = StubS3::serve(&bucket.endpoint, |_, _| Reply::Forward).await;
        let untraced = Given { is_traced: false, ..given("none", None, event(&["a", "b", "c"])) };
        let invocations = vec![given("one", None, event(&["a"])), untraced, given("two", None, event(&["b", "c"]))];
        let api = RuntimeApi::serve(invocations).await;
        let _process = api.start(&bootstrap(), &s3.endpoint, &[]);
        until(|| api.told().len() >= 3).await;
        assert_eq!(s3.traces(), [Some(trace_id("one")), None, Some(trace_id("two"))]);
        assert_eq!(bucket.objects().len(), 3, "and the bucket takes it as signed");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_refused_ends_nothing() {
    within(async {
        let bucket = Bucket::serve().await;
        let late = Given { status: 400, ..given("late", Some("old"), event(&["a"])) };
        let told = answers(vec![late, given("next", None, event(&["b", "c"]))], &bucket).await;
        assert!(told[1].path.ends_with("/next/response"), "{}", told[1].path);
        assert_eq!(bucket.objects().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_and_the_next_one_is_served() {
    let good = event(&["a"]);
    let window = format!(r#"{{"window":{{"start":"2020-07-30T17:00:00Z"}},{}"#, &good[1..]);
    within(async {
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(bootstrap(), &bucket.endpoint, &[]).await;
        for (name, event, error_type, message) in [
            ("not an object", "[]".to_owned(), "Event.Malformed", "malformed event: unexpected JSON at byte 0"),
            ("cut short", good[..300].to_owned(), "Event.Malformed", "malformed event: record 0: "),
            ("bad base64", good.replace("YQ==", "YQ"), "Event.Malformed", "record 0: its data is not base64"),
            ("another source", r#"{"Records":[{"s3":{}}]}"#.to_owned(), "Event.Malformed", "it has no eventID"),
            ("a tumbling window", window.clone(), "Event.TumblingWindow", "TumblingWindowInSeconds"),
        ] {
            let error = lambda.fail(event).await;
            let found = (error.kind, error.error_type.as_str());
            assert_eq!(found, (FunctionErrorKind::Reported, error_type), "{name}: {error}");
            assert!(error.error_message.contains(message), "{name}: {error}");
            assert!(bucket.objects().is_empty(), "{name}");
        }
        assert_eq!(lambda.deliver(good.clone()).await.environment, 1, "in the same environment");
        assert_eq!(bucket.object().1.body, b"a\n");
    })
    .await;
}

#[tokio::test]
async fn d4_a_batch_without_objects_is_a_success() {
    within(async {
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(hooks_example(), &bucket.endpoint, &[]).await;
        lambda.deliver(event(&[])).await;
        lambda.deliver(event(&["", "", ""])).await;
        assert!(bucket.objects().is_empty());
        lambda.deliver(event(&["", "kept"])).await;
        assert_eq!(bucket.object().1.body, b"kept\n");
    })
    .await;
}

#[tokio::test]
async fn d1_the_largest_event_is_delivered() {
    within(async {
        let bucket = Bucket::serve().await;
        let lambda = Lambda::start(bootstrap(), &bucket.endpoint, &[]).await;
        let text = "x".repeat(4_000_000);
        let event = event(&[&text, "", "y"]);
        assert!((5_000_000..6_291_556).contains(&event.len()), "just below Lambda's limit: {}", event.len());
        lambda.deliver(event).await;
        assert_eq!(bucket.object().1.body, format!("{text}\n\ny\n").into_bytes());
    })
    .await;
}
