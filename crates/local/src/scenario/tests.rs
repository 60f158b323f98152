use serde_json::{Value, json};

use super::*;
use crate::run::chain;

fn scenario() -> Value {
    json!({
        "Region": "eu-west-1",
        "AccountId": "123456789012",
        "DataDirectory": "data",
        "KinesisPort": 4567,
        "S3Port": 9000,
        "Streams": [{ "StreamName": "s", "ShardCount": 2 }],
        "Buckets": ["b-1"],
        "Function": {
            "FunctionName": "f", "Bootstrap": "./bootstrap", "Timeout": 60, "MemorySize": 512,
            "Environment": { "Variables": { "NAME": "value" } }
        },
        "EventSourceMapping": {
            "StreamName": "s", "BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 1,
            "StartingPosition": "TRIM_HORIZON", "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ParallelizationFactor": 1, "BisectBatchOnFunctionError": false, "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": 518_400
        },
        "Input": { "Path": "in", "Framing": "LengthPrefixed", "StreamName": "s" },
        "Faults": { "Seed": 7, "Kills": 3 },
        "InvocationsDirectory": "invocations"
    })
}

#[test]
fn a_full_scenario_means_what_it_says() {
    let text = scenario().to_string();
    let parsed = Scenario::parse(&text).unwrap();
    assert_eq!(serde_json::to_value(&parsed).unwrap()["Input"], scenario()["Input"]);
    assert_eq!(
        parsed.mapping().unwrap(),
        crate::mapping::MappingConfiguration {
            stream_name: "s".to_owned(),
            stream_arn: "arn:aws:kinesis:eu-west-1:123456789012:stream/s".to_owned(),
            region: "eu-west-1".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/f".to_owned(),
            batch_size: 10_000,
            batching_window: std::time::Duration::from_secs(1),
            starting_position: crate::mapping::StartingPosition::TrimHorizon,
            report_batch_item_failures: true,
        }
    );
}

/// Sets one field of a valid scenario and holds what is said of it against the beginning of what should be.
fn check_field(pointer: &str, value: Value, expected: &str) {
    let mut scenario = scenario();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match scenario.pointer_mut(parent).unwrap() {
        Value::Array(list) => list.push(value),
        object => object[field] = value,
    }
    let got = Scenario::parse(&scenario.to_string()).map_or_else(|error| chain(&error), |_| String::new());
    let matches = if expected.is_empty() { got.is_empty() } else { got.starts_with(expected) };
    assert!(matches, "{pointer}: got {got:?}, expected {expected:?}");
}

