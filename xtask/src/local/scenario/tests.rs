use super::*;

const LEAST: &str = "[stream]\nname = 'clicks.eu'\n[delivery]\nbucket = 'acme-clicks'\n";

fn scenario() -> Scenario {
    Scenario {
        task_root: "/environments".into(),
        kinesis_port: 1,
        s3_port: 2,
        data_directory: "data".into(),
        bootstrap: "bootstrap".into(),
        batching_window_in_seconds: None,
        input: None,
        faults: Faults::default(),
        reshards: Vec::new(),
    }
}

fn rendered(scenario: &Scenario, environment: &str) -> Value {
    scenario.render(&Environment::parse(&format!("{LEAST}{environment}")).unwrap())
}

#[test]
fn the_least_environment_is_a_whole_scenario() {
    let expected = json!({
        "Region": "us-east-1",
        "DataDirectory": "data",
        "KinesisPort": 1,
        "S3Port": 2,
        "Streams": [{ "StreamName": "clicks.eu", "ShardCount": 1, "RetentionPeriodHours": 168 }],
        "Buckets": ["acme-clicks", "acme-clicks-failures"],
        "Function": {
            "FunctionName": "clicks-eu",
            "Bootstrap": "bootstrap",
            "Timeout": 120,
            "MemorySize": 512,
            "Environment": {
                "Variables": { "PENSTOCK_BUCKET": "acme-clicks", "PENSTOCK_DELIVERY_NAME": "clicks.eu" },
            },
        },
        "EventSourceMapping": {
            "StreamName": "clicks.eu",
            "BatchSize": 10_000,
            "MaximumBatchingWindowInSeconds": 1,
            "StartingPosition": "TRIM_HORIZON",
            "Enabled": true,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ParallelizationFactor": 1,
            "BisectBatchOnFunctionError": false,
            "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": 518_400,
            "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:s3:::acme-clicks-failures" } },
        },
    });
    assert_eq!(rendered(&scenario(), ""), expected);
}

#[test]
fn every_setting_of_the_mapping_is_there_in_awss_words() {
    let environment = "[function]\nreserved_concurrent_executions = 3\n[event_source_mapping]\nbatch_size = 7\n\
        parallelization_factor = 3\nstarting_position = 'AT_TIMESTAMP'\n\
        starting_position_timestamp = 1970-01-01T00:00:01.5Z\nmaximum_retry_attempts = 4\n\
        maximum_record_age_in_seconds = -1\nbisect_batch_on_function_error = true\nreport_batch_item_failures = false\n\
        enabled = false\nfilters = [{ data = { level = ['ERROR'] } }, '{\"data\": [\"x\"]}']\n\
        on_failure = 'arn:aws:sqs:us-east-1:000000000000:given-up'\n";
    let scenario = rendered(&Scenario { batching_window_in_seconds: Some(30), ..scenario() }, environment);
    let expected = json!({
        "StreamName": "clicks.eu",
        "BatchSize": 7,
        "MaximumBatchingWindowInSeconds": 30,
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1.5,
        "Enabled": false,
        "FunctionResponseTypes": [],
        "ParallelizationFactor": 3,
        "BisectBatchOnFunctionError": true,
        "MaximumRetryAttempts": 4,
        "MaximumRecordAgeInSeconds": -1,
        "FilterCriteria": {
            "Filters": [{ "Pattern": "{\"data\":{\"level\":[\"ERROR\"]}}" }, { "Pattern": "{\"data\": [\"x\"]}" }],
        },
        "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:sqs:us-east-1:000000000000:given-up" } },
    });
    assert_eq!(scenario["EventSourceMapping"], expected);
    assert_eq!(scenario["Buckets"], json!(["acme-clicks"]), "a queue is no bucket");
    assert_eq!(scenario["Function"]["ReservedConcurrentExecutions"], 3);
}

#[test]
fn failures_have_a_bucket_of_their_own_or_no_destination() {
    for (on_failure, buckets, destination) in [
        ("failure_bucket = 'lost'", json!(["acme-clicks", "lost"]), json!("arn:aws:s3:::lost")),
        ("on_failure = 'arn:aws:s3:::theirs'", json!(["acme-clicks", "theirs"]), json!("arn:aws:s3:::theirs")),
        ("on_failure = 'none'", json!(["acme-clicks"]), Value::Null),
    ] {
        let scenario = rendered(&scenario(), &format!("[event_source_mapping]\n{on_failure}\n"));
        assert_eq!(scenario["Buckets"], buckets, "{on_failure}");
        let found = &scenario["EventSourceMapping"]["DestinationConfig"]["OnFailure"]["Destination"];
        assert_eq!(found, &destination, "{on_failure}");
    }
}

#[test]
fn flags_become_an_input_faults_and_a_timeline() {
    let flagged = Scenario {
        input: Some(Input {
            path: "in.txt".into(),
            framing: Framing::Lines,
            partition_keys: Some(NonZeroU64::new(5).unwrap()),
        }),
        faults: Faults { fail_every: Some(3), throttle_every: Some(4), ..Faults::default() },
        reshards: Reshard::spread(&[16, 8], 300),
        ..scenario()
    };
    let flagged = rendered(&flagged, "");
    assert_eq!(flagged["Input"], json!({ "Path": "in.txt", "Framing": "Lines", "PartitionKeys": 5 }));
    assert_eq!(flagged["Faults"], json!({ "FailEvery": 3, "ThrottleEvery": 4 }));
    let call = |after: u64, count: u32| {
        json!({
            "AfterRecords": after,
            "Call": "UpdateShardCount",
            "Parameters": { "TargetShardCount": count, "ScalingType": "UNIFORM_SCALING" },
        })
    };
    assert_eq!(flagged["Timeline"], json!([call(100, 16), call(200, 8)]));
    let kills = Some(Kills { seed: 1, count: 5, spared_at_most: 0 });
    let killed = rendered(&Scenario { faults: Faults { kills, puts: 3, ..Faults::default() }, ..scenario() }, "");
    assert_eq!(killed["Faults"], json!({ "Seed": 1, "Kills": 5, "Puts": 3, "SparedAtMost": 0 }));
}

#[test]
fn reshards_lie_at_equal_distances() {
    for (counts, records, expected) in [
        (&[][..], 100, &[][..]),
        (&[4], 100, &[50]),
        (&[4], 1, &[0]),
        (&[4, 8, 4], 4_000, &[1_000, 2_000, 3_000]),
        (&[4, 8], 10, &[3, 6]),
        (&[1], u64::MAX, &[u64::MAX / 2]),
    ] {
        let after: Vec<_> = Reshard::spread(counts, records).iter().map(|reshard| reshard.after_records).collect();
        assert_eq!(after, expected, "{counts:?} over {records}");
    }
}
