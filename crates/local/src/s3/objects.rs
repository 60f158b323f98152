//! One object: found, committed, removed.
//!
//! An object is there if its plain file is. To commit: write the new document, which still holds the description of
//! the body that is being replaced, then rename the body to the plain file's place. The rename is the commit: before
//! it the old body is in force with its old description, after it the new one with the new. All of it happens under
//! the store's gate, so a condition that was checked holds when the rename is done.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use s3s::dto::{ETag, ETagCondition};

use super::checksum::Checksums;
use super::document::{Attributes, ChecksumType, Description, Document, Fingerprint, now_s};
use super::error::StoreError;
use super::key::{FILE_MARK, FOLDER_MARK, Key};
use super::spool::{Spooled, temporary_file};
use super::store::FolderStore;
use crate::events::{Event, Object};

/// What must hold of the object that is there for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// Nothing.
    None,
    /// `If-None-Match: *`.
    Absent,
    /// `If-Match`.
    Matches(ETagCondition),
}

/// A body that is to become an object.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) bucket: String,
    pub(super) key: Key,
    pub(super) spooled: Spooled,
    /// Without quotes.
    pub(super) etag: String,
    pub(super) checksums: Checksums,
    pub(super) checksum_type: ChecksumType,
    pub(super) part_bytes: Vec<u64>,
    pub(super) attributes: Attributes,
    pub(super) condition: Condition,
}

/// A plain file that is an object.
#[derive(Debug)]
pub(super) struct Found {
    /// Below the bucket's folder.
    pub(super) path: String,
    pub(super) absolute: PathBuf,
    metadata: Metadata,
    document: Option<Document>,
}

/// An object to read from.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) description: Description,
}

impl Condition {
    /// From the headers of a write. AWS knows no other value of `If-None-Match` than `*`.
    pub(super) fn new(matches: Option<ETagCondition>, none: Option<ETagCondition>) -> Result<Self, StoreError> {
        match (matches, none) {
            (None, None) => Ok(Self::None),
            (None, Some(ETagCondition::Any)) => Ok(Self::Absent),
            (Some(condition), None) => Ok(Self::Matches(condition)),
            (_, Some(_)) => Err(StoreError::NotImplemented("If-None-Match with anything but * alone, on a write,")),
        }
    }
}

impl FolderStore {
    /// Opens an object: the file as it is now, however it is replaced later. Blocking.
    pub(super) fn open_object(&self, bucket: &str, key: &Key) -> Result<Opened, StoreError> {
        let (found, file) = {
            let _gate = self.read();
            self.require_bucket(bucket)?;
            let mut found = self.find(bucket, key)?.ok_or_else(|| StoreError::NoSuchKey(key.to_string()))?;
            let file = File::open(&found.absolute).map_err(StoreError::io("open", &found.absolute))?;
            found.metadata = file.metadata().map_err(StoreError::io("look at", &found.absolute))?;
            (found, file)
        };
        let description = self.describe(&found, Some(&file))?;
        Ok(Opened { file, description })
    }

    /// Makes the body the object, whole or not at all, and tells the observer. Blocking.
    pub(super) fn commit(&self, commit: Commit) -> Result<Description, StoreError> {
        let Commit { bucket, key, spooled, etag, checksums, checksum_type, part_bytes, attributes, condition } = commit;
        let description = Description {
            fingerprint: Fingerprint::new(&spooled.file, &spooled.digested.md5),
            etag,
            last_modified_s: now_s(),
            checksums,
            checksum_type,
            part_bytes,
            attributes,
        };
        let target = {
            let _gate = self.write();
            self.require_bucket(&bucket)?;
            let found = self.find(&bucket, &key)?;
            self.check(&condition, &key, found.as_ref()).inspect_err(|error| {
                if matches!(error, StoreError::PreconditionFailed(_)) && condition == Condition::Absent {
                    self.events().emit(Event::ObjectPresent { bucket: bucket.clone(), key: key.to_string() });
                }
            })?;
            let path = match &found {
                Some(found) => found.path.clone(),
                None => self.free_path(&bucket, &key)?,
            };
            let target = self.bucket_folder(&bucket).join(&path);
            let mut document = Document::new(&bucket, &key, path, description.clone());
            document.previous = found.as_ref().and_then(Found::exactly).cloned();
            let document_path = self.document(&bucket, &key);
            self.replace_json(&document_path, &document)?;
            let placed = create_parent(&target).and_then(|()| {
                spooled.path.persist(&target).map_err(|error| StoreError::io("create", &target)(error.error))
            });
            if let Err(error) = placed {
                if found.is_none() {
                    // Nothing describes an object that is not there; should this fail too, nobody will see it.
                    let _ = fs::remove_file(&document_path);
                }
                return Err(error);
            }
            target
        };
        self.events().emit(Event::ObjectStored { object: stored(bucket, &key, &target, &description) });
        Ok(description)
    }

