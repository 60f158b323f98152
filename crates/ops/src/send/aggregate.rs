//! Several records in one, as producers wrap them: so that what takes them apart can be tried.

use std::borrow::Borrow;

use anyhow::Context as _;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use md5::{Digest as _, Md5};
use penstock_console::arguments::Aggregate;
use penstock_format::Compression;
use serde_json::json;

/// What an aggregate of the KPL begins with. Source: its `aggregation-format.md`, as the rest of the format is.
const KPL_MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];

/// A record of the producer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Its own partition key, which only the KPL carries.
    pub partition_key: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

/// A record of the stream, and how many of the producer's it holds.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// What is put.
    pub entry: PutRecordsRequestEntry,
    /// How many records it holds.
    pub records: u64,
}

impl Borrow<PutRecordsRequestEntry> for Bundle {
    fn borrow(&self) -> &PutRecordsRequestEntry {
        &self.entry
    }
}

impl Bundle {
    /// These records, one at least, as one of the stream under `partition_key`. Without `aggregate` it is the one record
    /// itself. Fails where the wrapping is text and a record is not.
    pub fn of(aggregate: Option<Aggregate>, partition_key: String, records: &[UserRecord]) -> anyhow::Result<Self> {
        let data = match aggregate {
            None => records.iter().flat_map(|record| record.data.clone()).collect(),
            Some(Aggregate::Kpl) => kpl(records),
            // Lines both: objects may stand one a line, and a newline is the delimiter that everybody has.
            Some(Aggregate::Json | Aggregate::Delimited) => {
                records.iter().flat_map(|record| [&record.data[..], b"\n"].concat()).collect()
            }
            Some(Aggregate::CloudwatchLogs) => cloudwatch_logs(records)?,
        };
        let entry = PutRecordsRequestEntry::builder().partition_key(partition_key).data(Blob::new(data)).build()?;
        Ok(Self { entry, records: records.len() as u64 })
    }
}

/// An aggregate of the KPL: magic, a message `AggregatedRecord`, the message's MD5.
fn kpl(records: &[UserRecord]) -> Vec<u8> {
    let mut keys: Vec<&str> = Vec::new();
    let (mut table, mut entries) = (Vec::new(), Vec::new());
    for record in records {
        let index = keys.iter().position(|own| *own == record.partition_key).unwrap_or_else(|| {
            keys.push(&record.partition_key);
            field(&mut table, 1, record.partition_key.as_bytes());
            keys.len() - 1
        });
        // Field 1, a number.
        let mut entry = vec![1 << 3];
        varint(&mut entry, index);
        field(&mut entry, 3, &record.data);
        field(&mut entries, 3, &entry);
    }
    let message = [table, entries].concat();
    [&KPL_MAGIC[..], &message, Md5::digest(&message).as_slice()].concat()
}

/// A field of bytes, by its number below 16.
fn field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    varint(message, bytes.len());
    message.extend_from_slice(bytes);
}

fn varint(message: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        message.push(u8::try_from(value & 0x7f).expect("seven bits are a byte") | 0x80);
        value >>= 7;
    }
    message.push(u8::try_from(value).expect("seven bits are a byte"));
}

/// A gzipped subscription document.
fn cloudwatch_logs(records: &[UserRecord]) -> anyhow::Result<Vec<u8>> {
    let event = |(place, record): (usize, &UserRecord)| {
        let message = std::str::from_utf8(&record.data).context("a record is not UTF-8, as CloudWatch Logs has it")?;
        let timestamp = chrono::Utc::now().timestamp_millis();
        anyhow::Ok(json!({ "id": format!("{place:056}"), "timestamp": timestamp, "message": message }))
    };
    let events = records.iter().enumerate().map(event).collect::<Result<Vec<_>, _>>()?;
    let document = json!({
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "penstock-send",
        "logStream": "penstock-send",
        "subscriptionFilters": ["penstock-send"],
        "logEvents": events,
    });
    Ok(Compression::Gzip.compress(document.to_string().into_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use penstock_delivery::records::TooManyRecords;
    use penstock_delivery::{DeliveryConfig, RecordsBuilder, deaggregate};
    use penstock_format::{ArrivalTime, SequenceDigits, ShardId};

    use super::*;

    fn records() -> Vec<UserRecord> {
        let of = |place: usize| UserRecord {
            partition_key: format!("key-{}", place % 3),
            data: format!("{{\"place\":{place},\"pad\":\"{}\"}}", "x".repeat(place * 40)).into_bytes(),
        };
        (0..20).map(of).collect()
    }

    /// What the function makes of a bundle with these settings: partition keys and data.
    fn apart(bundle: &Bundle, set: &[(&str, &str)]) -> Vec<UserRecord> {
        let mut map = BTreeMap::from([("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")]);
        map.extend(set.iter().copied());
        let config = DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned())).unwrap();
        let shard = ShardId::parse("shardId-000000000000").unwrap();
        let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"", 0);
        let (number, arrival) = (SequenceDigits::parse("1").unwrap(), ArrivalTime::from_millis(0).unwrap());
        let write = |arena: &mut Vec<u8>| {
            arena.extend_from_slice(bundle.entry.data().as_ref());
            Ok(())
        };
        builder.push::<TooManyRecords>(number, bundle.entry.partition_key().unwrap().into(), arrival, write).unwrap();
        let apart = deaggregate(&config.deaggregation, builder.finish());
        let plain = |record: penstock_delivery::UserRecord<'_>| UserRecord {
            partition_key: record.partition_key.to_owned(),
            data: record.data.to_vec(),
        };
        apart.records.user_records().map(plain).collect()
    }

    #[test]
    fn what_is_wrapped_the_function_takes_apart() {
        let json = [("PENSTOCK_RECORD_DEAGGREGATION", "JSON")];
        let lines =
            [("PENSTOCK_RECORD_DEAGGREGATION", "DELIMITED"), ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", "\\n")];
        let logs = [("PENSTOCK_DECOMPRESSION", "GZIP"), ("PENSTOCK_DATA_MESSAGE_EXTRACTION", "true")];
        for (name, aggregate, set, has_keys) in [
            ("kpl", Aggregate::Kpl, &[][..], true),
            ("json", Aggregate::Json, &json, false),
            ("delimited", Aggregate::Delimited, &lines, false),
            ("cloudwatch-logs", Aggregate::CloudwatchLogs, &logs, false),
        ] {
            let bundle = Bundle::of(Some(aggregate), "outer".to_owned(), &records()).unwrap();
            assert_eq!(bundle.records, 20, "{name}");
            let key =
                |own: UserRecord| if has_keys { own } else { UserRecord { partition_key: "outer".to_owned(), ..own } };
            let expected: Vec<_> = records().into_iter().map(key).collect();
            assert_eq!(apart(&bundle, set), expected, "{name}");
        }
    }

    #[test]
    fn one_that_is_not_wrapped_is_itself() {
        let bundle = Bundle::of(None, "outer".to_owned(), &records()[..1]).unwrap();
        assert_eq!((bundle.records, bundle.entry.data().as_ref()), (1, &records()[0].data[..]));
    }

    #[test]
    fn what_is_no_text_is_refused_where_it_must_be() {
        let record = UserRecord { partition_key: "k".to_owned(), data: vec![0xff] };
        let refused =
            Bundle::of(Some(Aggregate::CloudwatchLogs), "k".to_owned(), std::slice::from_ref(&record)).unwrap_err();
        assert!(refused.to_string().contains("not UTF-8"), "{refused}");
        assert!(Bundle::of(Some(Aggregate::Kpl), "k".to_owned(), &[record]).is_ok());
    }
}
