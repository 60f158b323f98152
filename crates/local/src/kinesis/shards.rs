//! The shards of a stream: which there are, which are closed and since when, and `ListShards`.
//!
//! A closed shard whose records are all older than the retention is not listed any more, as at AWS.

use std::sync::LazyLock;

use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::sequence::{self, MAX_SEQ_IX, SeqObj};
use ferrokinesis::types::{Shard as StoredShard, Stream};
use serde_json::{Value, json};

use super::operations::invalid;
use super::reader::to_request_ms;
use super::{Kinesis, KinesisError};

/// Shards one `ListShards` returns when it is not told how many.
const MAX_RESULTS: usize = 1_000;

const HOUR_MS: u64 = 3_600_000;

/// The bits of an ending number's index that hold the milliseconds of the time it was made; the number has seconds.
const MILLISECOND_BITS: u64 = 0x3ff;

/// A shard of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// As the API calls it, such as `shardId-000000000006`.
    pub shard_id: String,
    /// The shards that it came from: none, the one that was split, or the two that were merged. They are named even
    /// when they are not listed any more.
    pub parent_shard_ids: Vec<String>,
    /// True when it takes no more records: it was split or merged.
    pub closed: bool,
}

impl Kinesis {
    /// All shards of a stream that may hold records, open and closed, in order of their number.
    pub async fn list_shards(&self, stream_name: &str) -> Result<Vec<Shard>, KinesisError> {
        let _gate = self.gate.lock().await;
        let stream = self.store.get_stream(stream_name).await.map_err(KinesisError::refused("ListShards"))?;
        let horizon_ms = horizon_ms(&stream, self.clock.now_ms());
        let listed = stream.shards.iter().filter(|shard| closed_ms(shard).is_none_or(|closed| closed >= horizon_ms));
        Ok(listed
            .map(|shard| Shard {
                shard_id: shard.shard_id.clone(),
                parent_shard_ids: parents(shard).map(str::to_owned).collect(),
                closed: closed_ms(shard).is_some(),
            })
            .collect())
    }

    /// `ListShards` for a caller that holds the gate. The filter is as it was sent.
    pub(super) async fn answer_list_shards(
        &self,
        request: &Value,
        filter: &Value,
    ) -> Result<Value, KinesisErrorResponse> {
        let max_results = request["MaxResults"].as_u64().and_then(|count| usize::try_from(count).ok());
        let max_results = max_results.unwrap_or(MAX_RESULTS);
        let (stream_name, after, filter) = asked(request, filter)?;
        let stream = self.store.get_stream(&stream_name).await?;
        let wanted = Filter::parse(&filter, &stream, self.clock.now_ms())?;
        let mut shards = Vec::new();
        let mut next_token = None;
        let horizon_ms = horizon_ms(&stream, self.clock.now_ms());
        for shard in stream.shards.iter().filter(|shard| shard.shard_id > after) {
            if closed_ms(shard).is_some_and(|closed| closed < horizon_ms) || !wanted.takes(shard, &stream) {
                continue;
            }
            if shards.len() == max_results {
                next_token = shards.last().map(|last: &StoredShard| last.shard_id.clone());
                break;
            }
            shards.push(shard.clone());
        }
        let mut answer = json!({ "Shards": shards });
        if let Some(after) = next_token {
            let token = json!({ "StreamName": stream_name, "After": after, "ShardFilter": filter });
            answer["NextToken"] = json!(base64_simd::STANDARD.encode_to_string(token.to_string()));
        }
        Ok(answer)
    }
}

/// The stream that is meant, the shard behind which the list begins, and the filter: a token says all of it.
fn asked(request: &Value, filter: &Value) -> Result<(String, String, Value), KinesisErrorResponse> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let after = text(&request["ExclusiveStartShardId"]);
    match (text(&request["StreamName"]), text(&request["NextToken"])) {
        (Some(_), Some(_)) => Err(invalid("NextToken and StreamName cannot be provided together.")),
        (None, None) => Err(invalid("Either NextToken or StreamName should be provided.")),
        (Some(stream_name), None) => Ok((stream_name, after.unwrap_or_default(), filter.clone())),
        (None, Some(token)) => {
            let token = base64_simd::STANDARD.decode_to_vec(token).ok();
            let token = token.and_then(|token| serde_json::from_slice::<Value>(&token).ok()).unwrap_or_default();
            match (text(&token["StreamName"]), text(&token["After"])) {
                (Some(stream_name), Some(after)) => Ok((stream_name, after, token["ShardFilter"].clone())),
                _ => Err(invalid("Invalid NextToken.")),
            }
        }
    }
}

/// Which shards are wanted, of those that the retention has left.
/// Source: the API reference of Amazon Kinesis Data Streams, `ShardFilter`.
enum Filter {
    All,
    /// Those with a later id.
    After(String),
    /// Those that were open at a time.
    OpenAt(u64),
    /// Those that were open at a time or later.
    OpenFrom(u64),
    Open,
}

