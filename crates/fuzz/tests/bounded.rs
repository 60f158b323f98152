//! Every target with its corpus, and with as many changes of it as a test has time for.

use std::path::Path;

use fastrand::Rng;
use penstock_fuzz::{TARGETS, mutate};

/// Changed inputs a target gets.
const ROUNDS: usize = 20_000;

/// The same for filters, each of which is compiled and run some times.
const ROUNDS_OF_QUERIES: usize = 3_000;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn run(name: &str) {
    let (_, target) = TARGETS.iter().find(|(own, _)| *own == name).unwrap();
    let seeds = corpus(name);
    for seed in &seeds {
        target(seed);
    }
    let rng = &mut Rng::with_seed(1);
    for _ in 0..if name == "query" { ROUNDS_OF_QUERIES } else { ROUNDS } {
        let bytes = mutate::one(rng, &seeds);
        let holds = std::panic::catch_unwind(|| target(&bytes)).is_ok();
        assert!(holds, "{name} does not hold for {:?}", String::from_utf8_lossy(&bytes));
    }
}

macro_rules! bounded {
    ($($name:ident),*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        #[test]
        fn all_targets_are_here() {
            let here = [$(stringify!($name)),*];
            assert_eq!(here, TARGETS.map(|(name, _)| name));
        }
    };
}

bounded!(
    event,
    deaggregate,
    prefix,
    configuration,
    environment,
    import,
    compressed,
    partition,
    query,
    error_record,
    failure_document,
    key
);
