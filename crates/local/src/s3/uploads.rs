//! Multipart uploads: they outlive the process, as they outlive a client at AWS.
//!
//! ```text
//! ROOT/.s3/uploads/<id>/upload.json         what was asked for
//! ROOT/.s3/uploads/<id>/<number>.json       a part: it is there if this is
//! ROOT/.s3/uploads/<id>/<number>-<unique>   its bytes
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use base64_simd::STANDARD as BASE64;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::checksum::{Algorithm, Checksums, Digested, Digests, composite, hex, verify_checksums};
use super::document::{Attributes, ChecksumType, Description, now_s};
use super::error::StoreError;
use super::key::Key;
use super::objects::{Commit, Condition};
use super::spool::{BODY_BYTES_MAX, Spool, Spooled};
use super::store::{FolderStore, entries};

/// Smallest part that is not the last, as AWS has it.
pub(super) const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;
/// Highest part number, as AWS has it.
pub(super) const PART_NUMBER_MAX: u32 = 10_000;

/// An upload that is not finished.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Upload {
    pub(super) id: String,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) initiated_s: u64,
    pub(super) algorithm: Algorithm,
    pub(super) checksum_type: ChecksumType,
    pub(super) attributes: Attributes,
}

/// A part that is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) number: u32,
    file: String,
    pub(super) bytes: u64,
    /// MD5 in hex, without quotes.
    pub(super) etag: String,
    md5: String,
    pub(super) checksums: Checksums,
    pub(super) last_modified_s: u64,
}

/// A part as `CompleteMultipartUpload` names it.
#[derive(Debug, Clone)]
pub(super) struct NamedPart {
    pub(super) number: u32,
    /// Without quotes.
    pub(super) etag: Option<String>,
    pub(super) checksums: Checksums,
}

/// What `CompleteMultipartUpload` says of the whole.
#[derive(Debug)]
pub(super) struct Completion {
    pub(super) parts: Vec<NamedPart>,
    pub(super) checksums: Checksums,
    pub(super) bytes: Option<u64>,
    pub(super) condition: Condition,
}

impl FolderStore {
    /// Begins an upload. Blocking.
    pub(super) fn create_upload(
        &self,
        bucket: &str,
        key: &Key,
        algorithm: Algorithm,
        checksum_type: ChecksumType,
        attributes: Attributes,
    ) -> Result<Upload, StoreError> {
        let upload = Upload {
            id: uuid::Uuid::new_v4().simple().to_string(),
            bucket: bucket.to_owned(),
            key: key.as_str().to_owned(),
            initiated_s: now_s(),
            algorithm,
            checksum_type,
            attributes,
        };
        let _gate = self.write();
        self.require_bucket(bucket)?;
        self.replace_json(&self.uploads().join(&upload.id).join("upload.json"), &upload)?;
        Ok(upload)
    }

    /// The upload with this id, if it is of this object. Blocking.
    pub(super) fn upload(&self, bucket: &str, key: &Key, id: &str) -> Result<Upload, StoreError> {
        self.require_bucket(bucket)?;
        let upload = match self.upload_folder(id) {
            Some(folder) => read_json::<Upload>(&folder.join("upload.json"))?,
            None => None,
        };
        upload
            .filter(|upload| upload.bucket == bucket && upload.key == key.as_str())
            .ok_or_else(|| StoreError::NoSuchUpload(id.to_owned()))
    }

    /// Unfinished uploads of a bucket, by key and time. Blocking.
    pub(super) fn list_uploads(&self, bucket: &str) -> Result<Vec<Upload>, StoreError> {
        self.require_bucket(bucket)?;
        let mut uploads = self.all_uploads()?;
        uploads.retain(|upload| upload.bucket == bucket);
        uploads.sort_by(|left, right| {
            (&left.key, left.initiated_s, &left.id).cmp(&(&right.key, right.initiated_s, &right.id))
        });
        Ok(uploads)
    }

    /// Keeps a part, in place of one with its number. Blocking.
    pub(super) fn commit_part(&self, upload: &Upload, number: u32, spooled: Spooled) -> Result<Part, StoreError> {
        let folder = self.uploads().join(&upload.id);
        let Spooled { path, digested: Digested { bytes, md5, checksums }, .. } = spooled;
        let part = Part {
            number,
            file: format!("{number:05}-{}", uuid::Uuid::new_v4().simple()),
            bytes,
            etag: hex(&md5),
            md5: BASE64.encode_to_string(md5),
            checksums,
            last_modified_s: now_s(),
        };
        let _gate = self.write();
        if !folder.is_dir() {
            return Err(StoreError::NoSuchUpload(upload.id.clone()));
        }
        let file = folder.join(&part.file);
        path.persist(&file).map_err(|error| StoreError::io("create", &file)(error.error))?;
        let descriptor = folder.join(format!("{number:05}.json"));
        let former = read_json::<Part>(&descriptor)?;
        self.replace_json(&descriptor, &part)?;
        if let Some(former) = former {
            // It goes with the upload at the latest.
            let _ = fs::remove_file(folder.join(former.file));
        }
        Ok(part)
    }

    /// The parts that are there, by number. Blocking.
    pub(super) fn parts(&self, upload: &Upload) -> Result<BTreeMap<u32, Part>, StoreError> {
        let folder = self.uploads().join(&upload.id);
        let _gate = self.read();
        let mut parts = BTreeMap::new();
        for (name, _) in entries(&folder)? {
            // Of the three kinds of files only a part's document is a number with an extension.
            if name.strip_suffix(".json").is_some_and(|number| number.parse::<u32>().is_ok())
                && let Some(part) = read_json::<Part>(&folder.join(name))?
            {
                parts.insert(part.number, part);
            }
        }
        Ok(parts)
    }

