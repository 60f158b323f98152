//! Iterators as the API hands them out: opaque text that is good for 5 minutes.

use chrono::DateTime;
use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::{sequence, shard_iterator};

use super::ShardIterator;
use super::operations::invalid;

/// How long an iterator may be used after it was handed out. AWS's.
pub(super) const TTL_MS: u64 = 300_000;

/// The text for a place.
pub(super) fn encode(iterator: &ShardIterator, now_ms: u64) -> String {
    let (name, shard_id) = (&iterator.stream_name, iterator.shard_id());
    shard_iterator::create_shard_iterator(name, &shard_id, &iterator.number, now_ms)
}

/// The place that a text stands for.
pub(super) fn decode(token: &str, now_ms: u64) -> Result<ShardIterator, KinesisErrorResponse> {
    let (created_ms, iterator) = read(token).ok_or_else(|| invalid("Invalid ShardIterator."))?;
    if created_ms > now_ms {
        return Err(invalid("Invalid ShardIterator."));
    }
    if now_ms - created_ms > TTL_MS {
        let message = format!(
            "Iterator expired. The iterator was created at time {} while right now it is {} which is further in the \
             future than the tolerated delay of {TTL_MS} milliseconds.",
            written(created_ms),
            written(now_ms),
        );
        return Err(KinesisErrorResponse::client_error("ExpiredIteratorException", Some(&message)));
    }
    Ok(iterator)
}

/// What a text says, and when it was made.
pub(super) fn read(token: &str) -> Option<(u64, ShardIterator)> {
    let (created_ms, stream_name, shard_id, number) = shard_iterator::decode_shard_iterator(token).ok()?;
    let (canonical, shard_index) = sequence::resolve_shard_id(&shard_id).ok()?;
    (canonical == shard_id && !stream_name.is_empty())
        .then(|| (created_ms, ShardIterator::new(&stream_name, shard_index, &number)))
}

/// A time as AWS writes it in a message: `Thu Jan 22 01:22:02 UTC 2015`.
fn written(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    time.format("%a %b %d %H:%M:%S UTC %Y").to_string()
}
