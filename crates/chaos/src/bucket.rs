//! A bucket that holds to conditional writes, and fails where the world says so.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64_simd::STANDARD;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Row, RowAccessor as _};
use penstock_delivery::PlannedObject;
use penstock_format::{Compression, ObjectRole};
use penstock_handler::put::{Attempt, ObjectStore};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::broken::Broken;
use crate::expected;
use crate::ledger::Violation;
use crate::story::Story;
use crate::world::{Fault, PutFault};

/// What an object may hold when it is read back.
const BODY_BYTES_MAX: usize = 64 << 20;

/// What of a record lies in an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// An output, in a data object.
    Output(String),
    /// Its bytes, in an error object.
    Failed(String),
    /// Its bytes, in the backup.
    BackedUp(String),
}

/// An object that is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// Its bytes.
    body: Bytes,
    /// What it holds, in order.
    pub pieces: Vec<Piece>,
    /// How many outputs its metadata tells.
    pub records: u64,
}

#[derive(Debug, Default)]
struct Inner {
    objects: Vec<Stored>,
    keys: BTreeMap<String, usize>,
    holders: BTreeMap<Piece, Vec<usize>>,
    violation: Option<Violation>,
}

/// The bucket. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Bucket(Arc<Mutex<Inner>>);

impl Bucket {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores where nothing is; tells whether it did.
    fn store(&self, key: String, object: &PlannedObject) -> bool {
        let mut inner = self.lock();
        if let Some(&there) = inner.keys.get(&key) {
            if inner.objects[there].body != object.body {
                let text = format!("{key} was put with other bytes than those that lie there");
                inner.violation.get_or_insert(Violation { promise: "D3", text });
            }
            return false;
        }
        let pieces = match pieces(object) {
            Ok(pieces) => pieces,
            Err(why) => {
                let text = format!("{key} cannot be read back: {why}");
                inner.violation.get_or_insert(Violation { promise: "F1", text });
                Vec::new()
            }
        };
        let place = inner.objects.len();
        for piece in &pieces {
            inner.holders.entry(piece.clone()).or_default().push(place);
        }
        inner.keys.insert(key.clone(), place);
        let records = object.metadata.records;
        inner.objects.push(Stored { key, body: object.body.clone(), pieces, records });
        true
    }

    /// The first promise that was broken while objects were stored.
    pub fn violation(&self) -> Option<Violation> {
        self.lock().violation.clone()
    }

    /// Keys of the objects that hold a piece.
    pub fn holders(&self, piece: &Piece) -> Vec<String> {
        let inner = self.lock();
        let places = inner.holders.get(piece).map(Vec::as_slice).unwrap_or_default();
        places.iter().map(|&place| inner.objects[place].key.clone()).collect()
    }

    /// All objects.
    pub fn objects(&self) -> Vec<Stored> {
        self.lock().objects.clone()
    }
}

/// Reads an object back, as whoever has only its bytes.
fn pieces(object: &PlannedObject) -> Result<Vec<Piece>, String> {
    let extension = object.key.as_str().rsplit_once('.').map(|(_, extension)| extension);
    let compression = match extension {
        Some("gz") => Compression::Gzip,
        Some("zst") => Compression::Zstd,
        Some("zip") => Compression::Zip,
        Some("snappy") if object.body.starts_with(b"\x82SNAPPY") => Compression::Snappy,
        Some("snappy") => Compression::HadoopSnappy,
        _ => Compression::Uncompressed,
    };
    if extension == Some("parquet") {
        return rows(&object.body);
    }
    let body = compression.decompress(&object.body, BODY_BYTES_MAX).map_err(|error| error.to_string())?;
    let text = String::from_utf8(body).map_err(|error| error.to_string())?;
    let lines = text.lines();
    match object.role {
        ObjectRole::Data => return Ok(lines.map(|line| Piece::Output(line.to_owned())).collect()),
        ObjectRole::Backup => return Ok(lines.map(|line| Piece::BackedUp(line.to_owned())).collect()),
        ObjectRole::Error(_) => {}
    }
    lines
        .map(|line| {
            let document: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            let raw = document["rawData"].as_str().ok_or("a document without rawData")?;
            let raw = STANDARD.decode_to_vec(raw).map_err(|_| "rawData is not base64")?;
            Ok(Piece::Failed(String::from_utf8_lossy(&raw).into_owned()))
        })
        .collect()
}

/// The rows of an object of columns.
fn rows(body: &Bytes) -> Result<Vec<Piece>, String> {
    let reader = SerializedFileReader::new(body.clone()).map_err(|error| error.to_string())?;
    let rows = reader.get_row_iter(None).map_err(|error| error.to_string())?;
    let piece = |row: Result<Row, ParquetError>| {
        let row = row.map_err(|error| error.to_string())?;
        let text = row.get_string(0).map_err(|error| error.to_string())?;
        Ok(Piece::Output(expected::json(text)))
    };
    rows.map(piece).collect()
}

