use penstock_delivery::config::variables;

use super::*;
use crate::{SETTINGS, StartingPosition, StreamMode};

const LEAST: &str = "[stream]\nname = \"clicks\"\n[delivery]\nbucket = \"acme-clicks\"\n";

fn error_of(more: &str) -> String {
    Environment::parse(&format!("{LEAST}{more}")).expect_err(more).to_string()
}

#[test]
fn the_least_file_has_every_default() {
    let environment = Environment::parse(LEAST).unwrap();
    let stream = Stream {
        name: "clicks".into(),
        arn: None,
        stream_mode: StreamMode::Provisioned,
        shard_count: 1,
        retention_period_hours: 168,
        kms_key_arn: None,
    };
    assert_eq!(environment.stream, stream);
    let function = Function {
        function_name: "clicks".into(),
        memory_size: 512,
        timeout: 120,
        reserved_concurrent_executions: None,
    };
    assert_eq!(environment.function, function);
    let mapping = &environment.event_source_mapping;
    assert_eq!((mapping.batch_size, mapping.maximum_batching_window_in_seconds), (10_000, 60));
    assert_eq!(mapping.starting_position, StartingPosition::TrimHorizon);
    assert_eq!(mapping.maximum_record_age_in_seconds, 6 * 24 * 3600);
    assert_eq!(environment.delivery.delivery_name.as_str(), "clicks");
    let variables: Vec<_> = environment.variables.into_iter().collect();
    assert_eq!(
        variables,
        [("PENSTOCK_BUCKET", "acme-clicks".to_owned()), ("PENSTOCK_DELIVERY_NAME", "clicks".to_owned())]
    );
}

#[test]
fn the_record_age_ends_an_hour_before_the_retention() {
    let file = LEAST.replace("\"clicks\"", "\"clicks\"\nretention_period_hours = 24");
    let environment = Environment::parse(&file).unwrap();
    assert_eq!(environment.event_source_mapping.maximum_record_age_in_seconds, 23 * 3600);
}

#[test]
fn an_error_names_the_key_the_value_and_what_was_expected() {
    for (more, message) in [
        ("prefx = \"a/\"", "delivery.prefx is not known; did you mean delivery.prefix?"),
        (
            "compression = \"GZIP\"",
            "delivery.compression is not known; did you mean delivery.compression_format or delivery.compression_level?",
        ),
        ("[functoin]", "[functoin] is not known; did you mean [function]?"),
        ("[function]\ndelimiter = 'x'", "function.delimiter is not known; delimiter belongs to [delivery]"),
        ("[function]\nname = 'x'", "function.name is not known; name belongs to [stream] or [delivery]"),
        ("[delivery.batch_size]", "delivery.batch_size is not known; batch_size belongs to [event_source_mapping]"),
        ("[batch_size]", "[batch_size] is not known; batch_size belongs to [event_source_mapping]"),
        ("xyzzy = 1", "delivery.xyzzy is not known; expected one of bucket, name, prefix, "),
        ("[function]\ntimeout = 1000", "function.timeout is 1000: expected a whole number from 3 to 900"),
        ("[function]\nmemory_size = \"1 GB\"", "function.memory_size is \"1 GB\": expected a whole number from 128"),
        (
            "[event_source_mapping]\nstarting_position = \"trim_horizon\"",
            "event_source_mapping.starting_position is \"trim_horizon\": expected TRIM_HORIZON or LATEST or AT_",
        ),
        ("compression_format = \"LZ4\"", "delivery.compression_format: "),
        ("delimiter = ''", "delivery.delimiter is \"\": expected 1 to 16 bytes"),
        ("prefix = 5", "delivery.prefix is 5: expected a text in quotes"),
        ("prefix = ", "not TOML: "),
    ] {
        let error = error_of(more);
        assert!(error.starts_with(message), "{more}: {error}");
    }
    let at_the_root = Environment::parse("delimiter = 'x'").unwrap_err().to_string();
    assert_eq!(at_the_root, "delimiter is not known; delimiter belongs to [delivery]");
    let no_bucket = Environment::parse("[stream]\nname = \"clicks\"").unwrap_err().to_string();
    assert!(no_bucket.starts_with("delivery.bucket is not set: expected the name of the bucket"), "{no_bucket}");
    let no_stream = Environment::parse("[delivery]\nbucket = \"acme-clicks\"").unwrap_err().to_string();
    assert!(no_stream.starts_with("stream.name is not set: expected a stream name"), "{no_stream}");
}

