use super::*;

fn environment(mode: &str, shards: u32, mapping: &str) -> Environment {
    let text = format!(
        "[stream]\nname = \"clicks\"\nstream_mode = \"{mode}\"\n{}[delivery]\nbucket = \"acme-clicks\"\n\
         [event_source_mapping]\nbatch_size = 10000\nmaximum_batching_window_in_seconds = 60\n{mapping}",
        if mode == "PROVISIONED" { format!("shard_count = {shards}\n") } else { String::new() }
    );
    Environment::parse(&text).unwrap()
}

fn load(bytes_per_second: f64, record_bytes: f64, shards: u32) -> Load {
    Load { records_per_second: bytes_per_second / record_bytes, record_bytes, shards, partitions: 1 }
}

fn of(name: &str, terms: &[Term]) -> f64 {
    terms.iter().find(|term| term.name == name).unwrap_or_else(|| panic!("no {name} in {terms:?}")).dollars
}

/// So near that it is told alike.
fn near(name: &str, got: f64, expected: f64) {
    // Half of the last digit that the figure has.
    let half = match expected {
        small if small < 1.0 => 0.05,
        small if small < 20.0 => 0.051,
        _ => 0.51,
    };
    assert!((got - expected).abs() <= half, "{name}: {got}, expected {expected}");
}

/// The table of the reference, computed before this was written: rate, record, shards, MB of an object, millions of
/// invocations, dollars for Lambda and puts, for Firehose's ingestion and for the stream.
#[test]
fn the_figures_of_the_reference_come_out() {
    let prices = Prices::default();
    for (name, rate, record, shards, mb, millions, lambda, puts, firehose, provisioned) in [
        ("1 MB/s of 1 KB", 1e6, 1_024.0, 2, 3.3, 0.80, 1.2, 4.0, 354.9, 57.8),
        ("1 MB/s of 5 KB", 1e6, 5_120.0, 2, 4.3, 0.61, 1.1, 3.0, 71.0, 29.0),
        ("50 MB/s of 1 KB", 5e7, 1_024.0, 64, 3.3, 40.0, 59.0, 200.0, 17_345.0, 2_497.0),
        ("50 MB/s of 5 KB", 5e7, 5_120.0, 64, 4.3, 30.3, 53.0, 152.0, 3_549.0, 1_060.0),
        ("0.05 MB/s of 1 KB", 5e4, 1_024.0, 1, 3.0, 0.04, 0.1, 0.2, 17.7, 12.75),
    ] {
        let cost =
            Cost::of(&environment("PROVISIONED", shards, ""), &load(rate, record, shards), Asked::default(), &prices);
        near(name, cost.cut.bytes / 1e6, mb);
        near(name, cost.cut.invocations / 1e6, millions);
        near(name, of("Lambda time", &cost.ours) + of("Lambda requests", &cost.ours), lambda);
        near(name, of("S3 puts", &cost.ours), puts);
        near(name, of("ingestion", &cost.firehose), firehose);
        near(name, dollars(&cost.stream), provisioned);
        assert!(cost.notes.is_empty());
    }
    for (name, rate, shards, stream, reads) in
        [("1 MB/s", 1e6, 4, 225.0, 98.0), ("50 MB/s", 5e7, 64, 9_819.0, 4_895.0), ("0.05 MB/s", 5e4, 4, 39.0, 4.9)]
    {
        let cost = Cost::of(&environment("ON_DEMAND", 0, ""), &load(rate, 1_024.0, shards), Asked::default(), &prices);
        near(name, of("stream", &cost.stream) + of("data in", &cost.stream), stream);
        near(name, of("data out", &cost.stream), reads);
        assert!(cost.notes[0].contains("its price is not known"), "{name}");
    }
}

