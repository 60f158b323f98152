use super::super::retry::Backoff;
use super::*;
use crate::kinesis::Record;

const SECOND: Duration = Duration::from_secs(1);

/// When the records of these tests arrive: a moment after 1970.
const ARRIVAL_MS: u64 = 1_000_000_000;

fn arrival() -> Duration {
    Duration::from_millis(ARRIVAL_MS)
}

fn polled(number: u64, data_bytes: usize) -> Polled {
    arrived(number, data_bytes, ARRIVAL_MS)
}

fn arrived(number: u64, data_bytes: usize, arrival_ms: u64) -> Polled {
    let record = Record {
        sequence_number: (1_000 + number).to_string(),
        partition_key: "k".to_owned(),
        data: "A".repeat(data_bytes),
        arrival_ms,
    };
    Polled { record, part_bytes: data_bytes + 10, ordinal: number }
}

fn limits(records: usize) -> BatchLimits {
    BatchLimits { records, payload_bytes: 10_000, window: Duration::ZERO }
}

fn policy() -> RetryPolicy {
    RetryPolicy { backoff: Backoff { first: SECOND, cap: SECOND }, ..RetryPolicy::default() }
}

/// A lane that holds records of these numbers.
fn lane(records: std::ops::Range<u64>, batch_size: usize, policy: RetryPolicy) -> Lane {
    let mut lane = Lane::new(limits(batch_size), policy);
    records.for_each(|number| lane.push(polled(number, 8), arrival()));
    lane
}

fn numbers(batch: &Batch) -> Vec<u64> {
    batch.records.iter().map(|polled| polled.ordinal).collect()
}

/// Sends the batch that is ready, as the answer the numbers that were sent, and settles it.
fn attempt(lane: &mut Lane, outcome: &Outcome, now: Duration) -> (Vec<u64>, Settled) {
    assert_eq!(lane.step(now), Step::Invoke);
    let sent = numbers(lane.batch().expect("a batch"));
    lane.sent();
    assert_eq!(lane.step(now), Step::Busy);
    (sent, lane.settle(outcome, now))
}

const SUCCESS: Outcome = Outcome::Answer(Answer::Success);

fn failed_from(index: usize) -> Outcome {
    Outcome::Answer(Answer::FailedFrom(index))
}

fn whole_batch() -> Outcome {
    Outcome::Answer(Answer::Failed("as asked".to_owned()))
}

#[test]
fn a_failed_batch_is_sent_again_as_it_was() {
    let mut lane = lane(0..3, 100, policy());
    let mut now = arrival();
    for attempt_number in 1..=5 {
        let (sent, settled) = attempt(&mut lane, &Outcome::FunctionError, now);
        assert_eq!(sent, [0, 1, 2]);
        let failed = settled.failed.expect("told");
        assert_eq!((failed.attempt, failed.records, failed.retry_at), (attempt_number, 3, Some(now + SECOND)));
        assert_eq!(lane.step(now), Step::WaitUntil(now + SECOND));
        lane.push(polled(2 + attempt_number, 8), now);
        now += SECOND;
    }
    let (_, settled) = attempt(&mut lane, &SUCCESS, now);
    assert_eq!((numbers(&settled.done.clone().unwrap()), settled.done.unwrap().attempts), (vec![0, 1, 2], 6));
    assert_eq!(attempt(&mut lane, &SUCCESS, now).0, [3, 4, 5, 6, 7], "what came meanwhile is the next batch");
}

#[test]
fn windows_and_sizes_close_a_batch() {
    let window = BatchLimits { window: 2 * SECOND, ..limits(2) };
    let mut lane = Lane::new(window, policy());
    assert_eq!(lane.step(arrival()), Step::Empty);
    lane.push(polled(0, 8), arrival());
    assert_eq!(lane.step(arrival()), Step::Gather(arrival() + 2 * SECOND));
    lane.push(polled(1, 8), arrival() + SECOND);
    lane.push(polled(2, 8), arrival() + SECOND);
    assert_eq!(attempt(&mut lane, &SUCCESS, arrival() + 50 * SECOND).0, [0, 1], "two are a batch");
    assert_eq!(lane.step(arrival() + 51 * SECOND), Step::Gather(arrival() + 52 * SECOND), "from the end of the last");
    assert_eq!(attempt(&mut lane, &SUCCESS, arrival() + 52 * SECOND).0, [2]);
    lane.stop_gathering();
    lane.push(polled(3, 8), arrival() + 60 * SECOND);
    assert_eq!(lane.step(arrival() + 60 * SECOND), Step::Invoke, "no window at the end");
}