/// Each case sets one field; the error's beginning, or nothing when it is valid.
#[test]
fn fields_are_held_to_their_limits() {
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/s";
    for (pointer, value, expected) in [
        ("/Region", json!("eu west"), "Region is \"eu west\": expected no character such as ' '"),
        ("/AccountId", json!("12"), "AccountId is \"12\": expected 12 characters"),
        ("/KinesisPort", json!(0), ""),
        ("/KinesisPort", json!(9000), "S3Port is 9000: expected another port"),
        ("/KinesisPort", json!(65536), "the scenario is not understood: invalid value: integer `65536`"),
        ("/Streams", json!([]), "Streams is empty: expected at least one stream"),
        ("/Streams/0/StreamName", json!("a b"), "Streams[0].StreamName is \"a b\": expected"),
        ("/Streams/0/ShardCount", json!(0), "Streams[0].ShardCount is 0: expected 1 to 1000"),
        ("/Streams/1", json!({ "StreamName": "s", "ShardCount": 1 }), "Streams[1].StreamName is s: expected a name"),
        ("/Function/Timeout", json!(901), "Function.Timeout is 901: expected 1 to 900"),
        ("/Function/MemorySize", json!(127), "Function.MemorySize is 127: expected 128 to 10240"),
        (
            "/Function/Environment/Variables",
            json!({ "1A": "" }),
            "Function.Environment.Variables cannot be these: variable name \"1A\" is not valid",
        ),
        (
            "/Function/Environment/Variables",
            json!({ "AWS_REGION": "eu-west-1" }),
            "Function.Environment.Variables cannot be these: variable AWS_REGION is reserved by lambda",
        ),
        (
            "/Function/Environment/Variables",
            json!({ "AB": "a\0b" }),
            "Function.Environment.Variables cannot be these: value of variable AB contains a zero byte",
        ),
        (
            "/Function/Environment/Variables",
            json!({ "AB": "x".repeat(4_088) }),
            "Function.Environment.Variables cannot be these: variables take 4097 bytes as json, expected 4096 at most",
        ),
        ("/Function/Environment/Variables", json!({ "AB": "x".repeat(4_087) }), ""),
        (
            "/EventSourceMapping/StreamName",
            json!("t"),
            "EventSourceMapping.StreamName is t: expected one of Streams: s",
        ),
        ("/EventSourceMapping/StreamName", json!(null), "EventSourceMapping.StreamName is missing: expected this or"),
        ("/EventSourceMapping/EventSourceArn", json!(arn), "EventSourceMapping.StreamName is there beside"),
        ("/EventSourceMapping/BatchSize", json!(0), "EventSourceMapping.BatchSize is 0: expected 1 to 10000"),
        ("/EventSourceMapping/BatchSize", json!(10_001), "EventSourceMapping.BatchSize is 10001: expected 1 to 10000"),
        (
            "/EventSourceMapping/MaximumBatchingWindowInSeconds",
            json!(301),
            "EventSourceMapping.MaximumBatchingWindowInSeconds is 301: expected 0 to 300",
        ),
        (
            "/EventSourceMapping/StartingPosition",
            json!("AT_TIMESTAMP"),
            "EventSourceMapping.StartingPosition is AT_TIMESTAMP: expected TRIM_HORIZON or LATEST",
        ),
        ("/EventSourceMapping/StartingPosition", json!("LATEST"), ""),
        ("/EventSourceMapping/FunctionResponseTypes", json!([]), ""),
        (
            "/EventSourceMapping/FunctionResponseTypes",
            json!(["x"]),
            "EventSourceMapping.FunctionResponseTypes is [\"x\"]",
        ),
        (
            "/EventSourceMapping/ParallelizationFactor",
            json!(2),
            "EventSourceMapping.ParallelizationFactor is 2: expected 1,",
        ),
        (
            "/EventSourceMapping/BisectBatchOnFunctionError",
            json!(true),
            "EventSourceMapping.BisectBatchOnFunctionError is true: expected false",
        ),
        (
            "/EventSourceMapping/MaximumRetryAttempts",
            json!(3),
            "EventSourceMapping.MaximumRetryAttempts is 3: expected -1",
        ),
        ("/EventSourceMapping/MaximumRecordAgeInSeconds", json!(60), ""),
        (
            "/EventSourceMapping/MaximumRecordAgeInSeconds",
            json!(59),
            "EventSourceMapping.MaximumRecordAgeInSeconds is 59",
        ),
        (
            "/EventSourceMapping/FilterCriteria",
            json!({}),
            "the scenario is not understood: unknown field `FilterCriteria`",
        ),
        ("/Input/StreamName", json!("t"), "Input.StreamName is t: expected one of Streams: s"),
        ("/Input/Framing", json!("Csv"), "the scenario is not understood: unknown variant `Csv`"),
        ("/Input", json!(null), ""),
        ("/Unknown", json!(1), "the scenario is not understood: unknown field `Unknown`"),
    ] {
        check_field(pointer, value, expected);
    }
}

#[test]
fn a_stream_may_be_told_by_its_arn() {
    for (arn, valid) in [
        ("arn:aws:kinesis:eu-west-1:123456789012:stream/s", true),
        ("arn:aws:kinesis:eu-west-2:123456789012:stream/s", false),
        ("arn:aws:kinesis:eu-west-1:123456789012:stream/t", false),
        ("arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:1", false),
    ] {
        let mut scenario = scenario();
        scenario["EventSourceMapping"]["StreamName"] = json!(null);
        scenario["EventSourceMapping"]["EventSourceArn"] = json!(arn);
        assert_eq!(Scenario::parse(&scenario.to_string()).is_ok(), valid, "{arn}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Scenario::read(Path::new("/nowhere/scenario.json")).unwrap_err();
    assert!(chain(&error).starts_with("cannot read the scenario /nowhere/scenario.json: "), "{error}");
}
