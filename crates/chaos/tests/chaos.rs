//! Chaos holds, is repeatable, and catches what is broken.

use penstock_chaos::broken::Broken;
use penstock_chaos::ledger::Violation;
use penstock_chaos::run::live;
use penstock_chaos::shrink;
use penstock_chaos::world::World;

/// Seeds within which every broken build is caught.
const CAUGHT_WITHIN: u64 = 50;

fn first_broken(broken: Option<Broken>, seeds: u64) -> Option<(World, Violation)> {
    (0..seeds).find_map(|seed| {
        let world = World::of(seed);
        live(&world, broken).ended.err().map(|violation| (world, violation))
    })
}

#[test]
fn a_hundred_seeds_hold() {
    if let Some((world, violation)) = first_broken(None, 100) {
        panic!("{}", shrink::story(&world, None, &violation).join("\n"));
    }
}

#[test]
fn the_same_seed_is_the_same_story() {
    for seed in 0..20 {
        let world = World::of(seed);
        let (first, second) = (live(&world, None), live(&world, None));
        assert_eq!(first.story, second.story, "seed {seed}");
        assert_eq!(first.ended, second.ended, "seed {seed}");
    }
}

#[test]
fn every_broken_build_is_caught_and_its_story_is_short() {
    for broken in Broken::ALL {
        let found = first_broken(Some(broken), CAUGHT_WITHIN);
        let Some((world, violation)) = found else { panic!("{broken:?} was not caught within {CAUGHT_WITHIN} seeds") };
        let small = shrink::shrink(&world, Some(broken), &violation);
        assert!(small.faults.len() + small.moves.len() <= 3, "{broken:?}: {small:?}");
        assert!(small.feed.len() <= 40, "{broken:?}: {} records", small.feed.len());
        let again = live(&small, Some(broken)).ended.unwrap_err();
        assert_eq!(again.promise, violation.promise, "{broken:?}");
        assert!(live(&small, None).ended.is_ok(), "{broken:?}: the same world holds where nothing is broken");
    }
}
