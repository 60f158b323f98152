//! Where a batch goes: to the function, into the bucket by the same code, or into the stream again.

use std::time::Duration;

use anyhow::{Context as _, bail};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use aws_sdk_lambda::primitives::Blob;
use penstock_console::arguments::Destination;
use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::{Hooks, ObjectIds, outcome};
use penstock_format::Lines;
use penstock_handler::environment::FunctionEnvironment;
use penstock_handler::event;
use penstock_handler::put::{self, Deadline, StoredKeys};
use penstock_handler::s3::S3Store;
use serde_json::Value;

use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::put_records;

/// How long one batch is tried.
const DEADLINE: Duration = Duration::from_mins(2);

/// Characters of a function's error that are shown.
const ERROR_CHARACTERS_MAX: usize = 300;

/// What came of a batch.
#[derive(Debug)]
pub enum Came {
    /// Its objects lie in the bucket.
    Stored {
        /// Objects that were stored now.
        stored: u64,
        /// Objects that were there.
        already_stored: u64,
        /// Records that failed in the hooks, and lie in an error object.
        failed: u64,
    },
    /// It was taken, by the function or the stream.
    Taken,
    /// It was not delivered.
    Failed(String),
}

/// Takes batches there.
#[derive(Debug)]
pub struct Deliverer<'d> {
    deployment: &'d Deployment,
    to: Destination,
}

impl<'d> Deliverer<'d> {
    /// Nothing was delivered yet.
    pub const fn new(deployment: &'d Deployment, to: Destination) -> Self {
        Self { deployment, to }
    }

    /// Delivers a batch.
    pub async fn deliver(&self, event: &str) -> anyhow::Result<Came> {
        match self.to {
            Destination::Function => self.invoke(event).await,
            Destination::Bucket => self.store(event).await,
            Destination::Stream => self.put(event).await,
        }
    }

    async fn invoke(&self, event: &str) -> anyhow::Result<Came> {
        let client = aws_sdk_lambda::Client::new(&self.deployment.aws.config);
        let name = &self.deployment.environment.function.function_name;
        let request = client.invoke().function_name(name).payload(Blob::new(event.as_bytes()));
        let answer = request.send().await.asked(format_args!("invoke the function {name}"))?;
        let said = answer.payload().map(|own| String::from_utf8_lossy(own.as_ref()).into_owned()).unwrap_or_default();
        if answer.function_error().is_some() {
            return Ok(Came::Failed(said.chars().take(ERROR_CHARACTERS_MAX).collect()));
        }
        let failures = serde_json::from_str::<Value>(&said).unwrap_or_default();
        match failures["batchItemFailures"].as_array() {
            Some(failed) if failed.is_empty() => Ok(Came::Taken),
            _ => Ok(Came::Failed(format!(
                "the function answered {:?}, and not that all is done",
                said.chars().take(ERROR_CHARACTERS_MAX).collect::<String>()
            ))),
        }
    }

    /// The way of a batch in the function, here.
    async fn store(&self, body: &str) -> anyhow::Result<Came> {
        let config = &self.deployment.environment.delivery;
        if config.object_ids == ObjectIds::Random {
            bail!("object_id is random: what is stored already cannot be found, and a replay here would double it");
        }
        let store = S3Store::new(&self.environment().await?, config);
        let Lines { framing, .. } = &config.lines;
        let records = match event::decode(body.as_bytes(), framing.suffix()) {
            Ok(Some(records)) => records,
            Ok(None) => return Ok(Came::Stored { stored: 0, already_stored: 0, failed: 0 }),
            Err(error) => return Ok(Came::Failed(error.to_string())),
        };
        let plan = match plan(config, &Hooks, records, IdSource::Derived) {
            Ok(plan) => plan,
            Err(error) => return Ok(Came::Failed(format!("{:#}", anyhow::Error::from(error)))),
        };
        let outcomes = put::put_all(&store, &StoredKeys::default(), &plan, Deadline::after(DEADLINE)).await;
        Ok(match outcome::answer(&plan, &outcomes) {
            Ok(delivered) => Came::Stored {
                stored: delivered.stored,
                already_stored: delivered.already_stored,
                failed: plan.counts.failed,
            },
            Err(error) => Came::Failed(error.to_string()),
        })
    }

    /// What the function would have in its environment; credentials anew for each batch, because they end.
    async fn environment(&self) -> anyhow::Result<FunctionEnvironment> {
        let aws = &self.deployment.aws;
        let provider = aws.config.credentials_provider().context("no credentials")?;
        let credentials = provider.provide_credentials().await.context("no credentials that work")?;
        Ok(FunctionEnvironment {
            region: aws.account.region.clone(),
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            endpoint_url_s3: aws.account.endpoint_url.clone(),
            // Whoever replays may sit behind a proxy that the machine trusts.
            has_own_roots: true,
        })
    }

    async fn put(&self, event: &str) -> anyhow::Result<Came> {
        let client = aws_sdk_kinesis::Client::new(&self.deployment.aws.config);
        let stream = &self.deployment.environment.stream.name;
        put_records::put_all(&client, stream, entries(event)?, |_| {}).await?;
        Ok(Came::Taken)
    }
}

/// The records of an event, as a producer puts them.
fn entries(event: &str) -> anyhow::Result<Vec<PutRecordsRequestEntry>> {
    let event: Value = serde_json::from_str(event).context("the event is no JSON")?;
    let records = event["Records"].as_array().context("the event has no Records")?;
    let entry = |record: &Value| {
        let text = |name: &str| record["kinesis"][name].as_str().with_context(|| format!("a record has no {name}"));
        let data = aws_smithy_types::base64::decode(text("data")?).context("a record's data is not base64")?;
        let entry = PutRecordsRequestEntry::builder().partition_key(text("partitionKey")?);
        Ok(entry.data(Blob::new(data)).build()?)
    };
    records.iter().map(entry).collect()
}
