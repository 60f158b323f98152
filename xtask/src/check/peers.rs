//! Peers: other people's programs against what we serve and what we write. They are Python's, in an environment of
//! their own below `target/`, at pinned versions.

use std::process::Command;

use crate::{cargo, paths, tools};

/// Where the peers' tests lie.
const FOLDER: &str = "crates/local/tests/peers";

/// Installs what is missing, and runs the tests.
pub fn run(install_system: bool) -> anyhow::Result<()> {
    cargo::build_local()?;
    let programs = tools::python("peers", &format!("{FOLDER}/requirements.txt"), install_system)?;
    let (folder, binaries) = (paths::root().join(FOLDER), paths::profile_dir()?);
    let mut tests = Command::new(programs.join("python"));
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
