//! The checkpoint, checked exhaustively: mapping x function x S3 with conditional puts, every interleaving of a small world.
//!
//! What chaos samples is here all that can happen, to a few records: they arrive, batches are cut, sent and sent again,
//! puts take effect whenever they like, answers are lost, functions die and leave puts behind that still take effect, and
//! pollers forget how a batch was cut. D4 holds in every state. Records lie in two objects only where the mapping cut a
//! batch anew; and it is shown that there they can, so that the check is none that cannot fail.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Records.
const RECORDS: u8 = 3;

/// `BatchSize`.
const BATCH_SIZE: u8 = 2;

/// Invocations that nobody waits for any more and whose put may still take effect.
const ZOMBIES_MAX: usize = 2;

/// From a record, and to below another.
type Range = (u8, u8);

/// What is possible besides faults, and what is broken.
#[derive(Debug, Clone, Copy, Default)]
struct World {
    /// Pollers restart, and forget how a batch was cut.
    restarts: bool,
    /// `BisectBatchOnFunctionError`.
    bisects: bool,
    broken: Option<Broken>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    /// The key of an object says its first record alone.
    FirstRecordOnly,
    /// What is there already is an error.
    PreconditionFailedIsAnError,
    /// Success is said before the put took effect.
    AnswersBeforeThePut,
    /// A batch that failed is acknowledged up to its middle.
    PartialAcknowledgement,
    /// Each invocation has a key of its own.
    RandomKey,
}

/// Where everything is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    arrived: u8,
    /// All records below are done.
    checkpoint: u8,
    /// Batches that were cut and are not done, the one that is sent next first.
    cut: Vec<Range>,
    /// The batch that is with the function, and whether its put took effect, or found the key.
    out: Option<(Range, Put)>,
    /// Puts that nobody waits for.
    zombies: Vec<Range>,
    /// What lies in the bucket: ranges by key; keys are ranges, but for broken builds.
    bucket: BTreeMap<(Range, u8), Range>,
    /// Invocations so far; counted only where keys are random.
    invocations: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Put {
    Pending,
    Stored,
    There,
}

impl World {
    fn key(self, state: &State, range: Range) -> (Range, u8) {
        match self.broken {
            Some(Broken::FirstRecordOnly) => ((range.0, 0), 0),
            Some(Broken::RandomKey) => (range, state.invocations),
            _ => (range, 0),
        }
    }

    /// Every state that can follow.
    fn next(self, state: &State) -> Vec<State> {
        let mut all = Vec::new();
        let mut add = |change: &dyn Fn(&mut State)| {
            let mut state = state.clone();
            change(&mut state);
            all.push(state);
        };
        if state.arrived < RECORDS {
            add(&|state| state.arrived += 1);
        }
        for place in 0..state.zombies.len() {
            add(&|state| {
                let range = state.zombies.remove(place);
                let key = self.key(state, range);
                state.bucket.entry(key).or_insert(range);
            });
            // Or it never does.
            add(&|state| {
                state.zombies.remove(place);
            });
        }
        if self.restarts {
            add(&|state| {
                state.abandon();
                state.cut.clear();
            });
        }
        match state.out {
            None => self.begin(state, &mut add),
            Some((range, put)) => self.go_on(range, put, &mut add),
        }
        all
    }

    fn begin(self, state: &State, add: &mut impl FnMut(&dyn Fn(&mut State))) {
        let batch = state.cut.first().copied();
        // A window may end at any record that has arrived.
        let newest = state.arrived.min(state.checkpoint + BATCH_SIZE);
        let fresh = (state.checkpoint + 1..=newest).map(|to| (state.checkpoint, to));
        let choices: Vec<Range> = batch.map_or_else(|| fresh.collect(), |batch| vec![batch]);
        for range in choices {
            add(&|state| {
                if state.cut.is_empty() {
                    state.cut.push(range);
                }
                state.out = Some((range, Put::Pending));
                if self.broken == Some(Broken::RandomKey) {
                    state.invocations = (state.invocations + 1) % 3;
                }
            });
        }
    }

