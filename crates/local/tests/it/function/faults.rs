//! Faults that are asked for.

use penstock_local::events::Events;
use penstock_local::function::{Faults, Function, FunctionErrorKind, Outcome, ThrottleReason};

use super::{Fixture, error, invoke, response};

#[tokio::test]
async fn all_faults_are_injected_and_each_is_one_crash() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.faults = Some(Faults { seed: 42, kills: 5, ..Faults::default() });
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
    let faults = fixture.faults();
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
async fn a_kill_that_comes_too_late_comes_with_the_answer() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.faults = Some(Faults { seed: 1, kills: 12, spared_at_most: 0, ..Faults::default() });
    let function = fixture.start(configuration).await;
    for nth in 1..=12 {
        // Most kills at work are drawn for a later moment than this takes.
        let invocation = invoke(&function, "echo").await;
        assert_eq!((error(&invocation).kind, invocation.environment), (FunctionErrorKind::Crashed, nth));
    }
    assert_eq!(response(&invoke(&function, "echo").await), "echo", "used up");
    function.shutdown().await;
    assert_eq!(fixture.faults().len(), 12);
}

#[tokio::test]
async fn errors_come_before_the_event_and_with_the_answer_by_turns() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.faults = Some(Faults { fail_every: Some(2), ..Faults::default() });
    let function = fixture.start(configuration).await;
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for nth in 1..=8 {
        let invocation = invoke(&function, format!("echo {nth}")).await;
        if let Outcome::FunctionError(error) = &invocation.outcome {
            assert_eq!((error.kind, error.error_type.as_str()), (FunctionErrorKind::Injected, "InjectedFault"));
            failed.push(invocation.request_id.clone());
        }
        found.push((matches!(invocation.outcome, Outcome::Response(_)), invocation.environment));
    }
    let expected = [(true, 1), (false, 0), (true, 1), (false, 1), (true, 1), (false, 0), (true, 1), (false, 1)];
    assert_eq!(found, expected, "the environment lives on");
    function.shutdown().await;
    let seen: Vec<String> = fixture.log().into_iter().filter(|line| line.starts_with("invoked")).collect();
    let numbers: Vec<&str> = seen.iter().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(numbers, ["1", "3", "4", "5", "7", "8"], "what the function saw");
    assert_eq!(
        fixture.faults(),
        [
            format!("error 1: request {} before the function sees it", failed[0]),
            format!("error 2: the answer of environment 1 to request {}", failed[1]),
            format!("error 3: request {} before the function sees it", failed[2]),
            format!("error 4: the answer of environment 1 to request {}", failed[3]),
        ]
    );
}

#[tokio::test]
async fn every_second_call_is_throttled() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.faults = Some(Faults { throttle_every: Some(2), ..Faults::default() });
    let function = fixture.start(configuration).await;
    for nth in 1..=3 {
        assert_eq!(response(&invoke(&function, "echo").await), "echo");
        let throttled = invoke(&function, "echo").await;
        assert_eq!(throttled.outcome, Outcome::Throttled(ThrottleReason::ConcurrentInvocationLimitExceeded));
        assert!(!throttled.outcome.counts_as_attempt());
        let fault = format!("throttle {nth}: request {}", throttled.request_id);
        assert_eq!(fixture.faults().last(), Some(&fault));
    }
    function.shutdown().await;
}

#[tokio::test]
async fn faults_that_cannot_be_are_refused() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("up");
    configuration.faults = Some(Faults { throttle_every: Some(1), ..Faults::default() });
    let refused = Function::start(configuration, Events::none()).await.err();
    assert_eq!(refused.map(|error| error.to_string()).as_deref(), Some("throttle_every is 1, expected 2 or more"));
}
