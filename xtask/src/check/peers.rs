//! Peers: other people's programs against what we serve, what we write and what we ask for. They are Python's, in
//! environments of their own below `target/`, at pinned versions.

use std::process::Command;

use super::lint::terraform;
use crate::{cargo, paths, tools};

/// Tests with peers of one kind.
struct Suite {
    /// The environment that they have below `target/`.
    environment: &'static str,
    /// Where they lie, and what pins their packages.
    folder: &'static str,
}

/// AWS's own clients against what runs at the desk.
const LOCAL: Suite = Suite { environment: "peers", folder: "crates/local/tests/peers" };

/// Our commands against somebody else's AWS.
const OPS: Suite = Suite { environment: "moto", folder: "crates/ops/tests/peers" };

/// What others aggregate against what takes it apart.
const DELIVERY: Suite = Suite { environment: "aggregators", folder: "crates/delivery/tests/peers" };

/// jq's own program against the jq that runs in deliveries.
const JQ: Suite = Suite { environment: "jq", folder: "crates/jq/tests/peers" };

/// Other people's readers of Parquet against what we write.
const COLUMNS: Suite = Suite { environment: "columns", folder: "crates/columns/tests/peers" };

/// Installs what is missing, and runs the tests, those of every suite also after one that failed.
pub fn run(install_system: bool) -> anyhow::Result<()> {
    cargo::build_local()?;
    cargo::build_ops()?;
    cargo::build_examples()?;
    tools::ensure_program("jq", &["jq"], install_system)?;
    let ended = [LOCAL, OPS, DELIVERY, JQ, COLUMNS].map(|suite| suite.run(install_system));
    ended.into_iter().collect()
}

impl Suite {
    fn run(&self, install_system: bool) -> anyhow::Result<()> {
        let requirements = format!("{}/requirements.txt", self.folder);
        let programs = tools::python(self.environment, &requirements, install_system)?;
        let binaries = paths::profile_dir()?;
        let mut tests = Command::new(programs.join("python"));
        tests
            .args(["-B", "-m", "unittest", "discover", "--start-directory"])
            .arg(paths::root().join(self.folder))
            .args(["--pattern", "test_*.py", "--verbose"])
            .current_dir(paths::root())
            .env("PENSTOCK_LOCAL", binaries.join("penstock-local"))
            .env("PENSTOCK_BOOTSTRAP", binaries.join("bootstrap"))
            .env("PENSTOCK_OPS", binaries.join("penstock-ops"))
            .env("PENSTOCK_DEAGGREGATE", binaries.join("examples").join("deaggregate"))
            .env("PENSTOCK_JQ", binaries.join("examples").join("run"))
            .env("PENSTOCK_CONVERT", binaries.join("examples").join("convert"))
            .env("PENSTOCK_XTASK", binaries.join("xtask"));
        if let Some(mirror) = terraform::mirror() {
            tests.env(terraform::MIRROR, mirror);
        }
        cargo::run(&mut tests, &format!("the tests of {}", self.folder))
    }
}
