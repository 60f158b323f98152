use penstock_stack::Environment;
use serde_json::json;

use super::*;
use crate::local::events::Event;

const BUCKET: &str = "acme-clicks";

/// A run of which the lines that the miniature would tell are written down.
struct Run {
    records: Vec<Vec<u8>>,
    outcome: Outcome,
    bodies: BTreeMap<String, Vec<u8>>,
}

impl Run {
    /// Records `r0`, `r1`..., each at a shard and a lane; the sequence number is the index and one.
    fn of(places: &[(u64, u32)]) -> Self {
        let records = (0..places.len()).map(|index| format!("r{index}").into_bytes()).collect();
        let mut run = Self { records, outcome: Outcome::default(), bodies: BTreeMap::new() };
        let put = places.iter().enumerate().map(|(index, (shard, lane))| {
            json!({ "index": index, "shard_id": shard_id(*shard), "lane": lane,
                "partition_key": index.to_string(), "sequence_number": (index + 1).to_string() })
        });
        run.tell(json!({ "event": "records_put", "records": put.collect::<Vec<_>>() }));
        run
    }

    fn tell(&mut self, line: serde_json::Value) {
        let event: Event = serde_json::from_value(line).unwrap();
        self.outcome.note(event, &[BUCKET], true);
    }

    /// A batch of a lane, delivered or given up.
    fn batch(&mut self, event: &str, (shard, lane): (u64, u32), first: u64, last: u64) {
        self.tell(json!({ "event": event, "shard_id": shard_id(shard), "lane": lane, "request_id": "r", "records": 1,
            "payload_bytes": 1, "first_sequence_number": first.to_string(), "last_sequence_number": last.to_string(),
            "attempt": 1, "duration_ms": 1, "iterator_age_ms": 1, "condition": "RetryAttemptsExhausted",
            "approximate_invoke_count": 1, "destination": null, "destination_error": null }));
    }

    /// An object of a shard that holds the records from `first` to `last` which are `held`.
    fn object(&mut self, shard: u64, first: u64, last: u64, held: &[u64]) {
        let body = held.iter().flat_map(|number| format!("r{}\n", number - 1).into_bytes()).collect();
        self.object_of("2026/11/23/20/", (shard, first, last), held.len(), body);
    }

    /// The same under another prefix and with these bytes.
    fn object_of(&mut self, prefix: &str, (shard, first, last): (u64, u64, u64), held: usize, body: Vec<u8>) {
        let id = format!("00000000-0000-8000-8000-{:012}", self.bodies.len());
        let key = format!("{prefix}clicks-{shard}-2026-11-23-20-00-00-00-{id}");
        let (first, last, count) = (first.to_string(), last.to_string(), held.to_string());
        self.tell(json!({ "event": "object_stored", "bucket": BUCKET, "key": key, "path": "", "bytes": body.len(),
            "metadata": { "penstock-role": "data", "penstock-first-sequence-number": first,
                "penstock-last-sequence-number": last, "penstock-records": count,
                "penstock-digest": "0".repeat(32), "penstock-key-scheme": "1", "penstock-format-version": "1",
                "penstock-batch-first-sequence-number": first, "penstock-batch-last-sequence-number": last,
                "penstock-batch-records": count, "penstock-batch-dropped": "0", "penstock-batch-failed": "0",
                "penstock-object-index": "1", "penstock-object-count": "1" } }));
        self.bodies.insert(key, body);
    }

    fn compared(&self) -> Comparison {
        self.compared_as("")
    }

    /// The same with more set.
    fn compared_as(&self, more: &str) -> Comparison {
        let file = format!("[stream]\nname = 'clicks'\n[delivery]\nbucket = '{BUCKET}'\n{more}");
        let config = Environment::parse(&file).unwrap().delivery;
        let records: Vec<&[u8]> = self.records.iter().map(Vec::as_slice).collect();
        let expected = Expected::of(&config, &records, None);
        compare_with(&config, &records, &expected, &self.outcome, |object| Ok(self.bodies[&object.key].clone()))
            .unwrap()
    }
}

fn shard_id(shard: u64) -> String {
    format!("shardId-{shard:012}")
}

/// Kept, filtered, discarded, expired, missing, doubled.
fn counts(of: &Comparison) -> [u64; 6] {
    [of.kept, of.filtered, of.discarded, of.expired, of.missing, of.doubled]
}

#[test]
fn an_object_holds_the_records_of_its_lane() {
    let mut run = Run::of(&[(0, 0), (0, 1), (0, 0), (0, 1), (1, 0)]);
    run.object(0, 1, 3, &[1, 3]);
    run.object(0, 2, 4, &[2, 4]);
    run.object(1, 5, 5, &[5]);
    let compared = run.compared();
    assert_eq!((counts(&compared), &compared.differences), ([5, 0, 0, 0, 0, 0], &vec![]));
    assert_eq!(compared.exit(), exit::DONE);

    let mut mixed = Run::of(&[(0, 0), (0, 1), (0, 0)]);
    mixed.object(0, 1, 3, &[1, 2, 3]);
    let compared = mixed.compared();
    assert_eq!((compared.missing, compared.differences.len(), compared.exit()), (3, 1, exit::PROMISE_BROKEN));
    assert!(compared.differences[0].ends_with("it states 3 outputs, 2 were sent into its range"));
}

#[test]
fn records_that_match_no_filter_lie_nowhere() {
    let filtered = json!({ "event": "records_filtered_out", "shard_id": shard_id(0), "sequence_numbers": ["2", "4"] });
    let mut run = Run::of(&[(0, 0); 4]);
    run.tell(filtered.clone());
    run.object(0, 1, 3, &[1, 3]);
    let compared = run.compared();
    assert_eq!((counts(&compared), compared.exit()), ([2, 2, 0, 0, 0, 0], exit::DONE));
    assert_eq!(compared.excused, [false, true, false, true]);

    let mut stored = Run::of(&[(0, 0); 4]);
    stored.tell(filtered);
    stored.object(0, 1, 3, &[1, 2, 3]);
    assert_eq!(stored.compared().exit(), exit::PROMISE_BROKEN, "one was stored that matches none");
}