#[test]
fn a_record_larger_than_any_event_is_given_up_unsent() {
    let mut lane = Lane::new(limits(10), policy());
    lane.push(polled(0, 8), arrival());
    lane.push(polled(1, 20_000), arrival());
    lane.push(polled(2, 8), arrival());
    assert_eq!(attempt(&mut lane, &SUCCESS, arrival()).0, [0]);
    assert_eq!(lane.step(arrival()), Step::Discard(DiscardCondition::InvocationPayloadTooLarge));
    assert_eq!(numbers(&lane.discarded(arrival()).unwrap()), [1]);
    assert_eq!(attempt(&mut lane, &SUCCESS, arrival()).0, [2]);
}

#[test]
fn throttles_use_up_no_attempt() {
    let mut lane = lane(0..2, 100, RetryPolicy { maximum_retry_attempts: Some(0), ..policy() });
    let mut now = arrival();
    for _ in 0..100 {
        let (sent, settled) = attempt(&mut lane, &Outcome::Throttled, now);
        assert_eq!((sent.len(), settled.failed.unwrap().attempt), (2, 1));
        now += SECOND;
    }
    attempt(&mut lane, &Outcome::FunctionError, now);
    assert_eq!(lane.step(now), Step::Discard(DiscardCondition::RetryAttemptsExhausted));
}

#[test]
fn throttles_end_with_the_record_age() {
    let mut lane = lane(0..2, 100, RetryPolicy { maximum_record_age: Some(60 * SECOND), ..policy() });
    attempt(&mut lane, &Outcome::Throttled, arrival());
    assert_eq!(lane.step(arrival() + 60 * SECOND), Step::Invoke);
    assert_eq!(lane.step(arrival() + 61 * SECOND), Step::Discard(DiscardCondition::RecordAgeExceeded));
}

#[test]
fn errors_are_retried_until_maximum_retry_attempts() {
    for (retries, attempts) in [(0, 1), (1, 2), (2, 3), (10_000, 10_001)] {
        let mut lane = lane(0..2, 100, RetryPolicy { maximum_retry_attempts: Some(retries), ..policy() });
        let mut now = arrival();
        let mut made = 0;
        while lane.step(now) == Step::Invoke {
            let (_, settled) = attempt(&mut lane, &Outcome::FunctionError, now);
            made += 1;
            assert_eq!(settled.failed.unwrap().retry_at.is_some(), made < attempts, "{retries} retries");
            now += SECOND;
        }
        assert_eq!(made, attempts, "{retries} retries");
        assert_eq!(lane.step(now), Step::Discard(DiscardCondition::RetryAttemptsExhausted));
        let batch = lane.discarded(now).expect("given up");
        assert_eq!((batch.attempts, batch.last_failure), (attempts, Some(Failure::FunctionError)));
        assert_eq!(lane.step(now), Step::Empty);
    }
}

#[test]
fn errors_are_retried_for_ever_by_default() {
    let mut lane = lane(0..1, 100, policy());
    let mut now = arrival();
    for _ in 0..20_000 {
        attempt(&mut lane, &Outcome::FunctionError, now);
        now += SECOND;
    }
    assert_eq!(lane.step(now), Step::Invoke);
}

