//! Puts the records of a file into a stream, over the real Kinesis API.
//!
//! The file is read twice: once to find a record that no stream takes before anything is sent, and once to send, in
//! bounded memory. Several calls are out at once, and entries that the stream refuses are sent again, so records of one
//! shard need not lie in it in the order of the file; [`Event::RecordsPut`] tells where each one went.
//!
//! Left out: a record that was taken by a call whose answer was lost is sent again, as any producer does it.

mod call;
mod framing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use base64_simd::STANDARD;
use futures::TryStreamExt as _;
use futures::stream::{StreamExt as _, poll_fn};
use tokio::sync::{mpsc, watch};

use crate::events::{Event, Events};
use crate::mapping::checkpoint::compare;
use crate::scenario::Framing;
use call::{Call, Entry, PutRecords, Taken};
use framing::{FramingError, RecordReader};

/// What a record may have at most: data and partition key.
pub const RECORD_BYTES_MAX: u64 = 1_048_576;

/// What a call may have at most: data and partition keys, and entries.
const CALL_BYTES_MAX: usize = 5 * 1_048_576;
const CALL_RECORDS_MAX: usize = 500;

/// Calls that are out at once, and calls that are made ready while these are out.
const CALLS_OUT_MAX: usize = 4;
const CALLS_READY_MAX: usize = 2;

/// Where records are put.
#[derive(Debug, Clone)]
pub struct Target {
    /// `http://127.0.0.1:PORT` of the Kinesis API.
    pub endpoint: String,
    /// The region in the request's credential.
    pub region: String,
    /// The access key id in the request's credential.
    pub access_key_id: String,
    /// The stream.
    pub stream_name: String,
    /// Over how many partition keys records are spread, by turns; each record has its number as its own, if not said.
    pub partition_keys: Option<u64>,
    /// The lanes that the mapping takes a shard through: [`Event::RecordsPut`] tells each record's.
    pub parallelization_factor: u32,
    /// Where to stop and wait.
    pub pace: Pace,
}

/// Stops on the way: after so many records nothing more is sent until it is allowed.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// Numbers of records, in any order.
    pub stops: Vec<u64>,
    /// How many records may be sent by now; none is all.
    pub allowed: Option<watch::Receiver<u64>>,
}

impl Pace {
    /// Waits until the record with this number may be sent.
    async fn allows(&self, index: u64) {
        if let Some(allowed) = &self.allowed {
            // Nobody who could hold it up is there any more.
            let _ = allowed.clone().wait_for(|allowed| *allowed > index).await;
        }
    }
}

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Records.
    pub records: u64,
    /// Their data, in bytes.
    pub bytes: u64,
    /// Entries that were refused at first.
    pub retried: u64,
    /// The highest sequence number in each shard that took a record.
    pub last_sequence_numbers: BTreeMap<String, String>,
}

/// Why the file was not sent, or not wholly.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The file cannot be opened.
    #[error("cannot open the input {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder, a pipe or alike.
    #[error("the input {} is not a regular file: it is read twice", path.display())]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// A record cannot be read, or be put.
    #[error("cannot send the input {}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FramingError,
    },
    /// The stream refused, for good or too often.
    #[error("PutRecords to stream {stream_name} failed after {attempts} attempts: {message}")]
    Put {
        /// The stream.
        stream_name: String,
        /// Attempts of this call.
        attempts: u32,
        /// The last answer.
        message: String,
    },
}

