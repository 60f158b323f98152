//! `peers/python/measure.py`, asked one question at a time.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use crate::cores::Cores;
use crate::peer;

/// A Python that waits for questions.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What Python took, and how long what it made is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// How long.
    pub wall: Duration,
    /// How many bytes.
    pub bytes: u64,
}

impl Worker {
    /// Starts it on the functions' core.
    pub fn start(folder: &Path, cores: Cores, arguments: &[&str]) -> anyhow::Result<Self> {
        cores.take_function();
        let mut child = Command::new(peer::python(folder))
            .arg("-B")
            .arg(peer::sources("python").join("measure.py"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start Python")?;
        let questions = child.stdin.take().context("no standard input")?;
        let answers = BufReader::new(child.stdout.take().context("no standard output")?);
        Ok(Self { child, questions, answers })
    }

    /// Asks once.
    pub fn ask(&mut self, command: &str, file: &Path) -> anyhow::Result<Measured> {
        writeln!(self.questions, "{command} {}", file.display()).context("Python has ended")?;
        let mut line = String::new();
        self.answers.read_line(&mut line).context("Python has ended")?;
        parse(&line).with_context(|| format!("Python measured nothing: {line:?}"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn parse(line: &str) -> Option<Measured> {
    let (nanoseconds, bytes) = line.trim().split_once(' ')?;
    Some(Measured { wall: Duration::from_nanos(nanoseconds.parse().ok()?), bytes: bytes.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_two_numbers() {
        assert_eq!(parse("1500 20\n"), Some(Measured { wall: Duration::from_nanos(1_500), bytes: 20 }));
        assert_eq!(parse(""), None);
        assert_eq!(parse("fast\n"), None);
    }
}
