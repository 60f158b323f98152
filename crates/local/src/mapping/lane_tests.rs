use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn writer() -> EventWriter {
    EventWriter::new("shardId-000000000000", "role", "us-east-1", "arn")
}

fn record(number: usize, data_bytes: usize) -> Record {
    Record {
        sequence_number: (1_000_000 + number).to_string(),
        partition_key: "k".to_owned(),
        data: "A".repeat(data_bytes),
        arrival_ms: 1_545_084_650_987,
    }
}

fn lane(records: usize, payload_bytes: usize, window: Duration) -> Lane {
    let limits = BatchLimits { records, payload_bytes, window };
    let idle = Duration::from_millis(100);
    Lane::new(LaneConfiguration { limits, backoff: Backoff::default(), idle, writer: writer() })
}

fn records(range: std::ops::Range<usize>) -> Vec<Record> {
    range.map(|number| record(number, 8)).collect()
}

#[test]
fn without_a_window_a_read_is_a_batch() {
    let mut lane = lane(100, 1 << 20, Duration::ZERO);
    assert_eq!(lane.step(SECOND), Step::Poll);
    lane.received(records(0..3), false, SECOND);
    assert_eq!(lane.step(SECOND), Step::Invoke);
    assert_eq!(lane.batch().unwrap().records, records(0..3));
    assert!(lane.succeeded(SECOND).is_some());
    assert_eq!(lane.step(SECOND), Step::WaitUntil(SECOND + Duration::from_millis(100)));
    assert_eq!(lane.checkpoint().acknowledged(), Some("1000002"));
}

#[test]
fn a_window_is_counted_from_the_first_record() {
    let mut lane = lane(100, 1 << 20, 2 * SECOND);
    lane.received(Vec::new(), false, SECOND);
    lane.received(records(0..1), false, 5 * SECOND);
    lane.received(records(1..2), false, 6 * SECOND);
    assert_eq!(lane.step(Duration::from_millis(6_050)), Step::WaitUntil(Duration::from_millis(6_100)));
    assert_eq!(lane.step(Duration::from_millis(6_950)), Step::Poll);
    lane.received(Vec::new(), false, Duration::from_millis(6_950));
    assert_eq!(lane.step(Duration::from_millis(6_951)), Step::WaitUntil(7 * SECOND), "the window's end is nearer");
    assert_eq!(lane.step(7 * SECOND), Step::Invoke);
    assert_eq!(lane.batch().unwrap().records.len(), 2);
}

#[test]
fn a_full_batch_does_not_wait_and_the_next_window_begins_when_it_is_done() {
    let mut lane = lane(2, 1 << 20, 60 * SECOND);
    lane.received(records(0..3), false, SECOND);
    assert_eq!(lane.step(SECOND), Step::Invoke);
    assert_eq!(lane.batch().unwrap().records, records(0..2));
    lane.succeeded(50 * SECOND);
    lane.received(Vec::new(), false, Duration::from_millis(109_950));
    assert_eq!(lane.step(Duration::from_millis(109_960)), Step::WaitUntil(110 * SECOND));
    assert_eq!(lane.step(110 * SECOND), Step::Invoke);
    assert_eq!(lane.batch().unwrap().records, records(2..3));
}

#[test]
fn a_failed_batch_is_sent_again_as_it_was() {
    let mut lane = lane(100, 1 << 20, Duration::ZERO);
    lane.received(records(0..3), false, SECOND);
    assert_eq!(lane.step(SECOND), Step::Invoke);
    let first = lane.batch().unwrap().clone();
    assert_eq!(lane.failed(SECOND), Duration::from_millis(100));
    assert_eq!(lane.step(SECOND), Step::WaitUntil(Duration::from_millis(1_100)));
    assert_eq!(lane.step(Duration::from_millis(1_100)), Step::Invoke);
    assert_eq!(lane.batch(), Some(&Batch { attempt: 2, ..first }));
    assert_eq!(lane.failed(2 * SECOND), Duration::from_millis(200));
    assert_eq!(lane.checkpoint().acknowledged(), None);
    assert_eq!(lane.unacknowledged(), 3);
}

#[test]
fn a_partial_failure_acknowledges_what_is_before_it() {
    let mut lane = lane(100, 1 << 20, Duration::ZERO);
    lane.received(records(0..5), false, SECOND);
    lane.step(SECOND);
    let (done, pause) = lane.failed_from(2, SECOND);
    assert_eq!(done.unwrap().records, records(0..2));
    assert_eq!(lane.checkpoint().acknowledged(), Some("1000001"));
    let rest = lane.batch().unwrap();
    assert_eq!((&rest.records, rest.attempt), (&records(2..5), 2));
    assert_eq!(rest.payload, writer().write(&records(2..5)));
    assert_eq!(lane.step(SECOND + pause), Step::Invoke);
}

