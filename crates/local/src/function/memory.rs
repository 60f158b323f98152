//! How much memory the process groups of this machine hold: looked up from time to time, for all environments at once.
//!
//! It is an approximation of what Lambda's own limit counts. The resident sets of all processes of a group are added up,
//! so pages that they share count several times, and a peak between two looks is not seen.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::Instant;

/// How often the memory of an environment at work is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What was seen so shortly ago serves another environment too.
const FRESH: Duration = Duration::from_millis(50);

/// Bytes in Lambda's MB.
const MB: u64 = 1024 * 1024;

/// Bytes by the number of the process group.
type Groups = HashMap<i32, u64>;

/// The last look. Cheap to clone; all clones share it.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<tokio::sync::Mutex<Option<(Instant, Groups)>>>);

impl Memory {
    /// The bytes that a process group holds; 0 where it is gone or the system does not tell.
    pub(super) async fn of(&self, group: i32) -> u64 {
        let mut last = self.0.lock().await;
        let fresh = last.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH);
        if !fresh {
            *last = Some((Instant::now(), look().await));
        }
        last.as_ref().and_then(|(_, groups)| groups.get(&group).copied()).unwrap_or_default()
    }
}

/// Why an environment is ended that holds `bytes`, if that is more than `memory_size` MB.
pub(super) fn excess(bytes: u64, memory_size: u32) -> Option<String> {
    let limit = u64::from(memory_size);
    (bytes > limit * MB).then(|| format!("out of memory: {} MB of {limit} MB", bytes.div_ceil(MB)))
}

async fn look() -> Groups {
    if cfg!(target_os = "linux") {
        // It fails when the runtime is shut down, and then nobody waits for it.
        tokio::task::spawn_blocking(look_in_proc).await.unwrap_or_default()
    } else {
        look_with_ps().await
    }
}

/// Linux: a file a process.
fn look_in_proc() -> Groups {
    let page_bytes = rustix::param::page_size() as u64;
    let mut groups = Groups::new();
    let Ok(entries) = std::fs::read_dir("/proc") else { return groups };
    for entry in entries.flatten() {
        if !entry.file_name().as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        // A process may end at any moment.
        let Ok(stat) = std::fs::read(entry.path().join("stat")) else { continue };
        if let Some((group, pages)) = parse_stat(&String::from_utf8_lossy(&stat)) {
            *groups.entry(group).or_default() += pages * page_bytes;
        }
    }
    groups
}

/// The group and the resident pages of a process: `pgrp` and `rss`, the fields 5 and 24 of proc(5)'s `stat`.
fn parse_stat(stat: &str) -> Option<(i32, u64)> {
    // The second field is the program's name in parentheses, which may hold anything, further parentheses too.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let group = fields.nth(2)?.parse().ok()?;
    let pages = fields.nth(18)?.parse().ok()?;
    Some((group, pages))
}

/// Elsewhere: the one tool that every Unix has.
async fn look_with_ps() -> Groups {
    let mut command = Command::new("ps");
    command.args(["-A", "-o", "pgid=", "-o", "rss="]).stdin(Stdio::null()).kill_on_drop(true);
    match command.output().await {
        Ok(output) => parse_ps(&String::from_utf8_lossy(&output.stdout)),
        Err(_) => Groups::new(),
    }
}

/// Lines of a group and its resident KiB.
fn parse_ps(table: &str) -> Groups {
    let mut groups = Groups::new();
    for line in table.lines() {
        let mut fields = line.split_ascii_whitespace();
        let group = fields.next().and_then(|group| group.parse().ok());
        let kibibytes = fields.next().and_then(|rss| rss.parse::<u64>().ok());
        if let (Some(group), Some(kibibytes)) = (group, kibibytes) {
            *groups.entry(group).or_default() += kibibytes * 1024;
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_tells_its_group_and_pages() {
        let tail = "S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 99 1000 321 18446744073709551615";
        for (name, stat, expect) in [
            ("plain", format!("77 (bootstrap) {tail}"), Some((42, 321))),
            ("a name with all", format!("77 (a) S (b c)) {tail}"), Some((42, 321))),
            ("short", "77 (bootstrap) S 1 42".to_owned(), None),
            ("nothing", String::new(), None),
        ] {
            assert_eq!(parse_stat(&stat), expect, "{name}");
        }
    }

    #[test]
    fn ps_tells_groups_and_kibibytes() {
        let groups = parse_ps("    1   100\n   42  2048\n   42     0\n   42  1024\n   ?? x\n\n");
        assert_eq!(groups, Groups::from([(1, 100 * 1024), (42, 3 * MB)]));
    }

    #[test]
    fn memory_has_a_limit() {
        for (name, bytes, expect) in [
            ("none", 0, None),
            ("at the limit", 128 * MB, None),
            ("one more", 128 * MB + 1, Some("out of memory: 129 MB of 128 MB")),
            ("far more", 300 * MB, Some("out of memory: 300 MB of 128 MB")),
        ] {
            assert_eq!(excess(bytes, 128).as_deref(), expect, "{name}");
        }
    }

    #[tokio::test]
    async fn our_own_group_holds_something() {
        let group = rustix::process::getpgrp().as_raw_pid();
        let bytes = Memory::default().of(group).await;
        assert!((MB..1_000_000 * MB).contains(&bytes), "{bytes}");
        assert_eq!(Memory::default().of(-1).await, 0, "nobody's group");
    }
}
