//! Documents that a queue or a topic handed over, from a file or from standard input. They tell which records were given up,
//! and do not carry them.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use penstock_console::arguments::ReplayArguments;
use penstock_format::FailureMessages;

use super::{Found, Origin, Source, documents, ranges};
use crate::deployment::Deployment;

/// Bytes that are read at most: some 100,000 documents.
const TEXT_BYTES_MAX: u64 = 64 * 1_048_576;

/// Finds them in a file, or in standard input for `-`.
pub async fn find(deployment: &Deployment, arguments: &ReplayArguments, from: &str) -> anyhow::Result<Found> {
    if arguments.since.is_some() {
        bail!("--since is of a bucket or of the stream, and --from is {from:?}: leave one of them out");
    }
    let messages = FailureMessages::parse(&text(from)?);
    let (mut found, mut given_up) = (Found::default(), Vec::new());
    let name = |place: usize| format!("{} document {}", if from == "-" { "standard input" } else { from }, place + 1);
    found.skipped.extend(messages.wrong.into_iter().map(|why| format!("{from}: {why}")));
    for (place, document) in messages.documents.into_iter().enumerate() {
        if arguments.shard.is_some() && arguments.shard != document.shard() {
            continue;
        }
        let source = found.source(Source { name: name(place), place: None, stays: None });
        documents::take(&mut found, &mut given_up, document, source, Origin::Held);
    }
    ranges::find(deployment, arguments, &given_up, &mut found).await?;
    Ok(found)
}

fn text(from: &str) -> anyhow::Result<String> {
    let (mut text, mut bytes) = (String::new(), TEXT_BYTES_MAX + 1);
    if from == "-" {
        bytes -= std::io::stdin().take(bytes).read_to_string(&mut text).context("cannot read standard input")? as u64;
    } else if Path::new(from).is_file() {
        let file = std::fs::File::open(from).with_context(|| format!("cannot open {from}"))?;
        bytes -= file.take(bytes).read_to_string(&mut text).with_context(|| format!("cannot read {from}"))? as u64;
    } else {
        bail!(
            "--from is {from:?}: expected failures, errors, stream, s3://BUCKET/PREFIX, a file of documents, or - for \
             standard input"
        );
    }
    if bytes == 0 {
        bail!("{from} has more than {TEXT_BYTES_MAX} bytes: pass a part of it at a time");
    }
    Ok(text)
}
