//! What clippy cannot see: the house's own rules, file by file and manifest by manifest.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::{paths, screen};

/// Lines at which a file is no longer one noun; tests and tables may have more.
const LINES_MAX: usize = 600;

/// Folders at the root; no others.
const ROOT_FOLDERS: [&str; 7] = [".cargo", ".ci", ".config", ".github", "crates", "infra", "xtask"];

/// Crates that know no clock, no network and no file system, and what they may depend on of ours.
const PURE: [(&str, &[&str]); 6] = [
    ("crates/format", &[]),
    ("crates/columns", &[]),
    ("crates/jq", &[]),
    ("crates/delivery", &["penstock-columns", "penstock-format", "penstock-jq"]),
    ("crates/event", &["penstock-delivery", "penstock-format"]),
    ("crates/stack", &["penstock-delivery", "penstock-format"]),
];

/// The promises; each has tests whose names begin with its tag, and a place in ARCHITECTURE.md.
const PROMISES: [&str; 12] = ["d1", "d2", "d3", "d4", "d5", "k1", "k2", "k3", "f1", "l1", "s1", "s2"];

/// Crates that bring the world with them.
const IMPURE: [&str; 12] = [
    "aws-config",
    "aws-sdk",
    "axum",
    "fastrand",
    "futures",
    "getrandom",
    "hyper",
    "lambda",
    "rand",
    "reqwest",
    "tempfile",
    "tokio",
];

/// Runs all rules, and tells every breach.
pub fn run() -> anyhow::Result<()> {
    let files = files()?;
    let mut breaches = Vec::new();
    let mut promises = PROMISES.map(|_| false);
    root_folders(&files, &mut breaches);
    for file in &files {
        let is = |extension: &str| file.extension().is_some_and(|found| found == extension);
        if is("rs") {
            let text = read(file)?;
            source(file, &text, &mut breaches);
            proves(&text, &mut promises);
        } else if file.file_name().is_some_and(|name| name == "Cargo.toml") {
            manifest(file, &read(file)?, &mut breaches);
        }
    }
    fences(&mut breaches)?;
    let map = read(Path::new("ARCHITECTURE.md"))?;
    for (tag, proved) in PROMISES.iter().zip(promises) {
        if !proved {
            breaches.push(format!("no test's name begins with {tag}_: a promise without its test"));
        }
        if !map.contains(&tag.to_uppercase()) {
            breaches.push(format!("ARCHITECTURE.md: it does not say where {} is proved", tag.to_uppercase()));
        }
    }
    for breach in &breaches {
        screen::progress(breach);
    }
    if breaches.is_empty() { Ok(()) } else { bail!("{} rules of the house are broken", breaches.len()) }
}

/// All files of the house: everything but what is built and git's own. Git itself is not asked: the tests need only
/// Rust and a C compiler.
fn files() -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(paths::root().join(&folder));
        for entry in entries.with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry.context("cannot list a folder")?;
            let path = folder.join(entry.file_name());
            if path == Path::new("target") || path == Path::new(".git") {
                continue;
            }
            if entry.file_type().context("cannot tell a file from a folder")?.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(paths::root().join(file)).with_context(|| format!("cannot read {}", file.display()))
}

fn root_folders(files: &[PathBuf], breaches: &mut Vec<String>) {
    for file in files {
        let mut parts = file.components();
        let (Some(first), Some(_)) = (parts.next(), parts.next()) else { continue };
        let first = first.as_os_str().to_string_lossy();
        if !ROOT_FOLDERS.contains(&first.as_ref()) {
            breaches.push(format!("{}: {first} is no folder of this house", file.display()));
        }
    }
}

