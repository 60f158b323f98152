//! The quicker ways against the strict walk: the same records or the same error, whatever is done to an event.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

const NUMBER: u64 = 1_000_000;

/// How a record is written.
#[derive(Debug, Clone)]
struct Written {
    number: u64,
    data: Vec<u8>,
    partition_key: &'static str,
    arrival: &'static str,
    shape: u8,
}

impl Written {
    fn text(&self) -> String {
        let data = base64_simd::STANDARD.encode_to_string(&self.data);
        let Self { number, partition_key, arrival, shape, .. } = self;
        let id = format!("\"eventID\":\"shardId-000000000006:{number}\"");
        let arn = "\"eventSourceARN\":\"arn:aws:kinesis:us-east-2:123456789012:stream/s\",\"x\":{\"y\":[1,\"z\"]}";
        let kinesis = match shape {
            0..=5 => format!(
                "\"kinesis\":{{\"kinesisSchemaVersion\":\"1.0\",\"partitionKey\":\"{partition_key}\",\"sequenceNumber\":\"{number}\",\"data\":\"{data}\",\"approximateArrivalTimestamp\":{arrival}}}"
            ),
            6 => format!(
                "\"kinesis\": {{\"data\": \"{data}\", \"partitionKey\": \"{partition_key}\", \"approximateArrivalTimestamp\": {arrival}, \"sequenceNumber\": \"{number}\"}}"
            ),
            _ => format!(
                "\"kinesis\":{{\"sequenceNumber\":\"1\",\"approximateArrivalTimestamp\":{arrival},\"sequenceNumber\":\"{number}\",\"partitionKey\":\"{partition_key}\",\"data\":\"{data}\"}}"
            ),
        };
        if shape % 2 == 0 { format!("{{{kinesis},{id},{arn}}}") } else { format!("{{{id},{kinesis},{arn}}}") }
    }
}

fn any_record() -> impl Strategy<Value = Written> {
    let keys =
        select(vec!["k", "", "a longer partition key of a customer", "\u{e9}", "with \\\"quotes\\\"", "\\u0041"]);
    let arrivals =
        select(vec!["1545084650.987", "1545084650", "1545084650.9", "1.545084650987E9", "1545084650.98765", "5.5"]);
    // Most records are written as the one before.
    let shapes = prop_oneof![6 => Just(0_u8), 1 => 0..8_u8];
    (0..3_u64, prop::collection::vec(any::<u8>(), 0..150), keys, arrivals, shapes).prop_map(
        |(step, data, partition_key, arrival, shape)| Written { number: step, data, partition_key, arrival, shape },
    )
}

fn event(mut records: Vec<Written>) -> Vec<u8> {
    let mut number = NUMBER - 3;
    for record in &mut records {
        number += record.number;
        record.number = number;
    }
    let texts: Vec<String> = records.iter().map(Written::text).collect();
    format!("{{\"Records\":[{}]}}", texts.join(",")).into_bytes()
}

/// All that is known of a batch, or its error.
fn told(decoded: Result<Option<KinesisRecords<'_>>, EventError>) -> Result<String, EventError> {
    let Some(records) = decoded? else { return Ok("none".to_owned()) };
    let all: Vec<_> = records.user_records().map(|record| format!("{record:?}")).collect();
    Ok(format!("{} {} {all:?} {:?} {:?}", records.stream_arn(), records.shard_id(), records.range(), records.arena()))
}

#[track_caller]
fn agree(event: &[u8]) {
    let strictly = told(decode_strictly(event, b"\n"));
    assert_eq!(told(decode(event, b"\n")), strictly, "{}", String::from_utf8_lossy(event));
    assert_eq!(told(decode_portably(event, b"\n")), strictly, "{}", String::from_utf8_lossy(event));
}

#[test]
fn records_that_are_written_alike_are_read_by_the_template() {
    let alike = |number| Written { number, data: vec![7; 40], partition_key: "k", arrival: "1545084650.987", shape: 0 };
    let event = event((0..100).map(|_| alike(1)).collect());
    let mut batch = Batch {
        body: &event,
        suffix: b"\n",
        builder: None,
        source: None,
        count: 0,
        decoder: Some(Decoder::best()),
        template: None,
        others: 0,
    };
    let mut scanner = Scanner::new(&event);
    scanner.object(|scanner, _| scanner.array(|scanner| batch.record(scanner))).unwrap();
    // The third one has a digit more than the two before it.
    assert_eq!((batch.count, batch.others), (100, 1));
    agree(&event);
}

proptest! {
    #[test]
    fn all_ways_agree(records in prop::collection::vec(any_record(), 0..12)) {
        agree(&event(records));
    }

    #[test]
    fn all_ways_agree_on_what_is_damaged(
        records in prop::collection::vec(any_record(), 1..8),
        damages in prop::collection::vec((any::<Index>(), prop_oneof![any::<u8>(), select(&b"\"\\{}[],:=0A/ \n"[..])], 0..3_u8), 1..4),
    ) {
        let mut event = event(records);
        for (at, byte, how) in damages {
            let at = at.index(event.len());
            match how {
                0 => event[at] = byte,
                1 => event.insert(at, byte),
                _ => drop(event.remove(at)),
            }
            if event.is_empty() {
                return Ok(());
            }
            agree(&event);
        }
    }

    #[test]
    fn all_ways_agree_on_what_is_cut_off(records in prop::collection::vec(any_record(), 1..6), at in any::<Index>()) {
        let event = event(records);
        agree(&event[..at.index(event.len())]);
    }
}
