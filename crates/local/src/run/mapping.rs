//! The mapping of a run: its driver in a task, and what it did so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::RunError;
use crate::clock::Clock;
use crate::events::Events;
use crate::kinesis::{Kinesis, KinesisError};
use crate::mapping::destination::Destinations;
use crate::mapping::driver::{Driver, Handle};
use crate::mapping::invoker::{InvocationsDirectory, Invoker};
use crate::mapping::poller::{Command, Shared};
use crate::mapping::progress::Progress;
use crate::s3::FolderStore;
use crate::scenario::Scenario;

/// A running mapping. Dropping it ends it at once.
#[derive(Debug)]
pub(super) struct Mapping {
    task: Task,
    handle: Handle,
    progress: watch::Receiver<Progress>,
}

impl Mapping {
    /// Takes the starting position in every shard, and begins.
    pub(super) async fn start(
        scenario: &Scenario,
        kinesis: &Kinesis,
        store: &FolderStore,
        clock: Clock,
        invoker: impl Invoker,
        events: &Events,
    ) -> Result<Self, RunError> {
        let configuration = scenario.mapping()?;
        let (command, told) = watch::channel(Command::Go);
        let (sums, progress) = watch::channel(Progress::default());
        let destinations = configuration.on_failure.clone().map(|destination| {
            let directory = scenario.destinations_directory();
            Arc::new(Destinations::new(destination, store.clone(), directory, configuration.uuid))
        });
        let shared = Shared {
            configuration: Arc::new(configuration),
            clock,
            events: events.clone(),
            progress: sums,
            command: told,
            invocations: scenario.invocations_directory.clone().map(InvocationsDirectory::new),
            destinations,
        };
        let (driver, handle) = Driver::create(kinesis.clone(), invoker, shared, command).await?;
        Ok(Self { task: Task(Some(tokio::spawn(driver.run()))), handle, progress })
    }

    /// To ask for a state.
    pub(super) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits until the mapping cannot go on, be it that a part of it panicked; tells why.
    pub(super) async fn fatal(&self) -> String {
        self.until(|progress| progress.fatal.is_some()).await.fatal.unwrap_or_default()
    }

    /// Waits until these records, and all before them, are done.
    pub(super) async fn acknowledged(&self, last_sequence_numbers: &BTreeMap<String, String>) {
        self.until(|progress| progress.covers(last_sequence_numbers)).await;
    }

    async fn until(&self, mut reached: impl FnMut(&Progress) -> bool) -> Progress {
        let mut progress = self.progress.clone();
        let found = progress.wait_for(&mut reached).await.ok().map(|progress| progress.clone());
        match found {
            Some(found) => found,
            // All of it has ended without it.
            None => std::future::pending().await,
        }
    }

    /// Lets the mapping deliver what is in the stream, and ends it. Returns what it did, and how many records it read
    /// that are not done.
    pub(super) async fn drain(mut self) -> Result<(Progress, u64), RunError> {
        self.handle.drain();
        let left = match self.task.0.take() {
            Some(task) => task.await??,
            None => 0,
        };
        Ok((self.progress.borrow().clone(), left))
    }
}

/// Aborted when it is dropped.
#[derive(Debug)]
struct Task(Option<JoinHandle<Result<u64, KinesisError>>>);

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::mapping::invoker::Invocation;
    use crate::scenario::Framing;
    use crate::sender::{self, Pace, Target};

    #[derive(Clone)]
    struct Panicking;

    impl Invoker for Panicking {
        async fn invoke(&self, _: Bytes) -> Invocation {
            panic!("as asked")
        }
    }

    #[tokio::test]
    async fn a_lane_that_panics_ends_the_mapping() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("input");
        std::fs::write(&input, "one").unwrap();
        let scenario = json!({
            "DataDirectory": folder.path(),
            "Streams": [{ "StreamName": "s", "ShardCount": 1 }],
            "Function": { "FunctionName": "f", "Bootstrap": "bootstrap" },
            "EventSourceMapping": { "StreamName": "s", "StartingPosition": "TRIM_HORIZON" }
        });
        let scenario = Scenario::parse(&scenario.to_string()).unwrap();
        let clock = Clock::system();
        let kinesis = Kinesis::new("us-east-1", "000000000000", clock);
        kinesis.create_stream("s", 1, 24).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let api = kinesis.clone();
        let server = tokio::spawn(async move { api.serve(listener, std::future::pending()).await });
        let target = Target {
            endpoint,
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            stream_name: "s".to_owned(),
            partition_keys: None,
            parallelization_factor: 1,
            pace: Pace::default(),
        };
        sender::send(&input, Framing::Lines, target, &Events::none()).await.unwrap();

        let store = FolderStore::open(folder.path().join("data"), Events::none()).unwrap();
        let mapping = Mapping::start(&scenario, &kinesis, &store, clock, Panicking, &Events::none()).await.unwrap();
        let message = tokio::time::timeout(Duration::from_secs(10), mapping.fatal()).await.expect("told in time");
        assert_eq!(message, "the lane of shardId-000000000000 panicked");
        let drained = tokio::time::timeout(Duration::from_secs(10), mapping.drain()).await.expect("in time");
        assert!(matches!(drained, Err(RunError::Task(_))), "{drained:?}");
        server.abort();
    }
}
