//! What is sent: records that say which they are, or the lines of a file.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use anyhow::Context as _;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use penstock_console::arguments::SendArguments;

/// Records, one after another.
#[derive(Debug)]
pub struct Feed {
    source: Source,
    keys: u64,
    next: u64,
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
        Ok(Self { source, keys: arguments.keys.into(), next: 0, records })
    }

    /// How many there are, as far as it is known.
    pub fn records(&self) -> u64 {
        self.records.unwrap_or(0)
    }

    /// Whether there are no more.
    pub fn is_empty(&self) -> bool {
        self.records.is_some_and(|records| self.next >= records)
    }

    /// So many at most; fewer where there are no more.
    pub fn take(&mut self, most: usize) -> anyhow::Result<Vec<PutRecordsRequestEntry>> {
        let mut entries = Vec::new();
        while entries.len() < most
            && let Some(entry) = self.next()?
        {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The next one. A line that is empty is none.
    fn next(&mut self) -> anyhow::Result<Option<PutRecordsRequestEntry>> {
        if self.is_empty() {
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
        let key = format!("key-{}", self.next % self.keys);
        self.next += 1;
        Ok(Some(PutRecordsRequestEntry::builder().partition_key(key).data(Blob::new(data)).build()?))
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
