//! Where and with what figures were taken: without that they say nothing.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use serde_json::{Value, json};

use crate::peer;

/// The circumstances of a run.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The day, UTC.
    pub date: String,
    /// The processor, its cores and the system, in words.
    pub words: String,
    /// Names and versions of what was compared.
    pub versions: Vec<(&'static str, String)>,
}

impl Machine {
    /// Asks the system, and the programs that there are.
    pub fn find() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let now = i64::try_from(now).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_default();
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let processor = processor(&read("/proc/cpuinfo")).unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        let system = format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim());
        let words = format!("{processor}, {cores} cores, {}", system.trim());
        Self { date: now.format("%Y-%m-%d").to_string(), words, versions: versions() }
    }

    /// All versions in one line.
    pub fn versions_line(&self) -> String {
        self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", ")
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let versions: serde_json::Map<_, _> =
            self.versions.iter().map(|(name, version)| ((*name).to_owned(), version.as_str().into())).collect();
        json!({ "date": self.date, "machine": self.words, "versions": versions })
    }
}

fn versions() -> Vec<(&'static str, String)> {
    let sources = |path: &str| std::fs::read_to_string(peer::sources(path)).unwrap_or_default();
    let requirements = sources("python/requirements.txt");
    let lock = sources("idiomatic/Cargo.lock");
    let node = sources("node/package.json");
    let of_program = |program: &str| {
        let told = Command::new(program).arg("--version").output().ok()?;
        let told = String::from_utf8(told.stdout).ok()?;
        told.split_ascii_whitespace().find_map(|word| {
            let word = word.trim_start_matches('v');
            word.starts_with(|c: char| c.is_ascii_digit()).then(|| word.to_owned())
        })
    };
    let pinned = |name: &str| {
        requirements.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("==")).map(str::to_owned)
    };
    let client = serde_json::from_str::<Value>(&node).ok();
    let client = client.and_then(|package| package["dependencies"]["@aws-sdk/client-s3"].as_str().map(str::to_owned));
    [
        ("Penstock", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("rustc", of_program("rustc")),
        ("lambda_runtime", locked(&lock, "lambda_runtime")),
        ("aws-sdk-s3", locked(&lock, "aws-sdk-s3")),
        ("Python", of_program("python3")),
        ("boto3", pinned("boto3")),
        ("awslambdaric", pinned("awslambdaric")),
        ("pyarrow", pinned("pyarrow")),
        ("Node", of_program("node")),
        ("@aws-sdk/client-s3", client),
    ]
    .into_iter()
    .filter_map(|(name, version)| Some((name, version?)))
    .collect()
}

/// The version of a package in a `Cargo.lock`.
fn locked(lock: &str, name: &str) -> Option<String> {
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split_once('"').map(|(version, _)| version.to_owned())
}

/// The processor as Linux calls it.
fn processor(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_processors_are_found() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\nsource = \"x\"\n";
        assert_eq!(locked(lock, "a").as_deref(), Some("1.2.3"));
        assert_eq!(locked(lock, "b"), None);
        assert_eq!(processor("vendor_id\t: X\nmodel name\t: A 1 @ 2 GHz\n").as_deref(), Some("A 1 @ 2 GHz"));
        assert_eq!(processor(""), None);
    }
}
