//! Tools that are programs of others, at pinned versions, below `target/`: nothing is installed anywhere else, but for
//! what must come from the system's packages, and that only when asked for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::{cargo, paths};

/// A Python environment below `target/<name>` with exactly the packages of `requirements`, a file below the root.
/// Returns its folder of programs. It is installed once, and again when the file changes.
pub fn python(name: &str, requirements: &str, install_system: bool) -> anyhow::Result<PathBuf> {
    let venv = paths::target_dir()?.join(name);
    let programs = venv.join("bin");
    let requirements = paths::root().join(requirements);
    let pinned = std::fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let stamp = venv.join("installed.txt");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(programs);
    }
    ensure_venv(install_system)?;
    cargo::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), "python3 -m venv")?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&requirements);
    cargo::run(&mut pip, &format!("pip install of {name}"))?;
    std::fs::write(&stamp, pinned).context("cannot note what is installed")?;
    Ok(programs)
}

/// Python 3 with venv comes from the system.
fn ensure_venv(install_system: bool) -> anyhow::Result<()> {
    if has_venv() {
        return Ok(());
    }
    system_packages("Python 3 with venv", &["python3", "python3-venv"], install_system)?;
    ensure!(has_venv(), "Python 3 with venv is missing although it was installed");
    Ok(())
}

fn has_venv() -> bool {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Sees to it that `program`, which comes from the system's `packages`, answers.
pub fn ensure_program(program: &str, packages: &[&str], install_system: bool) -> anyhow::Result<()> {
    let answers = || {
        let mut probe = Command::new(program);
        let probe = probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    if answers() {
        return Ok(());
    }
    system_packages(program, packages, install_system)?;
    ensure!(answers(), "{program} is missing although it was installed");
    Ok(())
}

/// What counts instructions.
pub fn ensure_valgrind(install_system: bool) -> anyhow::Result<()> {
    ensure_program("valgrind", &["valgrind", "libc6-dbg"], install_system)
}

/// Installs packages of the system, when asked to; else tells the command that does.
pub fn system_packages(what: &str, packages: &[&str], install_system: bool) -> anyhow::Result<()> {
    let install: Vec<&str> =
        ["install", "--yes", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    if !install_system {
        bail!("{what} is missing: run `apt-get {}`, or `cargo xtask check --install-system`", install.join(" "));
    }
    ensure!(Path::new("/usr/bin/apt-get").exists(), "{what} is missing, and there is no apt-get to get it");
    cargo::run(Command::new("apt-get").args(["update", "--quiet"]), "apt-get update")?;
    cargo::run(Command::new("apt-get").args(install), &format!("apt-get install of {what}"))
}

/// A Node environment below `target/<name>` with exactly what the lock file in `folder`, below the root, has. Returns its
/// folder of programs. It is installed once, and again when the lock file changes. No script of a package is run.
pub fn node(name: &str, folder: &str) -> anyhow::Result<PathBuf> {
    let (from, to) = (paths::root().join(folder), paths::target_dir()?.join(name));
    let programs = to.join("node_modules/.bin");
    let lock = from.join("package-lock.json");
    let pinned = std::fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    let stamp = to.join("installed.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == pinned) {
        return Ok(programs);
    }
    std::fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(from.join(file), to.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix"]).arg(&to);
    cargo::run(&mut npm, "npm ci").context("this needs Node and npm: see https://nodejs.org, 20 or newer")?;
    std::fs::write(&stamp, pinned).context("cannot note what is installed")?;
    Ok(programs)
}

/// A program that cargo builds, at exactly this version, below `target/`. It is built once, without optimization, which is
/// a matter of a minute.
pub fn cargo_program(name: &str, version: &str) -> anyhow::Result<PathBuf> {
    let root = paths::target_dir()?.join("tools");
    let program = root.join("bin").join(name);
    let told = Command::new(&program).arg("--version").output();
    if told.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).trim().ends_with(version)) {
        return Ok(program);
    }
    let mut install = cargo::cargo();
    install.args(["install", "--quiet", "--locked", "--debug", "--force", "--root"]).arg(&root);
    install.arg(format!("{name}@{version}"));
    cargo::run(&mut install, &format!("cargo install {name}"))?;
    Ok(program)
}
