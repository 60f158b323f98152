//! The function's code: a zip, known by its hash.

use std::io::{Cursor, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use penstock_console::environment_file::EnvironmentFile;
use penstock_delivery::limits::FILE_BYTES_MAX;
use penstock_stack::Environment;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

/// A zip, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub sha256: CodeHash,
}

/// SHA-256 of a zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeHash([u8; 32]);

impl Code {
    /// Reads a zip. That it is one Lambda can start was checked when it was packaged.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read the package {}", path.display()))?;
        anyhow::ensure!(bytes.starts_with(b"PK"), "{} is no zip", path.display());
        let sha256 = CodeHash(Sha256::digest(&bytes).into());
        Ok(Self { bytes, sha256 })
    }

    /// Refuses a package that has not the files which the environment names, as they are now beside it: the function would
    /// not start, or would deliver by another query or schema than the one that was just read.
    pub fn check_files(&self, path: &Path, environment: &Environment, file: &EnvironmentFile) -> anyhow::Result<()> {
        if environment.files.is_empty() {
            return Ok(());
        }
        let mut zip = ZipArchive::new(Cursor::new(self.bytes.as_slice()))
            .with_context(|| format!("cannot read the package {}", path.display()))?;
        for named in &environment.files {
            let beside = std::fs::read(file.folder().join(named)).with_context(|| format!("cannot read {named}"))?;
            let problem = match entry(&mut zip, named)? {
                None => "is not in",
                Some(packaged) if packaged != beside => "is another in",
                Some(_) => continue,
            };
            bail!(
                "{named}, which {} names, {problem} the package {}: package it with `cargo xtask package --environment {}`",
                file.shown(),
                path.display(),
                file.name
            );
        }
        Ok(())
    }
}

/// Files that environments name, and no larger: what is read out of a zip is bounded.
fn entry(zip: &mut ZipArchive<Cursor<&[u8]>>, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let entry = match zip.by_name(path) {
        Ok(entry) => entry,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {path} in the package")),
    };
    let mut bytes = Vec::new();
    let max = FILE_BYTES_MAX as u64 + 1;
    entry.take(max).read_to_end(&mut bytes).with_context(|| format!("cannot read {path} in the package"))?;
    Ok(Some(bytes))
}

impl CodeHash {
    /// From 64 hexadecimal digits.
    pub fn of_hex(digits: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// As hexadecimal digits: names keys, and is what people see.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |digits, byte| digits + &format!("{byte:02x}"))
    }

    /// The first digits, which are enough to tell one from another.
    pub fn short(&self) -> String {
        self.hex()[..8].to_owned()
    }

    /// In base64, as Lambda tells it.
    pub fn base64(&self) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::with_capacity(44);
        for group in self.0.chunks(3) {
            let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for place in 0..4 {
                let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
                text.push(if place <= group.len() { char::from(digit) } else { '=' });
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_the_files_that_the_environment_names_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let toml = folder.path().join("clicks.toml");
        let text = "[stream]\nname = 'clicks'\n[delivery]\nbucket = 'acme-clicks'\ntransform_query = 'file://a.jq'\n";
        std::fs::write(&toml, text).unwrap();
        std::fs::write(folder.path().join("a.jq"), "select(.a)").unwrap();
        let file = EnvironmentFile::read(toml.to_str().unwrap()).unwrap();
        let environment = Environment::parse_with(&file.text, |path| file.read_beside(path)).unwrap();
        let package = folder.path().join("p.zip");
        let check = |named: Option<(&str, &str)>| {
            let mut zip = zip::ZipWriter::new(std::fs::File::create(&package).unwrap());
            for (name, text) in std::iter::once(("bootstrap", "")).chain(named) {
                zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
            }
            zip.finish().unwrap();
            let checked = Code::read(&package).unwrap().check_files(&package, &environment, &file);
            checked.map_err(|error| error.to_string())
        };
        assert_eq!(check(Some(("a.jq", "select(.a)"))), Ok(()));
        let absent = check(None).unwrap_err();
        assert!(absent.contains("a.jq, which") && absent.contains("is not in the package"), "{absent}");
        let other = check(Some(("a.jq", "select(.b)"))).unwrap_err();
        assert!(other.contains("is another in the package") && other.contains("--environment clicks"), "{other}");
    }

    #[test]
    fn a_hash_is_the_same_in_every_form() {
        // Of nothing; the digits are those of FIPS 180-2's test of an empty message.
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let hash = CodeHash(Sha256::digest(b"").into());
        assert_eq!((hash.hex().as_str(), hash.short().as_str()), (digits, "e3b0c442"));
        assert_eq!(hash.base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(CodeHash::of_hex(digits), Some(hash));
        for wrong in ["", "e3", &digits[1..], &digits.replace('e', "g")] {
            assert_eq!(CodeHash::of_hex(wrong), None, "{wrong}");
        }
    }
}
