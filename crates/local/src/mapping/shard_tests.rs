use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::response::Answer;
use super::super::retry::Backoff;
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const START: Duration = Duration::from_secs(1_000_000);

fn configuration(parallelization_factor: u32, policy: RetryPolicy) -> ShardConfiguration {
    ShardConfiguration {
        parallelization_factor,
        limits: BatchLimits { records: 7, payload_bytes: 6_000, window: Duration::ZERO },
        policy,
        filter: Arc::new(FilterCriteria::default()),
        idle: SECOND / 10,
        writer: EventWriter::new("shardId-000000000000", "role", "us-east-1", "arn"),
        held_bytes_max: 20_000,
    }
}

fn record(number: usize, key: &str, arrival: Duration) -> Record {
    Record {
        sequence_number: (100_000 + number).to_string(),
        partition_key: key.to_owned(),
        data: "QUFB".repeat(number % 5),
        arrival_ms: u64::try_from(arrival.as_millis()).unwrap(),
    }
}

#[test]
fn keys_keep_their_lane() {
    for factor in 1..=10 {
        let lanes: BTreeSet<u32> = (0..1_000).map(|key| lane_of(&key.to_string(), factor)).collect();
        assert_eq!(lanes, (0..factor).collect(), "{factor} lanes, all used");
    }
    assert_eq!(lane_of("clicks", 10), lane_of("clicks", 10));
}

#[test]
fn lanes_go_on_without_each_other() {
    let mut shard = Shard::new(configuration(10, RetryPolicy::default()), Checkpoint::default());
    assert_eq!(shard.step(START), Step::Read);
    let records = (0..40).map(|number| record(number, &number.to_string(), START)).collect();
    shard.received(records, Found::CaughtUp, START);
    let mut out = BTreeSet::new();
    while let Step::Invoke(lane) = shard.step(START) {
        shard.sent(lane);
        assert!(out.insert(lane), "lane {lane} is sent to twice at once");
    }
    assert!(out.len() > 5, "many at once: {out:?}");
    let stuck = *out.iter().next().unwrap();
    for &lane in out.iter().skip(1) {
        shard.settle(lane, &Outcome::Answer(Answer::Success), START).unwrap().done.unwrap();
    }
    let first_stuck = shard.batch(stuck).unwrap().first_sequence_number().to_owned();
    assert!(!shard.checkpoint().covers(&first_stuck), "what is behind the stuck one is not behind the checkpoint");
    assert!(matches!(shard.step(START), Step::Invoke(_) | Step::WaitUntil(_)));
}

#[test]
fn what_is_held_is_bounded() {
    let mut shard = Shard::new(configuration(2, RetryPolicy::default()), Checkpoint::default());
    let (a, b) =
        ("1", (0..100).map(|key: u32| key.to_string()).find(|key| lane_of(key, 2) != lane_of("1", 2)).unwrap());
    let mut number = 0;
    let mut reads = 0;
    loop {
        match shard.step(START) {
            Step::Read => {
                // One record for the lane that is free, many for the one that is stuck.
                let mut records: Vec<Record> = (0..10).map(|offset| record(number + offset, a, START)).collect();
                records.push(record(number + 10, &b, START));
                number += 11;
                reads += 1;
                shard.received(records, Found::Behind, START);
            }
            Step::Invoke(lane) => {
                shard.sent(lane);
                if lane != lane_of(a, 2) as usize {
                    shard.settle(lane, &Outcome::Answer(Answer::Success), START);
                }
            }
            Step::Wait => break,
            other => panic!("{other:?}"),
        }
        assert!(reads < 100, "it reads on and on");
    }
    assert!(reads > 1);
}

#[test]
fn a_closed_shard_ends_when_all_is_done() {
    let mut shard = Shard::new(configuration(1, RetryPolicy::default()), Checkpoint::default());
    shard.received(vec![record(0, "k", START)], Found::End, START);
    assert_eq!(shard.step(START), Step::Invoke(0));
    shard.sent(0);
    assert_eq!(shard.step(START), Step::Wait, "not before the last record is done");
    shard.settle(0, &Outcome::Answer(Answer::Success), START);
    assert_eq!(shard.step(START), Step::Ended(Ending::Closed));
}

#[test]
fn a_stopped_shard_ends_when_nothing_is_out_and_keeps_its_checkpoint() {
    let mut shard = Shard::new(configuration(1, RetryPolicy::default()), Checkpoint::default());
    let records = (0..20).map(|number| record(number, "k", START)).collect();
    shard.received(records, Found::CaughtUp, START);
    assert_eq!(shard.step(START), Step::Invoke(0));
    shard.sent(0);
    shard.stop();
    assert_eq!(shard.step(START), Step::Wait, "an invocation that runs is not cut off");
    shard.settle(0, &Outcome::Answer(Answer::Success), START);
    assert_eq!(shard.step(START), Step::Ended(Ending::Stopped));
    assert_eq!(shard.checkpoint().acknowledged(), Some("100006"), "a batch of 7");
    let again = Shard::new(configuration(1, RetryPolicy::default()), shard.checkpoint().clone());
    assert_eq!(again.checkpoint().acknowledged(), Some("100006"));
}

