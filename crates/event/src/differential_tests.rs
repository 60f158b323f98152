//! The ways of reading against each other: the same records and the same errors, whatever is changed in an event.

use penstock_delivery::KinesisRecords;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const WALKS: [Walk; 2] = [Walk::Portable, Walk::Fastest];

/// All that is known of a batch.
type Told = (String, u64, String, Vec<u8>, Vec<(String, u64, String, i64, Vec<u8>)>);

fn told(records: &KinesisRecords<'_>) -> Told {
    let each = records.user_records().map(|record| {
        (
            record.sequence_number.to_string(),
            record.sub_sequence_number,
            record.partition_key.to_owned(),
            record.arrival.millis(),
            record.data.to_vec(),
        )
    });
    let range = records.range().map(|(lowest, highest)| format!("{lowest} {highest}"));
    let (arn, shard) = (records.stream_arn(), records.shard_id().number());
    (
        format!("{arn} {range:?}"),
        shard,
        String::from_utf8_lossy(records.suffix()).into_owned(),
        records.arena().to_vec(),
        each.collect(),
    )
}

/// What a walk makes of an event.
fn outcome(walk: Walk, event: &[u8], suffix: &[u8]) -> Result<Option<Told>, EventError> {
    decode_by(walk, event, suffix).map(|records| records.as_ref().map(told))
}

/// All ways agree; and what is taken is JSON.
fn agree(event: &[u8]) {
    for suffix in [&b"\n"[..], b"", &[b'#'; 700]] {
        let strict = outcome(Walk::Strict, event, suffix);
        for walk in WALKS {
            let found = outcome(walk, event, suffix);
            assert!(found == strict, "{walk:?}: {found:?}\nstrict: {strict:?}\n{}", String::from_utf8_lossy(event));
        }
        if strict.is_ok() {
            let json = serde_json::from_slice::<serde_json::Value>(event);
            let is_of_a_number = |error: &serde_json::Error| error.to_string().contains("number out of range");
            let is_half_a_pair = |error: &serde_json::Error| error.to_string().contains("surrogate");
            assert!(
                json.as_ref().err().is_none_or(|error| is_of_a_number(error)
                    || is_half_a_pair(error)
                    || error.to_string().contains("unexpected end of hex escape")),
                "{:?}: {}",
                json,
                String::from_utf8_lossy(event)
            );
        }
    }
}

/// One record as it is written.
#[derive(Debug, Clone)]
struct Written {
    shape: usize,
    number: String,
    number_of_id: Option<String>,
    key: String,
    data: String,
    arrival: String,
}

const ARN: &str = "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream";

impl Written {
    fn json(&self) -> String {
        let Self { shape, number, number_of_id, key, data, arrival } = self;
        let id = format!("shardId-000000000006:{}", number_of_id.as_ref().unwrap_or(number));
        match shape {
            0 | 1 => format!(
                r#"{{"kinesis":{{"kinesisSchemaVersion":"1.0","partitionKey":"{key}","sequenceNumber":"{number}","data":"{data}","approximateArrivalTimestamp":{arrival}}},"eventSource":"aws:kinesis","eventID":"{id}","eventSourceARN":"{ARN}"}}"#
            ),
            // What is not known stands between, and stands twice.
            2 => format!(
                r#"{{"kinesis":{{"partitionKey":"x","x":[1,{{"y":"z"}}],"partitionKey":"{key}","sequenceNumber":"{number}","data":"QQ==","data":"{data}","approximateArrivalTimestamp":{arrival},"n":null}},"eventID":"{id}","eventSourceARN":"{ARN}"}}"#
            ),
            3 => format!(
                r#"{{"eventSourceARN":"{ARN}","eventID":"{id}","kinesis":{{"data":"{data}","approximateArrivalTimestamp":{arrival},"partitionKey":"{key}","sequenceNumber":"{number}"}}}}"#
            ),
            4 => format!(
                "{{ \"kinesis\" : {{\n \"partitionKey\" : \"{key}\" ,\t\"sequenceNumber\": \"{number}\", \"data\" : \"{data}\",\r\n\"approximateArrivalTimestamp\" : {arrival} }} , \"eventID\":\"{id}\",\"eventSourceARN\":\"{ARN}\" }}"
            ),
            // The last of a name that stands twice, after what the template takes for its field.
            _ => format!(
                r#"{{"kinesis":{{"partitionKey":"{key}","sequenceNumber":"{number}","data":"{data}","approximateArrivalTimestamp":{arrival}}},"eventID":"{id}","eventSourceARN":"{ARN}","kinesis":{{"z":"\u00e9"}}}}"#
            ),
        }
    }
}

fn event(records: &[Written]) -> Vec<u8> {
    let records: Vec<String> = records.iter().map(Written::json).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(",")).into_bytes()
}

