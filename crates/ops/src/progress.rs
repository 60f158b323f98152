//! What happens to resources while it happens: a line for each step, and, on a terminal, what is waited for below them.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use penstock_console::screen;

/// Without a line for so long, one says that all goes on.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What is done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is removed.
    Delete,
    /// It is taken into the stack.
    Import,
}

impl Verb {
    const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Import => "import",
        }
    }
}

/// How far it is with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It has begun.
    Started(Verb),
    /// It is done.
    Done(Verb),
    /// It failed.
    Failed(Verb),
    /// It was left as it is, and no longer belongs to the stack.
    Kept,
}

/// The resources that something is happening to, and what was told of them.
#[derive(Debug)]
pub struct Progress {
    is_quiet: bool,
    bar: Option<ProgressBar>,
    waiting: Vec<(String, Instant)>,
    told: Instant,
    started: Instant,
}

impl Progress {
    /// Nothing has happened. A quiet one tells nothing.
    ///
    /// # Panics
    /// Never: the template of the line is fixed.
    pub fn new(is_quiet: bool) -> Self {
        let now = Instant::now();
        let bar = (!is_quiet && screen::is_drawn()).then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("   {spinner} {msg}  {elapsed}").expect("the template is fixed"),
            );
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { is_quiet, bar, waiting: Vec::new(), told: now, started: now }
    }

    /// Tells a step of a resource; `reason` is what the service said to it.
    pub fn resource(&mut self, name: &str, kind: &str, step: Step, reason: Option<&str>) {
        let reason = reason.filter(|text| !text.is_empty()).map(|text| format!("  {text}")).unwrap_or_default();
        let begun = self.waiting.iter().position(|(waiting, _)| waiting == name);
        match step {
            Step::Started(_) => {
                if begun.is_none() {
                    self.waiting.push((name.to_owned(), Instant::now()));
                    self.redraw();
                    // On a terminal what is waited for stands below; elsewhere the line is all there is.
                    if self.bar.is_none() {
                        self.line(&format!("   … {name:<24} {kind}"));
                    }
                }
            }
            Step::Done(verb) | Step::Failed(verb) => {
                let took = begun.map(|place| self.waiting.remove(place).1.elapsed());
                let took = took.map(|took| format!("  {:.1}s", took.as_secs_f64())).unwrap_or_default();
                let (mark, reason) =
                    if matches!(step, Step::Failed(_)) { ('✗', reason) } else { ('✓', String::new()) };
                self.redraw();
                self.line(&format!("   {mark} {name:<24} {} {kind}{took}{reason}", verb.word()));
            }
            Step::Kept => {
                if let Some(place) = begun {
                    self.waiting.remove(place);
                }
                self.redraw();
                self.line(&format!("   = {name:<24} kept   {kind}"));
            }
        }
    }

    /// To be called while nothing happens.
    pub fn beat(&mut self) {
        if self.bar.is_none() && self.told.elapsed() >= HEARTBEAT {
            let seconds = self.started.elapsed().as_secs();
            let line = match self.names().as_str() {
                "" => format!("   … {seconds}s"),
                names => format!("   … waiting for {names}, {seconds}s"),
            };
            self.line(&line);
        }
    }

    /// Nothing more happens.
    pub fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn redraw(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(self.names());
        }
    }

    fn names(&self) -> String {
        self.waiting.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn line(&mut self, line: &str) {
        self.told = Instant::now();
        match &self.bar {
            _ if self.is_quiet => {}
            Some(bar) => bar.suspend(|| screen::progress(line)),
            None => screen::progress(line),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
