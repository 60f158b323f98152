//! What a binary needs of the machine that starts it, read from the binary itself: a build that was linked against
//! something newer than Lambda has would only fail there.

use std::fmt;

use anyhow::{Context as _, bail, ensure};
use object::Endianness;
use object::elf::{DT_NEEDED, EM_AARCH64, FileHeader64};
use object::read::elf::{Dyn as _, FileHeader as _};

use crate::build::GLIBC;

/// Libraries of `provided.al2023` that a program may need: glibc's, and gcc's.
const LIBRARIES: [&str; 7] =
    ["ld-linux-aarch64.so.1", "libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1"];

/// What a binary needs.
#[derive(Debug, PartialEq, Eq)]
struct Needs {
    /// `e_machine`.
    machine: u16,
    /// The newest glibc that a symbol asks for.
    glibc: Option<Version>,
    /// Shared libraries.
    libraries: Vec<String>,
}

/// A version of glibc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Refuses a binary that Lambda could not start.
pub fn check(binary: &[u8]) -> anyhow::Result<()> {
    let needs = Needs::of(binary)?;
    ensure!(
        needs.machine == EM_AARCH64.0,
        "it is for the machine {}, and Lambda's arm64 is aarch64 ({})",
        needs.machine,
        EM_AARCH64.0
    );
    let (lambda, newest) = (Version(GLIBC.0, GLIBC.1), needs.glibc);
    if let Some(newest) = newest.filter(|newest| *newest > lambda) {
        bail!("it needs glibc {newest}, and provided.al2023 has {lambda}");
    }
    for library in &needs.libraries {
        ensure!(LIBRARIES.contains(&library.as_str()), "it needs {library}, which provided.al2023 has not");
    }
    Ok(())
}

impl Needs {
    fn of(binary: &[u8]) -> anyhow::Result<Self> {
        let header = FileHeader64::<Endianness>::parse(binary).context("it is no 64-bit ELF file")?;
        let endian = header.endian().context("it has no byte order")?;
        let sections = header.sections(endian, binary).context("its sections cannot be read")?;
        ensure!(!sections.is_empty(), "it has no sections, so that what it needs cannot be told");
        let mut libraries = Vec::new();
        if let Some((entries, link)) = sections.dynamic(endian, binary).context("its dynamic section cannot be read")? {
            let strings = sections.strings(endian, binary, link).context("its dynamic strings cannot be read")?;
            for entry in entries.iter().filter(|entry| entry.tag(endian) == DT_NEEDED) {
                let name = strings.get(u32::try_from(entry.val(endian)).unwrap_or(u32::MAX));
                let name = name.ok().context("a needed library has no name")?;
                libraries.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        let mut glibc = None;
        if let Some((mut versions, link)) =
            sections.gnu_verneed(endian, binary).context("its versions cannot be read")?
        {
            let strings = sections.strings(endian, binary, link).context("its version strings cannot be read")?;
            while let Some((_, mut wanted)) = versions.next().context("its versions cannot be read")? {
                while let Some(version) = wanted.next().context("its versions cannot be read")? {
                    let name = version.name(endian, strings).context("a version has no name")?;
                    glibc = glibc.max(glibc_version(name)?);
                }
            }
        }
        Ok(Self { machine: header.e_machine(endian).0, glibc, libraries })
    }
}

/// `GLIBC_2.34` as a version; none for those of other libraries. `GLIBC_PRIVATE` and the like promise nothing.
fn glibc_version(name: &[u8]) -> anyhow::Result<Option<Version>> {
    let name = std::str::from_utf8(name).context("a version is no text")?;
    let Some(version) = name.strip_prefix("GLIBC_") else { return Ok(None) };
    let numbers: Result<Vec<u32>, _> = version.split('.').map(str::parse).collect();
    match numbers.ok().as_deref() {
        Some([major, minor, ..]) => Ok(Some(Version(*major, *minor))),
        Some(_) | None => bail!("it needs {name}, which is no version that a glibc promises"),
    }
}

#[cfg(test)]
#[path = "elf_tests.rs"]
mod tests;