fn any_record(shape: impl Strategy<Value = usize>) -> impl Strategy<Value = Written> {
    let data = prop_oneof![
        8 => proptest::collection::vec(any::<u8>(), 0..120).prop_map(|data| base64_simd::STANDARD.encode_to_string(data)),
        1 => select(vec!["A", "A===", "QR==", "QUJDR", "QUJD=", "\\/\\/79", "Q\u{e9}", "QQ==QQ==", " "]).prop_map(str::to_owned),
    ];
    let number = prop_oneof![
        8 => (0_u64..30).prop_map(|number| format!("49{number:054}")),
        1 => select(vec!["0", "7", "012", "", "1x", "99999999999999999999"]).prop_map(str::to_owned),
        1 => "[1-9][0-9]{0,130}",
    ];
    let id = prop_oneof![12 => Just(None), 1 => Just(Some("7".to_owned())), 1 => "[0-9]{56}".prop_map(Some)];
    let key = prop_oneof![
        6 => "[a-z0-9-]{0,40}",
        1 => "[\\PC&&[^\"\\\\]]{0,40}",
        1 => select(vec!["\\u00e9", "\\", "\\q", "\n", "a\\\"b", "\u{7f}", "\u{1f}", "\\ud800"]).prop_map(str::to_owned),
    ];
    let arrival = prop_oneof![
        8 => "15[0-9]{8}\\.[0-9]{1,3}",
        1 => "[0-9]{0,12}(\\.[0-9]{0,6})?([eE][-+]?[0-9]{1,2})?",
        1 => select(vec!["1.5E9", "-1", "01.5", "\"1\"", "1545084650.", "1545084650.1e", "0545084650.1", "9999999999.999"]).prop_map(str::to_owned),
    ];
    (shape, number, id, key, data, arrival).prop_map(|(shape, number, number_of_id, key, data, arrival)| Written {
        shape,
        number,
        number_of_id,
        key,
        data,
        arrival,
    })
}

/// A change that somebody else's writer, or the network, might make.
fn change(event: &mut Vec<u8>, kind: u8, at: Index, byte: u8) {
    if event.is_empty() {
        return;
    }
    let at = at.index(event.len());
    match kind {
        0 => event[at] = byte,
        1 => event.insert(at, byte),
        2 => drop(event.remove(at)),
        3 => event.truncate(at),
        4 => event.insert(at, b' '),
        5 => event.insert(at, b'\\'),
        _ => event[at] ^= 1 << (byte % 8),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 3 } else { 1_500 }))]

    #[test]
    fn records_written_alike(records in proptest::collection::vec(any_record(Just(0)), 0..8)) {
        agree(&event(&records));
    }

    #[test]
    fn records_written_in_several_ways(records in proptest::collection::vec(any_record(0_usize..6), 0..16)) {
        agree(&event(&records));
    }

    #[test]
    fn records_written_in_one_odd_way(records in (0_usize..6).prop_flat_map(|shape| proptest::collection::vec(any_record(Just(shape)), 0..6))) {
        agree(&event(&records));
    }

    #[test]
    fn events_with_changes(
        records in proptest::collection::vec(any_record(0_usize..2), 1..6),
        changes in proptest::collection::vec((0_u8..8, any::<Index>(), any::<u8>()), 1..3),
    ) {
        let mut event = event(&records);
        for (kind, at, byte) in changes {
            change(&mut event, kind, at, byte);
        }
        agree(&event);
    }
}

/// Three records that are as Lambda writes them.
fn plain() -> Vec<u8> {
    let record = |number: u64| Written {
        shape: 0,
        number: format!("49{number:054}"),
        number_of_id: None,
        key: format!("key-{number}"),
        data: base64_simd::STANDARD
            .encode_to_string(format!("the data of record {number}, which is longer than a register")),
        arrival: format!("1545084650.{number}"),
    };
    event(&[record(1), record(2), record(3)])
}

#[test]
fn every_byte_changed_taken_away_or_cut_off() {
    let plain = plain();
    assert_eq!(decode(&plain, b"\n").unwrap().unwrap().len(), 3);
    let step = if cfg!(miri) { 97 } else { 1 };
    for at in (0..plain.len()).step_by(step) {
        for byte in [b'"', b'\\', b'0', b'9', b'A', b'=', b' ', b'\n', b',', b'}', 0, 0x7f, 0x80, 0xff] {
            let mut event = plain.clone();
            event[at] = byte;
            agree(&event);
            event[at] = plain[at];
            event.insert(at, byte);
            agree(&event);
        }
        let mut event = plain.clone();
        event.remove(at);
        agree(&event);
        agree(&plain[..at]);
    }
}

#[test]
fn records_that_are_written_alike_are_read_by_the_template() {
    let records: Vec<Written> = (0..100)
        .map(|place| Written {
            shape: 0,
            // There is a digit more from the eleventh on.
            number: (place + 90).to_string(),
            number_of_id: None,
            key: format!("key-{place}"),
            data: base64_simd::STANDARD.encode_to_string("x".repeat(place)),
            arrival: "1545084650.987".to_owned(),
        })
        .collect();
    let event = event(&records);
    agree(&event);
    for level in [Level::Portable, Level::detect()] {
        let mut batch = Batch::new(&event, b"\n", Some(level));
        let mut taken = Vec::new();
        let mut scanner = Scanner::new(&event);
        let read = scanner.object(|scanner, _| {
            scanner.array(|scanner| {
                batch.element(scanner)?;
                taken.push(batch.builder.as_ref().map_or(0, RecordsBuilder::len));
                Ok(())
            })
        });
        assert_eq!(read, Ok(()));
        // The strict walk reads the first of each length of the number, the template all others at once.
        assert_eq!(taken, [1, 10, 11, 100], "{level:?}");
    }
}

#[test]
fn what_changes_from_record_to_record_is_still_read() {
    // Ways of writing in turn, in pairs and in runs: the template is learnt anew, or given up.
    for run in [1, 2, 3, 50] {
        let records: Vec<Written> = (0..60)
            .map(|place| Written {
                shape: if place / run % 2 == 0 { 0 } else { 2 },
                number: format!("49{place:054}"),
                number_of_id: None,
                key: "k".to_owned(),
                data: base64_simd::STANDARD.encode_to_string(place.to_string()),
                arrival: "1545084650.987".to_owned(),
            })
            .collect();
        let event = event(&records);
        agree(&event);
        assert_eq!(decode(&event, b"").unwrap().unwrap().len(), 60);
    }
}
