//! All lanes of the mapping, one task a shard.

use std::collections::BTreeMap;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::RunError;
use crate::events::Events;
use crate::kinesis::Kinesis;
use crate::mapping::poller::{InvocationsDirectory, Invoker, Poller, Shared};
use crate::mapping::progress::Progress;
use crate::scenario::Scenario;

/// Running lanes. Dropping it ends them at once.
#[derive(Debug)]
pub(super) struct Lanes {
    tasks: JoinSet<u64>,
    draining: watch::Sender<bool>,
    progress: watch::Receiver<Progress>,
}

impl Lanes {
    /// Takes the starting position in every shard, and begins.
    pub(super) async fn start(
        scenario: &Scenario,
        kinesis: &Kinesis,
        invoker: impl Invoker,
        events: &Events,
    ) -> Result<Self, RunError> {
        let mapping = scenario.mapping()?;
        let (draining, told) = watch::channel(false);
        let (sums, progress) = watch::channel(Progress::default());
        let shared = Shared {
            events: events.clone(),
            progress: sums.clone(),
            draining: told,
            invocations: scenario.invocations_directory.clone().map(InvocationsDirectory::new),
        };
        let mut pollers = Vec::new();
        for shard_id in kinesis.list_shards(&mapping.stream_name).await? {
            let (kinesis, invoker, shared) = (kinesis.clone(), invoker.clone(), shared.clone());
            let poller = Poller::new(kinesis, &shard_id, &mapping, invoker, shared).await?;
            pollers.push((Alarm { shard_id, progress: sums.clone() }, poller));
        }
        let mut tasks = JoinSet::new();
        for (alarm, poller) in pollers {
            tasks.spawn(async move {
                let _alarm = alarm;
                poller.run().await
            });
        }
        Ok(Self { tasks, draining, progress })
    }

    /// Waits until the mapping cannot go on, be it that a lane panicked; tells why.
    pub(super) async fn fatal(&self) -> String {
        self.until(|progress| progress.fatal.is_some()).await.fatal.unwrap_or_default()
    }

    /// Waits until these records, and all before them, are acknowledged.
    pub(super) async fn acknowledged(&self, last_sequence_numbers: &BTreeMap<String, String>) {
        self.until(|progress| progress.covers(last_sequence_numbers)).await;
    }

    async fn until(&self, mut reached: impl FnMut(&Progress) -> bool) -> Progress {
        let mut progress = self.progress.clone();
        let found = progress.wait_for(&mut reached).await.ok().map(|progress| progress.clone());
        match found {
            Some(found) => found,
            // All lanes have ended without it.
            None => std::future::pending().await,
        }
    }

    /// Lets the lanes deliver what is in the stream, and ends them. Returns what they did, and how many records they
    /// read and could not deliver.
    pub(super) async fn drain(mut self) -> Result<(Progress, u64), RunError> {
        self.draining.send_replace(true);
        let mut left = 0;
        while let Some(ended) = self.tasks.join_next().await {
            left += ended?;
        }
        Ok((self.progress.borrow().clone(), left))
    }
}

/// Ends the mapping when the lane that holds it panics: nobody would wait for that lane's records in vain.
struct Alarm {
    shard_id: String,
    progress: watch::Sender<Progress>,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let message = format!("the lane of {} panicked", self.shard_id);
            self.progress.send_modify(|progress| {
                progress.fatal.get_or_insert(message);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::mapping::poller::Delivery;
    use crate::scenario::Framing;
    use crate::sender::{self, Target};

    #[derive(Clone)]
    struct Panicking;

    impl Invoker for Panicking {
        async fn invoke(&self, _: &str, _: Bytes) -> Delivery {
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
        let kinesis = Kinesis::new("us-east-1", "000000000000");
        kinesis.create_stream("s", 1).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let api = kinesis.clone();
        let server = tokio::spawn(async move { api.serve(listener, std::future::pending()).await });
        let target = Target {
            endpoint,
            region: "us-east-1".to_owned(),
            access_key_id: "test".to_owned(),
            stream_name: "s".to_owned(),
        };
        sender::send(&input, Framing::Lines, target, &Events::none()).await.unwrap();

        let lanes = Lanes::start(&scenario, &kinesis, Panicking, &Events::none()).await.unwrap();
        let message = tokio::time::timeout(Duration::from_secs(10), lanes.fatal()).await.expect("told in time");
        assert_eq!(message, "the lane of shardId-000000000000 panicked");
        let drained = tokio::time::timeout(Duration::from_secs(10), lanes.drain()).await.expect("in time");
        assert!(matches!(drained, Err(RunError::Task(_))), "{drained:?}");
        server.abort();
    }
}
