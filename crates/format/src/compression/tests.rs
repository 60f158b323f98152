use proptest::prelude::*;

use super::*;

/// Those with a format: all but the one that leaves a body as it is.
const FORMATS: [Compression; 5] =
    [Compression::Gzip, Compression::Zip, Compression::Snappy, Compression::HadoopSnappy, Compression::Zstd];

#[test]
fn takes_the_words_of_firehose() {
    for (name, text, expected) in [
        ("none", "UNCOMPRESSED", Some(Compression::Uncompressed)),
        ("gzip", "GZIP", Some(Compression::Gzip)),
        ("zip", "ZIP", Some(Compression::Zip)),
        ("snappy", "Snappy", Some(Compression::Snappy)),
        ("hadoop snappy", "HADOOP_SNAPPY", Some(Compression::HadoopSnappy)),
        ("zstd", "ZSTD", Some(Compression::Zstd)),
        ("case", "gzip", None),
        ("case of snappy", "SNAPPY", None),
        ("case of hadoop's", "Hadoop_Snappy", None),
        ("empty", "", None),
    ] {
        assert_eq!(Compression::parse(text).ok(), expected, "{name}");
    }
    assert_eq!(
        Compression::parse("SNAPPY").unwrap_err().to_string(),
        "compression format \"SNAPPY\" is not one of UNCOMPRESSED, GZIP, ZIP, Snappy, HADOOP_SNAPPY, ZSTD"
    );
}

#[test]
fn every_variant_tells_what_s3_shows() {
    let facts = Compression::ALL.map(|c| (c.extension(), c.content_encoding()));
    let extensions = ["", ".gz", ".zip", ".snappy", ".snappy", ".zst"];
    assert_eq!(facts, extensions.map(|extension| (extension, None)));
    let of_firehose = Compression::ALL.map(Compression::firehose_content_encoding);
    assert_eq!(
        of_firehose,
        [None, Some("gzip"), Some("zip"), Some("snappy-java"), Some("hadoop-snappy"), Some("zstd")]
    );
}

#[test]
fn levels_are_the_formats_own() {
    for (name, compression, level, expected) in [
        ("default of none", Compression::Uncompressed, None, Ok(None)),
        ("default of gzip", Compression::Gzip, None, Ok(Some(1))),
        ("default of zip", Compression::Zip, None, Ok(Some(6))),
        ("default of snappy", Compression::Snappy, None, Ok(None)),
        ("default of zstd", Compression::Zstd, None, Ok(Some(1))),
        ("fastest gzip", Compression::Gzip, Some(1), Ok(Some(1))),
        ("densest zip", Compression::Zip, Some(9), Ok(Some(9))),
        ("densest zstd", Compression::Zstd, Some(19), Ok(Some(19))),
        ("stored", Compression::Gzip, Some(0), Err("0 is not a level of GZIP, expected a whole number from 1 to 9")),
        ("too dense", Compression::Zip, Some(10), Err("10 is not a level of ZIP, expected a whole number from 1 to 9")),
        ("ultra", Compression::Zstd, Some(20), Err("20 is not a level of ZSTD, expected a whole number from 1 to 19")),
        (
            "of none",
            Compression::Uncompressed,
            Some(1),
            Err("1 is set, but UNCOMPRESSED has no levels: expected GZIP, ZIP or ZSTD beside it"),
        ),
        (
            "of snappy",
            Compression::HadoopSnappy,
            Some(1),
            Err("1 is set, but HADOOP_SNAPPY has no levels: expected GZIP, ZIP or ZSTD beside it"),
        ),
    ] {
        let made = Codec::new(compression, level).map(Codec::level).map_err(|error| error.to_string());
        assert_eq!(made, expected.map_err(str::to_owned), "{name}");
    }
    assert_eq!(Codec::default(), Compression::Uncompressed.into());
}

#[test]
fn f1_every_level_is_read_back_and_the_densest_is_denser() {
    let line =
        |n: u32| format!("{{\"user\":{},\"path\":\"/items/{}\",\"ms\":{}}}\n", n * 7919 % 512, n % 97, n * n % 1013);
    let body: Vec<u8> = (0..2_000).flat_map(|n| line(n).into_bytes()).collect();
    for compression in Compression::ALL {
        let Some(levels) = compression.levels() else { continue };
        let (first, last) = (*levels.start(), *levels.end());
        let sizes: Vec<usize> = levels
            .map(|level| {
                let codec = Codec::new(compression, Some(level)).unwrap();
                let stored = codec.compress(body.clone());
                assert_eq!(codec.decompress(&stored, body.len()).unwrap(), body, "{compression} at {level}");
                stored.len()
            })
            .collect();
        assert!(sizes.last() < sizes.first(), "{compression}, {first} to {last}: {sizes:?}");
    }
}

