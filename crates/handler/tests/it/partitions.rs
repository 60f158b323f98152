//! L1: the largest batch in a thousand partitions, through the function as it is deployed: one invocation, within the memory and
//! the deadline of a small function.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::end_to_end::metadata;
use crate::world::{ARRIVAL, Bucket, Lambda, bootstrap, event_of, within};

/// The largest event. Source: "Lambda quotas", invocation payload.
const EVENT_BYTES_MAX: usize = 6 * 1024 * 1024;
const PARTITIONS: usize = 1_000;

const BY_CUSTOMER: [(&str, &str); 4] = [
    ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled"),
    ("PENSTOCK_PREFIX", "customer=!{partitionKeyFromQuery:customer}/"),
    ("PENSTOCK_ERROR_OUTPUT_PREFIX", "failed/!{firehose:error-output-type}/"),
    ("PENSTOCK_METADATA_EXTRACTION_QUERY", "{customer: .customer.id}"),
];

/// Records in all partitions, as many as an event holds.
fn records() -> Vec<String> {
    let of = |number: usize| {
        format!(r#"{{"n":{number},"customer":{{"id":"c{:04}"}},"kind":"click"}}"#, number * 7_919 % PARTITIONS)
    };
    let whole = |count: usize| {
        let records: Vec<String> = (0..count).map(of).collect();
        let bytes = event_of(&laid(&records)).len();
        (records, bytes)
    };
    // The longest record is the last one, so that this many fit.
    let per_record = whole(10).1.div_ceil(10) + 5;
    let (records, bytes) = whole(EVENT_BYTES_MAX / per_record);
    assert!((EVENT_BYTES_MAX / 100 * 97..=EVENT_BYTES_MAX).contains(&bytes), "an event of the largest, not {bytes}");
    records
}

fn laid(records: &[String]) -> Vec<(&'static str, &[u8], &'static str)> {
    records.iter().map(|record| ("key", record.as_bytes(), ARRIVAL)).collect()
}

async fn delivered(set: &[(&str, &str)]) -> (Bucket, usize) {
    let records = records();
    let bucket = Bucket::serve().await;
    let lambda = Lambda::start(bootstrap(), &bucket.endpoint, &[&BY_CUSTOMER, set].concat()).await;
    lambda.deliver(event_of(&laid(&records))).await;
    lambda.end().await;
    (bucket, records.len())
}

#[tokio::test]
async fn l1_the_largest_batch_in_a_thousand_partitions_is_delivered_by_one_invocation() {
    within(async {
        let (bucket, sent) = delivered(&[]).await;
        let objects = bucket.objects();
        assert_eq!(objects.len(), PARTITIONS);
        let mut expected: BTreeMap<usize, String> = BTreeMap::new();
        for record in records() {
            let at = record.find(":\"c").expect("a customer") + 3;
            let _ = writeln!(expected.entry(record[at..at + 4].parse().expect("a number")).or_default(), "{record}");
        }
        for (key, object) in &objects {
            let customer = key.strip_prefix("customer=c").expect(key)[..4].parse::<usize>().expect("a number");
            assert_eq!(object.body, expected[&customer].as_bytes(), "{key}");
        }
        let held: u64 = objects.values().map(|object| metadata(object).records).sum();
        assert_eq!(held, sent as u64);
    })
    .await;
}

#[cfg(feature = "parquet")]
#[tokio::test]
async fn l1_and_so_is_one_of_columns() {
    within(async {
        let schema = r#"[{"Name": "n", "Type": "bigint"}, {"Name": "kind", "Type": "string"}]"#;
        let columns = [("PENSTOCK_DATA_FORMAT_CONVERSION", "Enabled"), ("PENSTOCK_SCHEMA", schema)];
        let (bucket, sent) = delivered(&columns).await;
        let objects = bucket.objects();
        assert_eq!(objects.len(), PARTITIONS);
        assert!(objects.values().all(|object| object.body.starts_with(b"PAR1") && object.body.ends_with(b"PAR1")));
        let held: u64 = objects.values().map(|object| metadata(object).records).sum();
        assert_eq!(held, sent as u64);
    })
    .await;
}
