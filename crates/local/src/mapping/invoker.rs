//! What takes batches, as the mapping sees it, and what comes back.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

/// What takes batches. Clones are the same function.
pub trait Invoker: Clone + Send + Sync + 'static {
    /// Runs the function once. Dropping the future cuts the invocation off.
    fn invoke(&self, payload: Bytes) -> impl Future<Output = Invocation> + Send;
}

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The invocation's request id.
    pub request_id: String,
    /// How long it took.
    pub duration: Duration,
    /// The function's response, or why there is none.
    pub response: Result<Bytes, InvocationError>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvocationError {
    /// In words.
    pub message: String,
    /// What kind of failure it was.
    pub kind: InvocationErrorKind,
}

/// The kinds of failure that the mapping tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvocationErrorKind {
    /// The invocation did not begin, and is no attempt.
    Throttled,
    /// The function did not get as far as asking for the event.
    Init,
    /// It failed: error, timeout, crash, out of memory.
    Function,
}

/// Writes each event once into a folder, as `<nnnnnn>-<shard>.json`.
#[derive(Debug, Clone)]
pub struct InvocationsDirectory {
    directory: PathBuf,
    written: Arc<AtomicU64>,
}

impl InvocationsDirectory {
    /// The folder must exist.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory, written: Arc::new(AtomicU64::new(0)) }
    }

    /// Keeps an event.
    ///
    /// # Errors
    ///
    /// One sentence that names the file.
    pub async fn write(&self, shard_id: &str, payload: &[u8]) -> Result<(), String> {
        let number = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let path = self.directory.join(format!("{number:06}-{shard_id}.json"));
        tokio::fs::write(&path, payload).await.map_err(|error| format!("cannot write {}: {error}", path.display()))
    }
}