/// A key by all that the real one is made of, but for the indexes of outputs: two halves of a record in one partition
/// have the same.
fn without_output_index(object: &PlannedObject) -> String {
    let record = |piece: &Piece| {
        let (Piece::Output(text) | Piece::Failed(text) | Piece::BackedUp(text)) = piece;
        text.trim_start_matches("{\"v\":\"").split([':', '#']).next().unwrap_or_default().to_owned()
    };
    let records: Vec<String> = pieces(object).unwrap_or_default().iter().map(record).collect();
    format!("{}/{}/{}", object.role, object.partition.join("/"), records.join(","))
}

/// The bucket as one invocation sees it.
#[derive(Debug, Clone)]
pub struct Store {
    /// The bucket.
    pub bucket: Bucket,
    /// The shard whose batch is delivered.
    pub shard: u32,
    /// Puts of this shard so far.
    pub puts: Arc<AtomicU32>,
    /// How long one takes where nothing is wrong.
    pub takes: Duration,
    /// What goes wrong.
    pub faults: Arc<[Fault]>,
    /// When the world began.
    pub began: Instant,
    /// Where to tell.
    pub story: Story,
    /// What is broken on purpose.
    pub broken: Option<Broken>,
    /// Who is told that the first put begins; the environment dies then.
    pub dies_at_put: Option<Arc<Notify>>,
}

impl Store {
    fn fault(&self, nth: u32, now: Duration) -> Option<PutFault> {
        let own = |fault: &Fault| match *fault {
            Fault::Put { shard, nth: place, what } if shard == self.shard && place == nth => Some(what),
            _ => None,
        };
        let outage = |fault: &Fault| match *fault {
            Fault::Outage { from, lasts, what } if from <= now && now < from + lasts => Some(what),
            _ => None,
        };
        self.faults.iter().find_map(own).or_else(|| self.faults.iter().find_map(outage))
    }

    fn key(&self, object: &PlannedObject) -> String {
        if self.broken == Some(Broken::FirstSequenceNumberOnly) {
            return format!("{}/{}/{}", object.role, object.partition.join("/"), object.metadata.first.as_str());
        }
        if self.broken == Some(Broken::NoOutputIndex) {
            return without_output_index(object);
        }
        object.key.as_str().to_owned()
    }

    fn take_effect(&self, object: &PlannedObject) -> Attempt {
        let stored = self.bucket.store(self.key(object), object);
        let told = if stored { "stored" } else { "there already" };
        self.story.tell(self.began.elapsed(), format_args!("    {told}: {}", self.key(object)));
        match stored {
            true => Attempt::Stored,
            false if self.broken == Some(Broken::PreconditionFailedIsAnError) => {
                Attempt::Refused { message: "412 PreconditionFailed".to_owned() }
            }
            false => Attempt::AlreadyStored,
        }
    }

    async fn suffer(&self, object: &PlannedObject, fault: PutFault) -> Attempt {
        let again = |message: &str, after| Attempt::Again { message: message.to_owned(), after };
        match fault {
            PutFault::InternalError => again("500 InternalError", None),
            PutFault::SlowDown(_) if self.broken == Some(Broken::ThrottledIsSuccess) => Attempt::Stored,
            PutFault::SlowDown(after) => again("503 SlowDown", Some(after)),
            PutFault::Conflict => again("409 ConditionalRequestConflict", None),
            PutFault::Denied => Attempt::Refused { message: "403 AccessDenied".to_owned() },
            PutFault::Slow(takes) => {
                tokio::time::sleep(takes).await;
                let attempt = self.take_effect(object);
                tokio::time::sleep(takes).await;
                attempt
            }
            PutFault::CutBefore => again("the connection broke", None),
            PutFault::CutAfter => {
                self.take_effect(object);
                again("the connection broke", None)
            }
            PutFault::Stalled | PutFault::AnswerLost | PutFault::Late(_) => {
                match fault {
                    PutFault::AnswerLost => drop(self.take_effect(object)),
                    PutFault::Late(after) => {
                        let (late, object) = (self.clone(), object.clone());
                        tokio::spawn(async move {
                            tokio::time::sleep(after).await;
                            late.take_effect(&object);
                        });
                    }
                    _ => {}
                }
                if self.broken == Some(Broken::TimeoutIsSuccess) {
                    return Attempt::Stored;
                }
                std::future::pending().await
            }
        }
    }

    async fn attempt(&self, object: &PlannedObject) -> Attempt {
        let nth = self.puts.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(dies) = &self.dies_at_put {
            dies.notify_one();
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(self.takes).await;
        let now = self.began.elapsed();
        let Some(fault) = self.fault(nth, now) else { return self.take_effect(object) };
        self.story.tell(now, format_args!("    shard {}, put {nth}: {fault}", self.shard));
        self.suffer(object, fault).await
    }
}

impl ObjectStore for Store {
    async fn put(&self, object: &PlannedObject) -> Attempt {
        if self.broken == Some(Broken::ErrorObjectNotAwaited) && matches!(object.role, ObjectRole::Error(_)) {
            let (store, object) = (self.clone(), object.clone());
            tokio::spawn(async move { store.attempt(&object).await });
            return Attempt::Stored;
        }
        self.attempt(object).await
    }
}
