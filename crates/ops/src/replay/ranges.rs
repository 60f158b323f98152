//! Batches that were given up and whose records only the stream still holds: their ranges are read from it, and what no
//! object covers is delivered, on cuts that depend on the records alone.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use penstock_console::arguments::ReplayArguments;
use penstock_format::{FailureDocument, SequenceNumber, ShardId, stream_arn_of};

use super::covered::{self, Covered};
use super::cutter::Cutter;
use super::event::EventRecord;
use super::shard::{self, Start};
use super::{Batch, Found};
use crate::deployment::Deployment;

/// A batch that was given up, as a document names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// The stream's name, where the document tells it.
    stream: Option<String>,
    shard: ShardId,
    first: SequenceNumber,
    last: SequenceNumber,
    records: u64,
    /// Where the document is, among the sources.
    source: usize,
}

impl GivenUp {
    /// What a document says; what is wrong with it is told in words.
    pub fn of(document: &FailureDocument, source: usize) -> Result<Self, String> {
        let number = |text: &str| SequenceNumber::parse(text).map_err(|error| error.to_string());
        let arn = document.stream_arn.as_deref().map(stream_arn_of).transpose().map_err(|error| error.to_string())?;
        let (first, last) = (number(&document.first)?, number(&document.last)?);
        if last < first {
            return Err(format!("its endSequenceNumber is {last}: expected at least its startSequenceNumber, {first}"));
        }
        Ok(Self {
            stream: arn.and_then(|arn| arn.rsplit('/').next()).map(str::to_owned),
            shard: ShardId::parse(&document.shard_id).map_err(|error| error.to_string())?,
            first,
            last,
            records: document.records,
            source,
        })
    }
}

/// Given-up batches that share some of their ranges, as one.
#[derive(Debug, PartialEq, Eq)]
struct Merged<'g> {
    first: SequenceNumber,
    last: SequenceNumber,
    batches: Vec<&'g GivenUp>,
}

/// Ranges of one shard, by their beginnings; those that meet are one.
fn merged<'g>(mut batches: Vec<&'g GivenUp>) -> Vec<Merged<'g>> {
    batches.sort_by_key(|own| (own.first, own.last));
    let mut all: Vec<Merged<'g>> = Vec::new();
    for own in batches {
        match all.last_mut().filter(|before| own.first <= before.last) {
            Some(before) => {
                before.last = before.last.max(own.last);
                before.batches.push(own);
            }
            None => all.push(Merged { first: own.first, last: own.last, batches: vec![own] }),
        }
    }
    all
}

/// Adds what is to be delivered of them, and says what is lost.
pub async fn find(
    deployment: &Deployment,
    arguments: &ReplayArguments,
    given_up: &[GivenUp],
    found: &mut Found,
) -> anyhow::Result<()> {
    let own = &deployment.environment.stream.name;
    let mut shards: BTreeMap<ShardId, Vec<&GivenUp>> = BTreeMap::new();
    for one in given_up {
        match one.stream.as_ref().filter(|stream| *stream != own) {
            None => shards.entry(one.shard).or_default().push(one),
            Some(other) => {
                found.keep(one.source, "it is of another stream");
                let name = &found.sources[one.source].name;
                found.skipped.push(format!("{name}: it is of the stream {other:?}: expected {own:?}"));
            }
        }
    }
    if shards.is_empty() {
        return Ok(());
    }
    let read = covered::read(deployment, arguments.target.json).await?;
    let client = aws_sdk_kinesis::Client::new(&deployment.aws.config);
    let known = shard::ids(deployment, &client).await?;
    let mut held = 0;
    for (shard, batches) in shards {
        let covered = Covered::of_shard(&read.entries, shard.number());
        let is_known = known.contains(&shard.to_string());
        for range in merged(batches) {
            let mut reading = Reading::new(&covered, &range, held);
            if reading.cutter.is_full() {
                reading.leave(found);
                continue;
            }
            if is_known {
                let take = |record| reading.take(record);
                shard::read(deployment, &client, &shard.to_string(), Start::Record(range.first), take).await?;
            }
            held = reading.cutter.held();
            reading.end(deployment, found);
        }
    }
    Ok(())
}

