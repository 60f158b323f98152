//! `verify`: what the bucket holds, told from the bucket alone: a list, and one HEAD an object. Loss and overlap are
//! suspected where objects contradict each other; `--deep` reads the objects, `--dedupe` writes a clean copy.

mod copy;
mod counted;
pub mod objects;

use penstock_console::arguments::VerifyArguments;
use penstock_console::exit::{self, Exit};
use penstock_console::question::{self, Answer};
use penstock_console::screen;
use penstock_format::coverage::{Coverage, Finding, ShardCoverage};
use serde_json::{Value, json};

use self::objects::{Read, Which};
use crate::deployment::Deployment;
use crate::logs::since;

/// Findings of a kind that are shown; the rest is counted.
const SHOWN_MAX: usize = 20;

/// Characters of a sequence number that are shown: the last ones differ.
const DIGITS: usize = 12;

/// Carries the command out.
pub async fn run(arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    if arguments.dedupe.is_some() && !arguments.yes && !question::can_ask() {
        screen::progress("nobody can be asked here: pass --yes to write the clean copy without a question");
        return Ok(exit::REFUSED);
    }
    let target = arguments.dedupe.as_deref().map(copy::Target::parse).transpose()?;
    let deployment = Deployment::open(&arguments.target).await?;
    let which = Which {
        since: arguments.since.as_deref().map(since).transpose()?,
        prefix: arguments.prefix.as_deref(),
        list_only: arguments.list_only,
        deep: arguments.deep,
        is_quiet: arguments.target.json,
    };
    let read = objects::read(&deployment, which).await?;
    let interleaves = deployment.environment.event_source_mapping.parallelization_factor > 1;
    let coverage = Coverage::of(&read.entries, interleaves);
    let incoming = counted::incoming(&deployment, &read).await;
    let is_clean = coverage.is_clean() && read.broken.is_empty();
    if arguments.target.json {
        screen::result(told(&deployment, &read, &coverage, incoming.as_ref().ok().copied(), is_clean));
    } else {
        show(&read, &coverage, interleaves);
        match &incoming {
            Ok(count) => screen::result(format_args!(
                "stream   took {} records meanwhile; {} are in batches here (what waits or was filtered out is in none)",
                screen::number(*count),
                screen::number(coverage.kinesis_records())
            )),
            Err(why) => screen::result(format_args!("stream   how many records it took is not known: {why:#}")),
        }
        screen::result(if is_clean { "clean" } else { "suspected: see above" });
    }
    if let Some(target) = target {
        if !arguments.yes && question::confirm("Write the clean copy?")? != Answer::Yes {
            screen::progress("nothing was copied");
            return Ok(exit::REFUSED);
        }
        copy::write(&deployment, &read, &coverage, &target, arguments.target.json).await?;
    }
    Ok(if is_clean { exit::DONE } else { exit::SUSPECTED })
}

fn show(read: &Read, coverage: &Coverage, interleaves: bool) {
    for shard in &coverage.shards {
        screen::result(row(shard));
    }
    if coverage.replayed.objects > 0 {
        screen::result(replayed(&coverage.replayed));
    }
    if coverage.shards.is_empty() && coverage.replayed.objects == 0 {
        screen::result("no objects of this delivery");
    }
    if interleaves {
        screen::result(
            "note: with a parallelization_factor above 1 ranges of a shard interleave, and overlaps cannot be told",
        );
    }
    if let Some(first) = read.foreign.first() {
        let count = screen::number(read.foreign.len() as u64);
        screen::result(format_args!("foreign  {count} objects that are not of this delivery, such as {first}"));
    }
    let findings = coverage.findings.iter().map(line).chain(read.broken.iter().map(|own| format!("broken   {own}")));
    let lines: Vec<String> = findings.collect();
    lines.iter().take(SHOWN_MAX).for_each(screen::result);
    if lines.len() > SHOWN_MAX {
        screen::result(format_args!("         and {} more; --json tells all", lines.len() - SHOWN_MAX));
    }
}

fn row(shard: &ShardCoverage) -> String {
    let name = shard.shard.map_or("of shards that keys do not tell".to_owned(), |number| number.to_string());
    let end = |number: &Option<penstock_format::SequenceNumber>| {
        number.as_ref().map_or_else(String::new, |number| {
            let digits = number.as_str();
            format!("…{}", &digits[digits.len().saturating_sub(DIGITS)..])
        })
    };
    format!(
        "shard {name:<4} {} objects  {} batches  {} records  {} dropped  {} failed  {} to {}",
        screen::number(shard.objects),
        screen::number(shard.batches),
        screen::number(shard.records),
        screen::number(shard.dropped),
        screen::number(shard.failed),
        end(&shard.first),
        end(&shard.last)
    )
}

/// What was replayed from error objects. Where it is from may be another bucket, so it is added to no other count.
fn replayed(own: &ShardCoverage) -> String {
    format!(
        "replayed   {} objects  {} batches  {} records  {} dropped  {} failed again, from error objects",
        screen::number(own.objects),
        screen::number(own.batches),
        screen::number(own.records),
        screen::number(own.dropped),
        screen::number(own.failed)
    )
}

fn line(finding: &Finding) -> String {
    match finding {
        Finding::Missing { key, there, of } => {
            format!("LOSS     {there} of {of} objects of a batch are there: {key}")
        }
        Finding::Overlap { key, with } => format!("overlap  {key} with {with}"),
        Finding::Duplicate { key, within } => format!("twice    {key}, which lies in {within} as well"),
    }
}

fn told(deployment: &Deployment, read: &Read, coverage: &Coverage, incoming: Option<u64>, is_clean: bool) -> Value {
    let shard = |own: &ShardCoverage| {
        json!({
            "shard": own.shard, "objects": own.objects, "batches": own.batches, "records": own.records,
            "dropped": own.dropped, "failed": own.failed,
            "first_sequence_number": own.first.as_ref().map(penstock_format::SequenceNumber::as_str),
            "last_sequence_number": own.last.as_ref().map(penstock_format::SequenceNumber::as_str),
        })
    };
    let finding = |own: &Finding| match own {
        Finding::Missing { key, there, of } => json!({"kind": "missing", "key": key, "there": there, "of": of}),
        Finding::Overlap { key, with } => json!({"kind": "overlap", "key": key, "with": with}),
        Finding::Duplicate { key, within } => json!({"kind": "duplicate", "key": key, "within": within}),
    };
    json!({
        "version": 1,
        "command": "verify",
        "result": if is_clean { "clean" } else { "suspected" },
        "bucket": deployment.environment.delivery.bucket.as_str(),
        "objects": read.entries.len(),
        "foreign": read.foreign,
        "records": coverage.records(),
        "incoming_records": incoming,
        "replayed": {
            "objects": coverage.replayed.objects, "batches": coverage.replayed.batches,
            "records": coverage.replayed.records, "dropped": coverage.replayed.dropped,
            "failed": coverage.replayed.failed,
        },
        "shards": coverage.shards.iter().map(shard).collect::<Vec<_>>(),
        "findings": coverage.findings.iter().map(finding).collect::<Vec<_>>(),
        "broken": read.broken,
    })
}
