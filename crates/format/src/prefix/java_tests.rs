//! Patterns against the answers of `java.time`: the tables in `testdata`, written by `testdata/JavaTime.java`.

use super::*;

const TIMESTAMPS: &str = include_str!("../../testdata/java-timestamps.tsv");
const LETTERS: &str = include_str!("../../testdata/java-letters.tsv");
const ZONES: &str = include_str!("../../testdata/java-zones.tsv");

/// Letters that Java 17 takes and Prefix does not: Firehose refuses `V`, and its Java 8 does not know the others.
const REFUSED: &str = "BVgv";

fn print(pattern: &str, zone: &str, millis: i64) -> String {
    let zone = TimeZone::parse(zone).unwrap();
    let local = LocalTime::new(ArrivalTime::from_millis(millis).unwrap(), &zone);
    let mut out = String::new();
    timestamp::print(&Pattern::parse(pattern).unwrap(), &local, &mut out);
    out
}

fn fields<const N: usize>(line: &str) -> [&str; N] {
    let fields: Vec<_> = line.split('\t').collect();
    fields.try_into().unwrap_or_else(|_| panic!("{N} fields in {line:?}"))
}

#[test]
fn timestamps_are_printed_as_java_prints_them() {
    assert!(TIMESTAMPS.lines().count() > 1000);
    for line in TIMESTAMPS.lines() {
        let [zone, millis, pattern, expected] = fields(line);
        assert_eq!(print(pattern, zone, millis.parse().unwrap()), expected, "{line}");
    }
}

#[test]
fn letters_are_taken_as_often_as_java_takes_them() {
    assert_eq!(LETTERS.lines().count(), 52);
    for line in LETTERS.lines() {
        let [letter, taken] = fields(line);
        for count in 1..=21 {
            let by_java = taken.split(' ').any(|taken| taken == count.to_string());
            let expected = by_java && !REFUSED.contains(letter) && count <= 19;
            assert_eq!(Pattern::parse(&letter.repeat(count)).is_ok(), expected, "{letter} {count} times");
        }
    }
}

#[test]
fn every_zone_has_the_name_and_offset_that_java_gives_it() {
    for line in ZONES.lines() {
        let [zone, january, july] = fields(line);
        for (millis, expected) in [(1_705_320_000_000, january), (1_721_044_800_000, july)] {
            assert_eq!(print("z/zzzz/XXXXX", zone, millis), expected, "{zone} {millis}");
        }
    }
}

#[test]
fn zones_without_a_name_print_their_offset() {
    let unnamed: Vec<_> = crate::time_zone::names()
        .filter(|zone| !ZONES.lines().any(|line| line.split('\t').next() == Some(zone)))
        .collect();
    assert_eq!(unnamed, ["America/Coyhaique", "EST", "Factory", "GMT+0", "GMT-0", "HST", "MST", "ROC"]);
    for (zone, expected) in [("EST", "GMT-05:00"), ("GMT+0", "GMT"), ("ROC", "GMT+08:00")] {
        assert_eq!(print("z", zone, 0), expected, "{zone}");
    }
}
