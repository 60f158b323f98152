//! Lambda's Runtime API for one execution environment: hands an event over, takes the answer, tells how long it took.
//!
//! The event is sent as one chunk without a length, as Lambda's own emulator does.

use std::io::{self, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};

use crate::http::{self, Head};
use crate::server::Server;

/// An event, shared between rounds.
pub type Event = Arc<[u8]>;

/// How long Lambda would give the function.
const DEADLINE: Duration = Duration::from_mins(5);

/// How long is waited for what the function says next.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a function told.
#[derive(Debug)]
enum Told {
    /// It asks for the next event.
    Ready(Instant),
    /// It answered.
    Answered { started: Instant, ended: Instant },
    /// It failed, with these words.
    Failed(String),
}

/// The API, as long as it is not dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    server: Server,
    /// Dropped with it, and with it what waits for the next event.
    events: Sender<Event>,
    told: Receiver<Told>,
}

/// One invocation.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// When the first byte of the event was about to be written.
    pub started: Instant,
    /// When the answer was there.
    pub ended: Instant,
}

/// What a connection needs.
struct Shared {
    events: Mutex<Receiver<Event>>,
    started: Mutex<Instant>,
    told: Mutex<Sender<Told>>,
}

impl RuntimeApi {
    /// Begins.
    pub fn start() -> anyhow::Result<Self> {
        let (events, waiting) = channel();
        let (tell, told) = channel();
        let shared =
            Shared { events: Mutex::new(waiting), started: Mutex::new(Instant::now()), told: Mutex::new(tell) };
        // How a connection ends is the function's to tell.
        let server = Server::start(move |stream| drop(shared.serve(&stream)))?;
        Ok(Self { server, events, told })
    }

    /// `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.server.address().to_string()
    }

    /// Has an event ready for whoever asks next.
    pub fn send(&self, event: &Event) -> anyhow::Result<()> {
        self.events.send(Arc::clone(event)).context("nobody will ask for the event")
    }

    /// Waits until the function asks for an event, and tells when it did.
    pub fn ready(&self) -> anyhow::Result<Instant> {
        match self.told.recv_timeout(PATIENCE) {
            Ok(Told::Ready(at)) => Ok(at),
            Ok(Told::Answered { .. }) => bail!("the function answered twice"),
            Ok(Told::Failed(words)) => bail!("the function failed: {words}"),
            Err(_) => bail!("the function did not ask for an event within {} s", PATIENCE.as_secs()),
        }
    }

    /// Waits for the answer.
    pub fn answered(&self) -> anyhow::Result<Answered> {
        match self.told.recv_timeout(PATIENCE) {
            Ok(Told::Answered { started, ended }) => Ok(Answered { started, ended }),
            Ok(Told::Ready(_)) => bail!("the function asked for another event before it answered"),
            Ok(Told::Failed(words)) => bail!("the function failed: {words}"),
            Err(_) => bail!("the function did not answer within {} s", PATIENCE.as_secs()),
        }
    }
}

impl Shared {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut writer = stream;
        while let Some(head) = Head::read(&mut reader)? {
            if head.expects_continue() {
                writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            let body = head.read_body(&mut reader)?;
            let ended = Instant::now();
            if head.path.ends_with("/invocation/next") {
                self.tell(Told::Ready(ended));
                let Ok(event) = lock(&self.events).recv() else { return Ok(()) };
                *lock(&self.started) = Instant::now();
                next(&mut writer, &event)?;
                continue;
            }
            // First, as the function may ask for another event on another connection before this thread goes on.
            self.tell(if head.path.ends_with("/response") {
                Told::Answered { started: *lock(&self.started), ended }
            } else {
                Told::Failed(String::from_utf8_lossy(&body).chars().take(1_000).collect())
            });
            http::answer(&mut writer, "202 Accepted", "Content-Type: application/json\r\n", "{\"status\":\"OK\"}")?;
        }
        Ok(())
    }

    fn tell(&self, told: Told) {
        // Nobody listens any more once the run has ended.
        let _ = lock(&self.told).send(told);
    }
}

/// An event, as Lambda hands it over.
fn next(writer: &mut impl Write, event: &[u8]) -> io::Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
         Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-{:012x}\r\n\
         Lambda-Runtime-Deadline-Ms: {}\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:clicks\r\n\
         Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        now.as_micros() & 0xffff_ffff_ffff,
        (now + DEADLINE).as_millis(),
        event.len()
    );
    writer.write_all(head.as_bytes())?;
    writer.write_all(event)?;
    writer.write_all(b"\r\n0\r\n\r\n")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn an_event_is_handed_over_and_its_answer_taken() {
        let api = RuntimeApi::start().unwrap();
        api.send(&Event::from(&b"{}"[..])).unwrap();
        let mut stream = TcpStream::connect(api.address()).unwrap();
        stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let head = Head::read(&mut reader).unwrap().unwrap();
        assert_eq!((head.path.as_str(), head.read_body(&mut reader).unwrap().as_slice()), ("200", &b"{}"[..]));
        assert!(head.header("lambda-runtime-aws-request-id").is_some());
        api.ready().unwrap();
        stream
            .write_all(b"POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nContent-Length: 2\r\n\r\nok")
            .unwrap();
        let answered = api.answered().unwrap();
        assert!(answered.ended >= answered.started);
        assert_eq!(Head::read(&mut reader).unwrap().unwrap().path, "202");
        stream.write_all(b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 3\r\n\r\nbad").unwrap();
        assert!(api.ready().unwrap_err().to_string().ends_with("the function failed: bad"));
        drop(api);
        // What waits for a next event is let go of.
        stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n").unwrap();
        reader.read_to_end(&mut Vec::new()).unwrap();
    }
}
