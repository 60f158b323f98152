//! The shards of a stream and what comes before what: a shard is read when its parents are read to their end, so that the
//! order of a partition key outlives a reshard.

use std::collections::BTreeMap;

use super::checkpoint::Checkpoint;
use crate::kinesis;

/// How far a shard is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// A parent is not done, or nobody began.
    Waiting,
    /// It is read.
    Reading,
    /// Closed and done, or never to be read.
    Done,
}

#[derive(Debug, Clone)]
struct Known {
    parents: Vec<String>,
    stage: Stage,
    /// Whether it was there when the mapping began.
    original: bool,
    checkpoint: Checkpoint,
}

impl Known {
    fn beginning(&self) -> Beginning {
        match self.checkpoint.acknowledged() {
            Some(last) => Beginning::After(last.to_owned()),
            None if self.original => Beginning::StartingPosition,
            None => Beginning::TrimHorizon,
        }
    }
}

/// Where reading a shard begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    /// Where the mapping's starting position says.
    StartingPosition,
    /// At its oldest record: it was made by a reshard after the mapping began.
    TrimHorizon,
    /// Behind this record, which is done.
    After(String),
}

/// All shards that are known.
#[derive(Debug, Clone, Default)]
pub struct Lineage {
    shards: BTreeMap<String, Known>,
    begun: bool,
}

impl Lineage {
    /// Takes the shards that a stream has. With `skip_closed` those that are closed when the mapping begins are never
    /// read: `LATEST` is behind all of them. Shards that are known stay as they are.
    pub fn discovered(&mut self, shards: Vec<kinesis::Shard>, skip_closed: bool) {
        let original = !std::mem::replace(&mut self.begun, true);
        for shard in shards {
            let stage = if original && skip_closed && shard.closed { Stage::Done } else { Stage::Waiting };
            let known = Known { parents: shard.parent_shard_ids, stage, original, checkpoint: Checkpoint::default() };
            self.shards.entry(shard.shard_id).or_insert(known);
        }
    }

    /// The shards that may be read from now on, with their parents; they are taken to be read. A parent that is not
    /// known is one that the stream has forgotten.
    pub fn begin(&mut self) -> Vec<(String, Beginning, Vec<String>)> {
        let is_done = |id: &String| self.shards.get(id).is_none_or(|parent| parent.stage == Stage::Done);
        let ready = |known: &Known| known.stage == Stage::Waiting && known.parents.iter().all(is_done);
        let ids: Vec<String> = self.shards.iter().filter(|(_, known)| ready(known)).map(|(id, _)| id.clone()).collect();
        let mut begun = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(known) = self.shards.get_mut(&id) else { continue };
            known.stage = Stage::Reading;
            let beginning = known.beginning();
            let parents = known.parents.clone();
            begun.push((id, beginning, parents));
        }
        begun
    }

    /// The shards that are not read and not done, and where reading them would begin.
    pub fn waiting(&self) -> impl Iterator<Item = (&String, Beginning)> {
        let waiting = self.shards.iter().filter(|(_, known)| known.stage == Stage::Waiting);
        waiting.map(|(id, known)| (id, known.beginning()))
    }

    /// A shard is not read any more; done for good if it is closed and read to its end.
    pub fn ended(&mut self, shard_id: &str, checkpoint: Checkpoint, done: bool) {
        if let Some(known) = self.shards.get_mut(shard_id) {
            known.checkpoint = checkpoint;
            known.stage = if done { Stage::Done } else { Stage::Waiting };
        }
    }

    /// How far a shard was done when it ended last.
    pub fn checkpoint(&self, shard_id: &str) -> Checkpoint {
        self.shards.get(shard_id).map(|known| known.checkpoint.clone()).unwrap_or_default()
    }

    /// Whether every shard that is known is done.
    pub fn is_done(&self) -> bool {
        self.shards.values().all(|known| known.stage == Stage::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(id: &str, parents: &[&str], closed: bool) -> kinesis::Shard {
        let parent_shard_ids = parents.iter().map(|&id| id.to_owned()).collect();
        kinesis::Shard { shard_id: id.to_owned(), parent_shard_ids, closed }
    }

    fn begun(lineage: &mut Lineage) -> Vec<(String, Beginning)> {
        lineage.begin().into_iter().map(|(id, beginning, _)| (id, beginning)).collect()
    }

    fn done_to(number: &str) -> Checkpoint {
        let mut tracker = super::super::checkpoint::Tracker::default();
        let ordinal = tracker.read(number);
        tracker.done(ordinal);
        tracker.checkpoint().clone()
    }

    #[test]
    fn children_wait_for_all_parents() {
        let mut lineage = Lineage::default();
        lineage.discovered(vec![shard("0", &[], false), shard("1", &[], false)], false);
        let start = |id: &str| (id.to_owned(), Beginning::StartingPosition);
        assert_eq!(begun(&mut lineage), [start("0"), start("1")]);
        lineage.discovered(vec![shard("0", &[], true), shard("1", &[], true), shard("2", &["0", "1"], false)], false);
        assert_eq!(begun(&mut lineage), []);
        lineage.ended("0", done_to("7"), true);
        assert_eq!(begun(&mut lineage), [], "1 is not done");
        lineage.ended("1", Checkpoint::default(), true);
        assert_eq!(begun(&mut lineage), [("2".to_owned(), Beginning::TrimHorizon)]);
        lineage.ended("2", done_to("9"), false);
        assert_eq!(begun(&mut lineage), [("2".to_owned(), Beginning::After("9".to_owned()))], "the checkpoint is kept");
        assert!(!lineage.is_done());
    }

    #[test]
    fn latest_is_behind_what_is_closed() {
        let mut lineage = Lineage::default();
        let shards = vec![shard("0", &[], true), shard("1", &["0"], false), shard("2", &["0"], false)];
        lineage.discovered(shards, true);
        let start = |id: &str| (id.to_owned(), Beginning::StartingPosition);
        assert_eq!(begun(&mut lineage), [start("1"), start("2")]);
    }

    #[test]
    fn a_forgotten_parent_is_no_reason_to_wait() {
        let mut lineage = Lineage::default();
        lineage.discovered(vec![shard("5", &["3", "4"], false)], false);
        assert_eq!(lineage.begin().len(), 1);
    }
}
