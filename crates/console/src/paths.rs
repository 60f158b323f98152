//! Where things lie in the workspace.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The workspace's root.
///
/// # Panics
/// Never: this crate lies two folders below it.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this crate lies two folders below the root")
}

/// The folder that cargo builds into: the one this program lies in. The program itself may have been built anew since it
/// was started; then its own file is gone, and the one of its name here is the new one.
pub fn profile_dir() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find this program's own file")?;
    Ok(own.parent().context("this program's file has no folder")?.to_owned())
}

/// Cargo's target folder.
pub fn target_dir() -> anyhow::Result<PathBuf> {
    Ok(profile_dir()?.parent().context("the build folder has no parent")?.to_owned())
}

/// `path` as a person would type it: below the current folder where it is.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
