//! When the function is killed, and when S3 is unwell, says no or says nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use penstock_local::events::Event;
use penstock_local::function::FunctionErrorKind;
use serde_json::json;

use crate::end_to_end::{delivered, expected};
use crate::stub_s3::{Reply, StubS3};
use crate::world::{Bucket, Lambda, Pipe, bootstrap, event, hooks_example, lines, until, within};

#[tokio::test]
async fn d1_d5_kills_lose_nothing_and_double_nothing() {
    within(async {
        let lines = lines(600);
        let pipe = Pipe::new(&bootstrap(), &[], &lines).with("Faults", json!({ "Seed": 7, "Kills": 4 }));
        let summary = pipe.run().await;
        let kills = pipe.seen.each(|event| matches!(event, Event::FaultInjected { .. }).then_some(())).len();
        assert!(kills > 0 && summary.invocations_failed >= kills as u64, "{kills} kills, {summary:?}");
        assert_eq!((summary.records_delivered, summary.records_left), (600, 0));
        assert_eq!(delivered(&pipe.objects()), expected(&pipe.shards(&lines)));
    })
    .await;
}

#[tokio::test]
async fn d4_an_s3_that_is_unwell_is_asked_again_within_the_invocation() {
    within(async {
        for (name, status, code) in [
            ("throttling", 503, "SlowDown"),
            ("conflict", 409, "ConditionalRequestConflict"),
            ("KMS", 400, "KMS.ThrottlingException"),
        ] {
            let bucket = Bucket::serve().await;
            let decide = move |number, _: &str| if number <= 3 { Reply::Error(status, code) } else { Reply::Forward };
            let s3 = StubS3::serve(&bucket.endpoint, decide).await;
            let lambda = Lambda::start(bootstrap(), &s3.endpoint, &[]).await;
            lambda.deliver(event(&["a", "b"])).await;
            assert_eq!(s3.take_puts().len(), 4, "{name}");
            assert_eq!(bucket.object().1.body, b"a\nb\n", "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn d4_a_refusal_fails_the_batch_at_once_and_names_key_and_reason() {
    within(async {
        let s3 = StubS3::serve("", |_, _| Reply::Error(403, "AccessDenied")).await;
        let lambda = Lambda::start(bootstrap(), &s3.endpoint, &[]).await;
        let invocation = lambda.invoke(event(&["a"])).await;
        assert!(invocation.duration < Duration::from_secs(5), "{:?} of 30 s", invocation.duration);
        let error = lambda.fail(event(&["a"])).await;
        assert_eq!((error.kind, error.error_type.as_str()), (FunctionErrorKind::Reported, "Delivery.Permanent"));
        let head = "1 of 1 objects of the batch are not stored, such as 2018/12/17/22/clicks-0-2018-12-17-22-10-50-98-";
        assert!(error.error_message.starts_with(head), "{}", error.error_message);
        assert!(error.error_message.ends_with(": 403 AccessDenied: as the test says"), "{}", error.error_message);
        assert_eq!(s3.take_puts().len(), 2, "one an invocation");
    })
    .await;
}

#[tokio::test]
async fn d4_nothing_is_acknowledged_while_s3_refuses() {
    within(async {
        let s3 = StubS3::serve("", |_, _| Reply::Error(403, "AccessDenied")).await;
        let pipe = Pipe::new(&bootstrap(), &[("AWS_ENDPOINT_URL_S3", &s3.endpoint)], &lines(60));
        let failed = || {
            pipe.seen.each(|event| match event {
                Event::BatchFailed { batch, error, .. } => Some((batch, error)),
                _ => None,
            })
        };
        let seen = || failed().iter().any(|(batch, _)| batch.attempt == 3);
        tokio::select! {
            summary = pipe.run() => panic!("nothing can be delivered: {summary:?}"),
            () = until(seen) => {}
        }
        for (batch, error) in failed() {
            assert!(error.starts_with("Delivery.Permanent: "), "{error}");
            let first = failed().into_iter().find(|(other, _)| other.shard_id == batch.shard_id).expect("itself").0;
            assert_eq!(batch.first_sequence_number, first.first_sequence_number, "the shard stands where it stood");
        }
        assert_eq!(pipe.seen.each(|event| matches!(event, Event::BatchDelivered { .. }).then_some(event)), []);
        assert!(pipe.objects().is_empty());
    })
    .await;
}

#[tokio::test]
async fn d4_an_s3_that_is_stuck_is_an_error_before_the_deadline() {
    within(async {
        let s3 = StubS3::serve("", |_, _| Reply::Never).await;
        let timeout = Duration::from_secs(5);
        let lambda = Lambda::with_timeout(bootstrap(), &s3.endpoint, &[], timeout).await;
        let invocation = lambda.invoke(event(&["a"])).await;
        assert!(invocation.duration < timeout, "{:?}", invocation.duration);
        let penstock_local::function::Outcome::FunctionError(error) = invocation.outcome else { panic!("an error") };
        assert_eq!((error.kind, error.error_type.as_str()), (FunctionErrorKind::Reported, "Delivery.Transient"));
        assert!(error.error_message.contains("not stored before the deadline: no answer within"), "{error}");
        assert!(s3.take_puts().len() == 1 && invocation.environment == 1);
        // The environment lives on and is as good as before.
        let started = Instant::now();
        assert_eq!(lambda.fail(event(&["a"])).await.kind, FunctionErrorKind::Reported);
        assert!(started.elapsed() < timeout);
        let environments = lambda.seen.each(|event| matches!(event, Event::EnvironmentStarted { .. }).then_some(()));
        assert_eq!(environments.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn d4_an_s3_that_is_not_there_is_a_transient_error() {
    within(async {
        // A port that was free a moment ago, and that nobody listens on.
        let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let timeout = Duration::from_secs(2);
        let lambda = Lambda::with_timeout(bootstrap(), &format!("http://{nobody}"), &[], timeout).await;
        let error = lambda.fail(event(&["a"])).await;
        assert_eq!((error.kind, error.error_type.as_str()), (FunctionErrorKind::Reported, "Delivery.Transient"));
    })
    .await;
}

#[tokio::test]
async fn d5_a_warm_function_puts_only_what_is_missing() {
    within(async {
        let bucket = Bucket::serve().await;
        let well = Arc::new(AtomicBool::new(false));
        let healed = Arc::clone(&well);
        let s3 = StubS3::serve(&bucket.endpoint, move |_, path| {
            let sick = path.contains("processing-failed") && !healed.load(Ordering::Relaxed);
            if sick { Reply::Error(503, "SlowDown") } else { Reply::Forward }
        })
        .await;
        let lambda = Lambda::with_timeout(hooks_example(), &s3.endpoint, &[], Duration::from_secs(4)).await;
        let batch = event(&["kept", "bad"]);
        let data_puts = || s3.take_puts().iter().filter(|path| !path.contains("processing-failed")).count();

        assert_eq!(lambda.fail(batch.clone()).await.error_type, "Delivery.Transient");
        assert_eq!(data_puts(), 1);
        assert_eq!(lambda.fail(batch.clone()).await.error_type, "Delivery.Transient");
        assert_eq!(data_puts(), 0, "it is stored, and the function knows");
        well.store(true, Ordering::Relaxed);
        lambda.deliver(batch.clone()).await;
        assert_eq!(data_puts(), 0);
        lambda.deliver(batch).await;
        assert_eq!(data_puts(), 1, "acknowledged and forgotten: S3 is asked, and says that it is there");
        assert_eq!(bucket.objects().len(), 2);
    })
    .await;
}
