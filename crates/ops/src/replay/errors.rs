//! Error objects, ours and Firehose's: the records that failed, as batches of their own. What a record of one is called is
//! said by [`ErrorSource`]; one object is one batch, or several where it is larger than an event may be.

use std::fmt::Write as _;

use anyhow::Context as _;
use penstock_console::arguments::ReplayArguments;
use penstock_delivery::config::Decompression;
use penstock_format::{ErrorSource, ObjectRole, SequenceNumber, ShardId};

use super::covered::Covered;
use super::cutter::Cutter;
use super::event::{self, EventRecord};
use super::{Batch, Found, Origin, Source, object};
use crate::deployment::Deployment;
use crate::logs::since;
use crate::verify::objects::{self, Which};

/// Lines of an object that cannot be read and are told one by one; the rest is counted.
const TOLD_MAX: usize = 3;

/// The records of an object, cut.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    /// The shard that all of them say; 0 where they do not say one.
    shard: Option<ShardId>,
    cuts: Vec<Vec<EventRecord>>,
    /// Lines that are no records, and why.
    wrong: Vec<String>,
}

/// Finds those of the environment, of every error output type.
pub async fn find(deployment: &Deployment, arguments: &ReplayArguments) -> anyhow::Result<Found> {
    let since = arguments.since.as_deref().map(since).transpose()?;
    let which = Which { is_quiet: arguments.target.json, ..Which::default() };
    let read = objects::read(deployment, which).await?;
    let covered = Covered::of_replayed(&read.entries);
    let bucket = deployment.environment.delivery.bucket.as_str();
    let mut found = Found::default();
    for (entry, stored) in read.entries.iter().zip(&read.stored_at) {
        let is_error = matches!(entry.metadata.role, ObjectRole::Error(_));
        if is_error && since.is_none_or(|since| *stored >= since) {
            add_one(deployment, arguments, (bucket, &entry.key), &covered, &mut found).await?;
        }
    }
    Ok(found)
}

/// Adds these objects of a bucket.
pub async fn add(
    deployment: &Deployment,
    arguments: &ReplayArguments,
    (bucket, keys): (&str, &[String]),
    found: &mut Found,
) -> anyhow::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let which = Which { is_quiet: arguments.target.json, ..Which::default() };
    let covered = Covered::of_replayed(&objects::read(deployment, which).await?.entries);
    for key in keys {
        add_one(deployment, arguments, (bucket, key), &covered, found).await?;
    }
    Ok(())
}

async fn add_one(
    deployment: &Deployment,
    arguments: &ReplayArguments,
    (bucket, key): (&str, &str),
    covered: &Covered,
    found: &mut Found,
) -> anyhow::Result<()> {
    let object = match object::read(&deployment.aws.s3(), bucket, key).await {
        Ok(object) => object,
        Err(error) => {
            found.skipped.push(format!("{error:#}"));
            return Ok(());
        }
    };
    let read = read(bucket, key, &object.content);
    if arguments.shard.is_some() && arguments.shard != read.shard.map(ShardId::number) {
        return Ok(());
    }
    let decompression = deployment.environment.delivery.deaggregation.decompression;
    if object.is_decompressed && decompression != Decompression::None {
        found.skipped.push(format!(
            "s3://{bucket}/{key}: its records failed after their decompression, and the function takes compressed ones: \
             replay their batch from the stream"
        ));
        return Ok(());
    }
    let source = found.source(Source::object(bucket, key));
    let name = found.sources[source].name.clone();
    if object.is_delivered {
        found.keep(source, "it accounts for the records of its batch that failed: verify would miss it");
    }
    if !read.wrong.is_empty() {
        found.keep(source, "not all of it was understood");
        found.skipped.extend(read.wrong.iter().take(TOLD_MAX).map(|why| format!("{name} {why}")));
        if let Some(more) = read.wrong.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
            found.skipped.push(format!("{name}: and {more} lines more"));
        }
    }
    for (cut, records) in read.cuts.iter().enumerate() {
        let (first, last) = range(records)?;
        if let Some(there) = covered.around(&first, &last) {
            found.there_already += 1;
            if there.failed > 0 {
                found.keep(source, "records of it failed again");
            }
            continue;
        }
        let mut name = name.clone();
        if read.cuts.len() > 1 {
            let _ = write!(name, " part {} of {}", cut + 1, read.cuts.len());
        }
        found.batches.push(Batch {
            name,
            shard_id: shard_id(&read),
            records: records.len() as u64,
            origin: Origin::Errors { source, cut },
            sources: vec![source],
        });
    }
    Ok(())
}

/// The event of a cut of an object.
pub async fn event(deployment: &Deployment, source: &Source, cut: usize) -> anyhow::Result<String> {
    let (bucket, key) = source.place.as_ref().context("an error object lies in a bucket")?;
    let object = object::read(&deployment.aws.s3(), bucket, key).await?;
    let read = read(bucket, key, &object.content);
    let records = read.cuts.get(cut).with_context(|| format!("{} does not hold its records any more", source.name))?;
    Ok(event::event(deployment, &shard_id(&read), records))
}