impl Filter {
    fn parse(filter: &Value, stream: &Stream, now_ms: u64) -> Result<Self, KinesisErrorResponse> {
        if filter.is_null() {
            return Ok(Self::All);
        }
        let horizon_ms = horizon_ms(stream, now_ms);
        let time = || {
            let seconds = filter["Timestamp"].as_f64();
            let time_ms = seconds.map(|seconds| to_request_ms(seconds).max(horizon_ms));
            time_ms.ok_or_else(|| invalid("Must specify Timestamp for a ShardFilter of this Type."))
        };
        match filter["Type"].as_str().unwrap_or_default() {
            "AFTER_SHARD_ID" => {
                let shard_id = filter["ShardId"].as_str();
                let shard_id = shard_id.ok_or_else(|| invalid("Must specify ShardId for ShardFilter AFTER_SHARD_ID."));
                Ok(Self::After(shard_id?.to_owned()))
            }
            "AT_TRIM_HORIZON" => Ok(Self::OpenAt(horizon_ms)),
            "FROM_TRIM_HORIZON" => Ok(Self::OpenFrom(horizon_ms)),
            "AT_LATEST" => Ok(Self::Open),
            "AT_TIMESTAMP" => time().map(Self::OpenAt),
            "FROM_TIMESTAMP" => time().map(Self::OpenFrom),
            other => Err(KinesisErrorResponse::validation_error(&format!(
                "1 validation error detected: Value '{other}' at 'shardFilter.type' failed to satisfy constraint: Member \
                 must satisfy enum value set: [AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, AT_LATEST, \
                 AT_TIMESTAMP, FROM_TIMESTAMP]"
            ))),
        }
    }

    fn takes(&self, shard: &StoredShard, stream: &Stream) -> bool {
        let open_from = |time_ms: u64| closed_ms(shard).is_none_or(|closed| closed >= time_ms);
        match self {
            Self::All => true,
            Self::After(shard_id) => shard.shard_id > *shard_id,
            Self::OpenAt(time_ms) => opened_ms(shard, stream) <= *time_ms && open_from(*time_ms),
            Self::OpenFrom(time_ms) => open_from(*time_ms),
            Self::Open => closed_ms(shard).is_none(),
        }
    }
}

/// Records that arrived before this time are gone.
pub(super) fn horizon_ms(stream: &Stream, now_ms: u64) -> u64 {
    now_ms.saturating_sub(u64::from(stream.retention_period_hours) * HOUR_MS)
}

/// Whether the shard with this number takes no more records.
pub(super) fn is_closed(stream: &Stream, shard_number: usize) -> bool {
    stream.shards.get(shard_number).and_then(closed_ms).is_some()
}

/// The shards that came from a shard, as `GetRecords` tells a reader that is at its end.
pub(super) fn children(stream: &Stream, shard_id: &str) -> Value {
    let children = stream.shards.iter().filter(|shard| parents(shard).any(|parent| parent == shard_id));
    let told = |shard: &StoredShard| {
        let parents: Vec<_> = parents(shard).collect();
        json!({ "ShardId": shard.shard_id, "ParentShards": parents, "HashKeyRange": shard.hash_key_range })
    };
    children.map(told).collect()
}

/// The number a shard ends with when it is closed at a time: above every number in it, and the time is in it.
pub(super) fn ending_number(shard: &StoredShard, now_ms: u64) -> String {
    let start = sequence::parse_sequence(&shard.sequence_number_range.starting_sequence_number);
    // The store's own numbers are well formed.
    let start = start.unwrap_or_else(|_| EMPTY.clone());
    let index = (MAX_SEQ_IX & !MILLISECOND_BITS) | (now_ms % 1_000);
    let number = SeqObj { seq_ix: Some(index), seq_time: Some(now_ms), byte1: None, ..start };
    sequence::stringify_sequence(&number)
}

/// When a shard was closed, in milliseconds since 1970.
fn closed_ms(shard: &StoredShard) -> Option<u64> {
    let number = shard.sequence_number_range.ending_sequence_number.as_deref()?;
    let number = sequence::parse_sequence(number).unwrap_or_else(|_| EMPTY.clone());
    Some(number.seq_time.unwrap_or_default() + (number.seq_ix.unwrap_or_default() & MILLISECOND_BITS))
}

/// When a shard was opened, in milliseconds since 1970: when its parents were closed. 0 for the stream's first shards.
fn opened_ms(shard: &StoredShard, stream: &Stream) -> u64 {
    let closed = parents(shard).filter_map(|parent| {
        let (_, index) = sequence::resolve_shard_id(parent).ok()?;
        stream.shards.get(usize::try_from(index).ok()?).and_then(closed_ms)
    });
    closed.max().unwrap_or_default()
}

fn parents(shard: &StoredShard) -> impl Iterator<Item = &str> {
    [&shard.parent_shard_id, &shard.adjacent_parent_shard_id].into_iter().filter_map(|parent| parent.as_deref())
}

static EMPTY: LazyLock<SeqObj> = LazyLock::new(|| SeqObj {
    shard_create_time: 0,
    seq_ix: None,
    byte1: None,
    seq_time: None,
    seq_rand: None,
    shard_ix: 0,
    version: 2,
});
