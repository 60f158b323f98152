//! From a world that broke a promise to the smallest one that still breaks it: that is its story.

use std::time::Duration;

use crate::broken::Broken;
use crate::ledger::Violation;
use crate::run::live;
use crate::world::{Fault, Move, World};

/// Lines of a story that are shown: the last ones before the promise was broken.
const LINES_MAX: usize = 30;

/// Takes out of a world what it does not need to break this promise: moves, faults and records.
pub fn shrink(world: &World, broken: Option<Broken>, violation: &Violation) -> World {
    let breaks = |world: &World| live(world, broken).ended.is_err_and(|own| own.promise == violation.promise);
    let mut world = world.clone();
    loop {
        let before = (world.moves.len(), world.faults.len(), world.feed.len());
        earlier(&mut world, &breaks);
        without(&mut world, &breaks, |world| world.moves.len(), |world, from, to| drop(world.moves.drain(from..to)));
        without(&mut world, &breaks, |world| world.faults.len(), |world, from, to| drop(world.faults.drain(from..to)));
        without(&mut world, &breaks, |world| world.feed.len(), |world, from, to| drop(world.feed.drain(from..to)));
        if before == (world.moves.len(), world.faults.len(), world.feed.len()) {
            without_two(&mut world, &breaks);
        }
        if before == (world.moves.len(), world.faults.len(), world.feed.len()) {
            return world;
        }
    }
}

/// Takes ranges out, the large ones first, as long as it still breaks.
fn without(
    world: &mut World,
    breaks: &impl Fn(&World) -> bool,
    count: impl Fn(&World) -> usize,
    take_out: impl Fn(&mut World, usize, usize),
) {
    let mut width = count(world);
    while width > 0 {
        let mut from = 0;
        while from < count(world) {
            let mut smaller = world.clone();
            take_out(&mut smaller, from, count(world).min(from + width));
            if breaks(&smaller) {
                *world = smaller;
            } else {
                from += width;
            }
        }
        width /= 2;
    }
}

/// Moves faults to the first shard and to earlier places, as long as it still breaks: what led up to a late place goes then.
fn earlier(world: &mut World, breaks: &impl Fn(&World) -> bool) {
    for index in 0..world.faults.len() {
        let places = match world.faults[index] {
            Fault::Invocation { shard, nth, .. } | Fault::Put { shard, nth, .. } => (shard, nth),
            Fault::Outage { .. } => continue,
        };
        let nths = [1, 2, 3, places.1.div_ceil(2)];
        let candidates = [0, places.0].into_iter().flat_map(|shard| nths.map(|nth| (shard, nth)));
        for (to_shard, to_nth) in candidates.filter(|place| *place < places && place.1 <= places.1) {
            let mut simpler = world.clone();
            match &mut simpler.faults[index] {
                Fault::Invocation { shard, nth, .. } | Fault::Put { shard, nth, .. } => {
                    (*shard, *nth) = (to_shard, to_nth);
                }
                Fault::Outage { .. } => {}
            }
            if breaks(&simpler) {
                *world = simpler;
                break;
            }
        }
    }
}

/// Takes two moves or faults out at once: one may be there only to undo what the other does.
fn without_two(world: &mut World, breaks: &impl Fn(&World) -> bool) {
    let all = world.moves.len() + world.faults.len();
    let pairs = (0..all).flat_map(|first| (first + 1..all).map(move |second| (first, second)));
    for (first, second) in pairs {
        let mut smaller = world.clone();
        // The later one first, so that the place of the other stands.
        for place in [second, first] {
            match place.checked_sub(smaller.moves.len()) {
                None => drop(smaller.moves.remove(place)),
                Some(fault) if fault < smaller.faults.len() => drop(smaller.faults.remove(fault)),
                Some(_) => {}
            }
        }
        if breaks(&smaller) {
            *world = smaller;
            return;
        }
    }
}

/// What was broken, in which world, and how it came to that.
pub fn story(world: &World, broken: Option<Broken>, violation: &Violation) -> Vec<String> {
    let small = shrink(world, broken, violation);
    let lived = live(&small, broken);
    let told = lived.ended.err().unwrap_or_else(|| violation.clone());
    let mut lines = vec![format!("{} is broken: {}", told.promise, told.text)];
    lines.push(format!("seed {}, {} records of {}", small.seed, small.feed.len(), world.feed.len()));
    lines.push(small.settings.to_string());
    lines.extend(small.moves.iter().map(|(at, own): &(Duration, Move)| format!("  at {at:.1?}: {own}")));
    lines.extend(small.faults.iter().map(|fault| format!("  {fault}")));
    let skipped = lived.story.len().saturating_sub(LINES_MAX);
    lines.push(if skipped > 0 {
        format!("what happened, after {skipped} lines:")
    } else {
        "what happened:".to_owned()
    });
    lines.extend(lived.story.into_iter().skip(skipped));
    lines
}
