//! D4 and D5 where they are kept: puts against a store in memory that fails as it is told, in a time that is not real.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use penstock_delivery::outcome::answer;
use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{DeliveryConfig, Failure, Processed, RecordsBuilder, Transform, UserRecord};
use penstock_format::{ArrivalTime, SequenceDigits, ShardId};
use tokio::time::Instant;

use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
/// A deadline that no test comes near by accident.
const LONG: Duration = Duration::from_mins(10);

/// Fails what begins with `f`, so that a plan has an error object too.
struct FailsF;

impl Transform for FailsF {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        if record.data.starts_with(b"f") {
            return Err(Failure::new("it begins with f"));
        }
        Ok(Processed::Keep(Cow::Borrowed(record.data)))
    }
}

/// The plan of a batch whose first record has this number.
fn planned(first: usize, texts: &[&str]) -> DeliveryPlan {
    let variables = BTreeMap::from([("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
    let config = DeliveryConfig::parse(|name| variables.get(name).map(|&value| value.to_owned())).unwrap();
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";
    let mut records = RecordsBuilder::new(arn, ShardId::parse("shardId-000000000006").unwrap(), b"\n", 0);
    for (number, text) in (first..).zip(texts) {
        let number = SequenceDigits::parse(number.to_string().leak()).unwrap();
        let arrival = ArrivalTime::from_millis(1_545_084_650_987).unwrap();
        let lay_down = |arena: &mut Vec<u8>| {
            arena.extend_from_slice(text.as_bytes());
            Ok::<_, TooManyRecords>(())
        };
        records.push(number, Cow::Borrowed("key"), arrival, lay_down).unwrap();
    }
    plan(&config, &FailsF, records.finish(), IdSource::Derived).unwrap()
}

/// A plan of one data object.
fn one() -> DeliveryPlan {
    planned(1, &["a"])
}

/// A plan of a data object and an error object.
fn two() -> DeliveryPlan {
    planned(1, &["a", "f"])
}

/// A plan of so many data objects.
fn many(objects: usize) -> DeliveryPlan {
    let mut all = planned(1, &[]);
    all.objects = (1..=objects).flat_map(|number| planned(number, &["a"]).objects).collect();
    all
}

/// Objects by key; what is there stays.
#[derive(Default)]
struct MemoryStore(Mutex<BTreeMap<String, Bytes>>);

impl ObjectStore for MemoryStore {
    async fn put(&self, object: &PlannedObject) -> Attempt {
        let mut objects = self.0.lock().unwrap();
        if objects.contains_key(object.key.as_str()) {
            return Attempt::AlreadyStored;
        }
        objects.insert(object.key.as_str().to_owned(), object.body.clone());
        Attempt::Stored
    }
}

/// What is wrong with one attempt.
#[derive(Clone)]
enum Fault {
    /// Nothing is stored, and this is the answer.
    Answer(Attempt),
    /// It is stored, and the answer is lost on its way.
    AnswerLost,
    /// There never is an answer.
    Hang,
    /// It takes so long.
    Slow(Duration),
}

/// What is wrong, if anything, with the attempt of this number, from 1, at this object.
type Faults = Box<dyn Fn(usize, &PlannedObject) -> Option<Fault> + Send + Sync>;

/// A store of which some attempts fail.
struct FailingStore<S> {
    inner: S,
    fault: Faults,
    /// Key and moment of each attempt.
    attempts: Mutex<Vec<(String, Instant)>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl<S> FailingStore<S> {
    /// `fault` is as in [`Faults`].
    fn new(inner: S, fault: impl Fn(usize, &PlannedObject) -> Option<Fault> + Send + Sync + 'static) -> Self {
        let (under_way, most_under_way) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { inner, fault: Box::new(fault), attempts: Mutex::default(), under_way, most_under_way }
    }

    /// Keys of all attempts so far, in order; the next count begins anew.
    fn take_keys(&self) -> Vec<String> {
        std::mem::take(&mut *self.attempts.lock().unwrap()).into_iter().map(|(key, _)| key).collect()
    }

    /// From each attempt to the next.
    fn pauses(&self) -> Vec<Duration> {
        let attempts = self.attempts.lock().unwrap();
        attempts.windows(2).map(|pair| pair[1].1 - pair[0].1).collect()
    }
}

/// Counts as one put under way, until it is answered or given up.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S: ObjectStore> ObjectStore for FailingStore<S> {
    async fn put(&self, object: &PlannedObject) -> Attempt {
        let number = {
            let mut attempts = self.attempts.lock().unwrap();
            attempts.push((object.key.as_str().to_owned(), Instant::now()));
            attempts.len()
        };
        let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::Relaxed);
        let _until_the_end = UnderWay(&self.under_way);
        match (self.fault)(number, object) {
            None => self.inner.put(object).await,
            Some(Fault::Answer(attempt)) => attempt,
            Some(Fault::AnswerLost) => {
                self.inner.put(object).await;
                again("connection reset", None)
            }
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Slow(time)) => {
                tokio::time::sleep(time).await;
                self.inner.put(object).await
            }
        }
    }
}

fn again(message: &str, after: Option<Duration>) -> Attempt {
    Attempt::Again { message: message.to_owned(), after }
}

fn refused() -> Fault {
    Fault::Answer(Attempt::Refused { message: "403 AccessDenied: no".to_owned() })
}

/// The first attempts, so many, meet the fault.
fn fail_first(count: usize, fault: Fault) -> FailingStore<MemoryStore> {
    FailingStore::new(MemoryStore::default(), move |number, _| (number <= count).then(|| fault.clone()))
}

/// Every attempt meets the fault.
fn always(fault: Fault) -> FailingStore<MemoryStore> {
    fail_first(usize::MAX, fault)
}

async fn put(store: &impl ObjectStore, plan: &DeliveryPlan, left: Duration) -> Vec<PutOutcome> {
    put_all(store, &StoredKeys::default(), plan, Deadline::after(left)).await
}

fn keys(plan: &DeliveryPlan) -> Vec<String> {
    plan.all_objects().map(|object| object.key.as_str().to_owned()).collect()
}

fn class_and_message(outcome: &PutOutcome) -> (PutFailureClass, &str) {
    match outcome {
        PutOutcome::Failed(failure) => (failure.class, &failure.message),
        PutOutcome::Stored | PutOutcome::AlreadyStored => panic!("expected a failure, not {outcome:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn d4_a_plan_is_delivered_when_all_of_it_is_stored() {
    let (store, plan) = (MemoryStore::default(), two());
    let outcomes = put(&store, &plan, LONG).await;
    assert_eq!(outcomes, [PutOutcome::Stored, PutOutcome::Stored]);
    assert!(answer(&plan, &outcomes).is_ok());
    let stored = store.0.into_inner().unwrap();
    let expected = plan.all_objects().map(|object| (object.key.as_str().to_owned(), object.body.clone()));
    assert_eq!(stored, expected.collect());
}

#[tokio::test(start_paused = true)]
async fn d4_a_plan_without_objects_is_delivered_without_a_put() {
    for (name, left) in [("with time", LONG), ("without", Duration::ZERO)] {
        let (store, plan) = (always(refused()), planned(1, &[]));
        let outcomes = put(&store, &plan, left).await;
        assert_eq!(outcomes, [], "{name}");
        assert!(answer(&plan, &outcomes).is_ok(), "{name}");
        assert_eq!(store.take_keys().len(), 0, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn d4_what_is_there_already_is_success_and_stays_as_it_is() {
    let (store, plan) = (MemoryStore::default(), one());
    let key = keys(&plan).remove(0);
    store.0.lock().unwrap().insert(key.clone(), Bytes::from_static(b"from another build"));
    let outcomes = put(&store, &plan, LONG).await;
    assert_eq!(outcomes, [PutOutcome::AlreadyStored]);
    assert!(answer(&plan, &outcomes).is_ok());
    assert_eq!(store.0.into_inner().unwrap()[&key], "from another build");
}

#[tokio::test(start_paused = true)]
async fn d4_what_may_pass_is_tried_again_until_it_is_stored() {
    for (name, fault) in [
        ("conflict", Fault::Answer(again("409 ConditionalRequestConflict: no", None))),
        ("throttling", Fault::Answer(again("503 SlowDown: no", None))),
        ("no answer", Fault::Hang),
    ] {
        for failures in [1, 3, 20] {
            let (store, plan) = (fail_first(failures, fault.clone()), one());
            let outcomes = put(&store, &plan, LONG).await;
            assert_eq!(outcomes, [PutOutcome::Stored], "{name}, {failures} times");
            assert_eq!(store.take_keys().len(), failures + 1, "{name}, {failures} times");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn d4_pauses_double_up_to_a_limit_and_are_drawn_from_their_upper_half() {
    let store = fail_first(12, Fault::Answer(again("503 SlowDown: no", None)));
    assert_eq!(put(&store, &one(), LONG).await, [PutOutcome::Stored]);
    let mut most = BACKOFF_FIRST;
    for (number, pause) in store.pauses().into_iter().enumerate() {
        // The timer counts whole milliseconds.
        assert!(most / 2 <= pause && pause <= most + MILLISECOND, "pause {number} is {pause:?} of {most:?}");
        most = (most * 2).min(BACKOFF_MAX);
    }
    assert_eq!(most, BACKOFF_MAX, "the limit is reached");
}

#[tokio::test(start_paused = true)]
async fn d4_puts_that_failed_together_do_not_come_again_together() {
    let store = fail_first(PUTS_AT_ONCE, Fault::Answer(again("503 SlowDown: no", None)));
    let outcomes = put(&store, &many(PUTS_AT_ONCE), LONG).await;
    assert!(outcomes.iter().all(|outcome| *outcome == PutOutcome::Stored));
    let mut moments: Vec<_> = store.attempts.lock().unwrap().iter().map(|(_, at)| *at).collect();
    moments.dedup();
    assert!(moments.len() > 3, "one moment for the first attempts, and several for the second: {moments:?}");
}

#[tokio::test(start_paused = true)]
async fn d4_a_pause_that_the_store_asks_for_is_kept() {
    let store = fail_first(2, Fault::Answer(again("503 SlowDown: no", Some(3 * SECOND))));
    assert_eq!(put(&store, &one(), LONG).await, [PutOutcome::Stored]);
    let pauses = store.pauses();
    assert!(pauses.iter().all(|pause| (3 * SECOND..3 * SECOND + 2 * MILLISECOND).contains(pause)), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn d4_a_pause_beyond_the_deadline_ends_at_the_deadline() {
    let store = always(Fault::Answer(again("503 SlowDown: come tomorrow", Some(24 * 60 * 60 * SECOND))));
    let started = Instant::now();
    let outcomes = put(&store, &one(), 5 * SECOND).await;
    assert!(started.elapsed() <= 5 * SECOND + MILLISECOND, "{:?}", started.elapsed());
    let expected = "not stored before the deadline: 503 SlowDown: come tomorrow";
    assert_eq!(class_and_message(&outcomes[0]), (PutFailureClass::Transient, expected));
}

#[tokio::test(start_paused = true)]
async fn d4_what_never_passes_ends_before_the_deadline_with_the_last_answer() {
    let store = always(Fault::Answer(again("409 ConditionalRequestConflict: no", None)));
    let (plan, started) = (two(), Instant::now());
    let outcomes = put(&store, &plan, 5 * SECOND).await;
    assert!(started.elapsed() <= 5 * SECOND + MILLISECOND, "{:?}", started.elapsed());
    for outcome in &outcomes {
        let expected = "not stored before the deadline: 409 ConditionalRequestConflict: no";
        assert_eq!(class_and_message(outcome), (PutFailureClass::Transient, expected));
    }
    let error = answer(&plan, &outcomes).unwrap_err();
    assert_eq!((error.class, error.failed, error.objects), (PutFailureClass::Transient, 2, 2));
    assert_eq!(store.inner.0.into_inner().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn d4_a_store_that_hangs_ends_before_the_deadline_with_an_error() {
    let (store, started) = (always(Fault::Hang), Instant::now());
    let outcomes = put(&store, &one(), 5 * SECOND).await;
    assert!(started.elapsed() <= 5 * SECOND + MILLISECOND, "{:?}", started.elapsed());
    let expected = "not stored before the deadline: no answer within 5000 ms";
    assert_eq!(class_and_message(&outcomes[0]), (PutFailureClass::Transient, expected));
}

#[tokio::test(start_paused = true)]
async fn d4_a_connection_that_hangs_is_given_up_for_another() {
    let (store, started) = (fail_first(1, Fault::Hang), Instant::now());
    assert_eq!(put(&store, &one(), LONG).await, [PutOutcome::Stored]);
    let elapsed = started.elapsed();
    assert!(PUT_ATTEMPT < elapsed && elapsed <= PUT_ATTEMPT + BACKOFF_FIRST + 2 * MILLISECOND, "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn d4_a_refusal_is_said_at_once_and_nothing_is_waited_for() {
    for (name, refuses_errors) in [("of the data object", false), ("of the error object", true)] {
        let store = FailingStore::new(MemoryStore::default(), move |_, object| {
            let is_error = matches!(object.role, penstock_format::ObjectRole::Error(_));
            Some(if is_error == refuses_errors { refused() } else { Fault::Hang })
        });
        let (plan, started) = (two(), Instant::now());
        let outcomes = put(&store, &plan, LONG).await;
        assert!(started.elapsed() < MILLISECOND, "{name}: {:?}", started.elapsed());
        let (refused, other) = if refuses_errors { (1, 0) } else { (0, 1) };
        assert_eq!(class_and_message(&outcomes[refused]), (PutFailureClass::Permanent, "403 AccessDenied: no"));
        assert_eq!(class_and_message(&outcomes[other]).0, PutFailureClass::Transient, "{name}");
        // Whoever reads the answer learns of the object that somebody must do something about.
        let error = answer(&plan, &outcomes).unwrap_err();
        assert_eq!((error.class, error.failed), (PutFailureClass::Permanent, 2), "{name}");
        assert_eq!((&error.key, error.message.as_str()), (&keys(&plan)[refused], "403 AccessDenied: no"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn d4_a_key_that_cannot_be_used_is_a_refusal_with_a_name() {
    for fault in KmsKeyFault::ALL {
        let message = format!("400: {}", fault.words());
        let refused = Attempt::KeyRefused { fault, message: message.clone() };
        let store = always(Fault::Answer(refused));
        let (plan, started) = (one(), Instant::now());
        let outcomes = put(&store, &plan, LONG).await;
        assert!(started.elapsed() < MILLISECOND && store.take_keys().len() == 1, "{fault:?}: it is not tried again");
        assert_eq!(class_and_message(&outcomes[0]), (PutFailureClass::KmsKey(fault), message.as_str()));
        assert_eq!(answer(&plan, &outcomes).unwrap_err().class.error_type(), fault.error_type());
    }
}

#[tokio::test(start_paused = true)]
async fn d4_nothing_is_tried_when_there_is_no_time() {
    let store = FailingStore::new(MemoryStore::default(), |_, _| None);
    let outcomes = put(&store, &one(), Duration::ZERO).await;
    let expected = "not stored before the deadline: there was no time to try";
    assert_eq!(class_and_message(&outcomes[0]), (PutFailureClass::Transient, expected));
    assert_eq!(store.take_keys().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn d4_time_to_answer_is_kept_back_from_lambdas_deadline() {
    let now = UNIX_EPOCH + Duration::from_millis(1_545_084_650_987);
    for (name, left_ms, expected_ms) in [
        ("an ordinary timeout", 60_000, 58_000),
        ("where the third is the reserve", 6_000, 4_000),
        ("a short one", 3_000, 2_000),
        ("a very short one", 300, 200),
        ("no time", 0, 0),
    ] {
        let deadline = Deadline::from_lambda(1_545_084_650_987 + left_ms, now);
        assert_eq!(deadline.left(), Duration::from_millis(expected_ms), "{name}");
    }
    assert_eq!(Deadline::from_lambda(1_545_084_650_000, now).left(), Duration::ZERO, "it has passed");
    assert_eq!(Deadline::from_lambda(0, now).left(), Duration::ZERO, "there is none");
}

#[tokio::test(start_paused = true)]
async fn d5_an_object_whose_answer_is_lost_is_stored_once() {
    let (store, plan) = (fail_first(1, Fault::AnswerLost), one());
    let outcomes = put(&store, &plan, LONG).await;
    assert_eq!(outcomes, [PutOutcome::AlreadyStored]);
    assert!(answer(&plan, &outcomes).is_ok());
    assert_eq!(store.inner.0.into_inner().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn d5_what_is_stored_of_an_unacknowledged_batch_is_not_put_again() {
    for (name, fault) in [("refused", refused()), ("hanging", Fault::Hang)] {
        let plan = two();
        let well = Arc::new(AtomicBool::new(false));
        let (healed, sick) = (Arc::clone(&well), keys(&plan).remove(1));
        let store = FailingStore::new(MemoryStore::default(), move |_, object| {
            (object.key.as_str() == sick && !healed.load(Ordering::Relaxed)).then(|| fault.clone())
        });
        let stored_keys = StoredKeys::default();
        let attempt = || put_all(&store, &stored_keys, &plan, Deadline::after(SECOND));

        assert!(answer(&plan, &attempt().await).is_err(), "{name}");
        assert_eq!(store.take_keys(), keys(&plan), "{name}: both are tried");
        assert!(answer(&plan, &attempt().await).is_err(), "{name}");
        assert_eq!(store.take_keys(), keys(&plan)[1..], "{name}: one of them again");
        well.store(true, Ordering::Relaxed);
        assert_eq!(attempt().await, [PutOutcome::AlreadyStored, PutOutcome::Stored], "{name}");
        assert_eq!(store.take_keys(), keys(&plan)[1..], "{name}: and stored");

        // Acknowledged, and so forgotten: should it come again, S3 is asked.
        assert_eq!(attempt().await, [PutOutcome::AlreadyStored, PutOutcome::AlreadyStored], "{name}");
        assert_eq!(store.take_keys(), keys(&plan), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn d5_a_batch_that_needs_three_deadlines_ends() {
    // In one and a half times the time of a put, as many objects are stored as may be under way.
    let store = FailingStore::new(MemoryStore::default(), |_, _| Some(Fault::Slow(SECOND)));
    let (stored_keys, plan) = (StoredKeys::default(), many(2 * PUTS_AT_ONCE + 3));
    let mut stored = Vec::new();
    for last in [false, false, true] {
        let outcomes = put_all(&store, &stored_keys, &plan, Deadline::after(SECOND * 3 / 2)).await;
        assert_eq!(answer(&plan, &outcomes).is_ok(), last);
        stored.push(outcomes.iter().filter(|outcome| **outcome == PutOutcome::Stored).count());
    }
    assert_eq!(stored, [PUTS_AT_ONCE, PUTS_AT_ONCE, 3]);
    assert_eq!(store.inner.0.into_inner().unwrap().len(), keys(&plan).len());
}

#[tokio::test(start_paused = true)]
async fn d5_keys_of_one_batch_do_not_outlive_another() {
    let store = FailingStore::new(MemoryStore::default(), |number, _| (number == 2).then(refused));
    let (stored_keys, first, second) = (StoredKeys::default(), two(), planned(7, &["b"]));
    let deadline = Deadline::after(LONG);
    assert!(answer(&first, &put_all(&store, &stored_keys, &first, deadline).await).is_err());
    assert!(answer(&second, &put_all(&store, &stored_keys, &second, deadline).await).is_ok());
    assert_eq!(stored_keys.lock().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn l1_only_so_many_puts_are_under_way() {
    let store = FailingStore::new(MemoryStore::default(), |_, _| Some(Fault::Slow(SECOND)));
    let outcomes = put(&store, &many(5 * PUTS_AT_ONCE), LONG).await;
    assert!(outcomes.iter().all(|outcome| *outcome == PutOutcome::Stored));
    assert_eq!(store.most_under_way.load(Ordering::Relaxed), PUTS_AT_ONCE);
}

#[tokio::test(start_paused = true)]
async fn d4_under_a_random_key_lies_another_object_unless_an_answer_of_ours_was_lost() {
    let mut plan = planned(1, &["a"]);
    plan.ids = ObjectIds::Random;
    let store = FailingStore::new(MemoryStore::default(), |number, _| (number == 1).then_some(Fault::AnswerLost));
    let left = Duration::from_secs(30);
    assert_eq!(put(&store, &plan, left).await, [PutOutcome::AlreadyStored], "it is what the first attempt stored");

    let taken = MemoryStore::default();
    assert_eq!(put(&taken, &plan, left).await, [PutOutcome::Stored]);
    let outcomes = put(&taken, &plan, left).await;
    let [PutOutcome::Failed(failure)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!(failure.class, PutFailureClass::Transient, "another attempt at the batch draws another key");
}
