use penstock_format::ErrorOutputType;

use super::*;
use crate::config::DeliveryConfig;

fn parse(set: &[(&'static str, &str)]) -> Result<ObjectAttributes, ConfigError> {
    let lookup = |name: &'static str| match name {
        "PENSTOCK_BUCKET" => Some("a-bucket".to_owned()),
        "PENSTOCK_DELIVERY_NAME" => Some("clicks".to_owned()),
        _ => set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    DeliveryConfig::parse(lookup).map(|config| config.attributes)
}

#[test]
fn what_is_not_set_is_what_firehose_does() {
    let attributes = parse(&[]).unwrap();
    assert_eq!(attributes.content_type.as_str(), "application/octet-stream");
    assert_eq!(attributes.content_encoding, ContentEncoding::None);
    assert_eq!(
        (attributes.storage_class, attributes.checksum_algorithm),
        (StorageClass::Standard, ChecksumAlgorithm::Crc32)
    );
    assert_eq!(
        (attributes.cache_control, attributes.content_disposition, attributes.content_language),
        (None, None, None)
    );
    assert_eq!((attributes.tags, attributes.sse_kms_key_arn, attributes.expected_bucket_owner), (None, None, None));
}

#[test]
fn an_error_names_the_variable_the_value_and_what_was_expected() {
    let tags = (0..11).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join("&");
    let key = "k".repeat(129);
    let value = format!("k={}", "v".repeat(257));
    let pairs = format!("k={}", "𠮷".repeat(129));
    for (name, variable, value, words) in [
        ("no slash", "CONTENT_TYPE", "text", "\"text\" is not a media type, expected type/subtype"),
        ("no subtype", "CONTENT_TYPE", "text/", "is not a media type"),
        ("a half quote", "CONTENT_TYPE", "text/plain; charset=\"utf-8", "is not a media type"),
        ("no value", "CONTENT_TYPE", "text/plain; charset", "is not a media type"),
        ("two lines", "CONTENT_TYPE", "text/plain\r\nx-amz-acl: public-read", "cannot be sent in a header"),
        ("two codings", "CONTENT_ENCODING", "gzip, zstd", "is not none, firehose or a content coding such as gzip"),
        ("our word in other letters", "CONTENT_ENCODING", "Firehose", "is not none, firehose or"),
        ("a way of transfer", "CONTENT_ENCODING", "aws-chunked", "\"aws-chunked\" is S3's way of transfer"),
        ("a line feed", "CACHE_CONTROL", "no-cache\nx: y", "\"no-cache\\nx: y\" cannot be sent in a header"),
        ("not ASCII", "CONTENT_DISPOSITION", "attachment; filename=ü", "visible ASCII characters and spaces"),
        ("a space at the end", "CONTENT_LANGUAGE", "ja ", "no space at either end"),
        ("case", "STORAGE_CLASS", "Standard", "\"Standard\" is not one of STANDARD, STANDARD_IA, ONEZONE_IA"),
        ("another kind of bucket", "STORAGE_CLASS", "EXPRESS_ONEZONE", "because it is for directory buckets"),
        (
            "outposts",
            "STORAGE_CLASS",
            "OUTPOSTS",
            "\"OUTPOSTS\" is not supported, because it is for buckets on Outposts",
        ),
        ("snow", "STORAGE_CLASS", "SNOW", "because it is for Snow devices"),
        ("no value", "OBJECT_TAGS", "team", "\"team\" is not a tag, expected key=value"),
        ("an end too many", "OBJECT_TAGS", "a=1&", "\"\" is not a tag"),
        ("no key", "OBJECT_TAGS", "=v", "the tag key \"\" has 0 characters, expected 1 to 128"),
        ("twice", "OBJECT_TAGS", "a=1&%61=2", "the tag \"a\" stands twice"),
        ("AWS's own", "OBJECT_TAGS", "AWS:x=1", "begins with aws:"),
        ("eleven", "OBJECT_TAGS", &tags, "\"k10=v\" is one tag too many, expected at most 10"),
        ("a long key", "OBJECT_TAGS", &format!("{key}=v"), "has 129 characters, expected 1 to 128"),
        ("a long value", "OBJECT_TAGS", &value, "has 257 characters, expected 0 to 256"),
        ("pairs of units", "OBJECT_TAGS", &pairs, "has 258 characters, expected 0 to 256"),
        ("a character", "OBJECT_TAGS", "a=b#c", "has a '#', expected letters, digits, spaces and + - = . _ : / @"),
        ("a control character", "OBJECT_TAGS", "a=b%0Ac", "has a '\\n'"),
        ("a bare %", "OBJECT_TAGS", "a=5%", "a % that is not followed by two hexadecimal digits"),
        ("a sign in it", "OBJECT_TAGS", "a=%+1", "a % that is not followed by two hexadecimal digits"),
        ("not UTF-8", "OBJECT_TAGS", "a=%FF", "is not UTF-8"),
        ("an alias", "SSE_KMS_KEY_ARN", "arn:aws:kms:eu-west-1:123456789012:alias/a", "an alias does not serve"),
        ("an id", "SSE_KMS_KEY_ARN", "1234abcd-12ab-34cd-56ef-1234567890ab", "is not the ARN of a KMS key"),
        (
            "another service",
            "SSE_KMS_KEY_ARN",
            "arn:aws:s3:eu-west-1:123456789012:key/a",
            "is not the ARN of a KMS key",
        ),
        ("all keys", "SSE_KMS_KEY_ARN", "arn:aws:kms:eu-west-1:123456789012:key/*", "is not the ARN of a KMS key"),
        ("eleven digits", "EXPECTED_BUCKET_OWNER", "12345678901", "expected 12 digits"),
        ("letters", "EXPECTED_BUCKET_OWNER", "12345678901x", "expected 12 digits"),
        ("case", "CHECKSUM_ALGORITHM", "crc32", "\"crc32\" is not one of CRC32, CRC32C, CRC64NVME, SHA1, SHA256"),
    ] {
        let variable: &'static str = format!("PENSTOCK_{variable}").leak();
        let error = parse(&[(variable, value)]).expect_err(name);
        assert_eq!(error.variable().name, variable, "{name}");
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}

#[test]
fn what_s3_takes_is_taken() {
    let long = format!("{}={}", "k".repeat(128), "𠮷".repeat(64));
    for (name, variable, value) in [
        ("parameters", "CONTENT_TYPE", "text/csv; header=present;charset=\"utf-8; \\\"x\\\"\""),
        ("a suffix", "CONTENT_TYPE", "application/vnd.acme.click+json"),
        ("a coding", "CONTENT_ENCODING", "br"),
        ("quotes", "CONTENT_DISPOSITION", "attachment; filename=\"a b.txt\""),
        ("the border", "OBJECT_TAGS", &long),
        ("no value", "OBJECT_TAGS", "deleted="),
        (
            "a replica's key",
            "SSE_KMS_KEY_ARN",
            "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd12ab34cd56ef12345678",
        ),
        ("a zero ahead", "EXPECTED_BUCKET_OWNER", "000000000000"),
    ] {
        let variable: &'static str = format!("PENSTOCK_{variable}").leak();
        if let Err(error) = parse(&[(variable, value)]) {
            panic!("{name}: {error}");
        }
    }
    for class in StorageClass::ALL {
        assert_eq!(StorageClass::parse(class.as_str()), Ok(class));
    }
    for (name, algorithm) in ChecksumAlgorithm::ALL {
        assert_eq!(algorithm.as_str(), name);
    }
}

#[test]
fn the_same_tags_have_the_same_header_however_they_are_written() {
    for (name, text, header) in [
        ("plain", "team=data&cost=7", "team=data&cost=7"),
        ("a space", "cost center=data eng", "cost%20center=data%20eng"),
        ("encoded already", "cost%20center=data%20eng", "cost%20center=data%20eng"),
        ("a plus is itself", "a+b=1+1", "a%2Bb=1%2B1"),
        ("an = in a value", "query=a=b", "query=a%3Db"),
        ("what needs no encoding", "a%2Db=%7E".trim_end_matches("%7E"), "a-b="),
        ("letters of any language", "チーム=データ", "%E3%83%81%E3%83%BC%E3%83%A0=%E3%83%87%E3%83%BC%E3%82%BF"),
        ("all that is allowed", "a=+-=._:/@", "a=%2B-%3D._%3A%2F%40"),
    ] {
        assert_eq!(ObjectTags::parse(text).unwrap().as_header(), header, "{name}");
    }
    let tags = ObjectTags::parse("cost%20center=a+b&k=").unwrap();
    assert_eq!(tags.entries().collect::<Vec<_>>(), [("cost center", "a+b"), ("k", "")]);
}

#[test]
fn l1_headers_together_leave_room_for_s3s_own() {
    let text = "x".repeat(512);
    let parse_with = |tags: &str| {
        parse(&[
            ("PENSTOCK_CACHE_CONTROL", &text),
            ("PENSTOCK_CONTENT_DISPOSITION", &text),
            ("PENSTOCK_CONTENT_LANGUAGE", &text),
            ("PENSTOCK_CONTENT_ENCODING", &text),
            ("PENSTOCK_OBJECT_TAGS", tags),
        ])
    };
    // 2,048 bytes of texts and 24 of the content type leave 2,024; such a letter is 4 bytes, 12 encoded.
    let letters = |count: usize| format!("a={}&b={}", "𠮷".repeat(count / 2), "𠮷".repeat(count - count / 2));
    assert!(parse_with(&letters(168)).is_ok());
    let error = parse_with(&letters(169)).unwrap_err();
    assert_eq!(error.variable().name, "PENSTOCK_OBJECT_TAGS");
    assert!(error.to_string().contains("4105 bytes, expected at most 4096"), "{error}");
    let error = parse(&[("PENSTOCK_CACHE_CONTROL", &"x".repeat(513))]).unwrap_err();
    assert!(error.to_string().len() < 300, "{error}");
}

#[test]
fn what_describes_the_bytes_is_said_of_data_alone() {
    let attributes = |encoding: &str| {
        parse(&[
            ("PENSTOCK_CONTENT_TYPE", "text/csv"),
            ("PENSTOCK_CONTENT_DISPOSITION", "attachment"),
            ("PENSTOCK_CONTENT_LANGUAGE", "ja"),
            ("PENSTOCK_CONTENT_ENCODING", encoding),
        ])
        .unwrap()
    };
    let error = ObjectRole::Error(ErrorOutputType::ProcessingFailed);
    for (encoding, role, compression, expected) in [
        ("none", ObjectRole::Data, Compression::Gzip, None),
        ("none", error, Compression::Gzip, None),
        ("firehose", ObjectRole::Data, Compression::Gzip, Some("gzip")),
        ("firehose", ObjectRole::Data, Compression::Zstd, Some("zstd")),
        ("firehose", ObjectRole::Data, Compression::Uncompressed, None),
        ("firehose", error, Compression::Gzip, Some("gzip")),
        ("firehose", ObjectRole::Backup, Compression::Gzip, Some("gzip")),
        ("br", ObjectRole::Data, Compression::Uncompressed, Some("br")),
        ("br", error, Compression::Uncompressed, None),
        ("br", ObjectRole::Backup, Compression::Uncompressed, None),
    ] {
        let headers = attributes(encoding).content_headers(role, compression);
        let is_data = role == ObjectRole::Data;
        let (kind, disposition, language) = if is_data {
            ("text/csv", Some("attachment"), Some("ja"))
        } else {
            ("application/octet-stream", None, None)
        };
        assert_eq!(headers.content_encoding.as_deref(), expected, "{encoding} {role} {compression}");
        assert_eq!(&*headers.content_type, kind, "{role}");
        assert_eq!(headers.content_disposition.as_deref(), disposition, "{role}");
        assert_eq!(headers.content_language.as_deref(), language, "{role}");
    }
}
