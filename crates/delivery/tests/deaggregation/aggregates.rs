//! Aggregates of the KPL, and what looks like one.

use crate::batches::{WHOLE, apart, found, laid_down};
use crate::wrapping::{aggregate, bytes, entry, number, sealed};
use penstock_delivery::{Deaggregation, deaggregate};

#[test]
fn d1_what_is_no_aggregate_goes_on_as_it_is() {
    let good = aggregate(&[("a", b"one")]);
    let without_magic = [b"\xF3\x89\x9A\xC3", &good[4..]].concat();
    let mut other_digest = good.clone();
    *other_digest.last_mut().unwrap() ^= 1;
    let key = bytes(1, b"a");
    let record = |fields: &[Vec<u8>]| sealed(&[key.clone(), bytes(3, &fields.concat())].concat());
    for (name, data) in [
        ("empty", vec![]),
        ("shorter than the magic", good[..3].to_vec()),
        ("magic alone", good[..4].to_vec()),
        ("magic and less than a digest", good[..19].to_vec()),
        ("nothing between magic and digest", sealed(b"")),
        ("another magic", without_magic),
        ("another digest", other_digest),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("bytes behind", [good.clone(), b"x".to_vec()].concat()),
        ("no message", sealed(b"\xff\xff\xff")),
        ("record cut short", sealed(&[key.clone(), b"\x1a\x09\x08\x00".to_vec()].concat())),
        ("record that is no message", record(&[vec![0x0f]])),
        ("record without an index", record(&[bytes(3, b"one")])),
        ("record without data", record(&[number(1, 0)])),
        ("index of another wire type", record(&[bytes(1, b"\0"), bytes(3, b"one")])),
    ] {
        let apart = apart(&[], &[(7, data.clone())]);
        assert_eq!(found(&apart), [("7".to_owned(), 0, WHOLE.to_owned(), data)], "{name}");
        assert_eq!((apart.counts.aggregates, apart.counts.failed), (0, 0), "{name}");
    }
}

#[test]
fn d1_an_aggregate_becomes_its_user_records() {
    let key = bytes(1, b"a");
    let fields = |fields: &[Vec<u8>]| sealed(&fields.concat());
    let plain = |of: &[(&str, &str)]| -> Vec<(String, String)> {
        of.iter().map(|(key, data)| ((*key).to_owned(), (*data).to_owned())).collect()
    };
    let tag = bytes(4, &[bytes(1, b"name"), bytes(2, b"value")].concat());
    let full = [number(1, 0), number(2, 0), bytes(3, b"one"), tag].concat();
    for (name, data, expected) in [
        ("one", aggregate(&[("a", b"one")]), plain(&[("a", "one")])),
        (
            "several, of two keys",
            aggregate(&[("a", b"one"), ("b", b""), ("a", b"three")]),
            plain(&[("a", "one"), ("b", ""), ("a", "three")]),
        ),
        ("empty data", aggregate(&[("a", b"")]), plain(&[("a", "")])),
        ("empty key", aggregate(&[("", b"one")]), plain(&[("", "one")])),
        ("key that is not UTF-8", fields(&[bytes(1, b"a\xff"), entry(0, b"one")]), plain(&[("a\u{fffd}", "one")])),
        ("table behind its records", fields(&[entry(0, b"one"), key.clone()]), plain(&[("a", "one")])),
        (
            "explicit hash keys and tags",
            fields(&[key.clone(), bytes(2, b"1234"), bytes(3, &full)]),
            plain(&[("a", "one")]),
        ),
        (
            "explicit hash key out of range",
            fields(&[key.clone(), bytes(3, &[number(1, 0), number(2, 9), bytes(3, b"one")].concat())]),
            plain(&[("a", "one")]),
        ),
        (
            "fields that are not known",
            fields(&[
                number(9, 1),
                key.clone(),
                bytes(3, &[full.clone(), bytes(15, b"new")].concat()),
                bytes(99, b"x"),
            ]),
            plain(&[("a", "one")]),
        ),
        (
            "a known field of another wire type",
            fields(&[key.clone(), number(1, 7), number(3, 7), entry(0, b"one")]),
            plain(&[("a", "one")]),
        ),
        (
            "fields that stand twice",
            fields(&[
                key.clone(),
                bytes(3, &[number(1, 9), bytes(3, b"old"), number(1, 0), bytes(3, b"one")].concat()),
            ]),
            plain(&[("a", "one")]),
        ),
        ("an aggregate in an aggregate is data", aggregate(&[("a", b"x")]), plain(&[("a", "x")])),
        ("keys and no record", sealed(&key), plain(&[])),
    ] {
        let apart = apart(&[], &[(7, data)]);
        let records: Vec<_> =
            found(&apart).into_iter().map(|(_, _, key, data)| (key, String::from_utf8(data).unwrap())).collect();
        assert_eq!(records, expected, "{name}");
        assert_eq!((apart.counts.aggregates, apart.counts.failed), (1, 0), "{name}");
        assert_eq!(apart.counts.aggregated_records, expected.len() as u64, "{name}");
        assert_eq!(apart.counts.left_out, u64::from(expected.is_empty()), "{name}");
    }
}

