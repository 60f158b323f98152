//! What this machine has of what `build`, `package` and the Terraform rendering need.

use std::process::{Command, Stdio};

use penstock_console::paths;

use super::Finding;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// Looks.
pub fn look() -> Vec<Finding> {
    vec![compiler(), standard_library(), python(), terraform()]
}

/// The first line of what a program says; none where it is not there or fails.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(paths::root()).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

fn compiler() -> Finding {
    match said("rustc", &["--version"]) {
        Some(version) => Finding::well("compiler", version),
        None => Finding::missing("compiler", "no rustc", "install Rust from https://rustup.rs"),
    }
}

fn standard_library() -> Finding {
    let what = "library for arm64";
    let has = |folder: &str| {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.map(|file| file.file_name()).any(|name| name.to_string_lossy().starts_with("libstd-"))
    };
    let unpacked = paths::root().join("target/debian-rust/bin/rustc");
    let named = std::env::var("RUSTC").ok();
    let compilers = [named, Some("rustc".to_owned()), unpacked.to_str().map(str::to_owned)];
    let found = compilers.into_iter().flatten().find_map(|compiler| {
        said(&compiler, &["--print", "target-libdir", "--target", TARGET]).filter(|folder| has(folder))
    });
    match found {
        Some(folder) => Finding::well(what, folder),
        None => {
            Finding::missing(what, format!("no standard library for {TARGET}"), format!("rustup target add {TARGET}"))
        }
    }
}

fn python() -> Finding {
    let fix = "install Python 3 with venv: the linker comes with it, below target/";
    match said("python3", &["-c", "import sys, venv, ensurepip; print('Python', sys.version.split()[0])"]) {
        Some(version) => Finding::well("python", version),
        None => Finding::missing("python", "no Python 3 with venv", fix),
    }
}

fn terraform() -> Finding {
    match said("terraform", &["version"]) {
        Some(version) => Finding::well("terraform", version),
        None => Finding::note(
            "terraform",
            "not there; only `--engine terraform` and the check of infra/terraform need it",
            "https://developer.hashicorp.com/terraform/install",
        ),
    }
}
