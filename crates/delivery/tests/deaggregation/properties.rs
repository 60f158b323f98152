//! D1 and D3 as properties: whatever is wrapped in whatever comes back, in its order, under an identity of its own.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::batches::{DELIMITED, Found, GZIP, HASHES, JSON, MESSAGES, WHOLE, apart, found};
use crate::wrapping::{CONTROL, aggregate, document, entry, gzip, sealed};

/// What a producer means to send.
#[derive(Debug, Clone)]
enum Meant {
    /// Messages, each of several items.
    Messages(Vec<Vec<String>>),
    Control,
    Garbage,
}

/// A Kinesis record as it is meant.
#[derive(Debug, Clone)]
enum Record {
    One(Meant),
    Aggregate(Vec<(String, Meant)>),
    BadIndex,
}

/// Settings, as an index of each.
type Settings = (usize, usize);

const DECOMPRESSIONS: [&[(&str, &str)]; 3] = [&[], &[GZIP], &[GZIP, MESSAGES]];
const SUB_RECORDS: [&[(&str, &str)]; 3] = [&[], &[JSON], &[DELIMITED, HASHES]];
const GARBAGE: &str = "garbage";

fn set((decompression, sub_records): Settings) -> Vec<(&'static str, &'static str)> {
    [DECOMPRESSIONS[decompression], SUB_RECORDS[sub_records]].concat()
}

