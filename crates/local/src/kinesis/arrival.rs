//! `ApproximateArrivalTimestamp` in milliseconds, as Kinesis gives it.
//!
//! The store keeps whole seconds of the system's time. A put is followed, inside the gate, by writing its records again
//! with the millisecond of the clock they came in, so that every reader sees the same time.

use std::collections::BTreeMap;

use ferrokinesis::error::KinesisErrorResponse;
use ferrokinesis::sequence;
use ferrokinesis::store::Store;
use ferrokinesis::types::StoredRecordRef;
use serde::Deserialize;

/// What both `PutRecord` and `PutRecords` answer, as far as it matters here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutAnswer {
    shard_id: Option<String>,
    sequence_number: Option<String>,
    #[serde(default)]
    records: Vec<PutAnswer>,
}

/// Seconds, as the store holds them, to milliseconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time after 1970 has 41 bits")]
pub(super) fn to_ms(seconds: f64) -> u64 {
    (seconds * 1_000.0).round() as u64
}

/// Milliseconds to seconds; a double holds 53 bits, a time has 41.
#[expect(clippy::cast_precision_loss, reason = "a time has 41 bits, a double holds 53")]
pub(super) fn to_seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

/// Gives the records that a put made their arrival time. The caller holds the gate, so that the numbers of one put
/// are a contiguous run of the shard. An answer that is no JSON changes nothing.
pub(super) async fn stamp(
    store: &Store,
    stream_name: &str,
    answer: &[u8],
    now_ms: u64,
) -> Result<(), KinesisErrorResponse> {
    let Ok(answer) = serde_json::from_slice::<PutAnswer>(answer) else { return Ok(()) };
    for (shard_index, (first, last)) in runs(answer) {
        let shard = sequence::shard_ix_to_hex(shard_index);
        let (start, end) = (format!("{shard}/{first}"), format!("{shard}/{last}0"));
        let stored = store.get_records_range(stream_name, &start, &end).await;
        let stamped: Vec<_> = stored
            .iter()
            .map(|(key, record)| {
                let (partition_key, data) = (record.partition_key.as_str(), record.data.as_str());
                let approximate_arrival_timestamp = to_seconds(now_ms);
                (key.clone(), StoredRecordRef { partition_key, data, approximate_arrival_timestamp })
            })
            .collect();
        store.put_records_batch(stream_name, &stamped).await?;
    }
    Ok(())
}

/// The first and the last number in each shard; numbers have the same count of digits.
fn runs(answer: PutAnswer) -> BTreeMap<i64, (String, String)> {
    let mut runs: BTreeMap<i64, (String, String)> = BTreeMap::new();
    let PutAnswer { shard_id, sequence_number, records } = answer;
    let single = PutAnswer { shard_id, sequence_number, records: Vec::new() };
    for entry in records.into_iter().chain([single]) {
        let (Some(shard_id), Some(number)) = (entry.shard_id, entry.sequence_number) else { continue };
        let Ok((_, shard_index)) = sequence::resolve_shard_id(&shard_id) else { continue };
        let run = runs.entry(shard_index).or_insert_with(|| (number.clone(), number.clone()));
        if number < run.0 {
            run.0 = number;
        } else if number > run.1 {
            run.1 = number;
        }
    }
    runs
}
