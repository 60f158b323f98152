//! The function: the real event, plan, put and outcome, in environments that die.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use penstock_delivery::plan::{IdSource, RandomBytes, plan};
use penstock_delivery::{DeliveryConfig, outcome};
use penstock_format::Lines;
use penstock_handler::event;
use penstock_handler::put::{self, Deadline, StoredKeys};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::broken::Broken;
use crate::bucket::{Bucket, Store};
use crate::expected::Told;
use crate::queries;
use crate::story::Story;
use crate::stream::EPOCH;
use crate::world::{Fault, InvocationFault, Records, World};

/// How long an invocation takes that does not get as far as the function.
const NOTHING_TAKES: Duration = Duration::from_millis(5);

/// The function. Clones are the same.
#[derive(Debug, Clone)]
pub struct Function(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    configurations: [DeliveryConfig; 2],
    /// Which of them new invocations have.
    current: AtomicUsize,
    /// The hooks of each.
    hooks: [Told; 2],
    timeout: Duration,
    put_takes: Duration,
    bucket: Bucket,
    faults: Arc<[Fault]>,
    /// By shard: invocations, and puts.
    counts: Mutex<BTreeMap<u32, (u32, Arc<AtomicU32>)>>,
    /// Environments that wait, with what they remember.
    idle: Mutex<Vec<StoredKeys>>,
    began: Instant,
    story: Story,
    broken: Option<Broken>,
    random: Mutex<fastrand::Rng>,
}

/// What comes of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// The function answered.
    Answer(Bytes),
    /// It did not begin.
    Throttled,
    /// It failed.
    Failed,
}

