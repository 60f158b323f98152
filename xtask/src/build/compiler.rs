//! The compiler that has the standard library for Lambda. Nothing is downloaded unasked.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use penstock_console::question::{self, Answer};

use super::{TARGET, debian};
use crate::{cargo, paths, screen};

/// A compiler that can compile for Lambda.
#[derive(Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program, where it is not the one that cargo takes anyway.
    pub rustc: Option<PathBuf>,
    /// Its sysroot.
    pub sysroot: PathBuf,
}

impl Compiler {
    /// The first of these that has the standard library: what `RUSTC` names, the active toolchain, Debian's packages
    /// below the target folder. If none has, the way to get it is an error, or a question on a terminal.
    pub fn find(install_system: bool) -> anyhow::Result<Self> {
        if let Some(found) = Self::present()? {
            return Ok(found);
        }
        let add = ["target", "add", TARGET];
        if install_system && debian::is_here() {
            debian::unpack(&prefix()?)?;
        } else {
            let command = format!("rustup {}", add.join(" "));
            screen::progress(format_args!(
                "the compiler has no standard library for {TARGET}; this adds it: {command}"
            ));
            match question::confirm("Run it?")? {
                Answer::Yes => cargo::run(Command::new("rustup").args(add).current_dir(paths::root()), &command)?,
                Answer::No | Answer::NobodyToAsk => bail!("no standard library for {TARGET}: run `{command}`"),
            }
        }
        Self::present()?.with_context(|| format!("still no standard library for {TARGET}"))
    }

    fn present() -> anyhow::Result<Option<Self>> {
        if let Some(named) = std::env::var_os("RUSTC").map(PathBuf::from)
            && let Some(sysroot) = sysroot_for_lambda(&named)
        {
            return Ok(Some(Self { rustc: Some(named), sysroot }));
        }
        if let Some(sysroot) = sysroot_for_lambda(Path::new("rustc")) {
            return Ok(Some(Self { rustc: None, sysroot }));
        }
        let unpacked = debian::rustc(&prefix()?);
        Ok(sysroot_for_lambda(&unpacked).map(|sysroot| Self { rustc: Some(unpacked), sysroot }))
    }
}

/// Where Debian's packages are unpacked.
fn prefix() -> anyhow::Result<PathBuf> {
    Ok(paths::target_dir()?.join("debian-rust"))
}

/// The sysroot of a compiler that has the standard library for Lambda.
fn sysroot_for_lambda(rustc: &Path) -> Option<PathBuf> {
    let library = printed(rustc, &["--print", "target-libdir", "--target", TARGET])?;
    let mut files = std::fs::read_dir(library).ok()?.flatten();
    let has = files.any(|file| file.file_name().to_string_lossy().starts_with("libstd-"));
    has.then(|| printed(rustc, &["--print", "sysroot"]))?
}

fn printed(rustc: &Path, arguments: &[&str]) -> Option<PathBuf> {
    let output = Command::new(rustc).args(arguments).current_dir(paths::root()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| PathBuf::from(text.trim()))
}
