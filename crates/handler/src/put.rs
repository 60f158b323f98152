//! Carries out a plan: conditional puts, a bounded number at once, inside the deadline.
//!
//! 412 is success: the key is derived from the record set, so that what lies there is this very set. 409 and
//! throttling are tried again, with jitter. What S3 refuses for good is said at once.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::StreamExt;
use penstock_delivery::{DeliveryPlan, KmsKeyFault, ObjectIds, PlannedObject, PutFailure, PutFailureClass, PutOutcome};

use crate::limits::{ANSWER_RESERVE, ANSWER_RESERVE_DIVISOR, BACKOFF_FIRST, BACKOFF_MAX, PUT_ATTEMPT, PUTS_AT_ONCE};

/// A place that keeps objects.
pub trait ObjectStore: Send + Sync {
    /// One attempt to store `object` where nothing is yet. It is dropped when it takes too long.
    fn put(&self, object: &PlannedObject) -> impl Future<Output = Attempt> + Send;
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// It is stored.
    Stored,
    /// Something is there already.
    AlreadyStored,
    /// It may work later; S3 may have said when.
    Again {
        /// What was said.
        message: String,
        /// Not before.
        after: Option<Duration>,
    },
    /// It will not work until somebody changes something.
    Refused {
        /// What was said.
        message: String,
    },
    /// The same, because of the KMS key.
    KeyRefused {
        /// What is wrong with it.
        fault: KmsKeyFault,
        /// What was said.
        message: String,
    },
}

/// Until when puts may go on.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(tokio::time::Instant);

impl Deadline {
    /// From Lambda's deadline, in Unix milliseconds, less the time that answering takes.
    pub fn from_lambda(deadline_ms: u64, now: SystemTime) -> Self {
        let now_ms = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let left = Duration::from_millis(deadline_ms).saturating_sub(now_ms);
        let reserve = ANSWER_RESERVE.min(left / ANSWER_RESERVE_DIVISOR);
        Self::after(left.saturating_sub(reserve))
    }

    /// After `left` from now.
    pub fn after(left: Duration) -> Self {
        Self(tokio::time::Instant::now() + left)
    }

    fn left(self) -> Duration {
        self.0.saturating_duration_since(tokio::time::Instant::now())
    }
}

/// The keys of the unacknowledged batch that are known to be stored.
///
/// A batch that needs more than one deadline comes again, and a warm function then puts only what is missing.
#[derive(Debug, Default)]
pub struct StoredKeys(Mutex<BTreeSet<String>>);

impl StoredKeys {
    fn contains(&self, object: &PlannedObject) -> bool {
        self.lock().contains(object.key.as_str())
    }

    /// Keeps what is stored of a batch that was not delivered, and forgets everything once one was.
    fn remember(&self, plan: &DeliveryPlan, outcomes: &[PutOutcome]) {
        let stored = |outcome: &PutOutcome| matches!(outcome, PutOutcome::Stored | PutOutcome::AlreadyStored);
        let keys = plan.all_objects().zip(outcomes).filter(|(_, outcome)| stored(outcome));
        let keys: BTreeSet<String> = keys.map(|(object, _)| object.key.as_str().to_owned()).collect();
        let delivered = keys.len() == plan.all_objects().count();
        *self.lock() = if delivered { BTreeSet::new() } else { keys };
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Stores every object of the plan, and tells what became of each, in the plan's order.
///
/// Returns before `deadline`, give or take one scheduling. After a refusal nothing more is waited for.
pub async fn put_all<S: ObjectStore>(
    store: &S,
    stored_keys: &StoredKeys,
    plan: &DeliveryPlan,
    deadline: Deadline,
) -> Vec<PutOutcome> {
    let given_up = PutFailure { class: PutFailureClass::Transient, message: "given up with the batch".to_owned() };
    let known = |object| if stored_keys.contains(object) { PutOutcome::AlreadyStored } else { given_up.clone().into() };
    let mut outcomes: Vec<PutOutcome> = plan.all_objects().map(known).collect();
    let missing: Vec<(usize, &PlannedObject)> =
        plan.all_objects().enumerate().filter(|(index, _)| outcomes[*index] != PutOutcome::AlreadyStored).collect();
    let puts = missing
        .into_iter()
        .map(|(index, object)| async move { (index, put_one(store, object, plan.ids, deadline).await) });
    let mut puts = futures::stream::iter(puts).buffer_unordered(PUTS_AT_ONCE);
    while let Some((index, outcome)) = puts.next().await {
        let refused = matches!(&outcome, PutOutcome::Failed(failure) if failure.class.is_permanent());
        outcomes[index] = outcome;
        if refused {
            break;
        }
    }
    stored_keys.remember(plan, &outcomes);
    outcomes
}

/// Tries until it is stored, refused, or out of time.
///
/// Under a derived key lies this very record set. Under a random one it does only if an attempt of ours went before,
/// whose answer may have been lost; otherwise it is another's object, and this one is not stored.
async fn put_one<S: ObjectStore>(store: &S, object: &PlannedObject, ids: ObjectIds, deadline: Deadline) -> PutOutcome {
    let mut backoff = BACKOFF_FIRST;
    let mut last: Option<String> = None;
    loop {
        let timeout = deadline.left().min(PUT_ATTEMPT);
        if timeout.is_zero() {
            let said = last.unwrap_or_else(|| "there was no time to try".to_owned());
            return failed(PutFailureClass::Transient, format!("not stored before the deadline: {said}"));
        }
        let attempt = tokio::time::timeout(timeout, store.put(object)).await;
        let (message, after) = match attempt {
            Ok(Attempt::Stored) => return PutOutcome::Stored,
            Ok(Attempt::AlreadyStored) if ids == ObjectIds::Derived || last.is_some() => {
                return PutOutcome::AlreadyStored;
            }
            Ok(Attempt::AlreadyStored) => {
                let message = "another object has this random key: the next attempt draws another".to_owned();
                return failed(PutFailureClass::Transient, message);
            }
            Ok(Attempt::Refused { message }) => return failed(PutFailureClass::Permanent, message),
            Ok(Attempt::KeyRefused { fault, message }) => return failed(PutFailureClass::KmsKey(fault), message),
            Ok(Attempt::Again { message, after }) => (message, after),
            Err(_) => (format!("no answer within {} ms", timeout.as_millis()), None),
        };
        last = Some(message);
        let jittered = backoff.mul_f64(0.5 + fastrand::f64() / 2.0);
        tokio::time::sleep(after.unwrap_or_default().max(jittered).min(deadline.left())).await;
        backoff = (backoff * 2).min(BACKOFF_MAX);
    }
}

fn failed(class: PutFailureClass, message: String) -> PutOutcome {
    PutOutcome::Failed(PutFailure { class, message })
}

#[cfg(test)]
mod tests;
