//! What the way of a batch costs, counted: instructions, allocations, memory. Optimized, as it is deployed.

use crate::{cargo, tools};

/// Builds, sees that the gates notice what they are there for, and counts.
pub fn run(install_system: bool) -> anyhow::Result<()> {
    tools::ensure_valgrind(install_system)?;
    let package = ["--release", "--locked", "--quiet", "--package", "penstock-gates"];
    let mut tests = cargo::cargo();
    cargo::run(tests.arg("test").args(package).args(["--test", "regressions"]), "the tests of the gates")?;
    let mut check = cargo::cargo();
    cargo::run(check.arg("run").args(package).args(["--", "check"]), "the gates")
}