/// A range, being read.
struct Reading<'r> {
    covered: &'r Covered,
    range: &'r Merged<'r>,
    cutter: Cutter<EventRecord>,
    /// Of each batch, how many records the stream still has, and the first of them.
    seen: Vec<(u64, Option<SequenceNumber>)>,
}

impl<'r> Reading<'r> {
    fn new(covered: &'r Covered, range: &'r Merged<'r>, held: usize) -> Self {
        Self { covered, range, cutter: Cutter::beside(held), seen: vec![(0, None); range.batches.len()] }
    }

    fn take(&mut self, record: aws_sdk_kinesis::types::Record) -> ControlFlow<()> {
        let Ok(number) = SequenceNumber::parse(record.sequence_number()) else { return ControlFlow::Continue(()) };
        if number < self.range.first {
            // A stream that has forgotten the first begins at its oldest, which may lie before.
            return ControlFlow::Continue(());
        }
        if self.range.last < number {
            return ControlFlow::Break(());
        }
        for (seen, own) in self.seen.iter_mut().zip(&self.range.batches) {
            if own.first <= number && number <= own.last {
                seen.0 += 1;
                seen.1.get_or_insert(number);
            }
        }
        if self.covered.around(&number, &number).is_some() {
            self.cutter.cut();
        } else {
            let bytes = record.data().as_ref().len();
            self.cutter.push(EventRecord::from(record), bytes);
        }
        if number == self.range.last || self.cutter.is_full() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn leave(&self, found: &mut Found) {
        for own in &self.range.batches {
            found.keep(own.source, "not all of it was read");
        }
        let shard = self.range.batches[0].shard;
        found.skipped.push(format!("{shard} has more: run the same command again for the rest"));
    }

    fn end(self, deployment: &Deployment, found: &mut Found) {
        if self.cutter.is_full() {
            // What was not read yet is not known to be lost.
            self.leave(found);
        } else {
            for (own, (seen, oldest)) in self.range.batches.iter().zip(&self.seen) {
                let lost = lost(own, *seen, oldest.as_ref(), self.covered);
                if lost > 0 {
                    found.keep(own.source, "the stream has forgotten records of it");
                    let (name, of) = (&found.sources[own.source].name, own.records);
                    found.lost.push(format!(
                        "{name}: the stream has forgotten {lost} of {of} records of {}, and no object covers them",
                        own.shard
                    ));
                }
            }
        }
        let shard_id = self.range.batches[0].shard.to_string();
        for records in self.cutter.finish() {
            let parsed = |record: &EventRecord| SequenceNumber::parse(&record.sequence_number).ok();
            let (first, last) = (parsed(&records[0]), parsed(&records[records.len() - 1]));
            let meets =
                |own: &&&GivenUp| first.is_some_and(|own_first| own_first <= own.last) && last >= Some(own.first);
            let sources = self.range.batches.iter().filter(meets).map(|own| own.source).collect();
            found.batches.push(Batch { sources, ..Batch::of_stream(deployment, &shard_id, &records) });
        }
    }
}

/// Records of a batch that the stream has forgotten and that no object covers, as far as the bucket tells. A stream forgets
/// its oldest, so these lie before `oldest`, the first that it still has of the batch.
fn lost(own: &GivenUp, seen: u64, oldest: Option<&SequenceNumber>, covered: &Covered) -> u64 {
    let forgotten = own.records.saturating_sub(seen);
    if forgotten == 0 || covered.around(&own.first, oldest.unwrap_or(&own.last)).is_some() {
        return 0;
    }
    let end = oldest.map_or(Bound::Included(own.last), |oldest| Bound::Excluded(*oldest));
    forgotten.saturating_sub(covered.records_within(&(Bound::Included(own.first), end)))
}

#[cfg(test)]
mod tests {
    use super::super::covered::{covered, number};
    use super::*;