#[test]
fn a_delimiter_may_be_written_in_toml_or_in_escapes() {
    for text in ["delimiter = \"\\r\\n\"", "delimiter = '\\r\\n'"] {
        let environment = Environment::parse(&format!("{LEAST}{text}")).unwrap();
        assert_eq!(environment.variables["PENSTOCK_DELIMITER"], "\\r\\n", "{text}");
    }
}

#[test]
fn every_setting_of_the_delivery_is_a_key() {
    for variable in variables::all() {
        let mut keys: BTreeMap<&str, &str> = variable.beside.iter().copied().collect();
        keys.entry("bucket").or_insert("acme-clicks");
        keys.insert(variable.key, variable.example);
        let lines: Vec<String> = keys.iter().map(|(key, value)| format!("{key} = '{value}'")).collect();
        let file = format!("[stream]\nname = 'clicks'\n[delivery]\n{}\n", lines.join("\n"));
        let environment = Environment::parse(&file).unwrap_or_else(|error| panic!("{}: {error}", variable.key));
        assert_eq!(environment.variables[variable.name], variable.example);
    }
}

#[test]
fn a_reserved_concurrency_has_room_for_every_lane() {
    let read = |shards: u32, factor: u32, reserved: u32| {
        Environment::parse(&format!(
            "[stream]\nname = 'clicks'\nshard_count = {shards}\n[delivery]\nbucket = 'acme-clicks'\n\
             [event_source_mapping]\nparallelization_factor = {factor}\n\
             [function]\nreserved_concurrent_executions = {reserved}\n"
        ))
    };
    for (shards, factor, reserved, valid) in
        [(1, 1, 1, true), (4, 3, 12, true), (4, 3, 11, false), (10_000, 10, 100_000, true), (2, 1, 1, false)]
    {
        let environment = read(shards, factor, reserved);
        assert_eq!(environment.is_ok(), valid, "{shards} shards, factor {factor}, {reserved} reserved");
    }
    assert_eq!(read(4, 3, 12).unwrap().function.reserved_concurrent_executions, Some(12));
    let error = read(4, 3, 11).unwrap_err().to_string();
    let words = "function.reserved_concurrent_executions is 11: expected at least 12, stream.shard_count (4) times \
                 event_source_mapping.parallelization_factor (3)";
    assert!(error.starts_with(words), "{error}");
}

#[test]
fn every_setting_is_read_once_and_documented() {
    let mut seen = std::collections::BTreeSet::new();
    for setting in SETTINGS {
        assert!(seen.insert((setting.table, setting.key)), "{} twice", setting.key);
        assert!(setting.doc.ends_with('.') && !setting.doc.contains('\n') && !setting.doc.contains('|'));
        // A table is not what any key wants: its error shows that somebody reads the key.
        let file = format!("{LEAST}[{}.{}.x]\n", setting.table, setting.key)
            .replace(LEAST, if setting.table == "stream" { "[delivery]\nbucket = 'acme-clicks'\n" } else { LEAST });
        let error = Environment::parse(&file).expect_err(setting.key).to_string();
        assert!(!error.contains("is not known"), "{error}");
    }
}

