//! Objects: entries in the order in which they came.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Value;
use crate::budget::{admit, build, step};
use crate::limits::SCALAR_BYTES;

/// Up to so many entries a key is looked for one by one.
const UNINDEXED_MAX: usize = 12;

/// A key that can be sought by its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Rc<String>);

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Entries in the order of their first insertion, as jq prints them.
///
/// The index is an ordered tree: a table of hashes would be slow for keys that were chosen to be, or random.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    entries: Vec<(Rc<String>, Value)>,
    /// Where a key is; empty while there are few.
    index: BTreeMap<Key, usize>,
    depth: usize,
    bytes: usize,
}

impl Object {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Levels of what it holds.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn entries(&self) -> &[(Rc<String>, Value)] {
        &self.entries
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.place(key).map(|place| &self.entries[place].1)
    }

    pub(crate) fn insert(&mut self, key: Rc<String>, value: Value) {
        self.depth = self.depth.max(value.depth());
        self.bytes += value.bytes();
        if let Some(place) = self.place(&key) {
            self.bytes -= self.entries[place].1.bytes();
            self.entries[place].1 = value;
        } else {
            build(entry_bytes(&key));
            self.bytes += entry_bytes(&key);
            let place = self.entries.len();
            self.entries.push((Rc::clone(&key), value));
            if place > UNINDEXED_MAX {
                self.index.insert(Key(key), place);
            } else if place == UNINDEXED_MAX {
                self.reindex();
            }
        }
        admit(self.depth + 1, self.bytes);
    }

    /// Takes a value out and leaves null, so that it can be changed where it is.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        let place = self.place(key)?;
        let value = std::mem::replace(&mut self.entries[place].1, Value::NULL);
        self.bytes -= value.bytes() - SCALAR_BYTES;
        Some(value)
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(place) = self.place(key) {
            step(self.entries.len() as u64);
            let (key, value) = self.entries.remove(place);
            self.bytes -= value.bytes() + entry_bytes(&key);
            self.reindex();
        }
    }

    /// Its keys in order.
    pub(crate) fn sorted(&self) -> Vec<&(Rc<String>, Value)> {
        // Comparing keys reads them.
        step((self.entries.len() + self.bytes / 64) as u64);
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries
    }

    fn place(&self, key: &str) -> Option<usize> {
        step(key.len() as u64 / 64);
        if self.index.is_empty() {
            self.entries.iter().position(|(known, _)| known.as_str() == key)
        } else {
            self.index.get(key).copied()
        }
    }

    fn reindex(&mut self) {
        self.index.clear();
        if self.entries.len() > UNINDEXED_MAX {
            self.index.extend(self.entries.iter().enumerate().map(|(place, (key, _))| (Key(Rc::clone(key)), place)));
        }
    }
}

/// What a key and its place count.
fn entry_bytes(key: &str) -> usize {
    2 * SCALAR_BYTES + key.len()
}
