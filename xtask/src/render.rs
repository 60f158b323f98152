//! `cargo xtask render`: what is rendered from the code and the environment files, committed, and checked for drift.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use penstock_delivery::config::variables;
use penstock_stack::{SETTINGS, Stack, cloudformation, terraform};

use crate::exit::{self, Exit};
use crate::{github_oidc, local, paths, screen};

/// Render what is rendered from the code, or check that it is up to date
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub what: Option<What>,
    /// Write the files, check them (exit 2 where they differ), or print what would be written
    #[arg(long, value_enum, default_value_t = Mode::Write)]
    pub mode: Mode,
}

/// What is rendered on demand alone.
#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Print a CloudFormation template of the roles that GitHub's workflows take
    GithubOidc(github_oidc::Arguments),
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

const ENVIRONMENTS: &str = "infra/environments";
const CLOUDFORMATION: &str = "infra/cloudformation";
const TERRAFORM: &str = "infra/terraform";

/// A file: what it is and what it should be. None: it should not be there.
#[derive(Debug, PartialEq, Eq)]
struct Rendered {
    /// Below the root.
    path: PathBuf,
    /// What is there; empty where nothing is.
    committed: String,
    /// What should be there; none where nothing should.
    text: Option<String>,
    /// What `--mode dry-run` prints.
    shown: String,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(What::GithubOidc(arguments)) = &arguments.what {
        return github_oidc::run(arguments);
    }
    let files = all()?;
    match arguments.mode {
        Mode::Write => {
            for file in files.iter().filter(|file| file.differs()) {
                write(file)?;
                screen::progress(file.path.display());
            }
        }
        Mode::DryRun => {
            for file in files.iter().filter(|file| file.text.is_some()) {
                screen::result(format_args!("── {} ──\n{}", file.path.display(), file.shown));
            }
        }
        Mode::Check => {
            let differing: Vec<&Rendered> = files.iter().filter(|file| file.differs()).collect();
            for file in &differing {
                screen::result(format_args!("{}:", file.path.display()));
                for line in differing_lines(&file.committed, file.text.as_deref().unwrap_or_default()) {
                    screen::result(line);
                }
            }
            if !differing.is_empty() {
                screen::progress("these are not what the code says: run `cargo xtask render`");
                return Ok(exit::DIFFERENCES);
            }
        }
    }
    Ok(exit::DONE)
}

impl Rendered {
    fn differs(&self) -> bool {
        // Nothing is rendered as an empty file, so that one is the same as none.
        self.committed != self.text.as_deref().unwrap_or_default()
    }
}

/// The README, and both renderings of every environment; and those whose environment is gone.
fn all() -> anyhow::Result<Vec<Rendered>> {
    let readme = PathBuf::from("README.md");
    let committed = committed(&readme)?;
    let text = Some(with_settings(&committed)?);
    let mut files = vec![Rendered { path: readme, committed, text, shown: settings() }];
    let names = stems(ENVIRONMENTS)?;
    for name in &names {
        let stack = Stack::of(&local::read_environment(name)?);
        files.push(infrastructure(template(name), Some(cloudformation::render(&stack)))?);
        files.push(infrastructure(module(name), Some(terraform::render(&stack)))?);
    }
    for (gone, path) in stems(CLOUDFORMATION)?.into_iter().map(|name| (!names.contains(&name), template(&name))) {
        files.extend(gone.then(|| infrastructure(path, None)).transpose()?);
    }
    for (gone, path) in stems(TERRAFORM)?.into_iter().map(|name| (!names.contains(&name), module(&name))) {
        files.extend(gone.then(|| infrastructure(path, None)).transpose()?);
    }
    Ok(files)
}

fn template(environment: &str) -> PathBuf {
    Path::new(CLOUDFORMATION).join(format!("{environment}.yaml"))
}

fn module(environment: &str) -> PathBuf {
    Path::new(TERRAFORM).join(environment).join("main.tf")
}

fn infrastructure(path: PathBuf, text: Option<String>) -> anyhow::Result<Rendered> {
    Ok(Rendered { committed: committed(&path)?, shown: text.clone().unwrap_or_default(), path, text })
}

/// What a file holds; nothing where it is not there.
fn committed(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(paths::root().join(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Names in a folder, sorted and without their extensions; none where the folder is not there.
fn stems(folder: &str) -> anyhow::Result<Vec<String>> {
    let entries = match std::fs::read_dir(paths::root().join(folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("cannot list {folder}"))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = PathBuf::from(entry.with_context(|| format!("cannot list {folder}"))?.file_name());
        names.extend(name.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn write(file: &Rendered) -> anyhow::Result<()> {
    let path = paths::root().join(&file.path);
    let Some(text) = &file.text else {
        return std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", file.path.display()));
    };
    let folder = path.parent().context("a rendered file has no folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", file.path.display()))
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
    for variable in variables::all() {
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
fn differing_lines<'t>(committed: &'t str, rendered: &'t str) -> Vec<String> {
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
        assert!(differing_lines(&readme, &rendered).iter().any(|line| line == "- of yesterday"));
    }

    #[test]
    fn every_environment_has_both_renderings_and_they_are_what_the_code_says() {
        let files = all().unwrap();
        for path in ["README.md", "infra/cloudformation/dev.yaml", "infra/terraform/prod/main.tf"] {
            assert!(files.iter().any(|file| file.path == Path::new(path)), "{path}");
        }
        for file in &files {
            assert!(!file.differs(), "{}: run `cargo xtask render`", file.path.display());
        }
    }

    #[test]
    fn a_file_differs_that_is_missing_changed_or_left_behind() {
        for (name, committed, text, differs) in [
            ("the same", "a", Some("a"), false),
            ("changed", "a", Some("b"), true),
            ("missing", "", Some("a"), true),
            ("left behind", "a", None, true),
            ("never there", "", None, false),
        ] {
            let (committed, text) = (committed.to_owned(), text.map(str::to_owned));
            let file = Rendered { path: PathBuf::new(), committed, text, shown: String::new() };
            assert_eq!(file.differs(), differs, "{name}");
        }
    }
}
