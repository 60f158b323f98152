//! Records of the stream that no object covers: what lies between the ranges of the objects, on cuts that depend on the
//! records alone, so that a second replay finds all of it covered.

use anyhow::bail;
use aws_sdk_kinesis::primitives::DateTime;
use aws_sdk_kinesis::types::{Record, Shard, ShardIteratorType};
use penstock_console::arguments::ReplayArguments;
use penstock_format::SequenceNumber;
use penstock_format::coverage::{self, Entry};
use serde_json::{Value, json};

use super::{Batch, Found};
use crate::deployment::Deployment;
use crate::error::Asked as _;
use crate::logs::since;
use crate::mapping;
use crate::pause::Pauses;
use crate::verify::objects::{self, Which};

/// Records of a batch at most: of 1 MB each they would still fit into some events, and most are far smaller.
const BATCH_RECORDS_MAX: usize = 1_000;

/// Bytes of data that are held at once: what is more is left to another run, which finds the first covered.
const HELD_BYTES_MAX: usize = 256 * 1_048_576;

/// Bytes of data in a batch at most: in base64, with what stands around it, an event has 6 MB.
const BATCH_BYTES_MAX: usize = 3 * 1_048_576;

/// Finds them.
pub async fn find(deployment: &Deployment, arguments: &ReplayArguments) -> anyhow::Result<Found> {
    if deployment.environment.event_source_mapping.parallelization_factor > 1 {
        bail!(
            "--from stream: with a parallelization_factor above 1 ranges of a shard interleave, and what is covered \
             cannot be told from them"
        );
    }
    if !deployment.environment.event_source_mapping.filters.is_empty() {
        bail!("--from stream: the mapping has filters, and what they left out would be taken for missing");
    }
    let read = objects::read(deployment, Which { is_quiet: arguments.target.json, ..Which::default() }).await?;
    if read.entries.iter().any(|entry| entry.shard.is_none()) {
        bail!("--from stream: object_name tells no shard, so that what is covered of which cannot be told");
    }
    let is_polled = is_polled(deployment).await?;
    let client = aws_sdk_kinesis::Client::new(&deployment.aws.config);
    let mut found = Found::default();
    for shard in shards(deployment, &client).await? {
        let id = shard.shard_id();
        let number: u64 = id.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default();
        if arguments.shard.is_some_and(|only| only != number) {
            continue;
        }
        let covered = covered(&read.entries, number);
        let last = covered.iter().map(|(_, last)| *last).max();
        let (mut cutter, mut waiting) = (Cutter::default(), 0_u64);
        for_each_record(deployment, arguments, &client, id, |record| {
            let number = SequenceNumber::parse(record.sequence_number()).ok();
            let is_behind_all = number.is_none_or(|number| last.is_none_or(|last| last < number));
            if number.is_some_and(|number| is_covered(&covered, &number)) {
                cutter.cut();
            } else if is_polled && is_behind_all {
                waiting += 1;
            } else {
                cutter.push(record);
            }
            cutter.held < HELD_BYTES_MAX
        })
        .await?;
        if waiting > 0 {
            found.skipped.push(format!(
                "{id}: {waiting} records behind its last object, which are the function's to deliver; to replay them, \
                 disable the event source mapping"
            ));
        }
        cutter.cut();
        let is_full = cutter.held >= HELD_BYTES_MAX;
        if is_full && cutter.cuts.len() > 1 {
            // The last one may be cut short here; whole, it comes with the next run.
            cutter.cuts.pop();
        }
        found.batches.extend(cutter.cuts.iter().map(|records| batch(deployment, id, records)));
        if is_full {
            found.skipped.push(format!("{id} and others have more: run the same command again for the rest"));
            break;
        }
    }
    Ok(found)
}

