//! What was found for a replay: the batches, where they are from, and what cannot be replayed.

use super::event::{self, EventRecord};
use crate::deployment::Deployment;

/// A batch that is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Where it is from, as a person finds it.
    pub name: String,
    /// The shard's id.
    pub shard_id: String,
    /// Its records.
    pub records: u64,
    /// Where its event is.
    pub origin: Origin,
    /// What has been replayed when this and others have, by their places in [`Found::sources`].
    pub sources: Vec<usize>,
}

/// Where the event of a batch is: a bucket may hold more of them than memory does, so that most are read when their turn
/// has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Here.
    Held(String),
    /// In a document of a bucket.
    Document {
        /// The object.
        source: usize,
        /// Which of its documents, from 0.
        index: usize,
    },
    /// It is made of the records in an error object.
    Errors {
        /// The object.
        source: usize,
        /// Which of its cuts, from 0.
        cut: usize,
    },
}

/// What is replayed: a document, or an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As a person finds it.
    pub name: String,
    /// Bucket and key, where it lies in a bucket.
    pub place: Option<(String, String)>,
    /// Why it stays where it is, also when it has been replayed.
    pub stays: Option<String>,
}

impl Source {
    /// An object that may be deleted when it has been replayed.
    pub fn object(bucket: &str, key: &str) -> Self {
        Self { name: format!("s3://{bucket}/{key}"), place: Some((bucket.to_owned(), key.to_owned())), stays: None }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What is replayed.
    pub sources: Vec<Source>,
    /// Batches that can be delivered.
    pub batches: Vec<Batch>,
    /// What cannot, and why, in words.
    pub skipped: Vec<String>,
    /// Batches that lie in the bucket already, as far as that was asked before they are delivered.
    pub there_already: u64,
    /// What no stream and no object holds any more, in words.
    pub lost: Vec<String>,
}

impl Found {
    /// Adds a source; its place.
    pub fn source(&mut self, source: Source) -> usize {
        self.sources.push(source);
        self.sources.len() - 1
    }

    /// Keeps a source from being deleted; the first reason counts.
    pub fn keep(&mut self, source: usize, why: impl Into<String>) {
        self.sources[source].stays.get_or_insert_with(|| why.into());
    }
}

impl Batch {
    /// Records of the stream.
    pub fn of_stream(deployment: &Deployment, shard_id: &str, records: &[EventRecord]) -> Self {
        let (first, last) = (&records[0], &records[records.len() - 1]);
        Self {
            name: format!("{shard_id} from {} to {}", first.sequence_number, last.sequence_number),
            shard_id: shard_id.to_owned(),
            records: records.len() as u64,
            origin: Origin::Held(event::event(deployment, shard_id, records)),
            sources: Vec::new(),
        }
    }
}
