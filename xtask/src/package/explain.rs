//! `cargo xtask package --explain`: what each feature adds, measured: to the zip by building for Lambda without it, and to a
//! cold start by starting such a build on this machine.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

use super::{Content, of_binary};
use crate::{build, cargo, paths, screen};

/// How often each build is started: the middle of so many is told.
const STARTS: usize = 21;

/// No start takes longer.
const START_MAX: Duration = Duration::from_secs(10);

/// A build with some of the features.
struct Variant {
    name: String,
    content: Content,
    zip_bytes: u64,
    bootstrap: PathBuf,
    starts: Vec<Duration>,
}

/// What was measured of a build.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which features it has.
    pub name: String,
    /// Bytes of its zip.
    pub zip_bytes: u64,
    /// From its start to its first question for work.
    pub cold_start: Duration,
}

/// Builds and measures: without any feature, with each of them alone, and with all.
pub fn rows(content: &Content, install_system: bool) -> anyhow::Result<Vec<Row>> {
    let mut variants = Vec::new();
    for (name, features) in subsets(&content.features) {
        screen::progress(format_args!("building with {name}, for Lambda and for this machine"));
        let own = Content { features, files: content.files.clone() };
        let lambda = build::build_in(paths::root(), &own, install_system)?;
        let (zip, _) = of_binary(&lambda, &own)?;
        let bootstrap = for_this_machine(&own)?;
        variants.push(Variant { name, content: own, zip_bytes: zip.len() as u64, bootstrap, starts: Vec::new() });
    }
    // In turn, so that whatever else the machine does meets all of them.
    for _ in 0..STARTS {
        for variant in &mut variants {
            let took =
                start(&variant.bootstrap).with_context(|| format!("the function with {}", variant.content.told()))?;
            variant.starts.push(took);
        }
    }
    Ok(variants.into_iter().map(Variant::row).collect())
}

/// Names and features: none, each alone, all.
fn subsets(features: &BTreeSet<&'static str>) -> Vec<(String, BTreeSet<&'static str>)> {
    let mut subsets = vec![("nothing".to_owned(), BTreeSet::new())];
    if features.len() > 1 {
        subsets.extend(features.iter().map(|feature| ((*feature).to_owned(), BTreeSet::from([*feature]))));
    }
    if !features.is_empty() {
        subsets.push((features.iter().copied().collect::<Vec<_>>().join(" and "), features.clone()));
    }
    subsets
}

impl Variant {
    fn row(mut self) -> Row {
        self.starts.sort_unstable();
        Row { name: self.name, zip_bytes: self.zip_bytes, cold_start: self.starts[self.starts.len() / 2] }
    }
}

/// The same function as a program of this machine, optimized as that for Lambda. Returns where a copy of it lies.
fn for_this_machine(content: &Content) -> anyhow::Result<PathBuf> {
    let target = paths::target_dir()?.join("explain");
    let mut command = cargo::cargo();
    command.args(["build", "--release", "--locked", "--quiet", "--package", "penstock-handler", "--bin", "bootstrap"]);
    command.args(["--features", &content.feature_list()]).env("CARGO_TARGET_DIR", &target);
    cargo::run(&mut command, "the build for this machine")?;
    let copy = target.join(format!("bootstrap-{}", content.feature_list().replace(',', "-")));
    std::fs::copy(target.join("release/bootstrap"), &copy).context("cannot copy what was built")?;
    Ok(copy)
}

/// Starts a function whose Runtime API is here, until it asks for its first invocation.
fn start(bootstrap: &Path) -> anyhow::Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen on loopback")?;
    listener.set_nonblocking(true).context("cannot listen without waiting")?;
    let address = listener.local_addr().context("a listener has an address")?.to_string();
    let mut command = Command::new(bootstrap);
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for (name, value) in [
        ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "explain"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("PENSTOCK_BUCKET", "acme-explain"),
        ("PENSTOCK_DELIVERY_NAME", "explain"),
    ] {
        command.env(name, value);
    }
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {}", bootstrap.display()))?;
    let asked = first_question(&listener, &mut child, began);
    // By its handle; where it has ended already there is nothing to stop.
    let _ = child.kill();
    child.wait().context("cannot wait for the function")?;
    asked
}

