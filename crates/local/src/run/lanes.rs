//! All lanes of the mapping, one task a shard.

use std::collections::BTreeMap;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::RunError;
use super::invoker::FunctionInvoker;
use crate::events::Events;
use crate::kinesis::Kinesis;
use crate::mapping::poller::{InvocationsDirectory, Poller, Shared};
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
        invoker: FunctionInvoker,
        events: &Events,
    ) -> Result<Self, RunError> {
        let mapping = scenario.mapping()?;
        let (draining, told) = watch::channel(false);
        let (sums, progress) = watch::channel(Progress::default());
        let shared = Shared {
            events: events.clone(),
            progress: sums,
            draining: told,
            invocations: scenario.invocations_directory.clone().map(InvocationsDirectory::new),
        };
        let mut pollers = Vec::new();
        for shard_id in kinesis.list_shards(&mapping.stream_name).await? {
            let (kinesis, invoker, shared) = (kinesis.clone(), invoker.clone(), shared.clone());
            pollers.push(Poller::new(kinesis, &shard_id, &mapping, invoker, shared).await?);
        }
        let mut tasks = JoinSet::new();
        for poller in pollers {
            tasks.spawn(poller.run());
        }
        Ok(Self { tasks, draining, progress })
    }

    /// Waits until the mapping cannot go on; tells why.
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
