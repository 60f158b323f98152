//! The miniature as a process: started with a scenario, read to its end, and stopped when we are.

use std::io::{BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use penstock_stack::Environment;

use super::events::{Event, VERSION, Versioned};
use super::outcome::Outcome;
use super::scenario::Scenario;
use super::show::Shown;
use crate::{paths, screen};

/// Runs the scenario to its end, shows what happens, and tells what came of it.
///
/// Ctrl-C once lets the miniature drain and end; twice ends it at once.
pub fn run(scenario: &Scenario, environment: &Environment, shown: &Shown<'_>, records: u64) -> anyhow::Result<Outcome> {
    let rendered = scenario.render(environment);
    let file = paths::target_dir()?.join(format!("local-scenario-{}.json", std::process::id()));
    std::fs::write(&file, serde_json::to_vec_pretty(&rendered)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let outcome = run_file(&file, shown, records);
    let _ = std::fs::remove_file(&file);
    outcome
}

fn run_file(file: &std::path::Path, shown: &Shown<'_>, records: u64) -> anyhow::Result<Outcome> {
    let program = paths::profile_dir()?.join("penstock-local");
    let mut child = Command::new(&program)
        .arg(file)
        .args(["--json", "--stop-on-stdin-close"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group_of_its_own()
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut stderr = child.stderr.take().context("the miniature has no standard error")?;
    let said = std::thread::spawn(move || {
        let mut said = String::new();
        let _ = stderr.read_to_string(&mut said);
        said
    });
    let stdout = child.stdout.take().context("the miniature has no standard output")?;
    let child = Arc::new(Mutex::new(child));
    let interrupts = stop_on_interrupt(&child)?;
    let hidden = shown.json || shown.scenario.input.is_none();
    let bar = if hidden { indicatif::ProgressBar::hidden() } else { screen::bar(records, "records delivered") };
    let read = read_events(BufReader::new(stdout), shown, &bar);
    bar.finish_and_clear();
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    let status = child.wait().context("the miniature cannot be waited for")?;
    let said = said.join().unwrap_or_default();
    let mut outcome = read?;
    outcome.interrupted = interrupts.load(Ordering::SeqCst) > 0;
    if !status.success() && !outcome.interrupted {
        bail!("{}", sentence(said.trim()).unwrap_or_else(|| format!("the local run ended with {status}")));
    }
    Ok(outcome)
}

fn read_events(
    lines: impl std::io::BufRead,
    shown: &Shown<'_>,
    bar: &indicatif::ProgressBar,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for line in lines.lines() {
        let line = line.context("the miniature's events cannot be read")?;
        let Versioned { version } = serde_json::from_str(&line).context("an event of the miniature has no version")?;
        ensure!(
            version == VERSION,
            "the miniature tells events of version {version}, expected {VERSION}: build it anew"
        );
        let event: Event = serde_json::from_str(&line).context("an event of the miniature cannot be read")?;
        if shown.json {
            screen::result(&line);
        } else {
            bar.suspend(|| shown.event(&event));
        }
        let delivery = &shown.environment.delivery;
        let backup = delivery.backup.as_ref().map_or(&delivery.bucket, |backup| &backup.bucket);
        outcome.note(event, &[delivery.bucket.as_str(), backup.as_str()], shown.scenario.input.is_some());
        bar.set_position(outcome.records_done());
    }
    Ok(outcome)
}

/// What the miniature said, in the words of our own flags where a field of the scenario is one.
fn sentence(said: &str) -> Option<String> {
    let sentence = said.strip_prefix("penstock-local: ").unwrap_or(said);
    let flags = [
        ("KinesisPort", "--kinesis-port"),
        ("S3Port", "--s3-port"),
        ("DataDirectory", "--data"),
        ("EventSourceMapping.FilterCriteria", "event_source_mapping.filters"),
        ("EventSourceMapping.DestinationConfig.OnFailure.Destination", "event_source_mapping.on_failure"),
        ("EventSourceMapping.StartingPositionTimestamp", "event_source_mapping.starting_position_timestamp"),
    ];
    let flagged = flags.iter().fold(sentence.to_owned(), |text, (field, flag)| text.replace(field, flag));
    (!sentence.is_empty()).then_some(flagged)
}

/// The first Ctrl-C closes the miniature's standard input, upon which it drains; the second kills it. A function that it
/// started then loses its Runtime API, and ends by itself.
fn stop_on_interrupt(child: &Arc<Mutex<Child>>) -> anyhow::Result<Arc<AtomicU32>> {
    let interrupts = Arc::new(AtomicU32::new(0));
    let is_first = {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.replace((Arc::clone(child), Arc::clone(&interrupts))).is_none()
    };
    // A process has one handler; one run after another hands itself over to it.
    if is_first {
        ctrlc::set_handler(interrupt).context("Ctrl-C cannot be handled")?;
    }
    Ok(interrupts)
}

/// What a Ctrl-C is for.
static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

/// The miniature, and how often somebody pressed Ctrl-C.
type Running = (Arc<Mutex<Child>>, Arc<AtomicU32>);

fn interrupt() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((child, interrupts)) = &*running else { return };
    let before = interrupts.fetch_add(1, Ordering::SeqCst);
    // A lock that is held elsewhere is held by the wait for its end.
    if let Ok(mut child) = child.try_lock() {
        if before == 0 {
            drop(child.stdin.take());
        } else {
            let _ = child.kill();
        }
    }
}

/// A group of its own, so that a Ctrl-C of the terminal reaches us alone.
trait OwnGroup {
    fn process_group_of_its_own(&mut self) -> &mut Self;
}

impl OwnGroup for Command {
    fn process_group_of_its_own(&mut self) -> &mut Self {
        use std::os::unix::process::CommandExt as _;
        self.process_group(0)
    }
}
