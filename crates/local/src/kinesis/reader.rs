//! Reading a shard without HTTP: what `GetShardIterator` and `GetRecords` answer, as values.
//!
//! Data stays in base64, as the store holds it: an invocation event wants it so. What is older than the retention is
//! neither returned nor kept.

use ferrokinesis::actions::{Operation, dispatch};
use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::sequence::{self, SeqObj};
use ferrokinesis::types::Stream;
use serde_json::json;

use super::operations::invalid;
use super::{Kinesis, KinesisError, arrival, shards, token};

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
    /// A decimal of 56 digits. Numbers of one shard grow, and those of a shard are above those of its parents.
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
    /// At the oldest record that the retention has left.
    TrimHorizon,
    /// Behind the newest record.
    Latest,
    /// At the record with this number.
    AtSequenceNumber(String),
    /// Behind the record with this number.
    AfterSequenceNumber(String),
    /// At the first record that arrived at this time or later, in milliseconds since 1970; behind the newest when there
    /// is none. A time in the future is refused.
    AtTimestamp(u64),
}

/// A place in a shard. Unlike the API's it does not expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardIterator {
    pub(super) stream_name: String,
    shard_index: i64,
    /// The least sequence number wanted, or that of the last record read with a digit more.
    pub(super) number: String,
}

impl ShardIterator {
    pub(super) fn new(stream_name: &str, shard_index: i64, number: &str) -> Self {
        Self { stream_name: stream_name.to_owned(), shard_index, number: number.to_owned() }
    }

    /// Behind the record with this number: numbers are compared as text, and none lies between one and itself with
    /// a digit more, as all numbers have the same count of digits.
    fn behind(&self, number: &str) -> Self {
        Self { number: format!("{number}0"), ..self.clone() }
    }

    /// The store's key of the first record wanted, and its first key of the next shard.
    fn keys(&self) -> (String, String) {
        let shard = sequence::shard_ix_to_hex(self.shard_index);
        (format!("{shard}/{}", self.number), sequence::shard_ix_to_hex(self.shard_index + 1))
    }

    pub(super) fn shard_id(&self) -> String {
        sequence::shard_id_name(self.shard_index)
    }

    /// Whether it is behind the record with this number, so that it will not be read from here.
    pub fn is_behind(&self, sequence_number: &str) -> bool {
        // As text, as the store compares: all numbers have the same count of digits.
        sequence_number < self.number.as_str()
    }

    /// The shard's place in its stream's list.
    pub(super) fn shard_number(&self) -> usize {
        usize::try_from(self.shard_index).unwrap_or(usize::MAX)
    }
}