/// A source file says what it is for, is of one noun's length, and leaves nothing for later.
fn source(file: &Path, text: &str, breaches: &mut Vec<String>) {
    let mut breach = |what: &str| breaches.push(format!("{}: {what}", file.display()));
    let is_test = file.components().any(|part| part.as_os_str() == "tests")
        || file.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
    if !is_test && !text.starts_with("//!") {
        breach("it does not begin with what it is responsible for (`//!`)");
    }
    let lines = text.lines().count();
    if !is_test && lines > LINES_MAX {
        breach(&format!("it has {lines} lines, at most {LINES_MAX} are one noun"));
    }
    // Written apart, so that this file does not break its own rule.
    for later in [concat!("#[", "ignore"), concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME")]
    {
        if text.contains(later) {
            breach(&format!("it holds {later}"));
        }
    }
}

/// Notes the promises that a file has a test of.
fn proves(text: &str, promises: &mut [bool; PROMISES.len()]) {
    let tests = ["#[test]", "#[tokio::test"].into_iter().flat_map(|attribute| text.split(attribute).skip(1));
    for name in tests.filter_map(|test| test.split_once("fn ").map(|(_, name)| name)) {
        for (tag, proved) in PROMISES.iter().zip(promises.iter_mut()) {
            *proved |= name.strip_prefix(tag).is_some_and(|rest| rest.starts_with('_'));
        }
    }
}

/// A manifest takes lints and versions from the workspace, but for what is a workspace of its own.
fn manifest(file: &Path, text: &str, breaches: &mut Vec<String>) {
    if text.lines().any(|line| line == "[workspace]") {
        return;
    }
    let mut breach = |what: &str| breaches.push(format!("{}: {what}", file.display()));
    if !text.contains("[lints]\nworkspace = true") {
        breach("it does not take the workspace's lints");
    }
    let dependencies = text
        .split("dependencies]")
        .skip(1)
        .flat_map(|section| section.lines().skip(1).take_while(|line| !line.starts_with('[')));
    for line in dependencies.filter(|line| line.contains('=') && !line.trim_start().starts_with('#')) {
        if !line.contains("workspace = true") {
            breach(&format!("`{line}` does not take its version from the workspace"));
        }
    }
}

/// A pure crate has its fence and nothing that reaches over it.
fn fences(breaches: &mut Vec<String>) -> anyhow::Result<()> {
    let fence = read(&Path::new(PURE[0].0).join("clippy.toml"))?;
    for (folder, ours) in PURE {
        let path = Path::new(folder);
        if read(&path.join("clippy.toml"))? != fence {
            breaches.push(format!("{folder}: its clippy.toml is not the fence that every pure crate has"));
        }
        let manifest = read(&path.join("Cargo.toml"))?;
        let (_, dependencies) = manifest.split_once("[dependencies]").context("a pure crate has dependencies")?;
        let names = dependencies.lines().skip(1).take_while(|line| !line.starts_with('['));
        for name in names.filter_map(|line| line.split(['.', ' ', '=']).next()).filter(|name| !name.is_empty()) {
            if IMPURE.iter().any(|impure| name.starts_with(impure)) {
                breaches.push(format!("{folder}: {name} brings the world into a pure crate"));
            }
            if name.starts_with("penstock-") && !ours.contains(&name) {
                breaches.push(format!("{folder}: it must not depend on {name}"));
            }
        }
    }
    let local = read(Path::new("crates/local/Cargo.toml"))?;
    if local.contains("penstock-format") || local.contains("penstock-delivery") || local.contains("penstock-stack") {
        breaches.push("crates/local: it must not depend on a crate of ours".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        run().unwrap();
    }

    #[test]
    fn a_breach_is_seen() {
        let seen = |check: &dyn Fn(&mut Vec<String>)| {
            let mut breaches = Vec::new();
            check(&mut breaches);
            breaches.len()
        };
        let file = Path::new("crates/x/src/lib.rs");
        assert_eq!(seen(&|b| source(file, "//! For this.\n", b)), 0);
        assert_eq!(seen(&|b| source(file, "fn f() {}\n", b)), 1);
        assert_eq!(seen(&|b| source(file, &format!("//! Long.\n{}", "x\n".repeat(LINES_MAX)), b)), 1);
        assert_eq!(seen(&|b| source(file, concat!("//! Later.\nfn f() { todo", "!() }\n"), b)), 1);
        let manifest_of = |text: &'static str| seen(&|b| manifest(Path::new("crates/x/Cargo.toml"), text, b));
        assert_eq!(manifest_of("[dependencies]\na.workspace = true\n[lints]\nworkspace = true\n"), 0);
        assert_eq!(manifest_of("[dependencies]\na = \"1\"\n[lints]\nworkspace = true\n"), 1);
        assert_eq!(manifest_of("[dependencies]\na.workspace = true\n"), 1);
        let mut promises = [false; PROMISES.len()];
        proves("fn d1_helper() {}\n#[test]\nfn d2_order() {}\n#[tokio::test]\nasync fn k1_key() {}", &mut promises);
        assert_eq!(promises.map(u8::from), [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(seen(&|b| root_folders(&[PathBuf::from("docs/a.md"), PathBuf::from("README.md")], b)), 1);
    }
}
