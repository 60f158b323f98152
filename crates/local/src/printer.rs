//! What is written to standard output: events as lines, by a thread of its own.
//!
//! Lines wait in a queue that is bounded by bytes. A reader that stalls so stalls the run, as a full pipe stalls any
//! program, instead of filling memory. Only the program has this; the library hands events to whomever it is told.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use penstock_local::events::{Events, Line, VERSION};
use tokio::sync::oneshot;

/// Lines that wait for the reader, in bytes. A longer one waits alone.
const QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Writes events, so that a reader that is slow for a while delays nobody.
pub struct Printer {
    queue: Arc<Queue>,
    finished: oneshot::Receiver<()>,
}

impl Printer {
    /// Begins to write to `output`. The last one tells that nobody reads any more.
    pub fn start(output: impl Write + Send + 'static) -> (Self, Events, oneshot::Receiver<()>) {
        let queue = Arc::new(Queue::default());
        let (tell_gone, gone) = oneshot::channel();
        let (tell_finished, finished) = oneshot::channel();
        let lines = Arc::clone(&queue);
        thread::spawn(move || {
            // Who waits for a word may have ended by itself.
            if print(&lines, output).is_err() {
                lines.release();
                let _ = tell_gone.send(());
            }
            let _ = tell_finished.send(());
        });
        let lines = Arc::clone(&queue);
        let events = Events::to(move |event| {
            // An event is a tree of strings and numbers, which always has a JSON form.
            let Ok(mut line) = serde_json::to_vec(&Line { version: VERSION, event }) else { return };
            line.push(b'\n');
            lines.push(line);
        });
        (Self { queue, finished }, events, gone)
    }

    /// Lets go of everybody who waits for the reader, for a program that ends at once.
    pub fn release(&self) -> impl FnOnce() + Send + 'static {
        let queue = Arc::clone(&self.queue);
        move || queue.release()
    }

    /// Waits until all events are written.
    pub async fn finish(self) {
        self.queue.close();
        // A thread that is gone has written what it could.
        let _ = self.finished.await;
    }
}

fn print(queue: &Queue, mut output: impl Write) -> io::Result<()> {
    while let Some(line) = queue.pop() {
        output.write_all(&line)?;
        output.flush()?;
    }
    Ok(())
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// No more lines come.
    closed: bool,
    /// Nobody reads; lines are dropped.
    released: bool,
}

impl Waiting {
    fn takes(&self, line_bytes: usize) -> bool {
        self.released || self.bytes == 0 || self.bytes + line_bytes <= QUEUE_BYTES_MAX
    }
}

impl Queue {
    /// Waits for room. The runtime goes on meanwhile: another thread takes over what this one does for it.
    fn push(&self, line: Vec<u8>) {
        let waiting = self.waiting();
        if waiting.takes(line.len()) {
            self.put(waiting, line);
            return;
        }
        drop(waiting);
        tokio::task::block_in_place(|| {
            let waiting = self.changed.wait_while(self.waiting(), |waiting| !waiting.takes(line.len()));
            self.put(waiting.unwrap_or_else(PoisonError::into_inner), line);
        });
    }

    fn put(&self, mut waiting: MutexGuard<'_, Waiting>, line: Vec<u8>) {
        if !waiting.released {
            waiting.bytes += line.len();
            waiting.lines.push_back(line);
            self.changed.notify_all();
        }
    }

    /// The next line, or nothing when no more come.
    fn pop(&self) -> Option<Vec<u8>> {
        let idle = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.closed && !waiting.released;
        let waiting = self.changed.wait_while(self.waiting(), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let line = waiting.lines.pop_front()?;
        waiting.bytes -= line.len();
        self.changed.notify_all();
        Some(line)
    }

    fn close(&self) {
        self.waiting().closed = true;
        self.changed.notify_all();
    }

    fn release(&self) {
        let mut waiting = self.waiting();
        waiting.released = true;
        waiting.lines.clear();
        waiting.bytes = 0;
        self.changed.notify_all();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use penstock_local::events::Event;

    use super::*;

    /// Takes a line when it is told to, and fails when nobody can tell it any more.
    struct Stalled(mpsc::Receiver<()>, mpsc::Sender<usize>);

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            self.1.send(bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(bytes: usize) -> Event {
        Event::FunctionLog { environment: 1, line: "x".repeat(bytes) }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_stalled_reader_stalls_who_emits_and_not_the_runtime() {
        for (name, reader_goes) in [("released", false), ("the reader goes", true)] {
            let (take, taken) = mpsc::channel();
            let (written, _lines) = mpsc::channel();
            let (printer, events, gone) = Printer::start(Stalled(taken, written));
            let emitter = events.clone();
            // The first is taken out of the queue and held by the writer, or still in it: the third does not fit.
            let emitting = tokio::spawn(async move { (0..4).for_each(|_| emitter.emit(log(QUEUE_BYTES_MAX / 2))) });
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(!emitting.is_finished(), "{name}: the queue is bounded");
            assert!(printer.queue.waiting().bytes <= QUEUE_BYTES_MAX, "{name}");
            let other = tokio::spawn(async {});
            let ran = tokio::time::timeout(Duration::from_secs(10), other).await;
            ran.expect("another task runs meanwhile").expect("no panic");
            if reader_goes {
                drop(take);
                tokio::time::timeout(Duration::from_secs(10), gone).await.expect("told in time").expect("told");
            } else {
                printer.release()();
            }
            let ended = tokio::time::timeout(Duration::from_secs(10), emitting).await;
            ended.expect("nobody waits any more").expect("no panic");
        }
    }

    #[tokio::test]
    async fn all_lines_are_written_before_the_end() {
        let (take, taken) = mpsc::channel();
        let (written, lines) = mpsc::channel();
        let (printer, events, _gone) = Printer::start(Stalled(taken, written));
        for bytes in [1, 2, QUEUE_BYTES_MAX + 1] {
            if bytes > QUEUE_BYTES_MAX {
                (0..3).for_each(|_| take.send(()).expect("a reader"));
                // A line longer than the queue waits until it is alone.
                assert_eq!((lines.recv(), lines.recv()), (Ok(length(1)), Ok(length(2))));
            }
            events.emit(log(bytes));
        }
        tokio::time::timeout(Duration::from_secs(10), printer.finish()).await.expect("in time");
        assert_eq!(lines.recv(), Ok(length(QUEUE_BYTES_MAX + 1)));
    }

    fn length(bytes: usize) -> usize {
        serde_json::to_vec(&Line { version: VERSION, event: log(bytes) }).expect("JSON").len() + 1
    }
}