#[test]
fn a_stack_has_the_functions_name_where_it_is_one() {
    for (more, name) in [
        ("", "clicks"),
        ("[stack]\nname = 'acme'", "acme"),
        ("[function]\nfunction_name = 'clicks_eu'", "clicks-eu"),
        ("[function]\nfunction_name = '2nd'", "penstock-2nd"),
    ] {
        assert_eq!(Environment::parse(&format!("{LEAST}{more}")).unwrap().options.stack_name, name, "{more}");
    }
    for (more, told) in [
        ("[stack]\nname = '2nd'", "stack.name is \"2nd\": expected a stack name: a letter, then"),
        ("[stack]\nname = 'penstock-artifacts'", "stack.name is \"penstock-artifacts\": expected a stack name"),
        ("[stack]\naccount_id = '123'", "stack.account_id is \"123\": expected an account id: 12 digits"),
        ("[stack]\nregion = 'Ireland'", "stack.region is \"Ireland\": expected a region, such as eu-west-1"),
        ("[stack]\nalarm_topic_arn = 'topic'", "stack.alarm_topic_arn is \"topic\": expected the ARN of a topic"),
        ("[stack]\ntermination_protection = 'yes'", "stack.termination_protection is "),
        ("[stack]\nbucket_kms_key_arn = 'alias/data'", "stack.bucket_kms_key_arn is \"alias/data\": expected the ARN"),
        ("[stack]\npermissions_boundary = 'x'", "stack.permissions_boundary is \"x\": expected the ARN"),
        ("[stack]\nlog_retention_in_days = 31", "stack.log_retention_in_days is 31: expected a number of days"),
        ("[stack]\naccess_log_bucket = 'acme-clicks'", "stack.access_log_bucket is \"acme-clicks\": expected another"),
        ("[stack]\ntags = { app = 'x' }", "stack.tags.app is \"x\": expected another key"),
        ("[stack]\nexisting_bucket = true\nevent_bridge_notifications = true", "stack.event_bridge_notifications is"),
    ] {
        let error = error_of(more);
        assert!(error.starts_with(told), "{error}");
    }
}

#[test]
fn numbers_and_switches_of_the_delivery_need_no_quotes() {
    let set =
        "compression_format = 'GZIP'\ncompression_level = 9\ndecompression = 'GZIP'\ndata_message_extraction = true\n";
    let variables = Environment::parse(&format!("{LEAST}{set}")).unwrap().variables;
    assert_eq!(variables["PENSTOCK_COMPRESSION_LEVEL"], "9");
    assert_eq!(variables["PENSTOCK_DATA_MESSAGE_EXTRACTION"], "true");
    assert_eq!(error_of("compression_level = true"), "delivery.compression_level is true: expected a text in quotes");
}

#[test]
fn a_table_that_athena_could_not_read_is_refused() {
    let of = |delivery: &str, stack: &str| {
        let schema = r#"schema = '{"Columns": [{"Name": "id", "Type": "bigint"}], "PartitionKeys": []}'"#;
        let text = format!(
            "[stream]\nname = 'clicks'\n[delivery]\nbucket = 'acme-clicks'\n{schema}\n{delivery}\n[stack]\n\
             glue_database = 'web'\n{stack}\n"
        );
        Environment::parse(&text).map_err(|error| error.to_string())
    };
    let from = "glue_projection_from = '2026-01-01'";
    let glue = of("", from).unwrap().options.glue.unwrap();
    assert_eq!((glue.database.as_str(), glue.table.as_str()), ("web", "clicks"));
    for (name, delivery, stack, words) in [
        ("no first day", "", "", "stack.glue_projection_from is not set"),
        ("a first day that is none", "", "glue_projection_from = '2026-02-30'", "expected a day"),
        ("an envelope", "envelope = 'json'", from, "delivery.envelope puts what the schema tells of into data"),
        ("ZIP", "compression_format = 'ZIP'", from, "Athena reads no such objects"),
        (
            "a hidden codec",
            "compression_format = 'GZIP'\nfile_extension = '.json'",
            from,
            "delivery.file_extension is \".json\"",
        ),
        ("another codec", "file_extension = '.gz'", from, "delivery.file_extension is \".gz\""),
        (
            "a column and a folder",
            "prefix = 'ID=!{timestamp:yyyy}/'\nerror_output_prefix = 'e/!{firehose:error-output-type}/'",
            from,
            "id is a column and a folder",
        ),
    ] {
        let error = of(delivery, stack).map(drop).unwrap_err();
        assert!(error.contains(words), "{name}: {error}");
    }
    let keyed = r#"[stream]
name = 'clicks'
[delivery]
bucket = 'acme-clicks'
schema = '{"StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]}, "PartitionKeys": [{"Name": "day", "Type": "date"}]}'
[stack]
glue_database = 'web'
glue_projection_from = '2026-01-01'
"#;
    let error = Environment::parse(keyed).map(drop).unwrap_err().to_string();
    assert!(error.contains("the schema has the partition key day, and delivery.prefix has no such folder"), "{error}");
}
