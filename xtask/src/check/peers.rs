//! Peers: other people's programs against what we serve and what we write. They are Python's, in an environment of
//! their own below `target/`, at pinned versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::{cargo, paths};

/// Where the peers' tests lie.
const FOLDER: &str = "crates/local/tests/peers";

/// Installs what is missing, and runs the tests.
pub fn run(install_system: bool) -> anyhow::Result<()> {
    cargo::build_local()?;
    let python = environment(install_system)?;
    let (folder, binaries) = (paths::root().join(FOLDER), paths::profile_dir()?);
    let mut tests = Command::new(&python);
    tests
        .args(["-B", "-m", "unittest", "discover", "--start-directory"])
        .arg(&folder)
        .args(["--pattern", "test_*.py", "--verbose"])
        .current_dir(paths::root())
        .env("PENSTOCK_LOCAL", binaries.join("penstock-local"))
        .env("PENSTOCK_BOOTSTRAP", binaries.join("bootstrap"))
        .env("PENSTOCK_XTASK", binaries.join("xtask"));
    cargo::run(&mut tests, "the tests with peers")
}

/// The Python of an environment that has exactly the pinned packages.
fn environment(install_system: bool) -> anyhow::Result<PathBuf> {
    let venv = paths::target_dir()?.join("peers");
    let python = venv.join("bin/python");
    let requirements = paths::root().join(FOLDER).join("requirements.txt");
    let pinned = std::fs::read(&requirements).context("cannot read the peers' requirements.txt")?;
    let stamp = venv.join("installed.txt");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(python);
    }
    ensure_venv(install_system)?;
    cargo::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), "python3 -m venv")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    cargo::run(&mut pip, "pip install of the peers")?;
    std::fs::write(&stamp, pinned).context("cannot note what is installed")?;
    Ok(python)
}

/// Python 3 with venv comes from the system.
fn ensure_venv(install_system: bool) -> anyhow::Result<()> {
    if has_venv() {
        return Ok(());
    }
    let install = ["install", "--yes", "--no-install-recommends", "python3", "python3-venv"];
    if !install_system {
        bail!(
            "the peers need Python 3 with venv, which is missing: run `apt-get {}`, or `cargo xtask check \
             --install-system`",
            install.join(" ")
        );
    }
    ensure!(Path::new("/usr/bin/apt-get").exists(), "Python 3 with venv is missing, and there is no apt-get to get it");
    cargo::run(Command::new("apt-get").args(["update", "--quiet"]), "apt-get update")?;
    cargo::run(Command::new("apt-get").args(install), "apt-get install of Python 3 with venv")?;
    ensure!(has_venv(), "Python 3 with venv is missing although it was installed");
    Ok(())
}

fn has_venv() -> bool {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}
