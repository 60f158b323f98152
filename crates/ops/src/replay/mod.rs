//! `replay`: batches that were given up, or records that no object covers, are delivered as the batches that they were.
//! Keys come from the record set, so that what is stored already is found to be there, and a second replay writes nothing.

mod deliver;
mod documents;
mod stream;

use std::time::Duration;

use penstock_console::arguments::{Destination, ReplayArguments};
use penstock_console::exit::{self, Exit};
use penstock_console::screen;
use serde_json::{Value, json};

use self::deliver::{Came, Deliverer};
use crate::deployment::Deployment;
use crate::error::Asked as _;

/// A batch that is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Where it is from, as a person finds it.
    pub source: String,
    /// Bucket and key of its document, where it has one.
    pub document: Option<(String, String)>,
    /// The shard's id.
    pub shard_id: String,
    /// Its records.
    pub records: u64,
    /// The invocation event; of a document it is read when its turn has come.
    pub event: Option<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Batches that can be delivered.
    pub batches: Vec<Batch>,
    /// What cannot, and why, in words.
    pub skipped: Vec<String>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Sum {
    delivered: u64,
    records: u64,
    stored: u64,
    already_stored: u64,
    failed: Vec<String>,
}

/// Carries the command out.
pub async fn run(arguments: &ReplayArguments) -> anyhow::Result<Exit> {
    if arguments.to == Destination::Stream && arguments.execute && !arguments.accept_duplicates {
        screen::progress(
            "refused: what is put into the stream again are other records, which are delivered whatever was stored \
             before: pass --accept-duplicates, or --to function",
        );
        return Ok(exit::REFUSED);
    }
    let deployment = Deployment::open(&arguments.target).await?;
    let found = match arguments.from.as_str() {
        "stream" => stream::find(&deployment, arguments).await?,
        source => documents::find(&deployment, arguments, source).await?,
    };
    let is_quiet = arguments.target.json;
    let say = |line: String| {
        if !is_quiet {
            screen::progress(line);
        }
    };
    found.skipped.iter().for_each(|line| say(format!(" skipped  {line}")));
    let records: u64 = found.batches.iter().map(|batch| batch.records).sum();
    say(format!(
        " found    {} batches, {} records",
        screen::number(found.batches.len() as u64),
        screen::number(records)
    ));
    if !arguments.execute {
        for batch in &found.batches {
            say(format!(" would    {}  {} records  {}", batch.shard_id, screen::number(batch.records), batch.source));
        }
        if !found.batches.is_empty() {
            say("nothing was done: pass --execute".to_owned());
        }
        if is_quiet {
            screen::result(told(&deployment, arguments, &found, &Sum::default(), "planned"));
        }
        return Ok(exit::DONE);
    }
    let mut sum = Sum::default();
    let is_interrupted = tokio::select! {
        biased;
        done = execute(&deployment, arguments, &found, &mut sum) => { done?; false }
        _ = tokio::signal::ctrl_c() => true,
    };
    let result = match (is_interrupted, sum.failed.is_empty()) {
        (true, _) => "interrupted",
        (false, true) => "replayed",
        (false, false) => "failed",
    };
    if is_quiet {
        screen::result(told(&deployment, arguments, &found, &sum, result));
    } else {
        screen::result(format_args!(
            "replayed {} of {} batches, {} records: {} objects stored, {} there already",
            screen::number(sum.delivered),
            screen::number(found.batches.len() as u64),
            screen::number(sum.records),
            screen::number(sum.stored),
            screen::number(sum.already_stored)
        ));
        if is_interrupted {
            screen::progress("interrupted: run the same command again for the rest; what is stored is found there");
        }
    }
    Ok(match result {
        "interrupted" => exit::INTERRUPTED,
        "replayed" => exit::DONE,
        _ => exit::FAILED,
    })
}

async fn execute(
    deployment: &Deployment,
    arguments: &ReplayArguments,
    found: &Found,
    sum: &mut Sum,
) -> anyhow::Result<()> {
    let deliverer = Deliverer::new(deployment, arguments.to);
    let bar = (!arguments.target.json).then(|| screen::bar(found.batches.len() as u64, "batches"));
    let mut pace = tokio::time::interval(Duration::from_secs(1) / arguments.rate);
    for batch in &found.batches {
        pace.tick().await;
        let event = match (&batch.event, &batch.document) {
            (Some(event), _) => event.clone(),
            (None, Some(document)) => documents::event(deployment, document).await?,
            (None, None) => continue,
        };
        match deliverer.deliver(&event).await? {
            Came::Stored { stored, already_stored } => {
                sum.stored += stored;
                sum.already_stored += already_stored;
            }
            Came::Taken => {}
            Came::Failed(why) => {
                if !arguments.target.json {
                    screen::progress(format_args!(" failed   {}: {why}", batch.source));
                }
                sum.failed.push(format!("{}: {why}", batch.source));
                continue;
            }
        }
        sum.delivered += 1;
        sum.records += batch.records;
        if let Some((bucket, key)) = batch.document.as_ref().filter(|_| arguments.delete) {
            let request = deployment.aws.s3().delete_object().bucket(bucket).key(key);
            request.send().await.asked(format_args!("delete s3://{bucket}/{key}"))?;
        }
        if let Some(bar) = &bar {
            bar.inc(1);
        }
    }
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    Ok(())
}

fn told(deployment: &Deployment, arguments: &ReplayArguments, found: &Found, sum: &Sum, result: &str) -> Value {
    let batch = |own: &Batch| json!({"source": own.source, "shard_id": own.shard_id, "records": own.records});
    json!({
        "version": 1,
        "command": "replay",
        "environment": deployment.file.name,
        "from": arguments.from,
        "result": result,
        "batches": found.batches.iter().map(batch).collect::<Vec<_>>(),
        "skipped": found.skipped,
        "delivered": sum.delivered,
        "records": sum.records,
        "objects_stored": sum.stored,
        "objects_there_already": sum.already_stored,
        "failed": sum.failed,
    })
}
