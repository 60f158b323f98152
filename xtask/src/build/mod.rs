//! `cargo xtask build`: the function as Lambda runs it, for aarch64 Linux with the glibc of `provided.al2023`.
//!
//! zig links it, whatever the machine: it knows every glibc, so that the oldest one that is needed is a choice and not
//! what this machine happens to have. What comes out depends on the sources, the compiler and the linker alone: paths
//! are taken out of it, and no clock goes in.

mod compiler;
mod debian;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use self::compiler::Compiler;
use crate::exit::{self, Exit};
use crate::package::Content;
use crate::{cargo, paths, screen, tools};

/// Build the function for Lambda: aarch64 Linux, glibc 2.34 at most
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// With what this environment asks for, and no more; unless given, with what all environments of the workspace ask for
    #[arg(long, value_name = "NAME|PATH")]
    environment: Option<String>,
    /// Get what must come from the system's packages, where it is missing
    #[arg(long)]
    pub install_system: bool,
}

/// What Lambda runs.
pub const TARGET: &str = "aarch64-unknown-linux-gnu";

/// The glibc of Amazon Linux 2023, which `provided.al2023` is.
pub const GLIBC: (u32, u32) = (2, 34);

/// Where the binary lies, below the target folder.
const FOLDER: &str = "lambda/penstock";

/// What the linker is pinned by.
const ZIG: &str = "xtask/tools/zig.txt";

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let content = match &arguments.environment {
        None => Content::of_all(None)?,
        Some(name) => Content::of(std::iter::once(name.as_str()))?,
    };
    let binary = bootstrap(&content, arguments.install_system)?;
    let size = std::fs::metadata(&binary).context("cannot look at what was built")?.len();
    screen::result(format_args!("{}  {}", paths::shown(&binary), screen::bytes(size)));
    Ok(exit::DONE)
}

/// The folder of what is built for Lambda.
pub fn folder() -> anyhow::Result<PathBuf> {
    Ok(paths::target_dir()?.join(FOLDER))
}

/// Builds the function, and returns where it lies. It is checked before anybody can take it.
pub fn bootstrap(content: &Content, install_system: bool) -> anyhow::Result<PathBuf> {
    let built = build_in(paths::root(), content, install_system)?;
    let bytes = std::fs::read(&built).with_context(|| format!("cannot read {}", built.display()))?;
    crate::package::elf::check(&bytes).with_context(|| paths::shown(&built))?;
    let folder = folder()?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let binary = folder.join("bootstrap");
    // A build that changed nothing leaves the file as it is.
    if std::fs::read(&binary).ok().as_deref() != Some(&bytes) {
        std::fs::copy(&built, &binary).with_context(|| format!("cannot write {}", binary.display()))?;
    }
    Ok(binary)
}

/// Builds the function from the sources in `root`, a copy of the workspace, into a target folder below it.
pub fn build_in(root: &Path, content: &Content, install_system: bool) -> anyhow::Result<PathBuf> {
    let mut command = for_lambda(root, install_system)?;
    command.args(["--release", "--package", "penstock-handler", "--bin", "bootstrap"]);
    command.args(["--features", &content.feature_list()]);
    cargo::run(&mut command, "the build for Lambda")?;
    let built = target_dir(root).join(TARGET).join("release/bootstrap");
    ensure!(built.exists(), "the build for Lambda has left nothing at {}", built.display());
    Ok(built)
}

/// Builds the tests within a package's library for Lambda's processor, and returns where they lie.
pub fn tests_of(package: &str, install_system: bool) -> anyhow::Result<PathBuf> {
    let mut command = for_lambda(paths::root(), install_system)?;
    command.args(["--package", package, "--tests", "--message-format", "json"]);
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo")?;
    ensure!(output.status.success(), "the build of the tests of {package} failed ({})", output.status);
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let told = lines.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok());
    let of_library = told.filter(|told| told["target"]["kind"][0] == "lib");
    let built = of_library.filter_map(|told| told["executable"].as_str().map(PathBuf::from)).next_back();
    built.with_context(|| format!("the build of the tests of {package} has told no program"))
}

/// A folder of its own: what another compiler built could not be used, and would be thrown away.
fn target_dir(root: &Path) -> PathBuf {
    root.join("target/arm64")
}

/// A build for Lambda, without what is to be built.
fn for_lambda(root: &Path, install_system: bool) -> anyhow::Result<Command> {
    let compiler = Compiler::find(install_system)?;
    let programs = tools::python("zig", ZIG, install_system)
        .context("cannot get cargo-zigbuild and zig, which link the function")?;
    let (major, minor) = GLIBC;
    let mut command = cargo::cargo();
    command.current_dir(root).args(["zigbuild", "--locked", "--target", &format!("{TARGET}.{major}.{minor}")]);
    if !screen::is_drawn() {
        command.arg("--quiet");
        if !target_dir(root).exists() {
            screen::progress("building the function for Lambda; the first time takes some minutes");
        }
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let search = std::iter::once(programs).chain(std::env::split_paths(&path));
    command
        .env("PATH", std::env::join_paths(search).context("PATH cannot be extended")?)
        .env("CARGO_TARGET_DIR", target_dir(root))
        .env("CARGO_ENCODED_RUSTFLAGS", without_paths(root, &compiler)?)
        .env_remove("RUSTFLAGS")
        .env("SOURCE_DATE_EPOCH", "0");
    match &compiler.rustc {
        Some(rustc) => command.env("RUSTC", rustc),
        // One that was named and has no library for Lambda was passed over.
        None => command.env_remove("RUSTC"),
    };
    Ok(command)
}

/// Flags that take the paths of this machine out of what is built: messages of panics hold those of source files.
fn without_paths(root: &Path, compiler: &Compiler) -> anyhow::Result<OsString> {
    let cargo_home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir().context("there is no home folder, and no CARGO_HOME")?.join(".cargo"),
    };
    let mut flags = OsString::new();
    // The last that fits holds, so the folder that may lie in another comes last.
    for (from, to) in [(cargo_home.as_path(), "/cargo"), (root, "/penstock"), (&compiler.sysroot, "/rust")] {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    Ok(flags)
}
