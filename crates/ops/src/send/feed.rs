//! What is sent: records that say which they are, or the lines of a file.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use anyhow::Context as _;
use penstock_console::arguments::{Aggregate, SendArguments};

use super::aggregate::{Bundle, UserRecord};

/// Bytes of records that are wrapped into one, unless the first is larger: a record of the stream has 1 MiB by default,
/// and what is around them needs room.
const WRAPPED_BYTES_MAX: usize = 900_000;

/// Records, one after another, each alone or several in one.
#[derive(Debug)]
pub struct Feed {
    source: Source,
    keys: u64,
    aggregate: Option<Aggregate>,
    /// How many records are wrapped into one.
    per_record: usize,
    /// One that did not fit any more.
    waiting: Option<UserRecord>,
    next: u64,
    bundles: u64,
    /// How many there are; of a file it is known when all are read.
    records: Option<u64>,
}

#[derive(Debug)]
enum Source {
    Made { run: String, size: usize },
    Lines { name: String, reader: BufReader<File> },
}

impl Feed {
    /// As the arguments say.
    pub fn open(arguments: &SendArguments) -> anyhow::Result<Self> {
        let (source, records) = if let Some(path) = &arguments.file {
            let name = path.display().to_string();
            let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
            (Source::Lines { name, reader: BufReader::new(file) }, None)
        } else {
            let run = format!("{:08x}", fastrand::u32(..));
            (Source::Made { run, size: arguments.size as usize }, Some(arguments.count))
        };
        let aggregate = arguments.aggregate;
        let per_record = aggregate.map_or(1, |_| arguments.per_record as usize);
        let keys = arguments.keys.into();
        Ok(Self { source, keys, aggregate, per_record, waiting: None, next: 0, bundles: 0, records })
    }

    /// How many there are, as far as it is known.
    pub fn records(&self) -> u64 {
        self.records.unwrap_or(0)
    }

    /// Whether there are no more.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_none() && self.is_read()
    }

    /// So many records, and what fills the last record of the stream; fewer where there are no more.
    pub fn take(&mut self, most: usize) -> anyhow::Result<Vec<Bundle>> {
        let (mut bundles, mut records) = (Vec::new(), 0);
        while records < most as u64
            && let Some(bundle) = self.bundle()?
        {
            records += bundle.records;
            bundles.push(bundle);
        }
        Ok(bundles)
    }

    /// The next record of the stream, if there is one.
    fn bundle(&mut self) -> anyhow::Result<Option<Bundle>> {
        let (mut records, mut bytes) = (Vec::new(), 0);
        while records.len() < self.per_record
            && let Some(record) = self.next()?
        {
            bytes += record.data.len();
            if bytes > WRAPPED_BYTES_MAX && !records.is_empty() {
                self.waiting = Some(record);
                break;
            }
            records.push(record);
        }
        if records.is_empty() {
            return Ok(None);
        }
        // By its own number: where the records' keys repeat as often as they are wrapped, theirs would be one key.
        let key = self.key(self.bundles);
        self.bundles += 1;
        Bundle::of(self.aggregate, key, &records).map(Some)
    }

    fn key(&self, number: u64) -> String {
        format!("key-{}", number % self.keys)
    }

    fn is_read(&self) -> bool {
        self.records.is_some_and(|records| self.next >= records)
    }

    /// The next record. A line that is empty is none.
    fn next(&mut self) -> anyhow::Result<Option<UserRecord>> {
        if let Some(record) = self.waiting.take() {
            return Ok(Some(record));
        }
        if self.is_read() {
            return Ok(None);
        }
        let data = match &mut self.source {
            Source::Made { run, size } => Some(made(run, self.next, *size)),
            Source::Lines { name, reader } => line(reader).with_context(|| format!("cannot read {name}"))?,
        };
        let Some(data) = data else {
            self.records = Some(self.next);
            return Ok(None);
        };
        let partition_key = self.key(self.next);
        self.next += 1;
        Ok(Some(UserRecord { partition_key, data }))
    }
}

fn line(reader: &mut BufReader<File>) -> std::io::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.ends_with(b"\n") {
            line.pop();
        }
        if !line.is_empty() {
            return Ok(Some(line));
        }
    }
}

/// A JSON object of exactly `size` bytes, which says of which run it is, and which one.
fn made(run: &str, number: u64, size: usize) -> Vec<u8> {
    let at = chrono::Utc::now().timestamp_millis();
    let head = format!("{{\"id\":\"{run}-{number}\",\"at\":{at},\"pad\":\"");
    let tail = "\"}";
    let pad = size.saturating_sub(head.len() + tail.len());
    let mut text = head;
    text.extend(std::iter::repeat_n('x', pad));
    text.push_str(tail);
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(aggregate: Option<Aggregate>, size: usize, count: u64) -> Feed {
        let source = Source::Made { run: "0badcafe".to_owned(), size };
        Feed { source, keys: 5, aggregate, per_record: 5, waiting: None, next: 0, bundles: 0, records: Some(count) }
    }

    #[test]
    fn records_are_wrapped_by_number_and_by_size() {
        for (name, size, count, expected) in [
            ("all full", 100, 10, &[5, 5][..]),
            ("the last is not", 100, 12, &[5, 5, 2]),
            ("two have room", 400_000, 5, &[2, 2, 1]),
            ("none has room beside another", 1_000_000, 2, &[1, 1]),
        ] {
            let mut feed = feed(Some(Aggregate::Json), size, count);
            let bundles = feed.take(1_000).unwrap();
            let records: Vec<u64> = bundles.iter().map(|bundle| bundle.records).collect();
            assert_eq!(records, expected, "{name}");
            assert!(feed.is_empty(), "{name}");
            let keys: Vec<_> = bundles.iter().map(|bundle| bundle.entry.partition_key().unwrap()).collect();
            assert_eq!(keys, ["key-0", "key-1", "key-2"][..keys.len()], "{name}");
        }
    }

    #[test]
    fn what_is_asked_for_is_taken_up_to_a_whole_record_of_the_stream() {
        let mut feed = feed(Some(Aggregate::Kpl), 100, 12);
        assert_eq!(feed.take(6).unwrap().iter().map(|bundle| bundle.records).sum::<u64>(), 10);
        assert!(!feed.is_empty());
        assert_eq!(feed.take(6).unwrap().iter().map(|bundle| bundle.records).sum::<u64>(), 2);
        assert!(feed.is_empty());
    }

    #[test]
    fn a_record_says_which_it_is_and_has_its_size() {
        for size in [64, 100, 1_048_320] {
            let text = made("0badcafe", 12, size);
            assert_eq!(text.len(), size);
            let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(value["id"], "0badcafe-12");
        }
    }
}
