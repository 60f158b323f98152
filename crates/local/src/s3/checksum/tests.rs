use super::*;

/// The bodies and digests of AWS's documentation and of the algorithms' own check values ("123456789").
#[test]
fn check_values() {
    let mut digests = Digests::new(&Algorithm::ALL.into());
    digests.update(b"1234");
    digests.update(b"56789");
    let digested = digests.finish();
    assert_eq!(digested.bytes, 9);
    assert_eq!(hex(&digested.md5), "25f9e794323b453885f5181f1b624d0b");
    for (algorithm, expected) in [
        (Algorithm::Crc32, "y/Q5Jg=="),
        (Algorithm::Crc32c, "4waSgw=="),
        (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
        (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
        (Algorithm::Sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ] {
        assert_eq!(digested.checksums.get(&algorithm).map(String::as_str), Some(expected), "{}", algorithm.name());
    }
}

#[test]
fn a_body_without_a_checksum_gets_aws_default() {
    assert_eq!(Declared::default().algorithms(), BTreeSet::from([Algorithm::Crc64Nvme]));
}

#[test]
fn declarations() {
    let crc32 = |value: &str| Checksums::from([(Algorithm::Crc32, value.to_owned())]);
    for (name, md5, checksums, valid) in [
        ("nothing", None, Checksums::new(), true),
        ("md5", Some("JfnnlDI7RThRtRgfG2JNCw=="), Checksums::new(), true),
        ("md5 in hex", Some("25f9e794323b453885f5181f1b624d0b"), Checksums::new(), false),
        ("crc32", None, crc32("y/Q5Jg=="), true),
        ("crc32 of 8 bytes", None, crc32("rosUhgp5mIg="), false),
        ("crc32 not in base64", None, crc32("not base64"), false),
    ] {
        assert_eq!(Declared::new(Some(9), md5, checksums).is_ok(), valid, "{name}");
    }
}

#[test]
fn verification() {
    let mut digests = Digests::new(&[Algorithm::Crc32].into());
    digests.update(b"123456789");
    let digested = digests.finish();
    let mut announced = HeaderMap::new();
    announced.insert("x-amz-trailer", "x-amz-checksum-crc32".parse().expect("a header"));
    let declared = Declared::new(Some(9), None, Checksums::new()).and_then(|it| it.with_headers(&announced));
    let declared = declared.expect("well formed");
    assert_eq!(declared.algorithms(), BTreeSet::from([Algorithm::Crc32]));
    for (name, trailer, expected) in [
        ("right", Some("y/Q5Jg=="), None),
        ("wrong", Some("AAAAAA=="), Some("BadDigest")),
        ("missing", None, Some("MissingTrailer")),
        ("no digest", Some("?"), Some("InvalidChecksum")),
    ] {
        let mut trailers = HeaderMap::new();
        if let Some(value) = trailer {
            trailers.insert("x-amz-checksum-crc32", value.parse().expect("a header"));
        }
        let outcome = declared.verify(&digested, &trailers).err().map(|error| format!("{error:?}"));
        assert_eq!(outcome.is_some(), expected.is_some(), "{name}: {outcome:?}");
        assert!(outcome.unwrap_or_default().starts_with(expected.unwrap_or_default()), "{name}");
    }
    let short = Declared::new(Some(10), None, Checksums::new()).expect("well formed");
    assert!(matches!(short.verify(&digested, &HeaderMap::new()), Err(StoreError::IncompleteBody { .. })));
}
