//! Records in a file, one after the other, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use super::RECORD_BYTES_MAX;
use crate::scenario::Framing;

/// The file is read in pieces of this size.
const BUFFER_BYTES: usize = 256 * 1024;

/// What is wrong with a record.
#[derive(Debug, thiserror::Error)]
pub enum FramingError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// More than a record of the stream may hold.
    #[error(
        "{name} has {bytes} bytes and a partition key of {key_bytes}: expected at most {RECORD_BYTES_MAX} together"
    )]
    TooLarge {
        /// `line 3` or `record 3`, counted from 1.
        name: String,
        /// Size of its data.
        bytes: u64,
        /// Size of its partition key.
        key_bytes: u64,
    },
    /// The file ends within a record.
    #[error("{name} is cut off: expected {expected} bytes, and the file ends after {bytes}")]
    CutOff {
        /// `record 3`, counted from 1.
        name: String,
        /// What it should have.
        expected: u64,
        /// What it has.
        bytes: u64,
    },
}

/// Reads records one after the other.
pub(super) struct RecordReader<R> {
    input: BufReader<R>,
    framing: Framing,
    /// Records read so far: the number of the next one.
    read: u64,
}

impl<R: Read> RecordReader<R> {
    pub(super) fn new(input: R, framing: Framing) -> Self {
        Self { input: BufReader::with_capacity(BUFFER_BYTES, input), framing, read: 0 }
    }

    /// Reads the next record into `data` and returns its number, from 0; nothing at the file's end.
    pub(super) fn next(&mut self, data: &mut Vec<u8>) -> Result<Option<u64>, FramingError> {
        data.clear();
        let found = match self.framing {
            Framing::Lines => self.line(data)?,
            Framing::LengthPrefixed => self.length_prefixed(data)?,
        };
        if !found {
            return Ok(None);
        }
        self.read += 1;
        Ok(Some(self.read - 1))
    }

    fn line(&mut self, data: &mut Vec<u8>) -> Result<bool, FramingError> {
        let most = RECORD_BYTES_MAX + 1;
        let taken = self.input.by_ref().take(most).read_until(b'\n', data)? as u64;
        if taken == 0 {
            return Ok(false);
        }
        if data.last() == Some(&b'\n') {
            data.pop();
            self.check(data.len() as u64)?;
            return Ok(true);
        }
        // Without its end: the last line, or one too long, of which only the size is of interest.
        let mut bytes = taken;
        if taken == most {
            bytes += self.skip_line()?;
        }
        self.check(bytes)?;
        Ok(true)
    }

    /// Passes over the rest of a line; returns its size without the line feed.
    fn skip_line(&mut self) -> Result<u64, FramingError> {
        let mut skipped = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(skipped);
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let bytes = end.unwrap_or(buffer.len());
            skipped += bytes as u64;
            let consumed = end.map_or(bytes, |end| end + 1);
            self.input.consume(consumed);
            if end.is_some() {
                return Ok(skipped);
            }
        }
    }

    fn length_prefixed(&mut self, data: &mut Vec<u8>) -> Result<bool, FramingError> {
        let head = self.input.by_ref().take(4).read_to_end(data)?;
        if head == 0 {
            return Ok(false);
        }
        let name = || format!("record {}", self.read + 1);
        let Ok(length) = <[u8; 4]>::try_from(data.as_slice()) else {
            return Err(FramingError::CutOff {
                name: format!("the length of {}", name()),
                expected: 4,
                bytes: head as u64,
            });
        };
        let expected = u64::from(u32::from_be_bytes(length));
        self.check(expected)?;
        data.clear();
        let bytes = self.input.by_ref().take(expected).read_to_end(data)? as u64;
        if bytes < expected {
            return Err(FramingError::CutOff { name: name(), expected, bytes });
        }
        Ok(true)
    }

    fn check(&self, bytes: u64) -> Result<(), FramingError> {
        let key_bytes = self.read.to_string().len() as u64;
        if bytes + key_bytes <= RECORD_BYTES_MAX {
            return Ok(());
        }
        let kind = match self.framing {
            Framing::Lines => "line",
            Framing::LengthPrefixed => "record",
        };
        Err(FramingError::TooLarge { name: format!("{kind} {}", self.read + 1), bytes, key_bytes })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(framing: Framing, input: &[u8]) -> Result<Vec<Vec<u8>>, FramingError> {
        let mut reader = RecordReader::new(input, framing);
        let (mut data, mut records) = (Vec::new(), Vec::new());
        while let Some(number) = reader.next(&mut data)? {
            assert_eq!(number, records.len() as u64);
            records.push(data.clone());
        }
        Ok(records)
    }

    #[test]
    fn lines() {
        for (name, input, expected) in [
            ("empty", "", &[][..]),
            ("one", "a\n", &["a"]),
            ("without its end", "a\nb", &["a", "b"]),
            ("an empty line", "\n", &[""]),
            ("empty lines", "a\n\n\nb\n", &["a", "", "", "b"]),
            ("a carriage return is kept", "a\r\nb", &["a\r", "b"]),
        ] {
            let records = all(Framing::Lines, input.as_bytes()).unwrap();
            assert_eq!(records, expected.iter().map(|line| line.as_bytes()).collect::<Vec<_>>(), "{name}");
        }
    }

    #[test]
    fn a_line_too_long_is_named_with_its_size() {
        let most = usize::try_from(RECORD_BYTES_MAX).unwrap();
        for (name, bytes, end, valid) in [
            ("fits", most - 1, "\n", true),
            ("fits without its end", most - 1, "", true),
            ("a byte more", most, "\n", false),
            ("a byte more without its end", most, "", false),
            ("much more", 3 * most, "\nnext\n", false),
        ] {
            let input = [b"x\n".as_slice(), &vec![b'y'; bytes], end.as_bytes()].concat();
            match all(Framing::Lines, &input) {
                Ok(records) => assert!(valid && records[1].len() == bytes, "{name}"),
                Err(error) => {
                    assert!(!valid, "{name}");
                    let start = format!("line 2 has {bytes} bytes and a partition key of 1: expected at most 1048576");
                    assert!(error.to_string().starts_with(&start), "{name}: {error}");
                }
            }
        }
    }

    #[test]
    fn length_prefixed_errors() {
        for (name, input, expected) in [
            ("head", &[0, 0][..], "the length of record 1 is cut off: expected 4 bytes, and the file ends after 2"),
            ("body", &[0, 0, 0, 3, 1], "record 1 is cut off: expected 3 bytes, and the file ends after 1"),
            ("second", &[0, 0, 0, 0, 0, 0, 0, 1], "record 2 is cut off: expected 1 bytes, and the file ends after 0"),
            ("too large", &[255, 0, 0, 0, 1], "record 1 has 4278190080 bytes and a partition key of 1"),
        ] {
            let error = all(Framing::LengthPrefixed, input).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{name}: {error}");
        }
    }

    proptest! {
        #[test]
        fn length_prefixed_holds_any_bytes(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let mut input = Vec::new();
            for record in &records {
                input.extend(u32::try_from(record.len()).unwrap().to_be_bytes());
                input.extend(record);
            }
            prop_assert_eq!(all(Framing::LengthPrefixed, &input).unwrap(), records);
        }
    }
}