/// What the innermost wrapping makes of a text; none where it fails.
fn split(sub_records: usize, text: &str) -> Option<Vec<String>> {
    match sub_records {
        0 => Some(vec![text.to_owned()]),
        // Objects here hold no brace but their own, unless they are documents.
        1 if text.contains("messageType") => Some(vec![text.to_owned()]),
        1 if text == GARBAGE => None,
        1 => {
            Some(text.split_inclusive('}').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
        }
        _ => {
            let mut pieces: Vec<_> = text.split("##").map(str::to_owned).collect();
            pieces.pop_if(|last| last.is_empty());
            Some(pieces)
        }
    }
}

/// The bytes of one, and what is to come out; none where it fails.
fn written(meant: &Meant, (decompression, sub_records): Settings) -> (Vec<u8>, Option<Vec<String>>) {
    let message = |items: &Vec<String>| -> String {
        let item = |item: &String| match sub_records {
            1 => format!("{{\"v\":\"{item}\"}} "),
            _ => format!("{item}##"),
        };
        items.iter().map(item).collect()
    };
    match (meant, decompression) {
        (Meant::Garbage, 0) => (GARBAGE.into(), split(sub_records, GARBAGE)),
        (Meant::Garbage, _) => (GARBAGE.into(), None),
        (Meant::Control, 0) => (Vec::new(), split(sub_records, "")),
        (Meant::Control, _) => (gzip(CONTROL.as_bytes()), Some(vec![])),
        (Meant::Messages(messages), 0) => {
            let text = messages.iter().map(message).collect::<String>();
            (text.clone().into_bytes(), split(sub_records, &text))
        }
        (Meant::Messages(messages), _) => {
            let texts: Vec<String> = messages.iter().map(message).collect();
            let whole = document(&texts);
            let out = if decompression == 1 { vec![whole.clone()] } else { texts };
            let parts: Option<Vec<_>> = out.iter().map(|text| split(sub_records, text)).collect();
            (gzip(whole.as_bytes()), parts.map(|parts| parts.concat()))
        }
    }
}

/// A record's bytes, and what is to come out with its partition key; none where it fails.
fn record(record: &Record, settings: Settings) -> (Vec<u8>, Option<Vec<(String, String)>>) {
    let keyed =
        |key: &str, parts: Vec<String>| parts.into_iter().map(|part| (key.to_owned(), part)).collect::<Vec<_>>();
    match record {
        Record::BadIndex => (sealed(&entry(3, b"x")), None),
        Record::One(meant) => {
            let (bytes, parts) = written(meant, settings);
            (bytes, parts.map(|parts| keyed(WHOLE, parts)))
        }
        Record::Aggregate(all) => {
            let all: Vec<_> = all.iter().map(|(key, meant)| (key, written(meant, settings))).collect();
            let data: Vec<_> = all.iter().map(|(key, (bytes, _))| (key.as_str(), &bytes[..])).collect();
            let parts: Option<Vec<_>> =
                all.iter().map(|(key, (_, parts))| parts.clone().map(|parts| keyed(key, parts))).collect();
            (aggregate(&data), parts.map(|parts| parts.concat()))
        }
    }
}

fn any_meant() -> impl Strategy<Value = Meant> {
    let items = proptest::collection::vec("[a-z0-9]{0,6}", 0..4);
    prop_oneof![
        6 => proptest::collection::vec(items, 0..3).prop_map(Meant::Messages),
        1 => Just(Meant::Control),
        1 => Just(Meant::Garbage),
    ]
}

fn any_batch() -> impl Strategy<Value = Vec<(u64, Record)>> {
    let one = prop_oneof![
        4 => any_meant().prop_map(Record::One),
        4 => proptest::collection::vec(("[a-cé]{1,2}", any_meant()), 1..5).prop_map(Record::Aggregate),
        1 => Just(Record::BadIndex),
    ];
    proptest::collection::vec((0_u64..2, one), 0..8).prop_map(|records| {
        let mut number = 100;
        let mut place = |(step, record)| {
            number += step;
            (number, record)
        };
        records.into_iter().map(&mut place).collect()
    })
}

proptest! {
    #[test]
    fn d1_what_is_wrapped_comes_back(batch in any_batch(), settings in (0_usize..3, 0_usize..3)) {
        let mut ordinals: BTreeMap<u64, u64> = BTreeMap::new();
        let (mut bytes, mut expected, mut failed): (Vec<_>, Vec<Found>, Vec<_>) = (vec![], vec![], vec![]);
        for (number, meant) in &batch {
            let (data, parts) = record(meant, settings);
            let ordinal = ordinals.entry(*number).or_default();
            match parts {
                None => {
                    failed.push((number.to_string(), *ordinal, data.clone()));
                    *ordinal += 1;
                }
                Some(parts) => for (key, part) in parts {
                    expected.push((number.to_string(), *ordinal, key, part.into_bytes()));
                    *ordinal += 1;
                }
            }
            bytes.push((*number, data));
        }
        let apart = apart(&set(settings), &bytes);
        prop_assert_eq!(found(&apart), expected);
        let really: Vec<_> = apart.failed.iter()
            .map(|f| (f.sequence_number.as_str().to_owned(), f.sub_sequence_number, f.data.clone())).collect();
        prop_assert_eq!(really, failed);
    }

    #[test]
    fn k3_no_two_have_one_identity(batch in any_batch(), settings in (0_usize..3, 0_usize..3)) {
        let bytes: Vec<_> = batch.iter().map(|(number, meant)| (*number, record(meant, settings).0)).collect();
        let apart = apart(&set(settings), &bytes);
        let records = apart.records.records().iter().map(|r| (r.sequence_number, r.sub_sequence_number));
        let all: Vec<_> = records.chain(apart.failed.iter().map(|f| (f.sequence_number, f.sub_sequence_number))).collect();
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn d3_the_same_batch_comes_apart_alike(batch in any_batch(), settings in (0_usize..3, 0_usize..3)) {
        let bytes: Vec<_> = batch.iter().map(|(number, meant)| (*number, record(meant, settings).0)).collect();
        let (one, other) = (apart(&set(settings), &bytes), apart(&set(settings), &bytes));
        prop_assert_eq!((found(&one), one.failed, one.counts), (found(&other), other.failed, other.counts));
    }

    #[test]
    fn l1_any_bytes_are_accounted_for(data in proptest::collection::vec(any::<u8>(), 0..64), settings in (0_usize..3, 0_usize..3)) {
        // `apart` checks the sums; sealed, so that the message is looked at and not only the digest.
        apart(&set(settings), &[(1, data.clone()), (2, sealed(&data)), (3, gzip(&data)), (4, aggregate(&[("a", &data)]))]);
    }
}
