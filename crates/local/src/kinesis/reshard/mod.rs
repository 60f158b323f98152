//! `SplitShard`, `MergeShards` and `UpdateShardCount`: closed shards, and new ones that name their parents.
//!
//! The emulator's own close all shards of a stream for ones without parents, or take closed ones. Here a reshard is one
//! change of the stream's shards, inside the gate: no put and no read comes between.

mod plan;

use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::sequence::{self, SeqObj};
use ferrokinesis::types::{HashKeyRange, SequenceNumberRange, Shard, Stream, StreamStatus};
use serde_json::{Value, json};

use self::plan::Step;
use super::operations::invalid;
use super::{Kinesis, SHARD_LIMIT, shards};

/// How much later than its parents a child says that it was made. A sequence number begins with that time in seconds,
/// so the child's are above its parents', however soon one reshard follows another.
const CHILD_LATER_MS: u64 = 1_000;

impl Kinesis {
    /// `SplitShard`, for a caller that holds the gate.
    pub(super) async fn split(
        &self,
        stream_name: &str,
        shard_id: &str,
        new_starting_hash_key: &str,
    ) -> Result<(), KinesisErrorResponse> {
        let spare = self.spare().await;
        let now_ms = self.clock.now_ms();
        let change = |stream: &mut Stream| {
            let of = self.of(stream_name);
            self.check_active(stream)?;
            let index = self.open_shard(stream, shard_id)?;
            let HashKeyRange { starting_hash_key, ending_hash_key, .. } = &stream.shards[index].hash_key_range;
            let (start, end) = range(&stream.shards[index]);
            // A decimal of 39 digits may be above all hash keys.
            let at = new_starting_hash_key.parse::<u128>().unwrap_or(u128::MAX);
            if at <= start.saturating_add(1) || at >= end {
                return Err(invalid(&format!(
                    "NewStartingHashKey {new_starting_hash_key} used in SplitShard() on shard {shard_id} in {of} is not \
                     both greater than one plus the shard's StartingHashKey {starting_hash_key} and less than the \
                     shard's EndingHashKey {ending_hash_key}."
                )));
            }
            if spare == 0 {
                return Err(self.over_limit(1));
            }
            split(stream, index, at, now_ms);
            Ok(())
        };
        self.store.update_stream(stream_name, change).await
    }

    /// `MergeShards`, for a caller that holds the gate.
    pub(super) async fn merge(
        &self,
        stream_name: &str,
        shard_id: &str,
        adjacent_shard_id: &str,
    ) -> Result<(), KinesisErrorResponse> {
        let now_ms = self.clock.now_ms();
        let change = |stream: &mut Stream| {
            self.check_active(stream)?;
            let (one, other) = (self.open_shard(stream, shard_id)?, self.open_shard(stream, adjacent_shard_id)?);
            let ((start, end), (other_start, other_end)) = (range(&stream.shards[one]), range(&stream.shards[other]));
            if end.checked_add(1) != Some(other_start) && other_end.checked_add(1) != Some(start) {
                return Err(invalid(&format!(
                    "Shards {shard_id} and {adjacent_shard_id} in {} are not an adjacent pair of shards eligible for \
                     merging",
                    self.of(stream_name)
                )));
            }
            merge(stream, one, other, now_ms);
            Ok(())
        };
        self.store.update_stream(stream_name, change).await
    }

    /// `UpdateShardCount`, for a caller that holds the gate.
    pub(super) async fn rescale(&self, stream_name: &str, target: u32) -> Result<Value, KinesisErrorResponse> {
        let spare = self.spare().await;
        let now_ms = self.clock.now_ms();
        let change = |stream: &mut Stream| {
            self.check_active(stream)?;
            let mut open: Vec<_> =
                stream.shards.iter().filter(|shard| is_open(shard)).map(|shard| range(shard).0).collect();
            open.sort_unstable();
            let current = u32::try_from(open.len()).unwrap_or(u32::MAX);
            check_target(current, target)?;
            if target.saturating_sub(current) > spare {
                return Err(self.over_limit(target - current));
            }
            for step in plan::plan(&open, target) {
                match step {
                    Step::Split { start, at } => split(stream, open_at(stream, start)?, at, now_ms),
                    Step::Merge { lower, upper } => {
                        merge(stream, open_at(stream, lower)?, open_at(stream, upper)?, now_ms);
                    }
                }
            }
            Ok(json!({
                "StreamName": stream_name,
                "CurrentShardCount": current,
                "TargetShardCount": target,
                "StreamARN": stream.stream_arn,
            }))
        };
        self.store.update_stream(stream_name, change).await
    }

    /// How many shards the account may have besides its own.
    async fn spare(&self) -> u32 {
        SHARD_LIMIT.saturating_sub(self.store.sum_open_shards().await)
    }

    fn over_limit(&self, more: u32) -> KinesisErrorResponse {
        let message = format!(
            "This request would exceed the shard limit for the account {} in {}. Limit: {SHARD_LIMIT}. Number of \
             additional shards that would have resulted from this request: {more}.",
            self.store.aws_account_id, self.store.aws_region,
        );
        limit_exceeded(&message)
    }

    fn of(&self, stream_name: &str) -> String {
        format!("stream {stream_name} under account {}", self.store.aws_account_id)
    }