/// Sends the file, tells of each call, and tells when all is taken.
pub async fn send(path: &Path, framing: Framing, target: Target, events: &Events) -> Result<Sent, SendError> {
    let mut sent = blocking(path, move |path| check(path, framing)).await?;
    let (ready, mut calls) = mpsc::channel(CALLS_READY_MAX);
    let (partition_keys, pace) = (target.partition_keys, target.pace.clone());
    let stops = pace.stops.clone();
    let reader = blocking(path, move |path| read(path, framing, partition_keys, &stops, &ready));
    let put = PutRecords::new(target);
    let taken = poll_fn(|ctx| calls.poll_recv(ctx))
        .map(|call| {
            let (put, pace) = (&put, &pace);
            async move {
                pace.allows(call.first().map_or(0, |entry| entry.index)).await;
                put.put(call, events).await
            }
        })
        .buffer_unordered(CALLS_OUT_MAX)
        .try_fold(Taken::default(), |mut all, taken| async move {
            all.join(taken);
            Ok(all)
        });
    // The first error drops the other side: a reader without a receiver ends.
    let ((), taken) = tokio::try_join!(reader, taken)?;
    sent.retried = taken.retried;
    sent.last_sequence_numbers = taken.last_sequence_numbers;
    let Sent { records, bytes, retried, .. } = sent;
    events.emit(Event::InputSent { records, bytes, retried });
    Ok(sent)
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&Path) -> Result<T, SendError> + Send + 'static,
) -> Result<T, SendError> {
    let owned = path.to_owned();
    match tokio::task::spawn_blocking(move || work(&owned)).await {
        Ok(done) => done,
        Err(error) => {
            let source = FramingError::Read(std::io::Error::other(error));
            Err(SendError::Record { path: path.to_owned(), source })
        }
    }
}

fn open(path: &Path, framing: Framing) -> Result<RecordReader<File>, SendError> {
    let open_error = |source| SendError::Open { path: path.to_owned(), source };
    // Looked at before it is opened: opening a pipe waits for its other end.
    if !std::fs::metadata(path).map_err(open_error)?.is_file() {
        return Err(SendError::NotRegular { path: path.to_owned() });
    }
    Ok(RecordReader::new(File::open(path).map_err(open_error)?, framing))
}

/// The partition key of a record.
fn partition_key(index: u64, partition_keys: Option<u64>) -> String {
    partition_keys.map_or(index, |keys| index % keys.max(1)).to_string()
}

/// The first pass: all records are such as the stream takes.
fn check(path: &Path, framing: Framing) -> Result<Sent, SendError> {
    let mut reader = open(path, framing)?;
    let (mut data, mut sent) = (Vec::new(), Sent::default());
    let error = |source| SendError::Record { path: path.to_owned(), source };
    while reader.next(&mut data).map_err(error)?.is_some() {
        sent.records += 1;
        sent.bytes += data.len() as u64;
    }
    Ok(sent)
}

/// The second pass: hands over calls until the file ends or nobody takes them.
fn read(
    path: &Path,
    framing: Framing,
    partition_keys: Option<u64>,
    stops: &[u64],
    ready: &mpsc::Sender<Call>,
) -> Result<(), SendError> {
    let mut reader = open(path, framing)?;
    let (mut data, mut call, mut call_bytes) = (Vec::new(), Call::new(), 0);
    let error = |source| SendError::Record { path: path.to_owned(), source };
    while let Some(index) = reader.next(&mut data).map_err(error)? {
        let partition_key = partition_key(index, partition_keys);
        let bytes = data.len() + partition_key.len();
        let full = call.len() == CALL_RECORDS_MAX || call_bytes + bytes > CALL_BYTES_MAX;
        if !call.is_empty() && (full || stops.contains(&index)) {
            call_bytes = 0;
            if ready.blocking_send(std::mem::take(&mut call)).is_err() {
                return Ok(());
            }
        }
        call_bytes += bytes;
        let data = STANDARD.encode_to_string(&data);
        let json = format!(r#"{{"Data":"{data}","PartitionKey":"{partition_key}"}}"#);
        call.push(Entry { index, partition_key, json });
    }
    if !call.is_empty() {
        // Nobody there: the other side has failed and says so.
        let _ = ready.blocking_send(call);
    }
    Ok(())
}

impl Taken {
    fn join(&mut self, other: Self) {
        self.retried += other.retried;
        for (shard_id, number) in other.last_sequence_numbers {
            self.raise(shard_id, number);
        }
    }

    fn raise(&mut self, shard_id: String, number: String) {
        let last = self.last_sequence_numbers.entry(shard_id).or_default();
        if compare(last, &number).is_lt() {
            *last = number;
        }
    }
}
