//! What Firehose refuses is refused, in its words and with the value.

use super::*;

/// Each case: its name, the fields, and what the error begins with.
fn check(cases: &[(&str, &str, &str)]) {
    for (name, fields, beginning) in cases {
        match destination(fields) {
            Ok(_) => panic!("{name}: it was taken"),
            Err(error) => {
                let error = error.to_string();
                assert!(error.starts_with(beginning), "{name}:\n{error}\nexpected\n{beginning}");
            }
        }
    }
}

const NO_ERROR_PREFIX: &str = "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions";

#[test]
fn prefixes() {
    let wrong = "Invalid conversion character used in the value of the expression in ";
    let too_long = format!("\"Prefix\": \"{}\"", "x".repeat(513));
    check(&[
        ("usage", r#""Prefix": "a!{b", "ErrorOutputPrefix": "e/""#, "Invalid expression usage: "),
        (
            "namespace",
            r#""Prefix": "!{time:yyyy}/", "ErrorOutputPrefix": "e/""#,
            "Namespace to the left of colon (time) is an invalid keyword! ",
        ),
        ("letter", r#""Prefix": "!{timestamp:yyyyTHH}/", "ErrorOutputPrefix": "e/""#, &format!("{wrong}Prefix: ")),
        ("keyword", r#""Prefix": "!{firehose:random}/", "ErrorOutputPrefix": "e/""#, &format!("{wrong}Prefix: ")),
        (
            "letter of the error prefix",
            r#""ErrorOutputPrefix": "!{firehose:error-output-type}/!{timestamp:yyyyTHH}/""#,
            &format!("{wrong}ErrorOutputPrefix: "),
        ),
        (
            "error type in Prefix",
            r#""Prefix": "!{firehose:error-output-type}/", "ErrorOutputPrefix": "e/""#,
            "Prefix must not contain any occurrence of !{firehose:error-output-type}",
        ),
        ("no error prefix", r#""Prefix": "!{timestamp:yyyy/MM/dd}""#, NO_ERROR_PREFIX),
        ("an empty error prefix", r#""Prefix": "!{timestamp:yyyy}/", "ErrorOutputPrefix": """#, NO_ERROR_PREFIX),
        (
            "no error type",
            r#""ErrorOutputPrefix": "e/!{timestamp:yyyy}/""#,
            "ErrorOutputPrefix must contain at least one occurrence of !{firehose:error-output-type}",
        ),
        (
            "partition key in the error prefix",
            r#""ErrorOutputPrefix": "e/!{firehose:error-output-type}/!{partitionKeyFromQuery:c}/""#,
            "ErrorOutputPrefix must not contain any partition key",
        ),
        (
            "evaluated length of the error prefix",
            &too_long.replace("Prefix", "ErrorOutputPrefix"),
            "Length of evaluated ErrorOutputPrefix cannot be greater than 512",
        ),
        ("evaluated length", &too_long, "Length of evaluated prefix cannot be greater than 512"),
        (
            "partition key without partitioning",
            r#""Prefix": "!{partitionKeyFromQuery:c}/", "ErrorOutputPrefix": "!{firehose:error-output-type}/""#,
            "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is enabled",
        ),
        (
            "partitioning without a partition key",
            r#""DynamicPartitioningConfiguration": { "Enabled": true }, "Prefix": "a/""#,
            "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled",
        ),
        (
            "partitioning without an error prefix",
            r#""DynamicPartitioningConfiguration": { "Enabled": true }, "Prefix": "!{partitionKeyFromLambda:c}/""#,
            NO_ERROR_PREFIX,
        ),
    ]);
}

#[test]
fn the_prefix_of_the_backup_is_under_the_same_rules_and_has_no_default_error_prefix() {
    let backup = |fields: &str| {
        format!(
            r#""S3BackupMode": "Enabled", "S3BackupConfiguration": {{ "BucketARN": "arn:aws:s3:::acme-backup", {fields} }}"#
        )
    };
    let prefix = backup(r#""Prefix": "!{timestamp:yyyy}/""#);
    let key = backup(r#""Prefix": "!{partitionKeyFromLambda:c}/", "ErrorOutputPrefix": "e/""#);
    check(&[
        ("no error prefix", &prefix, NO_ERROR_PREFIX),
        ("a partition key", &key, "Dynamic Partitioning Namespaces can only be part"),
    ]);
    let error = destination(&prefix).unwrap_err().to_string();
    assert!(error.ends_with(" (S3BackupConfiguration.ErrorOutputPrefix)"), "{error}");
    taken("no expression", &backup(r#""Prefix": "raw/""#));
}

#[test]
fn buffering() {
    let partitioned = |hints: &str| format!("{PARTITIONED}, \"BufferingHints\": {hints}");
    let converted = format!(r#""BufferingHints": {{ "SizeInMBs": 63, "IntervalInSeconds": 60 }}, {CONVERSION}"#);
    check(&[
        (
            "size alone",
            r#""BufferingHints": { "SizeInMBs": 5 }"#,
            "BufferingHints must have both SizeInMBs and IntervalInSeconds, or neither: BufferingHints.SizeInMBs is 5 alone",
        ),
        (
            "interval alone",
            r#""BufferingHints": { "IntervalInSeconds": 60 }"#,
            "BufferingHints must have both SizeInMBs and IntervalInSeconds, or neither: \
             BufferingHints.IntervalInSeconds is 60 alone",
        ),
        (
            "no size",
            r#""BufferingHints": { "SizeInMBs": 0, "IntervalInSeconds": 60 }"#,
            "Value '0' at 'BufferingHints.SizeInMBs' failed to satisfy constraint: Member must have value greater than or \
             equal to 1",
        ),
        (
            "size",
            r#""BufferingHints": { "SizeInMBs": 129, "IntervalInSeconds": 60 }"#,
            "Value '129' at 'BufferingHints.SizeInMBs' failed to satisfy constraint: Member must have value less than or \
             equal to 128",
        ),
        (
            "interval",
            r#""BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": 901 }"#,
            "Value '901' at 'BufferingHints.IntervalInSeconds' failed to satisfy constraint: Member must have value less \
             than or equal to 900",
        ),
        (
            "below zero",
            r#""BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": -1 }"#,
            "Value '-1' at 'BufferingHints.IntervalInSeconds' failed to satisfy constraint: Member must have value \
             greater than or equal to 0",
        ),
        (
            "beyond any number",
            r#""BufferingHints": { "SizeInMBs": 18446744073709551615, "IntervalInSeconds": 1 }"#,
            "Value '18446744073709551615' at 'BufferingHints.SizeInMBs' failed",
        ),
        (
            "a share",
            r#""BufferingHints": { "SizeInMBs": 1.5, "IntervalInSeconds": 1 }"#,
            "BufferingHints.SizeInMBs is 1.5: expected a whole number",
        ),
        (
            "partitioned",
            &partitioned(r#"{ "SizeInMBs": 63, "IntervalInSeconds": 60 }"#),
            "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.: \
             BufferingHints.SizeInMBs is 63",
        ),
        (
            "partitioned without buffering",
            &partitioned(r#"{ "SizeInMBs": 64, "IntervalInSeconds": 0 }"#),
            "Zero buffering is not available when Dynamic Partitioning is enabled",
        ),
        (
            "converted",
            &converted,
            "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled.",
        ),
        (
            "backup",
            r#""S3BackupMode": "Enabled", "S3BackupConfiguration": { "BucketARN": "arn:aws:s3:::b",
               "BufferingHints": { "SizeInMBs": 5, "IntervalInSeconds": 59 } }"#,
            "Value '59' at 'S3BackupConfiguration.BufferingHints.IntervalInSeconds' failed to satisfy constraint: Member \
             must have value greater than or equal to 60",
        ),
    ]);
    for (name, fields) in [
        ("least", r#""BufferingHints": { "SizeInMBs": 1, "IntervalInSeconds": 0 }"#.to_owned()),
        ("most", r#""BufferingHints": { "SizeInMBs": 128, "IntervalInSeconds": 900 }"#.to_owned()),
        ("partitioned", partitioned(r#"{ "SizeInMBs": 64, "IntervalInSeconds": 60 }"#)),
        ("neither", r#""BufferingHints": {}"#.to_owned()),
    ] {
        taken(name, &fields);
    }
}

#[test]
fn words_and_patterns() {
    let key =
        |arn: &str| format!(r#""EncryptionConfiguration": {{ "KMSEncryptionConfig": {{ "AWSKMSKeyARN": "{arn}" }} }}"#);
    let constraint = |value: &str, field: &str, words: &str| {
        format!("Value '{value}' at '{field}' failed to satisfy constraint: Member must {words}")
    };
    let set = "satisfy enum value set: [UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY]";
    let extension = r"satisfy regular expression pattern: ^$|\.[0-9a-z!\-_.*'()]+";
    let long = format!("\"FileExtension\": \".{}\"", "x".repeat(128));
    let long_zone = format!("\"CustomTimeZone\": \"{}\"", "x".repeat(51));
    let short_arn = "arn:aws:kms:eu-west-1:123:key/k";
    let zone = "Provided custom time zone is not supported. Custom time zones are limited to UTC and non-3-letter IANA \
                time zones.: CustomTimeZone is ";
    check(&[
        ("case", r#""CompressionFormat": "SNAPPY""#, &constraint("SNAPPY", "CompressionFormat", set)),
        ("lower case", r#""CompressionFormat": "gzip""#, &constraint("gzip", "CompressionFormat", set)),
        ("ours", r#""CompressionFormat": "ZSTD""#, &constraint("ZSTD", "CompressionFormat", set)),
        ("extension without a dot", r#""FileExtension": "gz""#, &constraint("gz", "FileExtension", extension)),
        ("extension", r#""FileExtension": ".GZ""#, &constraint(".GZ", "FileExtension", extension)),
        ("length of an extension", &long, "Value '.xxx"),
        (
            "zone's pattern",
            r#""CustomTimeZone": "Etc/GMT+9""#,
            &constraint("Etc/GMT+9", "CustomTimeZone", "satisfy regular expression pattern: ^$|[a-zA-Z/_]+"),
        ),
        ("zone's length", &long_zone, "Value 'xxx"),
        ("zone", r#""CustomTimeZone": "Asia/Tokio""#, zone),
        (
            "backup mode",
            r#""S3BackupMode": "FailedDataOnly""#,
            &constraint("FailedDataOnly", "S3BackupMode", "satisfy enum value set: [Disabled, Enabled]"),
        ),
        (
            "key",
            &key(short_arn),
            &format!("Value '{short_arn}' at 'EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN'"),
        ),
        (
            "no encryption",
            r#""EncryptionConfiguration": { "NoEncryptionConfig": "None" }"#,
            &constraint("None", "EncryptionConfiguration.NoEncryptionConfig", "satisfy enum value set: [NoEncryption]"),
        ),
        ("backup without a configuration", r#""S3BackupMode": "Enabled""#, "S3BackupConfiguration is required"),
        ("kind", r#""Prefix": 1"#, "Prefix is 1: expected a text"),
        (
            "retry",
            r#""DynamicPartitioningConfiguration": { "RetryOptions": { "DurationInSeconds": 7201 } }"#,
            "Value '7201'",
        ),
    ]);
    for format in ["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"] {
        let imported = taken(format, &format!("\"CompressionFormat\": \"{format}\""));
        assert!(has_line(&imported, &format!("compression_format = \"{format}\"")), "{format}");
    }
    taken("an extension of all kinds", r#""FileExtension": ".a0!-_.*'()""#);
    taken("no extension, no zone", r#""FileExtension": "", "CustomTimeZone": """#);
}

#[test]
fn bucket_arns() {
    let longest = format!("arn:aws:s3:::{}", "b".repeat(255));
    let too_long = format!("arn:aws:s3:::{}", "b".repeat(256));
    for (name, arn, valid) in [
        ("plain", "arn:aws:s3:::acme-clicks", true),
        ("another partition", "arn:aws-cn:s3:::acme-clicks", true),
        ("old names", "arn:aws:s3:::Acme_Clicks", true),
        ("255", &longest, true),
        ("256", &too_long, false),
        ("access point", "arn:aws:s3:eu-west-1:123456789012:accesspoint/a", false),
        ("a name", "acme-clicks", false),
        ("no name", "arn:aws:s3:::", false),
        ("a key", "arn:aws:s3:::acme/clicks", false),
    ] {
        let imported = Imported::read(&format!("{{ \"BucketARN\": \"{arn}\" }}"), "clicks");
        assert_eq!(imported.is_ok(), valid, "{name}");
        if let Err(error) = imported {
            let error = error.to_string();
            assert!(
                error.contains(r"satisfy regular expression pattern: arn:.*:s3:::[\w\.\-]{1,255}"),
                "{name}: {error}"
            );
        }
    }
}

#[test]
fn processors() {
    let long = "x".repeat(5_121);
    let lambda = |parameters: &[(&str, &str)]| processing(&[("Lambda", parameters)]);
    let append: (&str, &[_]) = ("AppendDelimiterToRecord", &[]);
    let six = processing(&[append; 6]);
    let query = ("MetadataExtractionQuery", "{c:.c}");
    let only_partitioned = "class com.amazonaws.services.firehose.internal.model.MetadataExtractionProcessor can only be \
                            present when Dynamic Partitioning is enabled.";
    let both =
        "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor.";
    check(&[
        ("none", &processing(&[]), "A maximum of 5 and a minimum of 1 processor needs to be supplied"),
        ("six", &six, "A maximum of 5 and a minimum of 1 processor needs to be supplied"),
        ("two of one", &processing(&[("Lambda", &[]), ("Lambda", &[])]), "Cannot have more than 1 Lambda processor."),
        ("type", &processing(&[("Jq", &[])]), "Value 'Jq' at 'ProcessingConfiguration.Processors[0].Type' failed"),
        ("name", &lambda(&[("Arn", "x")]), "Value 'Arn' at 'ProcessingConfiguration.Processors[0].Parameters[0].Param"),
        (
            "no value",
            &lambda(&[("LambdaArn", "")]),
            "Value '' at 'ProcessingConfiguration.Processors[0].Parameters[0].ParameterValue' failed to satisfy \
             constraint: Member must have length greater than or equal to 1",
        ),
        ("long value", &lambda(&[("LambdaArn", &long)]), "Value 'xxx"),
        ("interval alone", &lambda(&[("BufferIntervalInSeconds", "60")]), both),
        ("size alone", &lambda(&[("BufferSizeInMBs", "1")]), both),
        (
            "size",
            &lambda(&[("BufferSizeInMBs", "3.1"), ("BufferIntervalInSeconds", "60")]),
            "BufferSizeInMBs for lambda must be between 0.2 and 3.",
        ),
        (
            "interval",
            &lambda(&[("BufferSizeInMBs", "3"), ("BufferIntervalInSeconds", "901")]),
            "BufferIntervalInSeconds for lambda must be between 0 and 900.",
        ),
        ("retries", &lambda(&[("NumberOfRetries", "301")]), "Number of retries for lambda must be between 0 and 300."),
        (
            "delimiter",
            &processing(&[("RecordDeAggregation", &[("SubRecordType", "DELIMITED")])]),
            "Delimiter should be present for DELIMITED",
        ),
        (
            "sub-record type",
            &processing(&[("RecordDeAggregation", &[("SubRecordType", "CSV")])]),
            "SubRecordType has to be one of JSON, DELIMITED",
        ),
        (
            "no partitioning",
            &processing(&[("MetadataExtraction", &[query, ("JsonParsingEngine", "JQ-1.6")])]),
            only_partitioned,
        ),
        (
            "no decompression",
            &processing(&[("CloudWatchLogProcessing", &[("DataMessageExtraction", "true")])]),
            "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor",
        ),
        (
            "extraction",
            &processing(&[("Decompression", &[("CompressionFormat", "GZIP")]), ("CloudWatchLogProcessing", &[])]),
            "Invalid parameter value for DataMessageExtraction. Allowed values are True and False.",
        ),
        (
            "decompression",
            &processing(&[("Decompression", &[("CompressionFormat", "ZIP")])]),
            "CompressionFormat has to be",
        ),
        (
            "engine",
            &format!(
                "{PARTITIONED}, {}",
                processing(&[("MetadataExtraction", &[query, ("JsonParsingEngine", "JQ-1.7")])])
            ),
            "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6",
        ),
    ]);
    let longest = &long[1..];
    for (name, fields) in [
        ("5,120 characters", lambda(&[("LambdaArn", longest)])),
        ("lambda", lambda(&[("BufferSizeInMBs", "0.2"), ("BufferIntervalInSeconds", "0"), ("NumberOfRetries", "0")])),
        ("JSON", processing(&[("RecordDeAggregation", &[("SubRecordType", "JSON")])])),
    ] {
        taken(name, &fields);
    }
}

const CONVERSION: &str = r#""DataFormatConversionConfiguration": { "SchemaConfiguration": {},
    "InputFormatConfiguration": {}, "OutputFormatConfiguration": {} }"#;

#[test]
fn conversion() {
    let output = |serializer: &str| {
        CONVERSION.replace(
            "\"OutputFormatConfiguration\": {}",
            &format!("\"OutputFormatConfiguration\": {{ \"Serializer\": {serializer} }}"),
        )
    };
    let parquet = |fields: &str| output(&format!("{{ \"ParquetSerDe\": {{ {fields} }} }}"));
    let orc = |fields: &str| output(&format!("{{ \"OrcSerDe\": {{ {fields} }} }}"));
    let input = CONVERSION.replace(
        "\"InputFormatConfiguration\": {}",
        r#""InputFormatConfiguration": { "Deserializer": { "OpenXJsonSerDe": {}, "HiveJsonSerDe": {} } }"#,
    );
    check(&[
        (
            "compressed",
            &format!("{CONVERSION}, \"CompressionFormat\": \"GZIP\""),
            "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled: \
             CompressionFormat is GZIP",
        ),
        ("no schema", r#""DataFormatConversionConfiguration": {}"#, "SchemaConfiguration must not be null"),
        ("deserializers", &input, "More than one deserializer specified. Only one may be chosen."),
        ("serializers", &output(r#"{ "ParquetSerDe": {}, "OrcSerDe": {} }"#), "More than one serializer specified."),
        (
            "parquet's codec",
            &parquet(r#""Compression": "ZSTD""#),
            "Value 'ZSTD' at 'DataFormatConversionConfiguration.",
        ),
        ("parquet's version", &parquet(r#""WriterVersion": "V3""#), "Value 'V3'"),
        ("parquet's block", &parquet(r#""BlockSizeBytes": 67108863"#), "Value '67108863'"),
        ("parquet's page", &parquet(r#""PageSizeBytes": 65535"#), "Value '65535'"),
        ("parquet's padding", &parquet(r#""MaxPaddingBytes": -1"#), "Value '-1'"),
        ("orc's codec", &orc(r#""Compression": "GZIP""#), "Value 'GZIP'"),
        ("orc's version", &orc(r#""FormatVersion": "V0_13""#), "Value 'V0_13'"),
        ("orc's stripe", &orc(r#""StripeSizeBytes": 8388607"#), "Value '8388607'"),
        ("orc's block", &orc(r#""BlockSizeBytes": 67108863"#), "Value '67108863'"),
        ("orc's stride", &orc(r#""RowIndexStride": 999"#), "Value '999'"),
        ("orc's padding", &orc(r#""PaddingTolerance": 1.5"#), "Value '1.5'"),
        ("orc's probability", &orc(r#""BloomFilterFalsePositiveProbability": -0.5"#), "Value '-0.5'"),
        ("orc's threshold", &orc(r#""DictionaryKeyThreshold": 2"#), "Value '2'"),
    ]);
    for (name, fields) in [
        (
            "parquet",
            parquet(
                r#""Compression": "GZIP", "BlockSizeBytes": 67108864, "PageSizeBytes": 65536, "MaxPaddingBytes": 0"#,
            ),
        ),
        (
            "orc",
            orc(
                r#""StripeSizeBytes": 8388608, "RowIndexStride": 1000, "PaddingTolerance": 1, "FormatVersion": "V0_11""#,
            ),
        ),
        ("off", r#""CompressionFormat": "GZIP", "DataFormatConversionConfiguration": { "Enabled": false }"#.to_owned()),
    ] {
        taken(name, &fields);
    }
}