async fn shards(deployment: &Deployment, client: &aws_sdk_kinesis::Client) -> anyhow::Result<Vec<Shard>> {
    let mut all = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let request = match next.take() {
            Some(token) => client.list_shards().next_token(token),
            None => client.list_shards().stream_name(&deployment.environment.stream.name),
        };
        let page = request.send().await.asked("list the shards of the stream")?;
        all.extend(page.shards().iter().cloned());
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// Reads a shard up to now, or until `take` has enough.
async fn for_each_record(
    deployment: &Deployment,
    arguments: &ReplayArguments,
    client: &aws_sdk_kinesis::Client,
    shard_id: &str,
    mut take: impl FnMut(Record) -> bool,
) -> anyhow::Result<()> {
    let stream = &deployment.environment.stream.name;
    let request = client.get_shard_iterator().stream_name(stream).shard_id(shard_id);
    let request = match &arguments.since {
        None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        Some(text) => {
            request.shard_iterator_type(ShardIteratorType::AtTimestamp).timestamp(DateTime::from_secs(since(text)?))
        }
    };
    let mut iterator = request.send().await.asked(format_args!("read {shard_id}"))?.shard_iterator;
    let mut pauses = Pauses::default();
    while let Some(place) = iterator.take() {
        let page = client.get_records().shard_iterator(place).limit(10_000).send().await;
        let page = page.asked(format_args!("read {shard_id}"))?;
        let is_at_end = page.millis_behind_latest().unwrap_or(0) == 0;
        iterator = page.next_shard_iterator.filter(|_| !is_at_end);
        if !page.records.into_iter().all(&mut take) {
            return Ok(());
        }
        if iterator.is_some() {
            // Five reads a second of a shard, shared with whoever else reads it.
            pauses.pause().await;
        }
    }
    Ok(())
}

/// Whether a mapping reads the stream: what no object covers at its end is then on its way, and a replay of it would be cut
/// otherwise and lie beside it. What is missing before an object is not, because a shard is delivered in order.
async fn is_polled(deployment: &Deployment) -> anyhow::Result<bool> {
    let client = aws_sdk_lambda::Client::new(&deployment.aws.config);
    let mappings = mapping::of_function(&client, &deployment.environment.function.function_name).await?;
    Ok(mappings.iter().any(|mapping| mapping.state() != Some("Disabled")))
}

/// Ranges of the batches of a shard that are whole, by their beginnings.
fn covered(entries: &[Entry], shard: u64) -> Vec<(SequenceNumber, SequenceNumber)> {
    let own = coverage::Batch::all_of(entries.iter().filter(|entry| entry.shard == Some(shard)));
    own.iter()
        .filter(|batch| batch.is_whole())
        .map(coverage::Batch::range)
        .map(|(first, last)| (*first, *last))
        .collect()
}

fn is_covered(ranges: &[(SequenceNumber, SequenceNumber)], number: &SequenceNumber) -> bool {
    // Ranges may contain each other, so the nearest beginning is not enough.
    ranges.iter().take_while(|(first, _)| first <= number).any(|(_, last)| number <= last)
}

/// Puts records that follow each other into batches.
#[derive(Default)]
struct Cutter {
    batch: Vec<Record>,
    bytes: usize,
    /// Bytes in all batches.
    held: usize,
    cuts: Vec<Vec<Record>>,
}

impl Cutter {
    fn push(&mut self, record: Record) {
        let bytes = record.data().as_ref().len();
        if self.batch.len() == BATCH_RECORDS_MAX || self.bytes + bytes > BATCH_BYTES_MAX {
            self.cut();
        }
        self.bytes += bytes;
        self.held += bytes;
        self.batch.push(record);
    }

    fn cut(&mut self) {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            self.cuts.push(batch);
        }
    }
}

/// The invocation event that Lambda would have sent.
fn batch(deployment: &Deployment, shard_id: &str, records: &[Record]) -> Batch {
    let account = deployment.account();
    let own = format!(
        "arn:{}:kinesis:{}:{}:stream/{}",
        account.partition, account.region, account.id, deployment.environment.stream.name
    );
    let stream_arn = deployment.environment.stream.arn.clone().unwrap_or(own);
    let one = |record: &Record| -> Value {
        let arrival = record.approximate_arrival_timestamp().and_then(|at| at.to_millis().ok()).unwrap_or(0);
        json!({
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.partition_key(),
                "sequenceNumber": record.sequence_number(),
                "data": aws_smithy_types::base64::encode(record.data()),
                // In seconds, with milliseconds, as Lambda writes it.
                "approximateArrivalTimestamp": seconds(arrival),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("{shard_id}:{}", record.sequence_number()),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": account.caller_arn,
            "awsRegion": account.region,
            "eventSourceARN": stream_arn,
        })
    };
    let (first, last) = (&records[0], &records[records.len() - 1]);
    Batch {
        source: format!("{shard_id} from {} to {}", first.sequence_number(), last.sequence_number()),
        document: None,
        shard_id: shard_id.to_owned(),
        records: records.len() as u64,
        event: Some(json!({"Records": records.iter().map(one).collect::<Vec<_>>()}).to_string()),
    }
}

/// Milliseconds as a JSON number of seconds: exact, as no float would be.
fn seconds(milliseconds: i64) -> Value {
    let text = format!("{}.{:03}", milliseconds.div_euclid(1_000), milliseconds.rem_euclid(1_000));
    serde_json::from_str(&text).unwrap_or_else(|_| Value::from(milliseconds / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: u64) -> SequenceNumber {
        SequenceNumber::parse(&format!("49{n:054}")).unwrap()
    }

    #[test]
    fn a_number_is_covered_within_any_range() {
        let ranges = [(number(1), number(100)), (number(5), number(9)), (number(200), number(300))];
        for (n, expected) in [(0, false), (1, true), (50, true), (100, true), (101, false), (250, true), (301, false)] {
            assert_eq!(is_covered(&ranges, &number(n)), expected, "{n}");
        }
    }

    #[test]
    fn milliseconds_become_seconds_exactly() {
        for (milliseconds, told) in [(1_545_084_650_987, "1545084650.987"), (1_000, "1.0"), (1_050, "1.05")] {
            assert_eq!(seconds(milliseconds).to_string(), told);
        }
    }

    #[test]
    fn cuts_depend_on_the_records_alone() {
        let record = |n: usize, bytes: usize| {
            let data = aws_sdk_kinesis::primitives::Blob::new(vec![0; bytes]);
            Record::builder().sequence_number(n.to_string()).data(data).partition_key("k").build().unwrap()
        };
        let mut cutter = Cutter::default();
        (0..=BATCH_RECORDS_MAX).for_each(|n| cutter.push(record(n, 1)));
        cutter.cut();
        cutter.cut();
        (0..4).for_each(|n| cutter.push(record(n, 1_048_576)));
        cutter.cut();
        let lengths: Vec<usize> = cutter.cuts.iter().map(Vec::len).collect();
        assert_eq!(lengths, [BATCH_RECORDS_MAX, 1, 3, 1]);
    }
}
