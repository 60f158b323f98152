//! What lies in S3 for years: one batch, its keys and its bytes, as this key scheme and format make them.
//!
//! A change here is a change to what readers of existing objects rely on; the commit says who will read the old ones.

use std::fmt::Write as _;

use penstock_format::Lines;

use crate::batches::{Written, config, planned};

fn batch() -> Vec<Written> {
    let record = |step: u128, data: &str| Written {
        sequence_number: 49_590_338_271_490_256_608_559_692_538_361 + step,
        partition_key: "k".to_owned(),
        arrival_ms: 1_445_910_456_980 + i64::try_from(step).unwrap(),
        data: data.as_bytes().to_vec(),
    };
    vec![record(0, "1,2,3"), record(1, "hello world!"), record(2, "d"), record(3, "fail me"), record(4, "sa,b")]
}

#[test]
fn d3_the_golden_batch_makes_the_golden_plan() {
    let config = config(&[]);
    let plan = planned(&config, &batch());
    let mut told = String::new();
    for object in plan.all_objects() {
        writeln!(told, "{}\n{}", object.key.as_str(), String::from_utf8_lossy(&object.body)).unwrap();
        for (name, value) in object.metadata.entries() {
            writeln!(told, "{name}: {value}").unwrap();
        }
    }
    assert_eq!(told, include_str!("golden/plan.txt"));
}

#[test]
fn d3_compressed_bytes_are_the_golden_ones() {
    for (format, golden) in [
        ("GZIP", &include_bytes!("golden/body.gz")[..]),
        ("ZIP", include_bytes!("golden/body.zip")),
        ("Snappy", include_bytes!("golden/body.snappy")),
        ("HADOOP_SNAPPY", include_bytes!("golden/body.hadoop.snappy")),
        ("ZSTD", include_bytes!("golden/body.zst")),
    ] {
        let config = config(&[("PENSTOCK_COMPRESSION_FORMAT", format)]);
        let plan = planned(&config, &batch());
        assert_eq!(plan.objects[0].body, golden, "{format}");
        let Lines { compression, .. } = &config.lines;
        assert_eq!(compression.decompress(golden, 1024).unwrap(), b"1,2,3\nhello world!\na\nb\n");
    }
}