/// How long it took until somebody asked for an invocation.
fn first_question(listener: &TcpListener, child: &mut Child, began: Instant) -> anyhow::Result<Duration> {
    loop {
        match listener.accept() {
            Ok((connection, _)) => {
                let request = head(connection)?;
                let took = began.elapsed();
                ensure!(request.contains("/runtime/invocation/next"), "it asked for something else: {request:?}");
                return Ok(took);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error).context("cannot accept a connection"),
        }
        if let Some(status) = child.try_wait().context("cannot look at the function")? {
            bail!("it ended before it asked for an invocation ({status})");
        }
        ensure!(began.elapsed() < START_MAX, "it has not asked for an invocation in {} s", START_MAX.as_secs());
        std::thread::sleep(Duration::from_micros(50));
    }
}

/// The first line of a request, and as much behind it as came with it.
fn head(mut connection: TcpStream) -> anyhow::Result<String> {
    connection.set_nonblocking(false).context("cannot wait for a request")?;
    connection.set_read_timeout(Some(START_MAX)).context("cannot bound a request")?;
    let mut bytes = [0; 512];
    let read = connection.read(&mut bytes).context("cannot read a request")?;
    Ok(String::from_utf8_lossy(&bytes[..read]).into_owned())
}

/// The rows as a table: each beside what there is without any feature.
pub fn table(rows: &[Row]) -> Vec<String> {
    const HEAD: &str = "built in";
    let width = rows.iter().map(|row| row.name.len()).chain([HEAD.len()]).max().unwrap_or_default();
    let base = rows.first();
    let line = |row: &Row| {
        let more = base.filter(|base| base.name != row.name).map(|base| {
            let zip = row.zip_bytes.saturating_sub(base.zip_bytes);
            let start = row.cold_start.saturating_sub(base.cold_start);
            format!("  +{} and +{:.1} ms", screen::bytes(zip), millis(start))
        });
        let (zip, start) = (screen::bytes(row.zip_bytes), millis(row.cold_start));
        format!("  {:<width$}  {zip:>9}  {start:>6.1} ms{}", row.name, more.unwrap_or_default())
    };
    let head = format!("  {:<width$}  {:>9}  {:>9}", HEAD, "zip", "start");
    std::iter::once(head).chain(rows.iter().map(line)).collect()
}

/// The rows for programs.
pub fn told(rows: &[Row]) -> Value {
    let row =
        |row: &Row| json!({"built_in": row.name, "zip_bytes": row.zip_bytes, "cold_start_ms": millis(row.cold_start)});
    rows.iter().map(row).collect()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_is_measured_alone_and_with_the_others() {
        let names = |features: &[&'static str]| -> Vec<String> {
            subsets(&features.iter().copied().collect()).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&[]), ["nothing"]);
        assert_eq!(names(&["jq"]), ["nothing", "jq"]);
        assert_eq!(names(&["jq", "parquet"]), ["nothing", "jq", "parquet", "jq and parquet"]);
    }

    #[test]
    fn a_table_tells_what_each_adds() {
        let row = |name: &str, zip_bytes: u64, millis: u64| Row {
            name: name.to_owned(),
            zip_bytes,
            cold_start: Duration::from_micros(millis * 1_000),
        };
        let lines = table(&[row("nothing", 3_000_000, 10), row("jq", 3_400_000, 12)]);
        assert_eq!(
            lines,
            [
                "  built in        zip      start",
                "  nothing      3.0 MB    10.0 ms",
                "  jq           3.4 MB    12.0 ms  +400.0 KB and +2.0 ms",
            ]
        );
    }

    #[test]
    fn what_does_not_start_is_told() {
        let error = start(Path::new("/usr/bin/false")).unwrap_err().to_string();
        assert!(error.starts_with("it ended before it asked for an invocation"), "{error}");
        assert!(start(Path::new("/no/such/program")).is_err());
    }
}
