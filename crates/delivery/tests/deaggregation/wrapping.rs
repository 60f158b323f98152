//! What producers wrap records in, written anew here: a reader's mistakes cannot hide in a writer that shares its code.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use md5::{Digest as _, Md5};

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

pub fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

pub fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
}

/// A user record of an aggregate, as its field.
pub fn entry(index: u64, data: &[u8]) -> Vec<u8> {
    bytes(3, &[number(1, index), bytes(3, data)].concat())
}

/// A message with magic and digest around it.
pub fn sealed(message: &[u8]) -> Vec<u8> {
    [b"\xF3\x89\x9A\xC2", message, Md5::digest(message).as_slice()].concat()
}

/// An aggregate whose table has every key once.
pub fn aggregate(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut keys: Vec<&str> = Vec::new();
    let mut entries = Vec::new();
    for (key, data) in records {
        let index = keys.iter().position(|own| own == key).unwrap_or(keys.len());
        if index == keys.len() {
            keys.push(key);
        }
        entries.extend(entry(index as u64, data));
    }
    let table: Vec<u8> = keys.iter().flat_map(|key| bytes(1, key.as_bytes())).collect();
    sealed(&[table, entries].concat())
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A subscription document with these messages.
pub fn document(messages: &[String]) -> String {
    let event = |(place, message): (usize, &String)| serde_json::json!({ "id": place.to_string(), "timestamp": 1_545_084_650_987_u64, "message": message });
    let events: Vec<_> = messages.iter().enumerate().map(event).collect();
    serde_json::json!({
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/clicks",
        "logStream": "2026/01/01/[$LATEST]0",
        "subscriptionFilters": ["all"],
        "logEvents": events,
    })
    .to_string()
}

/// What CloudWatch Logs sends to see whether the stream can be reached.
pub const CONTROL: &str = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1545084650987,"message":"CWL CONTROL MESSAGE: Checking health of destination Kinesis stream."}]}"#;
