//! Environment files: where they lie, and the texts in them. What they say is the stack's.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::paths;

/// Where the environments of the workspace lie, below its root.
pub const FOLDER: &str = "infra/environments";

/// An environment file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// Its name: the file's, without `.toml`.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

impl EnvironmentFile {
    /// Reads the environment of this name, or at this path when it ends in `.toml`.
    pub fn read(name: &str) -> anyhow::Result<Self> {
        let by_path = PathBuf::from(name).extension().is_some_and(|extension| extension == "toml");
        let path = if by_path { PathBuf::from(name) } else { paths::root().join(format!("{FOLDER}/{name}.toml")) };
        let text = std::fs::read_to_string(&path).with_context(|| {
            let (from, known) = (paths::shown(&path), known().join(", "));
            format!("cannot read the environment {name:?} from {from} ({FOLDER} has {known})")
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, path, text })
    }

    /// Reads a file below its folder; what a setting names as `file://`. The error is a reason in words.
    pub fn read_beside(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.folder().join(path)).map_err(|error| error.to_string())
    }

    /// The folder that it lies in.
    pub fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Where it lies, as a person would type it.
    pub fn shown(&self) -> String {
        paths::shown(&self.path)
    }
}

/// The names of the environments of the workspace, sorted.
pub fn known() -> Vec<String> {
    let entries = std::fs::read_dir(paths::root().join(FOLDER)).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".toml")?.to_owned())).collect();
    names.sort();
    names
}
