//! The shards of the stream, read from a place on.

use std::ops::ControlFlow;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::{Record, ShardIteratorType};
use penstock_format::SequenceNumber;

use crate::deployment::Deployment;
use crate::error::{self, Asked as _};
use crate::pause::Pauses;

/// Records that one read asks for. Source: `GetRecords`.
const READ_RECORDS_MAX: i32 = 10_000;

/// Where reading begins.
#[derive(Debug, Clone, Copy)]
pub enum Start {
    /// At the oldest record.
    Oldest,
    /// At the first that arrived then or later, in seconds since 1970.
    Arrived(i64),
    /// At this record; at the oldest where the stream has forgotten it.
    Record(SequenceNumber),
}

/// The ids of all shards that the stream has, also of closed ones.
pub async fn ids(deployment: &Deployment, client: &Client) -> anyhow::Result<Vec<String>> {
    let mut all = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let request = match next.take() {
            Some(token) => client.list_shards().next_token(token),
            None => client.list_shards().stream_name(&deployment.environment.stream.name),
        };
        let page = request.send().await.asked("list the shards of the stream")?;
        all.extend(page.shards().iter().map(|shard| shard.shard_id().to_owned()));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// Reads a shard up to now, or until `take` has enough.
pub async fn read(
    deployment: &Deployment,
    client: &Client,
    shard_id: &str,
    start: Start,
    mut take: impl FnMut(Record) -> ControlFlow<()>,
) -> anyhow::Result<()> {
    let mut iterator = iterator(deployment, client, shard_id, start).await?;
    let mut pauses = Pauses::default();
    while let Some(place) = iterator.take() {
        let page = client.get_records().shard_iterator(place).limit(READ_RECORDS_MAX).send().await;
        let page = page.asked(format_args!("read {shard_id}"))?;
        let is_at_end = page.millis_behind_latest().unwrap_or(0) == 0;
        iterator = page.next_shard_iterator.filter(|_| !is_at_end);
        if page.records.into_iter().try_for_each(&mut take).is_break() {
            return Ok(());
        }
        if iterator.is_some() {
            // Five reads a second of a shard, shared with whoever else reads it.
            pauses.pause().await;
        }
    }
    Ok(())
}

async fn iterator(
    deployment: &Deployment,
    client: &Client,
    shard_id: &str,
    start: Start,
) -> anyhow::Result<Option<String>> {
    let stream = &deployment.environment.stream.name;
    let request = || client.get_shard_iterator().stream_name(stream).shard_id(shard_id);
    let oldest = || request().shard_iterator_type(ShardIteratorType::TrimHorizon);
    let first = match start {
        Start::Oldest => oldest(),
        Start::Arrived(at) => {
            request().shard_iterator_type(ShardIteratorType::AtTimestamp).timestamp(DateTime::from_secs(at))
        }
        Start::Record(number) => request()
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .starting_sequence_number(number.to_string()),
    };
    let answer = match (first.send().await, start) {
        // What a stream says of a number that it has forgotten is not documented: it may refuse, or begin at the oldest.
        (Err(error), Start::Record(_)) if error::code(&error) == Some("InvalidArgumentException") => {
            oldest().send().await
        }
        (answer, _) => answer,
    };
    Ok(answer.asked(format_args!("read {shard_id}"))?.shard_iterator)
}
