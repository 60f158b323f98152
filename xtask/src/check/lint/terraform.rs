//! Terraform reads its rendering: the form, and, with the schema of the real provider, the words.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use super::{Row, TERRAFORM, output, tail};
use crate::{paths, screen};

/// Names a folder that holds providers, unpacked, as `terraform providers mirror` makes it.
pub const MIRROR: &str = "PENSTOCK_TERRAFORM_MIRROR";

/// Where machines that were made ready have such a folder, under a name of their own.
const FOLDERS_OF_MIRRORS: [&str; 3] = ["/opt", "/usr/local/share", "/usr/share"];

/// Names the provider's versions to read with, in place of those that the rendering allows.
const PROVIDER: &str = "PENSTOCK_AWS_PROVIDER";

/// Checks the form, and the words of every environment.
pub(super) fn run() -> anyhow::Result<Row> {
    let version = output(Command::new("terraform").arg("version"))
        .context("terraform is missing: see https://developer.hashicorp.com/terraform/install, 1.6 or newer")?;
    ensure!(version.status.success(), "terraform does not tell its version: {}", tail(&version));
    let mut findings = 0;
    let form = output(Command::new("terraform").args(["fmt", "-check", "-recursive", "-diff", TERRAFORM]))?;
    if !form.status.success() {
        findings += 1;
        screen::progress(format_args!("terraform fmt: {}{}", String::from_utf8_lossy(&form.stdout), tail(&form)));
    }
    let scratch = paths::target_dir()?.join("lint-terraform");
    let settings = settings(&scratch)?;
    let mut environments = 0;
    for entry in std::fs::read_dir(paths::root().join(TERRAFORM)).context("cannot list what is rendered")? {
        let folder = entry.context("cannot list what is rendered")?.path();
        findings += validate(&folder, &scratch, settings.as_deref())?;
        environments += 1;
    }
    ensure!(environments > 0, "{TERRAFORM} has no environment to read");
    Ok(Row { tool: "terraform", read: format!("{environments} environments"), findings, explained: 0 })
}

/// Settings of terraform's own that name a mirror, where there is one; else it downloads the provider.
fn settings(scratch: &Path) -> anyhow::Result<Option<PathBuf>> {
    std::fs::create_dir_all(scratch).with_context(|| format!("cannot make {}", scratch.display()))?;
    let Some(mirror) = mirror() else { return Ok(None) };
    let path = scratch.join("terraform.rc");
    let text =
        format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n", mirror.display());
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Some(path))
}

/// The mirror that is named, or lies on this machine.
pub fn mirror() -> Option<PathBuf> {
    std::env::var_os(MIRROR).map(PathBuf::from).or_else(mirror_of_machine)
}

/// A mirror with the aws provider: below it lies a folder for each registry, and in that one for each publisher.
fn mirror_of_machine() -> Option<PathBuf> {
    let folders = |of: &Path| std::fs::read_dir(of).into_iter().flatten().flatten().map(|entry| entry.path());
    let has_aws = |mirror: &PathBuf| folders(mirror).any(|registry| registry.join("hashicorp/aws").is_dir());
    FOLDERS_OF_MIRRORS.iter().flat_map(|parent| folders(Path::new(parent))).find(has_aws)
}

/// Findings in one environment, read in a copy, so that nothing of terraform's lies beside the rendering.
fn validate(folder: &Path, scratch: &Path, settings: Option<&Path>) -> anyhow::Result<usize> {
    let name = folder.file_name().context("a folder has a name")?.to_string_lossy().into_owned();
    let copy = scratch.join(&name);
    std::fs::create_dir_all(&copy).with_context(|| format!("cannot make {}", copy.display()))?;
    let text = std::fs::read_to_string(folder.join("main.tf")).with_context(|| format!("{name} has no main.tf"))?;
    std::fs::write(copy.join("main.tf"), text).context("cannot copy main.tf")?;
    let narrowed = copy.join("provider_override.tf");
    match std::env::var(PROVIDER) {
        Ok(versions) => {
            let text = format!(
                "terraform {{\n  required_providers {{\n    aws = {{\n      source  = \"hashicorp/aws\"\n      version = \
                 {versions:?}\n    }}\n  }}\n}}\n"
            );
            std::fs::write(&narrowed, text).context("cannot write the provider's versions")?;
        }
        Err(_) if narrowed.exists() => {
            std::fs::remove_file(&narrowed).context("cannot remove the provider's versions")?;
        }
        Err(_) => {}
    }
    let terraform = |arguments: &[&str]| {
        let mut command = Command::new("terraform");
        command.arg(format!("-chdir={}", copy.display())).args(arguments);
        // One that names a file which is not there makes terraform complain.
        command.env_remove("TF_CLI_CONFIG_FILE");
        if let Some(settings) = settings {
            command.env("TF_CLI_CONFIG_FILE", settings);
        }
        output(&mut command)
    };
    let init = terraform(&["init", "-backend=false", "-input=false", "-no-color", "-upgrade"])?;
    if !init.status.success() {
        bail!(
            "terraform cannot get the aws provider: let it reach its registry, or name a folder that has it with \
             {MIRROR}\n{}",
            tail(&init)
        );
    }
    let valid = terraform(&["validate", "-no-color"])?;
    if valid.status.success() {
        return Ok(0);
    }
    screen::progress(format_args!("terraform validate, {name}: {}", tail(&valid)));
    Ok(1)
}
