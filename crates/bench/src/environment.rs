//! An execution environment: a peer between a Runtime API and an S3 of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use penstock_gates::workload::{Framing, Workload};

use crate::certificates::Certificates;
use crate::cores::Cores;
use crate::peer::Peer;
use crate::process::Process;
use crate::runtime_api::{Event, RuntimeApi};
use crate::s3::S3;

/// What all environments of a run share.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where peers are installed, and where notes go.
    pub folder: PathBuf,
    /// What servers and clients trust.
    pub certificates: Certificates,
    /// Who works where.
    pub cores: Cores,
}

/// What is sent, and what must be stored.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The event.
    pub event: Event,
    /// The body with a newline after each record.
    pub after: Vec<u8>,
}

impl Batch {
    /// A workload as it is sent.
    pub fn of(workload: &Workload) -> Self {
        let after = workload.body(Framing::After).into_bytes();
        Self { event: workload.event.as_bytes().into(), after }
    }

    /// What `peer` must store.
    fn expected(&self, peer: Peer) -> Option<&[u8]> {
        peer.framing().map(|framing| match framing {
            Framing::After => self.after.as_slice(),
            Framing::Between => &self.after[..self.after.len() - 1],
        })
    }
}

/// What one invocation took.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// From the first byte of the event to the answer.
    pub wall: Duration,
    /// On a core, from one wait for an event to the next.
    pub cpu: Duration,
}

/// What one cold start took.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    /// From the start of the process until it asked for an event.
    pub ready: Duration,
    /// From the start of the process to its first answer.
    pub answered: Duration,
}

/// A peer that waits for events.
#[derive(Debug)]
pub struct Environment {
    peer: Peer,
    // Before the servers, so that the process has ended when they do.
    process: Process,
    api: RuntimeApi,
    s3: S3,
}

impl Environment {
    /// Starts a peer, and waits until it asks for an event.
    pub fn start(peer: Peer, site: &Site) -> anyhow::Result<Self> {
        site.cores.take_server();
        let (api, s3) = (RuntimeApi::start()?, S3::start(&site.certificates)?);
        let process = launch(peer, site, &api, &s3)?;
        let environment = Self { peer, process, api, s3 };
        environment.api.ready().map_err(|error| environment.blame(error))?;
        Ok(environment)
    }

    /// Invokes it once, and compares what it stored.
    pub fn invoke(&mut self, batch: &Batch) -> anyhow::Result<Taken> {
        let before = self.process.cpu()?;
        let answered = self.api.send(&batch.event).and_then(|()| self.api.answered());
        let answered = answered.and_then(|answered| self.api.ready().map(|_| answered));
        let answered = answered.map_err(|error| self.blame(error))?;
        let cpu = self.process.cpu()?.saturating_sub(before);
        self.compare(batch)?;
        Ok(Taken { wall: answered.ended - answered.started, cpu })
    }

    /// The most memory that it had, in bytes.
    pub fn peak_rss(&self) -> anyhow::Result<u64> {
        self.process.peak_rss()
    }

    fn compare(&self, batch: &Batch) -> anyhow::Result<()> {
        compare(self.peer, &self.s3, batch)
    }

    fn blame(&self, error: anyhow::Error) -> anyhow::Error {
        self.process.blame(error).context(self.peer.words())
    }
}

/// Starts a peer with an event waiting, and ends it when it has answered.
pub fn cold_start(peer: Peer, site: &Site, batch: &Batch) -> anyhow::Result<Started> {
    site.cores.take_server();
    let (api, s3) = (RuntimeApi::start()?, S3::start(&site.certificates)?);
    api.send(&batch.event)?;
    let process = launch(peer, site, &api, &s3)?;
    let told = api.ready().and_then(|ready| api.answered().map(|answered| (ready, answered)));
    let (ready, answered) = told.map_err(|error| process.blame(error).context(peer.words()))?;
    compare(peer, &s3, batch)?;
    Ok(Started { ready: ready - process.started, answered: answered.ended - process.started })
}

/// That the peer stored what it must: a peer that did not is not compared with.
fn compare(peer: Peer, s3: &S3, batch: &Batch) -> anyhow::Result<()> {
    let Some(expected) = batch.expected(peer) else { return s3.took_nothing() };
    let stored = s3.take().with_context(|| peer.words())?;
    ensure!(
        stored == expected,
        "{} stored another body than the records that it was given: {} bytes, not {}",
        peer.words(),
        stored.len(),
        expected.len()
    );
    s3.give_back(stored);
    Ok(())
}

/// Starts the process, with the variables that Lambda sets and those by which clients find the S3 of this run.
fn launch(peer: Peer, site: &Site, api: &RuntimeApi, s3: &S3) -> anyhow::Result<Process> {
    let bundle: &Path = match peer {
        Peer::Penstock | Peer::PenstockCore => &site.certificates.amazon,
        _ => &site.certificates.bundle,
    };
    let mut command = peer.command(&site.folder);
    // Nothing of ours but what finds programs.
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_LAMBDA_RUNTIME_API", api.address())
        .env("AWS_LAMBDA_FUNCTION_NAME", "clicks")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/clicks")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench")
        .env("AWS_EXECUTION_ENV", "AWS_Lambda_bench")
        .env("_HANDLER", "post.handler")
        .env("LAMBDA_TASK_ROOT", crate::peer::sources("python"))
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("AWS_SESSION_TOKEN", "bench")
        .env("AWS_ENDPOINT_URL_S3", s3.endpoint())
        // Rust's and Python's OpenSSL; boto3; Node.
        .env("SSL_CERT_FILE", bundle)
        .env("AWS_CA_BUNDLE", bundle)
        .env("NODE_EXTRA_CA_CERTS", bundle)
        // What the repository holds is only read.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8")
        .envs(peer.variables());
    Process::start(&mut command, site.cores, &site.folder.join(format!("{}.log", peer.id())))
}
