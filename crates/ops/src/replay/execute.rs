//! Batches delivered one after the other. What was replayed is deleted when it may be, as soon as nothing of it is left.

use std::time::Duration;

use chrono::Utc;
use penstock_console::arguments::{Destination, ReplayArguments};
use penstock_console::screen;

use super::covered::Covered;
use super::deliver::{Came, Deliverer};
use super::found::{Batch, Found, Origin};
use super::{documents, errors};
use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::verify::objects::{self, Which};

/// How much a clock may differ from S3's. Source: S3 refuses requests that differ by 15 minutes.
const CLOCK_SECONDS: i64 = 900;

/// What came of it.
#[derive(Debug, Default)]
pub struct Sum {
    /// Batches that were delivered.
    pub delivered: u64,
    /// Their records.
    pub records: u64,
    /// Objects that were stored.
    pub stored: u64,
    /// Objects that were there.
    pub already_stored: u64,
    /// Of the records, those that failed in the hooks and lie in an error object, as far as that is known.
    pub records_failed: u64,
    /// Batches of which it is not known.
    pub unknown: u64,
    /// Batches that were not delivered, and why.
    pub failed: Vec<String>,
    /// What was deleted.
    pub deleted: u64,
    /// What was to be deleted and stays, and why.
    pub stayed: Vec<String>,
}

/// A replay that is carried out.
#[derive(Debug)]
pub struct Execution<'e> {
    deployment: &'e Deployment,
    arguments: &'e ReplayArguments,
    found: &'e Found,
    /// Of each source, the batches that are still to be delivered.
    pending: Vec<usize>,
    /// Of each source, why it stays.
    stays: Vec<Option<String>>,
    /// Events of error objects that the function took: the bucket is asked what came of them.
    taken: Vec<(&'e Batch, String)>,
    /// What came of it so far.
    pub sum: Sum,
}

impl<'e> Execution<'e> {
    /// Nothing was delivered yet.
    pub fn new(deployment: &'e Deployment, arguments: &'e ReplayArguments, found: &'e Found) -> Self {
        let mut pending = vec![0; found.sources.len()];
        found.batches.iter().flat_map(|batch| &batch.sources).for_each(|source| pending[*source] += 1);
        let stays = found.sources.iter().map(|source| source.stays.clone()).collect();
        Self { deployment, arguments, found, pending, stays, taken: Vec::new(), sum: Sum::default() }
    }

    /// Delivers all of them.
    pub async fn run(&mut self) -> anyhow::Result<()> {
        let begun = Utc::now().timestamp();
        for source in 0..self.found.sources.len() {
            self.delete(source).await?;
        }
        let deliverer = Deliverer::new(self.deployment, self.arguments.to);
        let batches = &self.found.batches;
        let bar = (!self.arguments.target.json).then(|| screen::bar(batches.len() as u64, "batches"));
        let mut pace = tokio::time::interval(Duration::from_secs(1) / self.arguments.rate);
        for batch in batches {
            pace.tick().await;
            let event = self.event(batch).await?;
            match deliverer.deliver(&event).await? {
                Came::Stored { stored, already_stored, failed } => {
                    self.sum.stored += stored;
                    self.sum.already_stored += already_stored;
                    self.done(batch, Some(failed)).await?;
                }
                Came::Taken => match batch.origin {
                    Origin::Errors { .. } if self.arguments.to == Destination::Function => {
                        self.taken.push((batch, event));
                    }
                    Origin::Errors { .. } | Origin::Held(_) | Origin::Document { .. } => self.done(batch, None).await?,
                },
                Came::Failed(why) => self.not_delivered(batch, &why),
            }
            if let Some(bar) = &bar {
                bar.inc(1);
            }
        }
        bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
        self.ask_of_taken(begun).await
    }

    async fn event(&self, batch: &Batch) -> anyhow::Result<String> {
        let source = |place: usize| &self.found.sources[place];
        match &batch.origin {
            Origin::Held(event) => Ok(event.clone()),
            Origin::Document { source: place, index } => {
                documents::event(self.deployment, source(*place), *index).await
            }
            Origin::Errors { source: place, cut } => errors::event(self.deployment, source(*place), *cut).await,
        }
    }

    /// A function does not say what failed; its objects do.
    async fn ask_of_taken(&mut self, begun: i64) -> anyhow::Result<()> {
        if self.taken.is_empty() {
            return Ok(());
        }
        let which = Which { since: Some(begun - CLOCK_SECONDS), is_quiet: true, ..Which::default() };
        let covered = Covered::of_replayed(&objects::read(self.deployment, which).await?.entries);
        for (batch, event) in std::mem::take(&mut self.taken) {
            let failed = errors::failed_again(&covered, &event);
            if failed.is_none() {
                batch.sources.iter().for_each(|source| self.keep(*source, "the bucket does not tell what came of it"));
            }
            self.done(batch, failed).await?;
        }
        Ok(())
    }

    fn not_delivered(&mut self, batch: &Batch, why: &str) {
        if !self.arguments.target.json {
            screen::progress(format_args!(" failed   {}: {why}", batch.name));
        }
        self.sum.failed.push(format!("{}: {why}", batch.name));
        batch.sources.iter().for_each(|source| self.keep(*source, "it was not delivered"));
    }

    /// The batch was delivered; `failed` of its records failed, where that is known.
    async fn done(&mut self, batch: &Batch, failed: Option<u64>) -> anyhow::Result<()> {
        self.sum.delivered += 1;
        self.sum.records += batch.records;
        match failed {
            Some(failed) => self.sum.records_failed += failed,
            None => self.sum.unknown += 1,
        }
        let is_error = matches!(batch.origin, Origin::Errors { .. });
        for source in &batch.sources {
            if is_error && failed.is_some_and(|failed| failed > 0) {
                self.keep(*source, "records of it failed again");
            }
            self.pending[*source] -= 1;
            self.delete(*source).await?;
        }
        Ok(())
    }

    fn keep(&mut self, source: usize, why: &str) {
        self.stays[source].get_or_insert_with(|| why.to_owned());
    }

    /// Deletes a source of which nothing is left to deliver, where that is asked for and it may go.
    async fn delete(&mut self, source: usize) -> anyhow::Result<()> {
        let own = &self.found.sources[source];
        let Some((bucket, key)) = own.place.as_ref().filter(|_| self.arguments.delete && self.pending[source] == 0)
        else {
            return Ok(());
        };
        if let Some(why) = &self.stays[source] {
            self.sum.stayed.push(format!("{}: {why}", own.name));
            return Ok(());
        }
        let request = self.deployment.aws.s3().delete_object().bucket(bucket).key(key);
        request.send().await.asked(format_args!("delete s3://{bucket}/{key}"))?;
        self.sum.deleted += 1;
        Ok(())
    }
}
