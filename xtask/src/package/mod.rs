//! `cargo xtask package`: the zip that Lambda takes, the same bytes whenever and wherever the same sources are packaged.

pub mod archive;
mod content;
pub mod elf;
mod explain;
mod twice;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::archive::bootstrap_of;
pub use self::content::Content;
use crate::exit::{self, Exit};
use crate::{build, paths, screen};

/// Package the function for Lambda
#[derive(Debug, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Arguments {
    /// What this environment asks for, and no more; unless given, what all environments of the workspace ask for
    #[arg(long, value_name = "NAME|PATH")]
    environment: Option<String>,
    /// Build in two other folders, too, and compare: exit 1 where the bytes differ
    #[arg(long)]
    check: bool,
    /// Tell what each feature that is built in adds to the zip and to a cold start: builds without it, too, which takes its time
    #[arg(long)]
    explain: bool,
    /// Tell the result as JSON
    #[arg(long)]
    json: bool,
    /// Get what must come from the system's packages, where it is missing
    #[arg(long)]
    pub install_system: bool,
}

/// Bytes of the zip: what a cold start loads. Some above what it has, so that who makes it larger knows it.
const ZIP_BYTES_MAX: u64 = 3_400_000;

/// The same where anything is built in that environments choose.
const ZIP_BYTES_MAX_WITH_FEATURES: u64 = 5_000_000;

/// Bytes that a zip of this content may have.
fn zip_bytes_max(content: &Content) -> u64 {
    let files: usize = content.files.values().map(Vec::len).sum();
    let max = if content.features.is_empty() { ZIP_BYTES_MAX } else { ZIP_BYTES_MAX_WITH_FEATURES };
    max + files as u64
}

/// A zip: what is told of it, and compared with the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Package {
    /// SHA-256 of the zip, in hexadecimal digits.
    sha256: String,
    /// Bytes of the zip.
    zip_bytes: u64,
    /// Bytes of the binary in it.
    bootstrap_bytes: u64,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let content = match &arguments.environment {
        None => Content::of_all(None)?,
        Some(name) => Content::of(std::iter::once(name.as_str()))?,
    };
    let (zip, package, before) = packaged(&content, arguments.install_system)?;
    if arguments.check {
        twice::check(&std::fs::read(&zip).context("cannot read the zip")?, &content, arguments.install_system)?;
    }
    let rows = if arguments.explain { explain::rows(&content, arguments.install_system)? } else { Vec::new() };
    if arguments.json {
        let told = serde_json::json!({
            "version": 1,
            "command": "package",
            "path": zip,
            "sha256": package.sha256,
            "zip_bytes": package.zip_bytes,
            "bootstrap_bytes": package.bootstrap_bytes,
            "features": content.features,
            "files": content.files.keys().collect::<Vec<_>>(),
            "before": before,
            "reproducible": arguments.check.then_some(true),
            "explained": arguments.explain.then(|| explain::told(&rows)),
        });
        screen::result(told);
        return Ok(exit::DONE);
    }
    screen::result(paths::shown(&zip));
    screen::result(format_args!("size     {}", package.size(before.as_ref())));
    let hint = if content.features.is_empty() || arguments.explain { "" } else { " (--explain: what each adds)" };
    screen::result(format_args!("built in {}{hint}", content.told()));
    screen::result(format_args!("sha256   {}{}", package.sha256, package.change(before.as_ref())));
    if arguments.check {
        screen::result("check    built in two other folders: the same bytes");
    }
    explain::table(&rows).iter().filter(|_| arguments.explain).for_each(screen::result);
    Ok(exit::DONE)
}

/// Builds and packages, and returns where the zip lies.
pub fn ensure(content: &Content, install_system: bool) -> anyhow::Result<PathBuf> {
    Ok(packaged(content, install_system)?.0)
}

/// The zip, what it is, and what the last one was.
fn packaged(content: &Content, install_system: bool) -> anyhow::Result<(PathBuf, Package, Option<Package>)> {
    let binary = build::bootstrap(content, install_system)?;
    let folder = build::folder()?;
    let (zip, note) = (folder.join("bootstrap.zip"), folder.join("bootstrap.json"));
    let (bytes, package) = of_binary(&binary, content)?;
    let budget = zip_bytes_max(content);
    ensure!(
        package.zip_bytes <= budget,
        "the zip has {}, more than the budget of {}: make it smaller, or raise the budget with the reason",
        screen::bytes(package.zip_bytes),
        screen::bytes(budget)
    );
    let before = std::fs::read(&note).ok().and_then(|text| serde_json::from_slice(&text).ok());
    if std::fs::read(&zip).ok().as_deref() != Some(&bytes) {
        std::fs::write(&zip, &bytes).with_context(|| format!("cannot write {}", zip.display()))?;
    }
    let text = serde_json::to_vec(&package).context("cannot note what was packaged")?;
    std::fs::write(&note, text).with_context(|| format!("cannot write {}", note.display()))?;
    Ok((zip, package, before))
}

/// The zip of a binary and the files beside it.
fn of_binary(binary: &Path, content: &Content) -> anyhow::Result<(Vec<u8>, Package)> {
    let bootstrap = std::fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?;
    let zip = archive::of(&bootstrap, &content.files)?;
    let package =
        Package { sha256: sha256_of(&zip), zip_bytes: zip.len() as u64, bootstrap_bytes: bootstrap.len() as u64 };
    Ok((zip, package))
}

/// SHA-256, in hexadecimal digits.
fn sha256_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

impl Package {
    fn size(&self, before: Option<&Self>) -> String {
        let sizes = format!("{}, unpacked {}", screen::bytes(self.zip_bytes), screen::bytes(self.bootstrap_bytes));
        match before.map(|before| self.zip_bytes.cast_signed() - before.zip_bytes.cast_signed()) {
            None | Some(0) => sizes,
            Some(change) => {
                let sign = if change < 0 { '-' } else { '+' };
                format!("{sizes} ({sign}{} since the last)", screen::bytes(change.unsigned_abs()))
            }
        }
    }

    fn change(&self, before: Option<&Self>) -> &'static str {
        match before {
            Some(before) if before.sha256 == self.sha256 => " (as before)",
            Some(_) => " (changed)",
            None => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_change_are_told_against_the_last() {
        let package = |sha256: &str, zip_bytes| Package { sha256: sha256.into(), zip_bytes, bootstrap_bytes: 2_000 };
        let now = package("b", 1_500);
        for (before, size, change) in [
            (None, "1.5 KB, unpacked 2.0 KB", ""),
            (Some(package("b", 1_500)), "1.5 KB, unpacked 2.0 KB", " (as before)"),
            (Some(package("a", 1_500)), "1.5 KB, unpacked 2.0 KB", " (changed)"),
            (Some(package("a", 1_000)), "1.5 KB, unpacked 2.0 KB (+500 B since the last)", " (changed)"),
            (Some(package("a", 1_600)), "1.5 KB, unpacked 2.0 KB (-100 B since the last)", " (changed)"),
        ] {
            assert_eq!((now.size(before.as_ref()).as_str(), now.change(before.as_ref())), (size, change));
        }
    }
}
