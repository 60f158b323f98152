//! `send`: records into the stream, as fast as was asked for; with `--verify` until each of them lies in the bucket.

mod aggregate;
mod feed;
mod seen;

use std::time::{Duration, Instant};

use aws_sdk_kinesis::Client;
use penstock_console::arguments::SendArguments;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;
use serde_json::json;

use self::aggregate::Bundle;
use self::feed::Feed;
use self::seen::Seen;
use crate::deployment::Deployment;
use crate::put_records;

/// Between two calls, so that a low rate is an even one.
const TICK: Duration = Duration::from_millis(100);

/// A record that the stream took.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    /// The shard's number.
    shard: Option<u64>,
    sequence_number: String,
    /// How many of the producer's records it holds.
    records: u64,
    bytes: u64,
    /// When, in milliseconds since 1970.
    at_ms: i64,
}

impl From<put_records::Taken<'_, Bundle>> for Taken {
    fn from(taken: put_records::Taken<'_, Bundle>) -> Self {
        Self {
            shard: taken.shard_id.rsplit('-').next().and_then(|digits| digits.parse().ok()),
            sequence_number: taken.sequence_number.to_owned(),
            records: taken.entry.records,
            bytes: taken.entry.entry.data().as_ref().len() as u64,
            at_ms: chrono::Utc::now().timestamp_millis(),
        }
    }
}

/// What was sent.
#[derive(Debug, Default)]
struct Sent {
    taken: Vec<Taken>,
    /// Entries that were refused at first.
    refused: u64,
}

impl Sent {
    /// How many of the producer's records the stream took.
    fn records(&self) -> u64 {
        self.taken.iter().map(|taken| taken.records).sum()
    }
}

/// Carries the command out.
pub async fn run(arguments: &SendArguments) -> anyhow::Result<Exit> {
    let feed = Feed::open(arguments)?;
    let deployment = Deployment::open(&arguments.target).await?;
    let started = Instant::now();
    let mut sent = Sent::default();
    let mut is_interrupted = tokio::select! {
        biased;
        done = send(&deployment, arguments, feed, &mut sent) => { done?; false }
        _ = tokio::signal::ctrl_c() => true,
    };
    let elapsed = started.elapsed();
    let bytes: u64 = sent.taken.iter().map(|taken| taken.bytes).sum();
    let is_quiet = arguments.target.json;
    if !is_quiet {
        screen::progress(format_args!(
            " sent     {} records, {}, in {:.1} s; {} were refused at first",
            screen::number(sent.records()),
            screen::bytes(bytes),
            elapsed.as_secs_f64(),
            screen::number(sent.refused)
        ));
    }
    let mut seen = None;
    if arguments.verify && !is_interrupted && !sent.taken.is_empty() {
        tokio::select! {
            biased;
            looked = seen::wait(&deployment, arguments, &sent.taken) => seen = Some(looked?),
            _ = tokio::signal::ctrl_c() => is_interrupted = true,
        }
    }
    if is_quiet {
        screen::result(json!({
            "version": 1,
            "command": "send",
            "stream": deployment.environment.stream.name,
            "records": sent.records(),
            "kinesis_records": sent.taken.len(),
            "bytes": bytes,
            "refused_at_first": sent.refused,
            "seconds": elapsed.as_secs_f64(),
            "seen": seen.as_ref().map(|own| own.records),
            "missing": seen.as_ref().map(|own| &own.missing),
            "latency_ms": seen.as_ref().map(|own| json!({"p50": own.percentile(50), "p99": own.percentile(99)})),
        }));
    } else if let Some(seen) = &seen {
        show(seen, sent.records());
    }
    Ok(match seen {
        _ if is_interrupted => exit::INTERRUPTED,
        Some(seen) if !seen.missing.is_empty() => exit::FAILED,
        _ => exit::DONE,
    })
}

fn show(seen: &Seen, sent: u64) {
    let seconds = |percent| seen.percentile(percent).map_or(0.0, |ms| f64::from(u32::try_from(ms).unwrap_or(0)) / 1e3);
    screen::result(format_args!(
        "seen {} of {} records in the bucket; from the stream's word to the object's, p50 {:.0} s, p99 {:.0} s",
        screen::number(seen.records),
        screen::number(sent),
        seconds(50),
        seconds(99)
    ));
    if let Some(first) = seen.missing.first() {
        screen::result(format_args!("missing: {} records, such as {first}", screen::number(sent - seen.records)));
    }
}

async fn send(
    deployment: &Deployment,
    arguments: &SendArguments,
    mut feed: Feed,
    sent: &mut Sent,
) -> anyhow::Result<()> {
    let client = Client::new(&deployment.aws.config);
    let stream = &deployment.environment.stream.name;
    let bar = (!arguments.target.json).then(|| screen::bar(feed.records(), "records"));
    let mut pace = tokio::time::interval(TICK);
    let (began, mut due) = (Instant::now(), 0_u64);
    while !feed.is_empty() {
        pace.tick().await;
        let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) + 100;
        let allowed = elapsed.saturating_mul(arguments.rate.into()) / 1_000;
        while due < allowed && !feed.is_empty() {
            let most = usize::try_from(allowed - due).unwrap_or(usize::MAX).min(put_records::RECORDS_MAX);
            let entries = feed.take(most)?;
            due += entries.iter().map(|bundle| bundle.records).sum::<u64>();
            sent.refused +=
                put_records::put_all(&client, stream, entries, |taken| sent.taken.push(taken.into())).await?;
            if let Some(bar) = &bar {
                bar.set_position(sent.records());
            }
        }
    }
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    Ok(())
}
