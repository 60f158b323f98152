//! `cargo xtask bench`: `penstock-bench`, a program of its own, with the peers that it measures beside Penstock. They are
//! installed and built below `target/bench`, and nowhere else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use clap::ValueEnum;

use crate::exit::{self, Exit};
use crate::package::archive;
use crate::{cargo, paths, screen, tools};

/// Where the peers' sources are, below the root.
const PEERS: &str = "crates/bench/peers";

/// Measure Penstock beside handlers in Python, Node and idiomatic Rust, as ratios, with a chart
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It measures on this machine: quote it with the machine, and leave the machine alone meanwhile. A figure \
                  that is missed is told and is no failure. Exit: 0 done, 1 failed or a handler stored what it must not, \
                  64 usage."
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Arguments {
    /// Few rounds, within three minutes once all is built: shows that it works, and about where figures lie
    #[arg(long)]
    quick: bool,
    /// Tell the result as JSON
    #[arg(long)]
    json: bool,
    /// Only these beside Penstock; what the others need is not asked for
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PEER")]
    only: Vec<Peer>,
    /// Only these sections: warm, cold, compute, instructions, growth, codecs, parquet, partition-keys, zip
    #[arg(long, value_delimiter = ',', value_name = "SECTION")]
    section: Vec<String>,
    /// Write chart and figures into README.md: those of a whole run, with all rounds
    #[arg(long, conflicts_with_all = ["quick", "only", "section"])]
    write_readme: bool,
    /// Get what must come from the system's packages, where it is missing
    #[arg(long)]
    install_system: bool,
}

/// Who is measured beside Penstock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Peer {
    /// Python as posts have it: a client a put, a print a record
    Post,
    /// Python with one client and no print
    Tuned,
    /// Node with the SDK's S3 client
    Node,
    /// Rust by the libraries' own examples
    Idiomatic,
    /// Rust that answers and does nothing else
    Hello,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let folder = paths::target_dir()?.join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let wants = |peers: &[Peer]| arguments.only.is_empty() || peers.iter().any(|peer| arguments.only.contains(peer));
    // What may be missing first: a build takes minutes.
    if wants(&[Peer::Post, Peer::Tuned]) {
        tools::python("bench/python", &format!("{PEERS}/python/requirements.txt"), arguments.install_system)
            .context("`--only` leaves out what needs Python")?;
    }
    if wants(&[Peer::Node]) {
        node(&folder).context("`--only` leaves out what needs Node")?;
    }
    if wants_valgrind(&arguments.section) {
        tools::ensure_valgrind(arguments.install_system)
            .context("`--section` leaves out instructions, which valgrind counts")?;
    }
    if !screen::is_drawn() {
        screen::progress("building what is measured; the first time takes a quarter of an hour");
    }
    for (package, peer) in [("hello", Peer::Hello), ("idiomatic", Peer::Idiomatic)] {
        if wants(&[peer]) {
            peer_in_rust(package, &folder)?;
        }
    }
    penstock(&[], &folder.join("penstock-core"))?;
    penstock(&["--features", "jq,parquet"], &folder.join("penstock"))?;
    if arguments.section.is_empty() || arguments.section.iter().any(|section| section == "zip") {
        zips(&folder)?;
    }
    let program = built(&["--package", "penstock-bench", "--bins"], "penstock-bench")?;
    measure(&program, &folder, arguments)
}

/// Starts the measuring, with the arguments as they were given.
fn measure(program: &Path, folder: &Path, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut bench = Command::new(program);
    bench.arg("--folder").arg(folder);
    for (is_given, flag) in
        [(arguments.quick, "--quick"), (arguments.json, "--json"), (arguments.write_readme, "--write-readme")]
    {
        if is_given {
            bench.arg(flag);
        }
    }
    for peer in arguments.only.iter().filter_map(ValueEnum::to_possible_value) {
        bench.args(["--only", peer.get_name()]);
    }
    for section in &arguments.section {
        bench.args(["--section", section]);
    }
    let status = bench.status().with_context(|| format!("cannot start {}", program.display()))?;
    Ok(status.code().and_then(Exit::of_code).unwrap_or(exit::FAILED))
}

/// The real `bootstrap` as it is released, for this machine, at `to`.
fn penstock(features: &[&str], to: &Path) -> anyhow::Result<()> {
    let arguments: Vec<&str> = ["--package", "penstock-handler", "--bins"].iter().chain(features).copied().collect();
    let from = built(&arguments, "bootstrap")?;
    // Cargo puts every set of features in the same place.
    std::fs::copy(&from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// What a cold start of each peer in Rust would load, as `cargo xtask package` makes it.
fn zips(folder: &Path) -> anyhow::Result<()> {
    let peers = ["hello", "idiomatic"].map(|peer| (peer, folder.join(peer).join("release").join(peer)));
    let ours = ["penstock-core", "penstock"].map(|build| (build, folder.join(build)));
    for (name, binary) in peers.into_iter().chain(ours) {
        // Who is left out may never have been built.
        if binary.exists() {
            let binary = std::fs::read(&binary).with_context(|| format!("cannot read {}", binary.display()))?;
            let zip = folder.join(format!("{name}.zip"));
            std::fs::write(&zip, archive::of(&binary, &BTreeMap::new())?)
                .with_context(|| format!("cannot write {}", zip.display()))?;
        }
    }
    Ok(())
}

/// A program of the workspace, with the release profile.
fn built(arguments: &[&str], program: &str) -> anyhow::Result<PathBuf> {
    let mut command = quiet(&["build", "--release", "--locked"]);
    cargo::run(command.args(arguments), &format!("the build of {program}"))?;
    Ok(paths::target_dir()?.join("release").join(program))
}

/// A peer that is a workspace of its own.
fn peer_in_rust(package: &str, folder: &Path) -> anyhow::Result<()> {
    let mut command = quiet(&["build", "--release", "--locked"]);
    command.arg("--manifest-path").arg(paths::root().join(PEERS).join(package).join("Cargo.toml"));
    command.arg("--target-dir").arg(folder.join(package));
    cargo::run(&mut command, &format!("the build of the peer {package}"))
}

/// Cargo, which says little where nothing is drawn.
fn quiet(arguments: &[&str]) -> Command {
    let mut command = cargo::cargo();
    command.args(arguments);
    if !screen::is_drawn() {
        command.arg("--quiet");
    }
    command
}

/// Node with the packages of the lock file, and the handler beside them, from where it finds them.
fn node(folder: &Path) -> anyhow::Result<()> {
    let sources = format!("{PEERS}/node");
    tools::node("bench/node", &sources)?;
    let handler = paths::root().join(&sources).join("handler.mjs");
    std::fs::copy(&handler, folder.join("node/handler.mjs"))
        .with_context(|| format!("cannot copy {}", handler.display()))?;
    Ok(())
}

fn wants_valgrind(sections: &[String]) -> bool {
    sections.is_empty() || sections.iter().any(|section| section == "instructions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valgrind_is_asked_for_where_instructions_are() {
        let sections = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(wants_valgrind(&[]));
        assert!(wants_valgrind(&sections(&["warm", "instructions"])));
        assert!(!wants_valgrind(&sections(&["warm"])));
    }
}
