//! What was put into the stream, what was sent and what was acknowledged; and the promises held against the bucket.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bucket::{Bucket, Piece};
use crate::expected::{self, DELIMITER, Expected};
use crate::stream::short;
use crate::world::Settings;

/// A promise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its tag, such as `D4`.
    pub promise: &'static str,
    /// What was found.
    pub text: String,
}

/// Records that were sent together, under a configuration: the first and the last of them, how many, and which.
pub type Sent = (String, String, usize, usize);

#[derive(Debug)]
struct Entry {
    payload: String,
    shard: usize,
    sent: BTreeSet<Sent>,
    is_acknowledged: bool,
    is_given_up: bool,
}

#[derive(Debug, Default)]
struct Inner {
    /// By sequence number: in the order of each shard.
    records: BTreeMap<String, Entry>,
    violation: Option<Violation>,
}

/// The ledger. Clones are the same.
#[derive(Debug, Clone)]
pub struct Ledger {
    inner: Arc<Mutex<Inner>>,
    bucket: Bucket,
    transforms: bool,
    backup: bool,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records that were put.
    pub records: usize,
    /// Objects that lie in the bucket.
    pub objects: usize,
    /// Records that were sent in more than one batch, or under both configurations.
    pub sent_anew: usize,
    /// Records that the mapping gave up, as it was told to.
    pub given_up: usize,
}

impl Ledger {
    /// An empty one, beside a bucket.
    pub fn new(bucket: Bucket, settings: &Settings) -> Self {
        Self { inner: Arc::default(), bucket, transforms: settings.transforms, backup: settings.backup }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A record was put.
    pub fn put(&self, sequence_number: String, shard: usize, payload: String) {
        let entry = Entry { payload, shard, sent: BTreeSet::new(), is_acknowledged: false, is_given_up: false };
        self.lock().records.insert(sequence_number, entry);
    }

    /// Records are sent together.
    pub fn sent<'s>(&self, sequence_numbers: impl Iterator<Item = &'s str>, sent: &Sent) {
        let mut inner = self.lock();
        for number in sequence_numbers {
            if let Some(entry) = inner.records.get_mut(number) {
                entry.sent.insert(sent.clone());
            }
        }
    }

    /// Records are acknowledged. All that is to become of them must lie in the bucket now: D4.
    pub fn acknowledged<'s>(&self, sequence_numbers: impl Iterator<Item = &'s str>) {
        let mut inner = self.lock();
        for number in sequence_numbers {
            let Some(entry) = inner.records.get_mut(number) else { continue };
            entry.is_acknowledged = true;
            let missing = self.pieces(&entry.payload).into_iter().find(|piece| self.bucket.holders(piece).is_empty());
            if let Some(piece) = missing {
                let text = format!("record {} is acknowledged, and {} lies nowhere", short(number), told(&piece));
                inner.violation.get_or_insert(Violation { promise: "D4", text });
            }
        }
    }

    /// Records are given up by the mapping.
    pub fn given_up<'s>(&self, sequence_numbers: impl Iterator<Item = &'s str>) {
        let mut inner = self.lock();
        for number in sequence_numbers {
            if let Some(entry) = inner.records.get_mut(number) {
                entry.is_given_up = true;
            }
        }
    }

    /// The first promise that was broken so far.
    pub fn violation(&self) -> Option<Violation> {
        self.bucket.violation().or_else(|| self.lock().violation.clone())
    }

    fn pieces(&self, payload: &str) -> Vec<Piece> {
        let backed_up = self.backup.then(|| Piece::BackedUp(payload.to_owned()));
        let pieces = payload.split(DELIMITER).flat_map(|part| match expected::of(part, self.transforms) {
            Expected::Outputs(outputs) => outputs.into_iter().map(Piece::Output).collect(),
            Expected::Failed => vec![Piece::Failed(part.to_owned())],
        });
        backed_up.into_iter().chain(pieces).collect()
    }

    /// At the end: nothing is left, nothing is foreign, all is in order, and nothing lies twice without a reason. `recuts`
    /// tells whether anything in this world lets the mapping send a record in another batch.
    pub fn at_the_end(&self, recuts: bool) -> Result<Counts, Violation> {
        if let Some(violation) = self.violation() {
            return Err(violation);
        }
        let inner = self.lock();
        let mut places: BTreeMap<Piece, (usize, &str, usize)> = BTreeMap::new();
        for (number, entry) in &inner.records {
            if !entry.is_acknowledged && !entry.is_given_up {
                let text = format!("record {} is neither acknowledged nor given up", short(number));
                return Err(Violation { promise: "D1", text });
            }
            if !recuts && entry.sent.len() > 1 {
                let text =
                    format!("record {} was sent in {} batches, and nothing cuts any", short(number), entry.sent.len());
                return Err(Violation { promise: "M1", text });
            }
            for (index, piece) in self.pieces(&entry.payload).into_iter().enumerate() {
                let holders = self.bucket.holders(&piece);
                if holders.len() > entry.sent.len() {
                    let text = format!(
                        "{} lies in {} objects, and was sent in {} batches: {}",
                        told(&piece),
                        holders.len(),
                        entry.sent.len(),
                        holders.join(", ")
                    );
                    return Err(Violation { promise: "D5", text });
                }
                places.insert(piece, (entry.shard, number, index));
            }
        }
        self.bucket.objects().iter().try_for_each(|object| in_order(object, &places))?;
        Ok(Counts {
            records: inner.records.len(),
            objects: self.bucket.objects().len(),
            sent_anew: inner.records.values().filter(|entry| entry.sent.len() > 1).count(),
            given_up: inner.records.values().filter(|entry| entry.is_given_up).count(),
        })
    }
}

/// An object holds records of one shard, in their order, each piece once; and as many as it says.
fn in_order(object: &crate::bucket::Stored, places: &BTreeMap<Piece, (usize, &str, usize)>) -> Result<(), Violation> {
    let key = &object.key;
    let mut last: Option<(usize, &str, usize)> = None;
    for piece in &object.pieces {
        let Some(&place) = places.get(piece) else {
            return Err(Violation { promise: "F1", text: format!("{key} holds {}, which nobody put", told(piece)) });
        };
        if let Some(last) = last
            && (last.0 != place.0 || (last.1, last.2) >= (place.1, place.2))
        {
            return Err(Violation { promise: "D2", text: format!("{key} holds {} out of order", told(piece)) });
        }
        last = Some(place);
    }
    if object.records != object.pieces.len() as u64 {
        let text = format!("{key} says {} records and holds {}", object.records, object.pieces.len());
        return Err(Violation { promise: "D1", text });
    }
    Ok(())
}

fn told(piece: &Piece) -> String {
    let (kind, text) = match piece {
        Piece::Output(text) => ("output", text),
        Piece::Failed(text) => ("failed record", text),
        Piece::BackedUp(text) => ("backed up record", text),
    };
    format!("the {kind} {}", text.chars().take(24).collect::<String>())
}
