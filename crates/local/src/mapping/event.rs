//! The invocation event of a batch: compact JSON, fields in the order in which Lambda writes them.
//!
//! It is written by hand, as the size of each record's part must be known exactly before the batch closes, and since
//! a batch is up to 6 MB of text that is there already, in base64.
//! The form is that of the example in AWS Lambda's guide, "Using Lambda to process records from Amazon Kinesis Data
//! Streams".

use bytes::Bytes;

use crate::kinesis::Record;

/// What stands around all records.
const HEAD: &str = r#"{"Records":["#;
const TAIL: &str = "]}";

const BEFORE_PARTITION_KEY: &str = r#"{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":""#;
const BEFORE_SEQUENCE_NUMBER: &str = r#"","sequenceNumber":""#;
const BEFORE_DATA: &str = r#"","data":""#;
const BEFORE_ARRIVAL: &str = r#"","approximateArrivalTimestamp":"#;

/// Writes the events of one shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventWriter {
    /// From behind the arrival time to the sequence number in `eventID`.
    before_event_id: String,
    /// From behind that number to the record's end.
    end: String,
}

impl EventWriter {
    /// For the records of `shard_id`. None of the four holds a character that JSON escapes.
    pub fn new(shard_id: &str, role_arn: &str, region: &str, stream_arn: &str) -> Self {
        Self {
            before_event_id: format!(r#"}},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"{shard_id}:"#),
            end: format!(
                r#"","eventName":"aws:kinesis:record","invokeIdentityArn":"{role_arn}","awsRegion":"{region}","eventSourceARN":"{stream_arn}"}}"#
            ),
        }
    }

    /// The size of one record's part, in bytes, without a comma.
    pub fn record_bytes(&self, record: &Record) -> usize {
        let fixed = BEFORE_PARTITION_KEY.len()
            + BEFORE_SEQUENCE_NUMBER.len()
            + BEFORE_DATA.len()
            + BEFORE_ARRIVAL.len()
            + self.before_event_id.len()
            + self.end.len();
        fixed
            + record.partition_key.bytes().map(escaped_bytes).sum::<usize>()
            + 2 * record.sequence_number.len()
            + record.data.len()
            + arrival(record.arrival_ms).len()
    }

    /// The event of these records.
    pub fn write<'r>(&self, records: impl Iterator<Item = &'r Record> + Clone) -> Bytes {
        let parts: usize = records.clone().map(|record| self.record_bytes(record)).sum();
        let bytes = event_bytes(records.clone().count(), parts);
        let mut event = String::with_capacity(bytes);
        event.push_str(HEAD);
        for (index, record) in records.enumerate() {
            if index > 0 {
                event.push(',');
            }
            self.write_record(&mut event, record);
        }
        event.push_str(TAIL);
        debug_assert_eq!(event.len(), bytes, "the size of an event is known before it is written");
        Bytes::from(event)
    }

    fn write_record(&self, event: &mut String, record: &Record) {
        event.push_str(BEFORE_PARTITION_KEY);
        escape(event, &record.partition_key);
        event.push_str(BEFORE_SEQUENCE_NUMBER);
        event.push_str(&record.sequence_number);
        event.push_str(BEFORE_DATA);
        event.push_str(&record.data);
        event.push_str(BEFORE_ARRIVAL);
        event.push_str(&arrival(record.arrival_ms));
        event.push_str(&self.before_event_id);
        event.push_str(&record.sequence_number);
        event.push_str(&self.end);
    }
}

/// The size of an event of so many records whose parts have so many bytes together.
pub fn event_bytes(records: usize, parts_bytes: usize) -> usize {
    HEAD.len() + parts_bytes + records.saturating_sub(1) + TAIL.len()
}

/// Seconds with a fraction of milliseconds, without zeros at its end: a number that a double prints the same way.
fn arrival(arrival_ms: u64) -> String {
    let (seconds, ms) = (arrival_ms / 1_000, arrival_ms % 1_000);
    let number = format!("{seconds}.{ms:03}");
    if ms == 0 { seconds.to_string() } else { number.trim_end_matches('0').to_owned() }
}

