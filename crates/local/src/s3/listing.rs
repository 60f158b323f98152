//! Lists of objects: in the order of the keys' UTF-8 bytes, which is not the order of paths.
//!
//! Every page walks the folders that can hold its keys and sorts what it finds. That is quick enough for a desk and
//! needs no index that could disagree with the files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::document::{Description, Document};
use super::error::StoreError;
use super::key::{Key, LONG_FOLDER, decode_file, decode_folder};
use super::store::{FolderStore, entries};

/// Most entries of a page, as AWS has it.
pub(super) const PAGE_ENTRIES_MAX: usize = 1000;

/// What a page is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) prefix: String,
    /// Empty for none.
    pub(super) delimiter: String,
    /// Only keys behind this one; a common prefix that was the last entry of a page stands for all its keys.
    pub(super) after: String,
    pub(super) entries_max: usize,
}

/// One page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<ListedObject>,
    pub(super) common_prefixes: Vec<String>,
    /// The last entry, key or common prefix, if there are more behind it.
    pub(super) next: Option<String>,
}

/// An object of a list.
#[derive(Debug)]
pub(super) struct ListedObject {
    pub(super) key: String,
    pub(super) description: Description,
}

/// A file that may be an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) key: String,
    /// Below the bucket's folder.
    path: String,
}

/// What a key is in a list.
enum Place {
    Entry,
    CommonPrefix(String),
    /// Before the page.
    Before,
}

impl Query {
    fn place(&self, key: &str) -> Place {
        if key <= self.after.as_str() {
            return Place::Before;
        }
        if self.delimiter.is_empty() {
            return Place::Entry;
        }
        let Some(at) = key[self.prefix.len()..].find(&self.delimiter) else { return Place::Entry };
        let common = &key[..self.prefix.len() + at + self.delimiter.len()];
        if common == self.after { Place::Before } else { Place::CommonPrefix(common.to_owned()) }
    }
}

impl FolderStore {
    /// One page of a bucket's list. Blocking.
    pub(super) fn list(&self, bucket: &str, query: &Query) -> Result<Page, StoreError> {
        self.require_bucket(bucket)?;
        let mut page = Page::default();
        if query.entries_max == 0 {
            return Ok(page);
        }
        let mut common_prefixes = BTreeSet::new();
        let mut last = None;
        for candidate in self.candidates(bucket, &query.prefix, &query.after)? {
            let common = match query.place(&candidate.key) {
                Place::Before => continue,
                Place::Entry => None,
                Place::CommonPrefix(common) if common_prefixes.contains(&common) => continue,
                Place::CommonPrefix(common) => Some(common),
            };
            let Some(description) = self.listed(bucket, &candidate)? else { continue };
            if page.objects.len() + common_prefixes.len() == query.entries_max {
                page.next = last;
                break;
            }
            last = Some(common.clone().unwrap_or_else(|| candidate.key.clone()));
            match common {
                Some(common) => _ = common_prefixes.insert(common),
                None => page.objects.push(ListedObject { key: candidate.key, description }),
            }
        }
        page.common_prefixes = common_prefixes.into_iter().collect();
        Ok(page)
    }

    /// Files that may be objects with this prefix and behind this key, by key. Blocking.
    pub(super) fn candidates(&self, bucket: &str, prefix: &str, after: &str) -> Result<Vec<Candidate>, StoreError> {
        let mut walk = Walk { prefix, after, found: Vec::new() };
        let top = self.bucket_folder(bucket);
        walk.folder(&top, "", "")?;
        for (digest, _) in entries(&top.join(LONG_FOLDER))? {
            if let Some(key) = self.key_of(bucket, &digest) {
                walk.file(key, format!("{LONG_FOLDER}/{digest}"));
            }
        }
        walk.found.sort_unstable();
        Ok(walk.found)
    }

    /// The key of a path that was too long, from its document.
    fn key_of(&self, bucket: &str, digest: &str) -> Option<String> {
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let json = is_digest.then(|| fs::read(self.document_of(bucket, digest)).ok())??;
        Document::parse(&json).map(|document| document.key)
    }

    /// The candidate's metadata, if its key lives where it was found and not elsewhere.
    fn listed(&self, bucket: &str, candidate: &Candidate) -> Result<Option<Description>, StoreError> {
        let Ok(key) = Key::new(candidate.key.clone()) else { return Ok(None) };
        let _gate = self.read();
        match self.find(bucket, &key)? {
            Some(found) if found.path == candidate.path => self.describe(&found, None).map(Some),
            _ => Ok(None),
        }
    }
}

struct Walk<'a> {
    prefix: &'a str,
    after: &'a str,
    found: Vec<Candidate>,
}

impl Walk<'_> {
    /// `path` ends with `/` unless it is empty; `head` is what all keys of the folder begin with.
    fn folder(&mut self, folder: &Path, path: &str, head: &str) -> Result<(), StoreError> {
        for (name, kind) in entries(folder)? {
            // A link is neither file nor folder and is not followed: it could lead out of the bucket.
            if kind.is_file() {
                self.file(head.to_owned() + &decode_file(&name), format!("{path}{name}"));
            } else if kind.is_dir() && !(path.is_empty() && name == LONG_FOLDER) {
                let head = head.to_owned() + &decode_folder(&name);
                if self.may_hold(&head) {
                    self.folder(&folder.join(&name), &format!("{path}{name}/"), &head)?;
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, key: String, path: String) {
        if key.starts_with(self.prefix) && key.as_str() > self.after {
            self.found.push(Candidate { key, path });
        }
    }

    fn may_hold(&self, head: &str) -> bool {
        let in_prefix = head.starts_with(self.prefix) || self.prefix.starts_with(head);
        in_prefix && (head > self.after || self.after.starts_with(head))
    }
}

#[cfg(test)]
mod tests;
