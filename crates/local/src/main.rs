//! `penstock-local SCENARIO.json`: runs a scenario and prints what happens, one JSON object a line.
//!
//! SIGINT or SIGTERM ends the run in order, about 10 s later at most, or as much after its first environment is up; a
//! second one ends it at once. In order ends it
//! also, if asked for, with standard input, and with whoever reads standard output. A reader that stalls stalls the run.

mod printer;

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use penstock_local::run::{chain, run};
use penstock_local::scenario::Scenario;
use printer::Printer;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

const USAGE: &str = "usage: penstock-local SCENARIO.json [--json] [--stop-on-stdin-close]";

/// The run failed.
const FAILED: u8 = 1;
/// The command line is not understood (`EX_USAGE`).
const MISUSED: u8 = 64;
/// Stopped before the input was delivered, or stopped twice (128 + SIGINT).
const INTERRUPTED: u8 = 130;

struct Arguments {
    scenario: PathBuf,
    stop_on_stdin_close: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return finish(0, USAGE),
        Err(message) => return finish(MISUSED, &format!("penstock-local: {message}; {USAGE}")),
    };
    match start(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(message) => finish(FAILED, &format!("penstock-local: {message}")),
    }
}

fn finish(code: u8, message: &str) -> ExitCode {
    // Nobody there to read it: the exit code says it.
    let _ = writeln!(io::stderr(), "{message}");
    ExitCode::from(code)
}

fn arguments() -> Result<Option<Arguments>, String> {
    let (mut scenario, mut stop_on_stdin_close) = (None, false);
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(None),
            // The only form there is.
            Some("--json") => {}
            Some("--stop-on-stdin-close") => stop_on_stdin_close = true,
            Some(option) if option.starts_with('-') => return Err(format!("unknown option {option}")),
            _ if scenario.is_none() => scenario = Some(PathBuf::from(argument)),
            _ => return Err("more than one scenario".to_owned()),
        }
    }
    let scenario = scenario.ok_or("no scenario")?;
    Ok(Some(Arguments { scenario, stop_on_stdin_close }))
}

fn start(arguments: &Arguments) -> Result<u8, String> {
    let scenario = Scenario::read(&arguments.scenario).map_err(|error| chain(&error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
    let (printer, events, reader_gone) = Printer::start(io::stdout());
    let stdin_closed = arguments.stop_on_stdin_close.then(stdin_closed);
    let result = runtime.block_on(async {
        let mut signals = Signals::new()?;
        let mut again = Signals::new()?;
        let release = printer.release();
        // A task of its own, as the run may be waiting for the reader of standard output.
        let twice = tokio::spawn(async move {
            again.next().await;
            again.next().await;
            release();
        });
        let stop = async move {
            tokio::select! {
                () = signals.next() => {}
                () = closed(Some(reader_gone)) => {}
                () = closed(stdin_closed) => {}
            }
        };
        tokio::select! {
            ended = async {
                let ended = run(scenario, events, stop).await;
                printer.finish().await;
                ended
            } => ended.map(Some).map_err(|error| chain(&error)),
            _ = twice => Ok(None),
        }
    });
    // What is still running holds child processes, which end with it.
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(match result? {
        Some(summary) if summary.input_delivered => 0,
        _ => INTERRUPTED,
    })
}

/// SIGINT and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("cannot listen for signals: {error}"));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Waits for a thread's word, for ever if there is no such thread.
async fn closed(word: Option<oneshot::Receiver<()>>) {
    let told = match word {
        Some(word) => word.await.is_ok(),
        None => false,
    };
    if !told {
        std::future::pending::<()>().await;
    }
}

/// Reads standard input to its end, on a thread of its own that nobody waits for.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        let mut stdin = io::stdin().lock();
        while let Ok(1..) = stdin.read(&mut buffer) {}
        // The run has ended by itself.
        let _ = tell.send(());
    });
    told
}
