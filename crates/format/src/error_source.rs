//! Error objects as the source of records that are replayed: what each line is called, so that a second replay finds what
//! the first one stored.
//!
//! A replayed record is never called what it was called in the stream: Firehose's documents often do not tell it, and an
//! object of such records would lie within the range of the batch in which they failed, as if it held them twice. It has
//! a number of its own, above all of the stream's. The batch in which it failed stays accounted for by the error object.
//!
//! Left out: how objects are found, and which of their records make a batch.

use sha2::{Digest as _, Sha256};

use crate::limits::{REPLAYED_NUMBER_DIGITS, SOURCE_DIGEST_DIGITS, SOURCE_LINE_DIGITS};
use crate::{ErrorRecordError, ParsedErrorRecord, SequenceNumber};

/// The version of the encoding behind a number.
const VERSION: u32 = 1;

/// What begins every number of a replayed record: a one, and zeros.
const MARK: usize = REPLAYED_NUMBER_DIGITS - SOURCE_DIGEST_DIGITS - SOURCE_LINE_DIGITS;

/// An object of error records.
///
/// The number of a record in it has 100 digits: a one and 40 zeros, 39 of the digest of the object, 20 of its line, from 1.
/// Kinesis's own have 56 today. The digest is the first 16 bytes, as a number, of the SHA-256 of this encoding, in which
/// numbers are big-endian:
///
/// | bytes | what |
/// | --- | --- |
/// | 4 | version, 1 |
/// | 4 + n | bucket, after its length in bytes |
/// | 4 + n | key, after its length in bytes |
/// | 32 | SHA-256 of the object's content, uncompressed |
///
/// The content is part of it, so that another object under the same key is not taken for the one that was replayed.
///
/// ```
/// # use penstock_format::ErrorSource;
/// let source = ErrorSource::new("acme-clicks", "failed/2026/a.gz", b"{}\n");
/// assert_eq!(source.number(7).to_string(), concat!(
///     "10000000000000000000000000000000000000000",
///     "126028424816768773977951476602242901319",
///     "00000000000000000007",
/// ));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorSource {
    digest: u128,
}

impl ErrorSource {
    /// The object under `key`, with this content, uncompressed.
    #[expect(clippy::missing_panics_doc, reason = "a SHA-256 has 32 bytes")]
    pub fn new(bucket: &str, key: &str, content: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(VERSION.to_be_bytes());
        for text in [bucket, key] {
            // Neither reaches 4 GB: S3 gives a key 1,024 bytes.
            hash.update(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
            hash.update(text);
        }
        hash.update(Sha256::digest(content));
        let hash = hash.finalize();
        let (head, _) = hash.split_first_chunk::<16>().expect("a SHA-256 has 32 bytes");
        Self { digest: u128::from_be_bytes(*head) }
    }

    /// What the record of this line is called; lines are counted from 1.
    #[expect(clippy::missing_panics_doc, reason = "the widths are constants, and fit what they hold")]
    pub fn number(&self, line: u64) -> SequenceNumber {
        let digest = self.digest;
        let digits = format!("1{:0>1$}{digest:0SOURCE_DIGEST_DIGITS$}{line:0SOURCE_LINE_DIGITS$}", "", MARK - 1);
        SequenceNumber::parse(&digits).expect("digits that begin with a one, and fewer than a number may have")
    }

    /// Whether a record of this number, or an object that begins with it, is a replayed one.
    pub fn is_of_one(number: &SequenceNumber) -> bool {
        let (mark, rest) = number.as_bytes().split_at_checked(MARK).unwrap_or_default();
        rest.len() == SOURCE_DIGEST_DIGITS + SOURCE_LINE_DIGITS
            && mark[0] == b'1'
            && mark[1..].iter().all(|d| *d == b'0')
    }

    /// The records of the content, each with its line, counted from 1; empty lines are counted and passed over.
    pub fn records(content: &[u8]) -> impl Iterator<Item = (u64, Result<ParsedErrorRecord, ErrorRecordError>)> {
        let lines = (1..).zip(content.split(|byte| *byte == b'\n'));
        let lines = lines.filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace));
        lines.map(|(number, line)| (number, ParsedErrorRecord::parse(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d3_another_object_or_line_has_another_number() {
        let sources = [("b", "k", "c"), ("bk", "", "c"), ("b", "k", "d"), ("c", "k", "c"), ("b", "kc", "")];
        let numbers = sources.map(|(bucket, key, content)| ErrorSource::new(bucket, key, content.as_bytes()).number(1));
        let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
        assert_eq!(distinct.len(), sources.len());
        let source = ErrorSource::new("b", "k", b"");
        assert!(source.number(1) < source.number(2) && source.number(2) < source.number(u64::MAX));
    }

    #[test]
    fn a_replayed_number_is_above_those_of_a_stream_and_known_by_its_form() {
        let replayed = ErrorSource::new("b", "k", b"").number(1);
        let of_a_stream = SequenceNumber::parse(&"9".repeat(56)).unwrap();
        assert!(of_a_stream < replayed);
        let digits = replayed.to_string();
        let long = format!("{digits}0");
        let other = format!("2{}", &digits[1..]);
        let marred = format!("11{}", &digits[2..]);
        for (name, text, expected) in [
            ("its own", digits.as_str(), true),
            ("a stream's", "49590338271490256608559692538361571095921575989136588898", false),
            ("zero", "0", false),
            ("longer", &long, false),
            ("shorter", &digits[..99], false),
            ("another head", &other, false),
            ("no zeros", &marred, false),
        ] {
            assert_eq!(ErrorSource::is_of_one(&SequenceNumber::parse(text).unwrap()), expected, "{name}");
        }
        for line in [0, 1, u64::MAX] {
            assert!(ErrorSource::is_of_one(&ErrorSource { digest: u128::MAX }.number(line)));
            assert!(ErrorSource::is_of_one(&ErrorSource { digest: 0 }.number(line)));
        }
    }

    #[test]
    fn every_line_is_a_record_or_told() {
        let good = r#"{"attemptsMade":1,"arrivalTimestamp":5,"errorCode":"c","errorMessage":"m","rawData":"eA=="}"#;
        let content = format!("{good}\r\n\nnone\n{good}");
        let read: Vec<(u64, bool)> =
            ErrorSource::records(content.as_bytes()).map(|(line, record)| (line, record.is_ok())).collect();
        assert_eq!(read, [(1, true), (3, false), (4, true)]);
        assert_eq!(ErrorSource::records(b"").count(), 0);
    }
}
