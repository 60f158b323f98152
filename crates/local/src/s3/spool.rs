//! Bodies on their way in: to a temporary file, digested as they come, checked when they are whole.
//!
//! A temporary file removes itself when it is dropped, so a broken connection or a wrong checksum leaves nothing;
//! what a killed process leaves, the next one clears when it opens the folder.

use std::fs::{File, Metadata, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bytes::Bytes;
use futures::StreamExt as _;
use http::HeaderMap;
use s3s::TrailingHeaders;
use s3s::dto::StreamingBlob;
use tempfile::{NamedTempFile, TempPath};

use super::checksum::{Declared, Digested, Digests};
use super::error::StoreError;

/// Largest body of one request, as AWS has it.
pub(super) const BODY_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// How much is held in memory before it is digested and written, off the network's threads.
const WRITE_BYTES: usize = 512 * 1024;
/// How much of a file is read at a time.
const READ_BYTES: usize = 256 * 1024;
/// Plain files are for people: as readable as their umask says.
const FILE_MODE: u32 = 0o666;

/// A whole, verified body in a temporary file.
#[derive(Debug)]
pub(super) struct Spooled {
    pub(super) path: TempPath,
    pub(super) file: Metadata,
    pub(super) digested: Digested,
}

/// A body that is still coming.
pub(super) struct Spool {
    file: NamedTempFile,
    digests: Digests,
}

impl Spool {
    /// Begins an empty file in `folder`. Blocking.
    pub(super) fn create(folder: &Path, digests: Digests) -> Result<Self, StoreError> {
        let file = temporary_file(folder).map_err(StoreError::io("create a file in", folder))?;
        Ok(Self { file, digests })
    }

    /// Blocking.
    pub(super) fn write(&mut self, data: &[u8]) -> Result<(), StoreError> {
        self.digests.update(data);
        let written = self.file.write_all(data);
        written.map_err(StoreError::io("write", self.file.path()))
    }

    /// Takes what is left of `source`. Blocking.
    pub(super) fn copy(&mut self, source: &mut impl Read, path: &Path) -> Result<(), StoreError> {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(bytes) => self.write(&buffer[..bytes])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(StoreError::io("read", path)(error)),
            }
        }
    }

    /// Closes the file. Blocking.
    pub(super) fn finish(self) -> Result<Spooled, StoreError> {
        let metadata = self.file.as_file().metadata();
        let metadata = metadata.map_err(StoreError::io("look at", self.file.path()))?;
        let (_, path) = self.file.into_parts();
        Ok(Spooled { path, file: metadata, digested: self.digests.finish() })
    }
}

/// A file that removes itself, readable by whom the umask lets. Blocking.
pub(super) fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().permissions(Permissions::from_mode(FILE_MODE)).tempfile_in(folder)
}

/// Takes a whole body into a temporary file in `folder` and checks it against what was declared.
pub(super) async fn receive(
    folder: &Path,
    body: Option<StreamingBlob>,
    declared: Declared,
    trailers: Option<TrailingHeaders>,
) -> Result<Spooled, StoreError> {
    if declared.bytes.is_some_and(|bytes| bytes > BODY_BYTES_MAX) {
        return Err(StoreError::EntityTooLarge(BODY_BYTES_MAX));
    }
    let folder = folder.to_owned();
    let digests = Digests::new(&declared.algorithms());
    let mut spool = blocking(move || Spool::create(&folder, digests)).await?;
    if let Some(mut body) = body {
        let mut total = 0_u64;
        let mut pending: Vec<Bytes> = Vec::new();
        let mut pending_bytes = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| StoreError::Body(error.to_string()))?;
            total += chunk.len() as u64;
            if total > BODY_BYTES_MAX {
                return Err(StoreError::EntityTooLarge(BODY_BYTES_MAX));
            }
            pending_bytes += chunk.len();
            pending.push(chunk);
            if pending_bytes >= WRITE_BYTES {
                spool = write_all(spool, std::mem::take(&mut pending)).await?;
                pending_bytes = 0;
            }
        }
        spool = write_all(spool, pending).await?;
    }
    let spooled = blocking(move || spool.finish()).await?;
    let trailers: HeaderMap = trailers.and_then(|trailers| trailers.take()).unwrap_or_default();
    declared.verify(&spooled.digested, &trailers)?;
    Ok(spooled)
}

/// A file, or a range of it, as a body. The file is open, so replacing or removing the object does not disturb it.
pub(super) fn stream(file: File, bytes: u64) -> StreamingBlob {
    StreamingBlob::wrap(futures::stream::try_unfold((file, bytes), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let task = tokio::task::spawn_blocking(move || {
            let mut chunk = vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(READ_BYTES)];
            file.read_exact(&mut chunk).map(|()| (Bytes::from(chunk), file))
        });
        let (chunk, file) = task.await.map_err(io::Error::other)??;
        let left = left - chunk.len() as u64;
        Ok::<_, io::Error>(Some((chunk, (file, left))))
    }))
}

/// Runs what blocks where blocking is allowed. It runs to its end even if nobody waits any more.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(StoreError::Task)?
}

async fn write_all(mut spool: Spool, chunks: Vec<Bytes>) -> Result<Spool, StoreError> {
    blocking(move || {
        for chunk in &chunks {
            spool.write(chunk)?;
        }
        Ok(spool)
    })
    .await
}
