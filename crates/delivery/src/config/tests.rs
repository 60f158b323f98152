use std::collections::{BTreeMap, BTreeSet};

use penstock_format::{Codec, Compression, Framing, PieceDelimiter};

use super::*;

const REQUIRED: [(&str, &str); 2] = [("PENSTOCK_BUCKET", "a-bucket"), ("PENSTOCK_DELIVERY_NAME", "clicks")];

fn parse(set: &[(&'static str, &str)]) -> Result<DeliveryConfig, ConfigError> {
    let mut map: BTreeMap<&str, &str> = REQUIRED.into_iter().collect();
    map.extend(set.iter().copied());
    DeliveryConfig::parse(|name| map.get(name).map(|&value| value.to_owned()))
}

#[test]
fn what_is_not_set_has_its_default() {
    let config = parse(&[]).unwrap();
    let Lines { framing, compression } = &config.lines;
    assert_eq!(framing.suffix(), b"\n");
    assert!(matches!(framing, Framing::After(_)));
    assert_eq!(*compression, Codec::default());
    assert_eq!(config.envelope, None);
    assert_eq!(config.object_ids, ObjectIds::Derived);
    assert!(config.file_extension.is_none());
    assert!(!config.prefix.has_expression());
}

#[test]
fn an_error_names_the_variable_the_value_and_what_was_expected() {
    for (name, set, message) in [
        (
            "missing",
            [("PENSTOCK_BUCKET", "")],
            "PENSTOCK_BUCKET is not set: expected the name of the bucket that takes the objects",
        ),
        (
            "bad bucket",
            [("PENSTOCK_BUCKET", "No_Bucket")],
            "PENSTOCK_BUCKET: \"No_Bucket\" is not a bucket name, expected 3 to 63 of a-z, 0-9, . and -, a letter or digit \
             at both ends",
        ),
        (
            "bad choice",
            [("PENSTOCK_FRAMING", "before")],
            "PENSTOCK_FRAMING: \"before\" is not one of after, between, none, json_array",
        ),
        ("bad id", [("PENSTOCK_OBJECT_ID", "v4")], "PENSTOCK_OBJECT_ID: \"v4\" is not one of derived, random"),
    ] {
        assert_eq!(parse(&set).unwrap_err().to_string(), message, "{name}");
    }
}

#[test]
fn l1_a_rejected_value_is_quoted_up_to_a_bound() {
    let long = "x".repeat(5000);
    let message = parse(&[("PENSTOCK_FRAMING", &long)]).unwrap_err().to_string();
    assert!(message.len() < 300 && message.contains("5000 bytes"), "{message}");
}

#[test]
fn a_level_is_one_of_its_format() {
    let level = |format: &str, level: &str| {
        let config = parse(&[("PENSTOCK_COMPRESSION_FORMAT", format), ("PENSTOCK_COMPRESSION_LEVEL", level)])?;
        let Lines { compression, .. } = config.lines;
        Ok::<_, ConfigError>((compression.compression(), compression.level()))
    };
    for (name, format, text, expected) in [
        ("default", "GZIP", "", Ok((Compression::Gzip, Some(1)))),
        ("gzip", "GZIP", "9", Ok((Compression::Gzip, Some(9)))),
        ("zip", "ZIP", "1", Ok((Compression::Zip, Some(1)))),
        ("zstd", "ZSTD", "19", Ok((Compression::Zstd, Some(19)))),
        ("none", "Snappy", "", Ok((Compression::Snappy, None))),
        ("too high", "GZIP", "10", Err("10 is not a level of GZIP, expected a whole number from 1 to 9")),
        ("too low", "ZSTD", "0", Err("0 is not a level of ZSTD, expected a whole number from 1 to 19")),
        (
            "no number",
            "GZIP",
            "best",
            Err(
                "\"best\" is not a level of compression, expected a whole number, 1 to 9 with GZIP and ZIP, 1 to 19 with ZSTD",
            ),
        ),
        (
            "where there is none",
            "HADOOP_SNAPPY",
            "1",
            Err("1 is set, but HADOOP_SNAPPY has no levels: expected GZIP, ZIP or ZSTD beside it"),
        ),
        (
            "by default there is none",
            "",
            "6",
            Err("6 is set, but UNCOMPRESSED has no levels: expected GZIP, ZIP or ZSTD beside it"),
        ),
    ] {
        let expected = expected.map_err(|problem| format!("PENSTOCK_COMPRESSION_LEVEL: {problem}"));
        assert_eq!(level(format, text).map_err(|error| error.to_string()), expected, "{name}");
    }
}

#[test]
fn a_delimiter_is_refused_only_where_it_would_be_passed_over_unseen() {
    let framing = |framing, delimiter| {
        let config = parse(&[("PENSTOCK_FRAMING", framing), ("PENSTOCK_DELIMITER", delimiter)])?;
        let Lines { framing, .. } = config.lines;
        Ok::<_, ConfigError>(framing)
    };
    assert_eq!(framing("json_array", "").unwrap(), Framing::JsonArray);
    assert_eq!(framing("none", "|").unwrap(), Framing::None);
    for delimiter in ["|", "\\n"] {
        let error = framing("json_array", delimiter).unwrap_err();
        assert_eq!(error.variable().name, "PENSTOCK_DELIMITER");
        assert!(error.to_string().contains("expected no delimiter beside it"), "{error}");
    }
}

#[test]
fn a_file_calls_a_setting_by_its_key() {
    let error = parse(&[("PENSTOCK_COMPRESSION_FORMAT", "LZ4")]).unwrap_err();
    assert_eq!(error.variable().key, "compression_format");
    let message = error.message_for("delivery.compression_format");
    assert!(message.starts_with("delivery.compression_format: ") && message.contains("LZ4"), "{message}");
}

#[test]
fn an_expression_in_the_prefix_requires_an_error_output_prefix() {
    let prefix = ("PENSTOCK_PREFIX", "day=!{timestamp:yyyy-MM-dd}/");
    let error = parse(&[prefix]).unwrap_err();
    assert_eq!(error.variable().name, "PENSTOCK_ERROR_OUTPUT_PREFIX");
    assert!(parse(&[prefix, ("PENSTOCK_ERROR_OUTPUT_PREFIX", "errors/!{firehose:error-output-type}/")]).is_ok());
}

#[test]
fn l1_a_prefix_that_would_become_too_long_is_refused_at_the_start() {
    let long = "p".repeat(513);
    let error = parse(&[("PENSTOCK_PREFIX", &long)]).unwrap_err();
    assert_eq!(error.variable().name, "PENSTOCK_PREFIX");
    assert!(error.to_string().contains("512"), "{error}");
}

#[test]
fn l1_a_prefix_that_becomes_too_long_only_at_times_is_refused_too() {
    let error_prefix = ("PENSTOCK_ERROR_OUTPUT_PREFIX", "e/!{firehose:error-output-type}/");
    for (name, expression, longest) in [
        ("two digits of a month", "!{timestamp:M}", 2),
        ("two digits of an hour", "!{timestamp:H}", 2),
        ("two digits of twelve hours", "!{timestamp:h}", 2),
        ("September", "!{timestamp:MMMM}", 9),
        ("Wednesday", "!{timestamp:EEEE}", 9),
        ("a zone in winter", "!{timestamp:zzzz}", "Central European Standard Time".len()),
    ] {
        let of = |literal: usize| {
            let prefix = format!("{}{expression}", "p".repeat(literal));
            parse(&[("PENSTOCK_PREFIX", &prefix), ("PENSTOCK_CUSTOM_TIME_ZONE", "Europe/Berlin"), error_prefix])
        };
        assert!(of(512 - longest).is_ok(), "{name}: it fits at its longest");
        assert_eq!(of(513 - longest).unwrap_err().variable().name, "PENSTOCK_PREFIX", "{name}");
    }
}

#[test]
fn the_table_is_sound() {
    let count = variables::all().count();
    let names: BTreeSet<&str> = variables::all().map(|variable| variable.name).collect();
    let keys: BTreeSet<&str> = variables::all().map(|variable| variable.key).collect();
    assert_eq!((names.len(), keys.len()), (count, count), "a name or a key stands twice");
    for variable in variables::all() {
        assert!(variable.name.starts_with("PENSTOCK_"), "{}", variable.name);
        assert!(!variable.doc.is_empty() && !variable.expected.is_empty(), "{}", variable.name);
        let variable_of = |key: &str| variables::all().find(|other| other.key == key).expect("it is a key").name;
        let mut set: Vec<_> = variable.beside.iter().map(|(key, value)| (variable_of(key), *value)).collect();
        set.push((variable.name, variable.example));
        if let Err(error) = parse(&set) {
            panic!("the example of {} does not work: {error}", variable.name);
        }
    }
}

#[test]
fn partitioning_and_backup_are_complete_or_refused() {
    let keyed = ("PENSTOCK_PREFIX", "c=!{partitionKeyFromLambda:c}/");
    let error_prefix = ("PENSTOCK_ERROR_OUTPUT_PREFIX", "e/!{firehose:error-output-type}/");
    let on = ("PENSTOCK_DYNAMIC_PARTITIONING", "Enabled");
    let queried = ("PENSTOCK_PREFIX", "!{partitionKeyFromQuery:c}/");
    let backup = ("PENSTOCK_S3_BACKUP_MODE", "Enabled");
    for (name, set, variable, words) in [
        ("keys while it is off", &[keyed, error_prefix][..], "PENSTOCK_PREFIX", "when Dynamic Partitioning is enabled"),
        ("on, without a key", &[on], "PENSTOCK_PREFIX", "should contain Dynamic Partitioning namespaces"),
        ("a key without a query", &[on, error_prefix, queried], "PENSTOCK_PREFIX", "asks for a query"),
        ("no object", &[("PENSTOCK_MAX_OBJECTS_PER_BATCH", "0")], "PENSTOCK_MAX_OBJECTS_PER_BATCH", "from 1 to 10000"),
        (
            "a policy",
            &[("PENSTOCK_PARTITION_OVERFLOW", "drop")],
            "PENSTOCK_PARTITION_OVERFLOW",
            "error, catch_all, hash",
        ),
        (
            "a default that leaves its place",
            &[("PENSTOCK_PARTITION_MISSING_VALUE", "a/b")],
            "PENSTOCK_PARTITION_MISSING_VALUE",
            "is not a value of a partition key",
        ),
        ("a backup without a place", &[backup], "PENSTOCK_S3_BACKUP_PREFIX", "is not set"),
        (
            "a backup among the data",
            &[backup, ("PENSTOCK_PREFIX", "a/"), ("PENSTOCK_S3_BACKUP_PREFIX", "a/")],
            "PENSTOCK_S3_BACKUP_PREFIX",
            "is the prefix of the data",
        ),
        (
            "a backup by partition",
            &[backup, ("PENSTOCK_S3_BACKUP_PREFIX", "!{partitionKeyFromLambda:c}/")],
            "PENSTOCK_S3_BACKUP_PREFIX",
            "Dynamic Partitioning Namespaces",
        ),
        (
            "a backup whose prefix is too long",
            &[backup, ("PENSTOCK_S3_BACKUP_PREFIX", &"p".repeat(513))],
            "PENSTOCK_S3_BACKUP_PREFIX",
            "512",
        ),
    ] {
        let error = parse(set).expect_err(name);
        assert_eq!(error.variable().name, variable, "{name}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
    let long = format!("{}c=!{{partitionKeyFromLambda:c}}/", "p".repeat(493));
    let overflow =
        |policy| parse(&[on, ("PENSTOCK_PREFIX", &long), error_prefix, ("PENSTOCK_PARTITION_OVERFLOW", policy)]);
    assert!(overflow("error").is_ok() && overflow("catch_all").is_ok(), "16 characters are left, and it needs 12");
    let longer = format!("p/{long}pp/");
    let set = [on, ("PENSTOCK_PREFIX", &longer), error_prefix, ("PENSTOCK_PARTITION_OVERFLOW", "catch_all")];
    let error = parse(&set).unwrap_err().to_string();
    assert!(error.contains("need 12 characters") && error.contains("the prefix leaves 11"), "{error}");
    let partitioning = parse(&[on, keyed, error_prefix]).unwrap().partitioning.unwrap();
    assert_eq!((partitioning.objects_max, partitioning.overflow), (1_000, PartitionOverflow::Error));
    assert_eq!(partitioning.room.characters, 512 - "c=/".len());
    let own = parse(&[backup, ("PENSTOCK_S3_BACKUP_BUCKET", "another-bucket")]).unwrap().backup.unwrap();
    assert_eq!((own.bucket.as_str(), own.prefix.as_str()), ("another-bucket", ""));
}

#[test]
fn what_is_set_for_something_that_is_off_is_refused_unless_it_was_switched_off_in_words() {
    for (name, setting, value, switch) in [
        ("partitions", "PENSTOCK_MAX_OBJECTS_PER_BATCH", "10", "PENSTOCK_DYNAMIC_PARTITIONING"),
        ("their default", "PENSTOCK_PARTITION_MISSING_VALUE", "none", "PENSTOCK_DYNAMIC_PARTITIONING"),
        ("the backup's place", "PENSTOCK_S3_BACKUP_PREFIX", "b/", "PENSTOCK_S3_BACKUP_MODE"),
        ("the backup's framing", "PENSTOCK_S3_BACKUP_FRAMING", "none", "PENSTOCK_S3_BACKUP_MODE"),
        #[cfg(feature = "columns")]
        ("a column codec", "PENSTOCK_PARQUET_COMPRESSION", "ZSTD", "PENSTOCK_DATA_FORMAT_CONVERSION"),
        #[cfg(feature = "columns")]
        ("other fields", "PENSTOCK_UNKNOWN_FIELDS", "refuse", "PENSTOCK_DATA_FORMAT_CONVERSION"),
    ] {
        let error = parse(&[(setting, value)]).expect_err(name);
        let key = switch.trim_start_matches("PENSTOCK_").to_lowercase();
        let words = format!("{setting}: it is set, but {key} is not: expected Enabled or Disabled beside it");
        assert_eq!(error.to_string(), words, "{name}");
        assert!(parse(&[(setting, value), (switch, "Disabled")]).is_ok(), "{name}");
    }
}

#[test]
fn a_backup_has_the_key_of_the_data_unless_it_is_told_another() {
    let key = |id: &str| format!("arn:aws:kms:eu-west-1:123456789012:key/{id}");
    let (data, own) = (key("d"), key("b"));
    let of = |data: &str, own: &str| {
        let place = [("PENSTOCK_S3_BACKUP_MODE", "Enabled"), ("PENSTOCK_S3_BACKUP_PREFIX", "backup/")];
        let keys = [("PENSTOCK_SSE_KMS_KEY_ARN", data), ("PENSTOCK_S3_BACKUP_SSE_KMS_KEY_ARN", own)];
        let backup = parse(&[place, keys].concat())?.backup.expect("it is on");
        Ok::<_, ConfigError>(backup.sse_kms_key_arn.map(|key| key.as_str().to_owned()))
    };
    for (name, set, expected) in [
        ("no key at all", ("", ""), None),
        ("the data's", (data.as_str(), ""), Some(&data)),
        ("its own", ("", own.as_str()), Some(&own)),
        ("two", (&data, &own), Some(&own)),
        ("none of its own", (&data, "none"), None),
    ] {
        assert_eq!(of(set.0, set.1).unwrap().as_ref(), expected, "{name}");
    }
    let error = of("", "alias/backup").unwrap_err();
    assert_eq!(error.variable().name, "PENSTOCK_S3_BACKUP_SSE_KMS_KEY_ARN");
}

#[test]
fn what_takes_records_apart_fits_together() {
    let (gzip, messages) = (("PENSTOCK_DECOMPRESSION", "GZIP"), ("PENSTOCK_DATA_MESSAGE_EXTRACTION", "true"));
    let kind = |kind: &'static str| ("PENSTOCK_RECORD_DEAGGREGATION", kind);
    let delimiter = |text: &'static str| ("PENSTOCK_RECORD_DEAGGREGATION_DELIMITER", text);
    let of = |decompression, sub_records| Deaggregation { decompression, sub_records };
    let pieces = SubRecords::Delimited(PieceDelimiter::parse("\r\n").unwrap());
    for (name, set, expected) in [
        ("nothing", &[][..], Deaggregation::default()),
        ("documents", &[gzip], of(Decompression::Documents, SubRecords::One)),
        ("messages", &[gzip, messages], of(Decompression::Messages, SubRecords::One)),
        ("objects", &[kind("JSON")], of(Decompression::None, SubRecords::Json)),
        ("pieces", &[kind("DELIMITED"), delimiter("\\r\\n")], of(Decompression::None, pieces)),
        ("both", &[gzip, messages, kind("JSON")], of(Decompression::Messages, SubRecords::Json)),
    ] {
        assert_eq!(parse(set).unwrap().deaggregation, expected, "{name}");
    }
    for (name, set, variable, words) in [
        ("another format", &[("PENSTOCK_DECOMPRESSION", "gzip")][..], "PENSTOCK_DECOMPRESSION", "none, GZIP"),
        ("no truth", &[gzip, ("PENSTOCK_DATA_MESSAGE_EXTRACTION", "yes")], messages.0, "false, true"),
        ("messages of nothing", &[messages], messages.0, "only beside decompression = GZIP"),
        ("another kind", &[kind("Json")], kind("").0, "none, JSON, DELIMITED"),
        ("pieces without a delimiter", &[kind("DELIMITED")], delimiter("").0, "is not set"),
        ("a delimiter of nothing", &[delimiter("#")], delimiter("").0, "only beside record_deaggregation = DELIMITED"),
        ("a delimiter of objects", &[kind("JSON"), delimiter("#")], delimiter("").0, "only beside"),
        ("a long delimiter", &[kind("DELIMITED"), delimiter("#################")], delimiter("").0, "16"),
    ] {
        let error = parse(set).expect_err(name);
        assert_eq!(error.variable().name, variable, "{name}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}
