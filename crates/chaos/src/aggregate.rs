//! An aggregate of the KPL, as its producers put it: magic, a message `AggregatedRecord`, the message's MD5. Written for
//! itself, so that a reader's mistake cannot hide in a writer that shares its code. Source: the KPL's `aggregation-format.md`.

use md5::{Digest as _, Md5};

/// Aggregates these records under one partition key.
pub fn aggregate<'p>(partition_key: &str, parts: impl Iterator<Item = &'p str>) -> Vec<u8> {
    let mut message = Vec::new();
    field(&mut message, 1, partition_key.as_bytes());
    for part in parts {
        // Its key is the table's first.
        let mut record = vec![1 << 3, 0];
        field(&mut record, 3, part.as_bytes());
        field(&mut message, 3, &record);
    }
    [b"\xF3\x89\x9A\xC2", &message[..], Md5::digest(&message).as_slice()].concat()
}

/// A field of bytes, by its number below 16.
fn field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    let mut left = bytes.len();
    while left >= 0x80 {
        message.push(u8::try_from(left & 0x7F).expect("seven bits") | 0x80);
        left >>= 7;
    }
    message.push(u8::try_from(left).expect("below 0x80"));
    message.extend_from_slice(bytes);
}