#[test]
fn the_figures_beside_the_table_come_out() {
    let prices = Prices::default();
    let cost = |environment: &Environment, load: &Load, encryption| {
        Cost::of(environment, load, Asked { encryption, ..Asked::default() }, &prices)
    };
    let four = cost(&environment("PROVISIONED", 4, ""), &load(5e4, 1_024.0, 4), Encryption::S3);
    near("4 shards", four.cut.bytes / 1e6, 0.75);
    let lambda_and_puts = dollars(&four.ours) - of("logs", &four.ours);
    near("4 shards", lambda_and_puts, 1.0);
    let default = environment("PROVISIONED", 2, "").event_source_mapping;
    let default = crate::mapping::EventSourceMapping { batch_size: 100, ..default };
    for (name, rate, shards, puts) in [("1 MB/s", 1e6, 2, 128.0), ("50 MB/s", 5e7, 64, 6_416.0)] {
        let small = Environment { event_source_mapping: default.clone(), ..environment("PROVISIONED", shards, "") };
        near(name, of("S3 puts", &cost(&small, &load(rate, 1_024.0, shards), Encryption::S3).ours), puts);
    }
    let large = environment("PROVISIONED", 64, "");
    near("KMS", of("KMS requests", &cost(&large, &load(5e7, 1_024.0, 64), Encryption::EveryPut).ours), 120.0);
    near("bucket key", of("KMS requests", &cost(&large, &load(5e7, 1_024.0, 64), Encryption::BucketKey).ours), 1.2);
    near("logs", of("logs", &cost(&large, &load(5e7, 1_024.0, 64), Encryption::S3).ours), 18.6);
}

#[test]
fn an_event_holds_as_many_records_as_were_measured() {
    let mapping = environment("PROVISIONED", 1, "").event_source_mapping;
    for (record, records) in
        [(100.0, 8_630.0), (512.0, 4_926.0), (1_024.0, 3_208.0), (5_120.0, 847.0), (25_600.0, 181.0)]
    {
        let load = Load { records_per_second: 1e6, record_bytes: record, shards: 1, partitions: 1 };
        let cut = load.cut(&mapping);
        assert!((cut.records - records).abs() < 0.5, "{record}: {cut:?}");
    }
    // Never less than one, however seldom records come and however large they are.
    for (records_per_second, record_bytes) in [(1e-6, 10.0), (1.0, 1e9)] {
        let load = Load { records_per_second, record_bytes, shards: 9, partitions: 1 };
        assert!((load.cut(&mapping).records - 1.0).abs() < 1e-9);
    }
}

#[test]
fn partitions_and_conversion_have_terms_of_their_own() {
    let prices = Prices::default();
    let load = Load { partitions: 10, ..load(1e6, 1_024.0, 2) };
    let environment = environment("PROVISIONED", 2, "");
    let cost = Cost::of(&environment, &load, Asked { conversion: true, ..Asked::default() }, &prices);
    near("conversion", of("format conversion", &cost.firehose), 220.0);
    near("partitioning", of("dynamic partitioning", &cost.firehose), 49.0);
    near("ours has ten puts for one", of("S3 puts", &cost.ours), 40.0);
    let plain = Cost::of(&environment, &Load { partitions: 1, ..load }, Asked::default(), &prices);
    assert!(dollars(&plain.firehose) < dollars(&cost.firehose) && dollars(&plain.ours) < dollars(&cost.ours));
    assert!(plain.ours.iter().chain(&plain.firehose).chain(&plain.stream).all(|term| term.dollars.is_finite()));
}

#[test]
fn every_number_of_the_table_is_used_and_none_is_missing() {
    let source = concat!(
        include_str!("mod.rs"),
        include_str!("ours.rs"),
        include_str!("firehose.rs"),
        include_str!("stream.rs")
    );
    let prices = Prices::default();
    for key in prices.keys() {
        assert!(source.contains(&format!("\"{key}\"")), "{key} is used nowhere");
    }
    for key in source.split("prices.get(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(prices.keys().any(|known| known == key), "{key} is not in the table");
    }
}
