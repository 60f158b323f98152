//! What the way of a batch costs, counted: instructions, allocations, memory. Optimized, as it is deployed.

use std::process::{Command, Stdio};

use anyhow::ensure;

use crate::{cargo, tools};

/// Builds, sees that the gates notice what they are there for, and counts.
pub fn run(install_system: bool) -> anyhow::Result<()> {
    ensure_valgrind(install_system)?;
    let package = ["--release", "--locked", "--quiet", "--package", "penstock-gates"];
    let mut tests = cargo::cargo();
    cargo::run(tests.arg("test").args(package).args(["--test", "regressions"]), "the tests of the gates")?;
    let mut check = cargo::cargo();
    cargo::run(check.arg("run").args(package).args(["--", "check"]), "the gates")
}

/// valgrind counts the instructions, and comes from the system.
fn ensure_valgrind(install_system: bool) -> anyhow::Result<()> {
    let answers = || {
        let mut probe = Command::new("valgrind");
        let probe = probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    if answers() {
        return Ok(());
    }
    tools::system_packages("valgrind", &["valgrind", "libc6-dbg"], install_system)?;
    ensure!(answers(), "valgrind is missing although it was installed");
    Ok(())
}