#[test]
fn what_was_given_up_or_expired_is_suspected_and_not_missing() {
    let mut run = Run::of(&[(0, 0), (0, 1), (0, 0), (0, 1), (0, 0)]);
    run.batch("batch_discarded", (0, 1), 2, 4);
    run.tell(json!({ "event": "records_expired", "shard_id": shard_id(0), "lane": 0, "records": 1,
        "first_sequence_number": "1", "last_sequence_number": "2" }));
    run.object(0, 3, 5, &[3, 5]);
    let compared = run.compared();
    assert_eq!((counts(&compared), compared.exit()), ([2, 0, 2, 1, 0, 0], exit::SUSPECTED));
    assert_eq!(compared.excused, [true, true, false, true, false]);

    run.tell(json!({ "event": "records_put", "records": [] }));
    run.object(0, 2, 4, &[2, 4]);
    let compared = run.compared();
    assert_eq!(counts(&compared), [4, 0, 0, 1, 0, 0], "an earlier attempt stored it and lost its answer");

    let mut missing = Run::of(&[(0, 0), (0, 0)]);
    missing.batch("batch_discarded", (0, 0), 1, 1);
    assert_eq!((missing.compared().missing, missing.compared().exit()), (1, exit::PROMISE_BROKEN));
}

#[test]
fn a_record_that_is_too_large_is_no_part_of_a_range() {
    let mut run = Run::of(&[(0, 0); 3]);
    run.tell(json!({ "event": "batch_discarded", "shard_id": shard_id(0), "lane": 0, "request_id": "", "records": 1,
        "payload_bytes": 7_000_000, "first_sequence_number": "2", "last_sequence_number": "2", "attempt": 0,
        "condition": "InvocationPayloadTooLarge", "approximate_invoke_count": 0, "destination": "s3://f/k",
        "destination_error": null }));
    run.object(0, 1, 3, &[1, 3]);
    assert_eq!(counts(&run.compared()), [2, 0, 1, 0, 0, 0]);
}

#[test]
fn a_record_in_two_objects_and_an_order_that_is_broken_are_seen() {
    let mut run = Run::of(&[(0, 0); 2]);
    run.object(0, 1, 2, &[1, 2]);
    run.batch("batch_delivered", (0, 0), 1, 2);
    assert_eq!(run.compared().exit(), exit::DONE);
    run.object(0, 2, 2, &[2]);
    assert_eq!((run.compared().doubled, run.compared().exit()), (1, exit::SUSPECTED));
    run.batch("batch_delivered", (0, 0), 2, 2);
    let compared = run.compared();
    assert!(compared.differences[0].starts_with("order of partition key \"1\" broken: "), "{compared:?}");
    assert_eq!(compared.exit(), exit::PROMISE_BROKEN);
}

#[test]
fn what_lies_in_another_bucket_is_no_object_of_the_delivery() {
    let mut run = Run::of(&[(0, 0)]);
    run.object(0, 1, 1, &[1]);
    run.tell(json!({ "event": "object_stored", "bucket": "acme-clicks-failures", "key": "aws/lambda/x", "path": "",
        "bytes": 9, "metadata": {} }));
    assert_eq!((run.outcome.objects_stored, run.compared().exit()), (1, exit::DONE));
}

#[test]
fn an_object_of_columns_holds_the_records_of_its_partition() {
    let more = r#"
data_format_conversion = "Enabled"
schema = '[{"Name": "n", "Type": "bigint"}]'
dynamic_partitioning = "Enabled"
prefix = "c=!{partitionKeyFromQuery:c}/"
error_output_prefix = "e/!{firehose:error-output-type}/"
metadata_extraction_query = "{c}"
"#;
    let rows = || b"PAR1 some rows PAR1".to_vec();
    let run = || {
        let mut run = Run::of(&[(0, 0); 5]);
        // A value that is part of another, and as many records of one as of the other.
        let customers = ["a", "ab", "a", "ab", "b"];
        run.records = customers.iter().map(|c| format!(r#"{{"n": 1, "c": "{c}"}}"#).into_bytes()).collect();
        run.object_of("c=ab/", (0, 1, 5), 2, rows());
        run.object_of("c=b/", (0, 1, 5), 1, rows());
        run
    };
    let mut whole = run();
    whole.object_of("c=a/", (0, 1, 5), 2, rows());
    let compared = whole.compared_as(more);
    assert_eq!((counts(&compared), &compared.differences), ([5, 0, 0, 0, 0, 0], &vec![]));

    let missing = run().compared_as(more);
    assert_eq!(
        (missing.kept, missing.missing, missing.exit()),
        (3, 2, exit::PROMISE_BROKEN),
        "a partition is not there"
    );
    for (name, prefix, held, body, words) in [
        ("fewer rows", "c=a/", 1, rows(), "no partition of its range has so many"),
        ("nobody's", "c=z/", 2, rows(), "no partition of its range has so many"),
        ("cut short", "c=a/", 2, b"PAR1 some".to_vec(), "it is no Parquet file, or is cut short"),
    ] {
        let mut wrong = run();
        wrong.object_of(prefix, (0, 1, 5), held, body);
        let compared = wrong.compared_as(more);
        assert_eq!((compared.missing, compared.exit()), (2, exit::PROMISE_BROKEN), "{name}");
        assert!(compared.differences[0].contains(words), "{name}: {:?}", compared.differences);
    }
}
