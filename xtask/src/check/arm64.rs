//! What has instructions of Lambda's processor of its own passes its tests there, and the package runs: what would be uploaded is
//! unpacked and started, by an emulator of its processor, and delivers the sample.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::{build, cargo, package, paths, tools};

/// The emulator, and where Debian puts a glibc for what it runs.
const EMULATORS: [&str; 2] = ["qemu-aarch64-static", "qemu-aarch64"];
const GLIBC: &str = "/usr/aarch64-linux-gnu";

/// Lines of the sample that an emulator is asked for: it is some twenty times slower.
const RECORDS: usize = 1_000;

/// Packages, unpacks, runs.
pub fn run(install_system: bool) -> anyhow::Result<()> {
    let zip = package::ensure(&package::Content::everything(), install_system)?;
    let bytes = std::fs::read(&zip).with_context(|| format!("cannot read {}", zip.display()))?;
    let folder = paths::target_dir()?.join("arm64-run");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let bootstrap = program(&folder.join("bootstrap"), &package::bootstrap_of(&bytes)?)?;
    let emulator =
        if cfg!(all(target_os = "linux", target_arch = "aarch64")) { None } else { Some(emulator(install_system)?) };
    tests(emulator, install_system)?;
    let handler = match emulator {
        None => bootstrap,
        Some(emulator) => {
            let starter = format!("#!/bin/sh\nexec {emulator} -L {GLIBC} '{}' \"$@\"\n", bootstrap.display());
            program(&folder.join("start"), starter.as_bytes())?
        }
    };
    let sample = paths::root().join("crates/local/sample/web-log.ndjson");
    let sample = std::fs::read_to_string(&sample).with_context(|| format!("cannot read {}", sample.display()))?;
    let input = folder.join("input.ndjson");
    let lines: String = sample.split_inclusive('\n').take(RECORDS).collect();
    std::fs::write(&input, lines).context("cannot write the input")?;
    cargo::build_local()?;
    let mut local = Command::new(paths::profile_dir()?.join("xtask"));
    local.args(["local", "--json", "--kinesis-port", "0", "--s3-port", "0", "--data"]).arg(folder.join("data"));
    local.arg("--input").arg(&input).arg("--handler").arg(&handler);
    let output = local.stderr(Stdio::inherit()).output().context("cannot start the local run")?;
    // Events, a line each; the last one is the summary. Exit 0 is that the objects hold what was sent, byte by byte.
    let last = output.stdout.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    ensure!(output.status.success(), "the packaged function failed ({})", output.status);
    let told: serde_json::Value = serde_json::from_slice(last).context("the local run has told no summary")?;
    ensure!(
        told["event"] == "summary" && told["acknowledged"] == RECORDS,
        "the packaged function delivered something else than {RECORDS} records: {told}"
    );
    crate::screen::progress(format_args!("{} for {} delivered {RECORDS} records", paths::shown(&zip), build::TARGET));
    Ok(())
}

/// What has instructions of this processor of its own: packages, and which of their tests.
const OWN_INSTRUCTIONS: [(&str, &[&str]); 2] = [("penstock-event", &[]), ("penstock-jq", &["plain::", "paths::"])];

/// Runs the tests of what has instructions of this processor of its own.
fn tests(emulator: Option<&str>, install_system: bool) -> anyhow::Result<()> {
    for (package, filters) in OWN_INSTRUCTIONS {
        let tests = build::tests_of(package, install_system)?;
        let mut command = match emulator {
            None => Command::new(&tests),
            Some(emulator) => {
                let mut command = Command::new(emulator);
                command.args(["-L", GLIBC]).arg(&tests);
                command
            }
        };
        let what = format!("the tests of {package} for Lambda's processor");
        cargo::run(command.arg("--quiet").args(filters), &what)?;
    }
    Ok(())
}

/// Writes a file that can be started.
fn program(path: &Path, content: &[u8]) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot make {} a program", path.display()))?;
    Ok(path.to_owned())
}

fn emulator(install_system: bool) -> anyhow::Result<&'static str> {
    let present = || {
        let answers = |name: &&str| {
            let mut probe = Command::new(name);
            let probe = probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
            probe.status().is_ok_and(|status| status.success())
        };
        EMULATORS.into_iter().find(answers).filter(|_| Path::new(GLIBC).exists())
    };
    if let Some(emulator) = present() {
        return Ok(emulator);
    }
    let packages = ["qemu-user-static", "libc6-arm64-cross"];
    tools::system_packages("qemu for aarch64, with a glibc", &packages, install_system)?;
    present().context("qemu for aarch64 is missing although it was installed")
}
