//! Our walk over an event against the stock types of `aws_lambda_events`: they agree on all but arrival times, where
//! the stock types are wrong, and this says exactly when. Should they be mended, a test here fails, and ours may go.

use aws_lambda_events::kinesis::{KinesisEvent, KinesisEventRecord};
use penstock_handler::event::decode;
use proptest::prelude::*;

use crate::world::{STREAM_ARN, event_of, sequence_number};

/// What the stock types say of an arrival time.
#[derive(Debug, PartialEq, Eq)]
enum Stock {
    /// The right one.
    Right,
    /// Another, with so many milliseconds in its second.
    Misread(u32),
    /// That the whole batch cannot be read, or a time that no rule gives.
    Broken,
}

/// The stock types print the number as the shortest decimal that is the same double, and take the digits behind the
/// point for a whole number of milliseconds.
fn stock(arrival: &str) -> Stock {
    let number: f64 = arrival.parse().expect("a number");
    let printed = number.to_string();
    let fraction = printed.split_once('.').map_or("", |(_, fraction)| fraction);
    match fraction.len() {
        0 | 3 => Stock::Right,
        1 | 2 => Stock::Misread(fraction.parse().expect("digits")),
        _ => Stock::Broken,
    }
}

fn ours(event: &str) -> i64 {
    decode(event.as_bytes(), b"").unwrap().unwrap().records()[0].arrival.millis()
}

fn check_arrival(arrival: &str, millis: i64) -> Result<(), TestCaseError> {
    let event = event_of(&[("key", b"", arrival)]);
    prop_assert_eq!(ours(&event), millis, "ours, of {}", arrival);
    let read = serde_json::from_str::<KinesisEvent>(&event);
    let theirs = read.map(|read| read.records[0].kinesis.approximate_arrival_timestamp.timestamp_micros());
    match stock(arrival) {
        Stock::Right => prop_assert_eq!(theirs.unwrap(), millis * 1_000, "theirs, of {}", arrival),
        Stock::Misread(instead) => {
            let wrong = millis / 1_000 * 1_000 + i64::from(instead);
            prop_assert_eq!(theirs.unwrap(), wrong * 1_000, "theirs, of {}", arrival);
        }
        // Few of these happen to pass for a time, and then for a wrong one.
        Stock::Broken => prop_assert!(theirs.is_err() || theirs.unwrap() != millis * 1_000, "theirs, of {}", arrival),
    }
    Ok(())
}

#[test]
fn arrival_times_differ_where_the_fraction_has_other_than_three_digits() {
    for (arrival, millis, theirs) in [
        ("1545084650.987", 1_545_084_650_987, Some(1_545_084_650_987)),
        ("1545084650.005", 1_545_084_650_005, Some(1_545_084_650_005)),
        ("1545084650", 1_545_084_650_000, Some(1_545_084_650_000)),
        ("1545084650.0", 1_545_084_650_000, Some(1_545_084_650_000)),
        ("1.545084650987E9", 1_545_084_650_987, Some(1_545_084_650_987)),
        ("1545084650.98", 1_545_084_650_980, Some(1_545_084_650_098)),
        ("1545084650.980", 1_545_084_650_980, Some(1_545_084_650_098)),
        ("1545084650.5", 1_545_084_650_500, Some(1_545_084_650_005)),
        ("1545084650.05", 1_545_084_650_050, Some(1_545_084_650_005)),
        ("1545084650.123456", 1_545_084_650_123, None),
        ("1545084650.9871", 1_545_084_650_987, None),
    ] {
        let event = event_of(&[("key", b"", arrival)]);
        assert_eq!(ours(&event), millis, "ours, of {arrival}");
        let read = serde_json::from_str::<KinesisEvent>(&event).ok();
        let read = read.map(|read| read.records[0].kinesis.approximate_arrival_timestamp.timestamp_millis());
        assert_eq!(read, theirs, "theirs, of {arrival}");
        check_arrival(arrival, millis).unwrap();
    }
}

fn any_record() -> impl Strategy<Value = (String, Vec<u8>)> {
    ("(?s).{0,24}", proptest::collection::vec(any::<u8>(), 0..40))
}

proptest! {
    #[test]
    fn arrival_times_differ_exactly_as_described(seconds in 0_u32..2_000_000_000, fraction in "[0-9]{0,6}") {
        let arrival = if fraction.is_empty() { seconds.to_string() } else { format!("{seconds}.{fraction}") };
        let millis: i64 = format!("{fraction:0<3}")[..3].parse().unwrap();
        check_arrival(&arrival, i64::from(seconds) * 1_000 + millis)?;
    }

    #[test]
    fn all_else_is_read_alike(
        records in proptest::collection::vec(any_record(), 1..6),
        pretty in any::<bool>(),
        slashes in any::<bool>(),
    ) {
        let arrival = "1545084650.987";
        let written: Vec<_> = records.iter().map(|(key, data)| (key.as_str(), data.as_slice(), arrival)).collect();
        let mut event = event_of(&written);
        if pretty {
            let value: serde_json::Value = serde_json::from_str(&event).unwrap();
            event = serde_json::to_string_pretty(&value).unwrap();
        }
        if slashes {
            // Not in the ARN, see below.
            event = event.replace('/', r"\/").replace(&STREAM_ARN.replace('/', r"\/"), STREAM_ARN);
        }
        let ours = decode(event.as_bytes(), b"").unwrap().unwrap();
        let theirs: KinesisEvent = serde_json::from_str(&event).unwrap();
        prop_assert_eq!(ours.len(), theirs.records.len());
        for (index, (ours, theirs)) in ours.user_records().zip(&theirs.records).enumerate() {
            let KinesisEventRecord { kinesis, event_id, .. } = theirs;
            prop_assert_eq!(ours.data, kinesis.data.as_slice());
            prop_assert_eq!(ours.data, written[index].1);
            prop_assert_eq!(ours.partition_key, kinesis.partition_key.as_str());
            prop_assert_eq!(ours.partition_key, written[index].0);
            prop_assert_eq!(ours.sequence_number.as_str(), kinesis.sequence_number.as_str());
            prop_assert_eq!(ours.sequence_number.as_str(), sequence_number(index));
            prop_assert_eq!(ours.arrival.millis(), kinesis.approximate_arrival_timestamp.timestamp_millis());
            let of_id = event_id.as_deref().unwrap_or_default().split_once(':').map(|(_, number)| number);
            prop_assert_eq!(of_id, Some(ours.sequence_number.as_str()));
        }
        prop_assert_eq!(theirs.records[0].event_source_arn.as_deref(), Some(ours.stream_arn()));
    }
}

#[test]
fn an_arn_with_an_escape_in_it_is_refused_and_the_stock_types_read_it() {
    // Lambda writes none. Ours compares ARN, shard and number as they are written, and would rather stop than guess.
    let escaped = event_of(&[("key", b"", "1545084650.987")]).replace(STREAM_ARN, &STREAM_ARN.replace('/', r"\/"));
    let error = decode(escaped.as_bytes(), b"").unwrap_err().to_string();
    assert_eq!(error, "malformed event: record 0: its eventSourceARN is not the ARN of a stream or of a consumer");
    let theirs: KinesisEvent = serde_json::from_str(&escaped).unwrap();
    assert_eq!(theirs.records[0].event_source_arn.as_deref(), Some(STREAM_ARN));
}
