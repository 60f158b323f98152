//! L1: a record that becomes too much fails, and its neighbours go on.

use penstock_delivery::limits::{
    INFLATED_BYTES_PER_BATCH_MAX, INFLATED_BYTES_PER_RECORD_MAX, OUTPUT_BYTES_PER_BATCH_MAX, USER_RECORDS_PER_BATCH_MAX,
};

use crate::batches::{GZIP, JSON, MESSAGES, apart, found};
use crate::wrapping::{aggregate, document, gzip};

/// Which records of a batch fail, and with what code.
fn failures(set: &[(&'static str, &'static str)], batch: &[Vec<u8>]) -> Vec<(usize, String)> {
    let numbered: Vec<_> = (0..).zip(batch.iter().cloned()).collect();
    let apart = apart(set, &numbered);
    assert!(apart.records.arena().len() <= OUTPUT_BYTES_PER_BATCH_MAX);
    let failed = apart
        .failed
        .iter()
        .map(|record| (record.sequence_number.as_str().parse().unwrap(), record.failure.code.clone().into_owned()));
    failed.collect()
}

#[test]
fn l1_a_record_of_too_many_fails_and_its_neighbours_do_not() {
    let too_many = [b"{}".repeat(USER_RECORDS_PER_BATCH_MAX), b"{\"a\":1}".to_vec(), b"{}{}".to_vec()];
    assert_eq!(failures(&[JSON], &too_many[1..]), []);
    assert_eq!(
        failures(&[JSON], &[too_many[1].clone(), too_many[0].clone(), too_many[2].clone()]),
        [(1, "Deaggregation.OutputTooLarge".to_owned())]
    );
}

#[test]
fn l1_partition_keys_that_are_copied_count() {
    let long = "k".repeat(64 * 1024);
    let records = vec![(&*long, &b"x"[..]); OUTPUT_BYTES_PER_BATCH_MAX / long.len()];
    let batch = [aggregate(&[("a", b"one")]), aggregate(&records), aggregate(&[("b", b"two")])];
    assert!(batch[1].len() < 100_000);
    assert_eq!(failures(&[], &batch), [(1, "Deaggregation.OutputTooLarge".to_owned())]);
}

#[test]
fn l1_what_a_record_inflates_to_is_bounded() {
    let of = |bytes: usize| {
        let around = document(&[String::new()]).len();
        document(&["x".repeat(bytes - around)])
    };
    let (fits, one_more) = (of(INFLATED_BYTES_PER_RECORD_MAX), of(INFLATED_BYTES_PER_RECORD_MAX + 1));
    let batch = [gzip(fits.as_bytes()), gzip(one_more.as_bytes()), gzip(document(&[]).as_bytes())];
    assert_eq!(failures(&[GZIP], &batch), [(1, "Decompression.OutputTooLarge".to_owned())]);
}

#[test]
fn l1_the_output_of_a_batch_is_bounded() {
    let third = gzip(document(&["x".repeat(OUTPUT_BYTES_PER_BATCH_MAX / 3)]).as_bytes());
    let batch = [third.clone(), third.clone(), third, gzip(document(&["x".to_owned()]).as_bytes())];
    assert_eq!(failures(&[GZIP], &batch), [(2, "Deaggregation.OutputTooLarge".to_owned())]);
}

#[test]
fn l1_a_batch_of_bombs_does_not_take_the_deadline() {
    let bomb = gzip(&vec![b' '; INFLATED_BYTES_PER_RECORD_MAX + 1]);
    let bombs = INFLATED_BYTES_PER_BATCH_MAX / INFLATED_BYTES_PER_RECORD_MAX;
    let good = gzip(document(&["x".to_owned()]).as_bytes());
    let batch = |bombs: usize| [vec![bomb.clone(); bombs], vec![good.clone()]].concat();
    assert_eq!(failures(&[GZIP, MESSAGES], &batch(bombs - 1)).len(), bombs - 1);
    let all = failures(&[GZIP, MESSAGES], &batch(bombs));
    assert_eq!(all.len(), bombs + 1);
    assert!(all.iter().all(|(_, code)| code == "Decompression.OutputTooLarge"));
}

#[test]
fn l1_room_that_a_failed_record_took_is_given_back() {
    let half = gzip(document(&["x".repeat(OUTPUT_BYTES_PER_BATCH_MAX / 3), "y".to_owned()]).as_bytes());
    // Large, and with something at its end that is no object.
    let objects = format!("{{\"a\":\"{}\"}}secret", "x".repeat(OUTPUT_BYTES_PER_BATCH_MAX / 3));
    let bad = gzip(document(&[objects]).as_bytes());
    let good = gzip(document(&[format!("{{\"a\":\"{}\"}}", "x".repeat(OUTPUT_BYTES_PER_BATCH_MAX / 3))]).as_bytes());
    assert_eq!(failures(&[GZIP, MESSAGES], &[half.clone(), half]), []);
    let apart = apart(&[GZIP, MESSAGES, JSON], &[(0, bad.clone()), (1, bad), (2, good.clone()), (3, good)]);
    assert_eq!((apart.failed.len(), found(&apart).len()), (2, 2));
}

#[test]
fn l1_records_that_are_no_gzip_cost_their_neighbours_nothing() {
    let mut batch = vec![b"ping".to_vec(); 100];
    batch.push(gzip(document(&["one".to_owned()]).as_bytes()));
    let failed = failures(&[GZIP], &batch);
    assert_eq!(failed.len(), 100);
    assert!(failed.iter().all(|(number, _)| *number < 100), "the log is taken apart");
}
