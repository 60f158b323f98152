//! Which environment an invocation gets, and when there is none for it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use penstock_local::events::Event;
use penstock_local::function::{FunctionErrorKind, IDLE_MAX, Outcome, ThrottleReason};

use super::{Fixture, error, invoke, response};

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
async fn what_is_invoked_at_once_runs_at_once() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let (left, right) = (fixture.folder.path().join("left"), fixture.folder.path().join("right"));
    // Each answers only when the other one runs.
    let meet = |mine: &Path, other: &Path| Bytes::from(format!("meet {} {}", mine.display(), other.display()));
    let both = async { tokio::join!(function.invoke(meet(&left, &right)), function.invoke(meet(&right, &left))) };
    let (one, other) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("both end");
    assert_eq!((response(&one).as_ref(), response(&other).as_ref()), (b"met".as_slice(), b"met".as_slice()));
    assert_eq!(BTreeSet::from([one.environment, other.environment]), BTreeSet::from([1, 2]));
    // Both are idle now, and the one that was used last is used again.
    let next = invoke(&function, "echo").await.environment;
    for _ in 0..3 {
        assert_eq!(invoke(&function, "echo").await.environment, next);
    }
    std::fs::remove_file(&left).expect("removed");
    std::fs::remove_file(&right).expect("removed");
    let both = async { tokio::join!(function.invoke(meet(&left, &right)), function.invoke(meet(&right, &left))) };
    let (one, other) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("both end");
    assert_eq!(BTreeSet::from([one.environment, other.environment]), BTreeSet::from([1, 2]), "the same two");
    function.shutdown().await;
    assert_eq!(fixture.ended().len(), 2);
}

#[tokio::test]
async fn the_warm_environment_is_the_first_one_used() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    function.warm_up().await.expect("an environment");
    assert_eq!(fixture.environments_started(), 1);
    assert_eq!(invoke(&function, "echo").await.environment, 1);
    assert_eq!(fixture.environments_started(), 1);
    function.shutdown().await;
}

#[tokio::test]
async fn what_does_not_come_up_is_known_at_once() {
    let fixture = Fixture::new();
    let function = fixture.start(fixture.configuration("exit 3")).await;
    let error = function.warm_up().await.expect_err("it exits");
    assert_eq!((error.kind, error.error_type.as_str()), (FunctionErrorKind::InitError, "Runtime.ExitError"));
    function.shutdown().await;
    assert_eq!(fixture.ended(), [(1, "exit status 3".to_owned())]);
}

#[tokio::test]
async fn beyond_the_reserved_concurrency_is_throttled() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.reserved_concurrent_executions = Some(1);
    let function = fixture.start(configuration).await;
    let (left, right) = (fixture.folder.path().join("left"), fixture.folder.path().join("right"));
    let first = tokio::spawn({
        let (function, payload) = (function.clone(), format!("meet {} {}", left.display(), right.display()));
        async move { function.invoke(payload.into()).await }
    });
    fixture.until_invoked(1).await;
    for _ in 0..3 {
        let throttled = invoke(&function, "echo").await;
        let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
        assert_eq!(throttled.outcome, Outcome::Throttled(reason));
        assert_eq!((throttled.environment, throttled.duration), (0, Duration::ZERO));
    }
    std::fs::write(&right, "").expect("written");
    assert_eq!(response(&first.await.expect("no panic")), "met");
    let next = invoke(&function, "echo").await;
    assert_eq!((response(&next).as_ref(), next.environment), (b"echo".as_slice(), 1), "there is room again");
    function.shutdown().await;
    let late = invoke(&function, "echo").await;
    assert_eq!(error(&late).kind, FunctionErrorKind::Shutdown);
}

#[tokio::test]
async fn a_reserved_concurrency_of_zero_throttles_all() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.reserved_concurrent_executions = Some(0);
    let function = fixture.start(configuration).await;
    assert!(matches!(invoke(&function, "echo").await.outcome, Outcome::Throttled(_)));
    function.shutdown().await;
    assert_eq!(fixture.events(), []);
}

#[tokio::test]
async fn what_was_idle_for_long_is_ended() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    assert_eq!(invoke(&function, "echo").await.environment, 1);
    for (after, environment) in [(IDLE_MAX.saturating_sub(Duration::from_mins(1)), 1), (IDLE_MAX, 2)] {
        tokio::time::pause();
        tokio::time::advance(after).await;
        tokio::time::resume();
        assert_eq!(invoke(&function, "echo").await.environment, environment, "{after:?}");
    }
    fixture.until_ended(1).await;
    assert_eq!(fixture.ended(), [(1, "idle for too long".to_owned())]);
    function.shutdown().await;
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
async fn a_shutdown_waits_a_little_and_then_kills() {
    let fixture = Fixture::new();
    let function = fixture.up().await;
    let quick = tokio::spawn({
        let function = function.clone();
        async move { function.invoke(Bytes::from_static(b"wait 500")).await }
    });
    let hung = tokio::spawn({
        let function = function.clone();
        async move { function.invoke(Bytes::from_static(b"hang")).await }
    });
    fixture.until_invoked(2).await;

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
