//! Instructions, counted by valgrind.
//!
//! The binary has no symbols, so whole processes are counted: one that works once and one that works some times more. What a
//! call takes is the difference, by the calls between them; starting and reading the event fall out.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

/// Calls of the process that works more.
const CALLS: u32 = 4;

/// Fails with the way to get it where there is no valgrind.
pub fn ensure_valgrind() -> anyhow::Result<()> {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !version.is_ok_and(|status| status.success()) {
        bail!("valgrind is missing, which counts instructions: `apt-get install --yes valgrind`");
    }
    Ok(())
}

/// Instructions of one call of what a program does. `program` gives it with arguments by which it does that so many times. Files
/// of valgrind's go to `folder`.
pub fn per_call(folder: &Path, program: impl Fn(u32) -> Command) -> anyhow::Result<u64> {
    let (one, more) = (count(folder, &program(1))?, count(folder, &program(CALLS))?);
    ensure!(more > one, "{CALLS} calls took {more} instructions and one took {one}");
    Ok((more - one) / u64::from(CALLS - 1))
}

fn count(folder: &Path, program: &Command) -> anyhow::Result<u64> {
    let output = folder.join("callgrind.out");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", output.display()));
    valgrind.arg(program.get_program()).args(program.get_args());
    let status = valgrind.stdout(Stdio::null()).status().context("cannot start valgrind")?;
    ensure!(status.success(), "valgrind failed ({status})");
    let text = std::fs::read_to_string(&output).with_context(|| format!("cannot read {}", output.display()))?;
    total(&text).with_context(|| format!("{} has no total", output.display()))
}

/// The total of a file of callgrind's. Source: callgrind format specification, `totals` and `summary`.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_file_of_callgrinds_is_read() {
        assert_eq!(total("# callgrind format\nevents: Ir\nsummary: 41\n\nfn=(1)\n0 41\ntotals: 41\n"), Some(41));
        assert_eq!(total("events: Ir\ntotals: 1234567890123 5\n"), Some(1_234_567_890_123));
        assert_eq!(total("events: Ir\n"), None);
    }
}