#[test]
fn d1_an_aggregate_is_taken_apart_once() {
    let inner = aggregate(&[("inner", b"x")]);
    let apart = apart(&[], &[(7, aggregate(&[("outer", &inner)]))]);
    assert_eq!(found(&apart), [("7".to_owned(), 0, "outer".to_owned(), inner)]);
}

#[test]
fn d1_an_index_out_of_range_fails_the_whole_record_and_no_other() {
    let key = bytes(1, b"a");
    for (name, fields, index) in [
        ("one too far", vec![key.clone(), entry(0, b"one"), entry(1, b"two")], "1 of a table of 1"),
        ("no table", vec![entry(0, b"one")], "0 of a table of 0"),
        ("as far as can be", vec![key.clone(), entry(u64::MAX, b"one")], "18446744073709551615 of a table of 1"),
    ] {
        let data = sealed(&fields.concat());
        let apart = apart(&[], &[(6, b"before".to_vec()), (7, data.clone()), (8, aggregate(&[("b", b"after")]))]);
        let failed = &apart.failed[0];
        assert_eq!(failed.failure.code, "Deaggregation.KplIndexOutOfRange", "{name}");
        assert_eq!(failed.failure.output_type.as_str(), "processing-failed", "{name}");
        assert!(failed.failure.message.contains(index), "{name}: {}", failed.failure.message);
        assert_eq!((failed.as_user_record().data, failed.sequence_number.as_str()), (&data[..], "7"), "{name}");
        assert_eq!((failed.sub_sequence_number, &*failed.partition_key), (0, WHOLE), "{name}");
        let expected = [
            ("6".to_owned(), 0, WHOLE.to_owned(), b"before".to_vec()),
            ("8".to_owned(), 0, "b".to_owned(), b"after".to_vec()),
        ];
        assert_eq!(found(&apart), expected, "{name}");
    }
}

#[test]
fn k3_ordinals_go_on_where_a_sequence_number_stands_again() {
    let broken = sealed(&entry(0, b"x"));
    let batch = [
        (1, aggregate(&[("a", b"0"), ("a", b"1")])),
        (1, b"2".to_vec()),
        (1, broken.clone()),
        (2, aggregate(&[("a", b"0")])),
        (1, aggregate(&[("a", b"4"), ("a", b"5")])),
        (3, broken),
        (3, b"1".to_vec()),
    ];
    let apart = apart(&[], &batch);
    let ordinals: Vec<_> = found(&apart).into_iter().map(|(number, ordinal, _, _)| (number, ordinal)).collect();
    let expected = [("1", 0), ("1", 1), ("1", 2), ("2", 0), ("1", 4), ("1", 5), ("3", 1)];
    assert_eq!(ordinals, expected.map(|(number, ordinal)| (number.to_owned(), ordinal)));
    let failed: Vec<_> = apart.failed.iter().map(|f| (f.sequence_number.as_str(), f.sub_sequence_number)).collect();
    assert_eq!(failed, [("1", 3), ("3", 0)]);
}

#[test]
fn where_nothing_is_taken_apart_the_batch_itself_comes_back() {
    let records = laid_down(&[(1, b"one".to_vec()), (2, b"\xF3\x89\x9A".to_vec()), (3, vec![])]);
    let (arena, first) = (records.arena().as_ptr(), records.records().as_ptr());
    let apart = deaggregate(&Deaggregation::default(), records);
    assert_eq!((apart.records.arena().as_ptr(), apart.records.records().as_ptr()), (arena, first));
    assert_eq!((apart.counts.kinesis_records, apart.counts.apart, apart.counts.user_records), (3, 3, 3));
}

#[test]
fn no_records_are_none_under_every_setting() {
    for set in [&[][..], &[crate::batches::JSON], &[crate::batches::GZIP]] {
        assert!(apart(set, &[]).records.is_empty());
    }
}
