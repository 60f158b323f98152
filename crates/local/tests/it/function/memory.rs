//! The memory limit.

use penstock_local::function::{FunctionError, FunctionErrorKind, Invocation};

use super::{Fixture, error, invoke, response};

fn check(name: &str, invocation: &Invocation) {
    let words = "Error: Runtime exited with error: signal: killed";
    let expected = FunctionError {
        kind: FunctionErrorKind::OutOfMemory,
        error_type: "Runtime.ExitError".to_owned(),
        error_message: format!("RequestId: {} {words}", invocation.request_id),
    };
    assert_eq!(error(invocation), &expected, "{name}");
}

/// The megabytes that the environment's end tells of.
fn megabytes(reason: &str) -> u64 {
    let told = reason.strip_prefix("out of memory: ").and_then(|told| told.strip_suffix(" MB of 128 MB"));
    told.unwrap_or_else(|| panic!("{reason}")).parse().expect("a number")
}

#[tokio::test]
async fn an_environment_that_holds_too_much_is_killed() {
    for (name, payload) in [("itself", "allocate-and-hang 300"), ("its child", "allocate-in-a-child 300")] {
        let fixture = Fixture::new();
        let mut configuration = fixture.configuration("up");
        configuration.memory_size = 128;
        let function = fixture.start(configuration).await;
        assert_eq!(response(&invoke(&function, "allocate 20").await), "allocated", "{name}: that much it may");
        let invocation = invoke(&function, payload).await;
        check(name, &invocation);
        assert_eq!(invoke(&function, "echo").await.environment, 2, "{name}");
        function.shutdown().await;
        let ended = fixture.ended();
        // It may have been seen before all of it was there.
        assert!((129..=450).contains(&megabytes(&ended[0].1)), "{name}: {ended:?}");
    }
}

#[tokio::test]
async fn the_limit_holds_while_it_comes_up() {
    let fixture = Fixture::new();
    let mut configuration = fixture.configuration("allocate 300");
    configuration.memory_size = 128;
    let function = fixture.start(configuration).await;
    let invocation = invoke(&function, "echo").await;
    check("init", &invocation);
    assert_eq!(invocation.environment, 1);
    function.shutdown().await;
    assert!(megabytes(&fixture.ended()[0].1) > 128);
}
