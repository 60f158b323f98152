//! What the mapping did with each record of the input, before anything is known of the objects.

use super::events::Batch;
use super::outcome::{Attempt, Outcome};
use super::places::{Places, number, shard};

/// What the mapping did with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was to hand it to the function: the record must lie where the transform says.
    HandedOver,
    /// It matched no filter, and must lie nowhere.
    Filtered,
    /// It was given up. An earlier attempt may have stored it and lost its answer.
    Discarded,
    /// It was given up without any attempt, for an event that is too large: it must lie nowhere.
    TooLarge,
    /// It left the stream. An earlier attempt may have stored it and lost its answer.
    Expired,
}

/// AWS's word for a record that no event can hold.
const TOO_LARGE: &str = "InvocationPayloadTooLarge";

impl Fate {
    /// Whether no object can hold it: then it is no part of the range that an object states.
    pub fn is_nowhere(self) -> bool {
        matches!(self, Self::Filtered | Self::TooLarge)
    }
}

/// How many of the `sent` records the mapping says nothing of: neither delivered nor filtered out, discarded or expired.
pub fn unaccounted(outcome: &Outcome, sent: usize) -> anyhow::Result<u64> {
    let places = Places::of(&outcome.records, sent)?;
    let mut known: Vec<bool> =
        fates(outcome, &places, sent)?.into_iter().map(|fate| fate != Fate::HandedOver).collect();
    for Attempt { batch, .. } in outcome.attempts.iter().filter(|attempt| attempt.delivered) {
        let (first, last) = (number(&batch.first_sequence_number)?, number(&batch.last_sequence_number)?);
        for index in places.range(shard(&batch.shard_id)?, batch.lane, first, last) {
            known[index] = true;
        }
    }
    Ok(known.into_iter().filter(|known| !known).count() as u64)
}

/// The fate of each of the `sent` records.
pub fn fates(outcome: &Outcome, places: &Places, sent: usize) -> anyhow::Result<Vec<Fate>> {
    let mut fates = vec![Fate::HandedOver; sent];
    for expired in &outcome.expired {
        let (first, last) = (number(&expired.first_sequence_number)?, number(&expired.last_sequence_number)?);
        for index in places.range(shard(&expired.shard_id)?, expired.lane, first, last) {
            fates[index] = Fate::Expired;
        }
    }
    for discarded in &outcome.discarded {
        let Batch { shard_id, lane, first_sequence_number, last_sequence_number, .. } = &discarded.batch;
        let (first, last) = (number(first_sequence_number)?, number(last_sequence_number)?);
        let fate = if discarded.condition == TOO_LARGE { Fate::TooLarge } else { Fate::Discarded };
        for index in places.range(shard(shard_id)?, *lane, first, last) {
            fates[index] = fate;
        }
    }
    // Last, because the ranges above may reach over records that match no filter.
    for filtered in &outcome.filtered {
        let shard = shard(&filtered.shard_id)?;
        for text in &filtered.sequence_numbers {
            if let Some(place) = places.get(shard, &number(text)?) {
                fates[place.index] = Fate::Filtered;
            }
        }
    }
    Ok(fates)
}
