//! A whole run: everything is started, records flow, and it ends in order.
//!
//! Ports are taken first, so that a run that cannot be leaves nothing behind. With an input the run ends when all of it
//! is acknowledged, without one when it is stopped; either way the lanes drain before the function is shut down.
//! Dropping the future of [`run`] ends everything at once.

mod invoker;
mod mapping;
mod servers;
mod timeline;

use std::fmt::Write as _;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Clock;
use crate::events::{Event, Events};
use crate::function::{Faults, Function, FunctionConfiguration, FunctionStartError};
use crate::kinesis::KinesisError;
use crate::s3;
use crate::scenario::{Scenario, ScenarioError};
use crate::sender::{self, Pace, SendError, Sent, Target};
use tokio::sync::watch;

use invoker::FunctionInvoker;
use mapping::Mapping;
use servers::Servers;
use timeline::{Player, counting};

/// The access key id that S3 takes; Kinesis takes any.
pub const ACCESS_KEY_ID: &str = "test";

/// The secret that belongs to it.
pub const SECRET_ACCESS_KEY: &str = "test";

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Records that were acknowledged.
    pub records_delivered: u64,
    /// Batches that were acknowledged.
    pub batches_delivered: u64,
    /// Invocations that were not, in whole or in part.
    pub invocations_failed: u64,
    /// Records that were read and not acknowledged.
    pub records_left: u64,
    /// Whether the input was sent and acknowledged to its end; true without an input.
    pub input_delivered: bool,
}

