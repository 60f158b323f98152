//! What a replay says: to people in lines, to programs as JSON.

use penstock_console::arguments::ReplayArguments;
use penstock_console::screen;
use serde_json::{Value, json};

use super::execute::Sum;
use super::found::{Batch, Found};
use crate::deployment::Deployment;

/// What was found, and what would be done with it.
pub fn found(found: &Found, is_executed: bool) {
    found.skipped.iter().for_each(|line| screen::progress(format_args!(" skipped  {line}")));
    let records: u64 = found.batches.iter().map(|batch| batch.records).sum();
    screen::progress(format_args!(
        " found    {} batches, {} records",
        screen::number(found.batches.len() as u64),
        screen::number(records)
    ));
    if found.there_already > 0 {
        screen::progress(format_args!(" there    {} batches already", screen::number(found.there_already)));
    }
    if !is_executed {
        for batch in &found.batches {
            let (shard, records) = (&batch.shard_id, screen::number(batch.records));
            screen::progress(format_args!(" would    {shard}  {records} records  {}", batch.name));
        }
    }
    // Last, so that nothing scrolls it away.
    found.lost.iter().for_each(|line| screen::progress(format_args!(" LOST     {line}")));
    if !is_executed && !found.batches.is_empty() {
        screen::progress("nothing was done: pass --execute");
    }
}

/// What came of it.
pub fn ended(arguments: &ReplayArguments, found: &Found, sum: &Sum) {
    screen::result(format_args!(
        "replayed {} of {} batches, {} records: {} objects stored, {} there already",
        screen::number(sum.delivered),
        screen::number(found.batches.len() as u64),
        screen::number(sum.records),
        screen::number(sum.stored),
        screen::number(sum.already_stored)
    ));
    if sum.records_failed > 0 {
        screen::result(format_args!(
            "failed   {} records, which lie in error objects again: --from errors finds them there",
            screen::number(sum.records_failed)
        ));
    }
    if arguments.delete {
        sum.stayed.iter().for_each(|line| screen::progress(format_args!(" kept     {line}")));
        screen::result(format_args!("deleted  {}", screen::number(sum.deleted)));
    }
    if !found.lost.is_empty() {
        screen::result(format_args!("LOST     records of {} documents: see above", found.lost.len()));
    }
}

/// All of it.
pub fn json(deployment: &Deployment, arguments: &ReplayArguments, found: &Found, sum: &Sum, result: &str) -> Value {
    let batch = |own: &Batch| json!({"source": own.name, "shard_id": own.shard_id, "records": own.records});
    json!({
        "version": 1,
        "command": "replay",
        "environment": deployment.file.name,
        "from": arguments.from,
        "result": result,
        "batches": found.batches.iter().map(batch).collect::<Vec<_>>(),
        "batches_there_already": found.there_already,
        "skipped": found.skipped,
        "lost": found.lost,
        "delivered": sum.delivered,
        "records": sum.records,
        "records_failed": (sum.unknown == 0).then_some(sum.records_failed),
        "objects_stored": sum.stored,
        "objects_there_already": sum.already_stored,
        "failed": sum.failed,
        "deleted": sum.deleted,
        "kept": sum.stayed,
    })
}
