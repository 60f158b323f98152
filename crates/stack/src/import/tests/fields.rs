//! What becomes of each field.

use super::*;

/// A case: its name, the fields, a field's outcome, and lines that the file must have.
type Case<'c> = (&'c str, &'c str, (&'c str, Outcome), &'c [&'c str]);

fn check(cases: &[Case<'_>]) {
    for (name, fields, (field, expected), lines) in cases {
        let imported = taken(name, fields);
        assert_eq!(outcome(&imported, field), Some(*expected), "{name}: {:#?}", imported.notes);
        for line in *lines {
            assert!(has_line(&imported, line), "{name}: {line}\n{}", imported.file);
        }
    }
}

#[test]
fn buffering() {
    let window = "maximum_batching_window_in_seconds = ";
    let hints = |size: u32, interval: u32| {
        format!(r#""BufferingHints": {{ "SizeInMBs": {size}, "IntervalInSeconds": {interval} }}"#)
    };
    let (size, interval) = ("BufferingHints.SizeInMBs", "BufferingHints.IntervalInSeconds");
    check(&[
        ("default", "", (interval, Outcome::Set), &[&format!("{window}300")]),
        ("none", &hints(5, 0), (interval, Outcome::Set), &[&format!("{window}0")]),
        ("at the cap", &hints(5, 300), (interval, Outcome::Set), &[&format!("{window}300")]),
        ("over the cap", &hints(5, 301), (interval, Outcome::Adjusted), &[&format!("{window}300")]),
        ("small", &hints(4, 60), (size, Outcome::Adjusted), &[]),
        (
            "Firehose's default",
            &hints(5, 60),
            (size, Outcome::Adjusted),
            &["# Firehose: SizeInMBs 5. Here an object holds one batch, 4.6 MB of records at most."],
        ),
        (
            "large",
            &hints(64, 60),
            (size, Outcome::NoCounterpart),
            &["# Firehose: SizeInMBs 64. Here an object holds one batch, 4.6 MB of records at most."],
        ),
    ]);
}

#[test]
fn what_is_the_same_is_set() {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd";
    let encryption =
        format!(r#""EncryptionConfiguration": {{ "KMSEncryptionConfig": {{ "AWSKMSKeyARN": "{key}" }} }}"#);
    let alias = encryption.replace("key/1234abcd", "alias/clicks");
    let key_field = "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN";
    let set = Outcome::Set;
    check(&[
        (
            "least",
            "",
            ("BucketARN", set),
            &[
                "bucket = \"acme-clicks\"",
                "existing_bucket = true",
                "object_name = \"firehose\"",
                "content_encoding = \"firehose\"",
                "framing = \"none\"",
            ],
        ),
        ("prefix", r#""Prefix": "a \"b\"/""#, ("Prefix", set), &[r#"prefix = "a \"b\"/""#]),
        (
            "error prefix",
            r#""ErrorOutputPrefix": "e/!{firehose:error-output-type}/""#,
            ("ErrorOutputPrefix", set),
            &["error_output_prefix = \"e/!{firehose:error-output-type}/\""],
        ),
        ("extension", r#""FileExtension": ".json""#, ("FileExtension", set), &["file_extension = \".json\""]),
        ("zone", r#""CustomTimeZone": "Asia/Tokyo""#, ("CustomTimeZone", set), &["custom_time_zone = \"Asia/Tokyo\""]),
        ("key", &encryption, (key_field, set), &[&format!("sse_kms_key_arn = \"{key}\"")]),
        ("an alias", &alias, (key_field, Outcome::NoCounterpart), &[]),
        (
            "no key",
            r#""EncryptionConfiguration": { "NoEncryptionConfig": "NoEncryption" }"#,
            ("EncryptionConfiguration.NoEncryptionConfig", Outcome::NotNeeded),
            &[],
        ),
        ("role", r#""RoleARN": "arn:aws:iam::123456789012:role/r""#, ("RoleARN", Outcome::NotNeeded), &[]),
        (
            "log",
            r#""CloudWatchLoggingOptions": { "Enabled": true }"#,
            ("CloudWatchLoggingOptions", Outcome::NotNeeded),
            &[],
        ),
        ("unknown", r#""Colour": "red""#, ("Colour", Outcome::Unknown), &[]),
        ("unknown, deeper", r#""BufferingHints": { "Colour": 1 }"#, ("BufferingHints.Colour", Outcome::Unknown), &[]),
    ]);
    let imported = taken("plain", "");
    assert!(!imported.is_different() && !imported.file.contains("has no counterpart"), "{:#?}", imported.notes);
}

#[test]
fn processors() {
    let first = |name: &str| format!("ProcessingConfiguration.Processors[0].{name}");
    let append = |value: &str| processing(&[("AppendDelimiterToRecord", &[("Delimiter", value)])]);
    let deaggregate = |kind: &str, value: &str| {
        processing(&[("RecordDeAggregation", &[("SubRecordType", kind), ("Delimiter", value)])])
    };
    let delimiter = first("Delimiter");
    let set = Outcome::Set;
    check(&[
        (
            "append",
            &processing(&[("AppendDelimiterToRecord", &[])]),
            ("ProcessingConfiguration.Processors[0]", set),
            &["framing = \"after\""],
        ),
        ("escaped newline", &append("\\n"), ("ProcessingConfiguration.Processors[0]", set), &["framing = \"after\""]),
        ("newline", &append("\n"), ("ProcessingConfiguration.Processors[0]", set), &["framing = \"after\""]),
        ("other", &append("\\r\\n"), (&delimiter, set), &["framing = \"after\"", r#"delimiter = "\\r\\n""#]),
        ("too long", &append("12345678901234567"), (&delimiter, Outcome::NoCounterpart), &["framing = \"after\""]),
        ("JSON", &deaggregate("JSON", "Cg=="), (&delimiter, Outcome::NotNeeded), &["record_deaggregation = \"JSON\""]),
        (
            "delimited",
            &deaggregate("DELIMITED", "IyMjIw=="),
            (&delimiter, set),
            &["record_deaggregation = \"DELIMITED\"", "record_deaggregation_delimiter = \"####\""],
        ),
        (
            "bytes",
            &deaggregate("DELIMITED", "AAkKDVz/"),
            (&delimiter, set),
            &[r#"record_deaggregation_delimiter = "\\0\\t\\n\\r\\\\\\xFF""#],
        ),
        (
            "no base64",
            &deaggregate("DELIMITED", "#\n[stack]"),
            (&delimiter, Outcome::NoCounterpart),
            &["framing = \"none\""],
        ),
        (
            "seventeen bytes",
            &deaggregate("DELIMITED", "MTIzNDU2Nzg5MDEyMzQ1Njc="),
            (&delimiter, Outcome::NoCounterpart),
            &[],
        ),
        (
            "lambda",
            &processing(&[("Lambda", &[("LambdaArn", "arn:aws:lambda:eu-west-1:123456789012:function:f")])]),
            ("ProcessingConfiguration.Processors[0] (Lambda)", Outcome::NoCounterpart),
            &[],
        ),
        ("another's parameter", &processing(&[("Lambda", &[("Delimiter", "x")])]), (&delimiter, Outcome::Unknown), &[]),
    ]);
}

#[test]
fn logs_are_taken_apart_and_their_messages_are_lines() {
    let decompress: (&str, &[_]) = ("Decompression", &[("CompressionFormat", "GZIP")]);
    for (name, value, extraction, framing) in
        [("extracted", "True", "true", "after"), ("not extracted", "false", "false", "none")]
    {
        let imported =
            taken(name, &processing(&[decompress, ("CloudWatchLogProcessing", &[("DataMessageExtraction", value)])]));
        for line in [
            "decompression = \"GZIP\"".to_owned(),
            format!("data_message_extraction = \"{extraction}\""),
            format!("framing = \"{framing}\""),
        ] {
            assert!(has_line(&imported, &line), "{name}: {line}\n{}", imported.file);
        }
    }
}

#[test]
fn processors_run_only_where_enabled_is_true_and_the_conversion_unless_it_is_false() {
    let on = processing(&[("AppendDelimiterToRecord", &[])]);
    for (name, fields) in [
        ("omitted", on.replace("\"Enabled\": true, ", "")),
        ("off", on.replace("\"Enabled\": true", "\"Enabled\": false")),
    ] {
        let imported = taken(name, &fields);
        assert!(has_line(&imported, "framing = \"none\""), "{name}: {}", imported.file);
        let field = "ProcessingConfiguration.Processors[0] (AppendDelimiterToRecord)";
        assert_eq!(outcome(&imported, field), Some(Outcome::NotNeeded), "{name}");
    }
    let parts = r#""SchemaConfiguration": {}, "InputFormatConfiguration": {}, "OutputFormatConfiguration": {}"#;
    for (name, enabled, expected) in [
        ("omitted", "", Outcome::NoCounterpart),
        ("on", "\"Enabled\": true,", Outcome::NoCounterpart),
        ("off", "\"Enabled\": false,", Outcome::NotNeeded),
    ] {
        let imported = taken(name, &format!("\"DataFormatConversionConfiguration\": {{ {enabled} {parts} }}"));
        assert_eq!(outcome(&imported, "DataFormatConversionConfiguration"), Some(expected), "{name}");
        assert_eq!(imported.is_different(), expected == Outcome::NoCounterpart, "{name}");
    }
}

#[test]
fn partitions_are_set_with_their_query() {
    let imported = taken("lambda", PARTITIONED);
    assert!(has_line(&imported, "dynamic_partitioning = \"Enabled\""), "{}", imported.file);
    assert!(has_line(&imported, "prefix = \"c=!{partitionKeyFromLambda:c}/\""), "{}", imported.file);
    let queried = |prefix: &str, query: &str| {
        let fields = PARTITIONED.replace("c=!{partitionKeyFromLambda:c}/", prefix);
        let parameters = [("MetadataExtractionQuery", query), ("JsonParsingEngine", "JQ-1.6")];
        format!("{fields}, {}", processing(&[("MetadataExtraction", &parameters)]))
    };
    let field = "ProcessingConfiguration.Processors[0].MetadataExtractionQuery";
    let imported = taken("query", &queried("c=!{partitionKeyFromQuery:c}/", "{c: .customer.id}"));
    assert!(!imported.is_different(), "{:?}", imported.notes);
    assert_eq!(outcome(&imported, field), Some(Outcome::Set));
    for line in [
        "dynamic_partitioning = \"Enabled\"",
        "prefix = \"c=!{partitionKeyFromQuery:c}/\"",
        "metadata_extraction_query = \"{c: .customer.id}\"",
    ] {
        assert!(has_line(&imported, line), "{line}: {}", imported.file);
    }
    let environment = imported.environment().unwrap();
    assert!(environment.delivery.partitioning.unwrap().query.is_some());

    let long = format!("{{c: (.customer.id // \"{}\")}}", "x".repeat(500));
    let imported = taken("a long query", &queried("c=!{partitionKeyFromQuery:c}/", &long));
    assert!(has_line(&imported, "metadata_extraction_query = \"file://clicks.jq\""), "{}", imported.file);
    assert_eq!(imported.files, [("clicks.jq".to_owned(), format!("{long}\n"))]);
    assert_eq!(imported.environment().unwrap().files, ["clicks.jq"]);
}

#[test]
fn a_query_that_is_refused_ends_the_prefix() {
    for (name, prefix, query, head, words) in [
        ("a folder before it", "data/c=!{partitionKeyFromQuery:c}/", "{c: now}", "data/", "it reads the clock"),
        (
            "a date before it",
            "data/!{timestamp:yyyy}/!{partitionKeyFromQuery:c}/",
            "{c: .d",
            "data/",
            "jq program, line 1",
        ),
        (
            "nothing before it",
            "c-!{partitionKeyFromQuery:c}/",
            "{d: .c}",
            "",
            "the prefix asks for c, and the query makes d",
        ),
    ] {
        let fields = PARTITIONED.replace("c=!{partitionKeyFromLambda:c}/", prefix);
        let processor =
            ("MetadataExtraction", &[("MetadataExtractionQuery", query), ("JsonParsingEngine", "JQ-1.6")][..]);
        let imported = taken(name, &format!("{fields}, {}", processing(&[processor])));
        assert!(has_line(&imported, &format!("# Firehose: prefix = \"{prefix}\"")), "{name}: {}", imported.file);
        assert!(has_line(&imported, &format!("prefix = \"{head}\"")), "{name}: {}", imported.file);
        assert_eq!(outcome(&imported, "Prefix"), Some(Outcome::NoCounterpart), "{name}");
        assert!(imported.notes.iter().any(|note| note.text.contains(words)), "{name}: {:?}", imported.notes);
        imported.environment().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let fields = PARTITIONED.replace("c=!{partitionKeyFromLambda:c}/", "c=!{partitionKeyFromQuery:c}/");
    let imported = taken("no query", &fields);
    assert!(imported.notes.iter().any(|note| note.text.contains("no MetadataExtraction runs")), "{:?}", imported.notes);
}

#[test]
fn a_backup_among_the_data_gets_a_prefix_of_its_own() {
    for (name, bucket, prefix, line, expected) in [
        ("elsewhere", "acme-backup", "raw/", "s3_backup_prefix = \"raw/\"", Outcome::Set),
        ("beside the data", "acme-clicks", "raw/", "s3_backup_prefix = \"raw/\"", Outcome::Set),
        ("among the data", "acme-clicks", "data/", "s3_backup_prefix = \"backup/data/\"", Outcome::Adjusted),
        ("at the top", "acme-clicks", "", "s3_backup_prefix = \"backup/\"", Outcome::Adjusted),
    ] {
        let fields = format!(
            r#""Prefix": "data/", "S3BackupMode": "Enabled", "S3BackupConfiguration":
               {{ "BucketARN": "arn:aws:s3:::{bucket}", "Prefix": "{prefix}", "CompressionFormat": "GZIP" }}"#
        );
        let imported = taken(name, &fields);
        for line in [
            line,
            "s3_backup_mode = \"Enabled\"",
            "s3_backup_compression_format = \"GZIP\"",
            "s3_backup_framing = \"none\"",
        ] {
            assert!(has_line(&imported, line), "{name}: {line}\n{}", imported.file);
        }
        assert_eq!(outcome(&imported, "S3BackupConfiguration.Prefix"), Some(expected), "{name}");
        assert_eq!(has_line(&imported, "s3_backup_bucket = \"acme-backup\""), bucket == "acme-backup", "{name}");
        imported_without_later_settings(&imported, name);
    }
    let off = taken("off", r#""S3BackupConfiguration": { "BucketARN": "arn:aws:s3:::acme-backup", "Colour": 1 }"#);
    assert_eq!(outcome(&off, "S3BackupConfiguration"), Some(Outcome::NotNeeded));
    assert_eq!(outcome(&off, "S3BackupConfiguration.Colour"), Some(Outcome::Unknown));
    assert!(!off.file.contains("s3_backup"), "{}", off.file);
}

#[test]
fn the_backup_keeps_its_own_key() {
    let kms = |id: &str| {
        format!(
            r#""EncryptionConfiguration": {{ "KMSEncryptionConfig": {{ "AWSKMSKeyARN": "arn:aws:kms:r:123456789012:key/{id}" }} }}"#
        )
    };
    let field = "S3BackupConfiguration.EncryptionConfiguration";
    let (a, b) = (format!(", {}", kms("a")), format!(", {}", kms("b")));
    let of = |id: &str| Some(format!("s3_backup_sse_kms_key_arn = \"arn:aws:kms:r:123456789012:key/{id}\""));
    let none = Some("s3_backup_sse_kms_key_arn = \"none\"".to_owned());
    for (name, data, backup, expected, line) in [
        ("neither", "", "", None, None),
        ("one key", a.as_str(), a.as_str(), Some(Outcome::Set), None),
        ("the data's alone", &a, "", Some(Outcome::Set), none),
        ("the backup's alone", "", &a, Some(Outcome::Set), of("a")),
        ("two keys", &a, &b, Some(Outcome::Set), of("b")),
    ] {
        let fields = format!(
            r#""S3BackupMode": "Enabled", "S3BackupConfiguration": {{ "BucketARN": "arn:aws:s3:::b" {backup} }} {data}"#
        );
        let imported = taken(name, &fields);
        assert_eq!(outcome(&imported, field), expected, "{name}");
        let own = imported.file.lines().find(|line| line.starts_with("s3_backup_sse_kms_key_arn"));
        assert_eq!(own, line.as_deref(), "{name}");
    }
}

/// The file without the settings that this build does not know is one that it reads.
fn imported_without_later_settings(imported: &Imported, name: &str) {
    let known = |line: &&str| {
        let key = line.split(" = ").next().unwrap_or_default();
        let is_later = ["content_encoding", "sse_kms_key_arn"].contains(&key);
        !is_later
    };
    let file: Vec<&str> = imported.file.lines().filter(known).collect();
    crate::Environment::parse(&file.join("\n")).unwrap_or_else(|error| panic!("{name}: {error}\n{}", imported.file));
}

/// A conversion to Parquet with every option.
const CONVERTED: &str = r#""BufferingHints": { "SizeInMBs": 128, "IntervalInSeconds": 300 }, "DataFormatConversionConfiguration": {
    "SchemaConfiguration": { "RoleARN": "arn:aws:iam::123456789012:role/r", "DatabaseName": "web", "TableName": "clicks",
        "Region": "eu-west-1", "VersionId": "LATEST" },
    "InputFormatConfiguration": { "Deserializer": { "OpenXJsonSerDe": { "CaseInsensitive": true,
        "ConvertDotsInJsonKeysToUnderscores": false, "ColumnToJsonKeyMappings": { "id": "ID" } } } },
    "OutputFormatConfiguration": { "Serializer": { "ParquetSerDe": { "Compression": "GZIP", "WriterVersion": "V2",
        "BlockSizeBytes": 67108864, "PageSizeBytes": 65536, "MaxPaddingBytes": 0, "EnableDictionaryCompression": true } } } }"#;

const TABLE: &str =
    r#"{ "Table": { "Name": "clicks", "StorageDescriptor": { "Columns": [{ "Name": "id", "Type": "bigint" }] } } }"#;

#[test]
fn a_conversion_is_set_with_the_table_that_is_given() {
    let read = |fields: &str, schema: Option<&str>| {
        let document = format!("{{ \"BucketARN\": \"arn:aws:s3:::acme-clicks\", {fields} }}");
        Imported::read_beside(&document, "x", &Beside { environment: Some("clicks"), schema }).unwrap()
    };
    let imported = read(CONVERTED, Some(TABLE));
    for line in [
        "data_format_conversion = \"Enabled\"",
        "schema = \"file://clicks.schema.json\"",
        "case_insensitive = true",
        "convert_dots_in_json_keys_to_underscores = false",
        r#"column_to_json_key_mappings = "{\"id\":\"ID\"}""#,
        "parquet_compression = \"GZIP\"",
        "parquet_writer_version = \"V2\"",
        "parquet_block_size_bytes = 67108864",
        "parquet_page_size_bytes = 65536",
        "parquet_enable_dictionary_compression = true",
    ] {
        assert!(has_line(&imported, line), "{line}: {}", imported.file);
    }
    assert!(!has_line(&imported, "framing = \"none\""), "{}", imported.file);
    let conversion = "DataFormatConversionConfiguration";
    assert_eq!(outcome(&imported, conversion), Some(Outcome::Set));
    let different: Vec<&str> =
        imported.notes.iter().filter(|note| note.outcome.is_difference()).map(|note| note.field.as_str()).collect();
    assert_eq!(different, ["BufferingHints.SizeInMBs"], "an object holds one batch");
    let environment = imported.environment().unwrap_or_else(|error| panic!("{error}\n{}", imported.file));
    assert!(environment.delivery.conversion.is_some());
    assert_eq!(environment.files, ["clicks.schema.json"]);

    let hive = CONVERTED.replace(
        r#""OpenXJsonSerDe": { "CaseInsensitive": true,
        "ConvertDotsInJsonKeysToUnderscores": false, "ColumnToJsonKeyMappings": { "id": "ID" } }"#,
        r#""HiveJsonSerDe": { "TimestampFormats": ["yyyy-MM-dd'T'HH:mm:ss", "millis"] }"#,
    );
    let imported = read(&hive, Some(TABLE));
    assert!(has_line(&imported, "deserializer = \"HiveJsonSerDe\""), "{}", imported.file);
    assert!(
        has_line(&imported, r#"timestamp_formats = "[\"yyyy-MM-dd'T'HH:mm:ss\",\"millis\"]""#),
        "{}",
        imported.file
    );
    imported.environment().unwrap();

    for (name, fields, schema, words) in [
        ("no table", CONVERTED.to_owned(), None, "aws glue get-table --database-name \"web\" --name \"clicks\""),
        ("no columns", CONVERTED.to_owned(), Some("{}"), "the schema has no Columns"),
        ("a type", CONVERTED.to_owned(), Some(r#"[{"Name":"a","Type":"uniontype<int>"}]"#), "column \"a\""),
        ("ORC", CONVERTED.replace("\"ParquetSerDe\": { \"Compression\": \"GZIP\", \"WriterVersion\": \"V2\",\n        \"BlockSizeBytes\": 67108864, \"PageSizeBytes\": 65536, \"MaxPaddingBytes\": 0, \"EnableDictionaryCompression\": true }", "\"OrcSerDe\": {}"), Some(TABLE), "there is no ORC output"),
    ] {
        let imported = read(&fields, schema);
        assert_eq!(outcome(&imported, conversion), Some(Outcome::NoCounterpart), "{name}");
        assert!(imported.notes.iter().any(|note| note.text.contains(words)), "{name}: {:?}", imported.notes);
        assert!(has_line(&imported, "framing = \"none\""), "{name}: {}", imported.file);
        imported.environment().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
