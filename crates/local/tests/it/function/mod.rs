//! Lambda's function side with real processes: this test binary is the bootstrap, see [`bootstrap`].

mod bootstrap;
mod environments;
mod faults;
mod memory;
mod pool;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use penstock_local::events::{Event, Events};
use penstock_local::function::{Function, FunctionConfiguration, FunctionError, Invocation, Outcome};
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
        let script = format!("#!/bin/sh\nexec '{quoted}' --exact {} --nocapture\n", bootstrap::ENTRY);
        let bootstrap = folder.path().join("bootstrap");
        std::fs::write(&bootstrap, script).expect("written");
        std::fs::set_permissions(&bootstrap, std::fs::Permissions::from_mode(0o755)).expect("made executable");
        Fixture { folder, events: Arc::default() }
    }

    fn configuration(&self, init: &str) -> FunctionConfiguration {
        FunctionConfiguration {
            function_name: "pipe".to_owned(),
            bootstrap: self.folder.path().join("bootstrap"),
            task_root: None,
            timeout: Duration::from_secs(20),
            memory_size: 256,
            reserved_concurrent_executions: None,
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

    /// Waits until so many invocations have said that they run.
    async fn until_invoked(&self, invocations: usize) {
        let all_run = async {
            while self.log().iter().filter(|line| line.starts_with("invoked")).count() < invocations {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), all_run).await.expect("all run");
    }

    /// The faults that were told, in order.
    fn faults(&self) -> Vec<String> {
        let fault = |event| match event {
            Event::FaultInjected { fault } => Some(fault),
            _ => None,
        };
        self.events().into_iter().filter_map(fault).collect()
    }

    fn environments_started(&self) -> usize {
        self.events().iter().filter(|event| matches!(event, Event::EnvironmentStarted { .. })).count()
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
        Outcome::Throttled(reason) => panic!("expected a response, not {reason}"),
    }
}

fn error(invocation: &Invocation) -> &FunctionError {
    match &invocation.outcome {
        Outcome::Response(body) => panic!("expected an error, not {body:?}"),
        Outcome::FunctionError(error) => error,
        Outcome::Throttled(reason) => panic!("expected an error, not {reason}"),
    }
}

async fn invoke(function: &Function, payload: impl Into<Bytes>) -> Invocation {
    let invocation = function.invoke(payload.into());
    tokio::time::timeout(Duration::from_secs(30), invocation).await.expect("an outcome in time")
}