impl Function {
    /// The function of a world.
    ///
    /// # Panics
    ///
    /// Never: a world is drawn from settings that are valid.
    pub fn new(world: &World, bucket: Bucket, began: Instant, story: Story, broken: Option<Broken>) -> Self {
        let by_query = world.settings.records != Records::Text;
        let configuration = |prefix: Option<&'static str>, deployment: u64| {
            let settings = &world.settings.variables;
            let places = world.settings.partitions.filter(|_| by_query).map(|own| queries::places(own, deployment));
            let lookup = |name: &'static str| match (name, prefix) {
                ("PENSTOCK_BUCKET", _) => Some("acme-clicks".to_owned()),
                ("PENSTOCK_DELIVERY_NAME", _) => Some("clicks".to_owned()),
                ("PENSTOCK_METADATA_EXTRACTION_QUERY", _) => places.clone(),
                ("PENSTOCK_PREFIX", Some(prefix)) => Some(prefix.to_owned()),
                _ => settings.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()),
            };
            DeliveryConfig::parse(lookup).expect("a world is drawn from settings that are valid")
        };
        Self(Arc::new(Inner {
            configurations: [configuration(None, 0), configuration(another(world), 1)],
            current: AtomicUsize::new(0),
            hooks: [0, 1].map(|deployment| Told {
                transforms: world.settings.transforms && !by_query,
                partitions: world.settings.partitions.filter(|_| !by_query),
                deployment,
            }),
            put_takes: world.settings.put_takes,
            timeout: world.settings.timeout,
            bucket,
            faults: world.faults.as_slice().into(),
            counts: Mutex::default(),
            idle: Mutex::default(),
            began,
            story,
            broken,
            random: Mutex::new(fastrand::Rng::with_seed(world.seed)),
        }))
    }

    /// Which configuration an invocation gets that begins now.
    pub fn configuration(&self) -> usize {
        self.0.current.load(Ordering::Relaxed)
    }

    /// From now on invocations get the other configuration, in environments of their own.
    pub fn reconfigure(&self) {
        self.0.current.store(1 - self.configuration(), Ordering::Relaxed);
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// One invocation with a batch of a shard, under a configuration.
    pub async fn invoke(&self, shard: u32, configuration: usize, payload: Bytes) -> Came {
        let inner = &self.0;
        let (nth, puts) = {
            let mut counts = inner.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let (invocations, puts) = counts.entry(shard).or_default();
            *invocations += 1;
            (*invocations, Arc::clone(puts))
        };
        let fault = inner.faults.iter().find_map(|fault| match *fault {
            Fault::Invocation { shard: own, nth: place, what } if own == shard && place == nth => Some(what),
            _ => None,
        });
        if let Some(fault) = fault {
            inner.story.tell(inner.began.elapsed(), format_args!("  shard {shard}, invocation {nth}: {fault}"));
        }
        match fault {
            Some(InvocationFault::Throttled) => return Came::Throttled,
            Some(InvocationFault::KilledBefore) => {
                tokio::time::sleep(NOTHING_TAKES).await;
                return Came::Failed;
            }
            _ => {}
        }
        let dies_at_put = (fault == Some(InvocationFault::OutOfMemory)).then(|| Arc::new(Notify::new()));
        let store = Store {
            bucket: inner.bucket.clone(),
            shard,
            puts,
            takes: inner.put_takes,
            faults: Arc::clone(&inner.faults),
            began: inner.began,
            story: inner.story.clone(),
            broken: inner.broken,
            dies_at_put: dies_at_put.clone(),
        };
        let environment = inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let began = Instant::now();
        let work = self.deliver(&store, &environment, configuration, &payload, fault);
        let limit = match fault {
            Some(InvocationFault::KilledAfter(after)) => after.min(inner.timeout),
            _ => inner.timeout,
        };
        let dies = async {
            match &dies_at_put {
                Some(dies) => dies.notified().await,
                None => std::future::pending().await,
            }
        };
        let answer = tokio::select! {
            biased;
            () = dies => None,
            answer = timeout(limit, work) => answer.ok(),
        };
        let Some(answer) = answer else {
            inner.story.tell(inner.began.elapsed(), format_args!("  shard {shard}, invocation {nth} is killed"));
            return Came::Failed;
        };
        if fault == Some(InvocationFault::TimeoutAfterPut) {
            tokio::time::sleep_until(began + inner.timeout).await;
            return Came::Failed;
        }
        inner.idle.lock().unwrap_or_else(PoisonError::into_inner).push(environment);
        if fault == Some(InvocationFault::AnswerLost) { Came::Failed } else { answer }
    }

    async fn deliver(
        &self,
        store: &Store,
        environment: &StoredKeys,
        configuration: usize,
        payload: &[u8],
        fault: Option<InvocationFault>,
    ) -> Came {
        let inner = &self.0;
        let config = &inner.configurations[configuration];
        let Lines { framing, .. } = &config.lines;
        let records = match event::decode(payload, framing.suffix()) {
            Ok(Some(records)) => records,
            Ok(None) => return done(),
            Err(_) => return Came::Failed,
        };
        let Ok(plan) = plan(config, &inner.hooks[configuration], records, self.ids()) else { return Came::Failed };
        let outcomes = put::put_all(store, environment, &plan, self.deadline(fault)).await;
        match outcome::answer(&plan, &outcomes) {
            Ok(_) => done(),
            Err(_) if inner.broken == Some(Broken::PartialAcknowledgement) => up_to_the_middle(payload),
            Err(error) => {
                inner.story.tell(inner.began.elapsed(), format_args!("  shard {}: {}", store.shard, error.message));
                Came::Failed
            }
        }
    }

    fn ids(&self) -> IdSource {
        if self.0.broken != Some(Broken::RandomId) {
            return IdSource::Derived;
        }
        let mut bytes = [0; 16];
        self.0.random.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes);
        IdSource::Random(RandomBytes(bytes))
    }

    /// Until when the function believes that it may work: by its own clock.
    fn deadline(&self, fault: Option<InvocationFault>) -> Deadline {
        let now = EPOCH + self.0.began.elapsed();
        let deadline_ms = u64::try_from((now + self.0.timeout).as_millis()).unwrap_or(u64::MAX);
        let seen = match fault {
            Some(InvocationFault::ClockAhead(by)) => now + by,
            Some(InvocationFault::ClockBehind(by)) => now.saturating_sub(by),
            _ => now,
        };
        Deadline::from_lambda(deadline_ms, UNIX_EPOCH + seen)
    }
}

/// The prefix of the next deployment. Where outputs are spread over partitions the hooks change, and not the prefix.
fn another(world: &World) -> Option<&'static str> {
    world.settings.partitions.is_none().then_some("another/")
}

fn done() -> Came {
    Came::Answer(Bytes::from_static(br#"{"batchItemFailures":[]}"#))
}

/// What a broken build answers to a batch that it did not store.
fn up_to_the_middle(payload: &[u8]) -> Came {
    let event: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
    let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
    let middle = records.get(records.len() / 2).map(|record| &record["kinesis"]["sequenceNumber"]);
    Came::Answer(serde_json::json!({"batchItemFailures": [{"itemIdentifier": middle}]}).to_string().into())
}
