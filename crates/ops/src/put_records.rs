//! Records into a stream, as many a call as it takes, those that are refused again until they are taken.

use std::borrow::Borrow;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;

use crate::error::Asked as _;
use crate::pause::Pauses;

/// Records that one call takes. Source: `PutRecords`.
pub const RECORDS_MAX: usize = 500;

/// Bytes that one call takes, keys included. Source: `PutRecords`, 5 MiB, and room for what stands around them.
const BYTES_MAX: usize = 5_000_000;

/// A record that the stream took.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'t, E = PutRecordsRequestEntry> {
    /// What was put, as the caller gave it.
    pub entry: &'t E,
    /// `ShardId`.
    pub shard_id: &'t str,
    /// `SequenceNumber`.
    pub sequence_number: &'t str,
}

/// Puts all of them, tells each that is taken, and returns how often one was refused.
pub async fn put_all<E: Borrow<PutRecordsRequestEntry>>(
    client: &Client,
    stream: &str,
    mut waiting: Vec<E>,
    mut taken: impl FnMut(Taken<'_, E>),
) -> anyhow::Result<u64> {
    let (mut refusals, mut pauses) = (0, Pauses::default());
    while !waiting.is_empty() {
        let count = fitting(&waiting);
        let entries: Vec<_> = waiting.drain(..count).collect();
        let put = entries.iter().map(|entry| entry.borrow().clone()).collect();
        let answer = client.put_records().stream_name(stream).set_records(Some(put)).send().await;
        let answer = answer.asked(format_args!("put records into the stream {stream}"))?;
        let mut refused = Vec::new();
        for (entry, told) in entries.into_iter().zip(answer.records()) {
            match told.shard_id().zip(told.sequence_number()) {
                Some((shard_id, sequence_number)) => taken(Taken { entry: &entry, shard_id, sequence_number }),
                None => refused.push(entry),
            }
        }
        if !refused.is_empty() {
            refusals += refused.len() as u64;
            waiting.splice(..0, refused);
            pauses.pause().await;
        }
    }
    Ok(refusals)
}

/// How many of these one call takes; one at least.
fn fitting<E: Borrow<PutRecordsRequestEntry>>(entries: &[E]) -> usize {
    let mut bytes = 0;
    let fits = |own: &&E| {
        let own: &PutRecordsRequestEntry = (*own).borrow();
        bytes += own.data().as_ref().len() + own.partition_key().map_or(0, str::len);
        bytes <= BYTES_MAX
    };
    entries.iter().take(RECORDS_MAX).take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests {
    use aws_sdk_kinesis::primitives::Blob;

    use super::*;

    #[test]
    fn a_call_has_no_more_than_it_takes_and_one_at_least() {
        let entries = |count: usize, bytes: usize| {
            let data = Blob::new(vec![0; bytes]);
            vec![PutRecordsRequestEntry::builder().partition_key("k").data(data).build().unwrap(); count]
        };
        for (count, bytes, fits) in [(0, 0, 1), (3, 10, 3), (600, 10, 500), (6, 1_000_000, 4), (2, 6_000_000, 1)] {
            assert_eq!(fitting(&entries(count, bytes)), fits, "{count} of {bytes} bytes");
        }
    }
}