/// What one `GetRecords` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetRecords {
    /// In the order of the shard.
    pub records: Vec<Record>,
    /// Where to go on. None when the shard is closed and these are its last records, or there were none left.
    pub next: Option<ShardIterator>,
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
        let _gate = self.gate.lock().await;
        self.place(stream_name, shard_id, kind).await.map_err(KinesisError::refused("GetShardIterator"))
    }

    /// The next records from a place, at most `limit` (1 to 10,000) and at most 10 MiB of them, but one at least when
    /// there is one. Refused when the stream was deleted.
    pub async fn get_records(&self, iterator: &ShardIterator, limit: usize) -> Result<GetRecords, KinesisError> {
        let _gate = self.gate.lock().await;
        let stream = self.store.get_stream(&iterator.stream_name).await.map_err(KinesisError::refused("GetRecords"))?;
        Ok(self.read(&stream, iterator, limit).await)
    }

    /// How many records a shard holds from a place on.
    pub async fn count_records(&self, mut iterator: ShardIterator) -> Result<u64, KinesisError> {
        let mut count = 0;
        loop {
            let read = self.get_records(&iterator, GET_RECORDS_COUNT_MAX).await?;
            count += read.records.len() as u64;
            match read.next {
                Some(next) if read.millis_behind_latest > 0 => iterator = next,
                _ => return Ok(count),
            }
        }
    }

    /// As [`Kinesis::get_shard_iterator`], for a caller that holds the gate.
    pub(super) async fn place(
        &self,
        stream_name: &str,
        shard_id: &str,
        kind: ShardIteratorType,
    ) -> Result<ShardIterator, KinesisErrorResponse> {
        let (name, number) = match &kind {
            // The emulator finds the shard; its own idea of a time without records is wrong.
            ShardIteratorType::TrimHorizon | ShardIteratorType::AtTimestamp(_) => ("TRIM_HORIZON", None),
            ShardIteratorType::Latest => ("LATEST", None),
            ShardIteratorType::AtSequenceNumber(number) => ("AT_SEQUENCE_NUMBER", Some(number)),
            ShardIteratorType::AfterSequenceNumber(number) => ("AFTER_SEQUENCE_NUMBER", Some(number)),
        };
        let mut request = json!({ "StreamName": stream_name, "ShardId": shard_id, "ShardIteratorType": name });
        if let Some(number) = number {
            request["StartingSequenceNumber"] = json!(number);
        }
        let answer = dispatch(&self.store, Operation::GetShardIterator, request).await?.unwrap_or_default();
        let place = answer["ShardIterator"].as_str().and_then(token::read).map(|(_, place)| place);
        let lost = || KinesisErrorResponse::server_error(None, Some("the iterator cannot be read"));
        let place = place.ok_or_else(lost)?;
        match kind {
            ShardIteratorType::Latest => Ok(self.behind_newest(place).await),
            ShardIteratorType::AtTimestamp(time_ms) => self.at_time(place, time_ms).await,
            _ => Ok(place),
        }
    }

    /// Where a shard's next record will be.
    async fn behind_newest(&self, place: ShardIterator) -> ShardIterator {
        let Ok(number) = sequence::parse_sequence(&place.number) else { return place };
        let count = self.store.current_shard_seq(&place.stream_name, place.shard_index).await;
        // Without its time: the next number is above this one whatever the system's clock does until then.
        let number = SeqObj { seq_ix: Some(count), seq_time: Some(0), byte1: None, ..number };
        ShardIterator { number: sequence::stringify_sequence(&number), ..place }
    }

    /// The first record of a shard that arrived at a time or later. `horizon` is the shard's beginning.
    async fn at_time(&self, horizon: ShardIterator, time_ms: u64) -> Result<ShardIterator, KinesisErrorResponse> {
        let now_ms = self.clock.now_ms();
        if time_ms > now_ms {
            return Err(invalid(&format!(
                "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
                 timestampInMillis: {time_ms}, currentTimestampInMillis: {now_ms}"
            )));
        }
        let ((start, end), time) = (horizon.keys(), arrival::to_seconds(time_ms));
        let first = self.store.find_first_record_at_timestamp(&horizon.stream_name, &start, &end, time).await;
        match first.as_ref().and_then(|(key, _)| key.split_once('/')) {
            Some((_, number)) => Ok(ShardIterator { number: number.to_owned(), ..horizon }),
            None => Ok(self.behind_newest(horizon).await),
        }
    }

    /// As [`Kinesis::get_records`], for a caller that holds the gate.
    pub(super) async fn read(&self, stream: &Stream, iterator: &ShardIterator, limit: usize) -> GetRecords {
        let limit = limit.clamp(1, GET_RECORDS_COUNT_MAX);
        let now_ms = self.clock.now_ms();
        let oldest_ms = shards::horizon_ms(stream, now_ms);
        let mut found = GetRecords { records: Vec::new(), next: None, millis_behind_latest: 0 };
        let (mut place, mut expired, mut bytes, mut step) = (iterator.clone(), Vec::new(), 0, STEP_FIRST);
        'shard: loop {
            // One more than may be returned tells whether the reader has caught up.
            let wanted = step.min(limit - found.records.len() + 1);
            let (start, end) = place.keys();
            let stored = self.store.get_records_range_limited(&place.stream_name, &start, &end, wanted).await;
            let more = stored.len() == wanted;
            for (key, stored) in stored {
                let arrival_ms = arrival::to_ms(stored.approximate_arrival_timestamp);
                let sequence_number = key.split_once('/').map_or("", |(_, number)| number).to_owned();
                if arrival_ms < oldest_ms {
                    place = place.behind(&sequence_number);
                    expired.push(key);
                    continue;
                }
                bytes += stored.data.len() / 4 * 3 + stored.partition_key.len();
                let full = found.records.len() == limit || bytes > GET_RECORDS_BYTES_MAX;
                if full && !found.records.is_empty() {
                    found.millis_behind_latest = now_ms.saturating_sub(arrival_ms).max(1);
                    break 'shard;
                }
                place = place.behind(&sequence_number);
                let (partition_key, data) = (stored.partition_key, stored.data);
                found.records.push(Record { sequence_number, partition_key, data, arrival_ms });
            }
            if !more {
                break;
            }
            step = (step * 2).min(STEP_MAX);
        }
        if !expired.is_empty() {
            self.store.delete_record_keys(&place.stream_name, &expired).await;
        }
        let ended = found.millis_behind_latest == 0 && shards::is_closed(stream, place.shard_number());
        found.next = (!ended).then_some(place);
        found
    }
}

/// The time of a request in milliseconds since 1970; what was before is 1970.
pub(super) fn to_request_ms(seconds: f64) -> u64 {
    arrival::to_ms(seconds.max(0.0))
}