/// The size of a byte of text in a JSON string.
fn escaped_bytes(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | 0x08 | 0x09 | 0x0A | 0x0C | 0x0D => 2,
        0x00..=0x1F => 6,
        _ => 1,
    }
}

fn escape(event: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for character in text.chars() {
        match character {
            '"' => event.push_str("\\\""),
            '\\' => event.push_str("\\\\"),
            '\u{08}' => event.push_str("\\b"),
            '\t' => event.push_str("\\t"),
            '\n' => event.push_str("\\n"),
            '\u{0C}' => event.push_str("\\f"),
            '\r' => event.push_str("\\r"),
            '\0'..='\u{1F}' => {
                let code = character as usize;
                event.push_str("\\u00");
                event.push(char::from(HEX[code >> 4]));
                event.push(char::from(HEX[code & 15]));
            }
            _ => event.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn writer() -> EventWriter {
        EventWriter::new(
            "shardId-000000000006",
            "arn:aws:iam::123456789012:role/r",
            "us-east-2",
            "arn:aws:kinesis:us-east-2:123456789012:stream/s",
        )
    }

    fn record(partition_key: &str, arrival_ms: u64) -> Record {
        Record {
            sequence_number: "4959".to_owned(),
            partition_key: partition_key.to_owned(),
            data: "SGVsbG8=".to_owned(),
            arrival_ms,
        }
    }

    #[test]
    fn one_record_as_lambda_writes_it() {
        let event = writer().write([record("1", 1_545_084_650_987)].iter());
        let expected = concat!(
            r#"{"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"4959","#,
            r#""data":"SGVsbG8=","approximateArrivalTimestamp":1545084650.987},"eventSource":"aws:kinesis","#,
            r#""eventVersion":"1.0","eventID":"shardId-000000000006:4959","eventName":"aws:kinesis:record","#,
            r#""invokeIdentityArn":"arn:aws:iam::123456789012:role/r","awsRegion":"us-east-2","#,
            r#""eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/s"}]}"#,
        );
        assert_eq!(event, expected);
    }

    #[test]
    fn no_record_is_an_empty_list() {
        assert_eq!(writer().write([].iter()), r#"{"Records":[]}"#);
    }

    #[test]
    fn arrival_times_are_seconds_with_a_fraction() {
        for (arrival_ms, expected) in [
            (1_545_084_650_987, "1545084650.987"),
            (1_545_084_650_980, "1545084650.98"),
            (1_545_084_650_500, "1545084650.5"),
            (1_545_084_650_005, "1545084650.005"),
            (1_545_084_650_000, "1545084650"),
            (1_545_084_000_000, "1545084000"),
        ] {
            assert_eq!(arrival(arrival_ms), expected, "{arrival_ms} ms");
        }
    }

    proptest! {
        #[test]
        fn is_json_of_the_promised_size(keys in prop::collection::vec("(?s).{0,40}", 0..5), arrival_ms in 0_u64..1 << 41) {
            let records: Vec<_> = keys.iter().map(|key| record(key, arrival_ms)).collect();
            let parts = records.iter().map(|record| writer().record_bytes(record)).sum();
            let event = writer().write(records.iter());
            prop_assert_eq!(event.len(), event_bytes(records.len(), parts));
            let event: Value = serde_json::from_slice(&event).unwrap();
            let read: Vec<_> = event["Records"].as_array().unwrap().iter().map(|record| &record["kinesis"]).collect();
            prop_assert_eq!(read.len(), keys.len());
            for (read, key) in read.iter().zip(&keys) {
                prop_assert_eq!(read["partitionKey"].as_str().unwrap(), key);
                let seconds = read["approximateArrivalTimestamp"].as_f64().unwrap();
                prop_assert_eq!(std::time::Duration::from_secs_f64(seconds + 0.000_1).as_millis(), u128::from(arrival_ms));
            }
        }
    }
}