#[test]
fn a_record_larger_than_any_event_is_told_and_passed_over() {
    let mut lane = lane(100, 2_000, Duration::ZERO);
    lane.received(vec![record(0, 8), record(1, 5_000), record(2, 8)], false, SECOND);
    assert_eq!(lane.step(SECOND), Step::Invoke);
    assert!(lane.discard(SECOND).is_none(), "only what is too large is discarded");
    lane.succeeded(SECOND);
    assert_eq!(lane.step(SECOND), Step::Discard);
    let discarded = lane.discard(SECOND).unwrap();
    assert_eq!(discarded.sequence_number, "1000001");
    assert_eq!(discarded.payload_bytes, writer().write(&[record(1, 5_000)]).len());
    assert_eq!(lane.step(SECOND), Step::Invoke);
    assert_eq!(lane.batch().unwrap().records, [record(2, 8)]);
}

#[test]
fn draining_reads_to_the_end_waits_for_no_window_and_is_done() {
    let mut lane = lane(100, 1 << 20, 300 * SECOND);
    lane.received(records(0..2), false, SECOND);
    assert_eq!(lane.step(SECOND), Step::WaitUntil(Duration::from_millis(1_100)));
    lane.drain(SECOND);
    assert_eq!(lane.step(SECOND), Step::Poll);
    lane.received(records(2..3), true, SECOND);
    assert_eq!(lane.step(SECOND), Step::Poll, "the shard holds more");
    lane.received(records(3..4), false, SECOND);
    assert_eq!(lane.step(SECOND), Step::Invoke);
    assert_eq!(lane.batch().unwrap().records, records(0..4));
    lane.succeeded(SECOND);
    assert_eq!(lane.step(SECOND), Step::Done);
}

/// What a test's stream and function do with a lane.
#[derive(Debug, Clone)]
enum Fate {
    Succeeds,
    Fails,
    FailsFrom(usize),
}

fn any_fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Succeeds),
        2 => Just(Fate::Fails),
        2 => (0_usize..12).prop_map(Fate::FailsFrom),
    ]
}

/// Sizes of records; some are too large for any event of the tests.
fn any_sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![8 => 0_usize..600, 1 => 3_000_usize..5_000], 0..60)
}

proptest! {
    /// Whatever the function does: each record is acknowledged or discarded once, in order, after it was sent, no
    /// record is passed over, and each event is within all limits.
    #[test]
    fn no_record_is_skipped(
        sizes in any_sizes(),
        fates in prop::collection::vec(any_fate(), 0..60),
        reads in prop::collection::vec((0_usize..9, 0_u64..700), 1..40),
        batch_size in 1_usize..9,
        window_ms in prop_oneof![Just(0_u64), 1_u64..2_000],
    ) {
        const PAYLOAD: usize = 3_000;
        let stream: Vec<_> = sizes.iter().enumerate().map(|(number, size)| record(number, *size)).collect();
        let mut lane = lane(batch_size, PAYLOAD, Duration::from_millis(window_ms));
        let (mut fates, mut reads) = (fates.into_iter(), reads.into_iter().cycle());
        let (mut now, mut read, mut settled) = (Duration::ZERO, 0, 0);
        let (mut out, mut polls): (Option<Batch>, usize) = (None, 0);
        for _ in 0..10_000 {
            if read == stream.len() {
                lane.drain(now);
            }
            match lane.step(now) {
                Step::Poll => {
                    polls += 1;
                    let (count, took_ms) = reads.next().unwrap();
                    // A read may find nothing and more be there, but not for ever.
                    let count = count + polls % 2;
                    now += Duration::from_millis(took_ms);
                    let to = (read + count).min(stream.len());
                    lane.received(stream[read..to].to_vec(), to < stream.len(), now);
                    read = to;
                }
                Step::WaitUntil(at) => {
                    prop_assert!(at > now, "a wait leads forwards");
                    now = at;
                }
                Step::Discard => {
                    let discarded = lane.discard(now).unwrap();
                    prop_assert_eq!(&discarded.sequence_number, &stream[settled].sequence_number);
                    prop_assert!(discarded.payload_bytes > PAYLOAD);
                    settled += 1;
                }
                Step::Invoke => {
                    let batch = lane.batch().unwrap().clone();
                    prop_assert!((1..=batch_size).contains(&batch.records.len()));
                    prop_assert!(batch.payload.len() <= PAYLOAD);
                    prop_assert_eq!(&batch.payload, &writer().write(&batch.records));
                    prop_assert_eq!(&batch.records[..], &stream[settled..settled + batch.records.len()]);
                    if let Some(failed) = out.take() {
                        prop_assert_eq!(&failed.records, &batch.records, "the same records again");
                        prop_assert_eq!(&failed.payload, &batch.payload);
                    }
                    match fates.next().unwrap_or(Fate::Succeeds) {
                        Fate::Succeeds => settled += lane.succeeded(now).unwrap().records.len(),
                        Fate::Fails => {
                            lane.failed(now);
                            out = Some(batch);
                        }
                        Fate::FailsFrom(index) => {
                            let (done, _) = lane.failed_from(index, now);
                            settled += done.map_or(0, |done| done.records.len());
                            out = lane.batch().cloned();
                        }
                    }
                }
                Step::Done => break,
            }
            let acknowledged = settled.checked_sub(1).map(|last| stream[last].sequence_number.as_str());
            prop_assert_eq!(lane.checkpoint().acknowledged(), acknowledged);
            prop_assert_eq!(lane.unacknowledged(), read - settled);
        }
        prop_assert_eq!(settled, stream.len(), "all is settled in the end");
        prop_assert_eq!(lane.step(now), Step::Done);
    }
}
