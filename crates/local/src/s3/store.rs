//! The folder: what lies where, who may use it, and its buckets.
//!
//! ```text
//! ROOT/<bucket>/<key>        objects, as plain files (see `key` for the names)
//! ROOT/.s3/lock              held by the process that serves the folder
//! ROOT/.s3/tmp/              bodies and documents on their way in; cleared on opening
//! ROOT/.s3/objects/<bucket>/ documents: metadata by digest of the key
//! ROOT/.s3/uploads/<id>/     multipart uploads and their parts
//! ```
//!
//! No bucket name begins with a dot, so the side tree collides with none.

use std::collections::HashMap;
use std::fs::{self, File, FileType, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant, SystemTime};

use super::error::StoreError;
use super::key::Key;
use super::spool::blocking;
use crate::events::Events;

/// The side tree below the root.
const SIDE: &str = ".s3";
/// How long opening waits for the process that had the folder before to let go of it.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// Prefixes and suffixes that AWS keeps for itself.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Buckets and objects in a folder, of which one process at a time is the owner. Cheap to clone.
#[derive(Debug, Clone)]
pub struct FolderStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    events: Events,
    /// Writers of the plain files and of the documents, one at a time; readers that need both to fit.
    gate: RwLock<()>,
    /// MD5 of files that were put there by hand, by path, length and time of change.
    digests: Mutex<HashMap<(PathBuf, u64, SystemTime), [u8; 16]>>,
    _owner: File,
}

/// A bucket as `ListBuckets` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BucketEntry {
    pub(super) name: String,
    pub(super) created: SystemTime,
}

impl FolderStore {
    /// Opens or creates the folder, takes it for this process, and clears what dead writers left.
    ///
    /// Waits up to 2 seconds for a former owner; fails with [`io::ErrorKind::WouldBlock`] if another process, or
    /// another store of this one, still serves the folder. Blocking.
    pub fn open(root: impl Into<PathBuf>, events: Events) -> io::Result<Self> {
        let root = root.into();
        let side = root.join(SIDE);
        for folder in ["objects", "uploads"] {
            fs::create_dir_all(side.join(folder))?;
        }
        let owner = take(&side.join("lock"))?;
        let temporary = side.join("tmp");
        match fs::remove_dir_all(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir(&temporary)?,
        }
        let inner = Inner { root, events, gate: RwLock::default(), digests: Mutex::default(), _owner: owner };
        let store = Self(Arc::new(inner));
        store.clear_broken_uploads()?;
        Ok(store)
    }

    /// The folder, as it was given to [`FolderStore::open`].
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// Creates a bucket; `false` if it is there already. Fails on a name that AWS refuses.
    pub async fn create_bucket(&self, name: &str) -> Result<bool, StoreError> {
        if !is_creatable(name) {
            return Err(StoreError::InvalidBucketName(name.to_owned()));
        }
        let folder = self.bucket_folder(name);
        blocking(move || match fs::create_dir(&folder) {
            Ok(()) => Ok(true),
            Err(_) if folder.is_dir() => Ok(false),
            Err(error) => Err(StoreError::io("create", &folder)(error)),
        })
        .await
    }

    /// All buckets, by name. Blocking.
    pub(super) fn buckets(&self) -> Result<Vec<BucketEntry>, StoreError> {
        let mut buckets = Vec::new();
        for (name, kind) in entries(self.root())? {
            if kind.is_dir() && s3s::path::check_bucket_name(&name) {
                let times = fs::metadata(self.bucket_folder(&name));
                let created = times.and_then(|times| times.created().or_else(|_| times.modified()));
                buckets.push(BucketEntry { name, created: created.unwrap_or(SystemTime::UNIX_EPOCH) });
            }
        }
        buckets.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(buckets)
    }