    fn go_on(self, range: Range, put: Put, add: &mut impl FnMut(&dyn Fn(&mut State))) {
        if put == Put::Pending {
            add(&|state| {
                let key = self.key(state, range);
                let is_there = state.bucket.contains_key(&key);
                state.bucket.entry(key).or_insert(range);
                state.out = Some((range, if is_there { Put::There } else { Put::Stored }));
            });
        }
        let succeeds = match put {
            Put::Stored => true,
            Put::There => self.broken != Some(Broken::PreconditionFailedIsAnError),
            Put::Pending => self.broken == Some(Broken::AnswersBeforeThePut),
        };
        if succeeds {
            add(&|state| {
                state.out = None;
                state.cut.remove(0);
                state.checkpoint = range.1;
            });
        }
        // It fails at any time, be it that only its answer is lost.
        add(&|state| {
            if put == Put::Pending && state.zombies.len() < ZOMBIES_MAX {
                state.zombies.push(range);
                state.zombies.sort_unstable();
            }
            state.out = None;
            let middle = range.0 + (range.1 - range.0) / 2;
            if self.broken == Some(Broken::PartialAcknowledgement) && middle > range.0 {
                state.checkpoint = middle;
                state.cut[0] = (middle, range.1);
            } else if self.bisects && middle > range.0 {
                state.cut[0] = (range.0, middle);
                state.cut.insert(1, (middle, range.1));
            }
        });
    }

    /// Every state that can be reached, and from which states it can be.
    fn explore(self) -> Explored {
        let start = State::default();
        let mut seen = BTreeSet::from([start.clone()]);
        let mut before: BTreeMap<State, Vec<State>> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(state) = queue.pop_front() {
            for next in self.next(&state) {
                before.entry(next.clone()).or_default().push(state.clone());
                if seen.insert(next.clone()) {
                    queue.push_back(next);
                }
            }
        }
        Explored { seen, before }
    }
}

impl State {
    /// Nobody waits for what is with the function any more.
    fn abandon(&mut self) {
        if let Some((range, Put::Pending)) = self.out.take()
            && self.zombies.len() < ZOMBIES_MAX
        {
            self.zombies.push(range);
            self.zombies.sort_unstable();
        }
    }

    fn holders(&self, record: u8) -> usize {
        self.bucket.values().filter(|range| range.0 <= record && record < range.1).count()
    }

    /// D4: what is done lies in the bucket.
    fn holds_d4(&self) -> bool {
        (0..self.checkpoint).all(|record| self.holders(record) > 0)
    }

    fn doubles(&self) -> bool {
        (0..RECORDS).any(|record| self.holders(record) > 1)
    }
}

struct Explored {
    seen: BTreeSet<State>,
    before: BTreeMap<State, Vec<State>>,
}

impl Explored {
    /// A state from which not all records can become done any more.
    fn stuck(&self) -> Option<&State> {
        let done = self.seen.iter().filter(|state| state.checkpoint == RECORDS);
        let mut can: BTreeSet<&State> = done.collect();
        let mut queue: VecDeque<&State> = can.iter().copied().collect();
        while let Some(state) = queue.pop_front() {
            for earlier in self.before.get(state).into_iter().flatten() {
                if can.insert(earlier) {
                    queue.push_back(earlier);
                }
            }
        }
        self.seen.iter().find(|state| !can.contains(state))
    }
}

#[test]
fn d4_holds_in_every_state_and_every_state_leads_to_the_end() {
    for (restarts, bisects) in [(false, false), (true, false), (false, true), (true, true)] {
        let explored = World { restarts, bisects, broken: None }.explore();
        assert!(explored.seen.len() > 100, "{} states", explored.seen.len());
        assert_eq!(explored.seen.iter().find(|state| !state.holds_d4()), None, "{restarts} {bisects}");
        assert_eq!(explored.stuck(), None, "{restarts} {bisects}");
    }
}

#[test]
fn d5_only_a_batch_that_is_cut_anew_can_double() {
    let doubled = |restarts, bisects| {
        let explored = World { restarts, bisects, broken: None }.explore();
        explored.seen.iter().any(State::doubles)
    };
    assert!(!doubled(false, false), "the same batch again is the same object");
    assert!(doubled(true, false), "a poller that restarts cuts with a later end");
    assert!(doubled(false, true), "half a batch is another batch");
}

#[test]
fn what_is_broken_on_purpose_is_seen() {
    let explore = |broken| World { restarts: true, bisects: false, broken: Some(broken) }.explore();
    for broken in [Broken::FirstRecordOnly, Broken::AnswersBeforeThePut, Broken::PartialAcknowledgement] {
        assert!(explore(broken).seen.iter().any(|state| !state.holds_d4()), "{broken:?}");
    }
    assert!(explore(Broken::PreconditionFailedIsAnError).stuck().is_some());
    let random = World { restarts: false, bisects: false, broken: Some(Broken::RandomKey) }.explore();
    assert!(random.seen.iter().any(State::doubles));
}
