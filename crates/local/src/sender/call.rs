//! One `PutRecords` call until the stream has taken all of its entries.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;

use super::{SendError, Target};
use crate::events::{Event, Events, PutRecord};
use crate::mapping::retry::Backoff;
use crate::mapping::shard::lane_of;

/// Attempts in a row that brought nothing, after which the sender gives up.
const ATTEMPTS_MAX: u32 = 12;

/// How long an answer may take, and how large it may be.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
const ANSWER_BYTES_MAX: usize = 1_048_576;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(50), cap: Duration::from_secs(2) };

/// A record, ready to be sent.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its number in the input.
    pub(super) index: u64,
    /// Its partition key.
    pub(super) partition_key: String,
    /// Its member of `Records`.
    pub(super) json: String,
}

/// The entries of a call, within its limits.
pub(super) type Call = Vec<Entry>;

/// What the stream took.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) retried: u64,
    /// The highest in each shard.
    pub(super) last_sequence_numbers: BTreeMap<String, String>,
}

/// A client for one stream.
#[derive(Debug)]
pub(super) struct PutRecords {
    target: Target,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// Why a call brought nothing.
struct Refusal {
    message: String,
    /// Whether another attempt may help.
    passing: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    records: Vec<AnswerEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerEntry {
    shard_id: Option<String>,
    sequence_number: Option<String>,
    error_code: Option<String>,
    error_message: Option<String>,
}

#[derive(Deserialize)]
struct ServiceError {
    #[serde(rename = "__type", default)]
    error_type: String,
    #[serde(alias = "Message", default)]
    message: String,
}

impl PutRecords {
    pub(super) fn new(target: Target) -> Self {
        Self { target, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends the entries, and those that are refused again, until all are taken.
    pub(super) async fn put(&self, mut call: Call, events: &Events) -> Result<Taken, SendError> {
        let mut taken = Taken::default();
        let (mut attempts, mut in_vain) = (0, 0);
        while !call.is_empty() {
            attempts += 1;
            let refusal = match self.attempt(&call).await {
                Ok(answer) => {
                    let entries = call.len();
                    let factor = self.target.parallelization_factor;
                    let message = settle(&mut call, answer, factor, &mut taken, events);
                    taken.retried += call.len() as u64;
                    in_vain = if call.len() < entries { 0 } else { in_vain };
                    Refusal { message, passing: true }
                }
                Err(refusal) => refusal,
            };
            if call.is_empty() {
                break;
            }
            in_vain += 1;
            if !refusal.passing || in_vain >= ATTEMPTS_MAX {
                let (stream_name, message) = (self.target.stream_name.clone(), refusal.message);
                return Err(SendError::Put { stream_name, attempts, message });
            }
            tokio::time::sleep(BACKOFF.pause(in_vain.into())).await;
        }
        Ok(taken)
    }

    async fn attempt(&self, call: &[Entry]) -> Result<Answer, Refusal> {
        let passing = |message: String| Refusal { message, passing: true };
        let request = self.request(call).map_err(|error| Refusal { message: error.to_string(), passing: false })?;
        let answer = async {
            let response = self.client.request(request).await.map_err(|error| passing(error.to_string()))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
            Ok((status, body.map_err(|error| passing(error.to_string()))?.to_bytes()))
        };
        let (status, body) = match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
            Ok(answer) => answer?,
            Err(_) => return Err(passing(format!("no answer within {} s", ANSWER_TIMEOUT.as_secs()))),
        };
        if status.is_success() {
            let answer = serde_json::from_slice::<Answer>(&body);
            let answer = answer.map_err(|error| passing(format!("the answer is not understood: {error}")))?;
            if answer.records.len() == call.len() {
                return Ok(answer);
            }
            return Err(passing(format!("{} entries were answered by {}", call.len(), answer.records.len())));
        }
        let error = serde_json::from_slice::<ServiceError>(&body)
            .unwrap_or_else(|_| ServiceError { error_type: status.to_string(), message: String::new() });
        let throttled = ["ProvisionedThroughputExceededException", "LimitExceededException"];
        let passing = status.is_server_error() || throttled.iter().any(|name| error.error_type.ends_with(name));
        Err(Refusal { message: format!("{}: {}", error.error_type, error.message), passing })
    }

    fn request(&self, call: &[Entry]) -> http::Result<http::Request<Full<Bytes>>> {
        let bytes = call.iter().map(|entry| entry.json.len() + 1).sum::<usize>();
        let mut body = String::with_capacity(bytes + 256);
        body.push_str(r#"{"Records":["#);
        for (index, entry) in call.iter().enumerate() {
            if index > 0 {
                body.push(',');
            }
            body.push_str(&entry.json);
        }
        // A stream's name has no character that JSON escapes.
        body.extend([r#"],"StreamName":""#, &self.target.stream_name, r#""}"#]);
        let now = chrono::Utc::now();
        // The emulator wants the form of a signature and does not look at its value.
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}/{}/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature={:064}",
            self.target.access_key_id,
            now.format("%Y%m%d"),
            self.target.region,
            0
        );
        http::Request::post(format!("{}/", self.target.endpoint))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "Kinesis_20131202.PutRecords")
            .header("x-amz-date", now.format("%Y%m%dT%H%M%SZ").to_string())
            .header("authorization", authorization)
            .body(Full::new(Bytes::from(body)))
    }
}

/// Leaves in `call` what was refused, tells of what was taken, and returns the first refusal's message.
fn settle(call: &mut Call, answer: Answer, parallelization_factor: u32, taken: &mut Taken, events: &Events) -> String {
    let mut records = Vec::with_capacity(call.len());
    let mut message = String::new();
    let mut entries = answer.records.into_iter();
    call.retain_mut(|entry| match entries.next() {
        Some(AnswerEntry { shard_id: Some(shard_id), sequence_number: Some(sequence_number), .. }) => {
            taken.raise(shard_id.clone(), sequence_number.clone());
            records.push(PutRecord {
                index: entry.index,
                shard_id,
                sequence_number,
                lane: lane_of(&entry.partition_key, parallelization_factor),
                partition_key: std::mem::take(&mut entry.partition_key),
            });
            false
        }
        Some(AnswerEntry { error_code, error_message, .. }) => {
            if message.is_empty() {
                message = format!("{}: {}", error_code.unwrap_or_default(), error_message.unwrap_or_default());
            }
            true
        }
        None => true,
    });
    if !records.is_empty() {
        events.emit(Event::RecordsPut { records });
    }
    message
}