    fn given_up(first: u64, last: u64, records: u64) -> GivenUp {
        GivenUp {
            stream: None,
            shard: ShardId::from_number(0).unwrap(),
            first: number(first),
            last: number(last),
            records,
            source: 0,
        }
    }

    #[test]
    fn ranges_that_meet_are_one() {
        for (name, ranges, expected) in [
            ("none", &[][..], &[][..]),
            ("apart, out of order", &[(10, 12), (1, 3)], &[(1, 3, 1), (10, 12, 1)]),
            ("next to each other", &[(1, 3), (4, 6)], &[(1, 3, 1), (4, 6, 1)]),
            ("touching", &[(1, 3), (3, 6)], &[(1, 6, 2)]),
            ("overlapping", &[(4, 9), (1, 5), (20, 21)], &[(1, 9, 2), (20, 21, 1)]),
            ("one in another", &[(1, 9), (2, 3), (8, 9)], &[(1, 9, 3)]),
            ("twice", &[(1, 9), (1, 9)], &[(1, 9, 2)]),
        ] {
            let batches: Vec<GivenUp> = ranges.iter().map(|(first, last)| given_up(*first, *last, 1)).collect();
            let merged = merged(batches.iter().collect());
            let told: Vec<_> = merged.iter().map(|own| (own.first, own.last, own.batches.len())).collect();
            let expected: Vec<_> = expected.iter().map(|(f, l, count)| (number(*f), number(*l), *count)).collect();
            assert_eq!(told, expected, "{name}");
        }
    }

    #[test]
    fn what_neither_the_stream_nor_the_bucket_has_is_lost() {
        let own = given_up(10, 20, 5);
        for (name, seen, oldest, ranges, expected) in [
            ("all are there", 5, Some(10), &[][..], 0),
            ("all are forgotten", 0, None, &[], 5),
            ("some are forgotten", 3, Some(14), &[], 2),
            ("all are forgotten, and covered", 0, None, &[(1, 30, 90)], 0),
            ("by batches within", 0, None, &[(10, 12, 2), (13, 20, 3)], 0),
            ("by some of them", 0, None, &[(10, 12, 2)], 3),
            ("some are forgotten, and covered", 3, Some(14), &[(9, 12, 2), (10, 12, 2)], 0),
            ("what reaches to the first that is left", 3, Some(14), &[(11, 14, 2)], 2),
            ("what covers the rest does not help", 3, Some(14), &[(14, 20, 3)], 2),
        ] {
            let oldest: Option<u64> = oldest;
            assert_eq!(lost(&own, seen, oldest.map(number).as_ref(), &covered(ranges)), expected, "{name}");
        }
    }

    #[test]
    fn a_document_that_names_no_range_is_refused() {
        let document = |shard: &str, first: &str, last: &str, arn: Option<&str>| FailureDocument {
            condition: String::new(),
            stream_arn: arn.map(str::to_owned),
            shard_id: shard.to_owned(),
            first: first.to_owned(),
            last: last.to_owned(),
            event: None,
            records: 1,
        };
        let (shard, arn) = ("shardId-000000000001", "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks");
        let read = GivenUp::of(&document(shard, "1", "2", Some(arn)), 0).unwrap();
        assert_eq!((read.stream.as_deref(), read.shard.number()), (Some("clicks"), 1));
        assert!(GivenUp::of(&document(shard, "1", "1", None), 0).is_ok());
        for (document, words) in [
            (document("shard", "1", "2", None), "shard id"),
            (document(shard, "x", "2", None), "sequence number"),
            (document(shard, "2", "1", None), "expected at least its startSequenceNumber, 2"),
            (document(shard, "1", "2", Some("arn:aws:s3:::b")), "event source"),
        ] {
            let why = GivenUp::of(&document, 0).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}