/// Why a run cannot be, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The scenario is not valid.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A port is taken, or may not be used.
    #[error("cannot listen on 127.0.0.1:{port} ({field}), choose another port")]
    Listen {
        /// The scenario's field.
        field: &'static str,
        /// Its value.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// A folder cannot be made, read or written.
    #[error("cannot use the {field} {}", path.display())]
    Folder {
        /// The scenario's field.
        field: &'static str,
        /// Its value.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A bucket cannot be made.
    #[error("cannot create the bucket {name}")]
    Bucket {
        /// Its name.
        name: String,
        /// Why.
        source: s3::StoreError,
    },
    /// A stream cannot be made or read.
    #[error(transparent)]
    Kinesis(#[from] KinesisError),
    /// The function cannot be started.
    #[error(transparent)]
    Function(#[from] FunctionStartError),
    /// The function does not come up.
    #[error("the function did not start: {message}")]
    Init {
        /// What became of it.
        message: String,
    },
    /// The input cannot be sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The mapping gave up.
    #[error("{message}")]
    Mapping {
        /// Why.
        message: String,
    },
    /// A task of ours panicked.
    #[error("a part of the run failed")]
    Task(#[from] tokio::task::JoinError),
}

/// An error and what led to it, in one sentence.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a string does not fail.
        let _ = write!(sentence, ": {error}");
        source = error.source();
    }
    sentence
}

/// Runs a scenario until its input is delivered or `stop`, whichever is first.
///
/// # Errors
///
/// See [`RunError`]. Everything that was started is ended before it returns.
pub async fn run(scenario: Scenario, events: Events, stop: impl Future<Output = ()>) -> Result<Summary, RunError> {
    scenario.validate()?;
    let clock = Clock::system();
    let servers = Servers::start(&scenario, clock, &events).await?;
    let result = match Function::start(function_configuration(&scenario, &servers), events.clone()).await {
        Ok(function) => {
            let result = Box::pin(deliver(&scenario, &servers, &function, clock, &events, stop)).await;
            function.shutdown().await;
            result
        }
        Err(error) => Err(error.into()),
    };
    servers.shutdown().await;
    let summary = result?;
    events.emit(Event::Ended {
        records_delivered: summary.records_delivered,
        batches_delivered: summary.batches_delivered,
        invocations_failed: summary.invocations_failed,
        records_left: summary.records_left,
    });
    Ok(summary)
}

fn function_configuration(scenario: &Scenario, servers: &Servers) -> FunctionConfiguration {
    let function = &scenario.function;
    FunctionConfiguration {
        function_name: function.function_name.clone(),
        bootstrap: function.bootstrap.clone(),
        task_root: function.task_root.clone(),
        timeout: Duration::from_secs(function.timeout.into()),
        memory_size: function.memory_size,
        variables: function.environment.variables.clone(),
        region: scenario.region.clone(),
        account_id: scenario.account_id.clone(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET_ACCESS_KEY.to_owned(),
        endpoint_url_s3: servers.s3_endpoint.clone(),
        reserved_concurrent_executions: function.reserved_concurrent_executions,
        faults: scenario.faults.map(|faults| Faults {
            seed: faults.seed,
            kills: faults.kills,
            spared_at_most: faults.spared_at_most.unwrap_or_else(|| Faults::default().spared_at_most),
            fail_every: faults.fail_every,
            throttle_every: faults.throttle_every,
        }),
    }
}

/// From the first read of the stream to the last acknowledgement.
async fn deliver(
    scenario: &Scenario,
    servers: &Servers,
    function: &Function,
    clock: Clock,
    events: &Events,
    stop: impl Future<Output = ()>,
) -> Result<Summary, RunError> {
    function.warm_up().await.map_err(|error| RunError::Init { message: error.to_string() })?;
    let invoker = FunctionInvoker::new(function.clone());
    let mapping = Mapping::start(scenario, &servers.kinesis, &servers.store, clock, invoker, events).await?;
    events.emit(Event::Ready {
        kinesis_endpoint: servers.kinesis_endpoint.clone(),
        s3_endpoint: servers.s3_endpoint.clone(),
        region: scenario.region.clone(),
    });
    let input_delivered = tokio::select! {
        delivered = play_and_send(scenario, servers, &mapping, clock, events) => delivered?,
        () = stop => scenario.input.is_none(),
        message = mapping.fatal() => return Err(RunError::Mapping { message }),
    };
    let (progress, records_left) = mapping.drain().await?;
    events.emit(Event::Metrics { metrics: progress.metrics.by_name() });
    if let Some(message) = progress.fatal {
        return Err(RunError::Mapping { message });
    }
    Ok(Summary {
        records_delivered: progress.records_delivered,
        batches_delivered: progress.batches_delivered,
        invocations_failed: progress.invocations_failed,
        records_left,
        input_delivered,
    })
}

/// Sends the input, makes the timeline's calls, and waits until all of the input is done; without an input, waits for
/// ever. The answer is whether it is done: a mapping that the timeline left disabled or deleted never gets there.
async fn play_and_send(
    scenario: &Scenario,
    servers: &Servers,
    mapping: &Mapping,
    clock: Clock,
    events: &Events,
) -> Result<bool, RunError> {
    let configuration = scenario.mapping()?;
    let timeline = scenario.timeline()?;
    let (events, input_progress) = counting(events);
    let stops = timeline.iter().filter_map(|entry| entry.after_records).collect();
    let (allow, allowed) = watch::channel(0);
    let player = Player {
        kinesis: servers.kinesis.clone(),
        stream_name: configuration.stream_name.clone(),
        mapping: mapping.handle(),
        clock,
        events: events.clone(),
        input: input_progress,
        allow,
    };
    let timeline = async { Ok(player.play(&timeline, configuration.enabled).await) };
    let Some(input) = &scenario.input else {
        timeline.await?;
        return std::future::pending().await;
    };
    let stream_name = input.stream_name.as_ref().unwrap_or(&configuration.stream_name);
    let target = Target {
        endpoint: servers.kinesis_endpoint.clone(),
        region: scenario.region.clone(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        stream_name: stream_name.clone(),
        partition_keys: input.partition_keys,
        parallelization_factor: configuration.parallelization_factor,
        pace: Pace { stops, allowed: Some(allowed) },
    };
    let sending = async { sender::send(&input.path, input.framing, target, &events).await.map_err(RunError::from) };
    let (sent, polls): (Sent, bool) = tokio::try_join!(sending, timeline)?;
    if *stream_name != configuration.stream_name {
        return Ok(true);
    }
    if polls {
        mapping.acknowledged(&sent.last_sequence_numbers).await;
    }
    Ok(polls)
}