    /// Removes an object; none is there is as good. Blocking.
    pub(super) fn delete_object(&self, bucket: &str, key: &Key, condition: &Condition) -> Result<(), StoreError> {
        let _gate = self.write();
        self.require_bucket(bucket)?;
        let found = self.find(bucket, key)?;
        self.check(condition, key, found.as_ref())?;
        if let Some(found) = found {
            fs::remove_file(&found.absolute).map_err(StoreError::io("remove", &found.absolute))?;
            let top = self.bucket_folder(bucket);
            let mut folder = found.absolute.parent();
            // Only an empty folder can be removed, so the first that is not ends it.
            while let Some(empty) = folder.filter(|folder| *folder != top && fs::remove_dir(folder).is_ok()) {
                folder = empty.parent();
            }
        }
        let document = self.document(bucket, key);
        match fs::remove_file(&document) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", &document)(error)),
            _ => Ok(()),
        }
    }

    /// Where the object lies, if it is there: where its document says, else where the key would lie by itself.
    /// The caller holds the gate. Blocking.
    pub(super) fn find(&self, bucket: &str, key: &Key) -> Result<Option<Found>, StoreError> {
        let top = self.bucket_folder(bucket);
        let document_path = self.document(bucket, key);
        let document = match fs::read(&document_path) {
            Ok(json) => Document::parse(&json).filter(|document| document.is_of(bucket, key)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(StoreError::io("read", &document_path)(error)),
        };
        let recorded = document.as_ref().map(|document| document.path.clone());
        for path in recorded.into_iter().chain([self.free_path(bucket, key)?]) {
            let absolute = top.join(&path);
            if let Some(metadata) = look(&absolute)?.filter(Metadata::is_file) {
                return Ok(Some(Found { path, absolute, metadata, document }));
            }
        }
        Ok(None)
    }

    /// The metadata in force. Blocking; reads the whole file if it was put there or changed by hand.
    pub(super) fn describe(&self, found: &Found, file: Option<&File>) -> Result<Description, StoreError> {
        if let Some(description) = found.exactly() {
            return Ok(description.clone());
        }
        let md5 = if let Some(file) = file {
            self.digest(&found.absolute, file)?
        } else {
            let file = File::open(&found.absolute).map_err(StoreError::io("open", &found.absolute))?;
            self.digest(&found.absolute, &file)?
        };
        let plain = Description::of_plain_file(&found.metadata, &md5);
        let known = found.document.as_ref().and_then(|document| document.of_body(plain.fingerprint.bytes, &plain.etag));
        Ok(known.cloned().unwrap_or(plain))
    }

    /// Replaces a JSON file as a whole. Blocking.
    pub(super) fn replace_json(&self, path: &Path, value: &impl serde::Serialize) -> Result<(), StoreError> {
        create_parent(path)?;
        let json = serde_json::to_vec_pretty(value).map_err(|error| StoreError::io("write", path)(error.into()))?;
        let mut file = temporary_file(&self.temporary()).map_err(StoreError::io("create a file for", path))?;
        file.write_all(&json).map_err(StoreError::io("write", path))?;
        file.persist(path).map_err(|error| StoreError::io("create", path)(error.error))?;
        Ok(())
    }

    fn check(&self, condition: &Condition, key: &Key, found: Option<&Found>) -> Result<(), StoreError> {
        match (condition, found) {
            (Condition::None, _) | (Condition::Absent, None) | (Condition::Matches(ETagCondition::Any), Some(_)) => {
                Ok(())
            }
            (Condition::Absent, Some(_)) => Err(StoreError::PreconditionFailed("If-None-Match")),
            (Condition::Matches(_), None) => Err(StoreError::NoSuchKey(key.to_string())),
            (Condition::Matches(ETagCondition::ETag(etag)), Some(found)) => {
                let current = self.describe(found, None)?.etag;
                let matches = etag.strong_cmp(&ETag::Strong(current));
                if matches { Ok(()) } else { Err(StoreError::PreconditionFailed("If-Match")) }
            }
        }
    }

    /// Where the key lies if no document says otherwise: its own path, but for marks where a name is taken.
    fn free_path(&self, bucket: &str, key: &Key) -> Result<String, StoreError> {
        let mut absolute = self.bucket_folder(bucket);
        let mut pieces = key.pieces();
        if let Some(path) = key.long_path(&pieces) {
            return Ok(path);
        }
        let last = pieces.len() - 1;
        for (at, piece) in pieces.iter_mut().enumerate() {
            match look(&absolute.join(&*piece))? {
                Some(there) if at < last && !there.is_dir() => piece.push_str(FOLDER_MARK),
                Some(there) if at == last && there.is_dir() => piece.push_str(FILE_MARK),
                _ => {}
            }
            absolute.push(&*piece);
        }
        Ok(pieces.join("/"))
    }
}

impl Found {
    fn exactly(&self) -> Option<&Description> {
        self.document.as_ref().and_then(|document| document.exactly(&self.metadata))
    }
}

/// What lies at a path itself, not behind a link: a link could lead out of the bucket.
fn look(path: &Path) -> Result<Option<Metadata>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(StoreError::io("look at", path)(error)),
    }
}

fn create_parent(path: &Path) -> Result<(), StoreError> {
    path.parent().map_or(Ok(()), |parent| fs::create_dir_all(parent).map_err(StoreError::io("create", parent)))
}

fn stored(bucket: String, key: &Key, path: &Path, description: &Description) -> Object {
    Object {
        bucket,
        key: key.to_string(),
        path: path.display().to_string(),
        bytes: description.fingerprint.bytes,
        content_encoding: description.attributes.content_encoding.clone(),
        metadata: description.attributes.metadata.clone(),
    }
}

#[cfg(test)]
pub(super) use tests::put as put_for_tests;

#[cfg(test)]
mod tests;
