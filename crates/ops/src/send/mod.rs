//! `send`: records into the stream, as fast as was asked for; with `--verify` until each of them lies in the bucket.

mod feed;
mod seen;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use penstock_console::arguments::SendArguments;
use penstock_console::exit::{self, Exit};
use penstock_console::screen;
use serde_json::json;

use self::feed::Feed;
use self::seen::Seen;
use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::pause::Pauses;

/// Records that one call takes. Source: `PutRecords`.
const PUT_RECORDS_MAX: usize = 500;

/// Bytes that one call takes, keys included. Source: `PutRecords`, 5 MiB, and room for what stands around them.
const PUT_BYTES_MAX: usize = 5 * 1_000_000;

/// Between two calls, so that a low rate is an even one.
const TICK: Duration = Duration::from_millis(100);

/// A record that the stream took.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    shard: u64,
    sequence_number: String,
    /// When, in milliseconds since 1970.
    at_ms: i64,
}

/// What was sent.
#[derive(Debug, Default)]
struct Sent {
    taken: Vec<Taken>,
    bytes: u64,
    /// Entries that were refused at first.
    refused: u64,
}

/// Carries the command out.
pub async fn run(arguments: &SendArguments) -> anyhow::Result<Exit> {
    let feed = Feed::open(arguments)?;
    let deployment = Deployment::open(&arguments.target).await?;
    let started = Instant::now();
    let mut sent = Sent::default();
    let is_interrupted = tokio::select! {
        biased;
        done = send(&deployment, arguments, feed, &mut sent) => { done?; false }
        _ = tokio::signal::ctrl_c() => true,
    };
    let elapsed = started.elapsed();
    let is_quiet = arguments.target.json;
    if !is_quiet {
        screen::progress(format_args!(
            " sent     {} records, {}, in {:.1} s; {} were refused at first",
            screen::number(sent.taken.len() as u64),
            screen::bytes(sent.bytes),
            elapsed.as_secs_f64(),
            screen::number(sent.refused)
        ));
    }
    let seen = if arguments.verify && !sent.taken.is_empty() {
        Some(seen::wait(&deployment, arguments, &sent.taken).await?)
    } else {
        None
    };
    if is_quiet {
        screen::result(json!({
            "version": 1,
            "command": "send",
            "stream": deployment.environment.stream.name,
            "records": sent.taken.len(),
            "bytes": sent.bytes,
            "refused_at_first": sent.refused,
            "seconds": elapsed.as_secs_f64(),
            "seen": seen.as_ref().map(|own| own.latencies_ms.len()),
            "missing": seen.as_ref().map(|own| &own.missing),
            "latency_ms": seen.as_ref().map(|own| json!({"p50": own.percentile(50), "p99": own.percentile(99)})),
        }));
    } else if let Some(seen) = &seen {
        show(seen, sent.taken.len());
    }
    Ok(match seen {
        _ if is_interrupted => exit::INTERRUPTED,
        Some(seen) if !seen.missing.is_empty() => exit::FAILED,
        _ => exit::DONE,
    })
}

fn show(seen: &Seen, sent: usize) {
    let seconds = |percent| seen.percentile(percent).map_or(0.0, |ms| f64::from(u32::try_from(ms).unwrap_or(0)) / 1e3);
    screen::result(format_args!(
        "seen {} of {} records in the bucket; from the stream's word to the object's, p50 {:.0} s, p99 {:.0} s",
        screen::number(seen.latencies_ms.len() as u64),
        screen::number(sent as u64),
        seconds(50),
        seconds(99)
    ));
    if let Some(first) = seen.missing.first() {
        screen::result(format_args!("missing: {} records, such as {first}", seen.missing.len()));
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
    let mut waiting: Vec<PutRecordsRequestEntry> = Vec::new();
    loop {
        pace.tick().await;
        let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX) + 100;
        let allowed = elapsed.saturating_mul(arguments.rate.into()) / 1_000;
        while due < allowed
            && let Some(entry) = feed.next()?
        {
            waiting.push(entry);
            due += 1;
            if waiting.len() >= PUT_RECORDS_MAX {
                put_all(&client, stream, &mut waiting, sent, bar.as_ref()).await?;
            }
        }
        put_all(&client, stream, &mut waiting, sent, bar.as_ref()).await?;
        if feed.is_empty() {
            break;
        }
    }
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    Ok(())
}

/// Puts all of them, those that are refused again until they are taken.
async fn put_all(
    client: &Client,
    stream: &str,
    waiting: &mut Vec<PutRecordsRequestEntry>,
    sent: &mut Sent,
    bar: Option<&indicatif::ProgressBar>,
) -> anyhow::Result<()> {
    let mut pauses = Pauses::default();
    while !waiting.is_empty() {
        let count = fitting(waiting);
        let entries: Vec<_> = waiting.drain(..count).collect();
        let answer = client.put_records().stream_name(stream).set_records(Some(entries.clone())).send().await;
        let answer = answer.asked(format_args!("put records into the stream {stream}"))?;
        let at_ms = chrono::Utc::now().timestamp_millis();
        let mut refused = Vec::new();
        for (entry, taken) in entries.into_iter().zip(answer.records()) {
            let Some((sequence_number, shard_id)) = taken.sequence_number().zip(taken.shard_id()) else {
                refused.push(entry);
                continue;
            };
            let shard = shard_id.rsplit('-').next().and_then(|digits| digits.parse().ok());
            let shard = shard.with_context(|| format!("the shard id {shard_id} has no number"))?;
            sent.bytes += entry.data().as_ref().len() as u64;
            sent.taken.push(Taken { shard, sequence_number: sequence_number.to_owned(), at_ms });
        }
        if let Some(bar) = bar {
            bar.set_position(sent.taken.len() as u64);
        }
        if !refused.is_empty() {
            sent.refused += refused.len() as u64;
            waiting.splice(..0, refused);
            pauses.pause().await;
        }
    }
    Ok(())
}

/// How many of these one call takes; one at least.
fn fitting(entries: &[PutRecordsRequestEntry]) -> usize {
    let mut bytes = 0;
    let fits = |own: &&PutRecordsRequestEntry| {
        bytes += own.data().as_ref().len() + own.partition_key().map_or(0, str::len);
        bytes <= PUT_BYTES_MAX
    };
    entries.iter().take(PUT_RECORDS_MAX).take_while(fits).count().max(1)
}
