//! The objects of a delivery: listed, and asked each what it says of itself.

use std::collections::HashMap;

use anyhow::{Context as _, bail};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::ChecksumMode;
use penstock_console::screen;
use penstock_delivery::DeliveryConfig;
use penstock_format::coverage::Entry;
use penstock_format::{Digest128, FORMAT_VERSION, KEY_SCHEME_VERSION, KeyParts, Lines, ObjectMetadata, ObjectRole};
use tokio::task::JoinSet;

use crate::deployment::Deployment;
use crate::error::Asked as _;

/// Objects that are asked at once.
const AT_ONCE: usize = 32;

/// What an object may be when it is uncompressed; one invocation makes far less.
const BODY_BYTES_MAX: usize = 256 * 1_048_576;

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The delivery's objects, in the order of their keys.
    pub entries: Vec<Entry>,
    /// When each of them was stored, in seconds since 1970.
    pub stored_at: Vec<i64>,
    /// Keys of objects that are not the delivery's.
    pub foreign: Vec<String>,
    /// What is wrong with single objects, in words.
    pub broken: Vec<String>,
    /// When the oldest and the newest was stored, in seconds since 1970.
    pub stored: Option<(i64, i64)>,
}

/// Which objects, and how they are asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which<'w> {
    /// Only those that were stored since then, in seconds since 1970.
    pub since: Option<i64>,
    /// Only those whose keys begin so.
    pub prefix: Option<&'w str>,
    /// Their keys alone.
    pub list_only: bool,
    /// Their bytes as well.
    pub deep: bool,
    /// Without a bar.
    pub is_quiet: bool,
}

/// Lists, and asks.
pub async fn read(deployment: &Deployment, which: Which<'_>) -> anyhow::Result<Read> {
    let delivery = &deployment.environment.delivery;
    if which.list_only {
        let name = delivery.object_name.as_str();
        let tells = |part: &str| name.contains(part);
        if !tells("{first_sequence_number}") || !tells("{last_sequence_number}") || !tells("{shard}") {
            bail!(
                "--list-only: object_name is {name:?}: expected a template with {{shard}}, {{first_sequence_number}} and \
                 {{last_sequence_number}}; leave --list-only out"
            );
        }
        if which.deep {
            bail!("--list-only and --deep: expected one of them");
        }
    }
    let listed = list(deployment, which).await?;
    let mut read = Read::default();
    for (_, stored) in &listed {
        let (oldest, newest) = read.stored.unwrap_or((*stored, *stored));
        read.stored = Some((oldest.min(*stored), newest.max(*stored)));
    }
    let mut own: Vec<(String, i64, KeyParts)> = Vec::new();
    for (key, stored) in listed {
        match delivery.object_name.parse_key(&delivery.delivery_name, &key) {
            Ok(parts) => own.push((key, stored, parts)),
            Err(_) => read.foreign.push(key),
        }
    }
    if which.list_only {
        for (key, stored, parts) in own {
            if let Some(entry) = of_key(delivery, key, &parts) {
                read.entries.push(entry);
                read.stored_at.push(stored);
            }
        }
        return Ok(read);
    }
    ask_all(deployment, which, own, &mut read).await?;
    Ok(read)
}

