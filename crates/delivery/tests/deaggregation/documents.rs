//! Documents of CloudWatch Logs.

use crate::batches::{DELIMITED, GZIP, HASHES, JSON, MESSAGES, alone, apart, data_of, found};
use crate::wrapping::{CONTROL, aggregate, document, gzip};

const NOT_GZIP: &str = "decompression-failed Decompression.NotGzip";
const NOT_LOGS: &str = "decompression-failed Decompression.NotCloudWatchLogs";

#[test]
fn d1_a_document_is_a_record_or_fails() {
    let written = document(&["one".to_owned(), "two".to_owned()]);
    let whole = gzip(written.as_bytes());
    let (head, tail) = written.as_bytes().split_at(20);
    let mut damaged = whole.clone();
    let at = damaged.len() - 6;
    damaged[at] ^= 1;
    let spaced = format!(" \n{written}\n ");
    for (name, record, expected) in [
        ("a document", whole.clone(), data_of(&[&written])),
        ("several members", [gzip(head), gzip(tail)].concat(), data_of(&[&written])),
        ("white space around", gzip(spaced.as_bytes()), data_of(&[&spaced])),
        ("a control message", gzip(CONTROL.as_bytes()), data_of(&[])),
        (
            "no events",
            gzip(br#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#),
            data_of(&[r#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#]),
        ),
        ("nothing", vec![], Err(NOT_GZIP.to_owned())),
        ("not gzip", written.clone().into_bytes(), Err(NOT_GZIP.to_owned())),
        ("cut short", whole[..whole.len() - 9].to_vec(), Err(NOT_GZIP.to_owned())),
        ("damaged", damaged, Err(NOT_GZIP.to_owned())),
        ("bytes behind", [whole.clone(), b"secret".to_vec()].concat(), Err(NOT_GZIP.to_owned())),
        ("gzip of nothing", gzip(b""), Err(NOT_LOGS.to_owned())),
        ("not JSON", gzip(b"{secret"), Err(NOT_LOGS.to_owned())),
        ("not UTF-8", gzip(b"{\"messageType\":\"secret\xff\"}"), Err(NOT_LOGS.to_owned())),
        ("two documents", gzip(written.repeat(2).as_bytes()), Err(NOT_LOGS.to_owned())),
        ("an array", gzip(br#"["DATA_MESSAGE",[]]"#), Err(NOT_LOGS.to_owned())),
        ("a text", gzip(br#""secret""#), Err(NOT_LOGS.to_owned())),
        ("no messageType", gzip(br#"{"logEvents":[]}"#), Err(NOT_LOGS.to_owned())),
        ("another messageType", gzip(br#"{"messageType":"secret","logEvents":[]}"#), Err(NOT_LOGS.to_owned())),
        ("a messageType that is no text", gzip(br#"{"messageType":["secret"]}"#), Err(NOT_LOGS.to_owned())),
        ("no logEvents", gzip(br#"{"messageType":"DATA_MESSAGE"}"#), Err(NOT_LOGS.to_owned())),
        ("null logEvents", gzip(br#"{"messageType":"DATA_MESSAGE","logEvents":null}"#), Err(NOT_LOGS.to_owned())),
        (
            "logEvents that are no array",
            gzip(br#"{"messageType":"DATA_MESSAGE","logEvents":"secret"}"#),
            Err(NOT_LOGS.to_owned()),
        ),
        (
            "an event without message",
            gzip(br#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"secret"}]}"#),
            Err(NOT_LOGS.to_owned()),
        ),
    ] {
        assert_eq!(alone(&[GZIP], &record), expected, "{name}");
        if expected.is_err() {
            assert_eq!(alone(&[GZIP, MESSAGES], &record), expected, "{name}, extracted");
        }
    }
}

#[test]
fn d1_messages_come_out_in_order_with_their_escapes_resolved() {
    for (name, written, expected) in [
        ("two", document(&["one".to_owned(), "two".to_owned()]), &["one", "two"][..]),
        ("none", document(&[]), &[]),
        ("an empty one", document(&[String::new()]), &[""]),
        ("a control message", CONTROL.to_owned(), &[]),
        (
            "escapes",
            r#"{"logEvents":[{"message":"a\n\"\u00fc\ud83d\ude00\\"}],"messageType":"DATA_MESSAGE"}"#.to_owned(),
            &["a\n\"ü😀\\"],
        ),
    ] {
        assert_eq!(alone(&[GZIP, MESSAGES], &gzip(written.as_bytes())), data_of(expected), "{name}");
    }
}

#[test]
fn control_messages_are_left_out_and_counted() {
    let apart = apart(&[GZIP], &[(1, gzip(CONTROL.as_bytes())), (2, gzip(document(&[]).as_bytes()))]);
    let counts = apart.counts;
    assert_eq!((counts.control_messages, counts.left_out, counts.user_records), (1, 1, 1));
    assert_eq!(counts.decompressed_records, 2);
    assert_eq!(counts.decompressed_bytes, (CONTROL.len() + document(&[]).len()) as u64);
}

#[test]
fn d1_all_levels_are_taken_off_in_their_order() {
    let logs = gzip(document(&["{\"a\":1} {\"a\":2}".to_owned(), "{\"a\":3}".to_owned()]).as_bytes());
    let last = gzip(document(&["{\"a\":4}".to_owned()]).as_bytes());
    let batch = [(5, aggregate(&[("x", &logs), ("y", &gzip(CONTROL.as_bytes())), ("y", &last)]))];
    let all = apart(&[GZIP, MESSAGES, JSON], &batch);
    let expected = [("x", "{\"a\":1}"), ("x", "{\"a\":2}"), ("x", "{\"a\":3}"), ("y", "{\"a\":4}")];
    let expected: Vec<_> = (0..)
        .zip(expected)
        .map(|(ordinal, (key, data))| ("5".to_owned(), ordinal, key.to_owned(), data.as_bytes().to_vec()))
        .collect();
    assert_eq!(found(&all), expected);
    assert_eq!((all.counts.aggregated_records, all.counts.control_messages, all.counts.left_out), (3, 1, 0));
}

#[test]
fn d1_one_bad_part_fails_its_whole_kinesis_record() {
    let good = gzip(document(&["{\"a\":1}".to_owned()]).as_bytes());
    let bad = gzip(document(&["{\"a\":1}".to_owned(), "secret".to_owned()]).as_bytes());
    for (name, set, part, code) in [
        ("not gzip", &[GZIP][..], b"secret".to_vec(), NOT_GZIP),
        ("no objects", &[GZIP, MESSAGES, JSON], bad, "processing-failed Deaggregation.NotJsonObjects"),
    ] {
        let record = aggregate(&[("x", &good), ("y", &part), ("z", &good)]);
        assert_eq!(alone(set, &record), Err(code.to_owned()), "{name}");
        let counts = apart(set, &[(1, record)]).counts;
        assert_eq!((counts.aggregates, counts.decompressed_records, counts.user_records), (0, 0, 0), "{name}");
    }
}

#[test]
fn messages_may_be_pieces() {
    let record = gzip(document(&["a##b##".to_owned(), "c".to_owned()]).as_bytes());
    assert_eq!(alone(&[GZIP, MESSAGES, DELIMITED, HASHES], &record), data_of(&["a", "b", "c"]));
}
