//! `replay`: batches that were given up, records that no object covers, and records that failed are delivered as batches.
//! Keys come from the record set, so that what is stored already is found to be there, and a second replay writes nothing.

mod covered;
mod cutter;
mod deliver;
mod documents;
mod errors;
mod event;
mod execute;
mod found;
mod messages;
mod object;
mod ranges;
mod shard;
mod stream;
mod told;

use penstock_console::arguments::{Destination, ReplayArguments};
use penstock_console::exit::{self, Exit};
use penstock_console::screen;

use self::execute::{Execution, Sum};
use self::found::{Batch, Found, Origin, Source};
use crate::deployment::Deployment;

/// Carries the command out.
pub async fn run(arguments: &ReplayArguments) -> anyhow::Result<Exit> {
    if arguments.to == Destination::Stream && arguments.execute && !arguments.accept_duplicates {
        screen::progress(
            "refused: what is put into the stream again are other records, which are delivered whatever was stored \
             before: pass --accept-duplicates, or --to function",
        );
        return Ok(exit::REFUSED);
    }
    let deployment = Deployment::open(&arguments.target).await?;
    let found = find(&deployment, arguments).await?;
    if !arguments.target.json {
        told::found(&found, arguments.execute);
    }
    if !arguments.execute {
        if arguments.target.json {
            screen::result(told::json(&deployment, arguments, &found, &Sum::default(), "planned"));
        }
        return Ok(if found.lost.is_empty() { exit::DONE } else { exit::SUSPECTED });
    }
    let mut execution = Execution::new(&deployment, arguments, &found);
    let is_interrupted = tokio::select! {
        biased;
        done = execution.run() => { done?; false }
        _ = tokio::signal::ctrl_c() => true,
    };
    let sum = execution.sum;
    let (result, exit) = match (is_interrupted, sum.failed.is_empty(), found.lost.is_empty()) {
        (true, _, _) => ("interrupted", exit::INTERRUPTED),
        (false, false, _) => ("failed", exit::FAILED),
        (false, true, false) => ("lost", exit::SUSPECTED),
        (false, true, true) => ("replayed", exit::DONE),
    };
    if arguments.target.json {
        screen::result(told::json(&deployment, arguments, &found, &sum, result));
    } else {
        told::ended(arguments, &found, &sum);
        if is_interrupted {
            screen::progress("interrupted: run the same command again for the rest; what is stored is found there");
        }
    }
    Ok(exit)
}

async fn find(deployment: &Deployment, arguments: &ReplayArguments) -> anyhow::Result<Found> {
    match arguments.from.as_str() {
        "stream" => stream::find(deployment, arguments).await,
        "errors" => errors::find(deployment, arguments).await,
        source if source == "failures" || source.starts_with("s3://") => {
            documents::find(deployment, arguments, source).await
        }
        source => messages::find(deployment, arguments, source).await,
    }
}