#[test]
fn d3_headers_hold_no_time_no_name_and_no_machine() {
    let body = || b"penstock\n".to_vec();
    let gzip = Compression::Gzip.compress(body());
    assert_eq!(gzip[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
    let zstd = Compression::Zstd.compress(body());
    // Magic, then a descriptor: single segment (0x20) and checksum (0x04), then the content's size in a byte.
    assert_eq!(zstd[..6], [0x28, 0xb5, 0x2f, 0xfd, 0x24, 9]);
    let snappy = Compression::Snappy.compress(body());
    // Two versions; the length of the block; the length of its content, and a literal of nine bytes.
    assert_eq!(snappy, b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\0\0\0\x0b\x09\x20penstock\n");
    let hadoop = Compression::HadoopSnappy.compress(body());
    assert_eq!(hadoop, b"\0\0\0\x09\0\0\0\x0b\x09\x20penstock\n");
    let zip = Compression::Zip.compress(body());
    // Magic, version 2.0, no flags, deflate; 1980-01-01 00:00 as MS-DOS writes it.
    assert_eq!(zip[..14], *b"PK\x03\x04\x14\0\0\0\x08\0\0\0\x21\0");
    let name = std::str::from_utf8(&zip[30..66]).unwrap();
    assert_eq!(crate::Uuid::parse_str(name).unwrap().get_version_num(), 8, "{name}: it follows from the body");
    let other = Compression::Zip.compress(b"penstock!\n".to_vec());
    assert_ne!(name.as_bytes(), &other[30..66], "two bodies have two names");
}

#[test]
fn the_stored_form_of_nothing_is_not_nothing() {
    for (compression, stored) in
        [(Compression::Snappy, &b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01"[..]), (Compression::HadoopSnappy, b"\0\0\0\0")]
    {
        assert_eq!(compression.compress(Vec::new()), stored, "{compression}");
        assert_eq!(compression.decompress(stored, 0).unwrap(), b"", "{compression}");
    }
}

#[test]
fn f1_bodies_of_many_blocks_come_back() {
    use crate::limits::{HADOOP_SNAPPY_BLOCK_BYTES, SNAPPY_BLOCK_BYTES};

    // Noise, which snappy stores as it is, and more of it than it had been.
    let noise: Vec<u8> =
        (0_u64..200_000).flat_map(|n| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()).to_le_bytes()).collect();
    for length in [SNAPPY_BLOCK_BYTES, HADOOP_SNAPPY_BLOCK_BYTES]
        .into_iter()
        .flat_map(|block| [block - 1, block, block + 1, 4 * block])
    {
        for compression in Compression::ALL {
            let stored = compression.compress(noise[..length].to_vec());
            assert!(compression.decompress(&stored, length).unwrap() == noise[..length], "{compression}: {length}");
        }
    }
    let hadoop = Compression::HadoopSnappy.compress(noise[..HADOOP_SNAPPY_BLOCK_BYTES].to_vec());
    assert!(hadoop.len() - 8 <= 256 * 1024, "a chunk is above the buffer of its reader");
}

#[test]
fn l1_content_over_the_limit_is_refused() {
    let bomb = vec![b'a'; 4 << 20];
    for compression in Compression::ALL {
        let stored = compression.compress(bomb.clone());
        assert!(compression.decompress(&stored, bomb.len()).unwrap() == bomb, "{compression}: at the limit");
        assert!(
            matches!(compression.decompress(&stored, bomb.len() - 1), Err(DecompressError::Limit { .. })),
            "{compression}: over the limit"
        );
        assert!(compression.decompress(&stored, 0).is_err(), "{compression}: nothing is taken");
    }
}

#[test]
fn l1_a_length_that_cannot_be_is_refused_before_there_is_room_for_it() {
    let header = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
    for (name, compression, after) in [
        ("a block longer than its stream", Compression::Snappy, &b"\x7f\xff\xff\xff\x09\x20"[..]),
        ("content longer than a block can hold", Compression::Snappy, b"\0\0\0\x06\xff\xff\xff\xff\x0f\0"),
        ("content longer than the block holds", Compression::Snappy, b"\0\0\0\x03\x28\0a"),
        ("no content and no length", Compression::Snappy, b"\0\0\0\0"),
        ("a block longer than its stream can hold", Compression::HadoopSnappy, b"\x7f\xff\xff\xff\0\0\0\x03\x01\0a"),
        ("a chunk longer than its stream", Compression::HadoopSnappy, b"\0\0\0\x01\x7f\xff\xff\xff\x01\0a"),
        ("a chunk longer than its block", Compression::HadoopSnappy, b"\0\0\0\x01\0\0\0\x04\x02\x04ab"),
        ("chunks shorter than their block", Compression::HadoopSnappy, b"\0\0\0\x03\0\0\0\x04\x02\x04ab"),
        ("chunks without end", Compression::HadoopSnappy, b"\0\0\0\x03\0\0\0\x01\0\0\0\0\x01\0"),
        ("more behind the end", Compression::HadoopSnappy, b"\0\0\0\0\0\0\0\x01\0\0\0\x03\x01\0a"),
    ] {
        let mut stored = if compression == Compression::Snappy { header.to_vec() } else { Vec::new() };
        stored.extend_from_slice(after);
        let failed = compression.decompress(&stored, usize::MAX);
        assert!(matches!(failed, Err(DecompressError::Invalid { .. })), "{name}: {failed:?}");
    }
}

#[test]
fn several_chunks_may_make_a_block_of_hadoops() {
    let stored = b"\0\0\0\x05\0\0\0\x04\x02\x04ab\0\0\0\x05\x03\x08cde";
    assert_eq!(Compression::HadoopSnappy.decompress(stored, 5).unwrap(), b"abcde");
}

#[test]
fn another_version_of_the_stream_is_refused() {
    for (name, versions, is_read) in [
        ("ours", [1, 1], true),
        ("a newer one that says it can be read", [2, 1], true),
        ("a newer one", [2, 2], false),
        ("none", [0, 0], false),
    ] {
        let mut stored = b"\x82SNAPPY\0".to_vec();
        stored.extend(versions.iter().flat_map(|version: &u32| version.to_be_bytes()));
        stored.extend_from_slice(b"\0\0\0\x03\x01\0a");
        assert_eq!(Compression::Snappy.decompress(&stored, 1).is_ok(), is_read, "{name}");
    }
}

#[test]
fn several_members_are_one_body() {
    for compression in FORMATS {
        let mut both = compression.compress(b"one\n".to_vec());
        both.extend(compression.compress(b"two\n".to_vec()));
        let read = compression.decompress(&both, 8);
        if compression == Compression::Zip {
            assert!(matches!(read, Err(DecompressError::Invalid { .. })), "an archive knows where it begins: {read:?}");
        } else {
            assert_eq!(read.unwrap(), b"one\ntwo\n", "{compression}");
            let cut = compression.decompress(&both[..both.len() - 1], 1000);
            assert!(matches!(cut, Err(DecompressError::Invalid { .. })), "{compression}, cut in the second: {cut:?}");
        }
    }
}

#[test]
fn damage_is_an_error() {
    for compression in FORMATS {
        let stored = compression.compress(b"some text, some text, some text\n".to_vec());
        for (name, stored) in [
            ("empty", &[][..]),
            ("a byte", &stored[..1]),
            ("half", &stored[..stored.len() / 2]),
            ("cut short", &stored[..stored.len() - 1]),
            ("other bytes", b"not compressed at all"),
        ] {
            let failed = compression.decompress(stored, 1000);
            assert!(matches!(failed, Err(DecompressError::Invalid { .. })), "{compression}, {name}: {failed:?}");
        }
        // Snappy's framings have no checksum: damage to a literal is read as what it says.
        if !matches!(compression, Compression::Snappy | Compression::HadoopSnappy) {
            let mut damaged = stored.clone();
            let at = damaged.len() - 6;
            damaged[at] ^= 0x55;
            let failed = compression.decompress(&damaged, 1000);
            assert!(matches!(failed, Err(DecompressError::Invalid { .. })), "{compression}, damaged: {failed:?}");
        }
    }
}

#[test]
fn an_archive_of_another_shape_is_refused() {
    use std::io::{Cursor, Write as _};

    let archive = |names: &[&str]| {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(b"text").unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    for (name, stored, expected) in [
        ("one", archive(&["../../etc/passwd"]), Some(&b"text"[..])),
        ("none", archive(&[]), None),
        ("two", archive(&["a", "b"]), None),
        ("something before it", [b"#!/bin/sh\n".to_vec(), archive(&["a"])].concat(), None),
    ] {
        assert_eq!(Compression::Zip.decompress(&stored, 10).ok().as_deref(), expected, "{name}");
    }
}

proptest! {
    #[test]
    fn no_stored_bytes_make_it_panic(stored in proptest::collection::vec(any::<u8>(), 0..200), at in 0..400_usize) {
        for compression in FORMATS {
            let _ = compression.decompress(&stored, 1000);
            let mut damaged = compression.compress(b"some text, some text, some text\n".to_vec());
            let at = at % damaged.len();
            damaged.splice(at..=at, stored.iter().copied().take(3));
            if let Ok(body) = compression.decompress(&damaged, 1000) {
                prop_assert!(body.len() <= 1000);
            }
        }
    }

    #[test]
    fn f1_every_body_comes_back(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
        for compression in Compression::ALL {
            let stored = compression.compress(body.clone());
            prop_assert_eq!(compression.decompress(&stored, body.len()).unwrap(), body.as_slice());
            prop_assert_eq!(compression.compress(body.clone()), stored, "d3: twice the same bytes");
        }
    }
}