#[test]
fn filtered_records_are_done_when_they_are_read() {
    let patterns = [r#"{"data":{"kind":["a"]}}"#.to_owned()];
    let filter = Arc::new(FilterCriteria::parse(&patterns).unwrap());
    let mut shard =
        Shard::new(ShardConfiguration { filter, ..configuration(1, RetryPolicy::default()) }, Checkpoint::default());
    let data = [r#"{"kind":"b"}"#, r#"{"kind":"a"}"#, "no json", r#"{"kind":"b"}"#];
    let records = data.iter().enumerate().map(|(number, data)| {
        let data = base64_simd::STANDARD.encode_to_string(data.as_bytes());
        Record { data, ..record(number, "k", START) }
    });
    let filtered_out = shard.received(records.collect(), Found::CaughtUp, START);
    assert_eq!(filtered_out, ["100000", "100002", "100003"]);
    assert_eq!(shard.checkpoint().acknowledged(), Some("100000"), "up to the one that is not done");
    assert_eq!(shard.step(START), Step::Invoke(0));
    shard.sent(0);
    shard.settle(0, &Outcome::Answer(Answer::Success), START);
    assert_eq!(shard.checkpoint().acknowledged(), Some("100003"));
}

/// What a function and a stream may do, drawn.
#[derive(Debug, Clone)]
enum Luck {
    Success,
    Error,
    Throttle,
    WholeBatch,
    Partial(prop::sample::Index),
}

fn luck() -> impl Strategy<Value = Luck> {
    prop_oneof![
        4 => Just(Luck::Success),
        2 => Just(Luck::Error),
        1 => Just(Luck::Throttle),
        1 => Just(Luck::WholeBatch),
        2 => any::<prop::sample::Index>().prop_map(Luck::Partial),
    ]
}

#[derive(Debug, Clone)]
struct Story {
    factor: u32,
    retries: Option<u64>,
    age_s: Option<u64>,
    retention_s: Option<u64>,
    bisect: bool,
    reads: Vec<u8>,
    keys: u8,
    lucks: Vec<Luck>,
    /// How many invocations are out at once before one of them is settled.
    out_max: usize,
}

fn story() -> impl Strategy<Value = Story> {
    let limits = (
        1..=10_u32,
        prop::option::of(0..4_u64),
        prop::option::of(5..60_u64),
        prop::option::of(30..90_u64),
        any::<bool>(),
    );
    let flow = (prop::collection::vec(0..30_u8, 0..8), 1..20_u8, prop::collection::vec(luck(), 1..60), 1..6_usize);
    (limits, flow).prop_map(|((factor, retries, age_s, retention_s, bisect), (reads, keys, lucks, out_max))| Story {
        factor,
        retries,
        age_s,
        retention_s,
        bisect,
        reads,
        keys,
        lucks,
        out_max,
    })
}

/// What became of each record, by its sequence number, and in which order for each partition key.
#[derive(Debug, Default)]
struct Fates {
    delivered: BTreeSet<String>,
    discarded: BTreeSet<String>,
    expired: BTreeSet<String>,
    last_of_key: BTreeMap<String, String>,
    sent: BTreeSet<String>,
}

impl Fates {
    /// Takes the records of a batch that left the shard.
    fn leave(&mut self, batch: &Batch, which: fn(&mut Fates) -> &mut BTreeSet<String>) -> Result<(), TestCaseError> {
        for polled in &batch.records {
            let number = polled.record.sequence_number.clone();
            let before = self.last_of_key.insert(polled.record.partition_key.clone(), number.clone());
            prop_assert!(before.is_none_or(|before| before < number), "order of a partition key");
            let left_already =
                [&self.delivered, &self.discarded, &self.expired].iter().any(|set| set.contains(&number));
            prop_assert!(!left_already, "{} leaves twice", number);
            which(self).insert(number);
        }
        Ok(())
    }
}

/// Lives through a story to its end: after the drawn luck all goes well. The sum of what happened is checked by the caller.
fn live(story: &Story) -> Result<(Fates, usize, Shard), TestCaseError> {
    let policy = RetryPolicy {
        maximum_retry_attempts: story.retries,
        maximum_record_age: story.age_s.map(Duration::from_secs),
        bisect_batch_on_function_error: story.bisect,
        retention: story.retention_s.map(Duration::from_secs),
        backoff: Backoff { first: SECOND, cap: 8 * SECOND },
    };
    let limits = configuration(story.factor, policy).limits;
    let mut shard = Shard::new(configuration(story.factor, policy), Checkpoint::default());
    let mut fates = Fates::default();
    let mut lucks = story.lucks.iter();
    let mut reads = story.reads.iter();
    let mut out: Vec<usize> = Vec::new();
    let mut now = START;
    let mut read = 0;
    for _ in 0..100_000 {
        if out.len() >= story.out_max {
            settle(&mut shard, out.remove(0), lucks.next(), &mut fates, now)?;
        }
        let before = shard.checkpoint().clone();
        match shard.step(now) {
            Step::Read => {
                let next = reads.next();
                let records: Vec<Record> = (0..next.copied().unwrap_or_default())
                    .map(|offset| {
                        let number = read + usize::from(offset);
                        record(number, &(number % usize::from(story.keys)).to_string(), now)
                    })
                    .collect();
                read += records.len();
                shard.received(records, if next.is_some() { Found::Behind } else { Found::End }, now);
                now += SECOND;
            }
            Step::Invoke(lane) => {
                let batch = shard.batch(lane).expect("a batch to send");
                prop_assert!(batch.records.len() <= limits.records && !batch.records.is_empty());
                let attempts = batch.attempts;
                prop_assert!(story.retries.is_none_or(|retries| attempts <= retries), "a budget is overdrawn");
                for polled in &batch.records {
                    let age = now.saturating_sub(Duration::from_millis(polled.record.arrival_ms));
                    let head = polled.ordinal == batch.records[0].ordinal;
                    prop_assert!(!head || story.age_s.is_none_or(|limit| age <= Duration::from_secs(limit)));
                    fates.sent.insert(polled.record.sequence_number.clone());
                }
                shard.sent(lane);
                prop_assert!(!out.contains(&lane), "a lane is sent to twice at once");
                out.push(lane);
            }
            Step::Cut(_, cut) => prop_assert!(cut.records_before > 0 && cut.records_after > 0),
            Step::Discard(lane, condition) => {
                let batch = shard.discarded(lane, now).expect("a batch to give up");
                if condition == DiscardCondition::RetryAttemptsExhausted {
                    prop_assert_eq!(Some(batch.attempts), story.retries.map(|retries| retries + 1));
                    prop_assert!(batch.last_failure.is_some());
                }
                fates.leave(&batch, |fates| &mut fates.discarded)?;
            }
            Step::Expired(lane) => {
                let batch = shard.discarded(lane, now).expect("a batch that expired");
                fates.leave(&batch, |fates| &mut fates.expired)?;
            }
            Step::WaitUntil(at) => {
                prop_assert!(at > now);
                if out.is_empty() {
                    now = at;
                } else {
                    settle(&mut shard, out.remove(0), lucks.next(), &mut fates, now)?;
                }
            }
            Step::Wait => {
                prop_assert!(!out.is_empty(), "it waits for nothing");
                settle(&mut shard, out.remove(0), lucks.next(), &mut fates, now)?;
            }
            Step::Ended(ending) => {
                prop_assert_eq!(ending, Ending::Closed);
                prop_assert!(out.is_empty());
                return Ok((fates, read, shard));
            }
        }
        let moved = shard.checkpoint().acknowledged();
        prop_assert!(before.acknowledged().is_none_or(|before| moved.is_some_and(|moved| moved >= before)));
    }
    Err(TestCaseError::fail("it never ends"))
}

fn settle(
    shard: &mut Shard,
    lane: usize,
    luck: Option<&Luck>,
    fates: &mut Fates,
    now: Duration,
) -> Result<(), TestCaseError> {
    let batch = shard.batch(lane).expect("a batch that is out");
    let len = batch.records.len();
    let outcome = match luck {
        None | Some(Luck::Success) => Outcome::Answer(Answer::Success),
        Some(Luck::Error) => Outcome::FunctionError,
        Some(Luck::Throttle) => Outcome::Throttled,
        Some(Luck::Partial(index)) if len > 1 => Outcome::Answer(Answer::FailedFrom(1 + index.index(len - 1))),
        Some(Luck::WholeBatch | Luck::Partial(_)) => Outcome::Answer(Answer::Failed("luck".to_owned())),
    };
    let settled = shard.settle(lane, &outcome, now).expect("a lane");
    let done = settled.done.as_ref().map_or(0, |done| done.records.len());
    let failed = settled.failed.as_ref().map_or(0, |failed| failed.records);
    prop_assert_eq!(done + failed, len, "all that was sent is done or not");
    if let Some(done) = &settled.done {
        for polled in &done.records {
            prop_assert!(fates.sent.contains(&polled.record.sequence_number), "acknowledged and never sent");
        }
        fates.leave(done, |fates| &mut fates.delivered)?;
    }
    Ok(())
}

proptest! {
    /// No record is skipped, none acknowledged unsent, none leaves twice, order holds for each partition key, budgets
    /// are respected, and the checkpoint only moves forwards, whatever the function and time do.
    #[test]
    fn every_record_leaves_once_and_in_order(story in story()) {
        let (fates, read, shard) = live(&story)?;
        prop_assert_eq!(fates.delivered.len() + fates.discarded.len() + fates.expired.len(), read);
        if story.retries.is_none() && story.age_s.is_none() {
            prop_assert!(fates.discarded.is_empty(), "without limits nothing is given up");
        }
        if story.retention_s.is_none() {
            prop_assert!(fates.expired.is_empty(), "a stream that keeps everything loses nothing");
        }
        let last = (100_000 + read).checked_sub(1).map(|last| last.to_string()).filter(|_| read > 0);
        prop_assert_eq!(shard.checkpoint().acknowledged(), last.as_deref(), "all is done at the end");
        prop_assert_eq!(shard.records(), 0);
    }
}
