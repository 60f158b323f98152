//! Records of the stream that no object covers: what lies between the ranges of the objects, on cuts that depend on the
//! records alone, so that a second replay finds all of it covered.

use std::ops::ControlFlow;

use penstock_console::arguments::ReplayArguments;
use penstock_format::{SequenceNumber, ShardId};

use super::covered::{self, Covered};
use super::cutter::Cutter;
use super::event::EventRecord;
use super::shard::{self, Start};
use super::{Batch, Found};
use crate::deployment::Deployment;
use crate::logs::since;
use crate::mapping;

/// Finds them.
pub async fn find(deployment: &Deployment, arguments: &ReplayArguments) -> anyhow::Result<Found> {
    let read = covered::read(deployment, arguments.target.json).await?;
    let is_polled = is_polled(deployment).await?;
    let client = aws_sdk_kinesis::Client::new(&deployment.aws.config);
    let start = arguments.since.as_deref().map(since).transpose()?.map_or(Start::Oldest, Start::Arrived);
    let (mut found, mut held) = (Found::default(), 0);
    for id in shard::ids(deployment, &client).await? {
        let number = ShardId::parse(&id).map_or(0, ShardId::number);
        if arguments.shard.is_some_and(|only| only != number) {
            continue;
        }
        let covered = Covered::of_shard(&read.entries, number);
        let last = covered.last();
        let (mut cutter, mut waiting) = (Cutter::beside(held), 0_u64);
        shard::read(deployment, &client, &id, start, |record| {
            let number = SequenceNumber::parse(record.sequence_number()).ok();
            let is_behind_all = number.is_none_or(|number| last.is_none_or(|last| last < number));
            if number.is_some_and(|number| covered.around(&number, &number).is_some()) {
                cutter.cut();
            } else if is_polled && is_behind_all {
                waiting += 1;
            } else {
                let bytes = record.data().as_ref().len();
                cutter.push(EventRecord::from(record), bytes);
            }
            if cutter.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await?;
        if waiting > 0 {
            found.skipped.push(format!(
                "{id}: {waiting} records behind its last object, which are the function's to deliver; to replay them, \
                 disable the event source mapping"
            ));
        }
        let is_full = cutter.is_full();
        held = cutter.held();
        found.batches.extend(cutter.finish().iter().map(|records| Batch::of_stream(deployment, &id, records)));
        if is_full {
            found.skipped.push(format!("{id} and others have more: run the same command again for the rest"));
            break;
        }
    }
    Ok(found)
}

/// Whether a mapping reads the stream: what no object covers at its end is then on its way, and a replay of it would be cut
/// otherwise and lie beside it. What is missing before an object is not, because a shard is delivered in order.
async fn is_polled(deployment: &Deployment) -> anyhow::Result<bool> {
    let client = aws_sdk_lambda::Client::new(&deployment.aws.config);
    let mappings = mapping::of_function(&client, &deployment.environment.function.function_name).await?;
    Ok(mappings.iter().any(|mapping| mapping.state() != Some("Disabled")))
}
