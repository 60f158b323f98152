use std::time::Duration;

use serde_json::{Value, json};

use super::timeline::Call;
use super::*;
use crate::mapping::StartingPosition;
use crate::mapping::destination::Destination;
use crate::mapping::retry::{Backoff, RetryPolicy};
use crate::run::chain;

fn scenario() -> Value {
    json!({
        "Region": "eu-west-1",
        "AccountId": "123456789012",
        "DataDirectory": "data",
        "KinesisPort": 4567,
        "S3Port": 9000,
        "Streams": [{ "StreamName": "s", "ShardCount": 2, "RetentionPeriodHours": 168 }],
        "Buckets": ["b-1"],
        "Function": {
            "FunctionName": "f", "Bootstrap": "./bootstrap", "Timeout": 60, "MemorySize": 512,
            "ReservedConcurrentExecutions": 20,
            "Environment": { "Variables": { "NAME": "value" } }
        },
        "EventSourceMapping": {
            "StreamName": "s", "BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 1,
            "StartingPosition": "AT_TIMESTAMP", "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ParallelizationFactor": 10, "BisectBatchOnFunctionError": true, "MaximumRetryAttempts": 3,
            "MaximumRecordAgeInSeconds": 518_400, "Enabled": false, "TumblingWindowInSeconds": 0,
            "StartingPositionTimestamp": 1_545_084_650.987,
            "FilterCriteria": { "Filters": [{ "Pattern": "{\"data\":{\"kind\":[\"a\"]}}" }] },
            "DestinationConfig": {
                "OnFailure": { "Destination": "arn:aws:sqs:eu-west-1:123456789012:q" }
            }
        },
        "Timeline": [
            { "AfterRecords": 10, "Call": "UpdateShardCount", "Parameters": { "TargetShardCount": 4 } },
            { "AfterSeconds": 0.5, "Call": "UpdateEventSourceMapping", "Parameters": { "Enabled": true } }
        ],
        "Input": { "Path": "in", "Framing": "LengthPrefixed", "StreamName": "s", "PartitionKeys": 9 },
        "Faults": { "Seed": 7, "Kills": 3, "FailEvery": 7, "ThrottleEvery": 5, "SparedAtMost": 2 },
        "InvocationsDirectory": "invocations"
    })
}

#[test]
fn a_full_scenario_means_what_it_says() {
    let text = scenario().to_string();
    let parsed = Scenario::parse(&text).unwrap();
    assert_eq!(serde_json::to_value(&parsed).unwrap()["Input"], scenario()["Input"]);
    let mapping = parsed.mapping().unwrap();
    assert_eq!(mapping.stream_name, "s");
    assert_eq!(mapping.stream_arn, "arn:aws:kinesis:eu-west-1:123456789012:stream/s");
    assert_eq!(mapping.role_arn, "arn:aws:iam::123456789012:role/f");
    assert_eq!(mapping.function_arn, "arn:aws:lambda:eu-west-1:123456789012:function:f");
    assert_eq!((mapping.batch_size, mapping.parallelization_factor), (10_000, 10));
    assert_eq!(mapping.batching_window, Duration::from_secs(1));
    assert_eq!(mapping.starting_position, StartingPosition::AtTimestamp(1_545_084_650_987));
    assert!(mapping.report_batch_item_failures && !mapping.enabled && !mapping.filter.is_empty());
    assert_eq!(
        mapping.policy,
        RetryPolicy {
            maximum_retry_attempts: Some(3),
            maximum_record_age: Some(Duration::from_hours(144)),
            bisect_batch_on_function_error: true,
            retention: Some(Duration::from_hours(168)),
            backoff: Backoff::default(),
        }
    );
    assert_eq!(mapping.on_failure, Some(Destination::Sqs { queue: "q".to_owned() }));
    let calls: Vec<Call> = parsed.timeline().unwrap().into_iter().map(|entry| entry.call).collect();
    assert_eq!(calls, [Call::UpdateShardCount { target_shard_count: 4 }, Call::SetEnabled(true)]);
    assert_eq!(parsed.destinations_directory(), Path::new("data/.destinations"));
}

