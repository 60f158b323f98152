//! What environments ask for: features of the function, and files beside it. Nothing else is built in or packaged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, ensure};
use penstock_console::environment_file;
use penstock_stack::Environment;

use crate::local;

/// What is built in and packaged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Features of the function.
    pub features: BTreeSet<&'static str>,
    /// Files, by their path in the zip.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Content {
    /// What these environments ask for, together: each the name of one, or a path.
    ///
    /// Fails where two of them mean different files by one path: a zip has one of them.
    pub fn of<'n>(environments: impl Iterator<Item = &'n str>) -> anyhow::Result<Self> {
        let mut content = Self::default();
        for name in environments {
            let (environment, folder) = local::read_environment_in(name)?;
            content.add(name, &environment, &folder)?;
        }
        Ok(content)
    }

    /// What all environments of the workspace ask for, and besides them `other`, where it is none of them.
    pub fn of_all(other: Option<&str>) -> anyhow::Result<Self> {
        let known = environment_file::known();
        let other = other.filter(|name| !known.iter().any(|own| own == name));
        Self::of(known.iter().map(String::as_str).chain(other))
    }

    /// Everything that can be built in.
    pub fn everything() -> Self {
        Self { features: BTreeSet::from(penstock_delivery::config::FEATURES), files: BTreeMap::new() }
    }

    fn add(&mut self, name: &str, environment: &Environment, folder: &Path) -> anyhow::Result<()> {
        self.features.extend(environment.delivery.features());
        for path in &environment.files {
            let from = folder.join(path);
            let bytes = std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
            let known = self.files.entry(path.clone()).or_insert_with(|| bytes.clone());
            ensure!(*known == bytes, "{name} and another environment have different files {path}: rename one of them");
        }
        Ok(())
    }

    /// The features as cargo takes them.
    pub fn feature_list(&self) -> String {
        self.features.iter().copied().collect::<Vec<_>>().join(",")
    }

    /// In words, for people.
    pub fn told(&self) -> String {
        let features = if self.features.is_empty() {
            "none".to_owned()
        } else {
            self.features.iter().copied().collect::<Vec<_>>().join(", ")
        };
        let files: Vec<&str> = self.files.keys().map(String::as_str).collect();
        if files.is_empty() { features } else { format!("{features}; with {}", files.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(folder: &Path, name: &str, more: &str) -> String {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!("[stream]\nname = 'clicks'\n[delivery]\nbucket = 'acme-clicks'\n{more}\n");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn what_environments_ask_for_is_put_together() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::create_dir_all(folder.join("jq")).unwrap();
        std::fs::write(folder.join("jq/a.jq"), "select(.a)").unwrap();
        let plain = environment(folder, "plain.toml", "");
        let inline = environment(folder, "inline.toml", "transform_query = '.a'");
        let filed = environment(folder, "filed.toml", "transform_query = 'file://jq/a.jq'");
        let of = |names: &[&String]| Content::of(names.iter().map(|name| name.as_str()));
        assert_eq!(of(&[&plain]).unwrap(), Content::default());
        assert_eq!(of(&[&plain, &inline]).unwrap().told(), "jq");
        let both = of(&[&inline, &filed]).unwrap();
        assert_eq!((both.feature_list().as_str(), both.told().as_str()), ("jq", "jq; with jq/a.jq"));
        assert_eq!(both.files["jq/a.jq"], b"select(.a)");

        let missing = environment(folder, "missing.toml", "transform_query = 'file://jq/b.jq'");
        let error = format!("{:#}", of(&[&missing]).unwrap_err());
        assert!(error.contains("delivery.transform_query: file://jq/b.jq cannot be read"), "{error}");
        std::fs::create_dir_all(folder.join("other/jq")).unwrap();
        std::fs::write(folder.join("other/jq/a.jq"), ".").unwrap();
        let other = environment(folder, "other/filed.toml", "transform_query = 'file://jq/a.jq'");
        let error = of(&[&filed, &other]).unwrap_err().to_string();
        assert!(error.contains("different files jq/a.jq"), "{error}");
    }
}
