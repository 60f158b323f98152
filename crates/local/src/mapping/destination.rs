//! Where documents about batches go that are given up: into a bucket of the run, or, for SQS and SNS, which nobody is here
//! to receive, as lines into a file that a person can read.

use std::path::PathBuf;

use tokio::io::AsyncWriteExt as _;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::failure::Failure;
use crate::s3::FolderStore;

/// `OnFailure.Destination`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A bucket. The document holds the whole event.
    S3 {
        /// Its name.
        bucket: String,
    },
    /// A queue: metadata only.
    Sqs {
        /// Its name.
        queue: String,
    },
    /// A topic: metadata only.
    Sns {
        /// Its name.
        topic: String,
    },
}

/// Why an ARN is no destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// It is of another service, or of none.
    #[error("the arn of an s3 bucket, an sqs queue or an sns topic")]
    Service,
    /// Lambda takes standard queues and topics only.
    #[error("a standard queue or topic: lambda takes no fifo here")]
    Fifo,
    /// Its name is none.
    #[error("a name of letters, digits, `-`, `_` and `.` at its end")]
    Name,
}

impl Destination {
    /// Reads an ARN. Where a queue or a topic is does not matter: nothing is sent there.
    ///
    /// # Errors
    ///
    /// What was expected, in words that follow "expected".
    pub fn parse(arn: &str) -> Result<Self, DestinationError> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, service, region, account_id, name] = parts[..] else {
            return Err(DestinationError::Service);
        };
        let placed = !region.is_empty() && account_id.len() == 12;
        let known = match service {
            "s3" => region.is_empty() && account_id.is_empty(),
            "sqs" | "sns" => placed,
            _ => false,
        };
        if !known || !partition.starts_with("aws") {
            return Err(DestinationError::Service);
        }
        if service != "s3" && name.strip_suffix(".fifo").is_some() {
            return Err(DestinationError::Fifo);
        }
        if name.is_empty()
            || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            || name.starts_with('.')
        {
            return Err(DestinationError::Name);
        }
        let name = name.to_owned();
        Ok(match service {
            "s3" => Self::S3 { bucket: name },
            "sqs" => Self::Sqs { queue: name },
            _ => Self::Sns { topic: name },
        })
    }
}

/// Stores documents.
#[derive(Debug)]
pub struct Destinations {
    destination: Destination,
    store: FolderStore,
    /// Holds `sqs/` and `sns/`.
    directory: PathBuf,
    mapping: Uuid,
    /// One line at a time.
    appending: Mutex<()>,
}

impl Destinations {
    /// For the mapping with this `UUID`. The directory is made when it is needed.
    pub fn new(destination: Destination, store: FolderStore, directory: PathBuf, mapping: Uuid) -> Self {
        Self { destination, store, directory, mapping, appending: Mutex::new(()) }
    }

    /// Stores the document about a batch; S3's with the event, if there is one. The answer is where it lies.
    ///
    /// # Errors
    ///
    /// Why it does not, in words.
    pub async fn send(&self, failure: &Failure<'_>, event: Option<&[u8]>) -> Result<String, String> {
        match &self.destination {
            Destination::S3 { bucket } => {
                let key = failure.s3_key(self.mapping, Uuid::new_v4());
                let event = event.map(std::str::from_utf8).transpose().map_err(|error| error.to_string())?;
                let put = self.store.put_json(bucket, &key, failure.document(event).into_bytes());
                put.await.map_err(|error| error.to_string())?;
                Ok(format!("s3://{bucket}/{key}"))
            }
            Destination::Sqs { queue } => self.append("sqs", queue, failure).await,
            Destination::Sns { topic } => self.append("sns", topic, failure).await,
        }
    }

    async fn append(&self, service: &str, name: &str, failure: &Failure<'_>) -> Result<String, String> {
        let directory = self.directory.join(service);
        let path = directory.join(format!("{name}.ndjson"));
        let line = failure.document(None) + "\n";
        let _one = self.appending.lock().await;
        let appended = async {
            tokio::fs::create_dir_all(&directory).await?;
            let mut file = tokio::fs::OpenOptions::new().create(true).append(true).open(&path).await?;
            file.write_all(line.as_bytes()).await?;
            file.flush().await
        };
        match appended.await {
            Ok(()) => Ok(path.display().to_string()),
            Err(error) => Err(format!("cannot write {}: {error}", path.display())),
        }
    }
}

#[cfg(test)]
#[path = "destination_tests.rs"]
mod tests;