    fn check_active(&self, stream: &Stream) -> Result<(), KinesisErrorResponse> {
        if stream.stream_status == StreamStatus::Active {
            return Ok(());
        }
        let (name, account, status) = (&stream.stream_name, &self.store.aws_account_id, stream.stream_status);
        let message = format!("Stream {name} under account {account} not ACTIVE, instead in state {status}");
        Err(KinesisErrorResponse::client_error("ResourceInUseException", Some(&message)))
    }

    /// The place of a shard that is there and open.
    fn open_shard(&self, stream: &Stream, shard_id: &str) -> Result<usize, KinesisErrorResponse> {
        let number = sequence::resolve_shard_id(shard_id).ok().and_then(|(_, index)| usize::try_from(index).ok());
        let Some((index, shard)) = number.and_then(|index| Some((index, stream.shards.get(index)?))) else {
            let message = format!("Could not find shard {shard_id} in {}.", self.of(&stream.stream_name));
            return Err(KinesisErrorResponse::client_error("ResourceNotFoundException", Some(&message)));
        };
        if !is_open(shard) {
            return Err(invalid(&format!(
                "Shard {} in {} has already been merged or split, and thus is not eligible for merging or splitting.",
                shard.shard_id,
                self.of(&stream.stream_name)
            )));
        }
        Ok(index)
    }
}

/// Refuses what one `UpdateShardCount` cannot do.
/// Source: the API reference of Amazon Kinesis Data Streams, `UpdateShardCount`, and kinesalite's record of the words.
fn check_target(current: u32, target: u32) -> Result<(), KinesisErrorResponse> {
    let refused = if target == current {
        return Err(invalid(&format!("TargetShardCount {target} is the same as the current shard count {current}.")));
    } else if target > current.saturating_mul(2) {
        "scale up over double"
    } else if target.saturating_mul(2) < current {
        "scale down below half"
    } else {
        return Ok(());
    };
    Err(limit_exceeded(&format!(
        "UpdateShardCount cannot {refused} your current open shard count. Current open shard count: {current}, Target \
         shard count: {target}"
    )))
}

fn limit_exceeded(message: &str) -> KinesisErrorResponse {
    KinesisErrorResponse::client_error("LimitExceededException", Some(message))
}

fn is_open(shard: &Shard) -> bool {
    shard.sequence_number_range.ending_sequence_number.is_none()
}

/// A shard's first and last hash key.
fn range(shard: &Shard) -> (u128, u128) {
    (shard.hash_key_range.start_u128(), shard.hash_key_range.end_u128())
}

/// The place of the open shard that begins with a hash key. A stream whose open shards do not cover all hash keys is the
/// store's error.
fn open_at(stream: &Stream, start: u128) -> Result<usize, KinesisErrorResponse> {
    let found = stream.shards.iter().rposition(|shard| is_open(shard) && range(shard).0 == start);
    let lost = || KinesisErrorResponse::server_error(None, Some(&format!("no open shard begins at hash key {start}")));
    found.ok_or_else(lost)
}

/// Closes the shard and opens its two children; `at` lies inside it.
fn split(stream: &mut Stream, index: usize, at: u128, now_ms: u64) {
    let (start, end) = range(&stream.shards[index]);
    for part in [(start, at - 1), (at, end)] {
        open(stream, index, None, part);
    }
    close(stream, index, now_ms);
}

/// Closes two neighbours and opens their child.
fn merge(stream: &mut Stream, one: usize, other: usize, now_ms: u64) {
    let ((start, end), (other_start, other_end)) = (range(&stream.shards[one]), range(&stream.shards[other]));
    open(stream, one, Some(other), (start.min(other_start), end.max(other_end)));
    close(stream, one, now_ms);
    close(stream, other, now_ms);
}

fn close(stream: &mut Stream, index: usize, now_ms: u64) {
    let shard = &mut stream.shards[index];
    shard.sequence_number_range.ending_sequence_number = Some(shards::ending_number(shard, now_ms));
}

/// Adds a shard behind all others.
fn open(stream: &mut Stream, parent: usize, adjacent: Option<usize>, (start, end): (u128, u128)) {
    let parents = [Some(parent), adjacent].map(|index| index.and_then(|index| stream.shards.get(index)));
    let made_ms = |shard: &Shard| {
        let number = sequence::parse_sequence(&shard.sequence_number_range.starting_sequence_number);
        number.map_or(0, |number| number.shard_create_time)
    };
    let parents_ms = parents.iter().flatten().map(|shard| made_ms(shard)).max().unwrap_or_default();
    // The emulator counts shards in 31 bits, and allows far fewer.
    let shard_ix = i64::try_from(stream.shards.len()).unwrap_or(i64::MAX);
    let first = SeqObj {
        shard_create_time: parents_ms + CHILD_LATER_MS,
        seq_ix: None,
        byte1: None,
        seq_time: None,
        seq_rand: None,
        shard_ix,
        version: 2,
    };
    let [parent_shard_id, adjacent_parent_shard_id] = parents.map(|shard| shard.map(|shard| shard.shard_id.clone()));
    stream.shards.push(Shard {
        shard_id: sequence::shard_id_name(shard_ix),
        hash_key_range: HashKeyRange::new(start.to_string(), end.to_string()),
        sequence_number_range: SequenceNumberRange {
            starting_sequence_number: sequence::stringify_sequence(&first),
            ending_sequence_number: None,
        },
        parent_shard_id,
        adjacent_parent_shard_id,
    });
}
