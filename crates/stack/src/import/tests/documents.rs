//! The three shapes of a document, and what stands around the destination.

use super::*;

const DESCRIBED: &str = include_str!("../../../testdata/firehose/described.json");
const INVALID_PREFIX: &str = include_str!("../../../testdata/firehose/invalid-prefix.json");

const STREAM: &str = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks";

/// The input of a create call with these fields beside its destination.
fn created(fields: &str) -> Result<Imported, ImportError> {
    let destination = r#""ExtendedS3DestinationConfiguration": { "BucketARN": "arn:aws:s3:::acme-clicks" }"#;
    Imported::read(&format!("{{ {destination}, {fields} }}"), "fallback")
}

/// A description with these fields beside its destinations.
fn described(fields: &str, destinations: &str) -> Result<Imported, ImportError> {
    Imported::read(
        &format!("{{ \"DeliveryStreamDescription\": {{ \"Destinations\": [{destinations}], {fields} }} }}"),
        "fallback",
    )
}

const EXTENDED: &str = r#"{ "ExtendedS3DestinationDescription": { "BucketARN": "arn:aws:s3:::acme-clicks" } }"#;

#[test]
fn every_shape_is_read() {
    let plain = r#"{ "S3DestinationConfiguration": { "BucketARN": "arn:aws:s3:::acme-clicks", "Prefix": "a/" } }"#;
    for (name, document) in [
        ("bare", r#"{ "BucketARN": "arn:aws:s3:::acme-clicks" }"#),
        ("input", r#"{ "ExtendedS3DestinationConfiguration": { "BucketARN": "arn:aws:s3:::acme-clicks" } }"#),
        ("plain", plain),
        ("one of the destinations", EXTENDED),
        ("described plainly", r#"{ "S3DestinationDescription": { "BucketARN": "arn:aws:s3:::acme-clicks" } }"#),
        ("a description", &format!("{{ \"Destinations\": [{EXTENDED}] }}")),
        ("the whole answer", &format!("{{ \"DeliveryStreamDescription\": {{ \"Destinations\": [{EXTENDED}] }} }}")),
    ] {
        let imported = Imported::read(document, "fallback").unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(has_line(&imported, "bucket = \"acme-clicks\""), "{name}: {}", imported.file);
        assert!(has_line(&imported, "name = \"fallback\""), "{name}: {}", imported.file);
        assert_eq!(imported.name, "fallback", "{name}");
    }
}

#[test]
fn what_is_no_configuration_says_so() {
    let long = " ".repeat(1024 * 1024 + 1);
    for (name, document, message) in [
        ("too long", long.as_str(), "the configuration has 1048577 bytes, more than 1048576"),
        ("no JSON", "[stream]", "not JSON: "),
        ("deep", &"[".repeat(1_000), "not JSON: "),
        ("a list", "[]", "the configuration is a list: expected an object"),
        (
            "empty",
            "{}",
            "an empty object holds no S3 destination: expected what `aws firehose describe-delivery-stream`",
        ),
        ("another", r#"{ "Colour": 1 }"#, "an object of \"Colour\" holds no S3 destination"),
        (
            "no bucket",
            r#"{ "ExtendedS3DestinationConfiguration": {} }"#,
            "BucketARN is not set: expected the ARN of a bucket",
        ),
        ("no object", r#"{ "ExtendedS3DestinationConfiguration": 1 }"#, "the configuration is 1: expected an object"),
        (
            "two destinations",
            r#"{ "ExtendedS3DestinationConfiguration": {}, "S3DestinationConfiguration": {} }"#,
            "Exactly one destination configuration is supported for a Firehose",
        ),
        (
            "another destination",
            r#"{ "SplunkDestinationConfiguration": {} }"#,
            "SplunkDestinationConfiguration cannot be imported: an S3 destination is the one that Penstock delivers to",
        ),
        (
            "described elsewhere",
            r#"{ "Destinations": [{ "IcebergDestinationDescription": {} }] }"#,
            "Destinations[0].IcebergDestinationDescription cannot be imported",
        ),
        ("no destinations", r#"{ "Destinations": [] }"#, "Exactly one destination configuration is supported"),
    ] {
        let error = Imported::read(document, "clicks").unwrap_err().to_string();
        assert!(error.starts_with(message), "{name}: {error}");
    }
    let error = Imported::read(r#"{ "BucketARN": "arn:aws:s3:::acme-clicks" }"#, "a b").unwrap_err().to_string();
    assert!(error.starts_with("Value 'a b' at 'DeliveryStreamName'"), "{error}");
}

#[test]
fn a_stream_that_is_there_is_read_from_its_beginning() {
    let source =
        format!("\"KinesisStreamSourceConfiguration\": {{ \"KinesisStreamARN\": \"{STREAM}\", \"RoleARN\": \"r\" }}");
    let described_source = format!(
        r#""DeliveryStreamName": "clicks", "Source": {{ "KinesisStreamSourceDescription":
           {{ "KinesisStreamARN": "{STREAM}", "RoleARN": "r", "DeliveryStartTimestamp": 1 }} }}"#
    );
    for (name, imported) in [
        (
            "input",
            created(&format!(
                "\"DeliveryStreamName\": \"clicks\", \"DeliveryStreamType\": \"KinesisStreamAsSource\", {source}"
            )),
        ),
        ("no type", created(&format!("\"DeliveryStreamName\": \"clicks\", {source}"))),
        ("description", described(&described_source, EXTENDED)),
    ] {
        let imported = imported.unwrap_or_else(|error| panic!("{name}: {error}"));
        for line in [
            &format!("arn = \"{STREAM}\""),
            "retention_period_hours = 24",
            "starting_position = \"TRIM_HORIZON\"",
            "name = \"clicks\"",
        ] {
            assert!(has_line(&imported, line), "{name}: {line}\n{}", imported.file);
        }
        assert!(!imported.is_different(), "{name}: {:#?}", imported.notes);
        assert!(!imported.file.contains("function_name"), "{name}: it is the default\n{}", imported.file);
    }
}

#[test]
fn two_deliveries_of_one_stream_have_a_function_each() {
    let imported = created(&format!(
        r#""DeliveryStreamName": "Clicks_to.lake", "KinesisStreamSourceConfiguration": {{ "KinesisStreamARN": "{STREAM}" }}"#
    ))
    .unwrap();
    assert!(has_line(&imported, "function_name = \"Clicks_to-lake\""), "{}", imported.file);
    assert!(has_line(&imported, "name = \"Clicks_to.lake\""), "{}", imported.file);
    assert_eq!(imported.name, "clicks-to-lake");
}

#[test]
fn what_is_put_to_firehose_itself_needs_a_stream() {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/k";
    let encryption = format!(r#"{{ "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": "{key}" }}"#);
    for (name, imported) in [
        (
            "input",
            created(&format!(
                r#""DeliveryStreamName": "a", "DeliveryStreamEncryptionConfigurationInput": {encryption}"#
            )),
        ),
        (
            "ignored source",
            created(&format!(
                r#""DeliveryStreamName": "a", "DeliveryStreamType": "DirectPut", "KinesisStreamSourceConfiguration":
                   {{ "KinesisStreamARN": "{STREAM}" }}, "DeliveryStreamEncryptionConfigurationInput": {encryption}"#
            )),
        ),
        (
            "description",
            described(
                &format!(
                    r#""DeliveryStreamName": "a", "DeliveryStreamType": "DirectPut", "DeliveryStreamEncryptionConfiguration": {encryption}"#
                ),
                EXTENDED,
            ),
        ),
    ] {
        let imported = imported.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(outcome(&imported, "DeliveryStreamType"), Some(Outcome::NoCounterpart), "{name}");
        for line in ["name = \"a\"", &format!("kms_key_arn = \"{key}\"")] {
            assert!(has_line(&imported, line), "{name}: {line}\n{}", imported.file);
        }
        assert!(!imported.file.contains("\narn = "), "{name}: {}", imported.file);
    }
}

#[test]
fn the_stream_is_under_firehoses_rules() {
    for (name, fields, message) in [
        ("name", r#""DeliveryStreamName": "a b""#, "Value 'a b' at 'DeliveryStreamName' failed to satisfy constraint"),
        (
            "no name",
            r#""DeliveryStreamName": """#,
            "Value '' at 'DeliveryStreamName' failed to satisfy constraint: Member must have length",
        ),
        ("type", r#""DeliveryStreamType": "Kinesis""#, "Value 'Kinesis' at 'DeliveryStreamType'"),
        (
            "no source",
            r#""DeliveryStreamType": "KinesisStreamAsSource""#,
            "KinesisSourceStreamConfig is mandatory for KinesisStreamAsSource stream type.",
        ),
        (
            "MSK",
            r#""DeliveryStreamType": "MSKAsSource""#,
            "DeliveryStreamType cannot be imported: a Kinesis data stream",
        ),
        ("database", r#""DatabaseSourceConfiguration": {}"#, "DatabaseSourceConfiguration cannot be imported"),
        (
            "stream's ARN",
            r#""KinesisStreamSourceConfiguration": { "KinesisStreamARN": "clicks" }"#,
            "Value 'clicks' at 'KinesisStreamSourceConfiguration.KinesisStreamARN' failed",
        ),
        (
            "no key",
            r#""DeliveryStreamEncryptionConfigurationInput": { "KeyType": "CUSTOMER_MANAGED_CMK" }"#,
            "KeyARN has to be specified when KeyType is CUSTOMER_MANAGED_CMK",
        ),
        (
            "a key too many",
            r#""DeliveryStreamEncryptionConfigurationInput": { "KeyType": "AWS_OWNED_CMK", "KeyARN": "k" }"#,
            "KeyARN cannot be specified when KeyType is AWS_OWNED_CMK",
        ),
        ("a tag without a key", r#""Tags": [{ "Value": "x" }]"#, "Tags[0] is null: expected a tag with a Key"),
    ] {
        let error = created(fields).expect_err(name).to_string();
        assert!(error.starts_with(message), "{name}: {error}");
    }
}

#[test]
fn tags_become_those_of_the_stack() {
    let imported = created(
        r#""DeliveryStreamName": "a", "Tags": [{ "Key": "team", "Value": "data" }, { "Key": "cost center" },
           { "Key": "app", "Value": "x" }, { "Key": "p", "Value": "50%" }, { "Key": "team", "Value": "other" }]"#,
    )
    .unwrap();
    assert!(has_line(&imported, r#"tags = { "team" = "data", "cost center" = "" }"#), "{}", imported.file);
    for index in 2..5 {
        assert_eq!(outcome(&imported, &format!("Tags[{index}]")), Some(Outcome::NoCounterpart), "{index}");
    }
}

#[test]
fn nothing_of_the_document_leaves_its_line() {
    let imported = created(
        r#""DeliveryStreamName": "a", "Evil\n[stack]\nregion = \"x\"\u007f": 1, "Tags": [{ "Key": "k\n[x]", "Value": "v" }]"#,
    )
    .unwrap();
    let table: toml::Table = imported.file.parse().unwrap_or_else(|error| panic!("{error}\n{}", imported.file));
    assert!(!table["stack"].as_table().unwrap().contains_key("region"), "{}", imported.file);
    assert!(imported.notes.iter().all(|note| !note.field.contains(char::is_control)), "{:#?}", imported.notes);
    let prefix = taken("prefix", r#""Prefix": "a\n\"]\u007f\u0000""#);
    let table: toml::Table = prefix.file.parse().unwrap_or_else(|error| panic!("{error}\n{}", prefix.file));
    assert_eq!(table["delivery"]["prefix"].as_str(), Some("a\n\"]\u{7f}\0"));
}

#[test]
fn the_documents_tell_what_they_are_examples_of() {
    let error = Imported::read(INVALID_PREFIX, "clicks").unwrap_err().to_string();
    assert_eq!(
        error,
        "Invalid conversion character used in the value of the expression in Prefix: \"!{timestamp:yyyyTHH}\" at byte \
         23, where T is no letter of a pattern; text stands in single quotes (Prefix)"
    );
    let imported = Imported::read(DESCRIBED, "x").unwrap();
    let of = |wanted: Outcome| -> Vec<&str> {
        imported.notes.iter().filter(|note| note.outcome == wanted).map(|note| note.field.as_str()).collect()
    };
    assert_eq!(
        of(Outcome::NoCounterpart),
        [
            "BufferingHints.SizeInMBs",
            "DataFormatConversionConfiguration",
            "ProcessingConfiguration.Processors[1] (Lambda)",
        ]
    );
    assert_eq!(of(Outcome::Unknown), [""; 0]);
}

#[test]
fn every_field_is_told_of() {
    let documents = [
        include_str!("../../../testdata/firehose/minimal.json"),
        include_str!("../../../testdata/firehose/lines.json"),
        DESCRIBED,
        r#"{ "DeliveryStreamName": "a", "DeliveryStreamType": "DirectPut", "KinesisStreamSourceConfiguration":
             { "KinesisStreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/s", "RoleARN": "r" },
             "DirectPutSourceConfiguration": { "ThroughputHintInMBs": 1 }, "Nothing": { "Of": "ours" },
             "DeliveryStreamEncryptionConfigurationInput": { "KeyType": "AWS_OWNED_CMK" },
             "S3DestinationConfiguration": { "BucketARN": "arn:aws:s3:::b", "RoleARN": "r", "S3BackupMode": "Disabled",
                "ProcessingConfiguration": { "Enabled": false, "Processors": [] } } }"#,
    ];
    for (index, document) in documents.into_iter().enumerate() {
        let imported = Imported::read(document, "clicks").unwrap();
        let mut leaves = Vec::new();
        collect(&serde_json::from_str(document).unwrap(), "", &mut leaves);
        assert!(leaves.len() > 4, "{index}");
        for leaf in leaves {
            let is_told = imported.notes.iter().any(|note| {
                let rest = leaf.strip_prefix(note.field.as_str());
                // A processor is told of by its parameters, or as a whole with its type.
                let of_processor = note.field.strip_prefix(&leaf).filter(|_| leaf.contains("Processors["));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                    || of_processor.is_some_and(|rest| rest.starts_with('.') || rest.starts_with(" ("))
            });
            assert!(is_told, "{index}: nothing is said of {leaf}: {:#?}", imported.notes);
        }
    }
}

/// The paths of all leaves that are not empty, as notes name them.
fn collect(value: &serde_json::Value, path: &str, leaves: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) if !path.ends_with(']') || !path.contains("Processors[") => {
            for (key, value) in map {
                let outermost =
                    ["ExtendedS3DestinationConfiguration", "S3DestinationConfiguration", "DeliveryStreamDescription"];
                let is_outermost = outermost.contains(&key.as_str()) || key == "ExtendedS3DestinationDescription";
                let dot = if path.is_empty() { "" } else { "." };
                let path = if is_outermost { String::new() } else { format!("{path}{dot}{key}") };
                collect(value, &path, leaves);
            }
        }
        serde_json::Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, &format!("{path}[{index}]"), leaves);
            }
        }
        serde_json::Value::String(text) if text.is_empty() => {}
        _ => leaves.push(path.to_owned()),
    }
}
