//! The draws of faults, without a function.

use std::time::Duration;

use proptest::prelude::*;

use super::Faults;
use super::faults::{FaultPlan, InjectedError};
use super::invocation::{FunctionError, FunctionErrorKind, Outcome, ThrottleReason};
use super::kills::{Kills, PlannedKill};

/// Whether each of `invocations` invocations is killed.
fn drawn(seed: u64, kills: u32, spared_at_most: u32, invocations: u32) -> Vec<bool> {
    let kills = Kills::new(seed, kills, spared_at_most);
    (0..invocations).map(|_| kills.draw().map(PlannedKill::land).is_some()).collect()
}

/// How many of `kills` kills come when `batches` are invoked one after another until each is delivered, and after how
/// many invocations all is delivered.
fn delivered(seed: u64, batches: u32, kills: u32, spared_at_most: u32) -> (u32, u32) {
    let plan = Kills::new(seed, kills, spared_at_most);
    let (mut left, mut landed, mut invocations) = (batches, 0, 0);
    while left > 0 {
        invocations += 1;
        match plan.draw() {
            Some(kill) => (landed, _) = kill.land(),
            None => left -= 1,
        }
    }
    (landed, invocations)
}

#[test]
fn kills_are_spread_and_drawn_from_the_seed() {
    for seed in 0..200 {
        let kills = drawn(seed, 5, 4, 25);
        assert_eq!(kills.iter().filter(|kill| **kill).count(), 5, "seed {seed}: at most 4 are spared each time");
        assert_eq!(kills, drawn(seed, 5, 4, 25), "seed {seed}: the same draws");
    }
    let first_kills: Vec<Option<usize>> =
        (0..20).map(|seed| drawn(seed, 1, 4, 10).iter().position(|kill| *kill)).collect();
    assert!(first_kills.iter().any(|at| *at != first_kills[0]), "seeds differ: {first_kills:?}");
}

#[test]
fn all_kills_come_when_few_enough_are_spared() {
    for batches in 1..40 {
        for kills in 1..20 {
            let spared_at_most = Faults::spared_at_most_for(batches, kills);
            for seed in 0..500 {
                assert_eq!(
                    delivered(seed, batches, kills, spared_at_most),
                    (kills, batches + kills),
                    "seed {seed}, {batches} batches, {kills} kills, {spared_at_most} spared"
                );
            }
        }
    }
}

#[test]
fn one_more_spared_would_be_too_many() {
    for (batches, kills) in [(1, 1), (2, 1), (6, 1), (6, 3), (5, 5), (12, 6), (3, 20), (2, 2)] {
        let spared_at_most = Faults::spared_at_most_for(batches, kills) + 1;
        let worst = (0..50_000).map(|seed| delivered(seed, batches, kills, spared_at_most).0).min();
        assert!(worst < Some(kills), "{batches} batches, {kills} kills: {worst:?} come");
    }
}

#[test]
fn the_number_to_be_spared_is_worked_out() {
    for (name, batches, kills, spared) in [
        ("one each", 6, 5, 1),
        ("as many batches as kills", 5, 5, 0),
        ("one batch", 1, 3, 0),
        ("many batches", 101, 5, 20),
        ("not quite", 100, 5, 19),
        ("no kills", 10, 0, 9),
        ("no batches", 0, 5, 0),
    ] {
        assert_eq!(Faults::spared_at_most_for(batches, kills), spared, "{name}");
    }
}

proptest! {
    /// The same with several invocations at once, and with some that fail by themselves, killed or not.
    #[test]
    fn all_kills_come_whatever_else_happens(
        seed: u64,
        batches in 1_u32..30,
        kills in 1_u32..15,
        at_once in 1_usize..6,
        steps in prop::collection::vec((0_usize..8, prop::bool::weighted(0.3)), 1..200),
    ) {
        let plan = Kills::new(seed, kills, Faults::spared_at_most_for(batches, kills));
        let (mut waiting, mut landed) = (batches, 0);
        let mut under_way: Vec<Option<PlannedKill>> = Vec::new();
        // After the steps nothing fails by itself any more, so that it ends.
        for (which, fails) in steps.into_iter().chain(std::iter::repeat((0, false))) {
            if waiting == 0 && under_way.is_empty() {
                break;
            }
            if waiting > 0 && under_way.len() < at_once && which % 2 == 0 {
                waiting -= 1;
                under_way.push(plan.draw());
            } else if !under_way.is_empty() {
                let ended = under_way.swap_remove(which % under_way.len());
                match ended {
                    _ if fails => waiting += 1,
                    Some(kill) => {
                        kill.land();
                        landed += 1;
                        waiting += 1;
                    }
                    None => {}
                }
            }
        }
        prop_assert_eq!(landed, kills);
    }
}

