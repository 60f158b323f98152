//! That a package is reproducible: built anew, from copies of the sources in other folders, it has the same bytes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::{Content, of_binary, sha256_of};
use crate::{build, paths, screen};

/// What the sources are, below the root: what a build of the function reads, and nothing that was built.
const SOURCES: [&str; 6] = [".cargo", "Cargo.lock", "Cargo.toml", "crates", "rust-toolchain.toml", "xtask"];

/// Builds in two other folders, whose names differ in length, and compares with `zip`.
pub fn check(zip: &[u8], content: &Content, install_system: bool) -> anyhow::Result<()> {
    for name in ["again", "in-another-folder"] {
        let folder = paths::target_dir()?.join("reproduce").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        for source in SOURCES {
            copy(&paths::root().join(source), &folder.join(source))?;
        }
        screen::progress(format_args!("building again, in {}", paths::shown(&folder)));
        let (other, package) = of_binary(&build::build_in(&folder, content, install_system)?, content)?;
        ensure!(
            other == zip,
            "the package is not reproducible: built in {} its SHA-256 is {}, and here it is {}",
            paths::shown(&folder),
            package.sha256,
            sha256_of(zip)
        );
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut left: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = left.pop() {
        if from.is_dir() {
            std::fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
            for entry in std::fs::read_dir(&from).with_context(|| format!("cannot list {}", from.display()))? {
                let name = entry.context("cannot list a folder")?.file_name();
                left.push((from.join(&name), to.join(&name)));
            }
        } else {
            if let Some(folder) = to.parent() {
                std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            }
            std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
    }
    Ok(())
}
