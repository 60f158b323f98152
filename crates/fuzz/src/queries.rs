//! Values of records in keys, and filters over records.

#![expect(clippy::missing_panics_doc, reason = "to panic where something does not hold is what a target is for")]

use std::borrow::Cow;

use penstock_delivery::plan::{IdSource, plan};
use penstock_delivery::records::TooManyRecords;
use penstock_delivery::{
    DeliveryConfig, Failure, Output, Processed, RecordsBuilder, Transform, UserRecord, invariants, jq,
};
use penstock_format::{ArrivalTime, ObjectRole, SequenceDigits, ShardId};

/// Bytes that outputs of a filter have at most here.
const OUTPUTS_BYTES_MAX: usize = 64 << 20;

/// Whatever a record says of its partition, its key stays in its place: promise K2. The first byte says how values are
/// treated and whether a query or the hooks tell them; a zero byte stands between records.
pub fn partition(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    let by_query = how & 1 == 0;
    let config = config(*how, by_query);
    let shard = ShardId::parse("shardId-000000000006").expect("it is one");
    let mut builder = RecordsBuilder::new("arn:aws:kinesis:eu-west-1:123456789012:stream/clicks", shard, b"\n", 0);
    let arrival = ArrivalTime::from_millis(1_445_911_200_000).expect("it is a time");
    for (index, data) in rest.split(|byte| *byte == 0).take(64).enumerate() {
        let lay = |arena: &mut Vec<u8>| {
            arena.extend_from_slice(data);
            Ok::<(), TooManyRecords>(())
        };
        let number = SequenceDigits::parse(format!("1{index:03}").leak()).expect("digits are a number");
        builder.push(number, "k".into(), arrival, lay).expect("these are few");
    }
    let planned = plan(&config, &Says, builder.finish(), IdSource::Derived).expect("records never stop a batch");
    assert_eq!(invariants::check_plan(&planned), Ok(()));
    for object in &planned.objects {
        let key = object.key.as_str();
        assert!(key.len() <= 1_024, "{key:?} is too long");
        assert_eq!(object.role, ObjectRole::Data);
        let place = key.strip_prefix("t/v=").and_then(|rest| rest.split_once("/2015/"));
        let (value, name) = place.unwrap_or_else(|| panic!("{key:?} has left its place"));
        assert!(!name.contains("..") && name.matches('/').count() == 2, "{key:?}: the name is another");
        let is_confined = !value.is_empty() && !value.contains('/') && !value.contains("..") && value != ".";
        assert!(is_confined && !value.contains(char::is_control), "{value:?} is not confined");
        assert_eq!(object.partition, [value], "the plan says another value than the key");
    }
    for object in &planned.error_objects {
        assert!(object.key.as_str().starts_with("failed/"), "{}", object.key.as_str());
    }
}

/// Hooks that say the whole record is the value.
struct Says;

impl Transform for Says {
    fn transform<'r>(&self, record: &UserRecord<'r>) -> Result<Processed<'r>, Failure> {
        let value = String::from_utf8_lossy(record.data);
        let data = Cow::Borrowed(record.data);
        Ok(Processed::Partition(vec![Output { data, partition_keys: vec![("v".into(), value)] }]))
    }
}

fn config(how: u8, by_query: bool) -> DeliveryConfig {
    let lookup = |name: &str| {
        let value = match name {
            "PENSTOCK_BUCKET" => "acme-clicks",
            "PENSTOCK_DELIVERY_NAME" => "clicks",
            "PENSTOCK_DYNAMIC_PARTITIONING" => "Enabled",
            "PENSTOCK_PREFIX" if by_query => "t/v=!{partitionKeyFromQuery:v}/!{timestamp:yyyy/MM/dd}/",
            "PENSTOCK_PREFIX" => "t/v=!{partitionKeyFromLambda:v}/!{timestamp:yyyy/MM/dd}/",
            "PENSTOCK_METADATA_EXTRACTION_QUERY" if by_query => "{v: .v}",
            "PENSTOCK_ERROR_OUTPUT_PREFIX" => "failed/",
            "PENSTOCK_PARTITION_VALUE_ESCAPING" if how & 2 != 0 => "refuse",
            "PENSTOCK_PARTITION_MISSING_VALUE" if how & 4 != 0 => "none",
            "PENSTOCK_MAX_OBJECTS_PER_BATCH" if how & 8 != 0 => "3",
            "PENSTOCK_PARTITION_OVERFLOW" if how & 16 != 0 => "hash",
            _ => return None,
        };
        Some(value.to_owned())
    };
    DeliveryConfig::parse(lookup).expect("these are valid")
}

/// A filter, and behind a zero byte a record: it compiles or is refused, and ends within its bounds.
pub fn query(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (source, record) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(source) = std::str::from_utf8(source) else { return };
    if let Ok(program) = jq::Program::compile(source) {
        let made = program.run(record);
        assert_eq!(made, program.run(record), "the same record makes something else");
        let bytes: usize = made.iter().flatten().map(|output| output.json().len()).sum();
        assert!(bytes <= OUTPUTS_BYTES_MAX, "{bytes} bytes of output");
        for output in made.iter().flatten() {
            let read: Result<serde_json::Value, _> = serde_json::from_str(output.json());
            assert!(read.is_ok(), "{source:?} makes {:?}, which is no JSON", output.json());
        }
    }
    if let Ok(extraction) = jq::Extraction::compile(source)
        && let Ok(keys) = extraction.run(record)
        && let Some(told) = extraction.keys()
    {
        let same = keys.iter().all(|(name, _)| told.iter().any(|own| own == name));
        assert!(same, "{source:?} makes other keys than it tells");
    }
}