#[test]
fn kills_come_at_work_and_with_the_answer() {
    let plan = Kills::new(3, 100, 4);
    plan.observe(Duration::from_millis(50));
    let delays: Vec<Option<Duration>> = std::iter::repeat_with(|| plan.draw())
        .flatten()
        .take(100)
        .map(|kill| {
            let delay = kill.delay();
            kill.land();
            delay
        })
        .collect();
    let at_answer = delays.iter().filter(|delay| delay.is_none()).count();
    assert!((30..=70).contains(&at_answer), "{at_answer} of 100");
    // Half of the guess and half of what was seen.
    assert!(delays.iter().flatten().all(|delay| *delay < Duration::from_millis(40)), "{delays:?}");
}

#[test]
fn a_kill_that_did_not_come_is_the_next_one() {
    for seed in 0..50 {
        let plan = Kills::new(seed, 2, 4);
        let mut kills = std::iter::repeat_with(|| plan.draw());
        let kill = kills.by_ref().flatten().next().expect("a first kill");
        drop(kill);
        let kill = kills.next().flatten().expect("at once");
        assert_eq!(kill.land(), (1, 2), "seed {seed}");
        assert_eq!(kills.flatten().next().expect("a second kill").land(), (2, 2), "seed {seed}");
        assert!((0..20).all(|_| plan.draw().is_none()), "seed {seed}: used up");
    }
}

#[test]
fn kills_under_way_are_not_drawn_twice() {
    let plan = Kills::new(1, 1, 4);
    let kill = std::iter::repeat_with(|| plan.draw()).flatten().next().expect("a kill");
    assert!((0..20).all(|_| plan.draw().is_none()), "another invocation must not use the same kill");
    drop(kill);
    let (nth, of) = plan.draw().expect("kept for later").land();
    assert_eq!((nth, of), (1, 1));
    assert!((0..20).all(|_| plan.draw().is_none()), "used up");
}

#[test]
fn every_nth_is_hit() {
    let plan = FaultPlan::new(Faults { fail_every: Some(2), throttle_every: Some(3), ..Faults::default() });
    let throttles: Vec<Option<u64>> = (0..7).map(|_| plan.throttle()).collect();
    assert_eq!(throttles, [None, None, Some(1), None, None, Some(2), None]);
    let errors: Vec<Option<InjectedError>> = (0..6).map(|_| plan.error()).collect();
    let error = |nth, at_answer| Some(InjectedError { nth, at_answer });
    assert_eq!(errors, [None, error(1, false), None, error(2, true), None, error(3, false)], "by turns");
}

#[test]
fn there_are_no_faults_by_default() {
    let plan = FaultPlan::new(Faults::default());
    assert!((0..100).all(|_| plan.throttle().is_none() && plan.error().is_none() && plan.kill().is_none()));
}

#[test]
fn faults_are_checked() {
    for (name, fail_every, throttle_every, expect) in [
        ("none", None, None, None),
        ("the least", Some(1), Some(2), None),
        ("never fails", Some(0), None, Some("fail_every is 0, expected 1 or more")),
        ("never throttled", None, Some(0), Some("throttle_every is 0, expected 2 or more")),
        ("always throttled", None, Some(1), Some("throttle_every is 1, expected 2 or more")),
    ] {
        let refused = Faults { fail_every, throttle_every, ..Faults::default() }.check().err();
        assert_eq!(refused.map(|error| error.to_string()).as_deref(), expect, "{name}");
    }
}

#[test]
fn all_but_throttles_count_as_attempts() {
    for kind in [
        FunctionErrorKind::Reported,
        FunctionErrorKind::TimedOut,
        FunctionErrorKind::Crashed,
        FunctionErrorKind::OutOfMemory,
        FunctionErrorKind::InitError,
        FunctionErrorKind::ResponseTooLarge,
        FunctionErrorKind::Injected,
        FunctionErrorKind::Shutdown,
    ] {
        let error = FunctionError { kind, error_type: String::new(), error_message: String::new() };
        assert!(Outcome::FunctionError(error).counts_as_attempt(), "{kind:?}");
    }
    assert!(Outcome::Response(bytes::Bytes::new()).counts_as_attempt());
    let reason = ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded;
    assert!(!Outcome::Throttled(reason).counts_as_attempt());
    let words = "TooManyRequestsException: Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)";
    assert_eq!(reason.to_string(), words);
}
