//! Debian's compiler and its standard library for arm64, unpacked into a folder and not installed: for machines that
//! rustup cannot serve. That asks the system's package manager for downloads, so it is done only when asked for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::{cargo, screen};

/// Libraries that the compiler is linked with.
const LIBRARIES: [&str; 7] = ["libllvm22", "libz3-4", "libedit2", "libbsd0", "libmd0", "libicu72", "libxml2"];

/// What starts the compiler: it finds its libraries beside itself.
const STARTER: &str = "#!/bin/sh
d=$(dirname \"$(dirname \"$(readlink -f \"$0\")\")\")
for l in \"$d\"/usr/lib/*-linux-gnu; do L=\"$l${L:+:$L}\"; done
LD_LIBRARY_PATH=\"$L${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\" exec \"$d/usr/bin/rustc\" \"$@\"
";

/// Whether this is a Debian or its like.
pub fn is_here() -> bool {
    cfg!(target_os = "linux") && Path::new("/usr/bin/apt-get").exists()
}

/// Where the compiler is, when it was unpacked.
pub fn rustc(prefix: &Path) -> PathBuf {
    prefix.join("bin/rustc")
}

/// Downloads the packages and unpacks them below `prefix`. Needs the rights of an administrator, for the lists of
/// packages and the architecture.
pub fn unpack(prefix: &Path) -> anyhow::Result<()> {
    screen::progress("getting Debian's compiler for arm64 (about 150 MB), to lie below target/ and nowhere else");
    let foreign = output(Command::new("dpkg").arg("--print-foreign-architectures"))?;
    if !foreign.lines().any(|line| line == "arm64") {
        cargo::run(Command::new("dpkg").args(["--add-architecture", "arm64"]), "dpkg --add-architecture arm64")?;
    }
    cargo::run(Command::new("apt-get").args(["update", "--quiet=2"]), "apt-get update")?;
    let policy = output(Command::new("apt-cache").args(["policy", "rustc-web"]))?;
    let candidate = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    let version = candidate.filter(|version| *version != "(none)").context("Debian has no package rustc-web here")?;
    let series = version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let packages = [
        format!("rustc-web={version}"),
        format!("libstd-rust-web-{series}={version}"),
        format!("libstd-rust-web-dev={version}"),
        format!("libstd-rust-web-dev:arm64={version}"),
    ];
    let downloads = prefix.join("packages");
    std::fs::create_dir_all(prefix.join("bin")).and_then(|()| std::fs::create_dir_all(&downloads))?;
    let mut download = Command::new("apt-get");
    // The user that apt downloads as by default has no rights in our folder.
    download.args(["download", "--quiet=2", "--option", "APT::Sandbox::User=root"]);
    download.args(&packages).args(LIBRARIES).current_dir(&downloads);
    cargo::run(&mut download, "apt-get download of Debian's compiler")?;
    for package in std::fs::read_dir(&downloads).context("cannot list the downloads")? {
        let package = package.context("cannot list the downloads")?.path();
        cargo::run(Command::new("dpkg").arg("--extract").arg(&package).arg(prefix), "dpkg --extract")?;
    }
    std::fs::remove_dir_all(&downloads).context("cannot remove the downloads")?;
    let starter = rustc(prefix);
    std::fs::write(&starter, STARTER).with_context(|| format!("cannot write {}", starter.display()))?;
    cargo::run(Command::new("chmod").arg("755").arg(&starter), "chmod")
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {name}"))?;
    ensure!(output.status.success(), "{name} failed ({})", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{name} printed what is no text"))
}