#[test]
fn age_is_per_record_and_the_expired_head_is_cut_off() {
    let mut lane = Lane::new(limits(100), RetryPolicy { maximum_record_age: Some(60 * SECOND), ..policy() });
    for (number, late_ms) in [(0, 0), (1, 10), (2, 20_000), (3, 5), (4, 30_000)] {
        lane.push(arrived(number, 8, ARRIVAL_MS + late_ms), arrival());
    }
    attempt(&mut lane, &Outcome::FunctionError, arrival());
    let later = arrival() + 61 * SECOND;
    let cut = Cut { reason: CutReason::RecordAge, records_before: 2, records_after: 3, cut_at: "1002".to_owned() };
    assert_eq!(lane.step(later), Step::Cut(cut));
    assert_eq!(lane.step(later), Step::Discard(DiscardCondition::RecordAgeExceeded));
    assert_eq!(numbers(&lane.discarded(later).unwrap()), [0, 1], "a batch of its own");
    let (sent, settled) = attempt(&mut lane, &Outcome::FunctionError, later);
    assert_eq!(sent, [2, 3, 4], "the rest goes on, whatever is too old behind its head");
    assert_eq!(settled.failed.unwrap().attempt, 2, "with its attempts");
}

#[test]
fn what_expired_before_it_was_read_is_given_up_unsent() {
    let mut lane = lane(0..3, 100, RetryPolicy { maximum_record_age: Some(60 * SECOND), ..policy() });
    let later = arrival() + 61 * SECOND;
    assert_eq!(lane.step(later), Step::Discard(DiscardCondition::RecordAgeExceeded));
    let batch = lane.discarded(later).unwrap();
    assert_eq!((numbers(&batch), batch.attempts, batch.last_failure), (vec![0, 1, 2], 0, None));
}

#[test]
fn retention_loses_what_no_limit_gave_up() {
    let day = 24 * 3_600 * SECOND;
    let mut lane = Lane::new(limits(100), RetryPolicy { retention: Some(day), ..policy() });
    lane.push(arrived(0, 8, ARRIVAL_MS), arrival());
    lane.push(arrived(1, 8, ARRIVAL_MS + 5_000), arrival());
    attempt(&mut lane, &Outcome::FunctionError, arrival());
    let later = arrival() + day + SECOND;
    assert!(matches!(lane.step(later), Step::Cut(Cut { reason: CutReason::Retention, records_before: 1, .. })));
    assert_eq!(lane.step(later), Step::Expired, "no document, no count");
    assert_eq!(numbers(&lane.discarded(later).unwrap()), [0]);
    assert_eq!(attempt(&mut lane, &SUCCESS, later).0, [1]);
}

#[test]
fn retention_goes_before_record_age() {
    let day = 24 * 3_600 * SECOND;
    let mut lane = lane(0..2, 100, RetryPolicy { retention: Some(day), maximum_record_age: Some(day), ..policy() });
    assert_eq!(lane.step(arrival() + day + SECOND), Step::Expired, "why the age must be less than the retention");
}

#[test]
fn bisect_halves_and_uses_up_no_attempt() {
    let bisecting = RetryPolicy { maximum_retry_attempts: Some(1), bisect_batch_on_function_error: true, ..policy() };
    let mut lane = lane(0..7, 100, bisecting);
    let mut now = arrival();
    let mut sent = Vec::new();
    let mut given_up = Vec::new();
    let poison = 3;
    loop {
        match lane.step(now) {
            Step::Empty => break,
            Step::WaitUntil(at) => now = at,
            Step::Invoke => {
                let holds_poison = numbers(lane.batch().unwrap()).contains(&poison);
                let outcome = if holds_poison { Outcome::FunctionError } else { SUCCESS };
                sent.push(attempt(&mut lane, &outcome, now).0);
            }
            Step::Discard(DiscardCondition::RetryAttemptsExhausted) => {
                let batch = lane.discarded(now).unwrap();
                given_up.push((numbers(&batch), batch.attempts));
            }
            other => panic!("{other:?}"),
        }
    }
    let expected: Vec<Vec<u64>> = vec![
        vec![0, 1, 2, 3, 4, 5, 6],
        vec![0, 1, 2],
        vec![3, 4, 5, 6],
        vec![3, 4],
        vec![3],
        vec![3],
        vec![4],
        vec![5, 6],
    ];
    assert_eq!(sent, expected);
    assert_eq!(given_up, [(vec![poison], 2)], "the poison alone, after a first attempt and a retry of its own");
}

