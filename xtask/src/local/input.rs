//! The input of a run: a file of records, held to compare with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::scenario::Framing;
use crate::paths;

/// Bytes of the length before a record.
const LENGTH_BYTES: usize = 4;

/// Records as they are sent.
pub struct InputFile {
    /// The file.
    pub path: PathBuf,
    /// How its records lie in it.
    pub framing: Framing,
    content: Vec<u8>,
    is_spooled: bool,
}

impl Drop for InputFile {
    fn drop(&mut self) {
        if self.is_spooled {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl InputFile {
    /// Reads it, from the standard input by way of a file that the sender can read again.
    pub fn read(path: &Path, framing: Framing) -> anyhow::Result<Self> {
        let is_spooled = path.as_os_str() == "-";
        let path = if is_spooled {
            let spool = paths::target_dir()?.join(format!("local-input-{}.txt", std::process::id()));
            let mut file =
                std::fs::File::create(&spool).with_context(|| format!("cannot write {}", spool.display()))?;
            std::io::copy(&mut std::io::stdin().lock(), &mut file).context("cannot read the standard input")?;
            spool
        } else {
            std::path::absolute(path).context("the input has no absolute path")?
        };
        if path.is_dir() {
            bail!("the input {} is a folder: expected a file of records", paths::shown(&path));
        }
        let content = std::fs::read(&path).with_context(|| format!("cannot read the input {}", paths::shown(&path)))?;
        Ok(Self { path, framing, content, is_spooled })
    }

    /// Its records.
    pub fn records(&self) -> anyhow::Result<Vec<&[u8]>> {
        match self.framing {
            Framing::Lines => Ok(lines(&self.content)),
            Framing::LengthPrefixed => length_prefixed(&self.content).with_context(|| paths::shown(&self.path)),
        }
    }
}

/// Each line without its line feed; a last line may lack one.
fn lines(content: &[u8]) -> Vec<&[u8]> {
    let without_end = content.strip_suffix(b"\n").unwrap_or(content);
    if content.is_empty() { Vec::new() } else { without_end.split(|&byte| byte == b'\n').collect() }
}

/// Each record behind its length.
fn length_prefixed(mut content: &[u8]) -> anyhow::Result<Vec<&[u8]>> {
    let mut records = Vec::new();
    while !content.is_empty() {
        let cut_off = || format!("record {} is cut off", records.len() + 1);
        let (length, rest) = content.split_first_chunk::<LENGTH_BYTES>().with_context(cut_off)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).with_context(cut_off)?;
        let (record, rest) = rest.split_at_checked(length).with_context(cut_off)?;
        records.push(record);
        content = rest;
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_line_or_stands_behind_its_length() {
        for (name, content, expected) in [
            ("nothing", &b""[..], &[][..]),
            ("one", b"a", &[&b"a"[..]]),
            ("one, ended", b"a\n", &[b"a"]),
            ("an empty line is an empty record", b"a\n\nb\n", &[b"a", b"", b"b"]),
            ("only a line feed", b"\n", &[b""]),
            ("a carriage return stays", b"a\r\nb", &[b"a\r", b"b"]),
        ] {
            assert_eq!(lines(content), expected, "{name}");
        }
        assert_eq!(length_prefixed(b"\0\0\0\x02a\n\0\0\0\0\0\0\0\x01b").unwrap(), [&b"a\n"[..], b"", b"b"]);
        for cut_off in [&b"\0\0\0\x02a"[..], b"\0\0\0\x01a\0\0"] {
            assert!(length_prefixed(cut_off).unwrap_err().to_string().contains("is cut off"));
        }
    }
}