/// Keys below the literal heads of both prefixes, and when each was stored.
async fn list(deployment: &Deployment, which: Which<'_>) -> anyhow::Result<Vec<(String, i64)>> {
    let delivery = &deployment.environment.delivery;
    let (bucket, s3) = (delivery.bucket.as_str(), deployment.aws.s3());
    let mut heads = vec![delivery.prefix.literal_head(), delivery.error_output_prefix.literal_head()];
    if let Some(prefix) = which.prefix {
        heads = vec![prefix];
    } else if heads[1].starts_with(heads[0]) {
        heads.truncate(1);
    } else if heads[0].starts_with(heads[1]) {
        heads.remove(0);
    }
    let mut found = Vec::new();
    for head in heads {
        let mut pages = s3.list_objects_v2().bucket(bucket).prefix(head).into_paginator().send();
        while let Some(page) = pages.next().await {
            for object in page.asked(format_args!("list s3://{bucket}/{head}"))?.contents() {
                let stored = object.last_modified().map_or(0, DateTime::secs);
                if which.since.is_none_or(|since| stored >= since)
                    && let Some(key) = object.key()
                {
                    found.push((key.to_owned(), stored));
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A data object as its key alone tells it; none for an object of what failed.
fn of_key(delivery: &DeliveryConfig, key: String, parts: &KeyParts) -> Option<Entry> {
    let (data, failed) = (delivery.prefix.literal_head(), delivery.error_output_prefix.literal_head());
    if key.starts_with(failed) && (failed != data || parts.prefix[failed.len()..].starts_with("processing-failed/")) {
        return None;
    }
    let (first, last) = (parts.first?, parts.last?);
    let metadata = ObjectMetadata {
        role: ObjectRole::Data,
        first,
        last,
        records: 0,
        digest: Digest128::parse(&parts.id.simple().to_string()).ok()?,
        key_scheme: KEY_SCHEME_VERSION,
        format_version: FORMAT_VERSION,
        batch_first: first,
        batch_last: last,
        batch_records: 0,
        batch_kinesis_records: 0,
        batch_dropped: 0,
        batch_failed: 0,
        object_index: 1,
        object_count: 1,
    };
    Some(Entry { key, shard: parts.shard, metadata })
}

/// What an object answered.
struct Answered {
    key: String,
    stored: i64,
    shard: Option<u64>,
    metadata: HashMap<String, String>,
    /// What is wrong with its bytes, where they were read.
    broken: Option<String>,
    /// Records that were counted in its bytes.
    counted: Option<u64>,
}

async fn ask_all(
    deployment: &Deployment,
    which: Which<'_>,
    own: Vec<(String, i64, KeyParts)>,
    read: &mut Read,
) -> anyhow::Result<()> {
    let delivery = &deployment.environment.delivery;
    let bar = (!which.is_quiet).then(|| screen::bar(own.len() as u64, "objects"));
    let mut asked: JoinSet<anyhow::Result<Answered>> = JoinSet::new();
    let mut answered = Vec::with_capacity(own.len());
    let take = |one: Result<anyhow::Result<Answered>, tokio::task::JoinError>| {
        if let Some(bar) = &bar {
            bar.inc(1);
        }
        one.context("an object could not be asked")?
    };
    for (key, stored, parts) in own {
        if asked.len() >= AT_ONCE
            && let Some(one) = asked.join_next().await
        {
            answered.push(take(one)?);
        }
        let (s3, bucket) = (deployment.aws.s3(), delivery.bucket.as_str().to_owned());
        let format = which.deep.then_some(delivery.lines);
        asked.spawn(async move {
            let answered = match format {
                None => head(&s3, &bucket, key, parts.shard).await,
                Some(format) => get(&s3, &bucket, key, parts.shard, &format).await,
            };
            Ok(Answered { stored, ..answered? })
        });
    }
    while let Some(one) = asked.join_next().await {
        answered.push(take(one)?);
    }
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    answered.sort_by(|left, right| left.key.cmp(&right.key));
    for Answered { key, stored, shard, metadata, broken, counted } in answered {
        read.broken.extend(broken.map(|why| format!("{key}: {why}")));
        let Ok(metadata) = ObjectMetadata::parse(|name| metadata.get(name).map(String::as_str)) else {
            read.foreign.push(key);
            continue;
        };
        if let Some(counted) = counted.filter(|counted| *counted != metadata.records) {
            read.broken.push(format!("{key}: it holds {counted} records and says {}", metadata.records));
        }
        read.entries.push(Entry { key, shard, metadata });
        read.stored_at.push(stored);
    }
    Ok(())
}

async fn head(s3: &Client, bucket: &str, key: String, shard: Option<u64>) -> anyhow::Result<Answered> {
    let answer = s3.head_object().bucket(bucket).key(&key).send().await;
    let answer = answer.asked(format_args!("look at s3://{bucket}/{key}"))?;
    let metadata = answer.metadata().cloned().unwrap_or_default();
    Ok(Answered { key, stored: 0, shard, metadata, broken: None, counted: None })
}

/// Reads an object: its checksum is compared on the way, it is uncompressed, and its records are counted.
async fn get(s3: &Client, bucket: &str, key: String, shard: Option<u64>, format: &Lines) -> anyhow::Result<Answered> {
    let answer = s3.get_object().bucket(bucket).key(&key).checksum_mode(ChecksumMode::Enabled).send().await;
    let mut answer = answer.asked(format_args!("read s3://{bucket}/{key}"))?;
    let metadata = answer.metadata.take().unwrap_or_default();
    let (broken, counted) = match answer.body.collect().await {
        Err(error) => (Some(format!("its bytes cannot be read: {error}")), None),
        Ok(body) => match count(&body.into_bytes(), &metadata, format) {
            Ok(counted) => (None, counted),
            Err(why) => (Some(why), None),
        },
    };
    Ok(Answered { key, stored: 0, shard, metadata, broken, counted })
}

/// Records in a body; none where its framing does not tell where one ends, as that of a backup, whose records are any bytes.
fn count(body: &[u8], metadata: &HashMap<String, String>, format: &Lines) -> Result<Option<u64>, String> {
    let Lines { framing, compression } = format;
    let role = metadata.get("penstock-role").map(String::as_str).unwrap_or_default();
    if role == "backup" {
        return Ok(None);
    }
    let body = compression.decompress(body, BODY_BYTES_MAX).map_err(|error| error.to_string())?;
    if role.starts_with("error:") {
        // One document a line, whatever the data's framing is.
        let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        return Ok(Some(lines.count() as u64));
    }
    Ok(framing.split(&body).ok().map(|records| records.len() as u64))
}
