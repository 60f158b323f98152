//! Walks the objects record by record. It knows the records' own form and the delimiter, and nothing of keys, ranges
//! or metadata.

use anyhow::{Context as _, ensure};

use super::generate::HEAD_BYTES;
use crate::local::ObjectStored;

/// What lies behind each record.
const DELIMITER: &[u8] = b"\n";

/// What the objects hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Walked {
    /// Ids that are stored.
    pub stored: u64,
    /// Ids that are not, and were to be.
    pub lost: u64,
    /// Ids that are stored more than once.
    pub doubled: u64,
}

/// Walks all objects for the ids of all records; those that are `excused` may lie nowhere.
pub fn walk(objects: &[ObjectStored], excused: &[bool]) -> anyhow::Result<Walked> {
    let mut times = vec![0_u32; excused.len()];
    for object in objects {
        let body = std::fs::read(&object.path).with_context(|| format!("cannot read {}", object.path.display()))?;
        walk_body(&body, &mut times).with_context(|| format!("{} cannot be walked", object.key))?;
    }
    let count = |wanted: fn(&u32) -> bool| times.iter().filter(|times| wanted(times)).count() as u64;
    let lost = times.iter().zip(excused).filter(|(times, excused)| **times == 0 && !**excused).count() as u64;
    Ok(Walked { stored: count(|t| *t > 0), lost, doubled: count(|t| *t > 1) })
}

fn walk_body(mut body: &[u8], times: &mut [u32]) -> anyhow::Result<()> {
    while !body.is_empty() {
        let head = body.get(..HEAD_BYTES).and_then(|head| std::str::from_utf8(head).ok());
        let mut numbers = head.context("a record has no head")?.split_ascii_whitespace().map(str::parse::<usize>);
        let (Some(Ok(id)), Some(Ok(length))) = (numbers.next(), numbers.next()) else {
            anyhow::bail!("a record's head is not an id and a length");
        };
        *times.get_mut(id).with_context(|| format!("id {id} was never sent"))? += 1;
        let behind = body.get(length..).with_context(|| format!("record {id} is cut short"))?;
        body = behind.strip_prefix(DELIMITER).with_context(|| format!("no delimiter behind record {id}"))?;
        ensure!(length >= HEAD_BYTES, "record {id} is shorter than its head");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_finds_what_is_lost_doubled_and_cut() {
        let mut times = vec![0; 3];
        walk_body(b"0000000 0000018 ab\n0000002 0000016 \n0000002 0000016 \n", &mut times).unwrap();
        assert_eq!(times, [1, 0, 2]);
        for (name, body) in [
            ("cut", &b"0000000 0000099 ab\n"[..]),
            ("no delimiter", b"0000000 0000018 ab"),
            ("unknown id", b"0000009 0000016 \n"),
            ("no head", b"xx"),
        ] {
            assert!(walk_body(body, &mut times).is_err(), "{name}");
        }
    }
}