/// How many records of an event that the function took failed again, as the bucket tells it; none where it holds no whole
/// batch of them, because all were left out or because it was not asked in time.
pub fn failed_again(covered: &Covered, event: &str) -> Option<u64> {
    let event: serde_json::Value = serde_json::from_str(event).ok()?;
    let number = |record: &serde_json::Value| SequenceNumber::parse(record["kinesis"]["sequenceNumber"].as_str()?).ok();
    let records = event["Records"].as_array()?;
    covered.around(&number(records.first()?)?, &number(records.last()?)?).map(|range| range.failed)
}

fn range(records: &[EventRecord]) -> anyhow::Result<(SequenceNumber, SequenceNumber)> {
    let number = |record: &EventRecord| SequenceNumber::parse(&record.sequence_number);
    Ok((number(&records[0])?, number(&records[records.len() - 1])?))
}

/// Keys name a shard, and records of Firehose's have none.
fn shard_id(read: &Read) -> String {
    read.shard.map_or_else(|| "shardId-000000000000".to_owned(), |shard| shard.to_string())
}

fn read(bucket: &str, key: &str, content: &[u8]) -> Read {
    let source = ErrorSource::new(bucket, key, content);
    let (mut cutter, mut read, mut shards) = (Cutter::default(), Read::default(), Vec::new());
    for (line, record) in ErrorSource::records(content) {
        match record {
            Ok(record) => {
                if !shards.contains(&record.shard_id) && shards.len() < 2 {
                    shards.push(record.shard_id);
                }
                let sequence_number = source.number(line).to_string();
                let bytes = record.raw_data.len();
                let record = EventRecord {
                    // A partition key has a character at least. Where none is told, any will do, if it is always the same.
                    partition_key: record
                        .partition_key
                        .filter(|key| !key.is_empty())
                        .unwrap_or_else(|| sequence_number.clone()),
                    sequence_number,
                    arrival_ms: record.arrival.millis(),
                    data: record.raw_data,
                };
                cutter.push(record, bytes);
            }
            Err(error) => read.wrong.push(format!("line {line}: {:#}", anyhow::Error::from(error))),
        }
    }
    if let [shard] = shards[..] {
        read.shard = shard;
    }
    read.cuts = cutter.finish();
    read
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(data: &str, more: &serde_json::Value) -> String {
        let mut line = json!({
            "attemptsMade": 4, "arrivalTimestamp": 1_545_084_650_987_i64, "errorCode": "c", "errorMessage": "m",
            "rawData": aws_smithy_types::base64::encode(data),
        });
        for (name, value) in more.as_object().unwrap() {
            line[name] = value.clone();
        }
        format!("{line}\n")
    }

    #[test]
    fn d5_the_same_object_is_the_same_batch_and_another_is_another() {
        let ours = json!({
            "shardId": "shardId-000000000006", "sequenceNumber": "49590", "subSequenceNumber": 0, "partitionKey": "k",
        });
        let content = line("a", &ours) + "broken\n" + &line("b", &ours);
        let once = read("b", "k", content.as_bytes());
        assert_eq!(once, read("b", "k", content.as_bytes()));
        assert_eq!(shard_id(&once), "shardId-000000000006");
        assert_eq!(once.wrong.len(), 1, "{:?}", once.wrong);
        assert!(once.wrong[0].starts_with("line 2: "), "{:?}", once.wrong);
        let [records] = &once.cuts[..] else { panic!("{once:?}") };
        assert_eq!(records.iter().map(|own| own.data.as_slice()).collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!((records[0].partition_key.as_str(), records[0].arrival_ms), ("k", 1_545_084_650_987));
        let (first, last) = range(records).unwrap();
        assert!(ErrorSource::is_of_one(&first) && first < last);
        for other in [read("b", "l", content.as_bytes()), read("c", "k", content.as_bytes()), read("b", "k", b"{}")] {
            assert!(!other.cuts.iter().flatten().any(|own| own.sequence_number == records[0].sequence_number));
        }
    }

    #[test]
    fn what_firehose_does_not_tell_is_made_up_and_stays_the_same() {
        let content = line("a", &json!({"lambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:f"}));
        let read = read("b", "k", content.as_bytes());
        assert_eq!((read.shard, shard_id(&read).as_str()), (None, "shardId-000000000000"));
        let record = &read.cuts[0][0];
        assert_eq!(record.partition_key, record.sequence_number);
        assert!(record.partition_key.len() <= 256, "what PutRecords takes");
    }

    #[test]
    fn records_of_two_shards_are_of_none() {
        let of = |shard: u64| json!({"shardId": format!("shardId-{shard:012}")});
        let content = line("a", &of(1)) + &line("b", &of(2)) + &line("c", &of(1));
        let read = read("b", "k", content.as_bytes());
        assert_eq!((read.shard, read.cuts[0].len()), (None, 3));
    }
}
