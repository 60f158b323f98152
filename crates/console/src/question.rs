//! Questions. Each has a flag that answers it; where nobody can be asked it is refused at once, and the flag is named.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use anyhow::Context as _;

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As asked.
    Yes,
    /// Anything else.
    No,
    /// There is no terminal, so nobody was asked.
    NobodyToAsk,
}

/// Whether a person can be asked: input and progress are a terminal's, and not where lines are collected.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && std::env::var_os("CI").is_none()
}

/// Asks for a yes; anything but `y` or `yes` is a no.
pub fn confirm(question: &str) -> anyhow::Result<Answer> {
    ask(&format!("{question} [y/N] "), |answer| matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks for `word`, to be typed as it is: for what cannot be undone.
pub fn typed(question: &str, word: &str) -> anyhow::Result<Answer> {
    ask(&format!("{question} Type {word} to go on: "), |answer| answer == word)
}

/// Asks for a text; an empty line is `default`. None where nobody can be asked.
pub fn text(question: &str, default: &str) -> anyhow::Result<Option<String>> {
    let Some(answer) = line(&format!("{question} [{default}] "))? else { return Ok(None) };
    Ok(Some(if answer.is_empty() { default.to_owned() } else { answer }))
}

fn ask(prompt: &str, is_yes: impl Fn(&str) -> bool) -> anyhow::Result<Answer> {
    Ok(match line(prompt)? {
        None => Answer::NobodyToAsk,
        Some(answer) if is_yes(&answer) => Answer::Yes,
        Some(_) => Answer::No,
    })
}

fn line(prompt: &str) -> anyhow::Result<Option<String>> {
    if !can_ask() {
        return Ok(None);
    }
    {
        // Let go of before the answer comes: meanwhile others may have something to say.
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "{prompt}").and_then(|()| stderr.flush()).context("cannot ask")?;
    }
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(Some(answer.trim().to_owned()))
}