#[test]
fn minus_one_is_no_limit() {
    let mut scenario = scenario();
    scenario["EventSourceMapping"] = json!({ "StreamName": "s", "StartingPosition": "LATEST" });
    let policy = Scenario::parse(&scenario.to_string()).unwrap().mapping().unwrap().policy;
    assert_eq!((policy.maximum_retry_attempts, policy.maximum_record_age), (None, None));
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
    for (pointer, value, expected) in [
        ("/Region", json!("eu west"), "Region is \"eu west\": expected no character such as ' '"),
        ("/AccountId", json!("12"), "AccountId is \"12\": expected 12 characters"),
        ("/KinesisPort", json!(0), ""),
        ("/KinesisPort", json!(9000), "S3Port is 9000: expected another port"),
        ("/KinesisPort", json!(65536), "the scenario is not understood: invalid value: integer `65536`"),
        ("/Streams", json!([]), "Streams is empty: expected at least one stream"),
        ("/Streams/0/StreamName", json!("a b"), "Streams[0].StreamName is \"a b\": expected"),
        ("/Streams/0/ShardCount", json!(0), "Streams[0].ShardCount is 0: expected 1 to 10000"),
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
        ("/Streams/0/RetentionPeriodHours", json!(23), "Streams[0].RetentionPeriodHours is 23: expected 24 to 8760"),
        (
            "/Function/ReservedConcurrentExecutions",
            json!(0),
            "Function.ReservedConcurrentExecutions is 0: expected at least 1",
        ),
        ("/Faults/FailEvery", json!(0), "Faults.FailEvery is 0: expected at least 1"),
        ("/Faults/ThrottleEvery", json!(1), "Faults.ThrottleEvery is 1: expected at least 2"),
        ("/Input/PartitionKeys", json!(0), "Input.PartitionKeys is 0: expected at least 1"),
        ("/Timeline/0/Call", json!("DeleteStream"), "Timeline[0].Call is DeleteStream: expected UpdateShardCount, "),
        (
            "/Timeline/0/Parameters",
            json!({}),
            "Timeline[0].Parameters.TargetShardCount is missing: expected a number from 1",
        ),
        (
            "/Timeline/0/Parameters/ScalingType",
            json!("X"),
            "Timeline[0].Parameters.ScalingType is \"X\": expected UNIFORM_SCALING",
        ),
        (
            "/Timeline/0/Parameters/StreamName",
            json!("s"),
            "Timeline[0].Parameters.StreamName is \"s\": expected no such parameter of UpdateShardCount here",
        ),
        ("/Timeline/1/AfterSeconds", json!(-1), "Timeline[1].AfterSeconds is -1: expected 0 to 86400"),
        ("/Timeline/1/Parameters/Enabled", json!("no"), "Timeline[1].Parameters.Enabled is \"no\": expected true or"),
        ("/Input", json!(null), "Timeline[0].AfterRecords is 10: expected an Input, whose records are counted"),
        ("/Input/StreamName", json!("t"), "Input.StreamName is t: expected one of Streams: s"),
        ("/Input/Framing", json!("Csv"), "the scenario is not understood: unknown variant `Csv`"),
        ("/Unknown", json!(1), "the scenario is not understood: unknown field `Unknown`"),
    ] {
        check_field(pointer, value, expected);
    }
}

#[test]
fn fields_of_the_mapping_are_held_to_their_limits() {
    let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/s";
    for (pointer, value, expected) in [
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
            json!("OLDEST"),
            "EventSourceMapping.StartingPosition is OLDEST: expected TRIM_HORIZON, LATEST or AT_TIMESTAMP",
        ),
        (
            "/EventSourceMapping/StartingPosition",
            json!("LATEST"),
            "EventSourceMapping.StartingPositionTimestamp is 1545084650.987: expected nothing with LATEST",
        ),
        (
            "/EventSourceMapping/StartingPositionTimestamp",
            json!(null),
            "EventSourceMapping.StartingPositionTimestamp is missing: expected seconds since 1970",
        ),
        (
            "/EventSourceMapping/StartingPositionTimestamp",
            json!(1_545_084_650_987_u64),
            "EventSourceMapping.StartingPositionTimestamp is 1545084650987: expected seconds since 1970",
        ),
        ("/EventSourceMapping/FunctionResponseTypes", json!([]), ""),
        (
            "/EventSourceMapping/FunctionResponseTypes",
            json!(["x"]),
            "EventSourceMapping.FunctionResponseTypes is [\"x\"]",
        ),
        (
            "/EventSourceMapping/ParallelizationFactor",
            json!(0),
            "EventSourceMapping.ParallelizationFactor is 0: expected 1 to 10",
        ),
        (
            "/EventSourceMapping/ParallelizationFactor",
            json!(11),
            "EventSourceMapping.ParallelizationFactor is 11: expected 1 to 10",
        ),
        ("/EventSourceMapping/BisectBatchOnFunctionError", json!(false), ""),
        ("/EventSourceMapping/MaximumRetryAttempts", json!(10_000), ""),
        (
            "/EventSourceMapping/MaximumRetryAttempts",
            json!(10_001),
            "EventSourceMapping.MaximumRetryAttempts is 10001: expected -1 to 10000",
        ),
        (
            "/EventSourceMapping/TumblingWindowInSeconds",
            json!(30),
            "EventSourceMapping.TumblingWindowInSeconds is 30: expected 0: a window needs a function that",
        ),
        ("/EventSourceMapping/MaximumRecordAgeInSeconds", json!(60), ""),
        (
            "/EventSourceMapping/MaximumRecordAgeInSeconds",
            json!(59),
            "EventSourceMapping.MaximumRecordAgeInSeconds is 59",
        ),
        ("/EventSourceMapping/FilterCriteria", json!({}), ""),
        (
            "/EventSourceMapping/FilterCriteria",
            json!({ "Filters": [{ "Pattern": "{" }] }),
            "EventSourceMapping.FilterCriteria cannot be these: ",
        ),
        (
            "/EventSourceMapping/DestinationConfig/OnFailure/Destination",
            json!("arn:aws:s3:::elsewhere"),
            "EventSourceMapping.DestinationConfig.OnFailure.Destination is arn:aws:s3:::elsewhere: expected the ARN of \
             one of Buckets: b-1",
        ),
        ("/EventSourceMapping/DestinationConfig/OnFailure/Destination", json!("arn:aws:s3:::b-1"), ""),
        (
            "/EventSourceMapping/DestinationConfig/OnFailure/Destination",
            json!("q"),
            "EventSourceMapping.DestinationConfig.OnFailure.Destination is q: expected the arn of",
        ),
        ("/EventSourceMapping/DestinationConfig", json!({}), ""),
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
