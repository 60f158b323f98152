//! Takes records apart for a test in another language: settings and records on standard input, what comes of them on
//! standard output, an object of JSON a line.
//!
//! ```text
//! PENSTOCK_RECORD_DEAGGREGATION=JSON
//!
//! 7b7d7b7d
//! ```
//!
//! Settings stand first, one a line, then an empty line, then the data of each record in hexadecimal digits.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};

use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{DeliveryConfig, RecordsBuilder, deaggregate};
use penstock_format::{ArrivalTime, SequenceDigits, ShardId};

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let mut lines = input.lines();
    let mut settings = BTreeMap::from([("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
    settings.extend(lines.by_ref().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once('=')));
    let config = DeliveryConfig::parse(|name| settings.get(name).map(|&value| value.to_owned()))?;
    let shard = ShardId::parse("shardId-000000000000")?;
    let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"", 0);
    for (number, line) in lines.enumerate() {
        let data = bytes(line)?;
        let number = SequenceDigits::parse(number.to_string().leak())?;
        builder.push::<TooManyRecords>(number, "whole".into(), ArrivalTime::from_millis(0)?, |arena| {
            arena.extend_from_slice(&data);
            Ok(())
        })?;
    }
    let apart = deaggregate(&config.deaggregation, builder.finish());
    let mut output = io::stdout().lock();
    for record in apart.records.user_records() {
        let told = serde_json::json!({
            "record": record.sequence_number.as_str(),
            "subSequenceNumber": record.sub_sequence_number,
            "partitionKey": record.partition_key,
            "data": digits(record.data),
        });
        writeln!(output, "{told}")?;
    }
    for failed in &apart.failed {
        let told = serde_json::json!({ "record": failed.sequence_number.as_str(), "failed": failed.failure.code });
        writeln!(output, "{told}")?;
    }
    Ok(())
}

fn bytes(digits: &str) -> Result<Vec<u8>, Error> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?)).collect()
}

fn digits(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('?');
    bytes.iter().flat_map(|&byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}
