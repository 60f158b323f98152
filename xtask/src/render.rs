//! `cargo xtask render`: what is rendered from the code, committed, and checked for drift.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use penstock_delivery::config::variables::VARIABLES;
use penstock_stack::SETTINGS;

use crate::exit::{self, Exit};
use crate::{paths, screen};

/// Render what is rendered from the code, or check that it is up to date
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Write the files, check them (exit 2 where they differ), or print what would be written
    #[arg(long, value_enum, default_value_t = Mode::Write)]
    pub mode: Mode,
}

/// What to do with what is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    Write,
    Check,
    DryRun,
}

/// Where the README's table of settings begins and ends.
const BEGIN: &str = "<!-- begin of what `cargo xtask render` writes -->\n";
const END: &str = "<!-- end of what `cargo xtask render` writes -->\n";

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let path = paths::root().join("README.md");
    let committed = std::fs::read_to_string(&path).context("cannot read README.md")?;
    let rendered = with_settings(&committed)?;
    match arguments.mode {
        Mode::Write | Mode::Check if rendered == committed => {}
        Mode::Write => std::fs::write(&path, rendered).context("cannot write README.md")?,
        Mode::DryRun => screen::result(settings()),
        Mode::Check => {
            for line in differing(&committed, &rendered) {
                screen::result(line);
            }
            screen::progress("README.md is not what the code says: run `cargo xtask render`");
            return Ok(exit::DIFFERENCES);
        }
    }
    Ok(exit::DONE)
}

/// The README with the table of settings that the code has now.
fn with_settings(readme: &str) -> anyhow::Result<String> {
    let (before, rest) = readme.split_once(BEGIN).with_context(|| format!("README.md has no line {BEGIN:?}"))?;
    let Some((_, after)) = rest.split_once(END) else { bail!("README.md has no line {END:?}") };
    Ok(format!("{before}{BEGIN}{}{END}{after}", settings()))
}

/// The tables of settings: the file's, and the delivery's with their variables.
fn settings() -> String {
    let mut out = String::from("| key | default | what it says |\n| --- | --- | --- |\n");
    for setting in SETTINGS {
        let _ = writeln!(out, "| `{}.{}` | {} | {} |", setting.table, setting.key, setting.default, setting.doc);
    }
    out.push_str("\n| key of `[delivery]` | variable of the function | default | what it says |\n");
    out.push_str("| --- | --- | --- | --- |\n");
    for variable in VARIABLES {
        let default = match variable.default {
            Some("") | None if variable.key == "bucket" => "required".to_owned(),
            Some("") | None => "none".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let _ = writeln!(out, "| `{}` | `{}` | {default} | {} |", variable.key, variable.name, variable.doc);
    }
    out
}

/// Lines that only one of the two has.
fn differing<'t>(committed: &'t str, rendered: &'t str) -> Vec<String> {
    let lacks = |text: &'t str, line: &&str| !text.lines().any(|other| other == *line);
    let removed = committed.lines().filter(|line| lacks(rendered, line)).map(|line| format!("- {line}"));
    let added = rendered.lines().filter(|line| lacks(committed, line)).map(|line| format!("+ {line}"));
    removed.chain(added).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_marks_is_rendered() {
        let readme = format!("# Title\n{BEGIN}of yesterday\n{END}rest\n");
        let rendered = with_settings(&readme).unwrap();
        assert!(
            rendered.starts_with("# Title\n") && rendered.ends_with("rest\n") && !rendered.contains("of yesterday")
        );
        assert_eq!(with_settings(&rendered).unwrap(), rendered);
        assert!(with_settings("# Title\n").is_err());
        assert!(differing(&readme, &rendered).iter().any(|line| line == "- of yesterday"));
    }
}
