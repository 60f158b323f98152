//! Records that were sent, seen in the bucket: each within the range of a batch that is whole there.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use penstock_console::arguments::SendArguments;
use penstock_console::screen;
use penstock_format::SequenceNumber;
use penstock_format::coverage::Batch;

use super::Taken;
use crate::deployment::Deployment;
use crate::keys;
use crate::verify::objects::{self, Which};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// How long the last record is waited for, beside the batching window.
const PATIENCE: Duration = Duration::from_mins(2);

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many of the producer's records.
    pub records: u64,
    /// Of each record of the stream, from its answer to the object's time, sorted. S3 tells that to the second.
    pub latencies_ms: Vec<u64>,
    /// Sequence numbers that no object covers; each may hold several of the producer's records.
    pub missing: Vec<String>,
}

impl Seen {
    /// So many percent took no longer.
    pub fn percentile(&self, percent: usize) -> Option<u64> {
        let place = (self.latencies_ms.len() * percent).div_ceil(100).max(1) - 1;
        self.latencies_ms.get(place).copied()
    }
}

/// Looks until all are seen, or time is over.
pub async fn wait(deployment: &Deployment, arguments: &SendArguments, sent: &[Taken]) -> anyhow::Result<Seen> {
    let window = deployment.environment.event_source_mapping.maximum_batching_window_in_seconds;
    let patience = arguments.timeout.map_or(PATIENCE + Duration::from_secs(window.into()), Duration::from_secs);
    let started = Instant::now();
    let bar =
        (!arguments.target.json).then(|| screen::bar(sent.iter().map(|taken| taken.records).sum(), "records seen"));
    loop {
        let seen = look(deployment, sent).await?;
        if let Some(bar) = &bar {
            bar.set_position(seen.records);
        }
        if seen.missing.is_empty() || started.elapsed() >= patience {
            bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
            return Ok(seen);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look(deployment: &Deployment, sent: &[Taken]) -> anyhow::Result<Seen> {
    let (mut entries, mut stored_at) = (Vec::new(), HashMap::new());
    for prefix in prefixes(deployment, sent) {
        let read =
            objects::read(deployment, Which { prefix: Some(&prefix), is_quiet: true, ..Which::default() }).await?;
        stored_at.extend(read.entries.iter().map(|entry| entry.key.clone()).zip(read.stored_at));
        entries.extend(read.entries);
    }
    let batches = Batch::all_of(entries.iter());
    let whole: Vec<&Batch<'_>> = batches.iter().filter(|batch| batch.is_whole()).collect();
    let mut seen = Seen::default();
    for taken in sent {
        let number = SequenceNumber::parse(&taken.sequence_number).ok();
        let covers = |batch: &&&Batch<'_>| {
            let (first, last) = batch.range();
            batch.shard() == taken.shard && number.is_some_and(|number| *first <= number && number <= *last)
        };
        let Some(batch) = whole.iter().find(covers) else {
            seen.missing.push(taken.sequence_number.clone());
            continue;
        };
        seen.records += taken.records;
        let stored = batch.entries.iter().filter_map(|entry| stored_at.get(&entry.key)).max().copied();
        seen.latencies_ms.push(u64::try_from(stored.unwrap_or_default() * 1_000 - taken.at_ms).unwrap_or(0));
    }
    seen.latencies_ms.sort_unstable();
    Ok(seen)
}

/// What keys of the records begin with.
fn prefixes(deployment: &Deployment, sent: &[Taken]) -> BTreeSet<String> {
    let delivery = &deployment.environment.delivery;
    let minutes: BTreeSet<i64> = sent.iter().map(|taken| taken.at_ms / 60_000).collect();
    // A clock that differs a little may tell the minute before or after.
    let times = minutes.into_iter().flat_map(|minute| [minute - 1, minute, minute + 1]).map(|minute| minute * 60_000);
    times.flat_map(|at_ms| [keys::of_data(delivery, at_ms), keys::of_failed(delivery, at_ms)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_seen() {
        let seen = Seen { latencies_ms: (1..=100).collect(), ..Seen::default() };
        assert_eq!((seen.percentile(50), seen.percentile(99)), (Some(50), Some(99)));
        assert_eq!(Seen { latencies_ms: vec![7], ..Seen::default() }.percentile(99), Some(7));
        assert_eq!(Seen::default().percentile(50), None);
    }
}