    /// Removes a bucket without objects, and its unfinished uploads. Blocking.
    pub(super) fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let _gate = self.write();
        self.require_bucket(name)?;
        if !self.candidates(name, "", "")?.is_empty() {
            return Err(StoreError::BucketNotEmpty(name.to_owned()));
        }
        self.remove_uploads(name)?;
        for folder in [self.bucket_folder(name), self.documents(name)] {
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", &folder)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Fails unless there is such a bucket: so no other folder is ever looked into. Blocking.
    pub(super) fn require_bucket(&self, name: &str) -> Result<(), StoreError> {
        let is_bucket = s3s::path::check_bucket_name(name)
            && fs::symlink_metadata(self.bucket_folder(name)).is_ok_and(|folder| folder.is_dir());
        if is_bucket { Ok(()) } else { Err(StoreError::NoSuchBucket(name.to_owned())) }
    }

    pub(super) fn events(&self) -> &Events {
        &self.0.events
    }

    pub(super) fn bucket_folder(&self, bucket: &str) -> PathBuf {
        self.root().join(bucket)
    }

    pub(super) fn temporary(&self) -> PathBuf {
        self.root().join(SIDE).join("tmp")
    }

    pub(super) fn uploads(&self) -> PathBuf {
        self.root().join(SIDE).join("uploads")
    }

    /// Where the metadata of a key lies, whether there is one or not.
    pub(super) fn document(&self, bucket: &str, key: &Key) -> PathBuf {
        self.document_of(bucket, &key.digest())
    }

    /// The same by the key's digest, which must be one.
    pub(super) fn document_of(&self, bucket: &str, digest: &str) -> PathBuf {
        let (folder, file) = digest.split_at(2);
        self.documents(bucket).join(folder).join(format!("{file}.json"))
    }

    fn documents(&self, bucket: &str) -> PathBuf {
        self.root().join(SIDE).join("objects").join(bucket)
    }

    /// Held while a plain file and its document are read together. The lock guards files, which a panic cannot
    /// leave half written, so a poisoned one is as good as any.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, ()> {
        self.0.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held while a plain file or its document is replaced.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, ()> {
        self.0.gate.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// MD5 of a file without a document, computed once for each state of it. Blocking, and slow when it is large.
    pub(super) fn digest(&self, path: &Path, file: &File) -> Result<[u8; 16], StoreError> {
        use s3s::crypto::Checksum as _;
        use std::os::unix::fs::FileExt as _;

        let metadata = file.metadata().map_err(StoreError::io("look at", path))?;
        let modified = metadata.modified().map_err(StoreError::io("look at", path))?;
        let state = (path.to_owned(), metadata.len(), modified);
        if let Some(digest) = self.0.digests.lock().unwrap_or_else(PoisonError::into_inner).get(&state) {
            return Ok(*digest);
        }
        let mut md5 = s3s::crypto::Md5::new();
        let mut buffer = vec![0; 256 * 1024];
        let mut offset = 0;
        loop {
            let bytes = file.read_at(&mut buffer, offset).map_err(StoreError::io("read", path))?;
            if bytes == 0 {
                break;
            }
            md5.update(&buffer[..bytes]);
            offset += bytes as u64;
        }
        let digest = md5.finalize();
        self.0.digests.lock().unwrap_or_else(PoisonError::into_inner).insert(state, digest);
        Ok(digest)
    }
}

/// What is in a folder, by name; what is not UTF-8 is none of ours. A folder that is not there is empty: it may have
/// been removed since its name was read. Blocking.
pub(super) fn entries(folder: &Path) -> Result<Vec<(String, FileType)>, StoreError> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(StoreError::io("list", folder)(error)),
    };
    let mut entries = Vec::new();
    for entry in listed {
        let entry = entry.map_err(StoreError::io("list", folder))?;
        if let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) {
            entries.push((name, kind));
        }
    }
    Ok(entries)
}

/// AWS's rules for a new bucket: those of the form, and names it keeps for itself.
fn is_creatable(name: &str) -> bool {
    s3s::path::check_bucket_name(name)
        && !RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !RESERVED_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Locks the folder's lock file. The system lets go of it when the process ends, however it ends.
fn take(path: &Path) -> io::Result<File> {
    let file = File::options().create(true).append(true).open(path)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if started.elapsed() < LOCK_WAIT => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                let message = format!("{} is locked: another process serves this folder", path.display());
                return Err(io::Error::new(io::ErrorKind::WouldBlock, message));
            }
            // A file system without locks: then nobody checks that there is one owner.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