    /// Joins the named parts to an object and ends the upload. Blocking.
    pub(super) fn complete(&self, upload: Upload, completion: &Completion) -> Result<Description, StoreError> {
        let there = self.parts(&upload)?;
        let parts = named_parts(&there, &completion.parts)?;
        let spooled = self.join(&upload, &parts)?;
        let bytes = spooled.digested.bytes;
        if let Some(declared) = completion.bytes.filter(|declared| *declared != bytes) {
            return Err(StoreError::InvalidRequest(format!(
                "the object has {bytes} bytes where {declared} were declared"
            )));
        }
        let checksums = match upload.checksum_type {
            ChecksumType::FullObject => spooled.digested.checksums.clone(),
            ChecksumType::Composite => composite(upload.algorithm, parts.iter().map(|part| &part.checksums))
                .map(|value| Checksums::from([(upload.algorithm, value)]))
                .unwrap_or_default(),
        };
        verify_checksums(&completion.checksums, &checksums)?;
        let description = self.commit(Commit {
            bucket: upload.bucket,
            key: Key::new(upload.key)?,
            etag: etag_of(&parts)?,
            checksums,
            checksum_type: upload.checksum_type,
            part_bytes: parts.iter().map(|part| part.bytes).collect(),
            attributes: upload.attributes,
            condition: completion.condition.clone(),
            spooled,
        })?;
        self.remove_upload(&upload.id)?;
        Ok(description)
    }

    /// Ends an upload without an object. Blocking.
    pub(super) fn remove_upload(&self, id: &str) -> Result<(), StoreError> {
        let _gate = self.write();
        self.remove_upload_folder(id)
    }

    /// Ends all uploads of a bucket. The caller holds the gate. Blocking.
    pub(super) fn remove_uploads(&self, bucket: &str) -> Result<(), StoreError> {
        let mut of_bucket = self.all_uploads()?.into_iter().filter(|upload| upload.bucket == bucket);
        of_bucket.try_for_each(|upload| self.remove_upload_folder(&upload.id))
    }

    /// The document goes first, so that an upload is there as a whole or not at all.
    fn remove_upload_folder(&self, id: &str) -> Result<(), StoreError> {
        let Some(folder) = self.upload_folder(id) else { return Ok(()) };
        for removed in [fs::remove_file(folder.join("upload.json")), fs::remove_dir_all(&folder)] {
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", &folder)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Removes what is left of uploads that were being begun or ended when a process died. Blocking.
    pub(super) fn clear_broken_uploads(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.uploads())? {
            let folder = entry?.path();
            if !folder.join("upload.json").exists() {
                fs::remove_dir_all(folder)?;
            }
        }
        Ok(())
    }

    fn all_uploads(&self) -> Result<Vec<Upload>, StoreError> {
        let folder = self.uploads();
        let folders = entries(&folder)?;
        let uploads = folders.iter().filter_map(|(id, _)| read_json(&folder.join(id).join("upload.json")).transpose());
        uploads.collect()
    }

    /// Ids come from clients: only what this module makes is looked for.
    fn upload_folder(&self, id: &str) -> Option<PathBuf> {
        let well_formed = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        well_formed.then(|| self.uploads().join(id))
    }

    fn join(&self, upload: &Upload, parts: &[&Part]) -> Result<Spooled, StoreError> {
        let folder = self.uploads().join(&upload.id);
        let mut spool = Spool::create(&self.temporary(), Digests::new(&[upload.algorithm].into()))?;
        for part in parts {
            let path = folder.join(&part.file);
            let mut file = File::open(&path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => StoreError::InvalidPart(part.number),
                _ => StoreError::io("open", &path)(error),
            })?;
            spool.copy(&mut file, &path)?;
        }
        spool.finish()
    }
}

/// The parts that a client names, as they are, if they may be joined.
fn named_parts<'a>(there: &'a BTreeMap<u32, Part>, named: &[NamedPart]) -> Result<Vec<&'a Part>, StoreError> {
    if !named.is_sorted_by(|left, right| left.number < right.number) {
        return Err(StoreError::InvalidPartOrder);
    }
    let mut parts = Vec::with_capacity(named.len());
    for name in named {
        let part = there.get(&name.number).ok_or(StoreError::InvalidPart(name.number))?;
        let is_it = name.etag.as_ref().is_none_or(|etag| *etag == part.etag)
            && name.checksums.iter().all(|(algorithm, value)| part.checksums.get(algorithm) == Some(value));
        if !is_it {
            return Err(StoreError::InvalidPart(name.number));
        }
        parts.push(part);
    }
    let Some((_, but_the_last)) = parts.split_last() else {
        return Err(StoreError::InvalidRequest("an object needs at least one part".to_owned()));
    };
    if let Some(small) = but_the_last.iter().find(|part| part.bytes < PART_BYTES_MIN) {
        return Err(StoreError::EntityTooSmall(small.number));
    }
    debug_assert!(parts.iter().all(|part| part.bytes <= BODY_BYTES_MAX), "receive() takes no larger part");
    Ok(parts)
}

/// MD5 of the parts' MD5s, and how many they are.
fn etag_of(parts: &[&Part]) -> Result<String, StoreError> {
    let mut digests = Digests::new(&[].into());
    for part in parts {
        digests.update(&BASE64.decode_to_vec(&part.md5).map_err(|_| StoreError::InvalidPart(part.number))?);
    }
    Ok(format!("{}-{}", hex(&digests.finish().md5), parts.len()))
}

/// Nothing if it is not there, or is of another form.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    match fs::read(path) {
        Ok(json) => Ok(serde_json::from_slice(&json).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}
