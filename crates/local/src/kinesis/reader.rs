//! Reading a shard without HTTP: what `GetShardIterator` and `GetRecords` answer, as values.
//!
//! Data stays in base64, as the store holds it: an invocation event wants it so.

use ferrokinesis::actions::Operation;
use ferrokinesis::{sequence, shard_iterator};
use serde_json::json;

use super::{Kinesis, KinesisError, arrival};

/// What one `GetRecords` returns at most, in bytes of data and partition keys.
pub(super) const GET_RECORDS_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Records one `GetRecords` returns at most.
pub(super) const GET_RECORDS_COUNT_MAX: usize = 10_000;

/// Records read from the store in one go, at first and at most: they are copied before their size is known, and
/// a shard may hold a megabyte in each.
const STEP_FIRST: usize = 32;
const STEP_MAX: usize = 1_000;

/// A record as a shard holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// A decimal; numbers of one shard grow, and have the same count of digits here.
    pub sequence_number: String,
    /// What the producer said; 1 to 256 characters.
    pub partition_key: String,
    /// The record's bytes in standard base64.
    pub data: String,
    /// `ApproximateArrivalTimestamp`, in milliseconds since 1970.
    pub arrival_ms: u64,
}

/// Where reading begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShardIteratorType {
    /// At the oldest record.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// At the record with this number.
    AtSequenceNumber(String),
    /// Behind the record with this number.
    AfterSequenceNumber(String),
}

/// A place in a shard. Unlike the API's it does not expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardIterator {
    pub(super) stream_name: String,
    /// The store's key of the first record wanted: shard number in hexadecimal, `/`, sequence number.
    pub(super) start: String,
    /// The store's first key of the next shard.
    pub(super) end: String,
}

impl ShardIterator {
    pub(super) fn new(stream_name: &str, shard_index: i64, sequence_number: &str) -> Self {
        Self {
            stream_name: stream_name.to_owned(),
            start: format!("{}/{sequence_number}", sequence::shard_ix_to_hex(shard_index)),
            end: sequence::shard_ix_to_hex(shard_index + 1),
        }
    }

    /// Behind the record with this key: keys are compared as text, and no key lies between one and itself with a
    /// digit more, as all numbers of a shard have the same count of digits.
    fn behind(&self, key: &str) -> Self {
        Self { start: format!("{key}0"), ..self.clone() }
    }
}

/// What one `GetRecords` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetRecords {
    /// In the order of the shard.
    pub records: Vec<Record>,
    /// Where to go on.
    pub next: ShardIterator,
    /// 0 when nothing newer was in the shard, else the age of the oldest record that was not returned, at least 1.
    pub millis_behind_latest: u64,
}

impl Kinesis {
    /// A place in a shard.
    pub async fn get_shard_iterator(
        &self,
        stream_name: &str,
        shard_id: &str,
        kind: ShardIteratorType,
    ) -> Result<ShardIterator, KinesisError> {
        let mut request = json!({ "StreamName": stream_name, "ShardId": shard_id });
        let (name, number) = match kind {
            ShardIteratorType::TrimHorizon => ("TRIM_HORIZON", None),
            ShardIteratorType::Latest => ("LATEST", None),
            ShardIteratorType::AtSequenceNumber(number) => ("AT_SEQUENCE_NUMBER", Some(number)),
            ShardIteratorType::AfterSequenceNumber(number) => ("AFTER_SEQUENCE_NUMBER", Some(number)),
        };
        request["ShardIteratorType"] = json!(name);
        if let Some(number) = number {
            request["StartingSequenceNumber"] = json!(number);
        }
        let _gate = self.gate.lock().await;
        let answer = self.call("GetShardIterator", Operation::GetShardIterator, request).await?;
        answer["ShardIterator"].as_str().and_then(decode).ok_or_else(|| KinesisError::Refused {
            operation: "GetShardIterator",
            error_type: "InternalFailure".to_owned(),
            message: "the iterator cannot be read".to_owned(),
        })
    }

    /// The next records from a place, at most `limit` (1 to 10,000) and at most 10 MiB of them, but one at least when
    /// there is one.
    pub async fn get_records(&self, iterator: &ShardIterator, limit: usize) -> GetRecords {
        let _gate = self.gate.lock().await;
        self.read(iterator, limit).await
    }

    /// As [`Kinesis::get_records`], for a caller that holds the gate.
    pub(super) async fn read(&self, iterator: &ShardIterator, limit: usize) -> GetRecords {
        let limit = limit.clamp(1, GET_RECORDS_COUNT_MAX);
        let mut found = GetRecords { records: Vec::new(), next: iterator.clone(), millis_behind_latest: 0 };
        let mut bytes = 0;
        let mut step = STEP_FIRST;
        loop {
            // One more than may be returned tells whether the reader has caught up.
            let wanted = step.min(limit - found.records.len() + 1);
            let next = found.next.clone();
            let stored = self.store.get_records_range_limited(&next.stream_name, &next.start, &next.end, wanted).await;
            let more = stored.len() == wanted;
            for (key, stored) in stored {
                let arrival_ms = arrival::to_ms(stored.approximate_arrival_timestamp);
                bytes += stored.data.len() / 4 * 3 + stored.partition_key.len();
                let full = found.records.len() == limit || bytes > GET_RECORDS_BYTES_MAX;
                if full && !found.records.is_empty() {
                    found.millis_behind_latest = arrival::now_ms().saturating_sub(arrival_ms).max(1);
                    return found;
                }
                let sequence_number = key.split_once('/').map_or("", |(_, number)| number).to_owned();
                found.next = iterator.behind(&key);
                let (partition_key, data) = (stored.partition_key, stored.data);
                found.records.push(Record { sequence_number, partition_key, data, arrival_ms });
            }
            if !more {
                return found;
            }
            step = (step * 2).min(STEP_MAX);
        }
    }
}

/// What an iterator of the API stands for, without its time.
pub(super) fn decode(token: &str) -> Option<ShardIterator> {
    let (_, stream_name, shard_id, number) = shard_iterator::decode_shard_iterator(token).ok()?;
    let (_, shard_index) = sequence::resolve_shard_id(&shard_id).ok()?;
    Some(ShardIterator::new(&stream_name, shard_index, &number))
}