#[test]
fn a_bisect_is_told_with_its_cut() {
    let mut lane = lane(0..5, 100, RetryPolicy { bisect_batch_on_function_error: true, ..policy() });
    let (_, settled) = attempt(&mut lane, &Outcome::FunctionError, arrival());
    let cut = Cut { reason: CutReason::Bisect, records_before: 2, records_after: 3, cut_at: "1002".to_owned() };
    assert_eq!(settled.cut, Some(cut));
    assert_eq!((settled.done, settled.failed.unwrap().records), (None, 5));
}

#[test]
fn a_partial_response_with_bisect_splits_at_the_number() {
    let mut lane = lane(0..6, 100, RetryPolicy { bisect_batch_on_function_error: true, ..policy() });
    let (_, settled) = attempt(&mut lane, &failed_from(4), arrival());
    assert_eq!(numbers(&settled.done.unwrap()), [0, 1, 2, 3]);
    assert_eq!(attempt(&mut lane, &SUCCESS, arrival() + SECOND).0, [4, 5], "only the rest, and all of it");
}

#[test]
fn an_answer_that_fails_the_whole_batch_is_no_error_to_bisect() {
    let mut lane = lane(0..4, 100, RetryPolicy { bisect_batch_on_function_error: true, ..policy() });
    let (_, settled) = attempt(&mut lane, &whole_batch(), arrival());
    assert_eq!(settled.cut, None);
    assert_eq!(attempt(&mut lane, &SUCCESS, arrival() + SECOND).0, [0, 1, 2, 3]);
}

/// Recorded: a batch of 3, 3 retries, and a record that always fails came five times, and was told as four invocations.
#[test]
fn progress_resets_the_budget() {
    let mut lane = lane(0..6, 3, RetryPolicy { maximum_retry_attempts: Some(3), ..policy() });
    let mut now = arrival();
    let mut sent = Vec::new();
    loop {
        match lane.step(now) {
            Step::WaitUntil(at) => now = at,
            Step::Invoke => {
                let poison = numbers(lane.batch().unwrap()).iter().position(|&number| number == 5);
                let outcome = match poison {
                    None => SUCCESS,
                    Some(0) => whole_batch(),
                    Some(index) => failed_from(index),
                };
                sent.push(attempt(&mut lane, &outcome, now).0);
            }
            _ => break,
        }
    }
    let expected: Vec<Vec<u64>> = vec![vec![0, 1, 2], vec![3, 4, 5], vec![5], vec![5], vec![5], vec![5]];
    assert_eq!(sent, expected);
    assert_eq!(lane.step(now), Step::Discard(DiscardCondition::RetryAttemptsExhausted));
    let batch = lane.discarded(now).unwrap();
    assert_eq!((numbers(&batch), batch.attempts, batch.last_failure), (vec![5], 4, Some(Failure::BatchItemFailures)));
}

#[test]
fn partial_responses_that_advance_never_exhaust() {
    let mut lane = lane(0..500, 500, RetryPolicy { maximum_retry_attempts: Some(1), ..policy() });
    let mut now = arrival();
    for first in 0..499 {
        let (sent, settled) = attempt(&mut lane, &failed_from(1), now);
        assert_eq!((sent[0], numbers(&settled.done.unwrap())), (first, vec![first]));
        now += SECOND;
    }
    assert_eq!(attempt(&mut lane, &SUCCESS, now).0, [499]);
}

#[test]
fn back_off_grows_with_failures_in_a_row() {
    let backoff = Backoff { first: SECOND, cap: 5 * SECOND };
    let mut lane = lane(0..1, 1, RetryPolicy { backoff, ..policy() });
    let mut now = arrival();
    for (outcome, pause_s) in
        [(Outcome::FunctionError, 1), (Outcome::Throttled, 2), (whole_batch(), 4), (whole_batch(), 5)]
    {
        attempt(&mut lane, &outcome, now);
        assert_eq!(lane.step(now), Step::WaitUntil(now + pause_s * SECOND));
        now += pause_s * SECOND;
    }
}
